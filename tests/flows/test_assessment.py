"""The platform is assessed: from counted figures, by orders that anybody can draw again, decided by two people."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import deciding, drawing, jobs, queries, rectifying, scheduling, scoring, titles, verifying
from app.assessment.errors import NotFinal, NotReady, NotWhatFollows, OwnAssessment, ProposalWaits, SecondPersonNeeded
from app.assessment.models import Assessment, AssessmentItem, AssessmentProposal
from app.assessment.rules import Rules, Standing
from app.assessment.states import (
    DECIDED_BY_TWO,
    AssessmentMove,
    AssessmentState,
    Chapter,
    Finding,
    ItemState,
    TitleState,
    Veto,
)
from app.core import clock, evidence
from app.core.errors import DomainError, Forbidden, Invalid
from app.core.jobs import JobContext
from app.core.workdays import add_working_days
from app.indicators import calendar
from app.indicators.figures import groups
from tests.factories import assessment as make
from tests.factories.assessment import WHY, ZONE, Room, bring_to
from tests.factories.contracts import make_order, make_partners
from tests.factories.indicators import MARCH, at, count_month
from tests.factories.people import Actor, make_company, make_staff
from tests.forms import submit
from tests.queries import cost
from trust.access import Member, Role

S, M = AssessmentState, AssessmentMove
JSON = {"accept": "application/json"}


@pytest.fixture
async def counted(ctx, db):
    """A March in which one order was contracted, with all its figures final."""
    with clock.at(at(date(2026, 3, 2))):
        partners = await make_partners(db)
    with clock.at(at(date(2026, 3, 20))):
        await make_order(ctx, partners)
    await count_month(ctx)


@pytest.fixture
async def room(db) -> Room:
    async with db.transaction() as tx:
        return await make.make_room(tx)


async def state_of(db: Any, id_: UUID) -> AssessmentState:
    async with db.transaction(read_only=True) as tx:
        return (await queries.one(tx, id_)).state


def scores(points: int = 90) -> dict[str, str]:
    return {
        f"{chapter.value}.{name}": value
        for chapter in Chapter
        for name, value in (("score", str(points)), ("reason", "As the figures say."))
    }


async def test_from_the_calendar_to_a_pass_that_everybody_sees(counted, room, client, db, run_jobs):
    async with client(as_=room.first) as http:
        sent = await submit(
            http, "/assessments", "schedule", month="2026-03", seed_source="Shanghai Composite, close of 30 November"
        )
        assert sent.status_code == 303, sent.text
        page = sent.headers["location"]
        assert (await submit(http, page, "lock")).status_code == 303
        assert (await submit(http, page, "seed", seed="3918.32")).status_code == 303
    async with client(as_=room.operator) as http:
        told = (await http.get(page)).text
        async with db.transaction(read_only=True) as tx:
            row = await queries.one(tx, UUID(page.rsplit("/", 1)[1]))
            figures = await queries.counted(tx, row)
        assert figures
        assert all(code in told for code in figures)
        short = await submit(http, page, "report", text=WHY)
        assert short.status_code == 422
        assert "This field is needed." in short.text
        assert WHY in short.text
        said = {f"figures.{code.replace('.', '_')}": str(value) for code, value in figures.items()}
        assert (await submit(http, page, "report", text=WHY, **said)).status_code == 303
    async with client(as_=room.first) as http:
        assert (await submit(http, page, "draw")).status_code == 303
        out = (await http.get(page, headers=JSON)).json()
        assert [one["place"] for one in out["sample"]] == [1]
        assert out["sample"][0]["order"].startswith("PO-")
        unsaid = await submit(http, page, "finding", finding="differs")
        assert unsaid.status_code == 422
        assert (await submit(http, page, "finding", finding="agrees")).status_code == 303
        assert (await submit(http, page, "scores-form", **scores())).status_code == 303
        assert (await submit(http, page, "proposal", decision="pass", reason=WHY)).status_code == 303
        assert "another person decides" in (await http.get(page)).text
    async with client(as_=room.second) as http:
        assert (await submit(http, page, "agree")).status_code == 303
        out = (await http.get(page, headers=JSON)).json()
    assert (out["state"], out["score"], out["asked"]) == ("passed", "90", "pass")
    async with client() as http:
        public = (await http.get("/assessment", headers=JSON)).json()["assessments"][0]
        assert [one["decision"] for one in public["decisions"]] == ["pass"]
        listed = await http.get(f"/assessment/{public['id']}/orders.txt")
        drawn = await http.get(f"/assessment/{public['id']}/sample.txt")
        program = await http.get("/assessment/draw.py")
        shown = (await http.get("/assessment")).text
    assert drawn.text.split() == drawing.draw(public["seed"], listed.text.split())
    assert b"def draw(" in program.content
    assert WHY in shown
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, UUID(public["id"]))
        assert (await evidence.verify(tx, row.itself)).whole
        kinds = [link.kind for link in await evidence.chain(tx, row.itself)]
        letters = await tx.scalar(text("SELECT count(*) FROM job WHERE arguments ->> 'template' = 'assessment_news'"))
    assert kinds == [
        f"assessment.{kind}"
        for kind in ("scheduled", "locked", "seed", "reported", "drawn", "found", "scored", "proposed", "agreed")
    ]
    assert letters == 9  # five to the operator; two to each of those who lead
    await run_jobs()  # every letter can be written


@dataclass(frozen=True)
class Try:
    """Somebody tries a step of an assessment."""

    tx: AsyncSession
    ctx: JobContext
    id: UUID
    room: Room
    by: Member

    async def items(self) -> list[AssessmentItem]:
        return await queries.items(self.tx, await queries.one(self.tx, self.id))

    async def said_done(self) -> list[UUID]:
        """The items, all of which the operator says to be done; where there is none, what is none."""
        found = await self.items()
        for item in found:
            if item.state == ItemState.OPEN:
                operator = self.room.operator.member
                await rectifying.note(self.tx, self.id, item.id, "Done.", done=True, by=operator)
        return [item.id for item in found] or [self.id]


Step = Callable[[Try], Awaitable[object]]


async def _draw(of: Try) -> None:
    await scheduling.publish_seed(of.tx, of.id, "7", by=of.by)
    secret = of.ctx.settings.secret_key.get_secret_value()
    await verifying.draw_sample(of.tx, of.ctx.files, of.id, secret=secret, zone=ZONE, by=of.by)


async def _report(of: Try) -> None:
    figures = await queries.counted(of.tx, await queries.one(of.tx, of.id))
    await verifying.report(of.tx, of.id, figures, WHY, by=of.by)


async def _note(of: Try) -> None:
    for item_id in [item.id for item in await of.items()] or [of.id]:
        await rectifying.note(of.tx, of.id, item_id, "Done.", done=True, by=of.by)


async def _accept(of: Try) -> None:
    for item_id in await of.said_done():
        await rectifying.accept(of.tx, of.id, item_id, "Seen.", by=of.by)


async def _refuse(of: Try) -> None:
    for item_id in await of.said_done():
        await rectifying.refuse(of.tx, of.id, item_id, "Not seen.", by=of.by)


async def _hand_in(of: Try) -> None:
    await of.said_done()
    await rectifying.hand_in(of.tx, of.id, by=of.by)


def _proposing(decision: AssessmentMove) -> Step:
    async def propose(of: Try) -> None:
        await deciding.propose(of.tx, of.id, decision, WHY, make.to_do(), zone=ZONE, by=of.by)

    return propose


LEADS, ANSWERS = Role.EVALUATOR, Role.ADMIN
ALL_80 = dict.fromkeys(Chapter, (80, WHY))
STEPS: dict[str, tuple[Role, Step]] = {
    "lock": (LEADS, lambda of: scheduling.lock(of.tx, of.ctx.files, of.id, by=of.by)),
    "seed": (LEADS, lambda of: scheduling.publish_seed(of.tx, of.id, "7", by=of.by)),
    "report": (ANSWERS, _report),
    "draw": (LEADS, _draw),
    "find": (LEADS, lambda of: verifying.find(of.tx, of.id, 1, Finding.MISSING, "Nothing shown.", by=of.by)),
    "score": (LEADS, lambda of: scoring.score(of.tx, of.id, ALL_80, by=of.by)),
    "veto": (LEADS, lambda of: scoring.veto(of.tx, of.id, Veto.REFUSAL, WHY, stands=True, curable=True, by=of.by)),
    "note": (ANSWERS, _note),
    "accept": (LEADS, _accept),
    "refuse": (LEADS, _refuse),
    "hand in": (ANSWERS, _hand_in),
    "state": (ANSWERS, lambda of: rectifying.state(of.tx, of.id, WHY, zone=ZONE, by=of.by)),
    **{f"propose {move}": (LEADS, _proposing(move)) for move in DECIDED_BY_TWO},
}
MAY: dict[AssessmentState, set[str]] = {
    S.SCHEDULED: {"lock"},
    S.DATA_LOCK: {"seed", "report"},
    S.SELF_REPORT: {"seed", "draw"},
    S.VERIFY: {"find", "score", "veto"},
    S.SCORED: {"score", "veto", "propose pass"},
    S.RECTIFY: {"note", "accept", "refuse", "hand in"},
    S.RECHECK: {"score", "veto"},
    S.NOTICE: {"state", "propose withdraw"},
    S.PASSED: set(),
    S.REVOKED: set(),
}
"""What may be done next in each state, by whom STEPS says. A pass was scored; nothing was said to the notice yet."""


class Undone(Exception):
    """What was tried is taken back."""


async def tried(db, ctx, step: Step, id_: UUID, room: Room, by: Actor) -> DomainError | None:
    """What came of it: None where it was done. Nothing stays."""
    try:
        async with db.transaction() as tx:
            await step(Try(tx, ctx, id_, room, by.member))
            await tx.flush()
            raise Undone
    except Undone:
        return None
    except DomainError as error:
        return error


@pytest.mark.parametrize("state", list(S))
async def test_every_step_in_every_state_by_everybody(counted, room, db, ctx, state):
    id_ = await bring_to(ctx, room, state)
    assert await state_of(db, id_) == state
    async with db.transaction() as tx:
        people = {
            Role.EVALUATOR: room.second,
            Role.ADMIN: room.operator,
            Role.MODERATOR: await make_staff(tx, Role.MODERATOR),
            Role.OWNER: await make_company(tx),
        }
    wrong = []
    for name, (role, step) in STEPS.items():
        for who, actor in people.items():
            error = await tried(db, ctx, step, id_, room, actor)
            if who is not role:
                good = isinstance(error, DomainError)
                good = good and (isinstance(error, Forbidden) or name not in MAY[state])
            else:
                good = (error is None) == (name in MAY[state]) and not isinstance(error, Forbidden)
            if not good:
                wrong.append(f"{name} by {who} in {state}: {error!r}")
    assert wrong == []


async def test_data_are_locked_once_every_figure_is_final(ctx, room, db):
    with clock.at(at(date(2026, 3, 2))):
        await make_partners(db)
    await count_month(ctx, MARCH, *[name for name in groups.CLOSINGS if name != groups.COMPLETION])
    await count_month(ctx, MARCH, groups.COMPLETION, revision=calendar.PROVISIONAL)
    id_ = await make.schedule(ctx, room)
    with pytest.raises(NotFinal) as refused:
        await make.lock(ctx, id_, room)
    assert refused.value.facts["missing"] == [groups.COMPLETION]
    await count_month(ctx, MARCH, groups.COMPLETION)
    await make.lock(ctx, id_, room)
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        assert set(row.closes) == set(groups.CLOSINGS)
        assert row.closes[groups.COMPLETION]["revision"] == calendar.FINAL
        assert (row.orders, row.state) == (0, S.DATA_LOCK)


async def test_a_period_is_assessed_once_and_after_its_end(counted, room, ctx, db):
    await make.schedule(ctx, room)
    with pytest.raises(DomainError):
        await make.schedule(ctx, room)
    with pytest.raises(Invalid):
        await make.schedule(ctx, room, date(2027, 1, 31))


async def test_two_who_do_the_same_at_once_do_it_once(counted, room, ctx, db):
    async def schedule() -> object:
        return await make.schedule(ctx, room)

    async def enter() -> object:
        async with db.transaction() as tx:
            return await titles.enter(tx, make.AWARDED, zone=ZONE, by=room.first.member)

    for step in (schedule, enter):
        came = await asyncio.gather(step(), step(), return_exceptions=True)
        assert sorted(type(one).__name__ for one in came) == ["Conflict", "UUID"]


async def test_two_who_agree_at_once_decide_once(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.SCORED)
    async with db.transaction() as tx:
        proposal = await make.propose(tx, id_, room, M.PASS)

    async def agree() -> None:
        async with db.transaction() as tx:
            await deciding.agree(tx, id_, proposal, zone=ZONE, by=room.second.member)

    came = await asyncio.gather(agree(), agree(), return_exceptions=True)
    assert sorted(type(one).__name__ for one in came) == ["IllegalMove", "NoneType"]
    assert await state_of(db, id_) == S.PASSED


async def test_what_is_decided_follows_from_what_was_found(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.SCORED)
    async with db.transaction() as tx:
        with pytest.raises(NotWhatFollows):
            await make.propose(tx, id_, room, M.RECTIFY)
    async with db.transaction() as tx:
        said = {"stands": True, "curable": True}
        await scoring.veto(tx, id_, Veto.REFUSAL, WHY, **said, by=room.first.member)
        with pytest.raises(NotWhatFollows):
            await make.propose(tx, id_, room, M.PASS)
        proposal = await make.propose(tx, id_, room, M.RECTIFY)
        with pytest.raises(ProposalWaits):
            await scoring.score(tx, id_, dict.fromkeys(Chapter, (99, WHY)), by=room.second.member)
        with pytest.raises(SecondPersonNeeded):
            await deciding.agree(tx, id_, proposal, zone=ZONE, by=room.first.member)
        await deciding.decline(tx, id_, proposal, by=room.second.member)
        assert (await queries.one(tx, id_)).state == S.SCORED
        again = await make.propose(tx, id_, room, M.RECTIFY)
        await deciding.agree(tx, id_, again, zone=ZONE, by=room.second.member)
        row = await queries.one(tx, id_)
        assert (row.state, row.rectify_by) == (S.RECTIFY, make.today() + timedelta(days=60))


async def test_whoever_answers_for_the_operator_does_not_assess(counted, room, ctx, db):
    async with db.transaction() as tx:
        both = await make_staff(tx, Role.EVALUATOR, Role.ADMIN)
        with pytest.raises(OwnAssessment):
            await scheduling.schedule(tx, MARCH, "Closing price of a day", zone=ZONE, by=both.member)


@pytest.mark.parametrize(("times", "decision"), [("1.1", M.PASS), ("1.11", M.NOTIFY), ("0.89", M.NOTIFY)])
async def test_a_report_that_is_off_by_more_than_a_tenth_is_forged(counted, room, ctx, db, times, decision):
    id_ = await make.schedule(ctx, room)
    await make.lock(ctx, id_, room)
    await make.report(ctx, id_, room, Decimal(times))
    await make.draw(ctx, id_, room)
    await make.look(ctx, id_, room)
    await make.score(ctx, id_, room, 95)
    async with db.transaction() as tx:
        now = await scoring.judged(tx, await queries.one(tx, id_))
        forged = [Standing(Veto.FORGED, False)]
        assert (now.asked, now.vetoes) == (decision, forged if decision is M.NOTIFY else [])
        if decision is M.NOTIFY:
            said = {"stands": False, "curable": False}
            await scoring.veto(
                tx, id_, Veto.FORGED, "Counted by another day: see the letter.", **said, by=room.first.member
            )
            assert (await scoring.judged(tx, await queries.one(tx, id_))).asked is M.PASS


async def test_things_are_put_right_and_checked_again(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.RECTIFY)
    await make.put_right(ctx, id_, room)
    await make.hand_in(ctx, id_, room)
    async with db.transaction() as tx:
        with pytest.raises(NotReady):  # scored before, not again
            await make.propose(tx, id_, room, M.NOTIFY)
    await make.score(ctx, id_, room, 85)
    await make.decide(ctx, id_, room, M.PASS)
    assert await state_of(db, id_) == S.PASSED


async def test_what_is_not_accepted_costs_the_title(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.RECTIFY)
    await make.put_right(ctx, id_, room, accepted=False)
    await make.hand_in(ctx, id_, room)
    await make.score(ctx, id_, room, 95)
    async with db.transaction() as tx:
        with pytest.raises(NotWhatFollows):
            await make.propose(tx, id_, room, M.PASS)
    await make.decide(ctx, id_, room, M.NOTIFY)
    assert await state_of(db, id_) == S.NOTICE


def midnight(day: date) -> datetime:
    """The first moment of a day in the zone of reporting."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))


