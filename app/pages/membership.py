"""A company's membership: what it has, how much of it is used, what comes next, and what was paid."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.money import Money
from app.core.periods import Period
from app.core.web import Answer, HouseRouter, Tx
from listings import queries as listings
from listings.states import ProductState
from orders.negotiation import rows as negotiation
from payments.ledger import chart
from payments.ledger import queries as ledger
from payments.membership import ordering, plans, queries, terms
from payments.membership.calendar import COOLING_OFF, GRACE, NOTICE, REMINDERS, ZONE, today
from payments.membership.ordering import Offer
from payments.membership.plans import Plan
from payments.membership.queries import TermView
from payments.membership.schemas import LimitsOut, OrderOut, TermOut
from payments.membership.states import TERM_LABELS, VOID_LABELS
from payments.membership.web import FIRST_CURRENCY, ways
from trust.access import CurrentMember, Member
from trust.entitlements import service as entitlements
from trust.entitlements.limits import LABELS, Limit
from trust.identity import queries as identity
from trust.identity.service import team

router = HouseRouter(tags=["memberships"])


class MembershipQuery(BaseModel):
    """Currency in which prices are shown, and the length that is looked at."""

    currency: Annotated[str, Query(pattern=r"^([A-Z]{3})?$")] = ""
    months: Annotated[int, Query(ge=1, le=60)] = 12


class OfferOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    plan: str
    months: int
    price: Money
    credit: Money
    waived: Money
    fee: Money


class ChoiceOut(BaseModel):
    """What happens at the end of the term; `plan` empty: it ends."""

    automatic: bool
    plan: str
    months: int


class MembershipOut(BaseModel):
    """`used` and `limits` by name; a limit of null is none. `offers` are what can be bought now."""

    plan: str
    limits: LimitsOut
    used: dict[str, int]
    paused_products: int
    current: TermOut | None
    renewal: ChoiceOut | None
    offers: list[OfferOut]
    order: OrderOut | None
    terms: list[TermOut]


@router.get("/membership", response_model=MembershipOut)
async def show(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, asked: Annotated[MembershipQuery, Query()]
) -> Response:
    """The plan now, what is used of it, the next term, and the history with receipts."""
    ordering.only_suppliers(member)
    party = member.organisation_id
    history = await queries.terms(tx, party)
    now, last = terms.current(history, today()), terms.last(history)
    known = await plans.on(tx, today())
    currency = _currency(asked.currency, member, last, known)
    states = await listings.count_by_state(tx, party)
    open_order = await queries.open_order(tx, party)
    offers, against = await _offers(tx, party, known, asked.months, currency)
    chosen, entitled = await queries.choice(tx, party), await entitlements.of(tx, party)
    out = MembershipOut(
        plan=entitled.plan,
        limits=LimitsOut.model_validate(entitled.limits),
        used=await _used(tx, party, states),
        paused_products=states.get(ProductState.PAUSED, 0),
        current=TermOut.model_validate(now) if now else None,
        renewal=ChoiceOut(automatic=chosen.automatic, plan=chosen.plan, months=chosen.months) if chosen else None,
        offers=[OfferOut.model_validate(one) for one in offers],
        order=OrderOut.model_validate(open_order) if open_order else None,
        terms=[TermOut.model_validate(one) for one in reversed(history)],
    )
    return answer.show(
        "membership/membership.html",
        out,
        **_words(),
        offers=offers,
        against=against,
        rails={one.plan: ways(request, one.fee) for one in offers},
        balance=await ledger.balance(tx, chart.payable(party), currency),
        currency=currency,
        currencies=plans.currencies(known),
        months=asked.months,
        lengths=sorted({months for plan in known for months, _currency in plan.prices}),
        nexts=[(f"{plan.code}:{length}", plan.code, length) for plan in known for length in _lengths(plan)],
        in_grace=now is not None and now.ends_on < today(),
        last=last,
        refundable=_refundable(history),
        invoices=await queries.invoices_of(tx, party),
    )


def _words() -> dict[str, Any]:
    return {
        "plan_name": plans.name,
        "length": plans.length,
        "labels": {limit.value: _(label) for limit, label in LABELS.items()},
        "kinds": {kind.value: _(label) for kind, label in TERM_LABELS.items()},
        "voids": {reason.value: _(label) for reason, label in VOID_LABELS.items()},
        "grace": GRACE,
        "notice": NOTICE,
        "announced": REMINDERS[1],
        "cooling_off": COOLING_OFF,
    }


def _currency(asked: str, member: Member, last: TermView | None, known: list[Plan]) -> str:
    """As asked; else that of the last term, else the company's own country's, else the first."""
    sold = plans.currencies(known)
    wishes = [asked, last.fee.currency if last else "", "CNY" if member.country == "CN" else "", FIRST_CURRENCY]
    return next(wish for wish in wishes if wish in sold)


def _lengths(plan: Plan) -> list[int]:
    return sorted({months for months, _currency in plan.prices})


async def _offers(
    tx: AsyncSession, party: UUID, known: list[Plan], months: int, currency: str
) -> tuple[list[Offer], dict[str, str]]:
    """What can be bought now, and why the other plans cannot."""
    offers, against = [], {}
    for plan in known:
        if (months, currency) in plan.prices:
            try:
                offers.append(await ordering.offer(tx, party, plan.code, months, currency))
            except (Conflict, Invalid) as error:
                against[plan.code] = error.message
    return offers, against


async def _used(tx: AsyncSession, party: UUID, states: dict[ProductState, int]) -> dict[str, int]:
    people = len(await identity.members(tx, party)) + len(await team.invitations(tx, party))
    month = Period.month(today(), ZONE)
    return {
        Limit.PRODUCTS: states.get(ProductState.PUBLISHED, 0),
        Limit.MEMBERS: people,
        Limit.ANSWERS: await negotiation.answered_in(tx, party, month),
    }


def _refundable(history: list[TermView]) -> UUID | None:
    """The term that can be given back now: the last, within its time."""
    last = terms.last(history)
    if last is None or last.refundable_until is None or today() > last.refundable_until:
        return None
    return last.id
