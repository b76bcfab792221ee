"""What risk learns from reviewers, and of who joins."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import handler
from app.core.subject import Subject
from trust.identity.events import CountryChanged, OrganisationRegistered, SignInsRefused
from trust.restrictions.events import RestrictionsChanged
from trust.reviews.events import ReviewDecided, Verdict
from trust.risk import excluding, holds, joining
from trust.risk.facts_of_people import ArrivalFacts
from trust.risk.models import RiskHit, RiskHold, RiskOutcome
from trust.risk.service import REVIEW_KIND, REVIEW_PREFIX


@handler(ReviewDecided)
async def on_review_decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """Refused means that there was harm, accepted that there was none; asked for more says neither.

    All hits of the thing that nobody judged yet are judged by it. Where there was no harm, that asks for what is held
    by them to be let go.
    """
    if event.kind != REVIEW_KIND or event.verdict is Verdict.MORE:
        return
    subject = Subject(event.subject.type.removeprefix(REVIEW_PREFIX), event.subject.id)
    judged = select(RiskOutcome.hit_id).where(RiskOutcome.hit_id == RiskHit.id).exists()
    query = select(RiskHit.id).where(RiskHit.subject_type == subject.type, RiskHit.subject_id == subject.id, ~judged)
    found = list(await tx.scalars(query))
    harm = event.verdict is Verdict.REJECT
    rows = [
        {"hit_id": id_, "harm": harm, "review_id": event.review_id, "decided_by": event.decided_by, "at": clock.now()}
        for id_ in found
    ]
    if rows:
        await tx.execute(insert(RiskOutcome).on_conflict_do_nothing(), rows)
    if not harm:
        held = await tx.execute(
            select(RiskHold.subject_type, RiskHold.subject_id).where(RiskHold.hit_id.in_(found)).distinct()
        )
        for row in held:
            thing = Subject(row.subject_type, row.subject_id)
            await holds.ask_for_all(tx, thing, event.reason or "No harm found.", by=event.decided_by)


@handler(OrganisationRegistered)
async def on_registered(tx: AsyncSession, event: OrganisationRegistered) -> None:
    await joining.look_at(tx, event.organisation_id, event.member_id)


@handler(RestrictionsChanged)
async def on_restrictions_changed(tx: AsyncSession, event: RestrictionsChanged) -> None:
    await excluding.look_around(tx, event.organisation_id)


@handler(SignInsRefused)
async def on_sign_ins_refused(tx: AsyncSession, event: SignInsRefused) -> None:
    await joining.look_at_tries(tx, event.organisation_id, event.member_id, event.tries)


@handler(CountryChanged)
async def on_country_changed(tx: AsyncSession, event: CountryChanged) -> None:
    facts = ArrivalFacts(event.before, event.after, event.minutes)
    await joining.look_at_arrival(tx, event.organisation_id, event.member_id, facts)
