"""What two companies agree to, and rules of risk."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.rates import RateMissing, Rates
from app.core.subject import Subject
from orders import controlled
from orders.contracts import knowing
from orders.contracts.amending import makes_nothing_larger
from orders.contracts.errors import GrowsUnderRestriction, WarningsUnread
from orders.contracts.models import Contract
from orders.contracts.terms import ContractTerms
from orders.milestones import Due, MilestoneKind
from orders.negotiation import queries as negotiation
from orders.negotiation.guarding import check_words
from trust.access import Member, Restricted
from trust.credit import linking
from trust.goods import checking
from trust.goods.checking import Asked
from trust.goods.states import Point as GoodsPoint
from trust.leaving import service as leaving
from trust.restrictions.errors import PartnerRestricted
from trust.restrictions.service import refuse_new_deal
from trust.risk import parties
from trust.risk import service as risk
from trust.risk.engine import Action, Group, Point
from trust.risk.facts import AmendmentFacts, ContractFacts
from trust.risk.facts_of_people import PartiesFacts
from trust.risk.service import Assessment
from trust.screening import naming

ADVANCE = (MilestoneKind.DEPOSIT, MilestoneKind.PRODUCTION)
"""Payments before anything is shipped."""
_COMPLETED = text("""
    SELECT count(*) FROM orders
     WHERE state = 'completed' AND supplier_id <> ALL (:related) AND buyer_id <> ALL (:related)
       AND (supplier_id = :company AND :sells OR buyer_id = :company AND NOT :sells)
""").bindparams(bindparam("related", type_=ARRAY(Uuid)))
_STATED = text("""
    SELECT claims ->> 'established' AS established, claims ->> 'scope' AS scope FROM verification_request
     WHERE organisation_id = :company AND state = 'accepted' ORDER BY id DESC LIMIT 1
