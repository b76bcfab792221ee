"""The moderation desk: who gets which item, refusing many, second looks, wordings, figures; and no own cases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from httpx import AsyncClient
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from app.core import clock, outbox
from app.core.ids import new_id
from app.core.subject import Subject
from tests.factories.people import make_company, make_staff
from tests.forms import forms_of, submit
from tests.queries import cost
from trust.access import Role
from trust.reviews import checking, figures, queries, service
from trust.reviews.events import ReviewDecided, Verdict
from trust.reviews.models import Review, ReviewCheck
from trust.reviews.states import Priority, ReviewState


@asynccontextmanager
async def program(client, who) -> AsyncIterator[AsyncClient]:
    """Reads and writes JSON with a browser's session."""
    async with client(as_=who) as http:
        token = forms_of((await http.get("/account")).text)["account"]["fields"]["csrf_token"]
        http.headers.update({"accept": "application/json", "x-csrf-token": token})
        yield http


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works")


@pytest.fixture
async def desk(db):
    """Two moderators, and who leads them."""
    async with db.transaction() as tx:
        one, two = await make_staff(tx, Role.MODERATOR), await make_staff(tx, Role.MODERATOR)
        return one, two, await make_staff(tx, Role.COMPLIANCE)


async def put_in(db, organisation_id, *titles, kind="product", **said):
    """Items about things that do not exist: nobody decides them by their page here."""
    async with db.transaction() as tx:
        return [
            await service.open(
                tx, kind=kind, subject=Subject("thing", new_id()), organisation_id=organisation_id, title=title, **said
            )
            for title in titles
        ]


async def look(db, review_id):
    async with db.transaction(read_only=True) as tx:
        return await queries.item(tx, review_id)


async def test_the_most_urgent_item_comes_first(client, db, company, desk):
    [late] = await put_in(db, company.organisation_id, "Late", within=timedelta(hours=48))
    [soon] = await put_in(db, company.organisation_id, "Soon", within=timedelta(hours=1))
    [urgent] = await put_in(db, company.organisation_id, "Urgent", priority=Priority.URGENT)
    async with program(client, desk[0]) as http:
        shown = (await http.get("/moderation")).json()
        assert [line["id"] for line in shown] == [str(urgent), str(soon), str(late)]
        moved = await http.post(f"/moderation/{late}/priority", json={"priority": int(Priority.URGENT)})
        assert moved.json()["priority"] == Priority.URGENT
        taken = [(await http.post("/moderation/next", json={})).json()["id"] for _turn in range(3)]
        assert taken == [str(urgent), str(late), str(soon)]
        assert (await http.post("/moderation/next", json={})).status_code == 409
        assert {line["id"] for line in (await http.get("/moderation?state=mine")).json()} == set(taken)
    async with program(client, desk[1]) as http:
        assert (await http.get("/moderation?state=mine")).json() == []


async def test_two_who_ask_at_once_get_two_items(client, db, company, desk):
    await put_in(db, company.organisation_id, *(f"Thing {n}" for n in range(8)))

    async def take(who):
        async with program(client, who) as http:
            return [(await http.post("/moderation/next", json={})).json()["id"] for _turn in range(4)]

    taken = await asyncio.gather(take(desk[0]), take(desk[1]))
    assert len({id_ for some in taken for id_ in some}) == 8


async def test_the_next_one_of_a_kind(client, db, company, desk):
    await put_in(db, company.organisation_id, "Product", within=timedelta(hours=1))
    [asked] = await put_in(db, company.organisation_id, "Company", kind="verification")
    async with program(client, desk[0]) as http:
        assert (await http.post("/moderation/next", json={"kind": "verification"})).json()["id"] == str(asked)


async def test_nobody_decides_in_their_own_case(client, db, desk):
    [own] = await put_in(db, desk[0].organisation_id, "Our own product")
    async with program(client, desk[0]) as http:
        refused = await http.post(f"/moderation/{own}/claim")
        assert (refused.status_code, refused.json()["code"]) == (403, "own_case")
        assert (await http.post("/moderation/next", json={})).status_code == 409
        many = await http.post("/moderation/refusals", json={"ids": [str(own)], "reason": "Spam."})
        assert many.json() == {"done": 0, "passed_over": 1}
    for column in ("claimed_by", "decided_by"):
        with pytest.raises(DBAPIError, match="own company"):
            async with db.transaction() as tx:
                await tx.execute(update(Review).values({column: desk[0].member.id}))
    assert (await look(db, own)).state is ReviewState.OPEN


