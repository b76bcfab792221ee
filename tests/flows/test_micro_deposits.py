"""The account's own page: ask, wait, enter what arrived. As people and as programs do it."""

import pytest

from app.core.money import Money
from payments.microdeposits import queries
from payments.microdeposits.states import DepositState
from tests.factories import micro_deposits as proving
from tests.factories.people import make_company, make_key, make_member, make_staff
from tests.forms import submit
from tests.queries import count_queries
from trust.access import Role
from trust.identity.models import Organisation

JSON = {"accept": "application/json"}


@pytest.fixture
async def asked(ctx):
    return await proving.asked(ctx)


def home(asked) -> str:
    return f"/payouts/accounts/{asked.account}"


async def test_from_asking_to_proved(ctx, client):
    await proving.own_money(ctx, Money(10_000, "USD"))
    async with ctx.db.transaction() as tx:
        company = await make_company(tx, "Shenzhen Lantern")
    account = await proving.account_of(ctx, company)
    async with client(as_=company) as http:
        page = f"/payouts/accounts/{account}"
        assert page in (await http.get("/payouts")).text
        asked = await submit(http, page, "ask")
        assert asked.status_code == 303
        shown = (await http.get(page)).text
        assert "We send a small amount to this account" in shown
        assert 'id="ask"' not in shown
        async with ctx.db.transaction(read_only=True) as tx:
            [found] = await queries.of_account(tx, account)
        made = proving.Proving(company, account, found.id)
        amount = await proving.send(ctx, made)
        wrong = await submit(http, page, "amount", amount=str(proving.wrong(amount).decimal))
        assert wrong.status_code == 422
        assert "You can try 2 more times." in wrong.text
        assert f'value="{proving.wrong(amount).decimal}"' in wrong.text, "what was typed stays"
        right = await submit(http, page, "amount", amount=str(amount.decimal))
        assert right.status_code == 303
        shown = (await http.get(page)).text
        assert "This account is proved" in shown
        assert "Proved" in (await http.get("/payouts")).text


async def test_a_wrong_amount_counts_although_it_is_refused(ctx, client, asked):
    amount = await proving.send(ctx, asked)
    async with client(as_=asked.company) as http:
        for number in (1, 2):
            refused = await submit(http, home(asked), "amount", amount=str(proving.wrong(amount, number).decimal))
            assert refused.status_code == 422
        third = await submit(http, home(asked), "amount", amount=str(proving.wrong(amount, 3).decimal))
        assert third.status_code == 303
        shown = await http.get(home(asked))
        assert "Ended: too many wrong amounts" in shown.text
        assert 'id="amount"' not in shown.text
    assert (await proving.state(ctx, asked)).state is DepositState.EXHAUSTED


async def test_no_page_and_no_json_tells_the_amount(ctx, client, asked):
    amount = await proving.send(ctx, asked)
    async with ctx.db.transaction() as tx:
        company = await tx.get_one(Organisation, asked.company.organisation_id)
        colleague = await make_member(tx, company, roles=(Role.FINANCE,))
    async with client(as_=colleague) as http:
        for path in ("/payouts", home(asked), "/money", "/statements", "/payouts/statement.csv", "/invoices"):
            for headers in ({}, JSON):
                told = (await http.get(path, headers=headers)).text
                assert f'"amount_minor":{amount.minor},' not in told
                assert f"{amount.decimal}" not in told
        one = (await http.get(home(asked), headers=JSON)).json()["deposits"][0]
        assert "amount" not in one
        assert "bank_name" not in one
        due = await proving.payment(ctx, asked)
        assert (await http.get(f"/payments/{due.id}")).status_code == 404


async def test_programs_ask_and_enter(ctx, client):
    await proving.own_money(ctx, Money(10_000, "JPY"))
    async with ctx.db.transaction() as tx:
        company = await make_company(tx, "Shenzhen Lantern")
    account = await proving.account_of(ctx, company, currency="JPY")
    path = f"/payouts/accounts/{account}"
    async with client(key=await make_key(ctx.db, company)) as http:
        before = (await http.get(path, headers=JSON)).json()
        assert (before["askable"], before["deposits"]) == (True, [])
        made = await http.post(f"{path}/micro-deposit", headers=JSON)
        assert made.status_code == 201
        assert made.json()["state"] == "requested"
        again = await http.post(f"{path}/micro-deposit", headers=JSON)
        assert again.status_code == 409
        amount = await proving.send(ctx, proving.Proving(company, account, made.json()["id"]))
        said = {"amount": {"amount_minor": proving.wrong(amount).minor, "currency": "JPY"}}
        refused = await http.post(f"{path}/micro-deposit/amount", headers=JSON, json=said)
        assert refused.status_code == 422
        assert refused.json()["facts"] == {"tries_left": 2}
        assert "amount" in refused.json()["errors"]
        said = {"amount": {"amount_minor": amount.minor, "currency": "JPY"}}
        right = await http.post(f"{path}/micro-deposit/amount", headers=JSON, json=said)
        assert (right.status_code, right.json()["state"]) == (200, "proved")


async def test_strangers_find_nothing(ctx, client, asked):
    amount = await proving.send(ctx, asked)
    async with ctx.db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    async with client(key=await make_key(ctx.db, stranger)) as http:
        said = {"amount": {"amount_minor": amount.minor, "currency": "USD"}}
        assert (await http.get(home(asked), headers=JSON)).status_code == 404
        assert (await http.post(f"{home(asked)}/micro-deposit", headers=JSON)).status_code == 404
        assert (await http.post(f"{home(asked)}/micro-deposit/amount", headers=JSON, json=said)).status_code == 404
    assert (await proving.state(ctx, asked)).state is DepositState.SENT


async def test_finance_sees_it_among_what_is_to_be_paid(ctx, client, asked):
    due = await proving.payment(ctx, asked)
    async with ctx.db.transaction() as tx:
        finance = await make_staff(tx, Role.FINANCE_STAFF)
    async with client(as_=finance) as http:
        shown = (await http.get("/finance/runs")).text
        assert "Test transfer" in shown
        assert due.reference in shown
        [row] = (await http.get("/finance/runs", headers=JSON)).json()["due"]
        assert (row["kind"], row["holder"]) == ("micro_deposit", proving.NAME)


async def test_the_desk_compares_the_names(ctx, client, asked):
    amount = await proving.send(ctx, asked, name="Guangzhou Umbrella Trading Ltd")
    await proving.enter(ctx, asked, amount)
    async with ctx.db.transaction() as tx:
        moderator = await make_staff(tx, Role.MODERATOR)
    async with client(as_=moderator) as http:
        queue = (await http.get("/moderation", headers=JSON)).json()
        [item] = [one for one in queue if one["kind"] == "bank_name"]
        shown = (await http.get(f"/moderation/{item['id']}")).text
        assert "Guangzhou Umbrella Trading Ltd" in shown
        assert f"{amount.decimal}" not in shown
    async with client(as_=asked.company) as http:
        shown = (await http.get(home(asked))).text
        assert "We look at the holder" in shown


async def test_many_accounts_cost_no_more_queries(ctx, client):
    async with ctx.db.transaction() as tx:
        company = await make_company(tx, "Shenzhen Lantern")
    await proving.account_of(ctx, company)
    async with client(as_=company) as http:
        await http.get("/payouts")
        with count_queries(ctx.db) as one:
            await http.get("/payouts")
        for _more in range(3):
            await proving.account_of(ctx, company)
        with count_queries(ctx.db) as four:
            await http.get("/payouts")
    assert len(four) == len(one)
