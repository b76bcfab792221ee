"""Chargebacks as finance sees them, and as the parties do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.chargebacks.models import Chargeback
from payments.chargebacks.states import OVER, ChargebackState, DefenceState
from payments.errors import ChargebackNotFound
from payments.escrow.models import Escrow, Milestone


@dataclass(frozen=True, slots=True)
class ChargebackView:
    """One chargeback with its deal. `sources` name who bears it, or bore it, and how much; nobody for an inquiry."""

    id: UUID
    provider: str
    dispute_ref: str
    subject: Subject
    supplier_id: UUID
    buyer_id: UUID
    milestone_id: UUID
    part: str
    amount: Money
    taken: Money
    returned: Money
    reserved: Money
    written_off: Money
    owed: Money
    sources: dict[str, Money]
    reason: str
    state: ChargebackState
    due_by: datetime | None
    opened_at: datetime
    ended_at: datetime | None
    defence: dict[str, str]
    defence_state: DefenceState


SOURCES = ("held", "due", "reserve", "payable", "supplier", "buyer")


async def chargebacks(
    tx: AsyncSession, *, states: Sequence[ChargebackState] = (), offset: int = 0, limit: int = 50
) -> tuple[list[ChargebackView], int]:
    """Those that are open first, the next to be answered before others; and how many there are."""
    where = (Chargeback.state.in_(list(states)),) if states else ()
    count = (await tx.execute(select(func.count()).select_from(Chargeback).where(*where))).scalar_one()
    rows = await tx.execute(
        _JOINED.where(*where)
        .order_by(Chargeback.state.in_(OVER), Chargeback.due_by.nulls_last(), Chargeback.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [_view(row) for row in rows], count


async def chargeback(tx: AsyncSession, chargeback_id: UUID) -> ChargebackView:
    """Raises ChargebackNotFound."""
    row = (await tx.execute(_JOINED.where(Chargeback.id == chargeback_id))).first()
    if row is None:
        raise ChargebackNotFound(_("There is no such payment."))
    return _view(row)


async def of_deal(tx: AsyncSession, subject: Subject) -> list[ChargebackView]:
    """A deal's chargebacks, oldest first."""
    query = _JOINED.where(Escrow.subject_type == subject.type, Escrow.subject_id == subject.id)
    return [_view(row) for row in await tx.execute(query.order_by(Chargeback.id))]


async def chargeback_for_update(tx: AsyncSession, chargeback_id: UUID) -> Chargeback:
    """Locked after its milestone. Raises ChargebackNotFound."""
    milestone = select(Milestone.id).join(Chargeback, Chargeback.milestone_id == Milestone.id)
    await tx.execute(milestone.where(Chargeback.id == chargeback_id).with_for_update(of=Milestone))
    query = select(Chargeback).where(Chargeback.id == chargeback_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise ChargebackNotFound(_("There is no such payment."))
    return found


async def by_dispute_for_update(tx: AsyncSession, provider: str, dispute_ref: str) -> Chargeback:
    query = select(Chargeback).where(Chargeback.provider == provider, Chargeback.dispute_ref == dispute_ref)
    return (await tx.scalars(query.with_for_update().execution_options(populate_existing=True))).one()


async def by_dispute(tx: AsyncSession, provider: str, dispute_ref: str) -> Chargeback | None:
    query = select(Chargeback).where(Chargeback.provider == provider, Chargeback.dispute_ref == dispute_ref)
    found: Chargeback | None = await tx.scalar(query.execution_options(populate_existing=True))
    return found


async def open_disputes(tx: AsyncSession, provider: str) -> list[str]:
    """The provider's names of those that are not decided."""
    query = select(Chargeback.dispute_ref).where(Chargeback.provider == provider, Chargeback.state.not_in(OVER))
    return list(await tx.scalars(query.order_by(Chargeback.id)))


async def taken_of_released(tx: AsyncSession, milestone_id: UUID) -> int:
    """What chargebacks took, and did not give back, of what the supplier had got for a milestone; minor units."""
    part = Chargeback.from_reserve_minor + Chargeback.from_payable_minor + Chargeback.from_supplier_minor
    query = select(func.coalesce(func.sum(part), 0)).where(
        Chargeback.milestone_id == milestone_id, Chargeback.returned_minor == 0
    )
    return int((await tx.execute(query)).scalar_one())


async def taken_twice(tx: AsyncSession, milestone_id: UUID) -> int:
    """What chargebacks of a milestone took although it was on its way back to the buyer, and did not give back."""
    query = select(func.coalesce(func.sum(Chargeback.from_buyer_minor), 0)).where(
        Chargeback.milestone_id == milestone_id, Chargeback.returned_minor == 0
    )
    return int((await tx.execute(query)).scalar_one())


_JOINED = (
    select(Chargeback, Milestone.kind, Escrow)
    .join(Milestone, Milestone.id == Chargeback.milestone_id)
    .join(Escrow, Escrow.id == Milestone.escrow_id)
)


def _view(found: Row[Chargeback, str, Escrow]) -> ChargebackView:
    row, part, deal = found
    currency = row.amount.currency

    def money(minor: int) -> Money:
        return Money(minor, currency)

    sources = {name: money(getattr(row, f"from_{name}_minor")) for name in SOURCES}
    return ChargebackView(
        id=row.id,
        provider=row.provider,
        dispute_ref=row.dispute_ref,
        subject=Subject(deal.subject_type, deal.subject_id),
        supplier_id=deal.supplier_id,
        buyer_id=deal.buyer_id,
        milestone_id=row.milestone_id,
        part=part,
        amount=row.amount,
        taken=money(row.taken_minor),
        returned=money(row.returned_minor),
        reserved=money(row.reserved_minor),
        written_off=money(row.written_off_minor),
        owed=money(row.from_supplier_minor + row.from_buyer_minor),
        sources={name: amount for name, amount in sources.items() if amount},
        reason=row.reason,
        state=ChargebackState(row.state),
        due_by=row.due_by,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        defence={name: str(said) for name, said in row.defence.items()},
        defence_state=DefenceState(row.defence_state),
    )
