"""What public registers say, and how far that agrees with what a company claims.

`Registry` is the protocol; the one adapter that needs nobody's machine is a person who reads the register and writes
down what it says (`ManualRegistry`). One that asks a register over the network takes its address and implements
`look_up`; nothing else changes.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from pydantic import TypeAdapter
from rapidfuzz import fuzz
from rigour.names.org_types import remove_org_types
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.crypto import Vault
from trust.verification.facts import Fact
from trust.verification.models import RegisterEntry

SIMILAR = 0.85
"""Below it a name differs from the register's (RISK.md, ID-01)."""
FRESH = timedelta(days=30)
"""What was written down longer ago is looked up anew."""
CHINESE_FORMS = ("股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "公司")


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """A company as its register has it; "" and None where the register does not say."""

    country: str
    number: str
    name: str
    status: str = ""
    address: str = ""
    representative: str = ""
    established: date | None = None


_ENTRY: TypeAdapter[RegistryEntry] = TypeAdapter(RegistryEntry)


class Registry(Protocol):
    """A public register of companies."""

    async def look_up(self, country: str, number: str) -> RegistryEntry | None:
        """The entry under this number, or None where there is none. `country` is ISO 3166-1 alpha-2."""
        ...


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry somebody wrote down: where they read it, when, and the picture of the page, if any."""

    id: UUID
    entry: RegistryEntry
    source: str
    looked_by: UUID
    looked_at: datetime
    screenshot: str
    screenshot_type: str
    agrees: dict[str, str]


class ManualRegistry:
    """What reviewers wrote down in the last thirty days."""

    def __init__(self, tx: AsyncSession, vault: Vault) -> None:
        self._tx, self._vault = tx, vault

    async def look_up(self, country: str, number: str) -> RegistryEntry | None:
        noted = await self.newest(country, number)
        return noted.entry if noted else None

    async def newest(self, country: str, number: str) -> Noted | None:
        mark = place(self._vault, country, number)
        query = select(RegisterEntry).where(RegisterEntry.mark == mark, RegisterEntry.looked_at > clock.now() - FRESH)
        row = await self._tx.scalar(query.order_by(RegisterEntry.looked_at.desc()).limit(1))
        if row is None:
            return None
        entry = _ENTRY.validate_json(self._vault.open(row.sealed, context(country, number)))
        picture = row.screenshot, row.screenshot_type
        return Noted(row.id, entry, row.source, row.looked_by, row.looked_at, *picture, row.agrees)


def sealed(vault: Vault, entry: RegistryEntry, country: str, number: str) -> bytes:
    """What was found under the number that was looked up; the entry may say another."""
    return vault.seal_bytes(_ENTRY.dump_json(entry), context(country, number))


def context(country: str, number: str) -> str:
    return f"register_entry:{country}:{number}"


def place(vault: Vault, country: str, number: str) -> bytes:
    """The mark under which an entry is found again."""
    return vault.mark(f"{country}:{number}", "register_entry")


def claim_digest(fact: Fact, claims: dict[str, Any], representative_mark: bytes) -> str:
    """SHA-256 of what is claimed of a fact, of a sealed one its mark: another once the company says something else."""
    said = representative_mark if fact is Fact.REPRESENTATIVE else str(claims.get(fact, "")).encode()
    return hashlib.sha256(f"{fact}:{claims.get(Fact.REGISTRATION, '')}:".encode() + said).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact beside the register. `alike` from 0 to 1; `flagged` where it is too little."""

    fact: Fact
    claimed: str
    found: str
    alike: float
    flagged: bool


def compared(claims: dict[str, Any], representative: str, entry: RegistryEntry) -> list[Difference]:
    """What the register says of each fact, beside what is claimed; what it is silent about is left out."""
    number = str(claims.get(Fact.REGISTRATION, "")).split(" ", 1)[-1]
    pairs = [
        (Fact.LEGAL_NAME, str(claims.get(Fact.LEGAL_NAME, "")), entry.name, alike(claims, entry.name), SIMILAR),
        (Fact.REGISTRATION, number, entry.number, 1.0 if number == entry.number else 0.0, 1.0),
    ]
    if entry.address:
        address = str(claims.get(Fact.ADDRESS, ""))
        pairs.append((Fact.ADDRESS, address, entry.address, _ratio(_flat(address), _flat(entry.address)), SIMILAR))
    if entry.representative and representative:
        likeness = max(
            _ratio(_flat(representative), _flat(entry.representative)),
            fuzz.token_sort_ratio(representative.casefold(), entry.representative.casefold()) / 100,
        )
        pairs.append((Fact.REPRESENTATIVE, representative, entry.representative, likeness, SIMILAR))
    if entry.established is not None and claims.get(Fact.ESTABLISHED):
        said, found = str(claims[Fact.ESTABLISHED]), entry.established.isoformat()
        pairs.append((Fact.ESTABLISHED, said, found, 1.0 if said == found else 0.0, 1.0))
    return [Difference(fact, said, found, score, score < least) for fact, said, found, score, least in pairs]


def represented(claims: dict[str, Any], representative_mark: bytes, noted: Noted) -> bool | None:
    """Whether the register names the representative that is claimed; None where it names nobody. Without saying whom:
    a name is sealed, and who looks at it is written down.
    """
    if not noted.entry.representative:
        return None
    return noted.agrees.get(Fact.REPRESENTATIVE) == claim_digest(Fact.REPRESENTATIVE, claims, representative_mark)


def alike(claims: dict[str, Any], name: str) -> float:
    """How like the register's name the nearest of the claimed ones is, without company forms, from 0 to 1."""
    return nearest(str(claims.get(Fact.LEGAL_NAME, "")).split(" / "), name)


def nearest(known: Iterable[str], name: str) -> float:
    """The same for names that are known."""
    return max((_ratio(bare(one), bare(name)) for one in known), default=0.0)


def bare(name: str) -> str:
    """A company's name without its form, case, spaces and punctuation: what tells it apart."""
    stem = _flat(remove_org_types(name.casefold()))
    for form in CHINESE_FORMS:
        stem = stem.removesuffix(form)
    return stem or _flat(name)


def _flat(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _ratio(one: str, other: str) -> float:
    return fuzz.ratio(one, other) / 100 if one and other else 0.0
