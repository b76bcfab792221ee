"""Files that are part of a contract: checked by their content, kept by their hash, named in the text that is signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from app.core.images import JPEG, PDF, PNG
from app.core.opening import open_document
from app.core.payload import Upload
from app.core.storage import FileStore
from orders import files
from orders.contracts import clauses
from orders.contracts.extras import MOST_ANNEXES, Annex
from orders.contracts.models import Contract, Signature
from orders.contracts.revising import Change
from orders.contracts.states import ContractState
from orders.contracts.terms import ContractTerms

ALLOWED = (PDF, JPEG, PNG)
MOST_BYTES = 40 * 2**20
"""Of all annexes of one contract together."""


class AnnexNotFound(NotFound):
    code = "annex_not_found"


class AnnexAdded(Change):
    annex: Annex

    def changed(self, terms: ContractTerms) -> dict[str, object]:
        if "annexed" not in clauses.library(terms.edition):
            raise Invalid(_("Contracts of this edition have no annexes."), field="file")
        there = terms.annexes or ()
        if any(annex.sha256 == self.annex.sha256 for annex in there):
            raise Invalid(_("This file is an annex already."), field="file")
        if len(there) >= MOST_ANNEXES:
            raise Invalid(_("At most %(n)s annexes.") % {"n": MOST_ANNEXES}, field="file")
        if sum(annex.size for annex in (*there, self.annex)) > MOST_BYTES:
            raise Invalid(_("The annexes of a contract together have at most 40 MB."), field="file")
        return {"annexes": (*there, self.annex)}


class AnnexRemoved(Change):
    """`number` counts from 1; those after it move up."""

    number: int

    def changed(self, terms: ContractTerms) -> dict[str, object]:
        gone = numbered(terms, self.number)
        return {"annexes": tuple(annex for annex in terms.annexes or () if annex != gone) or None}


def numbered(terms: ContractTerms, number: int) -> Annex:
    """Raises AnnexNotFound."""
    if not 1 <= number <= len(terms.annexes or ()):
        raise AnnexNotFound(_("The contract has no such annex."))
    return (terms.annexes or ())[number - 1]


async def keep(store: FileStore, upload: Upload, name: str) -> Annex:
    """Keep an uploaded file as an annex under `name`, or its own name.

    Raises Busy; WrongFileType, FileTooLarge or FileUnreadable naming `file`.
    """
    found = await open_document(upload.data, admitted=ALLOWED)
    [kept] = await files.keep(store, [upload], field="file")
    return Annex(
        name=name or kept["name"],
        content_type=kept["content_type"],
        sha256=kept["sha256"],
        size=kept["size"],
        pages=found.pages,
    )


@dataclass(frozen=True, slots=True)
class Use:
    """Where a file is an annex. `signed` by both; `locked_at` is when the text that names it was frozen."""

    contract_id: UUID
    contract: str
    number: int
    name: str
    signed: bool
    locked_at: datetime | None


async def uses(tx: AsyncSession, file_hash: str, *, limit: int = 20) -> Sequence[Use]:
    """The frozen contracts that name this file among their annexes, the newest first."""
    query = (
        select(Contract)
        .where(
            Contract.terms["annexes"].contains([{"sha256": file_hash}]),
            Contract.state.not_in([ContractState.DRAFT, ContractState.VOID]),
        )
        .order_by(Contract.id.desc())
        .limit(limit)
    )
    rows = list(await tx.scalars(query))
    signatures = select(Signature.contract_id).where(Signature.contract_id.in_([row.id for row in rows]))
    given = list(await tx.scalars(signatures))
    return [_use(row, file_hash, signed=given.count(row.id) == 2) for row in rows]


def _use(row: Contract, file_hash: str, *, signed: bool) -> Use:
    annexes = row.read().annexes or ()
    number, annex = next((n, a) for n, a in enumerate(annexes, start=1) if a.sha256 == file_hash)
    return Use(row.id, row.number, number, annex.name, signed, row.locked_at)
