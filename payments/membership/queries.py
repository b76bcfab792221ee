"""Reading memberships: a company's terms and orders, and what the desk must see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core.i18n import _
from app.core.money import Money
from app.core.periods import day_of
from payments.errors import MembershipNotFound
from payments.membership.calendar import COOLING_OFF, ZONE
from payments.membership.models import (
    MembershipChoice,
    MembershipMark,
    MembershipNotice,
    MembershipOrder,
    MembershipTerm,
    MembershipWaiver,
)
from payments.membership.states import Mark, OrderState, TermKind, WaiverState
from payments.operations.models import Operation
from payments.operations.states import OPEN, UNDER_WAY, OperationKind

_INVOICES = text("""
    SELECT t.id, l.invoice_id FROM membership_term t JOIN fee_invoice_line l ON l.entry_id = t.entry_id
     WHERE t.organisation_id = :organisation
""")
_NOT_INVOICED = text("""
    SELECT t.id, false AS refund FROM membership_term t
     WHERE t.entry_id IS NOT NULL AND NOT EXISTS (SELECT FROM fee_invoice_line l WHERE l.entry_id = t.entry_id)
    UNION ALL
    SELECT m.term_id, true FROM membership_mark m
     WHERE m.entry_id IS NOT NULL AND NOT EXISTS (SELECT FROM fee_invoice_line l WHERE l.entry_id = m.entry_id)
     ORDER BY refund LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class TermView:
    """A term with what was said of it later; `void` is the reason or "", `sanctioned` whether that still stands."""

    id: UUID
    organisation_id: UUID
    kind: TermKind
    plan: str
    months: int
    starts_on: date
    ends_on: date
    list_price: Money
    price: Money
    credit: Money
    waived: Money
    fee: Money
    automatic: bool
    source_id: UUID | None
    waiver_id: UUID | None
    order_id: UUID | None
    entry_id: UUID | None
    paid_at: datetime | None
    created_at: datetime
    void: str
    sanctioned: bool

    @property
    def counts(self) -> bool:
        return not self.void

    @property
    def value(self) -> Money:
        """What was paid for its days: now, and before an upgrade."""
        return self.fee + self.credit

    @property
    def refundable_until(self) -> date | None:
        """The last day on which it is refunded in full; None where nothing was paid."""
        if self.paid_at is None:
            return None
        return date.fromordinal(day_of(self.paid_at, ZONE).toordinal() + COOLING_OFF)


def _term(row: MembershipTerm, marks: dict[str, str]) -> TermView:
    sanctioned = Mark.SANCTION in marks and Mark.SANCTION_LIFTED not in marks
    return TermView(
        id=row.id,
        organisation_id=row.organisation_id,
        kind=TermKind(row.kind),
        plan=row.plan,
        months=row.months,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        list_price=row.list_price,
        price=row.price,
        credit=row.credit,
        waived=row.waived,
        fee=row.fee,
        automatic=row.automatic,
        source_id=row.source_id,
        waiver_id=row.waiver_id,
        order_id=row.order_id,
        entry_id=row.entry_id,
        paid_at=row.paid_at,
        created_at=row.created_at,
        void=marks.get(Mark.VOID, ""),
        sanctioned=sanctioned,
    )


async def _with_marks(tx: AsyncSession, rows: Sequence[MembershipTerm]) -> list[TermView]:
    query = select(MembershipMark).where(MembershipMark.term_id.in_([row.id for row in rows]))
    marks: dict[UUID, dict[str, str]] = {}
    for mark in await tx.scalars(query) if rows else ():
        marks.setdefault(mark.term_id, {})[mark.kind] = mark.reason
    return [_term(row, marks.get(row.id, {})) for row in rows]


async def terms(tx: AsyncSession, organisation_id: UUID) -> list[TermView]:
    """Every term of a company, void ones too, in the order in which they were made."""
    query = select(MembershipTerm).where(MembershipTerm.organisation_id == organisation_id)
    return await _with_marks(tx, list(await tx.scalars(query.order_by(MembershipTerm.id))))


async def term(tx: AsyncSession, term_id: UUID, *, party: UUID) -> TermView:
    """One term of this company's. Raises MembershipNotFound."""
    query = select(MembershipTerm).where(MembershipTerm.id == term_id, MembershipTerm.organisation_id == party)
    found = await _with_marks(tx, list(await tx.scalars(query)))
    if not found:
        raise MembershipNotFound(_("There is no such membership."))
    return found[0]


