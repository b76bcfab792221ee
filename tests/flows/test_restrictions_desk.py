"""The restrictions desk over HTTP: placed, agreed to, read, answered, appealed against, decided."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.states import IllegalMove
from app.core.subject import Subject
from tests.factories.files import PDF
from tests.factories.identities import letters
from tests.factories.people import make_company, make_member, make_staff
from tests.factories.restrictions import restrict, suspend
from tests.forms import submit
from tests.queries import cost
from trust.access import NotPermitted, Role, Scope
from trust.identity import sessions
from trust.identity.models import Organisation
from trust.restrictions import answering, publishing, queries, service
from trust.restrictions.answering import Ruling
from trust.restrictions.errors import AppealClosed, NotTheReviewer, RestrictionNotFound
from trust.restrictions.ladder import Kind, Measure
from trust.restrictions.models import Restriction
from trust.restrictions.service import Charge
from trust.restrictions.states import MOVES, AppealMove, RestrictionMove, RestrictionState
from trust.reviews import queries as desk

FACTS = "Two questions of the platform stayed without an answer."
PLACE = {"reason": "no_answer", "statement": FACTS}


@pytest.fixture
async def staff(db):
    """Two moderators and two of compliance."""
    async with db.transaction() as tx:
        roles = (Role.MODERATOR, Role.MODERATOR, Role.COMPLIANCE, Role.COMPLIANCE)
        return [await make_staff(tx, role) for role in roles]


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works")


async def slug_of(db, company):
    async with db.transaction(read_only=True) as tx:
        return await tx.scalar(select(Organisation.slug).where(Organisation.id == company.organisation_id))


async def newest(db):
    async with db.transaction(read_only=True) as tx:
        made = await tx.scalar(select(Restriction.id).order_by(Restriction.id.desc()).limit(1))
        return await queries.restriction(tx, made)


async def claim(db, http, kind):
    async with db.transaction(read_only=True) as tx:
        [item] = await desk.queue(tx, kind=kind, offset=0, limit=5)
    assert (await submit(http, f"/moderation/{item.id}", "claim")).status_code == 303
    return item.id


async def test_placed_read_answered_appealed_and_lifted_by_another(client, db, staff, company):
    called = f"https://portolan.example/suppliers/{await slug_of(db, company)}/"
    form = {**PLACE, "company": called, "kind": "partial", "scopes": ["publish", "quote"], "days": "30"}
    async with client(as_=staff[0]) as http:
        assert (await submit(http, "/restrictions/desk/new", "place", **form)).status_code == 303
    made = await newest(db)
    page = f"/restrictions/{made.id}"
    assert (made.kind, made.scopes, made.state) == (Kind.PARTIAL, (Scope.PUBLISH, Scope.QUOTE), "in_force")
    [letter] = await letters(db, "restriction_placed")
    assert letter["path"] == page
    async with client(as_=company) as http:
        shown = await http.get(page)
        assert FACTS not in shown.text
        early = await http.post(f"{page}/appeal", json={"text": "No!"}, headers={"accept": "application/json"})
        assert early.status_code in {403, 409}
        assert (await submit(http, page, "reading")).status_code == 303
        read = (await newest(db)).read_at
        assert read is not None
        assert FACTS in (await http.get(page)).text
        said = await submit(http, page, "statement", text="We did answer.")
        assert said.status_code == 303
        file = {"file": ("mail.pdf", PDF, "application/pdf")}
        assert (await submit(http, page, "appeal", files=file, text="See our mail.")).status_code == 303
        shown = (await http.get(page)).text
        assert "mail.pdf" in shown
        assert 'id="appeal"' not in shown
        assert "We did answer." in shown
        again = await http.get(page)
        assert (await newest(db)).read_at == read
        assert again.status_code == 200
    async with client(as_=staff[0]) as http:
        item = await claim(db, http, "appeal")
        assert "another person decides" in (await http.get(f"/moderation/{item}")).text
        appeal = (await appeal_of(db, made.id)).id
        refused = await post(http, f"/restrictions/appeals/{appeal}/decision", outcome="uphold", reason="I am sure.")
        assert refused.status_code == 403
        assert (await post(http, f"/moderation/{item}/return")).status_code == 303
    async with client(as_=staff[1]) as http:
        item = await claim(db, http, "appeal")
        generic = await post(http, f"/moderation/{item}/decision", verdict="accept", reason="So be it.")
        assert generic.status_code == 422
        decided = await submit(http, f"/moderation/{item}", "ruling", outcome="lift", reason="The mail is there.")
        assert decided.status_code == 303
    made = await newest(db)
    assert (made.state, made.appeal, made.ended_because) == ("lifted", "lifted", "The mail is there.")
    assert [line["outcome"] for line in await letters(db, "appeal_decided")] == ["lifted"]
    async with db.transaction(read_only=True) as tx:
        member = await sessions.acting(tx, company.id)
        assert member.bound == ()
        assert (await evidence.verify(tx, Subject("restriction", made.id))).whole
        assert not await desk.queue(tx, kind="appeal", offset=0, limit=5)


async def post(http, address, **data):
    """As the forms of a page do, without opening one that shows this form."""
    from_page = await http.get("/account")
    token = from_page.text.split('name="csrf_token" value="')[1].split('"')[0]
    return await http.post(address, data={**data, "csrf_token": token})


async def appeal_of(db, restriction_id):
    async with db.transaction(read_only=True) as tx:
        return await queries.appeal(tx, restriction_id=restriction_id)


@pytest.mark.parametrize(("kind", "days"), [("partial", "91"), ("partial", "0"), ("partial", "")])
async def test_what_is_out_of_proportion_is_refused_and_nothing_typed_is_lost(client, db, staff, company, kind, days):
    form = {**PLACE, "company": await slug_of(db, company), "kind": kind, "scopes": "quote", "days": days}
    async with client(as_=staff[0]) as http:
        refused = await submit(http, "/restrictions/desk/new", "place", **form)
        assert refused.status_code == 422
        assert FACTS in refused.text
        for wrong in ({"company": "nobody"}, {"reason": "fraud"}, {"rests_on": "order:1"}):
            asked = {**form, "days": "30", **wrong}
            assert (await submit(http, "/restrictions/desk/new", "place", **asked)).status_code == 422
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(Restriction.id)) is None


async def test_a_suspension_takes_a_second_person_of_compliance(client, db, staff, company):
    form = {**PLACE, "company": await slug_of(db, company), "kind": "full"}
    async with client(as_=staff[2]) as http:
        assert (await submit(http, "/restrictions/desk/new", "place", **form)).status_code == 303
        made = await newest(db)
        assert made.state == "proposed"
        assert "You proposed this" in (await http.get(f"/restrictions/{made.id}")).text
        assert (await post(http, f"/restrictions/{made.id}/agreement")).status_code == 409
    async with client(as_=company) as http:
        assert (await http.get(f"/restrictions/{made.id}")).status_code == 404
        assert "Nothing stands against" in (await http.get("/restrictions")).text
    async with client(as_=staff[0]) as http:
        assert (await post(http, f"/restrictions/{made.id}/agreement")).status_code == 403
    async with client(as_=staff[3]) as http:
        assert (await submit(http, f"/restrictions/{made.id}", "agreement")).status_code == 303
    assert (await newest(db)).state == "in_force"


async def test_what_was_not_agreed_to_binds_nobody_and_is_told_to_nobody(client, db, staff, company):
    async with db.transaction() as tx:
        charge = Charge(reason="no_answer", statement=FACTS)
        asked = Measure(Kind.FULL, frozenset(), None)
        made = await service.place(tx, company.organisation_id, asked, charge, by=staff[0].member)
        await service.refuse(tx, made, "Too much.", by=staff[2].member)
    async with db.transaction(read_only=True) as tx:
        assert (await sessions.acting(tx, company.id)).bound == ()
        with pytest.raises(RestrictionNotFound):
            await queries.restriction(tx, made, of=company.organisation_id)
    assert await letters(db, "restriction_placed") == []


MOVED = {
    RestrictionMove.AGREE: lambda tx, made, by: service.agree(tx, made, by=by),
    RestrictionMove.REFUSE: lambda tx, made, by: service.refuse(tx, made, "No.", by=by),
    RestrictionMove.LIFT: lambda tx, made, by: service.lift(tx, made, "Enough.", by=by),
}


async def in_state(tx, state, company, staff):
    if state is RestrictionState.PROPOSED or state is RestrictionState.REFUSED:
        charge, asked = Charge(reason="no_answer", statement=FACTS), Measure(Kind.FULL, frozenset(), None)
        made = await service.place(tx, company.organisation_id, asked, charge, by=staff[0].member)
        if state is RestrictionState.REFUSED:
            await service.refuse(tx, made, "No.", by=staff[2].member)
        return made
    made = await suspend(tx, company.organisation_id, by=staff[0])
    row = await queries.restriction_for_update(tx, made)
    if state is RestrictionState.LIFTED:
        await service.lift(tx, made, "Enough.", by=staff[2].member)
    elif state is RestrictionState.REPLACED:
        await service.replace(tx, row, Measure(Kind.PARTIAL, frozenset({Scope.QUOTE}), 9), "Less.", by=staff[3].member)
    elif state is RestrictionState.EXPIRED:
        made = await restrict(tx, company.organisation_id, Scope.QUOTE, by=staff[0])
        row = await queries.restriction_for_update(tx, made)
        await service.end(tx, row, RestrictionMove.EXPIRE, "", by=None)
    return made


@pytest.mark.parametrize("state", list(RestrictionState))
@pytest.mark.parametrize("move", list(MOVED))
async def test_every_move_in_every_state_by_every_role(db, staff, company, state, move):
    async with db.transaction() as tx:
        made = await in_state(tx, state, company, staff)
        others = [await make_staff(tx, role) for role in (Role.FINANCE_STAFF, Role.EVALUATOR, Role.ADMIN)]
    moderators = () if state is RestrictionState.EXPIRED else (staff[1],)  # what expires is no suspension
    for by in (company, *moderators, *others):
        with pytest.raises(NotPermitted):
            async with db.transaction() as tx:
                await MOVED[move](tx, made, by.member)
    legal = (state, move) in MOVES
    for expected in (legal, False):
        with nullcontext() if expected else pytest.raises(IllegalMove):
            async with db.transaction() as tx:
                await MOVED[move](tx, made, staff[3].member)


async def test_ten_working_days_to_appeal_at_their_edge(db, staff, company):
    async with db.transaction() as tx:
        made = await restrict(tx, company.organisation_id, Scope.QUOTE, days=90, by=staff[0])
        await service.read(tx, made, by=company.member)
        until = (await queries.restriction(tx, made)).appeal_until
    clock.advance(seconds=(until - clock.now()).total_seconds() + 1)
    with pytest.raises(AppealClosed):
        async with db.transaction() as tx:
            await answering.appeal(tx, made, "Too late?", [], by=company.member)
    clock.advance(seconds=-30)
    async with db.transaction() as tx:
        await answering.appeal(tx, made, "In time.", [], by=company.member)
    with pytest.raises(AppealClosed):
        async with db.transaction() as tx:
            await answering.appeal(tx, made, "Once more.", [], by=company.member)


async def appealed(db, company, staff, *, kind=Kind.PARTIAL):
    async with db.transaction() as tx:
        if kind is Kind.PARTIAL:
            made = await restrict(tx, company.organisation_id, Scope.QUOTE, Scope.PUBLISH, days=60, by=staff[0])
        else:
            made = await suspend(tx, company.organisation_id, kind=kind, by=staff[0])
        await service.read(tx, made, by=company.member)
        appeal = await answering.appeal(tx, made, "It is too much.", [], by=company.member)
    return made, appeal


async def rule(db, appeal, ruling, by):
    async with db.transaction() as tx:
        await answering.decide(tx, appeal, ruling, by=by.member)


async def test_neither_who_placed_nor_who_agreed_decides_the_appeal(client, db, staff, company):
    made, appeal = await appealed(db, company, staff, kind=Kind.FULL)
    async with db.transaction(read_only=True) as tx:
        agreed = (await queries.restriction(tx, made)).agreed_by
        second = await sessions.acting(tx, agreed)
    uphold = Ruling(AppealMove.UPHOLD, "It stands.")
    with pytest.raises(NotTheReviewer):
        await rule(db, appeal, uphold, staff[0])
    with pytest.raises(NotTheReviewer):
        async with db.transaction() as tx:
            await answering.decide(tx, appeal, uphold, by=second)
    with pytest.raises(NotPermitted):  # a suspension is compliance's
        await rule(db, appeal, uphold, staff[1])
    async with client(as_=staff[2]) as http:
        await claim(db, http, "appeal")
    await rule(db, appeal, uphold, staff[2])
    assert (await newest(db)).state == "in_force"


async def test_reduced_to_what_is_lighter_alone(client, db, staff, company):
    made, appeal = await appealed(db, company, staff)
    clock.advance(days=20)
    async with client(as_=staff[1]) as http:
        await claim(db, http, "appeal")
    for heavier in (
        Measure(Kind.PARTIAL, frozenset({Scope.QUOTE}), 60),  # longer than what is left
        Measure(Kind.PARTIAL, frozenset({Scope.PAYOUT}), 1),
        Measure(Kind.FULL, frozenset(), None),
        None,
    ):
        with pytest.raises(Exception, match=r"lighter|takes its place"):
            await rule(db, appeal, Ruling(AppealMove.REDUCE, "Less.", heavier), staff[1])
    lighter = Measure(Kind.PARTIAL, frozenset({Scope.QUOTE}), 10)
    await rule(db, appeal, Ruling(AppealMove.REDUCE, "Less.", lighter), staff[1])
    now = await newest(db)
    assert (now.replaces_id, now.scopes, now.state, now.can_appeal) == (made, (Scope.QUOTE,), "in_force", False)
    async with db.transaction(read_only=True) as tx:
        assert (await queries.restriction(tx, made)).state is RestrictionState.REPLACED
        [bound] = (await sessions.acting(tx, company.id)).bound
    assert bound.scopes == {Scope.QUOTE}
    assert bound.until - clock.now() <= timedelta(days=10)


async def test_a_stranger_and_a_colleague_without_the_right(client, db, staff, company):
    async with db.transaction() as tx:
        made = await restrict(tx, company.organisation_id, Scope.QUOTE, by=staff[0])
        stranger = await make_company(tx, "Stranger")
        row = await tx.get_one(Organisation, company.organisation_id)
        clerk = await make_member(tx, row, roles=(Role.SALES,))
    async with client(as_=stranger) as http:
        for address in (f"/restrictions/{made}", "/restrictions/desk"):
            assert (await http.get(address)).status_code in {403, 404}
        assert (await post(http, f"/restrictions/{made}/reading")).status_code == 404
    async with client(as_=clerk) as http:
        assert (await submit(http, f"/restrictions/{made}", "reading")).status_code == 303
        assert (await post(http, f"/restrictions/{made}/appeal", text="We object.")).status_code == 403


async def test_lists_take_as_many_queries_for_many(client, db, staff, company):
    pages = (
        "/restrictions/desk",
        "/restrictions/desk?show=review&company=lan",
        f"/restrictions/desk/companies/{company.organisation_id}",
        "/transparency/restrictions",
    )
    taken = []
    for times in (1, 20):
        async with db.transaction() as tx:
            for _time in range(times):
                made = await restrict(
                    tx, company.organisation_id, Scope.PUBLISH, reason="prohibited_goods", by=staff[0]
                )
                await publishing.publish(tx, made, "Lantern Works", by=staff[0].member)
        async with client(as_=staff[1]) as http:
            taken.append(await cost(http, db, *pages))
        async with client(as_=company) as http:
            taken[-1] += await cost(http, db, "/restrictions")
    assert taken[0] == taken[1]
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM restriction")) == 21


async def test_who_has_said_much_may_still_appeal(db, staff, company):
    async with db.transaction() as tx:
        made = await restrict(tx, company.organisation_id, Scope.PUBLISH, by=staff[0])
        await service.read(tx, made, by=company.member)
        for n in range(answering.MOST_STATEMENTS):
            await answering.state(tx, made, f"Letter {n}.", [], by=company.member)
        with pytest.raises(Invalid):
            await answering.state(tx, made, "One more.", [], by=company.member)
        assert await answering.appeal(tx, made, "Please look again.", [], by=company.member)
