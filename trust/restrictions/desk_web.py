"""Addresses of the restrictions desk: place, agree, lift, publish, decide appeals, give points, record findings."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity
from trust.identity.errors import OrganisationNotFound
from trust.identity.queries import OrganisationView
from trust.restrictions import answering, breaches, publishing, queries, service
from trust.restrictions.answering import Ruling
from trust.restrictions.breaches import Decision
from trust.restrictions.errors import RestrictionNotFound
from trust.restrictions.ladder import ENFORCED, ZONE, Measure
from trust.restrictions.points import BREACHES, schedule
from trust.restrictions.reasons import REASONS, offered
from trust.restrictions.schemas import (
    BecauseIn,
    DeskLineOut,
    DeskQuery,
    FindingIn,
    PlaceIn,
    PointsIn,
    PublishIn,
    RulingIn,
    StartQuery,
)
from trust.restrictions.service import Charge
from trust.restrictions.web import WORDS

router = HouseRouter(tags=["restrictions desk"])
DESK = "/restrictions/desk"


@router.get("/restrictions/desk", response_model=list[DeskLineOut])
async def desk(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[DeskQuery, Query()]) -> Response:
    """Restrictions by what is to be done about them, or by company."""
    require(member, Permission.RESTRICT)
    found, total = await queries.desk(tx, asked.show, company=asked.company, offset=asked.offset, limit=asked.per_page)
    return answer.show(
        "trust/restrictions_desk.html",
        [DeskLineOut.line(view) for view in found],
        found=found,
        total=total,
        asked=asked,
        counts=await queries.counts(tx),
        **WORDS,
    )


@router.get("/restrictions/desk/new", include_in_schema=False)
async def new(answer: Answer, tx: Tx, member: CurrentMember, start: Annotated[StartQuery, Query()]) -> Response:
    """Forms to place a restriction, to give points, and to record what an authority found."""
    require(member, Permission.RESTRICT)
    today = clock.now().astimezone(ZONE).date()
    return answer.show(
        "trust/restrictions_new.html",
        None,
        start=start,
        point=await queries.point(tx, start.point) if start.point else None,
        reasons=offered(today),
        findings=offered(today, found=True),
        breaches=BREACHES,
        worth=schedule(today).worth,
        enforced=ENFORCED,
        **WORDS,
    )


@router.get("/restrictions/desk/companies/{organisation_id}", response_model=list[DeskLineOut])
async def history(
    answer: Answer, tx: Tx, member: CurrentMember, organisation_id: UUID, asked: Annotated[DeskQuery, Query()]
) -> Response:
    """Everything of one company: restrictions of every state, and points."""
    require(member, Permission.RESTRICT)
    company = await identity.organisation(tx, organisation_id)
    found, total = await queries.desk(tx, "", organisation_id=company.id, offset=asked.offset, limit=asked.per_page)
    return answer.show(
        "trust/restrictions_company.html",
        [DeskLineOut.line(view) for view in found],
        company=company,
        found=found,
        total=total,
        asked=asked,
        points=await queries.points(tx, company.id),
        points_now=await queries.points_now(tx, company.id),
        breaches=BREACHES,
        **WORDS,
    )


@router.post("/restrictions/desk", response_model=DeskLineOut)
async def place(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[PlaceIn, Submitted(PlaceIn)]
) -> Response:
    """Place a reminder or partial restriction, or propose a suspension."""
    require(member, Permission.RESTRICT)
    asked = Measure(data.kind, frozenset(data.scopes), data.days)
    charge = Charge(reason=data.reason, statement=data.statement, rests_on=await _subjects(tx, data.rests_on))
    company = await _company(tx, data.company)
    if data.point is None:
        made = await service.place(tx, company.id, asked, charge, by=member)
    else:
        if (await queries.point(tx, data.point)).organisation_id != company.id:
            raise Invalid(_("These points are another company's."), field="company")
        made = await breaches.place_proposed(tx, data.point, asked, charge, by=member)
    return await _made(answer, tx, made)


async def _company(tx: AsyncSession, called: str) -> OrganisationView:
    """By the address of its page, or the last part of it."""
    slug = called.split("?")[0].rstrip("/").rsplit("/", 1)[-1].lower()
    try:
        return await identity.by_slug(tx, slug)
    except OrganisationNotFound:
        raise Invalid(_("No company's page has this address."), field="company") from None


async def _subjects(tx: AsyncSession, text: str) -> list[Subject]:
    """One a line, each with an evidence chain."""
    found = []
    for line in text.split():
        try:
            subject = Subject.parse(line)
        except ValueError:
            subject = None
        if subject is None or not await evidence.count(tx, subject):
            raise Invalid(_("There is no evidence of this: %(subject)s.") % {"subject": line[:80]}, field="rests_on")
        found.append(subject)
        if len(found) > 20:
            raise Invalid(_("Name twenty at most."), field="rests_on")
    return found


@router.post("/restrictions/desk/points", include_in_schema=False)
async def points(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[PointsIn, Submitted(PointsIn)]
) -> Response:
    """Write points down for a breach."""
    require(member, Permission.RESTRICT)
    company = await _company(tx, data.company)
    await breaches.give(tx, company.id, data.breach, data.facts, by=member)
    return answer.done(f"{DESK}/companies/{company.id}", {}, created=True, flash=_("The points are written down."))


@router.post("/restrictions/desk/points/{point_id}/refusal", include_in_schema=False)
async def let_be(
    answer: Answer, tx: Tx, member: CurrentMember, point_id: UUID, data: Annotated[BecauseIn, Submitted(BecauseIn)]
) -> Response:
    """Place nothing, for a reason."""
    await breaches.let_be(tx, point_id, data.reason, by=member)
    return answer.done("/moderation", {}, flash=_("Nothing is placed. The reason is kept."))


@router.post("/restrictions/desk/findings", response_model=DeskLineOut)
async def finding(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[FindingIn, Submitted(FindingIn)]
) -> Response:
    """Record an authority's final decision; a second person ends the cooperation."""
    require(member, Permission.RESTRICT)
    company = await _company(tx, data.company)
    if data.kind not in REASONS:
        raise Invalid(_("Choose a reason of the list."), field="kind")
    state = request.app.state
    files = await answering.keep_files(state.files, state.vault, company.id, [data.file])
    said = Decision(data.organ, data.document_number, data.kind, data.decided_on, data.statement)
    return await _made(answer, tx, await breaches.record_finding(tx, company.id, said, files, by=member))


