"""Deals with an escrow, for tests: buyer, supplier, milestones, and money in it."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from app.core.subject import Subject
from payments.bank import service as bank
from payments.bank.service import Line
from payments.chargebacks.models import Chargeback
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.escrow.queries import EscrowView, MilestoneView
from payments.escrow.service import MilestonePlan
from payments.fees import FeeTerms
from payments.gateway import Settlement, SettlementKind
from tests.factories.people import Actor, make_company, make_staff
from trust.access import Role
from trust.identity import queries as identity

HASH = "a" * 64


def usd(amount: str) -> Money:
    return Money.of(amount, "USD")


@dataclass(frozen=True)
class Deal:
    subject: Subject
    buyer: Actor
    supplier: Actor
    escrow: EscrowView

    @property
    def deposit(self) -> MilestoneView:
        return self.escrow.milestones[0]

    @property
    def balance(self) -> MilestoneView:
        return self.escrow.milestones[1]


async def make_deal(
    tx: AsyncSession,
    *,
    deposit: Money | None = None,
    balance: Money | None = None,
    fee_terms: FeeTerms | None = None,
    supplier: Actor | None = None,
) -> Deal:
    """A contract with a deposit of 300 and a balance of 700 dollars, 1.5 % fee, not yet paid."""
    buyer = await make_company(tx, "Hansa Import", country="DE", sells=False)
    supplier = supplier or await make_company(tx, "Shenzhen Lantern", country="CN")
    subject = Subject("order", new_id())
    first = deposit or Money.of("300.00", "USD")
    second = balance or Money.of("700.00", "USD")
    opened = await escrow.open_escrow(
        tx,
        subject,
        buyer_id=buyer.organisation_id,
        supplier_id=supplier.organisation_id,
        currency=first.currency,
        milestones=[MilestonePlan("deposit", first), MilestonePlan("balance", second)],
        fee_terms=fee_terms or FeeTerms(150),
        contract_hash=HASH,
    )
    return Deal(subject, buyer, supplier, opened)


async def make_paid_deal(ctx: JobContext, *, method: str = "card", **changes: Any) -> Deal:
    """A deal whose deposit the buyer has paid through the provider. `changes` are those of `make_deal`."""
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx, **changes)
        await escrow.plan_pay_in(tx, deal.subject, deal.deposit.id, by=deal.buyer.member, method=method)
    await drain(ctx)
    return deal


async def _from_buyer(tx: AsyncSession, milestone: MilestoneView) -> Line:
    """The transfer of who has to pay it, in the name of its company."""
    _milestone, buyer = await escrows.with_buyer(tx, milestone.id)
    return replace(transfer_for(milestone), counterparty=(await identity.organisation(tx, buyer)).name_latin)


async def fund_by_bank(tx: AsyncSession, milestone: MilestoneView) -> UUID:
    """The buyer's transfer has come, been booked and approved; returns the booking."""
    maker, checker = await make_finance(tx), await make_finance(tx)
    booking = await bank.book_received(tx, await _from_buyer(tx, milestone), by=maker.member)
    await bank.approve(tx, booking, by=checker.member)
    return booking


async def earn(tx: AsyncSession, deal: Deal, milestone: MilestoneView) -> None:
    """The buyer has paid the milestone and accepted; the supplier's balance has it, less the fee."""
    await fund_by_bank(tx, milestone)
    await escrow.release(tx, deal.subject, milestone.id, by=None, reason="accepted")


def transfer_for(milestone: MilestoneView, *, amount: Money | None = None, reference: str | None = None) -> Line:
    return Line(
        bank_ref=f"B{new_id()}",
        reference=milestone.reference if reference is None else reference,
        counterparty="Hansa Import GmbH",
        amount=amount or milestone.amount,
        value_date=clock.now().date(),
    )


async def make_finance(tx: AsyncSession) -> Actor:
    return await make_staff(tx, Role.FINANCE_STAFF)


def unasked(amount: Money, kind: SettlementKind = SettlementKind.OTHER) -> Settlement:
    """A line in the provider's books with no operation of ours behind it."""
    now = clock.now()
    return Settlement(
        id=f"txn_{new_id()}",
        kind=kind,
        provider_kind=str(kind),
        amount=amount,
        fee=Money.zero(amount.currency),
        net=amount,
        source_id="",
        key="",
        group="",
        created=now,
        available=now,
    )


def chargeback_of(milestone: MilestoneView, paid: UUID | None, **changes: Any) -> Chargeback:
    """The row of a chargeback of this payment that the bank asks about; nothing is booked."""
    facts: dict[str, Any] = {"reason": "fraudulent", "defence": {}, "opened_at": clock.now()}
    asked = {"operation_id": paid, "milestone_id": milestone.id, "amount": milestone.amount}
    return Chargeback(provider="stripe", dispute_ref="du_1", **asked, **facts | changes)
