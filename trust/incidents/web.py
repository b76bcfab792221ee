"""Addresses of the register of incidents."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import N_, _
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from trust import sealed
from trust.access import CurrentMember, Member, Permission, require
from trust.identity import queries as identity
from trust.identity.web.door import TheVault
from trust.incidents import doing, duties, handling, notifying, queries, schemas, states
from trust.incidents.models import Incident
from trust.incidents.queries import Shown
from trust.incidents.schemas import FiguresOut, IncidentOut, RecordOut
from trust.notices import service as notices
from trust.privacy.purposes import in_force

router = HouseRouter(tags=["incidents"])
Said = Annotated[schemas.TextIn, Submitted(schemas.TextIn)]
WORDS: dict[str, Any] = {
    "natures": states.NATURES,
    "grades": states.GRADES,
    "harms": states.HARMS,
    "states": states.STATES,
    "tones": states.TONES,
    "duty_states": states.DUTY_STATES,
    "duty_tones": states.DUTY_TONES,
    "duty_labels": duties.LABELS,
    "happened": states.HAPPENED,
    "tabs": {"standing": N_("Standing"), "over": N_("Over"), "drills": N_("Drills")},
}


@router.get("/incidents", response_model=list[IncidentOut])
async def register(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    show: Shown = "standing",
) -> Response:
    """Incidents, the newest first; those who do not handle them see their own reports."""
    found, total = await queries.incidents(tx, show, by=member, offset=page.offset, limit=page.per_page)
    handles = member.may(Permission.HANDLE_INCIDENTS)
    zone = request.app.state.settings.reporting_zone
    return answer.show(
        "incidents/register.html",
        [IncidentOut.of(line) for line in found],
        total=total,
        page=page,
        shown=show,
        figures=await queries.figures(tx, zone, by=member) if handles else [],
        **WORDS,
    )


@router.get("/incidents/figures", response_model=list[FiguresOut])
async def figures(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """By half-year and grade, and the definitions of the grades with the days from which they hold."""
    zone = request.app.state.settings.reporting_zone
    found = await queries.figures(tx, zone, by=member)
    out = [FiguresOut.model_validate(one) for one in found]
    words: dict[str, Any] = {"figures": found, "definitions": duties.DEFINITIONS, "clocks": duties.CLOCKS}
    return answer.show("incidents/figures.html", out, **words, **WORDS)


@router.get("/incidents/new", include_in_schema=False)
async def form(answer: Answer, member: CurrentMember) -> Response:
    """The form in which anybody of the platform reports an incident."""
    require(member, Permission.REPORT_INCIDENTS)
    return answer.show("incidents/new.html", None, **WORDS)


@router.post("/incidents", response_model=RecordOut)
async def report(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[schemas.ReportIn, Submitted(schemas.ReportIn)]
) -> Response:
    """Report an incident; its clocks run from when it was noticed."""
    row = await handling.report(tx, data.report, by=member)
    text = _("Reported. Those who handle incidents assess it within the hour.")
    return answer.done(f"/incidents/{row.id}", RecordOut.whole(row), created=True, flash=text)


async def _record(tx: AsyncSession, row: Incident) -> RecordOut:
    asked = await queries.duties(tx, row.id)
    laws = {one.duty: one.law for one in duties.CLOCKS}
    sent = [
        schemas.NoticeOut(
            **{name: getattr(n, name) for name in schemas.NoticeOut.model_fields if name != "told"},
            told=schemas.told_out(await notices.told(tx, n.itself)),
        )
        for n in await queries.notices(tx, row.id)
    ]
    links = await queries.timeline(tx, row)
    names = [one.name_latin for one in await queries.companies(tx, row.id)]
    parts: dict[str, Any] = {
        "duties": [schemas.DutyOut.of(duty, _(laws[duty.kind])) for duty in asked],
        "named": names,
        "notices": sent,
        "timeline": [
            schemas.LinkOut(seq=k.seq, kind=k.kind, at=k.at, actor=k.actor, data=k.data, hash=k.hash) for k in links
        ],
    }
    return RecordOut.whole(row, **parts)


async def _people(tx: AsyncSession, out: RecordOut, row: Incident) -> dict[UUID, str]:
    """Names of who had a hand in it."""
    ids = {link.actor for link in out.timeline if link.actor} | {row.reported_by}
    return {id_: (await identity.member_view(tx, id_)).name for id_ in ids}


@router.get("/incidents/{incident_id}", response_model=RecordOut)
async def one(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID) -> Response:
    """One incident: what it is, what is due, whom it touches, and what happened so far."""
    row = await queries.incident(tx, incident_id, by=member)
    out = await _record(tx, row)
    rows = {duty.id: duty for duty in await queries.duties(tx, row.id)}
    return answer.show(
        "incidents/incident.html",
        out,
        row=row,
        duty_rows=rows,
        names=await _people(tx, out, row),
        handles=member.may(Permission.HANDLE_INCIDENTS),
        purposes=in_force(),
        to_people=duties.TO_PEOPLE,
        definitions=duties.definitions(row.detected_at.date()),
        **WORDS,
    )


@router.get("/incidents/{incident_id}/record", response_model=RecordOut)
async def record(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID) -> Response:
    """The whole record on one page, for paper."""
    require(member, Permission.HANDLE_INCIDENTS)
    row = await queries.incident(tx, incident_id, by=member)
    out = await _record(tx, row)
    values: dict[str, Any] = {"row": row, "purposes": in_force(), "made_at": clock.now()}
    return answer.show("incidents/record.html", out, names=await _people(tx, out, row), **values, **WORDS)


@router.get("/incidents/{incident_id}/record.json", include_in_schema=False)
async def exported(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID) -> Response:
    """The same as a file."""
    require(member, Permission.HANDLE_INCIDENTS)
    row = await queries.incident(tx, incident_id, by=member)
    data = (await _record(tx, row)).model_dump_json(indent=1).encode()
    return answer.file(data, f"{row.number}.json", "application/json")


@router.post("/incidents/{incident_id}/assessment", response_model=RecordOut)
async def assess(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    incident_id: UUID,
    data: Annotated[schemas.AssessmentIn, Submitted(schemas.AssessmentIn)],
) -> Response:
    """Say what it is; the duties that follow are due from then on."""
    await handling.assess(tx, incident_id, data.assessment, by=member)
    return await _done(answer, tx, member, incident_id, _("Assessed. What the law asks for stands below."))


@router.post("/incidents/{incident_id}/notes", response_model=RecordOut)
async def note(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, data: Said) -> Response:
    """Write something on the timeline."""
    await handling.note(tx, incident_id, data.text, by=member)
    return await _done(answer, tx, member, incident_id, _("Noted."))


@router.post("/incidents/{incident_id}/dismissal", response_model=RecordOut)
async def dismiss(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, data: Said) -> Response:
    """It is none: decided by another person than who reported it."""
    await handling.dismiss(tx, incident_id, data.text, by=member)
    return await _done(answer, tx, member, incident_id, _("Written down as no incident."))


@router.post("/incidents/{incident_id}/containment", response_model=RecordOut)
async def contain(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, data: Said) -> Response:
    """The handling is over."""
    await handling.contain(tx, incident_id, data.text, by=member)
    return await _done(answer, tx, member, incident_id, _("The handling is over."))


@router.post("/incidents/{incident_id}/reopening", response_model=RecordOut)
async def reopen(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, data: Said) -> Response:
    """It is not over after all."""
    await handling.reopen(tx, incident_id, data.text, by=member)
    return await _done(answer, tx, member, incident_id, _("Taken up again."))


@router.post("/incidents/{incident_id}/closing", response_model=RecordOut)
async def close(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, data: Said) -> Response:
    """Nothing is left to do; what was learnt."""
    await handling.close(tx, incident_id, data.text, by=member)
    return await _done(answer, tx, member, incident_id, _("Closed."))


@router.post("/incidents/{incident_id}/companies", response_model=RecordOut)
async def name_companies(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    incident_id: UUID,
    data: Annotated[schemas.CompaniesIn, Submitted(schemas.CompaniesIn)],
) -> Response:
    """Name companies whose data it touches."""
    new = await handling.name_companies(tx, incident_id, data.slugs, by=member)
    return await _done(answer, tx, member, incident_id, _("Companies added: %(n)s.") % {"n": new})


@router.post("/incidents/{incident_id}/notices", response_model=RecordOut)
async def send(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    incident_id: UUID,
    data: Annotated[schemas.NoticeIn, Submitted(schemas.NoticeIn)],
) -> Response:
    """Send a notice to the companies named, in both languages."""
    await notifying.send(tx, incident_id, data.words, everybody=data.audience == "everybody", by=member)
    return await _done(answer, tx, member, incident_id, _("The notice is on its way."))


@router.post("/incidents/{incident_id}/duties/{incident_duty_id}/completion", response_model=RecordOut)
async def do(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    incident_id: UUID,
    incident_duty_id: UUID,
    data: Annotated[schemas.DoneIn, Submitted(schemas.DoneIn)],
) -> Response:
    """A duty is done: to whom, and under which number they have it."""
    require(member, Permission.HANDLE_INCIDENTS)
    file = None
    if data.document is not None:
        context = doing.sealed_for(incident_duty_id)
        file = await sealed.keep(request.app.state.files, vault, context, data.document, field="document")
    said = (data.recipient, data.reference, data.delay, file)
    await doing.do(tx, incident_id, incident_duty_id, *said, by=member)
    return await _done(answer, tx, member, incident_id, _("Done, and written down."))


@router.post("/incidents/{incident_id}/duties/{incident_duty_id}/document", include_in_schema=False)
@not_replayed
async def document(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    incident_id: UUID,
    incident_duty_id: UUID,
) -> Response:
    """A duty's document. A POST, because fetching is written down."""
    file = await doing.document(tx, incident_id, incident_duty_id, by=member)
    data = await sealed.opened(request.app.state.files, vault, doing.sealed_for(incident_duty_id), file["key"])
    return answer.file(data, file["name"], file["content_type"])