async def test_the_last_day_to_put_things_right_is_whole(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.RECTIFY)
    async with db.transaction(read_only=True) as tx:
        last = (await queries.one(tx, id_)).rectify_by
    after = midnight(last + timedelta(days=1))
    with clock.at(after - timedelta(seconds=30)):
        await jobs.end_times(ctx)
    assert await state_of(db, id_) == S.RECTIFY
    with clock.at(after):
        await jobs.end_times(ctx)
        await jobs.end_times(ctx)
    assert await state_of(db, id_) == S.RECHECK
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        kinds = [link.kind for link in await evidence.chain(tx, row.itself)]
    assert kinds.count("assessment.expired") == 1


async def test_a_notice_runs_ten_working_days_and_then_the_title_goes(counted, room, ctx, db, client):
    title = await make.hold_title(ctx, room)
    id_ = await bring_to(ctx, room, S.NOTICE)
    async with db.transaction(read_only=True) as tx:
        last = (await queries.one(tx, id_)).statement_by
    assert last == add_working_days(make.today(), 10)
    after = midnight(last + timedelta(days=1))
    with clock.at(after - timedelta(seconds=30)):
        await jobs.end_times(ctx)
        async with db.transaction() as tx:
            with pytest.raises(NotReady):
                await make.propose(tx, id_, room, M.REVOKE)
            await rectifying.state(tx, id_, WHY, zone=ZONE, by=room.operator.member)
            await tx.rollback()
    with clock.at(after):
        async with db.transaction() as tx:
            with pytest.raises(NotReady):
                await rectifying.state(tx, id_, WHY, zone=ZONE, by=room.operator.member)
        await jobs.end_times(ctx)
        await jobs.end_times(ctx)
        await make.decide(ctx, id_, room, M.REVOKE)
    async with db.transaction(read_only=True) as tx:
        assert await queries.title(tx) is None
        [row] = await queries.titles(tx)
        assert (row.id, row.state, row.revoked_by) == (title, TitleState.REVOKED, id_)
        kinds = [link.kind for link in await evidence.chain(tx, (await queries.one(tx, id_)).itself)]
        assert kinds.count("assessment.statement_over") == 1
        assert (await evidence.chain(tx, row.itself))[-1].kind == "assessment_title.revoked"
    async with client() as http:
        out = (await http.get("/assessment", headers=JSON)).json()
        assert out["titles"][0]["state"] == "revoked"
        assert [one["decision"] for one in out["assessments"][0]["decisions"]] == ["notify", "revoke"]
        assert make.AWARDED.certificate in (await http.get("/assessment")).text


