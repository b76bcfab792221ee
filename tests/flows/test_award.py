"""An application for the title: a dossier, a committee with closed sheets, two people, the public, a certificate."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import jobs as title_jobs
from app.assessment import queries as assessment
from app.assessment import titles
from app.assessment.states import Chapter, TitleState
from app.award import applying, checking, deciding, jobs, objecting, queries, reviewing, ruling
from app.award.errors import Incomplete, NotReady, NotWhatFollows, SecondPersonNeeded
from app.award.models import Application, AwardFile
from app.award.rules import last_day
from app.award.states import ApplicationState, ObjectionState, Outcome, Result, ReviewerState, Upheld
from app.core import clock, evidence
from app.core.errors import DomainError, Forbidden, Invalid
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.workdays import add_working_days
from app.indicators.reporting import queries as reports
from tests.factories import assessment as assess
from tests.factories import award as make
from tests.factories.award import WHY, ZONE, Room, bring_to
from tests.factories.contracts import make_order, make_partners
from tests.factories.files import PDF
from tests.factories.indicators import at, count_month, make_report
from tests.factories.people import Actor, make_company, make_member, make_staff
from tests.forms import submit
from tests.queries import cost
from trust.access import Member, Role
from trust.identity.models import Organisation

S = ApplicationState
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


async def state_of(db: Any, id_: UUID) -> ApplicationState:
    async with db.transaction(read_only=True) as tx:
        return (await queries.one(tx, id_)).state


async def row_of(db: Any, id_: UUID) -> Application:
    async with db.transaction(read_only=True) as tx:
        return await queries.one(tx, id_)


def midnight(day: date) -> datetime:
    """The first moment of a day in the zone of reporting."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))


def sheet(points: int = 90, prefix: str = "") -> dict[str, str]:
    return {
        f"{prefix}{chapter.value}.{name}": value
        for chapter in Chapter
        for name, value in (("score", str(points)), ("reason", "As the dossier says."))
    }


async def write_by_hand(http: Any, page: str) -> None:
    """Every part of the dossier, by its form."""
    known = (await http.get(f"{page}/dossier", headers=JSON)).json()["parts"]
    assert [one["code"] for one in known if one["lacks"]] == [one["code"] for one in known]
    for part in known:
        said = sheet(85, "scores.") if "scores" in part["needs"] else {}
        files = {"files": ("paper.pdf", PDF + part["code"].encode(), "application/pdf")}
        given = files if "files" in part["needs"] else None
        form = f"part-{part['code']}"
        sent = await submit(http, f"{page}/dossier", form, files=given, text=f"Of {part['code']}.", **said)
        assert sent.status_code == 303, sent.text


async def test_from_the_draft_to_the_badge(counted, room, app, client, db, run_jobs, ctx):
    async with client(as_=room.operator) as http:
        begun = await submit(http, "/title-applications", "begin", month="2026-03")
        assert begun.status_code == 303, begun.text
        page = begun.headers["location"].removesuffix("/dossier")
        early = await submit(http, f"{page}/dossier", "submit")
        assert early.status_code == 422
        assert "Business licence (file)" in early.text
        await write_by_hand(http, page)
        assert (await submit(http, f"{page}/dossier", "submit")).status_code == 303
        assert (await http.get(f"{page}/dossier")).headers["location"] == page
        assert "An evaluator checks next" in (await http.get(page)).text
    id_ = UUID(page.rsplit("/", 1)[1])
    async with client(as_=room.lead) as http:
        assert (await submit(http, page, "take-up")).status_code == 303
        parts = [one["code"] for one in (await http.get(page, headers=JSON)).json()["parts"]]
        ticked = {f"parts.{code}.complete": "true" for code in parts}
        unsaid = await submit(http, page, "check", outcome="admit", **(ticked | {f"parts.{parts[0]}.complete": ""}))
        assert unsaid.status_code == 422
        checked = {"outcome": "admit", "demonstration": "true", "reference": "List of 2025, no. 12"}
        assert (await submit(http, page, "check", **ticked, **checked)).status_code == 303
        names = [str(one.id) for one in room.reviewers]
        assert (await submit(http, page, "name", members=names)).status_code == 303
    for reviewer in room.reviewers:
        async with client(as_=reviewer) as http:
            assert "You are of this committee" in (await http.get(page)).text
            assert (await submit(http, f"{page}/sheet", "statement", conflict="none")).status_code == 303
            assert (await submit(http, f"{page}/sheet", "sheet", **sheet())).status_code == 303
            assert "As the dossier says." in (await http.get(f"{page}/sheet")).text
    async with client(as_=room.lead) as http:
        assert (await submit(http, page, "propose", reason=WHY)).status_code == 303
        assert "another person decides" in (await http.get(page)).text
    async with client(as_=room.second) as http:
        assert (await submit(http, page, "agree")).status_code == 303
    async with client() as http:
        shown = (await http.get(f"/assessment/applications/{id_}")).text
        assert WHY in shown
        assert "Award the title" in shown
        assert (await http.get("/assessment/applications")).status_code == 200
    row = await row_of(db, id_)
    with clock.at(midnight(row.publicity_until + timedelta(days=1))):
        await jobs.end_times(ctx)
        today = row.publicity_until + timedelta(days=1)
        async with client() as http:
            told = (await http.get(f"/assessment/applications/{id_}", headers=JSON)).json()
            assert told["certificate"] == f"KP-{today.year}-001"
            assert (told["valid_from"], told["valid_until"]) == (str(today), str(last_day(today, 3)))
            await app.state.badge.read()
            assert told["certificate"] in (await http.get("/about")).text
            assert told["certificate"] in (await http.get("/assessment")).text
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        assert (await evidence.verify(tx, row.itself)).whole
        kinds = [link.kind.removeprefix("award.") for link in await evidence.chain(tx, row.itself)]
        letters = await tx.scalar(text("SELECT count(*) FROM job WHERE arguments ->> 'template' = 'award_news'"))
    reviewed = ["stated", "sheet"] * 3
    assert kinds == [
        *("opened", "submitted", "taken_up", "admit", "named", *reviewed),
        *("opened_sheets", "proposed", "agreed", "awarded"),
    ]
    # six evaluators read four pieces of news, the operator three, three reviewers that they are named
    assert letters == 6 * 4 + 3 + 3
    await run_jobs()  # every letter can be written


