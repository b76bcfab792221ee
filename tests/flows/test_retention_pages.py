"""The retention desk, the pages of a deal that was forgotten, and refused verifications a year later."""

from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.core import clock, evidence
from app.core.subject import Subject
from orders.forgetting import jobs
from tests.factories.contracts import make_order, make_partners
from tests.factories.leaving import leave
from tests.factories.people import make_company, make_staff
from tests.flows.test_verification import ask, decide, waiting
from tests.forms import submit
from tests.jobs.test_retention import LONG_AGO, a_deal
from tests.queries import cost
from trust.access import Role
from trust.retention import service as holding
from trust.retention.classes import DEAL, SELLER_IDENTITY
from trust.verification import jobs as verification
from trust.verification import queries
from trust.verification import service as verifying
from trust.verification.models import VerificationRequest


@pytest.fixture
async def keepers(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.ADMIN)


@pytest.fixture
async def number(ctx, db):
    order_id = await make_order(ctx, await make_partners(db))
    return Subject("order", order_id).number


async def test_a_hold_is_placed_by_one_and_lifted_by_another(client, db, number, keepers):
    one, two = keepers
    said = {"called": number.lower(), "reference": "(2032) 粤 7", "reason": "The court of Futian asks."}
    async with client(as_=one) as http:
        assert "Nothing is held" in (await http.get("/retention")).text
        assert (await submit(http, "/retention", "hold", **said)).status_code == 303
        page = (await http.get("/retention")).text
        assert number in page
        assert "You placed it" in page
        async with db.transaction(read_only=True) as tx:
            hold_id = await tx.scalar(text("SELECT id FROM legal_hold"))
        asked = await http.post(f"/retention/holds/{hold_id}/lifting", data={"reason": "Because."})
        assert asked.status_code in {403, 409}
    async with client(as_=two) as http:
        refused = await submit(http, "/retention", f"lift-{hold_id}", reason="")
        assert refused.status_code == 422
        assert (await submit(http, "/retention", f"lift-{hold_id}", reason="Closed.")).status_code == 303
        page = (await http.get("/retention")).text
        assert "Lifted because: Closed." in page
        assert f"lift-{hold_id}" not in page


async def test_a_company_is_held_by_the_address_of_its_page(client, db, keepers):
    async with db.transaction() as tx:
        company = await make_company(tx, "Lantern Works")
        slug = await tx.scalar(text("SELECT slug FROM organisation WHERE id = :id"), {"id": company.organisation_id})
    async with client(as_=keepers[0]) as http:
        said = {"called": f"https://portolan.example/suppliers/{slug}/", "reference": "27", "reason": "They ask."}
        assert (await submit(http, "/retention", "hold", **said)).status_code == 303
        assert "Lantern Works" in (await http.get("/retention")).text


@pytest.mark.parametrize("called", ["PO-0000-0000", "nobody at all", "PC-X", "' OR 1=1 --"])
async def test_what_is_called_otherwise_is_refused_and_nothing_typed_is_lost(client, keepers, called):
    async with client(as_=keepers[0]) as http:
        refused = await submit(http, "/retention", "hold", called=called, reference="27", reason="Why <b>not</b>?")
        assert refused.status_code == 422
        assert "is called so" in refused.text
        assert "Why &lt;b&gt;not&lt;/b&gt;?" in refused.text


async def test_the_desk_takes_as_many_queries_for_many_holds(client, db, number, keepers):
    async def place(times: int) -> None:
        async with db.transaction() as tx:
            for _time in range(times):
                company = await make_company(tx)
                held = Subject("organisation", company.organisation_id)
                await holding.place(tx, held, "X", reason="Asked.", reference="27", by=keepers[0].member)

    taken = []
    for times in (1, 20):
        await place(times)
        async with client(as_=keepers[0]) as http:
            taken.append(await cost(http, db, "/retention"))
    assert taken[0] == taken[1]


async def test_a_forgotten_deal_says_what_remains_to_its_parties_alone(client, ctx, db):
    with clock.at(clock.now() - LONG_AGO):
        old = await a_deal(ctx, await make_partners(db))
    await jobs.forget_deals(ctx)
    number = Subject("order", old.order_id).number
    pages = {
        f"/orders/{old.order_id}": number,
        f"/orders/{old.order_id}/evidence": number,
        f"/orders/{old.order_id}/documents": number,
        f"/contracts/{old.contract_id}": Subject("contract", old.contract_id).number,
        f"/contracts/{old.contract_id}/document.pdf": Subject("contract", old.contract_id).number,
        f"/inquiries/{old.inquiry_id}": "Ceramic mug",
        f"/inquiries/{old.inquiry_id}/messages": "Ceramic mug",
    }
    async with client(as_=old.partners.buyer) as http:
        for page, words in pages.items():
            shown = await http.get(page)
            assert shown.status_code == 410, page
            assert "No longer kept" in shown.text
            assert words in shown.text, page
        assert number in (await http.get("/orders?show=ended")).text
        for page in ("/inquiries", "/contracts", "/", "/rfqs", "/money", "/statements", "/approvals", "/bundles"):
            assert (await http.get(page)).status_code == 200, page
        said = await http.get(f"/orders/{old.order_id}", headers={"accept": "application/json"})
        assert said.status_code == 410
        assert said.json()["code"] == "deal_forgotten"
        assert said.json()["facts"]["number"] == number
        refused = await http.post(f"/inquiries/{old.inquiry_id}/messages", json={"text": "Hello?"})
        assert refused.status_code in {403, 410}
    async with client(as_=old.partners.supplier) as http:
        for page in ("/orders?show=ended", "/contracts", "/", "/money", "/statements", "/payouts", "/invoices"):
            assert (await http.get(page)).status_code == 200, page
    async with db.transaction() as tx:
        stranger = await make_company(tx)
    async with client(as_=stranger) as http:
        for page in pages:
            assert (await http.get(page)).status_code == 404


