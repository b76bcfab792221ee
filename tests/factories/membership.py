"""Memberships for tests: a balance to pay from, terms paid out of it, waivers, and everything the world needs."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.payload import Upload
from payments.approvals import queries as approvals
from payments.approvals import service as deciding
from payments.ledger import chart
from payments.ledger.service import Entry, credit, debit, post
from payments.membership import ordering, paying, queries, waiving
from payments.membership.queries import OrderView, TermView
from payments.membership.states import WaiverReason
from payments.membership.waiving import Proof, Wanted
from tests.factories.files import PDF
from tests.factories.money import make_finance
from tests.factories.people import Actor

PRICE = Money(98_000, "USD")
"""Of twelve months of the standard plan; of the premium plan 298,000."""


def noon(day: date) -> datetime:
    """A moment of a day that is the same day in Shanghai and in UTC."""
    return datetime.combine(day, time(4), UTC)


async def give_balance(tx: AsyncSession, organisation_id: UUID, amount: Money) -> None:
    """Money that a company has earned, with the cash behind it."""
    legs = [debit(chart.bank("main"), amount), credit(chart.payable(organisation_id), amount)]
    await post(tx, Entry(key=f"given:{new_id()}", kind="given", legs=legs, reason="a test", actor=None))


async def buy(
    tx: AsyncSession, supplier: Actor, plan: str = "standard", months: int = 12, currency: str = "USD"
) -> TermView:
    """A term paid from the balance, which is given first."""
    offer = await ordering.offer(tx, supplier.organisation_id, plan, months, currency)
    await give_balance(tx, supplier.organisation_id, offer.fee)
    made, _asked = await ordering.order(tx, plan, months, currency, "balance", by=supplier.member)
    [term] = [one for one in await queries.terms(tx, supplier.organisation_id) if one.order_id == made.id]
    return term


async def order(tx: AsyncSession, supplier: Actor, rail: ordering.Rail = "stripe", **changes: Any) -> OrderView:
    wanted: dict[str, Any] = {"plan": "standard", "months": 12, "currency": "USD"} | changes
    made, asked = await ordering.order(tx, rail=rail, by=supplier.member, **wanted)
    assert asked is not None
    return queries.order_view(await queries.order_for_update(tx, made.id), asked.id)


async def propose_waiver(
    tx: AsyncSession, supplier: Actor, maker: Actor, settings: Settings, *, proof: Proof | None = None, **changes: Any
) -> UUID:
    facts: dict[str, Any] = {
        "plan": "standard",
        "months": 12,
        "currency": "USD",
        "percent": 100,
        "province": "",
        "note": "New drives.",
    }
    facts |= {"reason": WaiverReason.INNOVATIVE} | changes
    wanted = Wanted(organisation_id=supplier.organisation_id, **facts)
    given = proof or Proof(new_id(), "0" * 64, "proof.pdf", "application/pdf")
    return await waiving.propose(tx, wanted, given, settings, by=maker.member)


async def agree_to(tx: AsyncSession, subject_id: UUID, settings: Settings, *, by: Actor | None = None) -> None:
    """A second person agrees to what waits about this."""
    waiting = await approvals.waiting_for(tx, [subject_id])
    [one] = waiting.values()
    await deciding.agree(tx, one.id, settings, by=(by or await make_finance(tx)).member)


async def waive(tx: AsyncSession, supplier: Actor, settings: Settings, **changes: Any) -> UUID:
    made = await propose_waiver(tx, supplier, await make_finance(tx), settings, **changes)
    await agree_to(tx, made, settings)
    return made


async def make_membership(ctx: JobContext, supplier: Actor, maker: Actor) -> dict[str, Any]:
    """A paid term, an order that waits for its transfer, and a waiver that waits for a second person."""
    proof = await waiving.keep_proof(ctx.files, ctx.settings.vault, Upload("proof.pdf", "application/pdf", PDF))
    async with ctx.db.transaction() as tx:
        return await _membership(tx, supplier, maker, ctx.settings, proof)


async def _membership(
    tx: AsyncSession, supplier: Actor, maker: Actor, settings: Settings, proof: Proof
) -> dict[str, Any]:
    paid = await order(tx, supplier, "bank", months=1)
    await paying.receive_transfer(tx, paid.id, paid.fee, "B-MEMBERSHIP", by=maker.id)
    [term] = await queries.terms(tx, supplier.organisation_id)
    waiting = await order(tx, supplier, "bank")
    waiver = await propose_waiver(tx, supplier, maker, settings, proof=proof)
    return {"term_id": term.id, "membership_order_id": waiting.id, "waiver_id": waiver}