@dataclass(frozen=True)
class Try:
    """Somebody tries a step of an application."""

    tx: AsyncSession
    ctx: JobContext
    id: UUID
    room: Room
    by: Member


Step = Callable[[Try], Awaitable[object]]


async def _write(of: Try) -> None:
    said = applying.Said("Other words.", None, [])
    await applying.write(of.tx, of.id, "profile", said, zone=ZONE, by=of.by)


async def _take_out(of: Try) -> None:
    row = await queries.one(of.tx, of.id)
    files = (await queries.files(of.tx, row)).get("licence", [])
    await applying.take_out(of.tx, of.id, files[0].id if files else of.id, zone=ZONE, by=of.by)


def _checking(outcome: Outcome) -> Step:
    async def check(of: Try) -> None:
        missing = [] if outcome is Outcome.ADMIT else ["team"]
        said = await make.found(of.tx, of.id, outcome, missing=missing)
        await checking.check(of.tx, of.id, said, zone=ZONE, by=of.by)

    return check


async def _name(of: Try) -> None:
    await reviewing.name(of.tx, of.id, [one.id for one in of.room.reviewers], by=of.by)


async def _propose(of: Try) -> None:
    await deciding.propose(of.tx, of.id, Result.AWARD, WHY, by=of.by)


async def _proposal(of: Try) -> UUID:
    found = await queries.proposals(of.tx, await queries.one(of.tx, of.id))
    return found[0].id if found else of.id


async def _agree(of: Try) -> None:
    await deciding.agree(of.tx, of.id, await _proposal(of), zone=ZONE, by=of.by)


async def _decline(of: Try) -> None:
    await deciding.decline(of.tx, of.id, await _proposal(of), by=of.by)


LEADS, ANSWERS = Role.EVALUATOR, Role.ADMIN
STEPS: dict[str, tuple[Role, Step]] = {
    "write": (ANSWERS, _write),
    "take out": (ANSWERS, _take_out),
    "submit": (ANSWERS, lambda of: applying.submit(of.tx, of.id, zone=ZONE, by=of.by)),
    "withdraw": (ANSWERS, lambda of: applying.withdraw(of.tx, of.id, "Too early.", by=of.by)),
    "take up": (LEADS, lambda of: checking.take_up(of.tx, of.id, by=of.by)),
    **{outcome.value: (LEADS, _checking(outcome)) for outcome in Outcome},
    "name": (LEADS, _name),
    "propose": (LEADS, _propose),
    "agree": (LEADS, _agree),
    "decline": (LEADS, _decline),
}
MAY: dict[ApplicationState, set[str]] = {
    S.DRAFT: {"write", "withdraw"},
    S.SUBMITTED: {"take up", "withdraw"},
    S.FORMAL_CHECK: {"admit", "return", "refuse", "withdraw"},
    S.RETURNED: {"write", "take out", "submit", "withdraw"},
    S.COMMITTEE_REVIEW: {"name", "withdraw"},
    S.PROPOSED: {"agree", "decline", "withdraw"},
    S.PUBLICITY: set(),
    S.AWARDED: set(),
    S.REJECTED: set(),
    S.WITHDRAWN: set(),
}
"""What may be done next in each state, by whom STEPS says."""


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


