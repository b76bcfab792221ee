"""Invoices as they were issued, and the fees that stand on none yet."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.i18n import _
from app.core.money import Money
from app.core.periods import Period, day_of
from app.core.subject import Subject
from payments.errors import InvoiceNotFound
from payments.escrow.models import Escrow, Milestone
from payments.invoices.models import FeeInvoice, FeeInvoiceLine
from payments.ledger.chart import Kind
from payments.ledger.models import AccountRow, JournalEntry, Posting


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """`credited` is how much of an invoice credit notes have given back."""

    id: UUID
    kind: str
    number: str
    organisation_id: UUID
    first: date
    last: date
    total: Money
    credits: UUID | None
    content: dict[str, Any]
    digest: str
    issued_at: datetime
    credited: Money


@dataclass(frozen=True, slots=True)
class Fee:
    """The platform's fee in one entry: `released` is the whole that was released, the fee included.

    Negative when a fee was given back; `released` is then zero, as it is for a membership, which has no milestone.
    """

    entry_id: UUID
    at: datetime
    organisation_id: UUID
    subject: Subject
    milestone_id: UUID | None
    part: str
    released: Money
    fee: Money


@dataclass(frozen=True, slots=True)
class Batch:
    """The fees of one supplier, currency and month that stand on no invoice."""

    organisation_id: UUID
    currency: str
    period: Period
    fees: tuple[Fee, ...]

    @property
    def total(self) -> Money:
        return Money(sum(fee.fee.minor for fee in self.fees), self.currency)


async def invoice(tx: AsyncSession, invoice_id: UUID, *, party: UUID | None = None) -> InvoiceView:
    """One invoice; with `party` only one of that company's. Raises InvoiceNotFound."""
    found = await _views(tx, FeeInvoice.id == invoice_id)
    if not found or (party is not None and found[0].organisation_id != party):
        raise InvoiceNotFound(_("There is no such invoice."))
    return found[0]


async def invoices(
    tx: AsyncSession, organisation_id: UUID | None = None, *, offset: int = 0, limit: int = 50
) -> tuple[list[InvoiceView], int]:
    """A company's invoices, or everybody's, newest first; and how many there are."""
    where = (FeeInvoice.organisation_id == organisation_id,) if organisation_id else ()
    total = (await tx.execute(select(func.count()).select_from(FeeInvoice).where(*where))).scalar_one()
    return await _views(tx, *where, offset=offset, limit=limit), total


async def _views(tx: AsyncSession, *where: Any, offset: int = 0, limit: int = 1) -> list[InvoiceView]:
    note = aliased(FeeInvoice)
    credited = (
        select(func.coalesce(func.sum(note.total_minor), 0))  # type: ignore[attr-defined]
        .where(note.credits == FeeInvoice.id)
        .scalar_subquery()
    )
    rows = await tx.execute(
        select(FeeInvoice, credited)
        .where(*where)
        .order_by(FeeInvoice.issued_at.desc(), FeeInvoice.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_view(row, int(minor)) for row, minor in rows]


def _view(row: FeeInvoice, credited: int) -> InvoiceView:
    return InvoiceView(
        id=row.id,
        kind=row.kind,
        number=row.number,
        organisation_id=row.organisation_id,
        first=row.first,
        last=row.last,
        total=row.total,
        credits=row.credits,
        content=row.content,
        digest=row.digest,
        issued_at=row.issued_at,
        credited=Money(credited, row.total.currency),
    )


async def invoice_of(tx: AsyncSession, milestone_id: UUID) -> UUID | None:
    """The invoice on which a milestone's fee stands, if it was issued."""
    query = (
        select(FeeInvoice.id)
        .join(FeeInvoiceLine, FeeInvoiceLine.invoice_id == FeeInvoice.id)
        .where(FeeInvoiceLine.milestone_id == milestone_id, FeeInvoice.kind == "invoice")
    )
    return await tx.scalar(query)


async def invoice_with(tx: AsyncSession, entry_id: UUID) -> UUID | None:
    """The invoice on which an entry of the books stands, if it was issued."""
    found: UUID | None = await tx.scalar(select(FeeInvoiceLine.invoice_id).where(FeeInvoiceLine.entry_id == entry_id))
    return found


async def open_fees(
    tx: AsyncSession, before: datetime, zone: str, *, organisation_id: UUID | None = None
) -> list[Batch]:
    """Every fee booked before `before` that stands on no invoice, by supplier, currency and month, oldest first."""
    batches: dict[tuple[UUID, str, Period], list[Fee]] = {}
    for fee in await _open(tx, before, organisation_id):
        period = Period.month(day_of(fee.at, zone), zone)
        batches.setdefault((fee.organisation_id, fee.fee.currency, period), []).append(fee)
    return [Batch(*key, tuple(fees)) for key, fees in batches.items()]


async def _open(tx: AsyncSession, before: datetime, organisation_id: UUID | None) -> list[Fee]:
    minor = func.sum(Posting.amount_minor * AccountRow.side)  # type: ignore[attr-defined]
    earned = func.coalesce(minor.filter(AccountRow.kind == Kind.FEE_INCOME), 0)
    query = (
        select(
            JournalEntry,
            Escrow.supplier_id,
            Milestone.kind,
            AccountRow.currency,
            earned.label("fee"),
            func.coalesce(minor.filter(AccountRow.kind == Kind.PAYABLE), 0).label("to_supplier"),
        )
        .join(Milestone, Milestone.id == JournalEntry.part_id)
        .join(Escrow, Escrow.id == Milestone.escrow_id)
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .join(AccountRow, AccountRow.id == Posting.account_id)
        .where(JournalEntry.at < before, ~exists().where(FeeInvoiceLine.entry_id == JournalEntry.id))
        .where(AccountRow.kind.in_((Kind.FEE_INCOME, Kind.PAYABLE)))
        .group_by(JournalEntry.id, Escrow.supplier_id, Milestone.kind, AccountRow.currency)
        .having(earned != 0)
        .order_by(JournalEntry.at, JournalEntry.id)
    )
    if organisation_id is not None:
        query = query.where(Escrow.supplier_id == organisation_id)
    return [
        Fee(
            entry_id=entry.id,
            at=entry.at,
            organisation_id=supplier,
            subject=Subject(str(entry.subject_type), entry.subject_id),
            milestone_id=entry.part_id,
            part=part,
            released=Money(int(fee + to_supplier), currency),
            fee=Money(int(fee), currency),
        )
        for entry, supplier, part, currency, fee, to_supplier in await tx.execute(query)
    ]
