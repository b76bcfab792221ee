"""The life of a product: written, reviewed, published, edited while live, refused, withdrawn."""

from datetime import timedelta

from app.core import clock, evidence, outbox
from app.core.ids import new_id
from app.core.subject import Subject
from listings import queries, service
from listings.events import ProductPublished, ProductRejected, ProductWithdrawn
from listings.states import ProductState, RevisionState
from tests.factories.people import make_company, make_staff
from tests.factories.products import form_data, make_draft, make_product, product_data
from tests.forms import forms_of, submit
from trust.access import Role
from trust.reviews import queries as reviews
from trust.reviews import service as desk
from trust.reviews.events import Verdict


async def decide(db, run_jobs, verdict, reason=""):
    """A moderator takes the one waiting product and decides."""
    async with db.transaction() as tx:
        moderator = await make_staff(tx, Role.MODERATOR)
        (item,) = await reviews.queue(tx, kind="product", offset=0, limit=10)
        await desk.claim(tx, item.id, by=moderator.member)
    async with db.transaction() as tx:
        await desk.decide(tx, item.id, verdict=verdict, reason=reason, by=moderator.member)
    await run_jobs()
    return item


async def test_from_form_to_market(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        page = "/products/new?category=mugs"
        sent = await submit(http, page, "product", **form_data(then="submit"))
        assert sent.status_code == 303, sent.text
        address = sent.headers["location"]
        waiting = await http.get(address)
        assert "Under review" in waiting.text
    async with client() as visitor:
        assert (await visitor.get(address)).status_code == 404
    item = await decide(db, run_jobs, Verdict.ACCEPT)
    assert item.title == "Ceramic mug with bamboo lid, 350 ml"
    async with client() as visitor:
        shown = await visitor.get(address)
        told = (await visitor.get(f"/api/v1{address}")).json()
    assert shown.status_code == 200
    assert "USD\u00a01.25" in shown.text
    assert told["state"] == "published"
    assert told["tiers"][0] == {"min_quantity": "500", "price": {"amount": "1.250000", "currency": "USD"}}
    assert told["supplier"]["name"] == "Lantern Works"
    async with db.transaction() as tx:
        published = await outbox.published(tx, ProductPublished)
        chain = await evidence.chain(tx, Subject("product", published[0].product_id))
        view = await queries.published(tx, published[0].product_id)
    assert [link.kind for link in chain] == ["product.submitted", "product.published"]
    assert view.organisation_id == supplier.organisation_id
    assert str(view.moq) == "500"


async def test_the_same_over_json(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
    async with client(as_=supplier) as http:
        token = forms_of((await http.get("/products/new?category=mugs")).text)["product"]["fields"]["csrf_token"]
        headers = {"accept": "application/json", "x-csrf-token": token}
        made = await http.post("/api/v1/products", json=product_data(), headers=headers)
        assert made.status_code == 201, made.text
        assert made.json()["state"] == "draft"
        address = made.headers["location"]
        changed = await http.put(address, json=product_data(lead_time_days=30), headers=headers)
        assert changed.status_code == 200
        assert changed.json()["lead_time_days"] == 30
        assert changed.json()["revision"] == 1
        sent = await http.post(f"{address}/submission", headers=headers)
        assert sent.json()["state"] == "submitted"
        again = await http.post(f"{address}/submission", headers=headers)
    assert again.status_code == 409
    assert again.json()["code"] == "nothing_to_submit"


async def test_an_edit_is_reviewed_while_the_old_version_stays_live(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product_id = await make_product(tx, supplier)
    address = f"/products/{product_id}"
    async with client(as_=supplier) as http:
        sent = await submit(http, f"{address}/edit", "product", title_en="Stoneware mug, 400 ml", then="submit")
        assert sent.status_code == 303, sent.text
        assert "Stoneware mug, 400 ml" in (await http.get(sent.headers["location"])).text
    async with client() as visitor:
        assert "Ceramic mug with bamboo lid" in (await visitor.get(address)).text
        assert (await visitor.get(f"{address}?revision=2")).status_code == 404
    await decide(db, run_jobs, Verdict.ACCEPT)
    async with client() as visitor:
        assert "Stoneware mug, 400 ml" in (await visitor.get(address)).text
    async with db.transaction() as tx:
        first = await queries.version(tx, product_id, 1, reader=supplier.member)
    assert first.revision_state == RevisionState.RETIRED
    assert first.content.title.en == "Ceramic mug with bamboo lid, 350 ml"


async def test_a_refused_edit_says_why_and_changes_nothing_live(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product_id = await make_product(tx, supplier)
    async with client(as_=supplier) as http:
        await submit(http, f"/products/{product_id}/edit", "product", title_en="Best mug!!!", then="submit")
        await decide(db, run_jobs, Verdict.REJECT, "Name the goods, not how good they are.")
        page = await http.get(f"/products/{product_id}")
        assert "Name the goods, not how good they are." in page.text
        assert "Ceramic mug with bamboo lid" in page.text
    async with db.transaction() as tx:
        assert [e.reason for e in await outbox.published(tx, ProductRejected)] == [
            "Name the goods, not how good they are."
        ]
        assert await queries.count_by_state(tx, supplier.organisation_id) == {ProductState.PUBLISHED: 1}


async def test_refused_first_version_may_be_mended_and_sent_again(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product = await make_draft(tx, supplier)
        await service.submit(tx, product.id, by=supplier.member)
    await decide(db, run_jobs, Verdict.MORE, "Which standard does the glaze meet?")
    async with client(as_=supplier) as http:
        listed = (await http.get("/my/products", headers={"accept": "application/json"})).json()
        assert [(i["state"], i["revision_state"]) for i in listed["items"]] == [("rejected", "rejected")]
        sent = await submit(
            http, f"/products/{product.id}/edit", "product", description_en="Meets LFGB.", then="submit"
        )
        assert sent.status_code == 303
    await decide(db, run_jobs, Verdict.ACCEPT)
    async with db.transaction() as tx:
        assert (await queries.published(tx, product.id)).id == product.id


async def test_withdrawn_is_gone_for_buyers_and_may_come_back(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product_id = await make_product(tx, supplier)
    async with client(as_=supplier) as http:
        gone = await submit(http, f"/products/{product_id}", "withdrawal")
        assert gone.status_code == 303
        async with client() as visitor:
            assert (await visitor.get(f"/products/{product_id}")).status_code == 404
        back = await submit(http, f"/products/{product_id}", "submission")
        assert back.status_code == 303
    await decide(db, run_jobs, Verdict.ACCEPT)
    async with client() as visitor:
        assert (await visitor.get(f"/products/{product_id}")).status_code == 200
    async with db.transaction() as tx:
        assert len(await outbox.published(tx, ProductWithdrawn)) == 1


async def test_a_newer_submission_replaces_the_one_that_waits(client, db, run_jobs):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        product = await make_draft(tx, supplier)
        await service.submit(tx, product.id, by=supplier.member)
        first = await queries.newest(tx, product.id, reader=supplier.member)
    async with client(as_=supplier) as http:
        await submit(http, f"/products/{product.id}/edit", "product", title_en="Mug, 360 ml", then="submit")
    async with db.transaction() as tx:
        assert [item.title for item in await reviews.queue(tx, offset=0, limit=5)] == ["Mug, 360 ml"]
        await service.publish(tx, first.revision_id, by=new_id())
        recalled = await queries.version(tx, product.id, 1, reader=supplier.member)
    assert recalled.revision_state == RevisionState.RECALLED
    assert recalled.state == ProductState.SUBMITTED


async def test_unverified_companies_write_but_do_not_submit(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx, level=1)
    async with client(as_=supplier) as http:
        saved = await submit(http, "/products/new?category=mugs", "product", **form_data(then="save"))
        assert saved.status_code == 303
        sent = await submit(http, saved.headers["location"], "submission")
    assert sent.status_code == 403
    assert "must be verified first" in sent.text
    async with db.transaction() as tx:
        assert await queries.count_by_state(tx, supplier.organisation_id) == {ProductState.DRAFT: 1}


async def test_a_company_sends_and_withdraws_several_at_once(client, db):
    async with db.transaction() as tx:
        supplier = await make_company(tx)
        ids = [(await make_draft(tx, supplier, title_en=f"Mug {n}")).id for n in range(3)]
    async with client(as_=supplier) as http:
        sent = await submit(http, "/my/products", "several", ids=[str(i) for i in ids[:2]])
        assert sent.status_code == 303, sent.text
        assert "/my/products?state=submitted" in sent.headers["location"]
        page = await http.get("/my/products?state=draft")
        assert "Mug 2" in page.text
        assert "Mug 1" not in page.text
    async with db.transaction() as tx:
        counts = await queries.count_by_state(tx, supplier.organisation_id)
    assert counts == {ProductState.SUBMITTED: 2, ProductState.DRAFT: 1}


async def test_a_certificate_that_has_ended_is_shown_so_from_the_day_after(client, db):
    day = clock.now().date() + timedelta(days=1)
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Lantern Works")
        said = [{"name": "LFGB", "number": "L-2026-118", "valid_until": day.isoformat()}]
        product = await make_product(tx, supplier, certificates=said)
    async with client() as http:
        for shift, over in ((0, False), (1, False), (2, True)):
            with clock.at(clock.now() + timedelta(days=shift)):
                page = (await http.get(f"/products/{product}")).text
            assert ("badge-refused" in page and "ended on" in page) is over
            assert ("valid until" in page) is not over