async def at_state(ctx: JobContext, db: Any, room: Room, state: ApplicationState) -> UUID:
    """An application in any state."""
    if state == S.RETURNED:
        id_ = await bring_to(ctx, room, S.FORMAL_CHECK)
        await make.check(ctx, id_, room, Outcome.RETURN, missing=["team"])
    elif state == S.WITHDRAWN:
        id_ = await bring_to(ctx, room, S.DRAFT)
        async with db.transaction() as tx:
            await applying.withdraw(tx, id_, "Too early.", by=room.operator.member)
    elif state in (S.AWARDED, S.REJECTED):
        id_ = await bring_to(ctx, room, S.PUBLICITY, 90 if state == S.AWARDED else 40)
        await over(ctx, db, id_)
    else:
        id_ = await bring_to(ctx, room, state)
    assert await state_of(db, id_) == state
    return id_


async def over(ctx: JobContext, db: Any, id_: UUID) -> None:
    """The clock comes by when the days for objections are over."""
    last = (await row_of(db, id_)).publicity_until
    assert last is not None
    with clock.at(midnight(last + timedelta(days=1))):
        await jobs.end_times(ctx)


@pytest.mark.parametrize("state", list(S))
async def test_every_step_in_every_state_by_everybody(counted, room, db, ctx, state):
    id_ = await at_state(ctx, db, room, state)
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
                good = isinstance(error, Forbidden)
            else:
                good = (error is None) == (name in MAY[state]) and not isinstance(error, Forbidden)
            if not good:
                wrong.append(f"{name} by {who} in {state}: {error!r}")
    assert wrong == []


async def test_a_dossier_is_handed_in_whole(counted, room, ctx, db):
    id_ = await make.begin(ctx, room)
    await make.write(ctx, id_, room, but=("team", "self", "rules"))
    with pytest.raises(Incomplete) as refused:
        await make.submit(ctx, id_, room)
    assert refused.value.facts["missing"] == {"team": ["text"], "rules": ["files"], "self": ["scores"]}
    assert await state_of(db, id_) == S.DRAFT
    await make.write(ctx, id_, room)
    await make.submit(ctx, id_, room)
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        kept = await queries.submission(tx, row)
        assert row.digest == kept.digest
        assert kept.dossier["figures"]
        assert len(kept.dossier["parts"]["licence"]["files"]) == 2
        assert set(kept.dossier["parts"]["self"]["scores"]) == {chapter.value for chapter in Chapter}
        [_opened, link] = await evidence.chain(tx, row.itself)
        assert link.data["digest"] == row.digest


async def test_a_dossier_rests_on_final_figures(room, ctx, db):
    with pytest.raises(Invalid):
        await make.begin(ctx, room, date(2027, 1, 31))
    id_ = await make.begin(ctx, room)
    await make.write(ctx, id_, room)
    with pytest.raises(DomainError) as refused:
        await make.submit(ctx, id_, room)
    assert refused.value.code == "assessment_figures_not_final"
    assert await state_of(db, id_) == S.DRAFT


async def test_it_is_returned_once_and_completed_in_time(counted, room, ctx, db, client):
    id_ = await bring_to(ctx, room, S.FORMAL_CHECK)
    with pytest.raises(NotWhatFollows):
        await make.check(ctx, id_, room, Outcome.ADMIT, missing=["team"])
    with pytest.raises(NotWhatFollows):
        await make.check(ctx, id_, room, Outcome.RETURN)
    await make.check(ctx, id_, room, Outcome.RETURN, missing=["team"])
    row = await row_of(db, id_)
    assert row.complete_by == add_working_days(assess.today(), 10)
    async with client(as_=room.operator) as http:
        asked = (await http.get(f"/title-applications/{id_}/dossier")).text
        assert "Out of date." in asked
    first = row.digest
    await make.write(ctx, id_, room)
    await make.submit(ctx, id_, room)
    await make.take_up(ctx, id_, room)
    assert (await row_of(db, id_)).digest != first
    with pytest.raises(NotWhatFollows):
        await make.check(ctx, id_, room, Outcome.RETURN, missing=["team"])
    await make.check(ctx, id_, room, Outcome.REFUSE, missing=["team"])
    assert await state_of(db, id_) == S.REJECTED
    async with client() as http:
        assert (await http.get(f"/assessment/applications/{id_}")).status_code == 404  # nothing was published


async def test_the_last_day_to_complete_it_is_whole(counted, room, ctx, db):
    id_ = await at_state(ctx, db, room, S.RETURNED)
    after = midnight((await row_of(db, id_)).complete_by + timedelta(days=1))
    with clock.at(after - timedelta(seconds=30)):
        await jobs.end_times(ctx)
        assert await state_of(db, id_) == S.RETURNED
        async with db.transaction() as tx:
            await _write(Try(tx, ctx, id_, room, room.operator.member))
            await tx.rollback()
    with clock.at(after):
        with pytest.raises(NotReady):
            await make.submit(ctx, id_, room)
        await jobs.end_times(ctx)
        await jobs.end_times(ctx)
    assert await state_of(db, id_) == S.FORMAL_CHECK
    await make.check(ctx, id_, room, Outcome.ADMIT)


