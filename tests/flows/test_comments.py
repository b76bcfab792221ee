"""Comments on places of a contract's text: said, answered, settled, and never changed."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text

from app.core import evidence
from app.core.errors import Invalid
from app.core.runner import drain
from app.core.states import IllegalMove
from app.core.subject import Subject
from orders.contracts import commenting, service
from orders.contracts.errors import CommentNotFound, ContractNotFound
from orders.contracts.revising import Adjustments
from tests.factories.contracts import lock_contract
from tests.factories.people import make_company, make_key
from tests.forms import forms_of, submit
from tests.queries import cost
from tests.sql import connect
from trust.access import NotPermitted, Role

PLACE = "article-inspection"


async def say(db, contract_id, actor, said, place=PLACE):
    async with db.transaction() as tx:
        return (await commenting.comment(tx, contract_id, place, said, by=actor.member)).number


async def settle(db, contract_id, actor, number, place=PLACE):
    async with db.transaction() as tx:
        await commenting.settle(tx, contract_id, place, number, by=actor.member)


async def threads(db, contract_id):
    async with db.transaction(read_only=True) as tx:
        return await commenting.threads(tx, contract_id)


async def test_a_thread_is_settled_and_opened_by_a_later_word(db, partners, draft):
    first = await say(db, draft, partners.buyer, "Seven days are too few.")
    second = await say(db, draft, partners.supplier, "Then ten.")
    await say(db, draft, partners.supplier, "Which mugs?", place="line-1")
    await settle(db, draft, partners.buyer, second)
    found = await threads(db, draft)
    assert [c.text for c in found[PLACE].comments] == ["Seven days are too few.", "Then ten."]
    assert (found[PLACE].open, found["line-1"].open) == (False, True)
    third = await say(db, draft, partners.buyer, "Working days?")
    assert (first, second, third) == (1, 2, 4)
    assert (await threads(db, draft))[PLACE].open


async def test_what_came_after_the_last_that_was_read_stays_open(db, partners, draft):
    read = await say(db, draft, partners.buyer, "Seven days are too few.")
    await say(db, draft, partners.supplier, "Then ten.")
    await settle(db, draft, partners.buyer, read)
    await settle(db, draft, partners.supplier, read)
    thread = (await threads(db, draft))[PLACE]
    assert (thread.open, thread.settled) == (True, read)
    async with db.transaction(read_only=True) as tx:
        links = [link.kind for link in await evidence.chain(tx, Subject("contract", draft))]
    assert links.count("contract.comment_settled") == 1


async def test_where_and_when_and_by_whom(db, ctx, partners, draft):
    with pytest.raises(Invalid):
        await say(db, draft, partners.buyer, "Where?", place="article-none")
    with pytest.raises(CommentNotFound):
        await settle(db, draft, partners.buyer, 7)
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
        clerk = await make_company(tx, "Clerk", roles=(Role.FINANCE,))
    for actor, refusal in ((stranger, ContractNotFound), (clerk, NotPermitted)):
        with pytest.raises(refusal):
            await say(db, draft, actor, "Hello.")
    await lock_contract(ctx, partners, draft)
    with pytest.raises(IllegalMove):
        await say(db, draft, partners.buyer, "Too late.")


async def test_comments_at_once_are_numbered_one_by_one(db, partners, draft):
    actors = (partners.buyer, partners.supplier) * 4
    numbers = await asyncio.gather(*(say(db, draft, actor, f"{n}") for n, actor in enumerate(actors)))
    assert sorted(numbers) == list(range(1, 9))


async def test_nobodys_sql_changes_what_was_said(db, urls, partners, draft):
    await settle(db, draft, partners.buyer, await say(db, draft, partners.buyer, "Seven days are too few."))
    owner = await connect(urls.owner)
    for statement in (
        "UPDATE contract_comment SET text = 'x'",
        "DELETE FROM contract_comment",
        "TRUNCATE contract_comment CASCADE",
        "UPDATE contract_comment_resolution SET number = 1",
        "DELETE FROM contract_comment_resolution",
        "TRUNCATE contract_comment_resolution",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(statement)
    await owner.close()


async def test_the_page_without_scripts(client, db, ctx, partners, draft):
    page = f"/contracts/{draft}"
    async with client(as_=partners.buyer) as http:
        assert "comment" not in forms_of((await http.get(page)).text)
        empty = await submit(http, f"{page}?comment={PLACE}", "comment", text="")
        assert empty.status_code == 422
        assert "comment" in forms_of(empty.text), "the form is still open at its place"
        sent = await submit(http, f"{page}?comment={PLACE}", "comment", text="Seven days are <b>too few</b>.")
        assert (sent.status_code, sent.headers["location"]) == (303, f"{page}#{PLACE}")
        shown = (await http.get(page)).text
        assert "Seven days are &lt;b&gt;too few&lt;/b&gt;." in shown
        assert "1 place with open comments" in shown
    await drain(ctx)
    letters = [path.read_text() for path in (ctx.settings.data_dir / "mail").rglob("*") if path.is_file()]
    assert any("too few" in letter for letter in letters)
    async with client(as_=partners.supplier) as http:
        shown = (await http.get(page)).text
        assert "1 place with open comments" in shown
        settled = await submit(http, page, f"settle-{PLACE}")
        assert settled.status_code == 303
        after = (await http.get(page)).text
        assert "with open comments" not in after
        assert "too few" in (await http.get(f"{page}/comments")).text
        agreed = await submit(http, page, "agree")
    assert agreed.status_code == 303


async def test_open_comments_warn_whoever_agrees(client, db, partners, draft):
    await say(db, draft, partners.supplier, "Which mugs?", place="line-1")
    async with client(as_=partners.buyer) as http:
        page = (await http.get(f"/contracts/{draft}")).text
        assert "Comments are still open" in page
        assert (await submit(http, f"/contracts/{draft}", "agree")).status_code == 303


async def test_a_comment_outlives_its_place(client, db, partners, draft):
    async with db.transaction() as tx:
        await service.adjust(tx, draft, Adjustments(special_en="Marks"), revision=1, by=partners.buyer.member)
    await say(db, draft, partners.supplier, "No marks, please.", place="article-special_terms")
    async with client(as_=partners.buyer) as http:
        with_it = (await http.get(f"/contracts/{draft}")).text
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE contract SET terms = jsonb_set(terms, '{own_clauses}', '[]')"))
        without = (await http.get(f"/contracts/{draft}")).text
    assert "No marks, please." in with_it
    assert "About a passage that is gone" in without
    assert "No marks, please." in without


async def test_programs_comment_and_are_slowed_down(client, db, partners, draft):
    address = f"/api/v1/contracts/{draft}/comments"
    async with client(key=await make_key(db, partners.buyer)) as http:
        made = await http.post(address, json={"place": PLACE, "text": "Seven days are too few."})
        assert made.status_code == 201
        [thread] = (await http.get(address)).json()
        assert (thread["place"], thread["open"], thread["comments"][0]["number"]) == (PLACE, True, 1)
        done = await http.post(f"{address}/settlement", json={"place": PLACE, "number": 1})
        assert [t["open"] for t in done.json()] == [False]
        long = await http.post(address, json={"place": PLACE, "text": "x" * 2001})
        assert (long.status_code, list(long.json()["errors"])) == (422, ["text"])
        statuses = [(await http.post(address, json={"place": PLACE, "text": f"{n}"})).status_code for n in range(30)]
    assert (statuses[0], statuses[-1]) == (201, 429)


async def test_comments_cost_no_more_queries_the_more_there_are(client, db, partners, draft):
    pages = (f"/contracts/{draft}", f"/contracts/{draft}/comments", "/contracts", "/")
    async with client(as_=partners.buyer) as http:
        await say(db, draft, partners.supplier, "Which mugs?", place="line-1")
        few = await cost(http, db, *pages)
        for n in range(8):
            await say(db, draft, (partners.buyer, partners.supplier)[n % 2], f"{n}", place=("delivery", PLACE)[n % 2])
        assert await cost(http, db, *pages) == few
