"""An application for the title, brought as far as a test needs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment.states import Chapter
from app.award import applying, checking, deciding, objecting, queries, reviewing
from app.award.applying import Said
from app.award.checking import Found
from app.award.models import AwardProposal, AwardReviewer
from app.award.objecting import Objector
from app.award.states import ApplicationState, Need, Outcome, Result, Upheld
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.payload import Upload
from tests.factories.files import PDF
from tests.factories.indicators import MARCH
from tests.factories.people import Actor, make_member, make_staff
from trust.access import Role
from trust.cases import exhibits
from trust.identity.models import Organisation

ZONE = "Asia/Shanghai"
WHY = "What was found in the dossier and in the figures, chapter by chapter."
OBJECTOR = Objector("Mei Zhang", "mei@example.com")
S = ApplicationState


@dataclass(frozen=True)
class Room:
    """Who takes part: one who leads, another who agrees, a third who decides objections, reviewers, the operator."""

    lead: Actor
    second: Actor
    third: Actor
    reviewers: list[Actor]
    operator: Actor


async def make_room(tx: AsyncSession, reviewers: int = 3) -> Room:
    """Of the platform that is there, or of a new one."""
    query = select(Organisation).where(Organisation.is_platform).order_by(Organisation.id).limit(1)
    platform = await tx.scalar(query)
    if platform is None:
        await make_staff(tx, Role.MODERATOR)
        platform = (await tx.scalars(query)).one()
    people = [await make_member(tx, platform, roles=(Role.EVALUATOR,)) for _place in range(3 + reviewers)]
    lead, second, third, *others = people
    return Room(lead, second, third, others, await make_member(tx, platform, roles=(Role.ADMIN,)))


async def begin(ctx: JobContext, room: Room, last: date = MARCH) -> UUID:
    async with ctx.db.transaction() as tx:
        return (await applying.begin(tx, last, zone=ZONE, by=room.operator.member)).id


def scores(points: int = 90, why: str = WHY) -> dict[Chapter, tuple[int, str]]:
    return dict.fromkeys(Chapter, (points, why))


async def write(ctx: JobContext, id_: UUID, room: Room, *, but: Sequence[str] = ()) -> None:
    """Every part of the dossier with what it needs, but some."""
    async with ctx.db.transaction() as tx:
        known = await queries.rules_of(tx, await queries.one(tx, id_))
    for part in known.parts:
        if part.code in but:
            continue
        upload = Upload(f"{part.code}.pdf", "application/pdf", PDF + part.code.encode())
        files = [upload] if Need.FILES in part.needs else []
        kept = await exhibits.keep(ctx.files, ctx.settings.vault, id_, files)
        said = Said(f"Of {part.name_en}.", scores(85) if Need.SCORES in part.needs else None, kept)
        async with ctx.db.transaction() as tx:
            await applying.write(tx, id_, part.code, said, zone=ZONE, by=room.operator.member)


async def submit(ctx: JobContext, id_: UUID, room: Room) -> None:
    async with ctx.db.transaction() as tx:
        await applying.submit(tx, id_, zone=ZONE, by=room.operator.member)


async def take_up(ctx: JobContext, id_: UUID, room: Room) -> None:
    async with ctx.db.transaction() as tx:
        await checking.take_up(tx, id_, by=room.lead.member)


async def found(tx: AsyncSession, id_: UUID, outcome: Outcome, *, missing: Sequence[str] = ()) -> Found:
    known = await queries.rules_of(tx, await queries.one(tx, id_))
    parts = {part.code: "Out of date." if part.code in missing else "" for part in known.parts}
    reason = "" if outcome is Outcome.ADMIT else "A part is missing."
    return Found(outcome, parts, True, "List of 2025, no. 12", reason)


async def check(
    ctx: JobContext, id_: UUID, room: Room, outcome: Outcome = Outcome.ADMIT, *, missing: Sequence[str] = ()
) -> None:
    async with ctx.db.transaction() as tx:
        said = await found(tx, id_, outcome, missing=missing)
        await checking.check(tx, id_, said, zone=ZONE, by=room.lead.member)


async def name(ctx: JobContext, id_: UUID, room: Room, *people: Actor) -> None:
    async with ctx.db.transaction() as tx:
        named = [one.id for one in people or room.reviewers]
        await reviewing.name(tx, id_, named, by=room.lead.member)


async def declare(ctx: JobContext, id_: UUID, by: Actor, statement: str = "") -> None:
    """That nothing ties them to the applicant, or what does."""
    async with ctx.db.transaction() as tx:
        await reviewing.declare(tx, id_, conflict=bool(statement), statement=statement, by=by.member)


async def score(ctx: JobContext, id_: UUID, by: Actor, points: int = 90, why: str = WHY) -> None:
    async with ctx.db.transaction() as tx:
        await reviewing.score(tx, id_, scores(points, why), by=by.member)


async def review(ctx: JobContext, id_: UUID, room: Room, points: int = 90) -> None:
    """A whole committee, named, free of conflicts, with all its sheets."""
    await name(ctx, id_, room)
    for reviewer in room.reviewers:
        await declare(ctx, id_, reviewer)
        await score(ctx, id_, reviewer, points)


async def propose(ctx: JobContext, id_: UUID, room: Room, result: Result = Result.AWARD) -> UUID:
    async with ctx.db.transaction() as tx:
        return await deciding.propose(tx, id_, result, WHY, by=room.lead.member)


async def publish(ctx: JobContext, id_: UUID, room: Room) -> None:
    async with ctx.db.transaction() as tx:
        query = select(AwardProposal.id).where(AwardProposal.application_id == id_, AwardProposal.state == "open")
        proposal = (await tx.scalars(query)).one()
        await deciding.agree(tx, id_, proposal, zone=ZONE, by=room.second.member)


async def object_(ctx: JobContext, id_: UUID, text: str = "Its figures of March cannot be right.") -> UUID:
    vault, upload = ctx.settings.vault, Upload("proof.pdf", "application/pdf", PDF + text.encode()[:40])
    kept = await exhibits.keep(ctx.files, vault, id_, [upload])
    async with ctx.db.transaction() as tx:
        made = await objecting.object_(tx, vault, id_, new_id(), text, kept, zone=ZONE, by=OBJECTOR)
        return made.id


async def answer(ctx: JobContext, id_: UUID, objection_id: UUID, by: Actor, upheld: Upheld | None = None) -> None:
    async with ctx.db.transaction() as tx:
        await objecting.decide(tx, ctx.settings.vault, id_, objection_id, upheld, WHY, by=by.member)


async def bring_to(ctx: JobContext, room: Room, state: ApplicationState, points: int = 90) -> UUID:
    """An application up to its publication; the month must have been counted."""
    id_ = await begin(ctx, room)
    steps: list[tuple[ApplicationState, Any]] = [
        (S.SUBMITTED, _handed_in),
        (S.FORMAL_CHECK, take_up),
        (S.COMMITTEE_REVIEW, check),
        (S.PROPOSED, _proposed(points)),
        (S.PUBLICITY, publish),
    ]
    for reached, step in steps:
        if state == S.DRAFT:
            break
        await step(ctx, id_, room)
        if reached == state:
            break
    return id_


async def _handed_in(ctx: JobContext, id_: UUID, room: Room) -> None:
    await write(ctx, id_, room)
    await submit(ctx, id_, room)


def _proposed(points: int) -> Any:
    async def proposed(ctx: JobContext, id_: UUID, room: Room) -> None:
        await review(ctx, id_, room, points)
        await propose(ctx, id_, room, Result.AWARD if points >= 80 else Result.REJECT)

    return proposed


async def award_world(ctx: JobContext) -> dict[str, Any]:
    """Values of path parameters: an application whose result is published, with an objection. The month is counted."""
    async with ctx.db.transaction() as tx:
        room = await make_room(tx)
    id_ = await bring_to(ctx, room, S.PUBLICITY)
    objection = await object_(ctx, id_)
    async with ctx.db.transaction() as tx:
        row = await queries.one(tx, id_)
        [proposal] = await queries.proposals(tx, row)
        reviewer = (await tx.scalars(select(AwardReviewer.id).where(AwardReviewer.application_id == id_))).first()
        [file, *_more] = (await queries.files(tx, row))["licence"]
    return {
        "title_application_id": id_,
        "dossier_part": "profile",
        "award_file_id": file.id,
        "award_reviewer_id": reviewer,
        "award_proposal_id": proposal.id,
        "award_objection_id": objection,
    }