async def test_nobody_is_admitted_who_comes_from_nowhere(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.FORMAL_CHECK)
    async with db.transaction() as tx:
        said = await make.found(tx, id_, Outcome.ADMIT)
        for wrong in (replace(said, demonstration=False), replace(said, reference=""), replace(said, parts={})):
            with pytest.raises(Invalid):
                await checking.check(tx, id_, wrong, zone=ZONE, by=room.lead.member)
        unsaid = replace(said, demonstration=False, outcome=Outcome.REFUSE, reason="")
        with pytest.raises(Invalid):
            await checking.check(tx, id_, unsaid, zone=ZONE, by=room.lead.member)
    assert await state_of(db, id_) == S.FORMAL_CHECK


async def test_a_committee_is_odd_and_of_others(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.COMMITTEE_REVIEW)
    async with db.transaction() as tx:
        platform = (await tx.scalars(select(Organisation).where(Organisation.id == room.lead.organisation_id))).one()
        both = await make_member(tx, platform, roles=(Role.EVALUATOR, Role.ADMIN))
    one, two, three = room.reviewers
    for people in (
        [one],
        [one, two],
        [one, two, room.lead],
        [one, two, room.operator],
        [one, two, both],
        [one, one, two],
    ):
        with pytest.raises(Invalid):
            await make.name(ctx, id_, room, *people)
    await make.name(ctx, id_, room)
    with pytest.raises(Invalid):
        await make.name(ctx, id_, room, one, room.second)  # one is seated already
    with pytest.raises(DomainError):
        await make.score(ctx, id_, three)  # the statement comes first


async def test_who_has_a_conflict_is_replaced_and_never_sees_scores(counted, room, ctx, db, client):
    id_ = await bring_to(ctx, room, S.COMMITTEE_REVIEW)
    page = f"/title-applications/{id_}"
    one, two, three = room.reviewers
    await make.name(ctx, id_, room)
    async with client(as_=one) as http:
        unsaid = await submit(http, f"{page}/sheet", "statement", conflict="conflict")
        assert unsaid.status_code == 422
        said = {"conflict": "conflict", "statement": "My brother works there."}
        assert (await submit(http, f"{page}/sheet", "statement", **said)).status_code == 303
    for reviewer in (two, three):
        await make.declare(ctx, id_, reviewer)
        await make.score(ctx, id_, reviewer)
    async with db.transaction(read_only=True) as tx:
        assert await reviewing.result(tx, await queries.one(tx, id_)) is None  # two are no committee
    with pytest.raises(DomainError):
        await make.score(ctx, id_, one)
    await make.name(ctx, id_, room, room.third)
    await make.declare(ctx, id_, room.third)
    await make.score(ctx, id_, room.third, 60)
    async with client(as_=one) as http:
        out = (await http.get(page, headers=JSON)).json()
        assert (out["scored"], [seat["scores"] for seat in out["reviewers"]]) == (None, [None] * 4)
    async with client(as_=room.lead) as http:
        out = (await http.get(page, headers=JSON)).json()
        assert out["scored"]["total"] == "90.00"
        assert sum(seat["scores"] is not None for seat in out["reviewers"]) == 3
    async with client(as_=room.operator) as http:
        out = (await http.get(page, headers=JSON)).json()
        assert (out["scored"], out["reviewers"], out["proposals"]) == (None, [], [])
        assert "My brother" not in (await http.get(page)).text


async def test_sheets_stay_closed_until_all_are_in(counted, room, ctx, client, db):
    id_ = await bring_to(ctx, room, S.COMMITTEE_REVIEW)
    page = f"/title-applications/{id_}"
    await make.name(ctx, id_, room)
    for reviewer in room.reviewers:
        await make.declare(ctx, id_, reviewer)
    await make.score(ctx, id_, room.reviewers[0], 97, "Seen by me alone.")
    await make.score(ctx, id_, room.reviewers[1], 71)
    for reader in (*room.reviewers, room.lead, room.operator):
        async with client(as_=reader) as http:
            out = (await http.get(page, headers=JSON)).json()
            assert out["scored"] is None
            assert all(seat["scores"] is None for seat in out["reviewers"])
            shown = (await http.get(page)).text
            assert ">97<" not in shown
            assert "Seen by me alone." not in shown
    async with client(as_=room.reviewers[0]) as http:
        own = (await http.get(f"{page}/sheet", headers=JSON)).json()
        assert {one["score"] for one in own["scores"].values()} == {97}
    async with client(as_=room.second) as http:
        assert (await http.get(f"{page}/sheet", headers=JSON)).status_code == 404
    async with db.transaction() as tx:
        with pytest.raises(NotReady):
            await deciding.propose(tx, id_, Result.AWARD, WHY, by=room.lead.member)
        chain = await evidence.chain(tx, (await queries.one(tx, id_)).itself)
        sheets = [link.data for link in chain if link.kind == "award.sheet"]
        assert [set(data) for data in sheets] == [{"reviewer", "sheet"}] * 2
        assert all(len(data["sheet"]) == 64 for data in sheets)
    with pytest.raises(DomainError):
        await make.score(ctx, id_, room.reviewers[0], 10)  # once and for good
    await make.score(ctx, id_, room.reviewers[2], 80)
    async with client(as_=room.reviewers[2]) as http:
        out = (await http.get(page, headers=JSON)).json()
        assert out["scored"]["total"] == "80.00"  # the median of 97, 71 and 80
        assert out["scored"]["asked"] == "award"


