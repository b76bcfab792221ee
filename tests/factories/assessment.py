"""An assessment, brought as far as a test needs it."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import deciding, queries, rectifying, scheduling, scoring, titles, verifying
from app.assessment.deciding import Item
from app.assessment.models import AssessmentProposal
from app.assessment.states import AssessmentMove, AssessmentState, Chapter, Finding
from app.assessment.titles import Awarded
from app.core import clock
from app.core.jobs import JobContext
from app.core.periods import day_of
from tests.factories.indicators import MARCH
from tests.factories.people import Actor, make_member, make_staff
from trust.access import Role
from trust.identity.models import Organisation

ZONE = "Asia/Shanghai"
WHY = "What was found in the papers and in the figures, chapter by chapter."
S, M = AssessmentState, AssessmentMove
POINTS = {M.PASS: 90, M.RECTIFY: 70, M.NOTIFY: 40}
"""Points of every chapter from which a decision follows."""
AWARDED = Awarded(
    name_en="Key cross-border e-commerce platform",
    name_zh="重点跨境电子商务平台",
    authority="Ministry of Commerce",
    certificate="MOFCOM-2024-017",
    valid_from=date(2024, 6, 1),
)


@dataclass(frozen=True)
class Room:
    """Who takes part: two who lead, and one who answers for the operator."""

    first: Actor
    second: Actor
    operator: Actor


async def make_room(tx: AsyncSession) -> Room:
    first = await make_staff(tx, Role.EVALUATOR)
    platform = (await tx.scalars(select(Organisation).where(Organisation.id == first.organisation_id))).one()
    second = await make_member(tx, platform, roles=(Role.EVALUATOR,))
    return Room(first, second, await make_member(tx, platform, roles=(Role.ADMIN,)))


def today() -> date:
    return day_of(clock.now(), ZONE)


async def schedule(ctx: JobContext, room: Room, last: date = MARCH) -> UUID:
    async with ctx.db.transaction() as tx:
        row = await scheduling.schedule(tx, last, "Closing price of a day to come", zone=ZONE, by=room.first.member)
        return row.id


async def lock(ctx: JobContext, id_: UUID, room: Room) -> None:
    async with ctx.db.transaction() as tx:
        await scheduling.lock(tx, ctx.files, id_, by=room.first.member)


async def report(ctx: JobContext, id_: UUID, room: Room, times: Decimal = Decimal(1)) -> None:
    """The operator's figures: those that were counted, times a number."""
    async with ctx.db.transaction() as tx:
        counted = await queries.counted(tx, await queries.one(tx, id_))
        figures = {code: value * times for code, value in counted.items()}
        await verifying.report(tx, id_, figures, WHY, by=room.operator.member)


async def draw(ctx: JobContext, id_: UUID, room: Room, seed: str = "3918.32") -> None:
    secret = ctx.settings.secret_key.get_secret_value()
    async with ctx.db.transaction() as tx:
        await scheduling.publish_seed(tx, id_, seed, by=room.first.member)
        await verifying.draw_sample(tx, ctx.files, id_, secret=secret, zone=ZONE, by=room.first.member)


async def look(ctx: JobContext, id_: UUID, room: Room) -> None:
    """Every order of the sample agrees with its papers."""
    async with ctx.db.transaction() as tx:
        for drawn in await queries.sample(tx, await queries.one(tx, id_)):
            await verifying.find(tx, id_, drawn.place, Finding.AGREES, "", by=room.first.member)


async def score(ctx: JobContext, id_: UUID, room: Room, points: int = 90) -> None:
    async with ctx.db.transaction() as tx:
        await scoring.score(tx, id_, dict.fromkeys(Chapter, (points, WHY)), by=room.first.member)


def to_do() -> list[Item]:
    return [
        Item("Answer complaints in time", "Head of service", today() + timedelta(days=30)),
        Item("Check companies of abroad", "Head of compliance", today() + timedelta(days=60)),
    ]


async def propose(tx: AsyncSession, id_: UUID, room: Room, decision: AssessmentMove) -> UUID:
    return await deciding.propose(tx, id_, decision, WHY, to_do(), zone=ZONE, by=room.first.member)