async def test_the_parties_are_told_until_when_it_is_kept(client, ctx, db):
    made = clock.now() - timedelta(days=30)
    with clock.at(made):
        old = await a_deal(ctx, await make_partners(db))
    open_ = await make_order(ctx, old.partners)
    async with client(as_=old.partners.supplier) as http:
        http.headers["accept"] = "application/json"
        for page in (f"/orders/{old.order_id}/evidence", f"/contracts/{old.contract_id}/evidence"):
            said = (await http.get(page)).json()
            assert said["kept_until"][:10] == (made + DEAL.period).date().isoformat()
        assert (await http.get(f"/orders/{open_}/evidence")).json()["kept_until"] is None


async def test_a_refused_verification_is_forgotten_after_a_year(client, ctx, db, run_jobs):
    async with db.transaction() as tx:
        company, moderator = await make_company(tx, level=1), await make_staff(tx, Role.MODERATOR)
        keeper, other = await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.ADMIN)
    await ask(client, company)
    await decide(client, moderator, await waiting(db), verdict="reject", reason="Not readable.")
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        [request] = await queries.requests(tx, company.organisation_id)
    key, about = request.documents[0]["key"], Subject("organisation", company.organisation_id)

    async def after(days: int) -> None:
        with clock.at(clock.now() + timedelta(days=days)):
            await verification.forget_refused(ctx)

    await after(364)
    async with db.transaction() as tx:
        assert (await queries.request(tx, request.id)).claims
        held = await holding.place(tx, about, "X", reason="Asked.", reference="27", by=keeper.member)
    await after(366)
    with pytest.raises(IntegrityError, match="legal hold"):  # one that was placed after the job had looked
        await ctx.tx(partial(verifying.forget, request_id=request.id))
    async with db.transaction() as tx:
        assert (await queries.request(tx, request.id)).claims, "a hold on the company keeps it"
        await holding.lift(tx, held, reason="Closed.", by=other.member)
    await after(366)
    with clock.at(clock.now() + timedelta(days=368)):
        await jobs.erase_files(ctx)
    assert not await ctx.files.exists(key)
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(VerificationRequest))).one()
        assert (row.claims, row.documents, row.representative_sealed, row.note, row.reason) == ({}, [], b"", "", "")
        assert row.state == "rejected"
        chain = Subject("verification_request", request.id)
        assert (await evidence.verify(tx, chain)).whole
        assert (await evidence.chain(tx, chain))[0].data["claims"], "what was claimed is evidence for three years"
    async with client(as_=company) as http:
        assert (await http.get("/verification")).status_code == 200


async def test_an_accepted_verification_is_kept_by_the_database_too(client, ctx, db, run_jobs):
    with clock.at(clock.now() - LONG_AGO):
        async with db.transaction() as tx:
            company, moderator = await make_company(tx, level=1), await make_staff(tx, Role.MODERATOR)
        await ask(client, company)
        await decide(client, moderator, await waiting(db), verdict="accept")
        await run_jobs()
    async with db.transaction(read_only=True) as tx:
        [request] = await queries.requests(tx, company.organisation_id)
    with pytest.raises(IntegrityError, match="must be kept longer"):
        await ctx.tx(partial(verifying.forget, request_id=request.id))
    chain = Subject("verification_request", request.id)
    with pytest.raises(IntegrityError, match="must be kept longer"):
        await ctx.tx(partial(evidence.erase, subject=chain, basis="refused_verification", actor=None))
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.chain(tx, chain))[0].data["claims"]


async def test_an_accepted_verification_goes_three_years_after_its_company_has_left(client, ctx, db, run_jobs):
    with clock.at(clock.now() - LONG_AGO):
        async with db.transaction() as tx:
            company, moderator = await make_company(tx, level=1), await make_staff(tx, Role.MODERATOR)
            keeper, other = await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.ADMIN)
        await ask(client, company)
        await decide(client, moderator, await waiting(db), verdict="accept")
        await run_jobs()
    await leave(ctx, company)
    left_at = clock.now()
    async with db.transaction(read_only=True) as tx:
        [request] = await queries.requests(tx, company.organisation_id)

    async def claims_at(days: int) -> object:
        with clock.at(left_at + timedelta(days=days)):
            await verification.forget_refused(ctx)
        async with db.transaction(read_only=True) as tx:
            return (await queries.request(tx, request.id)).claims

    kept = SELLER_IDENTITY.period.days
    assert kept >= 3 * 365 + 1, "three years, leap days too"
    assert await claims_at(kept - 1)
    async with db.transaction() as tx:
        about = Subject("organisation", company.organisation_id)
        held = await holding.place(tx, about, "X", reason="Asked.", reference="27", by=keeper.member)
    assert await claims_at(kept + 1), "a hold keeps it"
    async with db.transaction() as tx:
        await holding.lift(tx, held, reason="Closed.", by=other.member)
    assert not await claims_at(kept + 1)
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(VerificationRequest))).one()
        assert (row.documents, row.representative_sealed, row.private_sealed) == ([], b"", b"")
        assert row.state == "accepted", "that it was verified stays"
