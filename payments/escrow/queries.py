"""Who is party to an escrow, and where its milestones stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import EscrowNotFound
from payments.escrow.models import Escrow, Milestone
from payments.escrow.states import MilestoneState
from payments.ledger.queries import Invariant


@dataclass(frozen=True, slots=True)
class MilestoneView:
    """A milestone's money. `held` counts what is frozen, `released` the fee."""

    id: UUID
    position: int
    kind: str
    amount: Money
    fee: Money
    state: MilestoneState
    reference: str
    due_on: date | None
    held: Money
    released: Money
    due_back: Money
    refunded: Money
    charged_back: Money
    surplus: Money

    @property
    def agreed(self) -> Money:
        """What the contract says is to be paid, as it was last amended."""
        return self.amount - self.surplus

    @property
    def to_supplier(self) -> Money:
        """What the supplier gets when all of it is released."""
        return self.amount - self.fee


@dataclass(frozen=True, slots=True)
class EscrowView:
    """Milestones are in the order of the contract."""

    id: UUID
    subject: Subject
    buyer_id: UUID
    supplier_id: UUID
    currency: str
    contract_hash: str
    milestones: tuple[MilestoneView, ...]

    @property
    def agreed(self) -> Money:
        """All that is to be paid; what was called off before it was paid no longer counts."""
        due = (m.agreed.minor for m in self.milestones if m.state != MilestoneState.CANCELLED)
        return Money(sum(due), self.currency)


async def escrow(tx: AsyncSession, subject: Subject) -> EscrowView:
    """Raises EscrowNotFound."""
    found = await escrows(tx, [subject])
    if subject not in found:
        raise EscrowNotFound(_("No payments belong to this."))
    return found[subject]


async def escrows(tx: AsyncSession, subjects: Sequence[Subject]) -> dict[Subject, EscrowView]:
    """Those subjects that have an escrow; one query."""
    rows = await tx.execute(
        select(Escrow, Milestone)
        .join(Milestone, Milestone.escrow_id == Escrow.id)
        .where(tuple_(Escrow.subject_type, Escrow.subject_id).in_([(s.type, s.id) for s in subjects]))
        .order_by(Escrow.id, Milestone.position)
    )
    grouped: dict[UUID, tuple[Escrow, list[Milestone]]] = {}
    for row, milestone in rows:
        grouped.setdefault(row.id, (row, []))[1].append(milestone)
    views = [view(row, milestones) for row, milestones in grouped.values()]
    return {found.subject: found for found in views}


async def escrow_for_update(tx: AsyncSession, subject: Subject) -> Escrow:
    """Locks the row. Raises EscrowNotFound."""
    query = select(Escrow).where(Escrow.subject_type == subject.type, Escrow.subject_id == subject.id)
    row = await tx.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise EscrowNotFound(_("No payments belong to this."))
    return row


async def locked(tx: AsyncSession, subject: Subject, milestone_id: UUID) -> tuple[Escrow, Milestone]:
    """One milestone of one deal, locked, with its escrow. Raises EscrowNotFound."""
    return await _locked(
        tx, Escrow.subject_type == subject.type, Escrow.subject_id == subject.id, Milestone.id == milestone_id
    )


async def locked_many(tx: AsyncSession, milestone_ids: Sequence[UUID]) -> dict[UUID, tuple[Escrow, Milestone]]:
    """Milestones of whatever deals with their escrows, locked in the order of their ids. Raises EscrowNotFound."""
    query = (
        select(Escrow, Milestone)
        .join(Milestone, Milestone.escrow_id == Escrow.id)
        .where(Milestone.id.in_(milestone_ids))
        .order_by(Milestone.id)
        .with_for_update(of=Milestone)
        .execution_options(populate_existing=True)
    )
    found = {milestone.id: (row, milestone) for row, milestone in await tx.execute(query)}
    if found.keys() != set(milestone_ids):
        raise EscrowNotFound(_("There is no such payment."))
    return found


async def by_reference(tx: AsyncSession, reference: str) -> MilestoneView | None:
    found = await tx.scalar(select(Milestone).where(Milestone.reference == reference))
    return milestone_view(found) if found else None


async def by_references(tx: AsyncSession, references: Sequence[str]) -> list[tuple[MilestoneView, UUID]]:
    """The milestones with these references, each with its buyer."""
    if not references:
        return []
    query = select(Milestone, Escrow.buyer_id).join(Escrow, Escrow.id == Milestone.escrow_id)
    rows = await tx.execute(query.where(Milestone.reference.in_(references)))
    return [(milestone_view(milestone), buyer_id) for milestone, buyer_id in rows]


async def escrow_of(tx: AsyncSession, milestone_id: UUID) -> EscrowView:
    """The escrow that a milestone belongs to. Raises EscrowNotFound."""
    query = select(Escrow.subject_type, Escrow.subject_id).join(Milestone, Milestone.escrow_id == Escrow.id)
    found = (await tx.execute(query.where(Milestone.id == milestone_id))).first()
    if found is None:
        raise EscrowNotFound(_("There is no such payment."))
    return await escrow(tx, Subject(found[0], found[1]))


async def buyers_with_open_deals(tx: AsyncSession, supplier_id: UUID) -> list[UUID]:
    """The buyers whose money for this supplier is still to come or to be decided."""
    over = (MilestoneState.RELEASED, MilestoneState.REFUNDED, MilestoneState.CANCELLED)
    query = select(Escrow.buyer_id).join(Milestone, Milestone.escrow_id == Escrow.id)
    query = query.where(Escrow.supplier_id == supplier_id, Milestone.state.not_in(over)).distinct()
    return sorted(await tx.scalars(query))


