"""The operator's registered capital and penalties: stated with a document, never written over, confirmed each year."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence, outbox
from app.core.errors import Forbidden, Invalid
from app.core.money import Money
from app.core.subject import Subject
from tests.factories.files import PDF
from tests.factories.operator import YUAN, capital, punish, state
from tests.factories.people import make_staff
from tests.forms import submit
from trust.access import Role
from trust.operator import jobs
from trust.operator.errors import AlreadyEntered
from trust.operator.events import CapitalUnconfirmed

PAGE = "/operator/records"
LICENCE = {"document": ("licence.pdf", PDF, "application/pdf")}
CAPITAL = {
    "registration": "91440300MA5ABCDE1X",
    "currency": "cny",
    "subscribed": "500.5",
    "paid_in": "200",
    "registered_on": "2020-05-01",
    "changed_on": "2024-06-01",
}
PENALTY = {"organ": "SAMR", "document_number": "17", "decided_on": "2026-03-09", "facts": "No licence on the page."}


@pytest.fixture
async def admin(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.ADMIN)


@pytest.fixture
async def evaluator(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.EVALUATOR)


async def test_an_administrator_states_it_and_an_evaluator_reads_it(client, admin, evaluator, db):
    async with client(as_=admin) as http:
        assert (await submit(http, PAGE, "capital-form", files=LICENCE, **CAPITAL)).status_code == 303
        assert (
            await submit(http, PAGE, "penalty-form", files=LICENCE, **PENALTY, amount="10000.50")
        ).status_code == 303
        page = await http.get(PAGE)
        assert 'value="91440300MA5ABCDE1X"' in page.text, "the next statement begins with the last"
    async with client(as_=evaluator) as http:
        told = (await http.get(PAGE, headers={"accept": "application/json"})).json()
        [one], [penalty] = told["capital"], told["penalties"]
        page = await http.get(PAGE)
        assert "State or confirm" not in page.text
        file = await submit(http, PAGE, f"capital-{one['id']}")
    assert one["subscribed"] == {"amount_minor": 500_500_000, "currency": "CNY"}
    assert float(one["subscribed_wan"]) == 500.5
    assert penalty["amount"] == {"amount_minor": 1_000_050, "currency": "CNY"}
    assert file.content == PDF
    async with db.transaction(read_only=True) as tx:
        chain = await evidence.chain(tx, Subject("operator_capital", one["id"]))
    assert [(link.kind, link.actor) for link in chain] == [
        ("operator.capital", admin.member.id),
        ("operator.opened", evaluator.member.id),
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"paid_in": "501"}, "paid_in"),
        ({"subscribed": "0", "paid_in": "0"}, "subscribed"),
        ({"subscribed": "-5"}, "subscribed"),
        ({"subscribed": "500.0000001"}, "subscribed"),
        ({"currency": "XXQ"}, "subscribed"),
        ({"changed_on": "2019-01-01"}, "changed_on"),
        ({"registered_on": "2999-01-01"}, "registered_on"),
        ({"changed_on": "soon"}, "changed_on"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(client, admin, change, field):
    async with client(as_=admin) as http:
        refused = await submit(http, PAGE, "capital-form", files=LICENCE, **CAPITAL | change)
        assert refused.status_code == 422
        assert f'id="capital-form-{field}-error"' in refused.text or f"{field}-error" in refused.text
        assert "91440300MA5ABCDE1X" in refused.text
        assert (await http.get(PAGE, headers={"accept": "application/json"})).json()["capital"] == []


async def test_others_state_nothing_and_a_decision_stands_once(ctx, db, admin, evaluator):
    with pytest.raises(Forbidden):
        await state(ctx, evaluator)
    await punish(ctx, admin)
    with pytest.raises(AlreadyEntered):
        await punish(ctx, admin, facts="The same once more.")
    with pytest.raises(Invalid):
        await state(ctx, admin, paid_in=Money(YUAN.minor + 1, "CNY"))
    assert capital().subscribed == YUAN


@pytest.mark.parametrize("table", ["operator_capital", "operator_penalty"])
async def test_what_was_stated_stays(ctx, db, admin, table):
    await state(ctx, admin)
    await punish(ctx, admin)
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET id = gen_random_uuid()"):  # noqa: S608
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(change))


async def test_after_a_year_the_administrators_are_asked_once(ctx, db, admin, run_jobs):
    async def asked() -> int:
        await jobs.look_at_capital(ctx)
        await run_jobs()
        async with db.transaction(read_only=True) as tx:
            return len(await outbox.published(tx, CapitalUnconfirmed))

    assert await asked() == 0, "nothing was stated yet"
    await state(ctx, admin)
    clock.advance(days=364)
    assert await asked() == 0
    clock.advance(days=1)
    assert [await asked(), await asked()] == [1, 1]
    letters = [one for one in await ctx.mailer.letters() if one.to == admin.member.email]
    assert any("/operator/records" in one.text for one in letters)
    await state(ctx, admin, changed_on=date(2021, 1, 1))
    assert await asked() == 1
