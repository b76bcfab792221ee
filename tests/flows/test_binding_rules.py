"""Which rules a deal was made under: stored, shown, and what a dispute about it is judged by."""

from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select

from app.core import clock, evidence
from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.deals import queries as orders
from tests import sql
from tests.factories.cases import STORY, case_of, decision, rule, take_up
from tests.factories.contracts import draft_contract, lock_contract, make_order, sign_contract
from tests.factories.people import make_staff
from tests.factories.rules import adopt, changed
from tests.forms import submit
from trust.access import Role
from trust.cases.errors import BadRuling
from trust.cases.models import CaseRuling
from trust.cases.ruling import Citation, looked_up
from trust.cases.states import Remedy
from trust.rules import queries as rules
from trust.rules.codes import Code

JSON = {"accept": "application/json"}


async def contract_of(db, order):
    async with db.transaction(read_only=True) as tx:
        return await contracts.contract(tx, (await orders.order(tx, order)).contract_id)


async def test_a_deal_keeps_the_rules_of_the_day_it_was_drawn_up(client, ctx, db, partners):
    await adopt(db)
    contract = await draft_contract(ctx, partners)
    async with db.transaction(read_only=True) as tx:
        drawn = await contracts.contract(tx, contract)
    today = clock.now().date()
    assert drawn.rules == dict.fromkeys(Code, 1)
    assert (drawn.rules_on, drawn.terms.rule_book) == (today, today.isoformat()), "the text names the day"
    await changed(db)
    await lock_contract(ctx, partners, contract)
    await sign_contract(ctx, contract, partners.buyer, partners.supplier)
    async with db.transaction(read_only=True) as tx:
        signed = await contracts.contract(tx, contract)
        order = await orders.id_of_contract(tx, contract)
        now = await rules.numbers_in_force(tx, clock.now().date())
        links = await evidence.chain(tx, Subject("contract", contract))
    assert now[Code.TRADING] == 2
    assert signed.rules == dict.fromkeys(Code, 1), "what they had before their eyes is what they signed"
    assert links[0].data["rules"] == signed.rules
    for side in (partners.buyer, partners.supplier):
        async with client(as_=side) as http:
            for page in (f"/contracts/{contract}", f"/orders/{order}"):
                shown = (await http.get(page)).text
                assert "/rules/trading/1" in shown
                assert f"/rules?on={today}" in shown
                assert (await http.get(page, headers=JSON)).json()["rules"] == signed.rules


async def test_the_rule_book_of_a_day_can_be_read(client, db):
    await adopt(db)
    first = clock.now().date()
    await changed(db)
    async with client() as http:
        page = await http.get(f"/rules?on={first}")
        assert "/rules/trading/1" in page.text
        then = {one["code"]: one["number"] for one in (await http.get(f"/rules?on={first}", headers=JSON)).json()}
        now = {one["code"]: one["number"] for one in (await http.get("/rules", headers=JSON)).json()}
        assert (then["trading"], now["trading"]) == (1, 2)
        assert (await http.get("/rules?on=yesterday")).status_code == 422


async def test_numbers_of_a_day_agree_with_the_texts_of_that_day(db):
    await adopt(db)
    first = clock.now().date()
    await changed(db)
    for day in (first, clock.now().date()):
        async with db.transaction(read_only=True) as tx:
            whole = {code: view.number for code, view in (await rules.all_in_force(tx, day)).items()}
            assert await rules.numbers_in_force(tx, day) == whole


async def test_without_rules_nothing_but_the_contract_binds(client, ctx, db, partners):
    order = await make_order(ctx, partners)
    assert (await contract_of(db, order)).rules == {}
    async with client(as_=partners.buyer) as http:
        assert "Nothing but the contract binds this deal" in (await http.get(f"/orders/{order}")).text


async def test_the_rules_of_a_deal_never_change(ctx, db, urls, partners):
    await adopt(db)
    contract = (await contract_of(db, await make_order(ctx, partners))).id
    boss = await sql.connect(urls.super)
    for statement in (
        "UPDATE contract SET rules = '{}' WHERE id = $1",
        "UPDATE contract SET rules_on = rules_on + 1 WHERE id = $1",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="stay those it was made under"):
            await boss.execute(statement, contract)
    await boss.close()


async def test_a_case_about_a_deal_is_judged_by_the_rules_of_the_deal(app, ctx, db, partners):
    await adopt(db)
    order = await make_order(ctx, partners)
    await changed(db)
    async with db.transaction(read_only=True) as tx:
        bound = (await contracts.contract(tx, (await orders.order(tx, order)).contract_id)).rules
        cited = [Citation("trading"), Citation("trading", "2"), Citation("contract", "PC-1")]
        found = await looked_up(tx, cited, bound)
        assert [one.version for one in found] == ["1", "2", "PC-1"], "a later version is cited only where it is named"
        assert [one.version for one in await looked_up(tx, [Citation("trading")], {})] == ["2"]
        with pytest.raises(BadRuling):
            await looked_up(tx, [Citation("trading", "9")], bound)


async def test_a_complaint_about_an_order_is_ruled_by_its_rules(client, ctx, db, partners):
    await adopt(db)
    order = await make_order(ctx, partners)
    await changed(db)
    async with client(as_=partners.buyer) as http:
        form = f"/cases/new?about=/orders/{order}"
        sent = await submit(http, form, "complaint", topic="quality", statement=STORY)
    assert sent.status_code == 303, sent.text
    case_id = UUID(sent.headers["location"].removeprefix("/cases/"))
    assert (await case_of(ctx, case_id)).rules["trading"] == 1
    async with db.transaction() as tx:
        judge = await make_staff(tx, Role.COMPLIANCE)
    await take_up(ctx, case_id, judge)
    async with client(as_=partners.supplier) as http:
        assert (await submit(http, f"/cases/{case_id}", "statement", text="They left whole.")).status_code == 303
    await rule(ctx, case_id, judge, decision(Remedy.WARN, cites=[Citation("trading")]))
    async with db.transaction(read_only=True) as tx:
        stored = await tx.scalar(select(CaseRuling.rules).where(CaseRuling.case_id == case_id))
    assert stored == [{"code": "trading", "version": "1", "clause": ""}]