@router.post(
    "/restrictions/{restriction_id}/finding/copy", include_in_schema=False, dependencies=[counted(Exported.CASES)]
)
async def document(request: Request, answer: Answer, tx: Tx, member: CurrentMember, restriction_id: UUID) -> Response:
    """The authority's document, for the desk. A POST, because looking is written down."""
    require(member, Permission.RESTRICT)
    view = await queries.restriction(tx, restriction_id)
    if view.finding_id is None:
        raise RestrictionNotFound(_("There is no such file."))
    found = await queries.finding(tx, view.finding_id)
    state = request.app.state
    data, name, kind = await answering.read_file(state.files, state.vault, view.organisation_id, found.files, 0)
    answering.looked(tx, view.organisation_id, by=member, restriction_id=view.id)
    return answer.file(data, name, kind)


@router.post("/restrictions/{restriction_id}/agreement", response_model=DeskLineOut)
async def agree(answer: Answer, tx: Tx, member: CurrentMember, restriction_id: UUID) -> Response:
    """Agree, as the second person, to a suspension or the end of the cooperation."""
    await service.agree(tx, restriction_id, by=member)
    return await _changed(answer, tx, restriction_id, _("It binds from this moment; the company was told."))


@router.post("/restrictions/{restriction_id}/refusal", response_model=DeskLineOut)
async def refuse(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    restriction_id: UUID,
    data: Annotated[BecauseIn, Submitted(BecauseIn)],
) -> Response:
    """Do not agree, as the second person: nothing happens."""
    await service.refuse(tx, restriction_id, data.reason, by=member)
    return await _changed(answer, tx, restriction_id, _("Not placed. The company does not learn of it."))


@router.post("/restrictions/{restriction_id}/lifting", response_model=DeskLineOut)
async def lift(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    restriction_id: UUID,
    data: Annotated[BecauseIn, Submitted(BecauseIn)],
) -> Response:
    """End a restriction before its time."""
    await service.lift(tx, restriction_id, data.reason, by=member)
    return await _changed(answer, tx, restriction_id, _("Lifted. The company was told."))


@router.post("/restrictions/{restriction_id}/publication", response_model=DeskLineOut)
async def publish(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    restriction_id: UUID,
    data: Annotated[PublishIn, Submitted(PublishIn)],
) -> Response:
    """Put a measure against an illegal act on the public register."""
    await publishing.publish(tx, restriction_id, data.name, by=member)
    return await _changed(answer, tx, restriction_id, _("It stands on the public register."))


@router.post("/restrictions/appeals/{appeal_id}/decision", response_model=DeskLineOut)
async def decide(
    answer: Answer, tx: Tx, member: CurrentMember, appeal_id: UUID, data: Annotated[RulingIn, Submitted(RulingIn)]
) -> Response:
    """Decide an appeal; the company is told with the reason."""
    lighter = Measure(data.kind, frozenset(data.scopes), data.days) if data.kind else None
    await answering.decide(tx, appeal_id, Ruling(data.outcome, data.reason, lighter), by=member)
    seen = await queries.appeal(tx, appeal_id=appeal_id)
    if seen is None:
        raise RestrictionNotFound(_("There is no such appeal."))
    return await _changed(answer, tx, seen.restriction_id, _("Decided. The company was told."))


async def _made(answer: Answer, tx: AsyncSession, restriction_id: UUID) -> Response:
    await tx.flush()
    view = await queries.restriction(tx, restriction_id)
    text = (
        _("Proposed. A second person of compliance decides.")
        if view.starts_at is None
        else _("Placed. It binds from this moment; the company was told.")
    )
    return answer.done(f"/restrictions/{view.id}", DeskLineOut.line(view), created=True, flash=text)


async def _changed(answer: Answer, tx: AsyncSession, restriction_id: UUID, text: str) -> Response:
    await tx.flush()
    view = await queries.restriction(tx, restriction_id)
    return answer.done(f"/restrictions/{restriction_id}", DeskLineOut.line(view), flash=text)