async def test_once_heard_it_is_decided_or_withdrawn(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.NOTICE)
    async with db.transaction() as tx:
        with pytest.raises(NotReady):
            await make.propose(tx, id_, room, M.REVOKE)
    await make.answer(ctx, id_, room)
    async with db.transaction() as tx:
        await make.propose(tx, id_, room, M.REVOKE)
        await tx.rollback()
    await make.decide(ctx, id_, room, M.WITHDRAW)
    assert await state_of(db, id_) == S.SCORED
    await make.decide(ctx, id_, room, M.NOTIFY)
    async with db.transaction() as tx:
        with pytest.raises(NotReady):  # what was said to the notice before does not count for this one
            await make.propose(tx, id_, room, M.REVOKE)


async def test_a_title_is_held_once_two_people_have_read_the_certificate(room, ctx, db):
    async with db.transaction() as tx:
        future = replace(make.AWARDED, valid_from=make.today() + timedelta(days=1))
        with pytest.raises(Invalid):
            await titles.enter(tx, future, zone=ZONE, by=room.first.member)
        id_ = await titles.enter(tx, make.AWARDED, zone=ZONE, by=room.first.member)
        with pytest.raises(SecondPersonNeeded):
            await titles.confirm(tx, id_, by=room.first.member)
        assert await queries.title(tx) is None
        await titles.confirm(tx, id_, by=room.second.member)
        assert (await queries.title(tx)).certificate == make.AWARDED.certificate
        with pytest.raises(DomainError):
            await titles.enter(tx, replace(make.AWARDED, certificate="X-2"), zone=ZONE, by=room.first.member)


