"""Agreements: accepted on joining, and again before new business once one has changed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock, evidence
from app.core.subject import Subject
from tests.factories import rules
from tests.factories.identities import COMPANY, form_of, letters
from tests.factories.people import make_company, make_key
from tests.forms import forms_of, submit
from tests.queries import cost
from trust.access import NEW_BUSINESS, AgreementNeeded, Permission, Role, require
from trust.identity import sessions
from trust.rules import accepting, queries
from trust.rules.accepting import Consent
from trust.rules.codes import AGREEMENTS, Code
from trust.rules.errors import ForPeople, MayNotAgree, NotTheText
from trust.rules.models import Acceptance

JSON = {"accept": "application/json"}


async def accepts(db, actor):
    async with db.transaction() as tx:
        due = await queries.due(tx, actor.organisation_id, sells=actor.member.sells)
        given = Consent(tuple(view.id for view in due), "en", "192.0.2.7", clock.now())
        await accepting.record(tx, given, organisation_id=actor.organisation_id, member_id=actor.id, way="page")


async def owes(db, actor) -> bool:
    async with db.transaction(read_only=True) as tx:
        return (await sessions.acting(tx, actor.id)).agreement_due


async def test_who_joins_accepts(client, db):
    await rules.adopt(db)
    async with client() as http:
        refused = await submit(http, "/register", "register", **form_of())
        assert refused.status_code == 422
        assert forms_of(refused.text)["register"]["fields"]["company.address"] == COMPANY["address"]
        versions = forms_of((await http.get("/register")).text)["register"]
        async with db.transaction(read_only=True) as tx:
            shown = accepting.shown(await accepting.agreements(tx))
        assert shown not in str(versions), "nothing is ticked beforehand"
        assert (await submit(http, "/register", "register", **form_of(), agreed="x,y")).status_code == 422
        assert (await submit(http, "/register", "register", **form_of(), agreed=shown)).status_code == 303
        [letter] = await letters(db, "confirm_email")
        page = f"/registrations/confirmation?token={letter['token']}"
        assert (await submit(http, page, "confirm")).status_code == 303
    async with db.transaction(read_only=True) as tx:
        rows = (await tx.scalars(select(Acceptance))).all()
        standing = await queries.all_in_force(tx, clock.now().date())
        assert {row.digest for row in rows} == {standing[code].digest for code in AGREEMENTS}
        assert {(row.way, row.locale) for row in rows} == {("registration", "en")}
        [link] = await evidence.chain(tx, Subject("rule_acceptance", rows[0].id))
        assert link.data["facts"]["address"]
        [(_link, written)] = await evidence.written(tx, Subject("rule_acceptance", rows[0].id))
        assert link.data["facts"]["address"] not in written.canonical
        assert not (await sessions.acting(tx, rows[0].member_id)).agreement_due


@pytest.mark.parametrize(("sells", "due"), [(True, list(AGREEMENTS)), (False, [Code.USER_AGREEMENT])])
async def test_the_merchant_s_agreement_is_for_those_who_sell(db, sells, due):
    await rules.adopt(db)
    async with db.transaction() as tx:
        actor = await make_company(tx, sells=sells)
        assert [view.code for view in await queries.due(tx, actor.organisation_id, sells=sells)] == due


async def test_a_changed_agreement_is_due_from_its_day_on(db):
    await rules.adopt(db)
    async with db.transaction() as tx:
        actor = await make_company(tx)
    assert await owes(db, actor)
    await accepts(db, actor)
    assert not await owes(db, actor)
    made = await rules.changed(db, Code.USER_AGREEMENT)
    assert await owes(db, actor)
    async with db.transaction(read_only=True) as tx:
        begins = (await queries.version(tx, made)).effective_from
    clock.reset()
    with clock.at(clock.now().replace(hour=12) + (begins - clock.now().date()) - timedelta(days=1)):
        assert not await owes(db, actor)
    with clock.at(clock.now().replace(hour=12) + (begins - clock.now().date())):
        assert await owes(db, actor)
        await accepts(db, actor)
        assert not await owes(db, actor)


@pytest.mark.parametrize("permission", [*NEW_BUSINESS, Permission.SHIP, Permission.ACCEPT_GOODS, Permission.PAY])
async def test_new_business_waits_and_deals_under_way_do_not(db, permission):
    async with db.transaction() as tx:
        actor = replace((await make_company(tx)).member, agreement_due=True)
    if permission in NEW_BUSINESS:
        with pytest.raises(AgreementNeeded):
            require(actor, permission)
    require(actor, permission, under_way=True)
    if permission not in NEW_BUSINESS:
        require(actor, permission)


async def test_the_gate_for_browsers_and_programs(client, db):
    await rules.adopt(db)
    async with db.transaction() as tx:
        actor = await make_company(tx)
    await accepts(db, actor)
    await rules.changed(db, Code.USER_AGREEMENT, new=rules.text("Quite another agreement."))
    key = await make_key(db, actor)
    async with client(key=key) as program:
        refused = await program.get("/inquiries/new")
        assert (refused.status_code, refused.json()["code"]) == (403, "agreement_needed")
        assert refused.json()["facts"]["address"] == "/agreements"
        assert (await program.get("/orders")).status_code == 200
        shown = (await program.get("/agreements")).json()
        assert [one["code"] for one in shown["due"]] == ["user-agreement"]
        said = {"versions": shown["due"][0]["id"], "accepted": True}
        by_program = await program.post("/agreements", json=said)
        assert (by_program.status_code, by_program.json()["code"]) == (403, "for_people_only")
    async with client(as_=actor) as http:
        refused = await http.get("/rfqs/new")
        assert refused.status_code == 403
        assert "/agreements?next=/rfqs/new" in refused.text
        page = (await http.get("/agreements?next=/rfqs/new")).text
        assert "Quite another agreement." in page
        assert "<del>" in page
        assert (await submit(http, "/agreements?next=/rfqs/new", "accept")).status_code == 422
        done = await submit(http, "/agreements?next=/rfqs/new", "accept", accepted="true")
        assert (done.status_code, done.headers["location"]) == (303, "/rfqs/new")
        assert (await http.get("/rfqs/new")).status_code == 200


async def test_no_other_site_is_gone_on_to(client, db):
    await rules.adopt(db)
    async with db.transaction() as tx:
        actor = await make_company(tx)
    async with client(as_=actor) as http:
        done = await submit(http, "/agreements?next=https://elsewhere.example/", "accept", accepted="true")
        assert done.headers["location"] == "/agreements"


@pytest.mark.parametrize("role", [Role.SALES, Role.PURCHASER, Role.FINANCE])
async def test_owners_and_signatories_accept(db, role):
    await rules.adopt(db)
    async with db.transaction() as tx:
        actor = await make_company(tx, roles=(role,))
        by = replace(actor.member, session_id=actor.id)
        with pytest.raises(MayNotAgree):
            await accepting.accept(tx, "", accepted=True, locale="en", address="", by=by)
        with pytest.raises(ForPeople):
            await accepting.accept(tx, "", accepted=True, locale="en", address="", by=actor.member)


async def test_what_was_not_shown_is_not_accepted(db):
    await rules.adopt(db)
    async with db.transaction() as tx:
        actor = await make_company(tx)
        by = replace(actor.member, session_id=actor.id)
        with pytest.raises(NotTheText):
            await accepting.accept(tx, str(actor.id), accepted=True, locale="en", address="", by=by)


async def test_owners_are_told_by_mail(db, ctx, run_jobs):
    await rules.adopt(db)
    async with db.transaction() as tx:
        owner = await make_company(tx)
        await make_company(tx, roles=(Role.SALES,))
    first, _second = await rules.two(db)
    await rules.consulted(db, first)
    await run_jobs()
    told = [letter for letter in await ctx.mailer.letters() if "Trading rules" in letter.subject]
    assert [letter.to for letter in told] == [owner.member.email]


async def test_the_front_page_says_what_is_about_to_change(client, db):
    await rules.adopt(db)
    first, _second = await rules.two(db)
    made = await rules.consulted(db, first)
    async with client() as http:
        assert f"/rules/changes/{made}" in (await http.get("/")).text
        assert f"/rules/changes/{made}" in (await http.get("/rules")).text


async def test_asking_for_the_gate_costs_no_query(client, db):
    async with db.transaction() as tx:
        actor = await make_company(tx)
    async with client(as_=actor) as http:
        before = await cost(http, db, "/account")
        await rules.adopt(db)
        assert await cost(http, db, "/account") == before