async def with_refund(tx: AsyncSession, term_id: UUID) -> tuple[TermView, UUID | None]:
    """A term, and the entry of its refund in the books."""
    rows = await tx.scalars(select(MembershipTerm).where(MembershipTerm.id == term_id))
    (found,) = await _with_marks(tx, list(rows))
    refund = select(MembershipMark.entry_id).where(MembershipMark.term_id == term_id, MembershipMark.kind == Mark.VOID)
    return found, await tx.scalar(refund)


async def whole_from(tx: AsyncSession, running: TermView) -> date:
    """The first day of the whole term that this one belongs to: an upgrade is the rest of the term it began in."""
    known = {one.id: one for one in await terms(tx, running.organisation_id)}
    begun = running
    while begun.kind is TermKind.UPGRADE and begun.source_id in known:
        begun = known[begun.source_id]
    return begun.starts_on


async def newest_terms(tx: AsyncSession, *, offset: int = 0, limit: int = 50) -> tuple[list[TermView], int]:
    """Everybody's terms, the newest first; and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(MembershipTerm))).scalar_one()
    rows = await tx.scalars(select(MembershipTerm).order_by(MembershipTerm.id.desc()).offset(offset).limit(limit))
    return await _with_marks(tx, list(rows)), total


async def order_for_update(tx: AsyncSession, order_id: UUID, *, party: UUID | None = None) -> MembershipOrder:
    """One order, locked. Raises MembershipNotFound, for another company's too."""
    query = select(MembershipOrder).where(MembershipOrder.id == order_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None or (party is not None and found.organisation_id != party):
        raise MembershipNotFound(_("There is no such order."))
    return found


async def owner_of(tx: AsyncSession, order_id: UUID) -> UUID:
    """Whose order it is. Raises MembershipNotFound."""
    found: UUID | None = await tx.scalar(select(MembershipOrder.organisation_id).where(MembershipOrder.id == order_id))
    if found is None:
        raise MembershipNotFound(_("There is no such order."))
    return found


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order; `operation_id` is its latest payment, if it is paid over a rail."""

    id: UUID
    organisation_id: UUID
    kind: TermKind
    plan: str
    months: int
    starts_on: date | None
    price: Money
    credit: Money
    waived: Money
    fee: Money
    rail: str
    reference: str
    automatic: bool
    state: OrderState
    ordered_at: datetime
    operation_id: UUID | None


def order_view(row: MembershipOrder, operation_id: UUID | None) -> OrderView:
    return OrderView(
        id=row.id,
        organisation_id=row.organisation_id,
        kind=TermKind(row.kind),
        plan=row.plan,
        months=row.months,
        starts_on=row.starts_on,
        price=row.price,
        credit=row.credit,
        waived=row.waived,
        fee=row.fee,
        rail=row.rail,
        reference=row.reference,
        automatic=row.choice_id is not None,
        state=OrderState(row.state),
        ordered_at=row.ordered_at,
        operation_id=operation_id,
    )


async def open_order_for_update(tx: AsyncSession, organisation_id: UUID) -> MembershipOrder | None:
    query = select(MembershipOrder).where(
        MembershipOrder.organisation_id == organisation_id, MembershipOrder.state == OrderState.OPEN
    )
    return await tx.scalar(query.with_for_update().execution_options(populate_existing=True))


async def orders(tx: AsyncSession, organisation_id: UUID, *, limit: int = 50) -> list[OrderView]:
    """A company's orders, the newest first."""
    return await _orders(tx, MembershipOrder.organisation_id == organisation_id, limit=limit)


async def open_order(tx: AsyncSession, organisation_id: UUID) -> OrderView | None:
    """A company's order that waits for its payment; there is one at most."""
    where = (MembershipOrder.organisation_id == organisation_id, MembershipOrder.state == OrderState.OPEN)
    return next(iter(await _orders(tx, *where, limit=1)), None)


async def waiting_for_transfer(tx: AsyncSession, *, limit: int = 200) -> list[OrderView]:
    """Orders that wait for a bank transfer, the oldest last."""
    return await _orders(tx, MembershipOrder.state == OrderState.OPEN, MembershipOrder.rail == "bank", limit=limit)


async def by_references(tx: AsyncSession, references: Sequence[str]) -> list[OrderView]:
    """Open orders with these references that are not being paid otherwise."""
    busy = select(Operation.id).where(
        Operation.part_id == MembershipOrder.id, Operation.provider != "bank", Operation.state.in_(UNDER_WAY)
    )
    query = select(MembershipOrder).where(
        MembershipOrder.reference.in_(references), MembershipOrder.state == OrderState.OPEN, ~busy.exists()
    )
    return [order_view(row, None) for row in await tx.scalars(query)] if references else []


async def _orders(tx: AsyncSession, *where: Any, limit: int) -> list[OrderView]:
    latest = (
        select(Operation.id)
        .where(Operation.part_id == MembershipOrder.id, Operation.kind == OperationKind.PAY_IN)
        .order_by(Operation.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = await tx.execute(
        select(MembershipOrder, latest).where(*where).order_by(MembershipOrder.id.desc()).limit(limit)
    )
    return [order_view(row, latest_id) for row, latest_id in rows]


async def choice(tx: AsyncSession, organisation_id: UUID) -> MembershipChoice | None:
    """What the company wants at the end of its term; None while it has said nothing."""
    query = select(MembershipChoice).where(MembershipChoice.organisation_id == organisation_id)
    return await tx.scalar(query.order_by(MembershipChoice.id.desc()).limit(1))


async def notices(tx: AsyncSession, term_id: UUID) -> dict[str, MembershipNotice]:
    """What was written about a term, by kind."""
    rows = await tx.scalars(select(MembershipNotice).where(MembershipNotice.term_id == term_id))
    return {row.kind: row for row in rows}


async def ending(tx: AsyncSession, since: date, until: date) -> list[UUID]:
    """Companies with a term whose last day lies between, both included."""
    query = select(MembershipTerm.organisation_id).where(MembershipTerm.ends_on.between(since, until)).distinct()
    return list(await tx.scalars(query))


async def waiver_for_update(tx: AsyncSession, waiver_id: UUID) -> MembershipWaiver:
    """Raises MembershipNotFound."""
    query = select(MembershipWaiver).where(MembershipWaiver.id == waiver_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise MembershipNotFound(_("There is no such waiver."))
    return found


async def waiver(tx: AsyncSession, waiver_id: UUID) -> MembershipWaiver:
    """Raises MembershipNotFound."""
    found = await tx.get(MembershipWaiver, waiver_id)
    if found is None:
        raise MembershipNotFound(_("There is no such waiver."))
    return found


async def invoices_of(tx: AsyncSession, organisation_id: UUID) -> dict[UUID, UUID]:
    """The invoice of each of a company's terms that has one."""
    rows = await tx.execute(_INVOICES, {"organisation": organisation_id})
    return {row.id: row.invoice_id for row in rows}


async def waivers(tx: AsyncSession, *, limit: int = 100) -> list[MembershipWaiver]:
    """The newest first."""
    return list(await tx.scalars(select(MembershipWaiver).order_by(MembershipWaiver.id.desc()).limit(limit)))


async def waiver_to_use(
    tx: AsyncSession, organisation_id: UUID, plan: str, months: int, currency: str
) -> MembershipWaiver | None:
    """A part of the fee that was waived for this plan and is not used up; a term that was made with it uses it."""
    used = aliased(MembershipTerm)
    query = (
        select(MembershipWaiver)
        .where(
            MembershipWaiver.organisation_id == organisation_id,
            MembershipWaiver.state == WaiverState.GRANTED,
            MembershipWaiver.plan == plan,
            MembershipWaiver.months == months,
            MembershipWaiver.price_currency == currency,  # type: ignore[attr-defined]
            MembershipWaiver.basis_points < 10_000,
            ~select(used.id).where(used.waiver_id == MembershipWaiver.id).exists(),
        )
        .order_by(MembershipWaiver.id)
        .limit(1)
    )
    return await tx.scalar(query)


async def payment_under_way(tx: AsyncSession, order_id: UUID) -> Operation | None:
    """The open payment of an order, locked."""
    query = select(Operation).where(
        Operation.part_id == order_id, Operation.kind == OperationKind.PAY_IN, Operation.state.in_(OPEN)
    )
    return await tx.scalar(query.with_for_update().execution_options(populate_existing=True))


async def not_invoiced(tx: AsyncSession, *, limit: int = 200) -> list[tuple[UUID, bool]]:
    """Terms whose fee stands on no invoice, and void ones whose refund on no credit note: (term, whether a refund)."""
    rows = await tx.execute(_NOT_INVOICED, {"limit": limit})
    return [(row.id, row.refund) for row in rows]