async def test_the_badge_stands_in_every_foot_while_the_title_is_held(counted, room, app, ctx, client):
    async def shown() -> bool:
        await app.state.badge.read()
        async with client() as http:
            return make.AWARDED.certificate in (await http.get("/about")).text

    assert not await shown()
    async with ctx.db.transaction() as tx:
        title = await titles.enter(tx, make.AWARDED, zone=ZONE, by=room.first.member)
    assert not await shown()
    async with ctx.db.transaction() as tx:
        await titles.confirm(tx, title, by=room.second.member)
    assert await shown()
    id_ = await bring_to(ctx, room, S.NOTICE)
    assert await shown()
    await make.answer(ctx, id_, room)
    await make.decide(ctx, id_, room, M.REVOKE)
    assert not await shown()


async def test_rules_begin_tomorrow_and_what_is_scheduled_keeps_its_own(counted, room, ctx, db):
    id_ = await make.schedule(ctx, room)
    async with db.transaction() as tx:
        old = await queries.rules_of(tx, await queries.one(tx, id_))
        new = replace(old, pass_from=95)
        said = {"source": "A letter of the ministry.", "zone": ZONE, "by": room.first.member}
        with pytest.raises(Invalid):
            await scheduling.set_rules(tx, new, since=make.today(), **said)
        heavy = replace(old, weights={**old.weights, Chapter.SCALE: 26})
        with pytest.raises(Invalid):
            await scheduling.set_rules(tx, heavy, since=make.today() + timedelta(days=1), **said)
        await scheduling.set_rules(tx, new, since=make.today() + timedelta(days=1), **said)
        today, tomorrow = make.today(), make.today() + timedelta(days=1)
        assert Rules.load((await queries.rules_on(tx, today)).said) == old
        assert Rules.load((await queries.rules_on(tx, tomorrow)).said) == new
        assert await queries.rules_of(tx, await queries.one(tx, id_)) == old


