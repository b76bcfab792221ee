"""Every version of a contract's text is kept as it was, and says who made it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from orders.contracts import lasting
from orders.contracts.errors import ContractNotFound
from orders.contracts.models import Contract, Revision
from orders.contracts.record import note as record
from orders.contracts.states import ContractMove
from orders.contracts.terms import ContractTerms


@dataclass(frozen=True, slots=True)
class RevisionView:
    """A version without its terms; `member_id` is None where the platform made it."""

    revision: int
    member_id: UUID | None
    note: str
    at: datetime


async def keep(tx: AsyncSession, contract: Contract, *, by: UUID | None, note: str = "") -> None:
    """Keep the terms as they stand now; the time in which the contract must be signed begins anew."""
    lasting.restart(contract)
    await tx.flush()
    tx.add(
        Revision(
            contract_id=contract.id,
            revision=contract.revision,
            terms=contract.terms,
            member_id=by,
            note=note,
            at=clock.now(),
        )
    )


async def open_again(tx: AsyncSession, contract: Contract, *, by: UUID | None, note: str, fault: str = "") -> None:
    """A frozen text becomes a draft again, as a revision of its own; its document is no longer the one to be signed.

    The caller holds the row's lock and knows that nobody has signed. Raises IllegalMove.
    """
    contract.move(ContractMove.UNLOCK, by=by, note=note)
    contract.fault, contract.locked_at = fault, None
    contract.terms_hash = contract.pdf_hash = contract.pdf_key = contract.file_key = ""
    contract.revision += 1
    await keep(tx, contract, by=by, note=note)
    said = {"revision": contract.revision} | ({"fault": fault} if fault else {"reason": note})
    await record(tx, contract, "contract.unlocked", said, by=by)


async def revisions(tx: AsyncSession, contract_id: UUID) -> list[RevisionView]:
    """The versions of a contract, the first first."""
    columns = (Revision.revision, Revision.member_id, Revision.note, Revision.at)
    rows = await tx.execute(select(*columns).where(Revision.contract_id == contract_id).order_by(Revision.revision))
    return [RevisionView(*row) for row in rows]


async def terms_at(tx: AsyncSession, contract_id: UUID, revision: int) -> ContractTerms:
    """The terms at a revision. Raises ContractNotFound for one that was not kept."""
    kept = await tx.get(Revision, (contract_id, revision))
    if kept is None:
        raise ContractNotFound(_("This version was not kept."))
    return ContractTerms.model_validate(kept.terms)
