"""The rule book: adopted once, changed in the open, each version readable for good."""

import hashlib
import io
from datetime import UTC, datetime, time, timedelta

import asyncpg
import pypdf
import pytest

from app.core import clock, evidence
from app.core.states import IllegalMove
from app.core.subject import Subject
from tests.factories import rules
from tests.factories.people import make_company, make_staff
from tests.forms import submit
from tests.queries import cost
from tests.sql import connect
from trust.access import STAFF_ROLES, NotPermitted, Role
from trust.rules import commenting, queries, service
from trust.rules.codes import Code
from trust.rules.errors import (
    AdoptedAlready,
    AnsweredAlready,
    ChangePending,
    ConsultationOver,
    RuleNotFound,
    SamePerson,
    StillOpen,
    TooFar,
    TooSoon,
    Unanswered,
    VersionNotFound,
)
from trust.rules.states import MOVES, VersionMove, VersionState

JSON = {"accept": "application/json"}
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


async def publish(db, made, by, *, day=None, notice=WEEK):
    async with db.transaction() as tx:
        first = day or service.earliest(clock.now(), notice)
        await service.publish(tx, made, first, notice=notice, by=by.member)


async def say(db, made, text="Too strict.", **said):
    async with db.transaction() as tx:
        return await commenting.comment(tx, made, text, by=None, **said)


async def test_the_version_in_force_on_a_day(db):
    await rules.adopt(db)
    today = clock.now().date()
    async with db.transaction(read_only=True) as tx:
        first = await queries.in_force(tx, "trading", today)
        with pytest.raises(RuleNotFound):
            await queries.in_force(tx, "trading", today - timedelta(days=1))
        with pytest.raises(RuleNotFound):
            await queries.in_force(tx, "nothing", today)
        assert await queries.missing(tx, today) == []
        assert await queries.missing(tx, today - timedelta(days=1)) == list(Code)
    await rules.changed(db)
    async with db.transaction(read_only=True) as tx:
        second = await queries.in_force(tx, "trading", clock.now().date())
        assert (first.number, second.number) == (1, 2)
        begins = second.effective_from
        assert (await queries.in_force(tx, "trading", begins)).number == 2
        last = await queries.in_force(tx, "trading", begins - timedelta(days=1))
        assert (last.number, last.until, last.digest) == (1, begins, first.digest)
        with pytest.raises(VersionNotFound):
            await queries.public_version(tx, "trading", 3)
        assert (await queries.in_force(tx, "trading", clock.now().date())).number == 2


async def test_a_first_text_is_adopted_once(db):
    await rules.adopt(db)
    with pytest.raises(AdoptedAlready):
        async with db.transaction() as tx:
            await service.adopt(tx, Code.FEES, rules.text())


@pytest.mark.parametrize(("role", "may"), [(role, role in {Role.ADMIN, Role.COMPLIANCE}) for role in Role])
async def test_rules_are_made_by_compliance_and_administrators(db, role, may):
    async with db.transaction() as tx:
        actor = await (make_staff(tx, role) if role in STAFF_ROLES else make_company(tx, roles=(role,)))
        if may:
            await service.draft(tx, Code.TRADING, rules.text(), rules.WHY, by=actor.member)
        else:
            with pytest.raises(NotPermitted):
                await service.draft(tx, Code.TRADING, rules.text(), rules.WHY, by=actor.member)


async def test_a_consultation_lasts_seven_days_to_the_second(db):
    await rules.adopt(db)
    first, second = await rules.two(db)
    async with db.transaction() as tx:
        made = await service.draft(tx, Code.TRADING, rules.text(), rules.WHY, by=first.member)
        with pytest.raises(TooSoon):
            await service.open_consultation(tx, made, WEEK - SECOND, by=first.member)
        await service.open_consultation(tx, made, WEEK, by=first.member)
    async with db.transaction(read_only=True) as tx:
        until = (await queries.version(tx, made)).comments_until
    with clock.at(until - SECOND):
        await answer_all(db, [await say(db, made)], first)
        with pytest.raises(StillOpen):
            await publish(db, made, second)
    with clock.at(until):
        with pytest.raises(ConsultationOver):
            await say(db, made)
        await publish(db, made, second)


async def answer_all(db, comments, by):
    for one in comments:
        async with db.transaction() as tx:
            await commenting.answer(tx, one, "We keep it, for the law asks for it.", withhold=False, by=by.member)


