"""What money of a company is not where it belongs yet, for a company that leaves."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import N_
from app.core.money import Money
from app.core.subject import Subject
from payments import overview
from payments.chargebacks.models import Chargeback
from payments.chargebacks.states import OVER
from payments.escrow.models import Escrow, Milestone
from payments.ledger import queries as ledger
from payments.ledger.chart import Kind
from payments.payouts.models import Payout
from trust.leaving import matters
from trust.leaving.matters import Matter


@matters.reader
async def money(tx: AsyncSession, organisation_id: UUID) -> list[Matter]:
    return [
        Matter(
            "held",
            N_("Money held for your deals"),
            N_("It is released or sent back as the contract says, to the account it is due to."),
            "/money",
            amounts=await _held(tx, organisation_id),
        ),
        Matter(
            "balance",
            N_("Your balance"),
            N_("It is yours: have it paid out. No fee is taken for leaving."),
            "/payouts",
            amounts=await _balances(tx, organisation_id, Kind.PAYABLE, Kind.RESERVE),
        ),
        Matter(
            "payouts",
            N_("Payouts on their way"),
            N_("They arrive as ever."),
            "/payouts",
            await _payouts(tx, organisation_id),
        ),
        Matter(
            "owed",
            N_("What your company owes Portolan"),
            N_("It is settled with what comes into your balance, or paid."),
            "/money",
            amounts=await _balances(tx, organisation_id, Kind.RECEIVABLE),
        ),
        Matter(
            "chargebacks",
            N_("Payments that a bank disputes"),
            N_("The bank decides; until then the money stands where it is."),
            "/orders?show=ended",
            await _chargebacks(tx, organisation_id),
        ),
    ]


async def _held(tx: AsyncSession, organisation_id: UUID) -> tuple[Money, ...]:
    """On both sides of its deals, frozen and due back to a buyer included."""
    found = [await overview.held(tx, organisation_id, side) for side in ("buyer", "supplier")]
    parts = [part for one in found for held in one.values() for part in (held.held, held.frozen, held.refund_due)]
    return _summed(parts)


async def _balances(tx: AsyncSession, organisation_id: UUID, *kinds: Kind) -> tuple[Money, ...]:
    owner = Subject("organisation", organisation_id)
    return _summed([amount for kind in kinds for amount in await ledger.balances_of(tx, owner, kind)])


def _summed(parts: Iterable[Money]) -> tuple[Money, ...]:
    """By currency, without those that are zero."""
    sums: dict[str, int] = defaultdict(int)
    for part in parts:
        sums[part.currency] += part.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()) if minor)


async def _payouts(tx: AsyncSession, organisation_id: UUID) -> int:
    query = select(func.count()).select_from(Payout).where(Payout.organisation_id == organisation_id)
    return (await tx.execute(query.where(Payout.state.in_(overview.ON_ITS_WAY)))).scalar_one()


async def _chargebacks(tx: AsyncSession, organisation_id: UUID) -> int:
    mine = or_(Escrow.supplier_id == organisation_id, Escrow.buyer_id == organisation_id)
    query = (
        select(func.count())
        .select_from(Chargeback)
        .join(Milestone, Milestone.id == Chargeback.milestone_id)
        .join(Escrow, Escrow.id == Milestone.escrow_id)
        .where(mine, Chargeback.state.not_in(OVER))
    )
    return (await tx.execute(query)).scalar_one()
