"""The signatures in the document of a contract: where they stand, what they show, and when they are complete."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives import hashes

from app.core import clock
from app.core.signing.apart import examined
from app.core.signing.authority import Authority, Credential, Person
from app.core.signing.checking import Anchors, Examination
from app.core.signing.documents import Act, Field
from app.core.typesetting import typeset
from orders.contracts.clauses import TEMPLATES
from orders.contracts.terms import ContractTerms, Edition, Party

SUPPLIER, BUYER, SEAL = "Supplier", "Buyer", "PlatformSeal"
FIELD_OF = {"supplier": SUPPLIER, "buyer": BUYER}
MILLIMETRE = 72 / 25.4
SHEET = 297  # millimetres, A4
STAMP = (125, 64, 34)  # left edge, width and height of a field in millimetres; see the template
TOPS = {SUPPLIER: 63, BUYER: 113, SEAL: 163}
WITHOUT_FIELDS: frozenset[Edition] = frozenset({"2026-11", "2026-12"})
"""Editions whose documents were signed beside the file, by the platform's attestation alone."""


def fields(edition: Edition) -> list[Field]:
    """The places for signatures on the last page; none in editions before 2027-01."""
    if edition in WITHOUT_FIELDS:
        return []
    left, width, height = STAMP
    return [Field(name, _box(left, SHEET - top - height, left + width, SHEET - top)) for name, top in TOPS.items()]


def _box(*millimetres: float) -> tuple[int, int, int, int]:
    left, bottom, right, top = (round(mm * MILLIMETRE) for mm in millimetres)
    return left, bottom, right, top


def person(party: Party, *, name: str, title: str, verification: UUID | None, authority: str = "") -> Person:
    """The subject of a signatory's certificate, from the verified facts in the contract and who really signed."""
    return Person(
        name=name,
        title=title,
        company=party.name,
        country=party.country,
        registration=_registration(party),
        verification=str(verification or party.organisation_id),
        authority=authority,
    )


def _registration(party: Party) -> str:
    """ETSI EN 319 412-1 §5.1.4: kind of register, country, hyphen, number."""
    first = party.identifiers[0]
    match first.scheme:
        case "LEI":
            return f"LEIXG-{first.value}"
        case "VAT":
            return f"VAT{party.country}-{first.value}"
    return f"NTR{party.country}-{first.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader sees in the field, all of it printable: whose it is, and the SHA-256 of what they consented to."""

    name: str
    company: str
    consent_hash: str = ""
    reason: str = ""


async def act(terms: ContractTerms, field: str, credential: Credential, *, shown: Shown, font_dir: Path) -> Act:
    """What a signature says and shows."""
    data = {
        "name": shown.name,
        "company": shown.company,
        "at": f"{clock.now().astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "certificate": credential.certificate.fingerprint(hashes.SHA256()).hex(),
        "consent": shown.consent_hash,
    }
    look = await typeset(
        TEMPLATES / f"signature-{terms.edition}.typ",
        data,
        font_dir=font_dir,
        timestamp=int(clock.now().timestamp()),
    )
    return Act(field=field, reason=f"{terms.number} {shown.reason}".strip(), look=look, archive=field == SEAL)


def anchors(platform: Authority, pins: frozenset[str] = frozenset()) -> Anchors:
    """What is believed here. `pins` are the certificates that signatories brought themselves (SHA-256).

    A token may have to sign for it: see `anchored` for where others wait.
    """
    return Anchors(platform.roots, platform.others, platform.all_revocations(), pins, platform.trusted, platform.clocks)


async def anchored(platform: Authority, pins: frozenset[str] = frozenset()) -> Anchors:
    """As `anchors`, while others work on."""
    return await asyncio.to_thread(anchors, platform, pins)


def missing(found: Examination, wanted: Sequence[str] = (SUPPLIER, BUYER, SEAL)) -> list[str]:
    """The signatures that are not there."""
    return [field for field in wanted if found.by(field) is None]


async def complete(document: bytes, platform: Authority, pins: frozenset[str] = frozenset()) -> bool:
    """All three signatures are there and hold, and nothing was added to the file. Raises CheckingFailed."""
    found = await examined(document, await anchored(platform, pins), at=clock.now())
    holding = len(found.signatures) == len(TOPS) and all(signature.holds for signature in found.signatures)
    return found.whole and holding and not missing(found)
