"""What a reviewer writes down: what the public register says, and visits to a company's site."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.periods import latest_today
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity import queries as identity
from trust.identity import service as people
from trust.reviews import queries as desk
from trust.reviews.errors import OwnCase
from trust.verification import guarding, levels, queries
from trust.verification.errors import RequestNotFound
from trust.verification.events import FactsChanged
from trust.verification.facts import GOOD_FOR, Fact
from trust.verification.models import RegisterEntry, SiteVisit, VerifiedFact
from trust.verification.papers import context
from trust.verification.register import RegistryEntry, claim_digest, compared, place, sealed
from trust.verification.states import RequestMove

OLDEST_VISIT = 90
"""Days: what was seen longer ago says little of today."""


async def note_register(
    tx: AsyncSession,
    vault: Vault,
    request_id: UUID,
    entry: RegistryEntry,
    *,
    source: str,
    screenshot: dict[str, Any] | None,
    by: Member,
) -> None:
    """Write down what the register says of a company under review, under the company's own number and country, and
    with which of the claimed facts it agrees.

    Raises NotPermitted, RequestNotFound, OwnCase, IllegalMove when it is no longer under review.
    """
    require(by, Permission.MODERATE)
    request = await queries.request_for_update(tx, request_id)
    if await desk.is_related(tx, request.organisation_id, by):
        raise OwnCase(_("This concerns your own company, or one of one hand with it. Somebody else decides it."))
    if request.forgotten_at is not None:
        raise RequestNotFound
    request.check(RequestMove.ACCEPT)
    company = await identity.organisation(tx, request.organisation_id)
    representative = vault.open(request.representative_sealed, context(company.id))
    agreeing = [found.fact for found in compared(request.claims, representative, entry) if not found.flagged]
    tx.add(
        RegisterEntry(
            request_id=request.id,
            mark=place(vault, company.country, company.registration_number),
            sealed=sealed(vault, entry, company.country, company.registration_number),
            agrees={fact.value: claim_digest(fact, request.claims, request.representative_mark) for fact in agreeing},
            screenshot=screenshot["key"] if screenshot else "",
            screenshot_type=screenshot["content_type"] if screenshot else "",
            source=source,
            looked_by=by.id,
            looked_at=clock.now(),
        )
    )
    said = {"source": source, "screenshot": screenshot["key"] if screenshot else ""}
    await evidence.record(tx, Subject("verification_request", request.id), "register.noted", said, actor=by.id)
    await guarding.check_register(tx, request, entry, by=by)


async def record_visit(
    tx: AsyncSession,
    vault: Vault,
    organisation_id: UUID,
    *,
    kind: str,
    visited_on: date,
    address: str,
    confirms: bool,
    report: str,
    documents: list[dict[str, Any]],
    by: Member,
) -> UUID:
    """Record that somebody was there; a visit that confirms the site makes the fact, and with the entity level 3. One
    that does not ends it.

    kind    visit (staff of ours) or representative (somebody we sent)
    raises  NotPermitted, OrganisationNotFound, OwnCase, Invalid for a day in the future or long ago
    """
    require(by, Permission.MODERATE)
    company = await identity.organisation(tx, organisation_id)
    if await desk.is_related(tx, company.id, by):
        raise OwnCase(_("This concerns your own company, or one of one hand with it. Somebody else decides it."))
    today = latest_today(clock.now())
    if visited_on > today:
        raise Invalid(_("This day has not come yet."), field="visited_on")
    if (today - visited_on).days > OLDEST_VISIT:
        message = _("A visit of more than %(days)s days ago confirms nothing today.") % {"days": OLDEST_VISIT}
        raise Invalid(message, field="visited_on")
    await identity.lock(tx, company.id)
    visit = SiteVisit(
        organisation_id=company.id,
        kind=kind,
        visited_on=visited_on,
        address=address,
        confirms=confirms,
        sealed=vault.seal(report, context(company.id)),
        documents=documents,
        recorded_by=by.id,
        recorded_at=clock.now(),
    )
    tx.add(visit)
    await tx.flush()
    said = {"organisation": company.id, "kind": kind, "on": visited_on.isoformat(), "confirms": confirms}
    keys = [document["key"] for document in documents]
    await evidence.record(tx, Subject("site_visit", visit.id), "site.visited", said | {"documents": keys}, actor=by.id)
    if confirms or await _site_stands(tx, company.id):
        tx.add(_seen(visit, by))
        await outbox.publish(tx, FactsChanged(company.id))
        await levels.settle(tx, company.id, by=by.id)
    told = {"confirms": confirms, "on": visited_on.isoformat(), "path": "/verification"}
    await people.notify(tx, company.id, Permission.VERIFY_COMPANY, "site_visited", told)
    return visit.id


async def _site_stands(tx: AsyncSession, organisation_id: UUID) -> bool:
    facts = await queries.facts(tx, organisation_id)
    return any(fact.fact is Fact.SITE and fact.state == "verified" for fact in facts)


def _seen(visit: SiteVisit, by: Member) -> VerifiedFact:
    """The fact from now on; over at once where nothing was confirmed."""
    now = clock.now()
    return VerifiedFact(
        organisation_id=visit.organisation_id,
        fact=Fact.SITE,
        value=visit.address,
        method=visit.kind,
        document="site",
        confirmed_by=by.id,
        confirmed_at=now,
        valid_until=now + GOOD_FOR if visit.confirms else now,
    )


async def visits(tx: AsyncSession, organisation_id: UUID) -> list[SiteVisit]:
    """Visits to a company, newest first."""
    query = select(SiteVisit).where(SiteVisit.organisation_id == organisation_id)
    return list(await tx.scalars(query.order_by(SiteVisit.id.desc()).limit(20)))


async def visit(tx: AsyncSession, visit_id: UUID, *, by: Member) -> SiteVisit:
    """For its company or a reviewer. Raises RequestNotFound."""
    row = await tx.get(SiteVisit, visit_id)
    if row is None or (row.organisation_id != by.organisation_id and not by.may(Permission.MODERATE)):
        raise RequestNotFound
    return row