async def test_spam_is_refused_by_one_press(client, db, company, desk):
    spam = await put_in(db, company.organisation_id, "Win", "Win more", "Win most")
    [asked] = await put_in(db, company.organisation_id, "Company", kind="verification")
    async with db.transaction() as tx:
        await service.claim(tx, spam[2], by=desk[1].member)
    async with client(as_=desk[0]) as http:
        page = "/moderation?kind=product"
        refused = await submit(http, page, "refusals", ids=[str(spam[0])], reason=" ")
        assert refused.status_code == 422
        assert "Say why" in refused.text
        assert f'value="{spam[0]}" checked' in refused.text, "what was chosen stays chosen"
        assert (await submit(http, page, "refusals", reason="Spam.")).status_code == 422
        done = await submit(http, page, "refusals", ids=[str(id_) for id_ in (*spam, asked)], reason="Spam.")
        assert done.status_code == 303
        assert "2 items refused. 2 were passed over." in (await http.get(page)).text
    assert [(await look(db, id_)).verdict for id_ in spam] == ["reject", "reject", ""]
    assert (await look(db, asked)).state is ReviewState.OPEN
    async with db.transaction(read_only=True) as tx:
        told = await outbox.published(tx, ReviewDecided)
    assert {event.review_id for event in told} == set(spam[:2])


async def test_no_more_than_a_hundred_at_once(client, db, desk):
    async with program(client, desk[0]) as http:
        said = {"ids": [str(new_id()) for _one in range(101)], "reason": "Spam."}
        refused = await http.post("/moderation/refusals", json=said)
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["ids"])


async def test_some_decisions_are_drawn_by_lot(db, company, desk):
    """Five in a hundred: of 300 there are none, or a quarter, once in a million years."""
    async with db.transaction() as tx:
        for number in range(300):
            id_ = await service.open(
                tx,
                kind="product",
                subject=Subject("thing", new_id()),
                organisation_id=company.organisation_id,
                title=f"{number}",
            )
            await service.claim(tx, id_, by=desk[0].member)
            await service.decide(tx, id_, verdict=Verdict.ACCEPT, reason="", by=desk[0].member)
    async with db.transaction(read_only=True) as tx:
        assert 0 < await queries.count_checks(tx, answered=False) < 75


async def drawn(db, company, by, title="Mug", reason="A picture of another maker."):
    [id_] = await put_in(db, company.organisation_id, title)
    async with db.transaction() as tx:
        await service.claim(tx, id_, by=by.member)
        await service.decide(tx, id_, verdict=Verdict.REJECT, reason=reason, by=by.member)
        if await tx.get(ReviewCheck, id_) is None:
            tx.add(ReviewCheck(review_id=id_, decided_by=by.member.id, drawn_at=clock.now()))
    return id_


async def test_a_colleague_takes_a_second_look(client, db, company, desk):
    id_ = await drawn(db, company, desk[0])
    async with program(client, desk[0]) as http:
        own = await http.post(f"/moderation/{id_}/check", json={"agrees": True})
        assert (own.status_code, own.json()["code"]) == (409, "own_decision")
        assert (await http.post(f"/moderation/{new_id()}/check", json={"agrees": True})).status_code == 404
    async with client(as_=desk[1]) as http:
        page = "/moderation/checks"
        assert "A picture of another maker." in (await http.get(page)).text
        bare = await submit(http, page, f"check-{id_}", agrees="false")
        assert bare.status_code == 422
        assert (await submit(http, page, f"check-{id_}", agrees="false", note="It is theirs.")).status_code == 303
        assert "No decision waits" in (await http.get(page)).text
        assert "It is theirs." in (await http.get(f"{page}?answered=true")).text
        again = await http.post(f"/api/v1/moderation/{id_}/check", json={"agrees": True})
        assert again.status_code == 403, "no session writes without its token"
    with pytest.raises(DBAPIError, match="stays as it was"):
        async with db.transaction() as tx:
            await tx.execute(update(ReviewCheck).values(agrees=True))
    assert (await look(db, id_)).verdict == "reject", "the decision itself stands"


async def test_the_database_wants_another_person(db, company, desk):
    await drawn(db, company, desk[0])
    said = {"agrees": True, "checked_by": desk[0].member.id, "checked_at": clock.now()}
    with pytest.raises(DBAPIError, match="another_person"):
        async with db.transaction() as tx:
            await tx.execute(update(ReviewCheck).values(said))