@pytest.mark.parametrize("notice", [WEEK, timedelta(days=30)])
async def test_notice_is_owed_to_the_second(db, notice):
    await rules.adopt(db)
    first, second = await rules.two(db)
    made = await rules.consulted(db, first)
    day = (clock.now() + timedelta(days=60)).date()
    begins = datetime.combine(day, time(), UTC)
    with clock.at(begins - notice + SECOND), pytest.raises(TooSoon) as refused:
        await publish(db, made, second, day=day, notice=notice)
    assert refused.value.facts["earliest"] == str(day + timedelta(days=1))
    with clock.at(begins - notice - SECOND):
        await publish(db, made, second, day=day, notice=notice)


async def test_no_shorter_notice_than_the_law_s_can_be_configured(db):
    first, second = await rules.two(db)
    await rules.adopt(db)
    made = await rules.consulted(db, first)
    clock.advance(days=7)
    with pytest.raises(TooSoon):
        await publish(db, made, second, day=clock.now().date() + timedelta(days=7), notice=timedelta(days=1))


async def test_every_comment_is_answered_first_and_another_person_publishes(db):
    await rules.adopt(db)
    first, second = await rules.two(db)
    made = await rules.consulted(db, first)
    comments = [await say(db, made), await say(db, made, clause="2", name="Ana")]
    clock.advance(days=7)
    with pytest.raises(Unanswered) as refused:
        await publish(db, made, second)
    assert refused.value.facts["waiting"] == 2
    await answer_all(db, comments, first)
    with pytest.raises(AnsweredAlready):
        await answer_all(db, comments[:1], second)
    with pytest.raises(SamePerson):
        await publish(db, made, first)
    await publish(db, made, second)


STATEMENTS = {
    "its text": "UPDATE rule_version SET content = '{{}}' WHERE id = '{0}'",
    "its day": "UPDATE rule_version SET effective_from = effective_from - 1 WHERE id = '{0}'",
    "its going": "DELETE FROM rule_version WHERE id = '{0}'",
    "all going": "TRUNCATE rule_version CASCADE",
    "a comment": "UPDATE rule_comment SET text = 'Splendid.'",
    "an answer": "UPDATE rule_comment SET answer = 'No.'",
    "a comment's going": "DELETE FROM rule_comment",
}


@pytest.mark.parametrize("change", STATEMENTS.values(), ids=list(STATEMENTS))
async def test_what_was_published_stays(db, urls, change):
    await rules.adopt(db)
    first, second = await rules.two(db)
    made = await rules.consulted(db, first)
    await answer_all(db, [await say(db, made)], first)
    clock.advance(days=7)
    await publish(db, made, second)
    for url in (urls.app, urls.owner):
        connection = await connect(url)
        with pytest.raises(asyncpg.PostgresError, match=r"stays as it was|append-only|permission"):
            await connection.execute(change.format(made))
        await connection.close()


PUBLISHED = (
    "UPDATE rule_version SET state = 'published', published_at = {at}, published_by = {by}, effective_from = {day}"
)
OVER = {"at": "comments_until", "by": "'{second}'", "day": "(comments_until AT TIME ZONE 'UTC')::date + 8"}
SKIPS = {
    "nobody was asked": PUBLISHED.format(**OVER | {"at": "now()", "day": "current_date + 30"})
    + " WHERE id = '{draft}'",
    "its consultation is not over": PUBLISHED.format(**OVER | {"at": "comments_until - interval '1 second'"})
    + " WHERE id = '{open}'",
    "its notice is too short": PUBLISHED.format(**OVER | {"day": "(comments_until AT TIME ZONE 'UTC')::date + 7"})
    + " WHERE id = '{open}'",
    "it needs a second person": PUBLISHED.format(**OVER | {"by": "drafted_by"}) + " WHERE id = '{open}'",
    "stays as it was": "UPDATE rule_version SET comments_until = now() WHERE id = '{open}'",
    "begins as a draft": """
        INSERT INTO rule_version (id, code, number, content, digest, why, state, drafted_at)
        SELECT gen_random_uuid(), code, 99, content, digest, why, 'published', drafted_at FROM rule_version LIMIT 1
    """,
}