async def next_due(tx: AsyncSession, supplier_id: UUID) -> date | None:
    """The day on which the next payment to this supplier is due that was not made yet."""
    query = select(func.min(Milestone.due_on)).join(Escrow, Escrow.id == Milestone.escrow_id)
    return await tx.scalar(query.where(Escrow.supplier_id == supplier_id, Milestone.state == MilestoneState.PENDING))


async def with_buyer(tx: AsyncSession, milestone_id: UUID) -> tuple[MilestoneView, UUID]:
    """One milestone, and who pays it. Raises EscrowNotFound."""
    query = select(Milestone, Escrow.buyer_id).join(Escrow, Escrow.id == Milestone.escrow_id)
    found = (await tx.execute(query.where(Milestone.id == milestone_id))).first()
    if found is None:
        raise EscrowNotFound(_("There is no such payment."))
    return milestone_view(found[0]), found[1]


async def due_in(tx: AsyncSession, amounts: Collection[Money]) -> list[tuple[MilestoneView, UUID]]:
    """The milestones that wait for exactly one of these amounts, each with its buyer."""
    if not amounts:
        return []
    minor, currency = Milestone.amount_minor, Milestone.amount_currency  # type: ignore[attr-defined]
    query = select(Milestone, Escrow.buyer_id).join(Escrow, Escrow.id == Milestone.escrow_id)
    rows = await tx.execute(
        query.where(
            tuple_(minor, currency).in_([(amount.minor, amount.currency) for amount in amounts]),
            Milestone.state.in_([MilestoneState.PENDING, MilestoneState.FUNDING]),
        ).order_by(Milestone.id)
    )
    return [(milestone_view(milestone), buyer_id) for milestone, buyer_id in rows]


async def _locked(tx: AsyncSession, *where: ColumnElement[bool]) -> tuple[Escrow, Milestone]:
    query = (
        select(Escrow, Milestone)
        .join(Milestone, Milestone.escrow_id == Escrow.id)
        .where(*where)
        .with_for_update(of=Milestone)
        .execution_options(populate_existing=True)
    )
    found = (await tx.execute(query)).first()
    if found is None:
        raise EscrowNotFound(_("There is no such payment."))
    return found[0], found[1]


def view(row: Escrow, milestones: Sequence[Milestone]) -> EscrowView:
    return EscrowView(
        id=row.id,
        subject=Subject(row.subject_type, row.subject_id),
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        currency=row.currency,
        contract_hash=row.contract_hash,
        milestones=tuple(milestone_view(m) for m in milestones),
    )


def milestone_view(row: Milestone) -> MilestoneView:
    parts = (row.held_minor, row.released_minor, row.due_minor, row.refunded_minor)
    return MilestoneView(
        row.id,
        row.position,
        row.kind,
        row.amount,
        row.fee,
        MilestoneState(row.state),
        row.reference,
        row.due_on,
        *(Money(minor, row.amount.currency) for minor in (*parts, row.charged_back_minor, row.surplus_minor)),
    )


async def milestones_match_books(tx: AsyncSession) -> Invariant:
    """Every milestone's state says what the books say of its money."""
    rows = await tx.execute(text(_MISMATCHES))
    broken = [f"{row.subject_type}:{row.subject_id} {row.kind} {row.state}" for row in rows]
    count = (await tx.execute(select(func.count()).select_from(Milestone))).scalar_one()
    return Invariant("milestones_match_books", not broken, count, broken=broken)


_MISMATCHES = """
WITH book AS (
    SELECT e.part_id,
           sum(p.amount_minor * a.side) FILTER (WHERE a.kind = 'escrow' AND e.kind = 'fund') AS funded,
           sum(p.amount_minor * a.side) FILTER (WHERE a.kind = 'escrow') AS held,
           sum(p.amount_minor * a.side) FILTER (WHERE a.kind = 'escrow_frozen') AS frozen,
           sum(p.amount_minor * a.side) FILTER (WHERE a.kind IN ('payable', 'fee_income')) AS released,
           sum(p.amount_minor * a.side) FILTER (WHERE a.kind = 'refund_due') AS due,
           -sum(p.amount_minor * a.side)
               FILTER (WHERE a.kind = 'refund_due' AND e.kind IN ('repay', 'bounce')) AS refunded,
           -sum(p.amount_minor * a.side)
               FILTER (WHERE a.kind = 'psp' AND e.kind IN ('charge_back', 'charge_back_undone')) AS charged_back
      FROM journal_entry e JOIN posting p ON p.entry_id = e.id JOIN account a ON a.id = p.account_id
     GROUP BY e.part_id
)
SELECT s.subject_type, s.subject_id, m.kind, m.state
  FROM escrow_milestone m JOIN escrow s ON s.id = m.escrow_id LEFT JOIN book b ON b.part_id = m.id
 WHERE coalesce(b.funded, 0) <> CASE WHEN m.state IN ('pending', 'funding', 'cancelled') THEN 0 ELSE m.amount_minor END
    OR coalesce(b.held, 0) <> CASE WHEN m.state = 'funded' THEN m.held_minor ELSE 0 END
    OR coalesce(b.frozen, 0) <> CASE WHEN m.state = 'frozen' THEN m.held_minor ELSE 0 END
    OR coalesce(b.released, 0) <> m.released_minor
    OR coalesce(b.due, 0) <> m.due_minor
    OR coalesce(b.refunded, 0) <> m.refunded_minor
    OR coalesce(b.charged_back, 0) <> m.charged_back_minor
    OR (m.held_minor > 0) <> (m.state IN ('funded', 'frozen'))
    OR (m.state = 'refund_due' AND m.due_minor = 0)
    OR (m.state = 'charged_back' AND m.charged_back_minor = 0)
 LIMIT 20
"""