async def test_figures_by_kind_and_person(client, db, company, desk):
    one, two, lead = desk
    began = clock.now()
    await put_in(db, company.organisation_id, "A", "B", within=timedelta(hours=1))
    with clock.at(began + timedelta(minutes=30)):
        await drawn(db, company, one, title="C")
    with clock.at(began + timedelta(hours=3)):
        async with db.transaction() as tx:
            await service.claim_next(tx, kinds=["product"], by=two.member)
            [check] = await queries.checks(tx, answered=False, offset=0, limit=9)
            await checking.answer(tx, check.item.id, agrees=True, note="", by=two.member)
        async with program(client, lead) as http:
            found = (await http.get("/moderation/figures")).json()
        async with program(client, two) as http:
            own = (await http.get("/moderation/figures")).json()
        async with client(as_=two) as http:
            assert "By reviewer" in (await http.get("/moderation/figures")).text
    [product] = found["kinds"]
    assert (product["waiting"], product["overdue"], product["decided"], product["in_time"]) == (2, 2, 1, 1)
    people = {person["member_id"]: person for person in found["people"]}
    assert set(people) == {str(one.member.id), str(two.member.id)}
    assert (people[str(one.member.id)]["checked"], people[str(one.member.id)]["agreed"]) == (1, 1)
    assert people[str(two.member.id)]["claimed"] == 1
    assert [person["member_id"] for person in own["people"]] == [str(two.member.id)], "not what colleagues do"
    assert sum(number for _day, number in found["days"]) == 1


async def test_what_is_said_again_and_again(client, db, run_jobs, company, desk):
    one, _two, lead = desk
    said = {
        "kind": "verification", "verdict": "more", "title": "Unreadable scan",
        "text_en": "The scan cannot be read.", "text_zh": "扫描件无法辨认。",
    }  # fmt: skip
    async with program(client, one) as http:
        assert (await http.post("/moderation/wordings", json=said)).status_code == 403
    async with client(as_=lead) as http:
        refused = await submit(http, "/moderation/wordings", "wording", **said | {"text_zh": ""})
        assert refused.status_code == 422
        assert "The scan cannot be read." in refused.text
        assert (await submit(http, "/moderation/wordings", "wording", **said)).status_code == 303
    async with program(client, one) as http:
        [wording] = (await http.get("/moderation/wordings")).json()
    async with program(client, lead) as http:
        assert (await http.post("/moderation/wordings", json=said | {"kind": "nothing"})).status_code == 422
        left = await http.post(f"/moderation/wordings/{wording['id']}/retirement")
        assert left.json() == []
        assert (await http.post(f"/moderation/wordings/{new_id()}/retirement")).status_code == 404
    with pytest.raises(DBAPIError, match="stays as it was written"):
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE review_wording SET text_en = 'Another.'"))


async def test_the_queue_takes_as_many_queries_for_many_items(client, db, company, desk):
    taken, began = [], clock.now()
    for many in (1, 30):
        await put_in(db, company.organisation_id, *(f"{many} {n}" for n in range(many)))
        for number in range(many):
            await drawn(db, company, desk[1], title=f"Drawn {many} {number}")
        async with client(as_=desk[0]) as http:
            pages = ("/moderation", "/moderation?state=decided", "/moderation/checks", "/moderation/figures")
            with clock.at(began + many * timedelta(minutes=1)):
                taken.append(await cost(http, db, *pages))
    assert taken[0] == taken[1]
    assert taken[0] == [3, 3, 4, 5], "the session, and what the page is made of"


async def test_figures_are_added_up_once_a_minute(client, db, company, desk):
    began = clock.now()
    async with program(client, desk[2]) as http:
        waiting = []
        for later in (timedelta(0), figures.FRESH / 2, figures.FRESH * 2):
            await put_in(db, company.organisation_id, f"After {later}", within=timedelta(hours=1))
            with clock.at(began + later):
                waiting.append((await http.get("/moderation/figures")).json())
        with clock.at(began + figures.FRESH * 2.5):
            kept = await cost(http, db, "/moderation/figures")
    assert [found["kinds"][0]["waiting"] for found in waiting] == [1, 1, 3]
    assert [found["at"] for found in waiting[:2]] == [waiting[0]["at"]] * 2, "and they say as of when"
    assert kept == [1], "the session alone"


