"""The company's money at a glance: figures that are the books', for those who mind it."""

from datetime import timedelta

from app.core import clock
from payments import overview
from payments.escrow import service as escrow
from payments.payouts import accounts, queries, service
from payments.payouts.accounts import NewAccount
from tests.factories.contracts import fund, make_order, make_partners
from tests.factories.money import fund_by_bank, make_deal, usd
from tests.factories.people import make_company, make_staff, stepped_up
from tests.factories.world import CNAPS
from trust.access import Role


async def test_each_part_is_where_the_books_say(app, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        deal = await make_deal(tx, supplier=supplier)
        for milestone in deal.escrow.milestones:
            await fund_by_bank(tx, milestone)
        await escrow.release(tx, deal.subject, deal.deposit.id, by=None, reason="accepted")
        person = await stepped_up(tx, supplier)
        new = NewAccount(CNAPS, "USD", person.member.organisation_name)
        account = await accounts.add_bank_account(tx, app.state.vault, new, by=person.member)
        row = await queries.bank_account(tx, account, organisation_id=supplier.organisation_id)
        row.confirmed_at, row.usable_from = clock.now(), clock.now() - timedelta(hours=1)
        await tx.flush()
        await service.request_payout(tx, usd("95.50"), bank_account_id=account, by=supplier.member)
        [line] = await overview.earnings(tx, supplier.organisation_id, since=clock.now() - timedelta(days=30))
        assert (line.held, line.payable, line.on_its_way, line.paid) == (usd("700"), usd("200"), usd("95.50"), usd("0"))
        assert sum(share for _name, share in line.parts) == 1000
        bought = await overview.held(tx, deal.buyer.organisation_id, "buyer")
        assert bought["USD"].held == usd("700")
        await escrow.freeze(tx, deal.subject, by=None, reason="dispute")
        [line] = await overview.earnings(tx, supplier.organisation_id, since=clock.now())
        assert (line.held, line.frozen) == (usd("0"), usd("700"))


async def test_the_page_of_both_sides(db, ctx, client):
    partners = await make_partners(db)
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    for actor in (partners.buyer, partners.supplier):
        async with client(as_=actor) as http:
            page = (await http.get("/money")).text.replace("\u00a0", " ")
            assert f'href="/orders/{order_id}"' in page
            assert "USD 2,345.00" in page
            assert "Held until the goods are shipped and accepted." in page
            assert 'href="/money"' in (await http.get("/")).text
            json = (await http.get("/money", headers={"accept": "application/json"})).json()
            whole = json["earned"][0]["held"] if actor is partners.supplier else json["bought"]["USD"]["held"]
            assert whole == {"amount_minor": 234500, "currency": "USD"}


async def test_with_nothing_in_it_and_for_nobody_else(db, client):
    async with db.transaction() as tx:
        newcomer, sales = await make_company(tx), await make_company(tx, roles=(Role.SALES,))
        staff = await make_staff(tx, Role.FINANCE_STAFF)
    async with client(as_=newcomer) as http:
        page = (await http.get("/money")).text
        assert "Nothing earned yet" in page
        assert "No order under way" in page
    for actor in (sales, staff):
        async with client(as_=actor) as http:
            assert (await http.get("/money")).status_code == 403