@pytest.mark.parametrize(("why", "statement"), SKIPS.items(), ids=list(SKIPS))
async def test_the_database_lets_nobody_skip_a_step(db, urls, why, statement):
    await rules.adopt(db)
    first, second = await rules.two(db)
    opened = await rules.consulted(db, first)
    async with db.transaction() as tx:
        drafted = await service.draft(tx, Code.FEES, rules.text(), rules.WHY, by=first.member)
    connection = await connect(urls.owner)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=why):
        await connection.execute(statement.format(draft=drafted, open=opened, second=second.id))
    await connection.close()


async def bring(db, state, first, second):
    async with db.transaction() as tx:
        made = await service.draft(tx, Code.TRADING, rules.text("A."), rules.WHY, by=first.member)
    if state in {VersionState.CONSULTATION, VersionState.PUBLISHED}:
        async with db.transaction() as tx:
            await service.open_consultation(tx, made, WEEK, by=first.member)
        clock.advance(days=7)
    if state is VersionState.PUBLISHED:
        await publish(db, made, second)
    if state is VersionState.WITHDRAWN:
        async with db.transaction() as tx:
            await service.withdraw(tx, made, "A mistake.", by=first.member)
    return made


@pytest.mark.parametrize("state", list(VersionState))
@pytest.mark.parametrize("move", [VersionMove.OPEN, VersionMove.PUBLISH, VersionMove.WITHDRAW])
async def test_only_the_moves_of_the_table_are_made(db, state, move):
    await rules.adopt(db)
    first, second = await rules.two(db)
    made = await bring(db, state, first, second)

    async def go():
        async with db.transaction() as tx:
            match move:
                case VersionMove.OPEN:
                    await service.open_consultation(tx, made, WEEK, by=first.member)
                case VersionMove.WITHDRAW:
                    await service.withdraw(tx, made, "A mistake.", by=first.member)
                case _:
                    day = service.earliest(clock.now(), WEEK)
                    await service.publish(tx, made, day, notice=WEEK, by=second.member)

    if (state, move) in MOVES:
        await go()
        after = MOVES[state, move]
    else:
        with pytest.raises(IllegalMove):
            await go()
        after = state
    async with db.transaction(read_only=True) as tx:
        assert (await queries.version(tx, made)).state is after


async def test_one_change_of_a_rule_at_a_time(db):
    await rules.adopt(db)
    first, second = await rules.two(db)
    made = await rules.consulted(db, first)
    with pytest.raises(ChangePending):
        await rules.consulted(db, second)
    clock.advance(days=7)
    await publish(db, made, second)
    with pytest.raises(ChangePending):  # until it is in force
        await rules.consulted(db, first)
    clock.advance(days=9)
    await rules.consulted(db, first)


async def test_a_change_is_on_the_record(db):
    await rules.adopt(db)
    first, _second = await rules.two(db)
    made = await rules.consulted(db, first)
    await answer_all(db, [await say(db, made)], first)
    async with db.transaction(read_only=True) as tx:
        links = await evidence.chain(tx, Subject("rule_version", made))
    kinds = ["rule.drafted", "rule.consultation_opened", "rule.commented", "rule.answered"]
    assert [link.kind for link in links] == kinds
    assert links[2].data["text"] == "Too strict."


async def test_the_pages_of_a_rule(client, db):
    await rules.adopt(db)
    await rules.changed(db)
    async with client() as http:
        assert "Trading rules" in (await http.get("/rules")).text
        page = (await http.get("/rules/trading")).text
        assert "Second, changed." in page
        assert 'href="/rules/trading/1"' in page
        assert "invites to treat" in (await http.get("/rules/trading/1")).text
        assert "<ins>" in (await http.get("/rules/trading/2")).text
        one = (await http.get("/rules/trading", headers=JSON)).json()
        text = await http.get("/rules/trading/2/text.json")
        assert hashlib.sha256(text.content).hexdigest() == one["rule"]["digest"]
        paper = pypdf.PdfReader(io.BytesIO((await http.get("/rules/user-agreement/1/document.pdf")).content))
        words = "".join(leaf.extract_text() for leaf in paper.pages)
        assert "User agreement" in words
        assert "用户协议" in words
        for nowhere in ("/rules/none", "/rules/trading/3", "/rules/trading/0", "/rules/trading/9/text.json"):
            assert (await http.get(nowhere)).status_code == 404, nowhere