async def test_somebody_who_does_not_score_is_released(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.COMMITTEE_REVIEW)
    await make.name(ctx, id_, room)
    async with db.transaction() as tx:
        [seat, *_more] = await queries.reviewers(tx, await queries.one(tx, id_))
        await reviewing.release(tx, id_, seat.id, "Ill.", by=room.lead.member)
    with pytest.raises(DomainError):
        await make.declare(ctx, id_, room.reviewers[0])
    await make.name(ctx, id_, room, room.third)
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        seats = queries.seated(await queries.reviewers(tx, row), row)
        assert {one.member_id for one in seats} == {room.third.id, *(one.id for one in room.reviewers[1:])}


async def test_the_result_follows_and_two_people_decide(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.COMMITTEE_REVIEW)
    await make.review(ctx, id_, room, 79)
    with pytest.raises(NotWhatFollows):
        await make.propose(ctx, id_, room, Result.AWARD)
    proposal = await make.propose(ctx, id_, room, Result.REJECT)
    async with db.transaction() as tx:
        with pytest.raises(SecondPersonNeeded):
            await deciding.agree(tx, id_, proposal, zone=ZONE, by=room.lead.member)
        await deciding.decline(tx, id_, proposal, by=room.second.member)
    assert await state_of(db, id_) == S.COMMITTEE_REVIEW
    await make.propose(ctx, id_, room, Result.REJECT)
    await make.publish(ctx, id_, room)
    row = await row_of(db, id_)
    assert (row.state, row.result) == (S.PUBLICITY, Result.REJECT)
    assert row.publicity_until == add_working_days(assess.today(), 7)
    await over(ctx, db, id_)
    assert await state_of(db, id_) == S.REJECTED
    async with db.transaction(read_only=True) as tx:
        assert await assessment.title(tx) is None


