"""What the clock does to memberships, at its edges; providers that do not answer; and the renewal rate from rows."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.config import Settings
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.money import Money
from app.core.runner import drain
from app.indicators.figures.base import WHOLE
from app.indicators.figures.renewal import SHORT
from payments import proof
from payments.gateway import GatewayUnknown
from payments.ledger import chart
from payments.ledger.queries import balance
from payments.ledger.service import Entry, credit, debit, post
from payments.membership import ordering, plans, queries, renewing
from payments.membership.calendar import GRACE, last_day, today
from payments.membership.jobs import keep_memberships
from payments.membership.models import MembershipMark, MembershipNotice, MembershipOrder, MembershipTerm
from payments.membership.states import Mark, OrderState, TermKind, VoidReason
from tests.cohorts import cohort, counts
from tests.factories.membership import PRICE, buy, give_balance, noon, order, waive
from tests.factories.people import Actor, make_company, make_staff
from tests.fakes import FakeGateway
from trust.access import Role
from trust.entitlements import service as entitlements
from trust.restrictions import service as restricting
from trust.restrictions.ladder import Kind, measure
from trust.restrictions.service import Charge

FIRST = date(2026, 3, 1)
ENDS = date(2027, 2, 28)
USD = "USD"


async def term_of(ctx, *, plan: str = "standard", on: date = FIRST) -> Actor:
    with clock.at(noon(on)):
        async with ctx.db.transaction() as tx:
            supplier = await make_company(tx, "Shenzhen Lantern")
            await buy(tx, supplier, plan)
    return supplier


async def keep(ctx, day: date) -> None:
    with clock.at(noon(day)):
        await keep_memberships(ctx)
        await keep_memberships(ctx)


async def noticed(ctx) -> list[str]:
    async with ctx.db.transaction() as tx:
        return list(await tx.scalars(select(MembershipNotice.kind).order_by(MembershipNotice.id)))


async def plan_on(ctx, supplier: Actor, moment: datetime) -> str:
    with clock.at(moment):
        async with ctx.db.transaction() as tx:
            return (await entitlements.of(tx, supplier.organisation_id)).plan


async def test_reminders_go_out_once_at_each_step(ctx):
    await term_of(ctx)
    for days in (31, 30, 20, 15, 6, 5, 2, 1, 0):
        await keep(ctx, ENDS - timedelta(days=days))
    assert await noticed(ctx) == ["remind_30", "remind_15", "remind_5", "remind_1"]


async def test_the_plan_goes_on_to_the_last_moment_of_the_thirtieth_day_in_shanghai(ctx):
    supplier = await term_of(ctx)
    await keep(ctx, ENDS + timedelta(days=1))
    await keep(ctx, ENDS + timedelta(days=30))
    assert await noticed(ctx) == ["grace"]
    midnight = datetime(2027, 3, 30, 16, tzinfo=UTC)  # the 31st begins in Shanghai
    assert await plan_on(ctx, supplier, midnight - timedelta(seconds=5)) == "standard"
    assert await plan_on(ctx, supplier, midnight) == "free"
    await keep(ctx, ENDS + timedelta(days=31))
    assert await noticed(ctx) == ["grace", "ended"]


@pytest.mark.parametrize(
    ("late", "kind", "begins"),
    [
        (30, TermKind.RENEWAL, date(2027, 3, 1)),
        (31, TermKind.WIN_BACK, date(2027, 3, 31)),
    ],
)
async def test_paid_on_the_thirtieth_day_it_is_a_renewal_and_a_day_later_it_is_not(ctx, late, kind, begins):
    supplier = await term_of(ctx)
    with clock.at(noon(ENDS + timedelta(days=late))):
        async with ctx.db.transaction() as tx:
            term = await buy(tx, supplier)
            assert (await entitlements.of(tx, supplier.organisation_id)).plan == "standard"
    assert (term.kind, term.starts_on) == (kind, begins)


async def agree(ctx, supplier: Actor, day: date, *, automatic: bool = True, plan: str = "standard") -> None:
    with clock.at(noon(day)):
        async with ctx.db.transaction() as tx:
            await renewing.choose(tx, automatic=automatic, plan=plan, months=12, agreed=automatic, by=supplier.member)


async def given(ctx, supplier: Actor, amount: Money = PRICE) -> None:
    async with ctx.db.transaction() as tx:
        await give_balance(tx, supplier.organisation_id, amount)


async def counted(ctx, supplier: Actor) -> list[queries.TermView]:
    async with ctx.db.transaction() as tx:
        return await queries.terms(tx, supplier.organisation_id)


async def test_nothing_is_renewed_without_consent(ctx):
    supplier = await term_of(ctx)
    await given(ctx, supplier)
    for days in (15, 5, 0, -1, -28):
        await keep(ctx, ENDS - timedelta(days=days))
    assert len(await counted(ctx, supplier)) == 1


async def test_consent_is_given_to_the_words_or_not_at_all(ctx):
    supplier = await term_of(ctx)
    with pytest.raises(Invalid):
        async with ctx.db.transaction() as tx:
            await renewing.choose(tx, automatic=True, plan="standard", months=12, agreed=False, by=supplier.member)


async def test_renewed_on_the_last_day_after_it_was_announced(ctx):
    supplier = await term_of(ctx)
    await agree(ctx, supplier, FIRST)
    await given(ctx, supplier)
    await keep(ctx, ENDS - timedelta(days=15))
    await keep(ctx, ENDS - timedelta(days=1))
    assert len(await counted(ctx, supplier)) == 1
    await keep(ctx, ENDS)
    _first, second = await counted(ctx, supplier)
    assert (second.automatic, second.kind, second.starts_on, second.fee) == (
        True,
        TermKind.RENEWAL,
        date(2027, 3, 1),
        PRICE,
    )
    await keep(ctx, ENDS + timedelta(days=1))
    assert len(await counted(ctx, supplier)) == 2


async def test_consent_of_the_last_minute_waits_five_days_from_its_announcement(ctx):
    supplier = await term_of(ctx)
    await given(ctx, supplier)
    await agree(ctx, supplier, ENDS)
    for late in range(5):
        await keep(ctx, ENDS + timedelta(days=late))
    assert len(await counted(ctx, supplier)) == 1
    await keep(ctx, ENDS + timedelta(days=5))
    assert len(await counted(ctx, supplier)) == 2


async def test_switched_off_after_the_announcement_nothing_is_taken(ctx):
    supplier = await term_of(ctx)
    await given(ctx, supplier)
    await agree(ctx, supplier, FIRST)
    await keep(ctx, ENDS - timedelta(days=10))
    await agree(ctx, supplier, ENDS - timedelta(days=1), automatic=False)
    await keep(ctx, ENDS)
    assert len(await counted(ctx, supplier)) == 1


async def test_a_charge_that_fails_is_tried_again_on_its_days_and_the_plan_goes_on(ctx):
    supplier = await term_of(ctx)
    await agree(ctx, supplier, FIRST)
    await keep(ctx, ENDS - timedelta(days=15))
    for late in (0, 1, 2, 3, 4, 7):
        await keep(ctx, ENDS + timedelta(days=late))
    tries = [kind.rpartition("_")[2] for kind in await noticed(ctx) if kind.startswith("try")]
    assert tries == ["0", "3", "7"]
    assert await plan_on(ctx, supplier, noon(ENDS + timedelta(days=13))) == "standard"
    await given(ctx, supplier)
    await keep(ctx, ENDS + timedelta(days=14))
    _first, second = await counted(ctx, supplier)
    assert (second.kind, second.starts_on) == (TermKind.RENEWAL, date(2027, 3, 1))
    async with ctx.db.transaction() as tx:
        assert (await proof.proof(tx)).holds


async def test_a_smaller_plan_begins_with_the_next_term(ctx):
    supplier = await term_of(ctx, plan="premium")
    await given(ctx, supplier)
    await agree(ctx, supplier, FIRST, plan="standard")
    await keep(ctx, ENDS - timedelta(days=15))
    await keep(ctx, ENDS)
    assert await plan_on(ctx, supplier, noon(ENDS)) == "premium"
    await keep(ctx, ENDS + timedelta(days=1))
    assert await plan_on(ctx, supplier, noon(ENDS + timedelta(days=1))) == "standard"


@pytest.fixture
def gateway(app) -> FakeGateway:
    fake = FakeGateway()
    app.state.jobs = replace(app.state.jobs, gateway=fake)
    return fake


@pytest.mark.parametrize("fault", [GatewayUnknown("reset"), ("lost", GatewayUnknown("no answer in time"))])
async def test_an_answer_that_was_lost_makes_one_term(app, gateway, fault):
    """Whether or not it happened at the provider: the same key is asked again, and there is one term."""
    ctx = app.state.jobs
    gateway.script.append(fault)
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern")
        made = await order(tx, supplier)
        await ordering.choose_method(tx, made.operation_id, "card", by=supplier.member)
    await drain(ctx)
    assert await counted(ctx, supplier) == []
    clock.advance(minutes=5)
    await drain(ctx)
    assert len(await counted(ctx, supplier)) == 1
    assert len({key for _call, key in gateway.calls}) == 1
    async with ctx.db.transaction() as tx:
        assert await balance(tx, chart.psp("stripe"), USD) == PRICE


async def test_cooperation_that_ends_is_said_beside_the_term(ctx):
    async with ctx.db.transaction() as tx:
        supplier = await make_company(tx, "Shenzhen Lantern")
        await buy(tx, supplier)
        maker, checker = await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.COMPLIANCE)
        charge = Charge(reason="no_answer", statement="Questions were not answered for months.")
        asked = measure(Kind.TERMINATED, frozenset(), None)
        made = await restricting.place(tx, supplier.organisation_id, asked, charge, by=maker.member)
        await restricting.agree(tx, made, by=checker.member)
    await drain(ctx)
    [term] = await counted(ctx, supplier)
    assert term.sanctioned


FATES = (
    *[("voided", None)] * 8,
    *[("early", -40)] * 40,
    *[("on_time", -3)] * 40,
    *[("on_time", 0)] * 30,
    *[("grace", 1)] * 10,
    *[("grace", GRACE)] * 12,
    *[("win_back", GRACE + 1)] * 6,
    *[("sanction", None)] * 4,
    *[("left", None)] * 50,
)
"""What became of 200 terms that came to their end in March 2026, and how many days after it the next was paid."""


async def _term(tx, supplier: Actor, source: MembershipTerm | None, starts_on: date, paid: date) -> MembershipTerm:
    """A term with its order and its entry in the books, as they would stand after a payment."""
    nothing = Money.zero(USD)
    sums = {"price": PRICE, "credit": nothing, "waived": nothing, "fee": PRICE}
    kind = TermKind.NEW if source is None else TermKind.RENEWAL
    facts = {"organisation_id": supplier.organisation_id, "kind": kind, "plan": "standard", "months": 12}
    id_ = new_id()
    made = MembershipOrder(
        id=id_,
        rail="bank",
        reference=f"R{id_.hex[-20:]}",
        state=OrderState.PAID,
        ordered_at=noon(paid),
        **facts,
        **sums,
    )
    legs = [debit(chart.bank("main"), PRICE), credit(chart.MEMBERSHIP_INCOME, PRICE)]
    entry = await post(tx, Entry(key=f"membership:{id_}", kind="membership", legs=legs, reason="a test", actor=None))
    tx.add(made)
    await tx.flush()
    row = MembershipTerm(
        starts_on=starts_on,
        ends_on=last_day(starts_on, 12),
        list_price=PRICE,
        source_id=source.id if source else None,
        order_id=id_,
        entry_id=entry,
        paid_at=noon(paid),
        created_at=noon(paid),
        **facts,
        **sums,
    )
    tx.add(row)
    await tx.flush()
    return row


async def test_the_renewal_rate_of_the_definition(db):
    """200 due, 8 void: D = 192; 40 early, 70 on time, 22 in the days of grace: N = 132; 6 came back later, 4 ended by
    a sanction. Gross 132/192 = 68.75 %, net 132/188 = 70.21 %."""
    async with db.transaction() as tx:
        for number, (fate, days) in enumerate(FATES):
            supplier = await make_company(tx, f"Supplier {number}")
            begun = date(2025, 3, 2) + timedelta(days=number % 28)
            due = await _term(tx, supplier, None, begun, begun)
            if fate == "voided":
                tx.add(MembershipMark(term_id=due.id, kind=Mark.VOID, reason=VoidReason.COOLING_OFF))
            if fate == "sanction":
                tx.add(MembershipMark(term_id=due.id, kind=Mark.SANCTION))
            if days is not None:
                paid = due.ends_on + timedelta(days=days)
                late = days > GRACE
                await _term(tx, supplier, due, paid if late else due.ends_on + timedelta(days=1), paid)
        found = await cohort(tx, date(2026, 3, 1), date(2026, 3, 31))
    rate, net = found["I-04", WHOLE], found["I-04.net", WHOLE]
    assert counts(found, "due", "voided", "early", "on_time", "grace") == [200, 8, 40, 70, 22]
    assert counts(found, "win_back", "sanctioned", "upgraded", "downgraded") == [6, 4, 0, 0]
    assert (rate.numerator, rate.denominator, rate.value) == (132, 192, Decimal("68.75"))
    assert (net.denominator, net.value) == (188, Decimal("70.21"))
    fees = found["I-04.revenue", ("currency", USD)]
    assert (fees.numerator, fees.denominator) == (132 * PRICE.minor, 192 * PRICE.minor)


async def test_what_was_waived_is_no_renewal_and_matures_with_its_grace(db, settings: Settings):
    with clock.at(noon(FIRST)):
        async with db.transaction() as tx:
            supplier = await make_company(tx, "Shenzhen Lantern")
            await buy(tx, supplier)
    with clock.at(noon(ENDS)):
        async with db.transaction() as tx:
            await waive(tx, supplier, settings)
            found = await cohort(tx, ENDS, ENDS)
            assert found["I-04", WHOLE].numerator == 0
            assert counts(found, "due", "waived") == [1, 1]
            for days, matured in ((29, 0), (30, 1)):
                found = await cohort(tx, ENDS, ENDS, known=ENDS + timedelta(days=days))
                assert found["I-04.matured", WHOLE].denominator == matured


async def test_short_plans_are_a_line_of_their_own(db):
    with clock.at(noon(FIRST)):
        async with db.transaction() as tx:
            supplier = await make_company(tx, "Shenzhen Lantern")
            term = await buy(tx, supplier, months=1)
            found = await cohort(tx, term.ends_on, term.ends_on)
            assert counts(found, "due") == [0]
            assert counts(found, "due", cut=SHORT) == [1]
            assert today() == FIRST
            assert plans.length(1) == "1 month"
