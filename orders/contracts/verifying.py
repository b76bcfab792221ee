"""Is this file the contract that both signed? Asked by anybody who holds it; answered from it and from what is known.

A file is known by its SHA-256 or it is not one of ours: one changed byte makes it another. So nothing that a stranger
sends is ever read further than that; what is read are files that we made ourselves.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from app.core import clock
from app.core.db import Database
from app.core.signing.apart import examined
from app.core.signing.authority import Authority
from app.core.signing.checking import Examination, Found
from orders.contracts import annexes, queries, signing
from orders.contracts.annexes import Use
from orders.contracts.models import ContractFile
from orders.contracts.queries import ContractView
from orders.contracts.terms import digest
from orders.forgotten import DealForgotten


class Verdict(StrEnum):
    VALID = "valid"
    INCOMPLETE = "incomplete"
    ATTESTED = "attested"
    REOPENED = "reopened"
    ANNEX = "annex"
    FORGOTTEN = "forgotten"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Verification:
    """What can be said of a file.

    valid       all three signatures stand in it and hold, and nothing was added
    incomplete  it is ours and unchanged, but signatures are missing: a draft to be signed, or an earlier state of it
    attested    both parties signed it beside the file (editions before 2027-01)
    reopened    it is ours and unchanged, but both sides opened its text again before anybody signed it
    annex       it is, byte for byte, an annex of the contracts in `uses`
    forgotten   it is ours and unchanged, but of its contract, `number`, the platform keeps no more than that
    invalid     it was never handed out by the platform, or its signatures do not hold

    missing     the fields without a signature; `recorded_at` when the file came to be, None for a strange one
    newer       the document has been added to since; `archived_at` is the newest timestamp over the file
    """

    verdict: Verdict
    file_hash: str
    recorded_at: datetime | None = None
    contract: ContractView | None = None
    signatures: tuple[Found, ...] = ()
    missing: tuple[str, ...] = ()
    newer: bool = False
    archived_at: datetime | None = None
    uses: tuple[Use, ...] = ()
    number: str = ""


async def verify(db: Database, document: bytes, platform: Authority) -> Verification:
    """Check a file as of now. Never raises for what is in it; CheckingFailed and KeysAway when nobody can check.

    Anybody may have files checked, and many at once wait for each other: no connection is held meanwhile.
    """
    file_hash = digest(document)
    async with db.transaction(read_only=True) as tx:
        known = await tx.scalar(select(ContractFile).where(ContractFile.file_hash == file_hash))
        if known is None:
            uses = tuple(await annexes.uses(tx, file_hash))
            return Verification(Verdict.ANNEX if uses else Verdict.INVALID, file_hash, uses=uses)
        try:
            contract = await queries.contract(tx, known.contract_id)
        except DealForgotten as gone:
            number = gone.facts["number"]
            return Verification(Verdict.FORGOTTEN, file_hash, recorded_at=known.at, number=number)
    if known.kind == "contract.prepared" and contract.pdf_hash != file_hash:
        return Verification(Verdict.REOPENED, file_hash, recorded_at=known.at, contract=contract)
    if not signing.fields(contract.terms.edition):
        return _attested(contract, file_hash, known.at)
    anchors = await signing.anchored(platform, contract.own_certificates)
    found = await examined(document, anchors, at=clock.now())
    missing = tuple(signing.missing(found))
    return Verification(
        _verdict(found, missing),
        file_hash,
        recorded_at=known.at,
        contract=contract,
        signatures=found.signatures,
        missing=missing,
        newer=not contract.file_key.endswith(file_hash),
        archived_at=found.archived,
    )


def _verdict(found: Examination, missing: tuple[str, ...]) -> Verdict:
    untouched = found.whole or not found.signatures
    if not untouched or not all(signature.holds for signature in found.signatures):
        return Verdict.INVALID
    return Verdict.INCOMPLETE if missing else Verdict.VALID


def _attested(contract: ContractView, file_hash: str, at: datetime) -> Verification:
    missing = tuple(
        field for side, field in signing.FIELD_OF.items() if all(s.side != side for s in contract.signatures)
    )
    verdict = Verdict.INCOMPLETE if missing else Verdict.ATTESTED
    return Verification(verdict, file_hash, recorded_at=at, contract=contract, missing=missing)
