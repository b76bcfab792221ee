"""What the desk publishes, points that propose, and what authorities found."""

from datetime import timedelta

import pytest

from app.core import clock
from app.core.runner import drain
from tests.factories.files import PDF
from tests.factories.restrictions import restrict
from tests.flows.test_restrictions_desk import FACTS, PLACE, claim, company, newest, slug_of, staff
from tests.forms import submit
from trust.access import Scope
from trust.identity import sessions
from trust.restrictions import jobs, publishing, queries
from trust.restrictions.errors import NotForPublication
from trust.restrictions.ladder import Kind
from trust.restrictions.points import Breach
from trust.reviews import queries as desk

__all__ = ["company", "staff"]


async def test_measures_against_illegal_acts_are_public_within_a_working_day(client, db, staff, company):
    async with db.transaction() as tx:
        made = await restrict(tx, company.organisation_id, Scope.PUBLISH, reason="prohibited_goods", by=staff[0])
        private = await restrict(tx, company.organisation_id, Scope.QUOTE, reason="no_answer", by=staff[0])
    with pytest.raises(NotForPublication):
        async with db.transaction() as tx:
            await publishing.publish(tx, private, "Lantern Works", by=staff[0].member)
    async with client() as visitor, client(as_=staff[1]) as http:
        assert "Lantern Works" not in (await visitor.get("/transparency/restrictions")).text
        due = (await newest_of(db, made)).publish_by
        assert "overdue" not in (await http.get(f"/restrictions/{made}")).text
        clock.advance(seconds=(due - clock.now()).total_seconds())
        assert "overdue" in (await http.get(f"/restrictions/{made}")).text
        assert "Lantern Works" in (await http.get("/restrictions/desk?show=publish")).text
        assert (await submit(http, f"/restrictions/{made}", "publication", name="Lantern W.")).status_code == 303
        shown = (await visitor.get("/transparency/restrictions")).text
        assert "Lantern W." in shown
        assert "Goods that must not be traded" in shown
        assert FACTS not in shown
        assert "/transparency/restrictions" in (await visitor.get("/transparency")).text
        assert "Nothing here" in (await http.get("/restrictions/desk?show=publish")).text
        assert (await submit(http, f"/restrictions/{made}", "lifting", reason="Sorted.")).status_code == 303
        [entry] = (await visitor.get("/transparency/restrictions", headers={"accept": "application/json"})).json()
        assert (entry["state"], entry["name"]) == ("lifted", "Lantern W.")


async def newest_of(db, made):
    async with db.transaction(read_only=True) as tx:
        return await queries.restriction(tx, made)


async def test_points_propose_and_people_place(client, db, staff, company):
    slug = await slug_of(db, company)
    said = {"company": slug, "breach": Breach.SERIOUS_IP.value, "facts": "The third shop of copies."}
    async with client(as_=staff[0]) as http:
        assert (await submit(http, "/restrictions/desk/new", "points", **said)).status_code == 303
        async with db.transaction(read_only=True) as tx:
            assert (await sessions.acting(tx, company.id)).bound == ()
        item = await claim(db, http, "rung")
        shown = (await http.get(f"/moderation/{item}")).text
        assert "The third shop of copies." in shown
        start = shown.split(f'href="/restrictions/desk/new?company={slug}')[1].split('"')[0].replace("&amp;", "&")
        place = {**PLACE, "reason": "intellectual_property", "scopes": "publish", "days": "14"}
        page = f"/restrictions/desk/new?company={slug}{start}"
        assert (await submit(http, page, "place", **place)).status_code == 303
        assert (await newest(db)).kind is Kind.PARTIAL
        twice = await submit(http, page, "place", **place)
        assert twice.status_code == 409
        history = await http.get(f"/restrictions/desk/companies/{company.organisation_id}")
        assert "The third shop of copies." in history.text
    async with db.transaction(read_only=True) as tx:
        assert await queries.points_now(tx, company.organisation_id) == 12
        assert not await desk.queue(tx, kind="rung", offset=0, limit=5)
    clock.advance(days=366)
    async with db.transaction(read_only=True) as tx:
        assert await queries.points_now(tx, company.organisation_id) == 0


async def test_an_authority_s_finding_ends_the_cooperation_with_two_people(client, db, ctx, staff, company):
    said = {
        "company": await slug_of(db, company),
        "organ": "深圳海关",
        "document_number": "深关缉字〔2026〕7号",
        "kind": "smuggling",
        "decided_on": str(clock.now().date() - timedelta(days=9)),
        "statement": "Sentenced for smuggling by a final decision.",
    }
    file = {"file": ("decision.pdf", PDF, "application/pdf")}
    async with client(as_=staff[2]) as http:
        assert (await submit(http, "/restrictions/desk/new", "finding", files=file, **said)).status_code == 303
        again = await submit(http, "/restrictions/desk/new", "finding", files=file, **said)
        assert again.status_code == 422
        assert "on record already" in again.text
    made = await newest(db)
    assert (made.kind, made.state) == (Kind.TERMINATED, "proposed")
    async with client(as_=staff[3]) as http:
        opened = await submit(http, f"/restrictions/{made.id}", "finding")
        assert opened.content == PDF
        assert (await submit(http, f"/restrictions/{made.id}", "agreement")).status_code == 303
    made = await newest(db)
    assert made.publish_by is not None
    assert made.expires_at is None
    await drain(ctx)
    async with db.transaction(read_only=True) as tx:
        assert Scope.PUBLISH in (await sessions.acting(tx, company.id)).bound[0].scopes


async def test_what_ran_out_before_it_was_published_is_published_all_the_same(client, ctx, staff, company):
    async with ctx.db.transaction() as tx:
        made = await restrict(
            tx, company.organisation_id, Scope.PUBLISH, days=7, reason="prohibited_goods", by=staff[0]
        )
    clock.advance(days=8)
    await jobs.expire_restrictions(ctx)
    async with client(as_=staff[1]) as http, client() as visitor:
        assert "Lantern Works" in (await http.get("/restrictions/desk?show=publish")).text
        assert (await submit(http, f"/restrictions/{made}", "publication", name="Lantern W.")).status_code == 303
        assert "Lantern W." in (await visitor.get("/transparency/restrictions")).text
