"""What two companies agree to, and rules of risk."""

from decimal import Decimal
from itertools import pairwise

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.money import Money
from app.core.rates import RateMissing, Rates
from app.core.subject import Subject
from orders import controlled
from orders.contracts.models import Contract
from orders.contracts.terms import ContractTerms
from orders.milestones import MilestoneKind
from orders.negotiation import queries as negotiation
from trust.access import Member
from trust.goods import checking
from trust.goods.checking import Asked
from trust.goods.states import Point as GoodsPoint
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts import AmendmentFacts, ContractFacts
from trust.risk.service import Assessment

ADVANCE = (MilestoneKind.DEPOSIT, MilestoneKind.PRODUCTION)
"""Payments before anything is shipped."""
_COMPLETED = text("SELECT count(*) FROM orders WHERE supplier_id = :supplier AND state = 'completed'")


async def check_contract(tx: AsyncSession, contract: Contract, terms: ContractTerms, *, by: Member) -> Assessment:
    """Judge a text that both have agreed to; what holds it keeps it from being signed. The supplier's doing is judged,
    for it is what the buyer relies on.
    """
    done = (await tx.execute(_COMPLETED, {"supplier": contract.supplier_id})).scalar_one()
    facts = ContractFacts(
        cents=await in_cents(tx, contract.total),
        advance=sum((m.plan.percent for m in terms.milestones if m.plan.kind in ADVANCE), start=Decimal(0)),
        completed=done,
        goods=tuple(f"{line.description.en} {line.specification.en}" for line in terms.lines),
    )
    return await risk.assess(
        tx,
        Point.CONTRACT,
        Subject("contract", contract.id),
        facts,
        organisation_id=contract.supplier_id,
        title=contract.number,
        by=by,
    )


async def check_goods(tx: AsyncSession, contract: Contract, *, by: Member) -> None:
    """Whether what is agreed may be sold there, as each side signs. Raises GoodsRefused, GoodsHeld."""
    terms = ContractTerms.model_validate(contract.terms)
    destination = (await negotiation.inquiry(tx, contract.inquiry_id, party=None)).destination
    about = Subject("contract", contract.id)
    lines = controlled.agreed(terms, counted=contract.amends_id is None)
    await checking.check(tx, Asked(GoodsPoint.CONTRACT, lines, contract.supplier_id, about, destination), by=by)


async def check_amendment(tx: AsyncSession, contract: Contract, *, by: Member) -> Assessment:
    """Judge how often the sum of a deal was changed, with this amendment."""
    totals = select(Contract.total_minor).where(Contract.inquiry_id == contract.inquiry_id)  # type: ignore[attr-defined]
    rows = list(await tx.scalars(totals.order_by(Contract.id)))
    changed = sum(one != other for one, other in pairwise(rows))
    return await risk.assess(
        tx,
        Point.AMENDMENT,
        Subject("contract", contract.id),
        AmendmentFacts(changed),
        organisation_id=by.organisation_id,
        title=contract.number,
        by=by,
    )


async def in_cents(tx: AsyncSession, amount: Money) -> int | None:
    """In whole US cents by the newest rate; None where there is none."""
    if amount.currency == "USD":
        return amount.minor
    try:
        return (await Rates.on(tx, clock.now().date())).convert(amount, "USD").amount.minor
    except RateMissing:
        return None
