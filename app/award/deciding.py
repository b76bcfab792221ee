"""The result: proposed as the score asks for, agreed by another evaluator, published, and carried out by the clock."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.assessment import queries as assessment
from app.assessment import titles
from app.assessment.queries import lead
from app.assessment.titles import Awarded
from app.award import queries, reviewing, rules, telling
from app.award.errors import NotReady, NotWhatFollows, SecondPersonNeeded
from app.award.models import Application, AwardProposal
from app.award.states import RESULTS, ApplicationMove, ApplicationState, ProposalMove, Result
from app.core import clock, evidence
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import day_of
from app.core.workdays import add_working_days
from trust.access import Member

S, M = ApplicationState, ApplicationMove


async def propose(tx: AsyncSession, application_id: UUID, result: Result, reason: str, *, by: Member) -> UUID:
    """Propose the result that the score asks for; another person agrees. `reason` is published with it.

    Raises IllegalMove, NotReady until all sheets are in, NotWhatFollows.
    """
    lead(by)
    row = await queries.for_update(tx, application_id)
    row.check(M.PROPOSE)
    scored = await reviewing.result(tx, row)
    if scored is None:
        raise NotReady(_("Not all score sheets are in."))
    asked = rules.verdict(scored.total, await queries.rules_of(tx, row))
    if result is not asked:
        raise NotWhatFollows(_("The score asks for the other result."), field="result", asked=str(asked))
    proposal = AwardProposal(
        id=new_id(),
        application_id=row.id,
        round=row.round,
        result=result,
        score=scored.shown,
        reason=reason,
        proposed_by=by.id,
        proposed_at=clock.now(),
    )
    tx.add(proposal)
    row.move(M.PROPOSE, by=by.id)
    await tx.flush()
    said = {"result": result, "score": str(scored.shown), "reason": reason}
    await evidence.record(tx, row.itself, "award.proposed", said, actor=by.id)
    await telling.tell(tx, row, "proposed", to=telling.EVALUATORS)
    return proposal.id


async def agree(tx: AsyncSession, application_id: UUID, proposal_id: UUID, *, zone: str, by: Member) -> None:
    """Another person agrees: it is published for objections. Raises SecondPersonNeeded, IllegalMove."""
    row, proposal = await _second(tx, application_id, proposal_id, ProposalMove.AGREE, by)
    known, today = await queries.rules_of(tx, row), day_of(clock.now(), zone)
    proposal.decided_by, proposal.decided_at = by.id, clock.now()
    proposal.move(ProposalMove.AGREE, by=by.id)
    row.result, row.told_at = Result(proposal.result), None
    row.publicity_from, row.publicity_until = today, add_working_days(today, known.publicity_days)
    row.move(M.PUBLISH, by=by.id)
    said = {"result": proposal.result, "until": row.publicity_until.isoformat()}
    await evidence.record(tx, row.itself, "award.agreed", said, actor=by.id)
    await telling.tell(tx, row, f"published_{proposal.result}", until=row.publicity_until.isoformat())


async def decline(tx: AsyncSession, application_id: UUID, proposal_id: UUID, *, by: Member) -> None:
    """Another person does not agree: nothing is decided. Raises as `agree`."""
    row, proposal = await _second(tx, application_id, proposal_id, ProposalMove.DECLINE, by)
    proposal.decided_by, proposal.decided_at = by.id, clock.now()
    proposal.move(ProposalMove.DECLINE, by=by.id)
    row.move(M.DECLINE, by=by.id)
    await evidence.record(tx, row.itself, "award.declined", {"result": proposal.result}, actor=by.id)
    await telling.tell(tx, row, "declined", to=telling.EVALUATORS)


async def _second(
    tx: AsyncSession, application_id: UUID, proposal_id: UUID, move: ProposalMove, by: Member
) -> tuple[Application, AwardProposal]:
    lead(by)
    row = await queries.for_update(tx, application_id)
    row.check(M.PUBLISH if move is ProposalMove.AGREE else M.DECLINE)
    proposal = await queries.of(tx, AwardProposal, proposal_id, row)
    proposal.check(move)
    if proposal.proposed_by == by.id:
        raise SecondPersonNeeded(_("You proposed this yourself. Another person has to decide."))
    return row, proposal


async def conclude(tx: AsyncSession, application_id: UUID, *, zone: str) -> None:
    """The days for objections are over, by the clock: what was published is carried out once no objection is open.

    While one is, those who lead are told of it, once. Does nothing before.
    """
    row = await queries.for_update(tx, application_id)
    today = day_of(clock.now(), zone)
    if row.state != S.PUBLICITY or row.publicity_until is None or today <= row.publicity_until:
        return
    if await queries.open_objections(tx, row):
        await _wait(tx, row)
        return
    said: dict[str, str] = {}
    if row.result == Result.AWARD:
        row.title_id, said = await _award(tx, row, today)
    row.ended_at = clock.now()
    row.move(RESULTS[Result(str(row.result))], by=None)
    await evidence.record(tx, row.itself, f"award.{row.state}", said, actor=None)
    await telling.tell(tx, row, row.state.value)
    await telling.tell(tx, row, row.state.value, to=telling.EVALUATORS)


async def _wait(tx: AsyncSession, row: Application) -> None:
    if row.told_at is not None:
        return
    row.told_at = clock.now()
    said = {"until": str(row.publicity_until)}
    await evidence.record(tx, row.itself, "award.publicity_over", said, actor=None)
    await telling.tell(tx, row, "publicity_over", to=telling.EVALUATORS)


async def _award(tx: AsyncSession, row: Application, today: date) -> tuple[UUID, dict[str, str]]:
    """Make the title, with the next number of its series, as the two decided: its id, and what the certificate says."""
    known = await queries.rules_of(tx, row)
    proposal = (await queries.agreed(tx, [row.id]))[row.id]
    await assessment.alone(tx, "title")
    said = Awarded(
        name_en=known.name_en,
        name_zh=known.name_zh,
        authority=known.authority,
        certificate=await titles.next_certificate(tx, f"{known.series}-{today.year}-"),
        valid_from=today,
        valid_until=rules.last_day(today, known.valid_years),
    )
    if proposal.decided_by is None:
        raise LookupError("what is published was agreed by somebody")
    title = await titles.award(tx, said, proposed_by=proposal.proposed_by, agreed_by=proposal.decided_by)
    return title, {"certificate": said.certificate, "from": str(said.valid_from), "until": str(said.valid_until)}


async def due(tx: AsyncSession, zone: str, at_most: int) -> list[UUID]:
    """Applications whose clock has run out: to be completed, or open to objections."""
    today = day_of(clock.now(), zone)
    late = (Application.state == S.RETURNED) & (Application.complete_by < today)
    over = (Application.state == S.PUBLICITY) & (Application.publicity_until < today)
    query = select(Application.id).where(late | over).order_by(Application.id).limit(at_most)
    return list(await tx.scalars(query))