async def decide(ctx: JobContext, id_: UUID, room: Room, decision: AssessmentMove) -> None:
    async with ctx.db.transaction() as tx:
        proposal = await propose(tx, id_, room, decision)
        await deciding.agree(tx, id_, proposal, zone=ZONE, by=room.second.member)


async def put_right(ctx: JobContext, id_: UUID, room: Room, *, accepted: bool = True) -> None:
    async with ctx.db.transaction() as tx:
        for item in await queries.items(tx, await queries.one(tx, id_)):
            await rectifying.note(tx, id_, item.id, "Two more people answer.", done=True, by=room.operator.member)
            if accepted:
                await rectifying.accept(tx, id_, item.id, "Seen.", by=room.first.member)


async def hand_in(ctx: JobContext, id_: UUID, room: Room) -> None:
    async with ctx.db.transaction() as tx:
        await rectifying.hand_in(tx, id_, by=room.operator.member)


async def bring_to(ctx: JobContext, room: Room, state: AssessmentState, last: date = MARCH) -> UUID:
    """An assessment in this state; the month must have been counted."""
    id_ = await schedule(ctx, room, last)
    for reached, step in _steps(ctx, id_, room, state):
        await step
        if reached == state:
            break
    return id_


def _steps(ctx: JobContext, id_: UUID, room: Room, state: AssessmentState) -> Any:
    """(state, what leads to it), one after another, made only when it is come to."""
    low = state in {S.NOTICE, S.REVOKED}
    decision = M.NOTIFY if low else M.RECTIFY if state in {S.RECTIFY, S.RECHECK} else M.PASS
    if state == S.SCHEDULED:
        return
    yield S.DATA_LOCK, lock(ctx, id_, room)
    yield S.SELF_REPORT, report(ctx, id_, room)
    yield S.VERIFY, _drawn(ctx, id_, room)
    yield S.SCORED, score(ctx, id_, room, POINTS[decision])
    yield {M.PASS: S.PASSED, M.RECTIFY: S.RECTIFY, M.NOTIFY: S.NOTICE}[decision], decide(ctx, id_, room, decision)
    if state == S.RECHECK:
        yield S.RECHECK, _checked_again(ctx, id_, room)
    if state == S.REVOKED:
        yield S.REVOKED, _revoked(ctx, id_, room)


async def _drawn(ctx: JobContext, id_: UUID, room: Room) -> None:
    await draw(ctx, id_, room)
    await look(ctx, id_, room)


async def _checked_again(ctx: JobContext, id_: UUID, room: Room) -> None:
    await put_right(ctx, id_, room)
    await hand_in(ctx, id_, room)


async def _revoked(ctx: JobContext, id_: UUID, room: Room) -> None:
    await answer(ctx, id_, room)
    await decide(ctx, id_, room, M.REVOKE)


async def answer(ctx: JobContext, id_: UUID, room: Room) -> None:
    async with ctx.db.transaction() as tx:
        await rectifying.state(tx, id_, "We ask to be heard.", zone=ZONE, by=room.operator.member)


async def hold_title(ctx: JobContext, room: Room) -> UUID:
    """A title, entered by one and confirmed by another."""
    async with ctx.db.transaction() as tx:
        title = await titles.enter(tx, AWARDED, zone=ZONE, by=room.first.member)
        await titles.confirm(tx, title, by=room.second.member)
        return title


async def assessment_world(ctx: JobContext, evaluator: Actor, admin: Actor) -> dict[str, Any]:
    """Values of path parameters: an assessment that brings things to be put right, and a title that waits."""
    async with ctx.db.transaction() as tx:
        room = Room(evaluator, await make_staff(tx, Role.EVALUATOR), admin)
    id_ = await bring_to(ctx, room, S.RECTIFY)
    async with ctx.db.transaction() as tx:
        row = await queries.one(tx, id_)
        title = await titles.enter(tx, AWARDED, zone=ZONE, by=room.second.member)
        [proposal] = await queries.proposals(tx, row)
        [item, *_more] = await queries.items(tx, row)
    return {
        "assessment_id": id_,
        "assessment_item_id": item.id,
        "assessment_proposal_id": proposal.id,
        "assessment_title_id": title,
    }


async def open_proposal(tx: AsyncSession, id_: UUID) -> AssessmentProposal:
    return (await queries.proposals(tx, await queries.one(tx, id_)))[0]