async def test_the_days_for_objections_are_whole_and_wait_for_those_that_are_open(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    after = midnight((await row_of(db, id_)).publicity_until + timedelta(days=1))
    with clock.at(after - timedelta(seconds=30)):
        await jobs.end_times(ctx)
        assert await state_of(db, id_) == S.PUBLICITY
        objection = await make.object_(ctx, id_)
    with clock.at(after):
        with pytest.raises(NotReady):
            await make.object_(ctx, id_, "Too late by a second.")
        await jobs.end_times(ctx)
        await jobs.end_times(ctx)
        assert await state_of(db, id_) == S.PUBLICITY
        with pytest.raises(SecondPersonNeeded):
            await make.answer(ctx, id_, objection, room.reviewers[0])
        await make.answer(ctx, id_, objection, room.third)
        with pytest.raises(DomainError):
            await make.answer(ctx, id_, objection, room.third, Upheld.REJECTED)
        await jobs.end_times(ctx)
    assert await state_of(db, id_) == S.AWARDED
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        kinds = [link.kind for link in await evidence.chain(tx, row.itself)]
        assert kinds.count("award.publicity_over") == 1
        assert (await assessment.title(tx)).id == row.title_id


async def test_an_objection_that_is_right_leads_back_to_the_committee(counted, room, ctx, db, client):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    objection, other = await make.object_(ctx, id_), await make.object_(ctx, id_, "And its team has left by now.")
    await make.answer(ctx, id_, objection, room.third, Upheld.COMMITTEE)
    row = await row_of(db, id_)
    assert (row.state, row.round) == (S.COMMITTEE_REVIEW, 2)
    async with db.transaction(read_only=True) as tx:
        assert await reviewing.result(tx, await queries.one(tx, id_)) is None
    await make.answer(ctx, id_, other, room.third, Upheld.COMMITTEE)  # it goes back once
    assert (await row_of(db, id_)).round == 2
    await make.review(ctx, id_, room, 50)
    await make.propose(ctx, id_, room, Result.REJECT)
    await make.publish(ctx, id_, room)
    await over(ctx, db, id_)
    assert await state_of(db, id_) == S.REJECTED
    async with client() as http:
        out = (await http.get(f"/assessment/applications/{id_}", headers=JSON)).json()
    assert (out["result"], out["score"]) == ("reject", "50.00")
    assert [one["state"] for one in out["objections"]] == ["upheld", "upheld"]


async def test_an_objection_that_is_right_may_end_it(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    objection, other = await make.object_(ctx, id_), await make.object_(ctx, id_, "And its team has left by now.")
    await make.answer(ctx, id_, objection, room.third, Upheld.REJECTED)
    assert await state_of(db, id_) == S.REJECTED
    with pytest.raises(NotReady):
        await make.answer(ctx, id_, other, room.third, Upheld.COMMITTEE)
    await make.answer(ctx, id_, other, room.third)  # everybody gets an answer
    assert await state_of(db, id_) == S.REJECTED


async def test_anybody_objects_and_nobody_learns_who(counted, room, ctx, db, client, run_jobs):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    place = f"/assessment/applications/{id_}"
    said = {"name": "Mei Zhang", "email": "mei@example.com", "text": "Its figures of March cannot be right."}
    async with client() as http:
        bad = await submit(http, f"{place}/objections/new", "objection", **(said | {"email": "nowhere"}))
        assert bad.status_code == 422
        assert said["text"] in bad.text
        files = {"files": ("proof.pdf", PDF, "application/pdf")}
        sent = await submit(http, f"{place}/objections/new", "objection", files=files, **said)
        assert (sent.status_code, sent.headers["location"]) == (303, place)
        shown = (await http.get(place)).text
        out = (await http.get(place, headers=JSON)).json()
        receipt = out["objections"][0]["number"]
        assert receipt.startswith("OB-")
        for secret in ("Mei Zhang", "mei@example.com", said["text"]):
            assert secret not in shown
            assert secret not in str(out)
    await run_jobs()
    [letter] = [mail for mail in await ctx.mailer.letters() if mail.to == "mei@example.com"]
    assert receipt in letter.subject
    page = f"/title-applications/{id_}"
    async with client(as_=room.third) as http:
        out = (await http.get(page, headers=JSON)).json()["objections"]
        assert "Mei Zhang" not in (await http.get(page)).text
        proof = await http.get(f"{page}/files/{out[0]['files'][0]['id']}")
        assert proof.content == PDF
        objection = out[0]["id"]
        assert (await submit(http, page, f"objector-{objection}")).status_code == 303
        sent = await submit(http, page, f"decide-{objection}", decision="not_upheld", reason="The figures are final.")
        assert sent.status_code == 303
    async with client(as_=room.operator) as http:
        assert (await http.get(f"{page}/files/{out[0]['files'][0]['id']}")).status_code == 404
        assert (await http.get(page, headers=JSON)).json()["objections"] == []
    await run_jobs()
    assert len([mail for mail in await ctx.mailer.letters() if mail.to == "mei@example.com"]) == 2
    async with client() as http:
        assert "The figures are final." in (await http.get(place)).text
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        kinds = [link.kind for link in await evidence.chain(tx, row.itself)]
        assert kinds[-3:] == ["award.objection", "award.objector_seen", "award.objection_decided"]
        [kept] = await queries.objections(tx, row)
        assert b"mei@example.com" not in kept.objector_sealed
        assert objecting.objector_of(ctx.settings.vault, kept) == objecting.Objector("Mei Zhang", "mei@example.com")


async def test_objections_from_one_place_are_limited(counted, room, ctx, client):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    said = {"name": "Mei Zhang", "email": "mei@example.com", "text": "Its figures of March cannot be right."}
    async with client() as http:
        page = f"/assessment/applications/{id_}/objections/new"
        answers = []
        for number in range(6):
            told = said | {"text": f"For reason {number} this cannot be right."}
            answers.append((await submit(http, page, "objection", **told)).status_code)
    assert answers == [303] * 5 + [429]


async def twice(step: Callable[[], Awaitable[object]]) -> list[str]:
    came = await asyncio.gather(step(), step(), return_exceptions=True)
    return sorted(type(one).__name__ for one in came)


async def test_two_who_do_the_same_at_once_do_it_once(counted, room, ctx, db):
    assert await twice(lambda: make.begin(ctx, room)) == ["Conflict", "UUID"]
    async with db.transaction(read_only=True) as tx:
        id_ = (await queries.standing(tx)).id
    await make.write(ctx, id_, room)
    assert await twice(lambda: make.submit(ctx, id_, room)) == ["NoneType", "NotReady"]
    assert await twice(lambda: make.take_up(ctx, id_, room)) == ["IllegalMove", "NoneType"]
    assert await twice(lambda: make.check(ctx, id_, room)) == ["IllegalMove", "NoneType"]
    assert await twice(lambda: make.name(ctx, id_, room)) == ["Invalid", "NoneType"]
    for reviewer in room.reviewers:
        await make.declare(ctx, id_, reviewer)
    one, two, three = room.reviewers
    assert await twice(lambda: make.score(ctx, id_, one)) == ["IllegalMove", "NoneType"]
    await asyncio.gather(make.score(ctx, id_, two), make.score(ctx, id_, three))
    assert await twice(lambda: make.propose(ctx, id_, room)) == ["IllegalMove", "UUID"]
    assert await twice(lambda: make.publish(ctx, id_, room)) in (
        ["IllegalMove", "NoneType"],
        ["NoResultFound", "NoneType"],
    )
    assert await asyncio.gather(make.object_(ctx, id_), make.object_(ctx, id_)) == [await make.object_(ctx, id_)] * 2
    objection = await make.object_(ctx, id_)
    decided = await twice(lambda: make.answer(ctx, id_, objection, room.third, Upheld.COMMITTEE))
    assert decided == ["IllegalMove", "NoneType"]
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        kinds = [link.kind for link in await evidence.chain(tx, row.itself)]
        assert (row.round, kinds.count("award.opened_sheets")) == (2, 1)


async def test_the_clock_at_once_with_a_decision_awards_once(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    last = (await row_of(db, id_)).publicity_until
    with clock.at(midnight(last + timedelta(days=1))):
        await asyncio.gather(jobs.end_times(ctx), jobs.end_times(ctx))
    async with db.transaction(read_only=True) as tx:
        assert len(await assessment.titles(tx)) == 1
    assert await state_of(db, id_) == S.AWARDED


async def test_a_title_ends_with_its_last_day_and_with_a_newer_one(counted, room, ctx, db):
    async with db.transaction() as tx:
        old = await titles.enter(tx, assess.AWARDED, zone=ZONE, by=room.lead.member)
        await titles.confirm(tx, old, by=room.second.member)
    id_ = await at_state(ctx, db, room, S.AWARDED)
    async with db.transaction(read_only=True) as tx:
        states = {row.id: row.state for row in await assessment.titles(tx)}
        title = (await queries.one(tx, id_)).title_id
        assert states == {old: TitleState.EXPIRED, title: TitleState.HELD}
        until = (await titles.one(tx, title)).valid_until
    with clock.at(midnight(until + timedelta(days=1)) - timedelta(seconds=30)):
        await title_jobs.end_times(ctx)
        async with db.transaction(read_only=True) as tx:
            assert (await assessment.title(tx)).id == title
    with clock.at(midnight(until + timedelta(days=1))):
        await title_jobs.end_times(ctx)
        await title_jobs.end_times(ctx)
        async with db.transaction(read_only=True) as tx:
            assert await assessment.title(tx) is None


async def test_numbers_of_certificates_follow_one_another(counted, room, ctx, db):
    taken = replace(assess.AWARDED, certificate=f"KP-{assess.today().year}-002")
    async with db.transaction() as tx:
        made = await titles.enter(tx, taken, zone=ZONE, by=room.lead.member)
        await titles.decline(tx, made, by=room.second.member)
    with clock.at(clock.now()):
        await at_state(ctx, db, room, S.AWARDED)
    async with db.transaction(read_only=True) as tx:
        held = await assessment.title(tx)
    year = held.valid_from.year
    assert held.certificate == (f"KP-{year}-003" if year == assess.today().year else f"KP-{year}-001")


async def test_a_title_that_waits_is_not_confirmed_over_an_awarded_one(counted, room, ctx, db):
    async with db.transaction() as tx:
        waiting = await titles.enter(tx, assess.AWARDED, zone=ZONE, by=room.lead.member)
    await at_state(ctx, db, room, S.AWARDED)
    async with db.transaction() as tx:
        with pytest.raises(DomainError) as refused:
            await titles.confirm(tx, waiting, by=room.second.member)
        assert refused.value.code == "conflict"


async def test_rules_begin_tomorrow_and_what_is_begun_keeps_its_own(counted, room, ctx, db, client):
    id_ = await make.begin(ctx, room)
    async with client(as_=room.lead) as http:
        page = "/title-applications/rules"
        said = {"since": str(assess.today() + timedelta(days=1)), "source": "A letter of the ministry."}
        even = await submit(http, page, "rules", **said, reviewers="4")
        assert even.status_code == 422
        assert "Use an odd number" in even.text
        today = await submit(http, page, "rules", **(said | {"since": str(assess.today())}))
        assert today.status_code == 422
        assert (await submit(http, page, "rules", **said, **{"weights.scale": "26"})).status_code == 422
        twice_ = await submit(http, page, "rules", **said, **{"parts.1.code": "licence"})
        assert "Another part has this code." in twice_.text
        assert (await submit(http, page, "rules", **said, reviewers="5", award_from="85")).status_code == 303
    async with db.transaction() as tx:
        old = await queries.rules_of(tx, await queries.one(tx, id_))
        assert (old.reviewers, old.award_from) == (3, 80)
        new = await queries.rules_on(tx, assess.today() + timedelta(days=1))
        assert (new.said["reviewers"], new.said["parts"]) == (5, old.dump()["parts"])
        with pytest.raises(Forbidden):
            await ruling.set_rules(
                tx, old, since=assess.today() + timedelta(days=2), source=WHY, zone=ZONE, by=room.operator.member
            )


async def test_a_file_is_read_by_whom_it_concerns(counted, room, ctx, client, db):
    id_ = await bring_to(ctx, room, S.DRAFT)
    await make.write(ctx, id_, room)
    async with db.transaction(read_only=True) as tx:
        file = (await tx.scalars(select(AwardFile).where(AwardFile.part == "licence"))).one()
    path = f"/title-applications/{id_}/files/{file.id}"
    async with client(as_=room.lead) as http:
        assert (await http.get(path)).status_code == 404  # it was not handed in yet
    async with client(as_=room.operator) as http:
        assert (await http.get(path)).content == PDF + b"licence"
        assert (await submit(http, f"/title-applications/{id_}/dossier", f"out-{file.id}")).status_code == 303
        early = await submit(http, f"/title-applications/{id_}/dossier", "submit")
        assert "Business licence (file)" in early.text
    await make.write(ctx, id_, room)
    await make.submit(ctx, id_, room)
    async with client(as_=room.lead) as http:
        assert (await http.get(path)).status_code == 404  # it was taken out before
        out = (await http.get(f"/title-applications/{id_}", headers=JSON)).json()
        [kept] = next(part for part in out["parts"] if part["code"] == "licence")["files"]
        assert (await http.get(f"/title-applications/{id_}/files/{kept['id']}")).status_code == 200


async def own_scores(ctx: JobContext, room: Room, *, public: bool = False) -> dict[str, Any]:
    """The table of self-assessment in a report of the twelve months."""
    report_id = await make_report(ctx, room.lead, "r12m", public=public)
    async with ctx.db.transaction(read_only=True) as tx:
        kept = (await reports.report(tx, report_id)).files["json"]
    tables = json.loads(await ctx.files.get(kept.file_key))["tables"]
    return next(table for table in tables if table["mark"] == "14")


async def test_a_report_tells_what_the_operator_scored_itself(counted, room, ctx, db):
    assert (await own_scores(ctx, room))["rows"] == []
    await bring_to(ctx, room, S.SUBMITTED)
    told = await own_scores(ctx, room)
    assert [column["en"] for column in told["columns"]] == ["Chapter", "Score", "Reason"]
    assert [cell["text"]["en"] for cell in told["rows"][0]] == ["Scale", "85", WHY]
    assert len(told["rows"]) == len(Chapter)
    public = await own_scores(ctx, room, public=True)
    assert WHY not in str(public)
    assert [cell["text"]["zh"] for cell in public["rows"][0]] == ["规模", "85"]


FIXED = {
    "other rules": "UPDATE award_rules SET said = '{}'",
    "another dossier": "UPDATE award_submission SET dossier = '{}'",
    "another part": "UPDATE award_part SET text = 'x'",
    "no file": "UPDATE award_file SET removed_at = now()",
    "another file": "UPDATE award_file SET sha256 = repeat('0', 64)",
    "another check": "UPDATE award_check SET demonstration = false",
    "another sheet": "UPDATE award_sheet SET scores = '{}'",
    "another reviewer": "UPDATE award_reviewer SET state = 'released'",
    "another proposal": "UPDATE award_proposal SET result = 'reject'",
    "another number": "UPDATE award_application SET number = 'TA-1'",
    "another digest": "UPDATE award_application SET digest = repeat('0', 64)",
    "nothing published": "UPDATE award_application SET result = NULL, publicity_until = NULL",
    "no application": "DELETE FROM award_application",
    "another objection": "UPDATE award_objection SET text = 'x'",
    "no objection": "DELETE FROM award_objection",
}


async def test_what_was_handed_in_and_scored_stays(counted, room, ctx, db):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    await make.object_(ctx, id_)
    for what, statement in FIXED.items():
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(statement))
        assert what
    assert await state_of(db, id_) == S.PUBLICITY
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        assert {one.state for one in await queries.reviewers(tx, row)} == {ReviewerState.SCORED}
        assert {one.state for one in await queries.objections(tx, row)} == {ObjectionState.OPEN}


async def test_pages_ask_as_much_for_many_as_for_one(counted, room, ctx, client, db):
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    await make.object_(ctx, id_)
    own, public = f"/title-applications/{id_}", f"/assessment/applications/{id_}"
    pages = ("/title-applications", own, "/assessment/applications", public)
    async with client(as_=room.lead) as http:
        await cost(http, db, *pages)
        before = await cost(http, db, *pages)
        for number in range(3):
            await make.object_(ctx, id_, f"For another reason, number {number}.")
        assert await cost(http, db, *pages) == before


async def test_an_application_that_is_not_there(room, client, ctx):
    async with client(as_=room.lead) as http:
        assert (await http.get(f"/title-applications/{new_id()}")).status_code == 404
        assert (await http.get("/title-applications/garbage")).status_code == 404
    async with client() as http:
        assert (await http.get(f"/assessment/applications/{new_id()}")).status_code == 404
        assert (await http.get(f"/assessment/applications/{new_id()}/objections/new")).status_code == 404


async def test_rooms_are_empty_before_anybody_applied(room, client):
    async with client(as_=room.lead) as http:
        shown = (await http.get("/title-applications")).text
        assert "No application yet" in shown
        assert 'name="month"' not in shown
    async with client(as_=room.operator) as http:
        assert 'name="month"' in (await http.get("/title-applications")).text
    async with client() as http:
        assert "No result was published yet" in (await http.get("/assessment/applications")).text
        assert (await http.get("/title-applications")).status_code == 303