async def test_what_if_keeps_nothing(counted, room, ctx, client, db):
    id_ = await bring_to(ctx, room, S.SCORED)
    async with client(as_=room.first) as http:
        path = f"/assessments/{id_}/what-if"
        as_is = (await http.get(path, headers=JSON)).json()
        lower = (await http.get(f"{path}?scale=0&trust=0", headers=JSON)).json()
        other = (await http.get(f"{path}?scale=0&weight_scale=0&weight_growth=40", headers=JSON)).json()
        unsound = (await http.get(f"{path}?weight_scale=26", headers=JSON)).json()
        assert (await http.get(f"{path}?weight_scale=26")).status_code == 200
        assert (await http.get(f"{path}?scale=101", headers=JSON)).status_code == 422
    assert (as_is["score"], as_is["decision"]) == ("90", "pass")
    assert (Decimal(lower["score"]), lower["decision"]) == (45, "notify")
    assert (Decimal(other["score"]), other["decision"]) == (90, "pass")
    assert (unsound["score"], unsound["decision"]) == (None, None)
    async with db.transaction(read_only=True) as tx:
        assert len(await queries.sheets(tx, await queries.one(tx, id_))) == 1


FIXED = {
    "another seed": "UPDATE assessment SET seed = '1'",
    "another lock": "UPDATE assessment SET lock = repeat('0', 64)",
    "another month": "UPDATE assessment SET last = '2026-02-28'",
    "no assessment": "DELETE FROM assessment",
    "another report": "UPDATE assessment_report SET text = 'x'",
    "another draw": "DELETE FROM assessment_sample",
    "another finding": "UPDATE assessment_finding SET finding = 'agrees'",
    "another score": "UPDATE assessment_sheet SET scores = '{}'",
    "another decision": "UPDATE assessment_proposal SET decision = 'pass'",
    "a decision again": "UPDATE assessment_proposal SET decided_at = now()",
    "more time": "UPDATE assessment_item SET due_on = '2030-01-01'",
    "other rules": "UPDATE assessment_rules SET said = '{}'",
}


async def test_what_was_said_and_decided_stays(counted, room, ctx, db):
    await bring_to(ctx, room, S.RECTIFY)
    for what, statement in FIXED.items():
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(statement))
        assert what
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(Assessment.state)) == S.RECTIFY
        assert await tx.scalar(select(AssessmentProposal.decision)) == M.RECTIFY


async def test_pages_ask_as_much_for_many_as_for_one(counted, room, ctx, client, db):
    id_ = await bring_to(ctx, room, S.RECTIFY)
    async with client(as_=room.first) as http:
        pages = ("/assessments", "/assessment", f"/assessments/{id_}")
        await cost(http, db, *pages)
        before = await cost(http, db, *pages)
        await make.put_right(ctx, id_, room)
        await count_month(ctx, date(2026, 4, 30))
        await bring_to(ctx, room, S.PASSED, date(2026, 4, 30))
        assert await cost(http, db, *pages) == before


async def test_rooms_are_empty_before_anything_was_assessed(room, client):
    async with client(as_=room.first) as http:
        assert "Nothing was assessed yet" in (await http.get("/assessments")).text
    async with client() as http:
        assert "never held one" in (await http.get("/assessment")).text
        assert (await http.get("/assessments")).status_code == 303