""")


async def check_parties(tx: AsyncSession, contract: Contract, *, by: Member) -> None:
    """Whether both may still enter into it.

    Raises Restricted, PartnerRestricted, GrowsUnderRestriction, CompanyLeaving, PartnerLeaving.

    To end a deal is open to all, and so is an amendment that makes nothing larger: what was sold may be finished. Who
    leaves carries on what was signed, and an amendment is of that.
    """
    sides = (contract.buyer_id, contract.supplier_id)
    if contract.amends_id is None:
        await refuse_new_deal(tx, sides, by=by)
        await leaving.refuse_new_deal(tx, sides, by=by)
    elif not contract.terms.get("ending"):
        await _check_amendment(tx, contract, contract.amends_id, by)


async def _check_amendment(tx: AsyncSession, contract: Contract, amends_id: UUID, by: Member) -> None:
    before = (await tx.get_one(Contract, amends_id)).read()
    if makes_nothing_larger(before, contract.read()):
        return
    try:
        await refuse_new_deal(tx, (contract.buyer_id, contract.supplier_id), by=by)
    except (Restricted, PartnerRestricted) as bound:
        raise GrowsUnderRestriction(
            _(
                "One of the companies may not enter into new deals at present. An amendment can be signed that makes "
                "nothing larger: a later day, lower prices, smaller payments."
            ),
            **bound.facts,
        ) from bound


async def check_contract(tx: AsyncSession, contract: Contract, terms: ContractTerms, *, by: Member) -> Assessment:
    """Judge a text that both have agreed to; what holds it keeps it from being signed. The supplier's doing is judged,
    for it is what the buyer relies on.
    """
    cents = await in_cents(tx, contract.total)
    facts = ContractFacts(
        cents=cents,
        advance=sum((m.plan.percent for m in terms.milestones if m.plan.kind in ADVANCE), start=Decimal(0)),
        completed=await _completed(tx, contract.supplier_id, sells=True),
        goods=tuple(f"{line.description.en} {line.specification.en}" for line in terms.lines),
        known=await knowing.known(tx, contract, terms, cents),
        parties=await _parties(tx, contract, terms),
    )
    found = await risk.assess(
        tx,
        Point.CONTRACT,
        Subject("contract", contract.id),
        facts,
        organisation_id=contract.supplier_id,
        title=contract.number,
        by=by,
    )
    if found.action is Action.BLOCK:
        raise risk.refused(found, because=_too_much_credit())
    return found


def _too_much_credit() -> str:
    return _(
        "More is to be paid after shipment than this buyer's history here carries. Agree on payments that are "
        "held before the goods are shipped."
    )


async def _completed(tx: AsyncSession, company: UUID, *, sells: bool) -> int:
    """How many orders it has completed; those with companies that are related to it do not count."""
    related = list(await linking.related(tx, company))
    asked = {"company": company, "sells": sells, "related": related}
    found: int = (await tx.execute(_COMPLETED, asked)).scalar_one()
    return found


async def _parties(tx: AsyncSession, contract: Contract, terms: ContractTerms) -> PartiesFacts:
    stated = (await tx.execute(_STATED, {"company": contract.supplier_id})).first()
    since = date.fromisoformat(stated.established) if stated and stated.established else None
    credit = sum((m.plan.percent for m in terms.milestones if m.plan.terms.due is Due.SHIPPED), start=Decimal(0))
    words = [line.description for line in terms.lines] + [line.specification for line in terms.lines]
    return PartiesFacts(
        shared=await parties.shared(tx, contract.buyer_id, contract.supplier_id),
        age=(clock.now().date() - since).days if since else None,
        scope=(stated.scope or "") if stated else "",
        goods=" ".join(f"{said.en} {said.zh}" for said in words),
        credit=int(credit),
        settled=await _completed(tx, contract.buyer_id, sells=False),
        clauses="\n".join(f"{clause.body.en} {clause.body.zh}" for clause in terms.own_clauses),
        destination=await negotiation.destination(tx, contract.inquiry_id),
        places=terms.destinations,
    )


async def check_change(
    tx: AsyncSession, contract: Contract, before: ContractTerms, after: ContractTerms, note: str, *, by: Member
) -> None:
    """Judge what one side writes into a draft, and beside it. Bank details stand in no contract. Raises Blocked."""
    await check_words(tx, contract.inquiry_id, note, by=by)
    known = {clause.body for clause in before.own_clauses}
    new = [clause.body for clause in after.own_clauses if clause.body not in known]
    if after.packing != before.packing:
        new.append(after.packing)
    words = [text for said in new for text in (said.en, said.zh)]
    await check_words(tx, contract.inquiry_id, *words, by=by, terms=True)


async def check_warned(tx: AsyncSession, contract: Contract, *, warned: bool, by: Member) -> list[Group]:
    """What the signatory was warned of, and signs all the same. Raises WarningsUnread unless they said so."""
    other = contract.supplier_id if by.organisation_id == contract.buyer_id else contract.buyer_id
    rules = await risk.warnings(tx, Subject("contract", contract.id), other)
    if rules and not warned:
        said = risk.told(rules)
        asked = _("Please say that you have read this before you sign: %(what)s") % {"what": " ".join(said)}
        raise WarningsUnread(asked, field="warned", warnings=said)
    return risk.groups(rules)


async def check_goods(tx: AsyncSession, contract: Contract, *, by: Member) -> None:
    """Whether what is agreed may be sold there, as each side signs. Raises GoodsRefused, GoodsHeld."""
    terms = contract.read()
    destination = await negotiation.destination(tx, contract.inquiry_id)
    about = Subject("contract", contract.id)
    lines = controlled.agreed(terms, counted=contract.amends_id is None)
    destinations = tuple(dict.fromkeys((destination, *terms.destinations)))
    await checking.check(tx, Asked(GoodsPoint.CONTRACT, lines, contract.supplier_id, about, destinations), by=by)


async def check_amendment(tx: AsyncSession, contract: Contract, reason: str, *, by: Member) -> Assessment:
    """Judge the reason that is given, and how often the sum of a deal was changed, with this amendment. Who takes part
    in what it amends takes part in it too; to end a deal is open to all.
    """
    await check_words(tx, contract.inquiry_id, reason, by=by)
    if contract.amends_id is not None and not contract.terms.get("ending"):
        await naming.carry(tx, Subject("contract", contract.amends_id), Subject("contract", contract.id))
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