async def test_a_line_of_the_queue_says_what_is_so_now(client, db, company, desk):
    """Lines are kept as they were written: whatever is on one makes it another."""
    one, two, _lead = desk
    began = clock.now()
    [id_] = await put_in(db, company.organisation_id, "Mug", within=timedelta(hours=10))
    async with client(as_=one) as http, client(as_=two) as other:

        async def line(who, page="/moderation"):
            return (await who.get(page)).text.split('<ol class="queue">')[1].split("</ol>")[0]

        assert "in 10 hours" in await line(http)
        with clock.at(began + timedelta(hours=8)):
            assert "in 2 hours" in await line(http)
            async with db.transaction() as tx:
                await service.claim(tx, id_, by=one.member)
            assert one.member.name in await line(other)
            async with db.transaction() as tx:
                await service.prioritise(tx, id_, Priority.URGENT, by=one.member)
            assert "Urgent" in await line(other)
            assert 'type="checkbox"' not in await line(other)
            assert 'type="checkbox"' in await line(other, "/moderation?kind=product")
            http.cookies.set("locale", "zh-Hans")
            assert "Urgent" not in await line(http)


MANY = text("""
    INSERT INTO review (id, kind, subject_type, subject_id, organisation_id, title, state, priority, opened_at, due_at,
                        verdict, reason, facts)
    SELECT gen_random_uuid(), 'product', 'thing', gen_random_uuid(), :company, 'x', 'open', 2, now(), now(), '', '',
           '{}' FROM generate_series(1, 1500)
""")
FIRST = text("""
    EXPLAIN SELECT id FROM review WHERE review.state IN ('open', 'claimed') ORDER BY priority, due_at, id LIMIT 24
""")


async def test_a_long_queue_is_not_counted_to_its_end(client, db, company, desk):
    async with db.transaction() as tx:
        await tx.execute(MANY, {"company": company.organisation_id})
    async with db.transaction(read_only=True) as tx:
        waiting = await queries.waiting(tx, ["product", "verification"])
        assert waiting == {"product": queries.COUNTED + 1, "verification": 0}
        assert any("ix_review_queue" in line for (line,) in await tx.execute(FIRST))
        counting = await tx.execute(text(f"EXPLAIN {queries.WAITING}"), {"kinds": ["product", "verification"]})
        assert not any("Seq Scan on review" in line for (line,) in counting), "however few there are of a kind"
    async with client(as_=desk[0]) as http:
        assert "1,000+" in (await http.get("/moderation")).text
        assert "1,000+ waiting" in (await http.get("/")).text


async def test_what_waits_already_waits_no_longer_than_either_asks(client, db, company, desk):
    thing = Subject("thing", new_id())
    said = {"kind": "product", "subject": thing, "organisation_id": company.organisation_id}

    async def ask(title, hours, priority):
        async with db.transaction() as tx:
            return await service.open(tx, **said, title=title, within=timedelta(hours=hours), priority=priority)

    first = await ask("Mug", 72, Priority.NORMAL)
    later = await look(db, first)
    assert await ask("Mug with a false seal", 4, Priority.URGENT) == first
    sooner = await look(db, first)
    assert (sooner.title, sooner.priority) == ("Mug with a false seal", Priority.URGENT)
    assert sooner.due_at < later.due_at
    assert await ask("Mug, once more", 48, Priority.LOW) == first
    after = await look(db, first)
    assert (after.title, after.due_at, after.priority) == ("Mug, once more", sooner.due_at, Priority.URGENT)
    await ask("Mug, once more", 48, Priority.LOW)
    async with db.transaction(read_only=True) as tx:
        added = await queries.added(tx, after)
    assert [title for _at, title in added] == ["Mug with a false seal", "Mug, once more"], (
        "what changes nothing is none"
    )


async def test_asked_for_at_once_by_many_it_waits_once(db, company):
    thing = Subject("thing", new_id())

    async def ask(hours):
        async with db.transaction() as tx:
            return await service.open(
                tx,
                kind="product",
                subject=thing,
                organisation_id=company.organisation_id,
                title="Mug",
                within=timedelta(hours=hours),
            )

    first = await ask(72)
    before = await look(db, first)
    assert set(await asyncio.gather(*(ask(hours) for hours in (9, 3, 6)))) == {first}
    assert (await look(db, first)).due_at < before.due_at - timedelta(hours=68)