async def test_a_draft_is_nobody_s_to_read_but_the_desk_s(client, db):
    await rules.adopt(db)
    first, _second = await rules.two(db)
    async with db.transaction() as tx:
        made = await service.draft(tx, Code.TRADING, rules.text("Secret."), rules.WHY, by=first.member)
    async with client() as http:
        for page in (f"/rules/changes/{made}", "/rules/trading/2"):
            assert (await http.get(page)).status_code == 404
        assert "Secret" not in (await http.get("/rules/trading")).text
        assert (await http.post(f"/rules/changes/{made}/comments", json={"text": "Oh."})).status_code in {403, 404}


async def test_a_change_from_draft_to_publication_by_the_pages(client, db, run_jobs):
    await rules.adopt(db)
    first, second = await rules.two(db)
    new = rules.text("First.", "Quite new.")
    async with client(as_=first) as http:
        said = {"en": new.written("en"), "zh": new.written("zh"), "why_en": "The law.", "why_zh": "法律修订。"}
        refused = await submit(http, "/rulebook/new?code=fees", "draft", **said | {"zh": "# 无"})
        assert refused.status_code == 422
        assert "Quite new." in refused.text
        drafted = await submit(http, "/rulebook/new?code=fees", "draft", **said)
        desk = drafted.headers["location"]
        assert (await submit(http, f"{desk}/edit", "draft", **said | {"why_en": "The new law."})).status_code == 303
        assert (await submit(http, desk, "consult", days="6")).status_code == 422
        assert (await submit(http, desk, "consult", days="7")).status_code == 303
    made = desk.rsplit("/", 1)[1]
    async with client() as http:
        page = f"/rules/changes/{made}"
        assert "The new law." in (await http.get(page)).text
        assert (await submit(http, page, "comment", text="<b>Cheaper!</b>", clause="2", name="Ana")).status_code == 303
        assert "Cheaper" not in (await http.get(page)).text
    async with db.transaction(read_only=True) as tx:
        [comment], _total, _waiting = await queries.comments(tx, made, desk=True)
    clock.advance(days=7)
    async with client(as_=second) as http:
        assert "&lt;b&gt;Cheaper" in (await http.get(desk)).text
        answered = await submit(http, desk, f"answer-{comment.id}", answer="It is as cheap as it can be.")
        assert answered.status_code == 303
        early = await submit(http, desk, "publish", effective_from=str(clock.now().date() + timedelta(days=30)))
        assert early.status_code == 422
        assert (await submit(http, desk, "publish")).status_code == 303
    async with client() as http:
        shown = (await http.get(page)).text
        assert "&lt;b&gt;Cheaper" in shown
        assert "as cheap as it can be" in shown


async def test_what_is_withheld_is_not_read(client, db):
    await rules.adopt(db)
    first, _second = await rules.two(db)
    made = await rules.consulted(db, first)
    comment = await say(db, made, "Director Li of Bad Ltd is a thief.")
    async with db.transaction() as tx:
        await commenting.answer(tx, comment, "It names a person.", withhold=True, by=first.member)
    async with client() as http:
        for headers in ({}, JSON):
            said = (await http.get(f"/rules/changes/{made}", headers=headers)).text
            assert "thief" not in said
            assert "It names a person." in said


async def test_visitors_comment_a_few_times_an_hour(client, db):
    await rules.adopt(db)
    first, _second = await rules.two(db)
    made = await rules.consulted(db, first)
    async with client() as http:
        page = f"/rules/changes/{made}"
        answers = [(await submit(http, page, "comment", text=f"Number {n}.")).status_code for n in range(6)]
    assert answers == [303] * 5 + [429]


async def test_pages_take_as_many_queries_for_many_comments(client, db):
    await rules.adopt(db)
    first, _second = await rules.two(db)
    made = await rules.consulted(db, first)
    await say(db, made)
    pages = (f"/rules/changes/{made}", "/rules/changes", "/rules", "/rules/trading")
    async with client() as http:
        few = await cost(http, db, *pages)
        for _n in range(9):
            await say(db, made)
        assert await cost(http, db, *pages) == few


async def test_a_change_does_not_block_its_rule_for_more_than_a_year(db):
    await rules.adopt(db)
    first, second = await rules.two(db)
    made = await rules.consulted(db, first)
    clock.advance(days=7)
    last = service.earliest(clock.now(), service.NOTICE) + service.LONGEST_NOTICE
    with pytest.raises(TooFar) as refused:
        await publish(db, made, second, day=last + timedelta(days=1))
    assert refused.value.facts["latest"] == str(last)
    await publish(db, made, second, day=last)