@router.post("/incidents/{incident_id}/duties/{incident_duty_id}/waiver", response_model=RecordOut)
async def propose(
    answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, incident_duty_id: UUID, data: Said
) -> Response:
    """Propose that a duty is not needed, and why; another person decides."""
    await doing.propose(tx, incident_id, incident_duty_id, data.text, by=member)
    return await _done(answer, tx, member, incident_id, _("Proposed. Another person decides."))


@router.post("/incidents/{incident_id}/duties/{incident_duty_id}/waiver/agreement", response_model=RecordOut)
async def agree(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, incident_duty_id: UUID) -> Response:
    """Agree that a duty is not needed."""
    await doing.agree(tx, incident_id, incident_duty_id, by=member)
    return await _done(answer, tx, member, incident_id, _("Agreed: it is not needed."))


@router.post("/incidents/{incident_id}/duties/{incident_duty_id}/waiver/refusal", response_model=RecordOut)
async def decline(answer: Answer, tx: Tx, member: CurrentMember, incident_id: UUID, incident_duty_id: UUID) -> Response:
    """The duty stays."""
    await doing.decline(tx, incident_id, incident_duty_id, by=member)
    return await _done(answer, tx, member, incident_id, _("Refused: the duty stays."))


async def _done(answer: Answer, tx: AsyncSession, member: Member, incident_id: UUID, text: str) -> Response:
    await tx.flush()
    row = await queries.incident(tx, incident_id, by=member)
    return answer.done(f"/incidents/{incident_id}", await _record(tx, row), flash=text)
