"""What is asked of cases. Everything is loaded for one reader: what that side may not see is not in the answer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy import case as sql_case
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.crypto import mark
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from trust.access import Member, Permission
from trust.cases.errors import CaseNotFound, ExhibitNotFound
from trust.cases.events import CaseRuled
from trust.cases.models import Case, CaseClock, CaseExhibit, CaseMessage, CaseRuling, CaseSatisfaction
from trust.cases.periods import OF_BOTH
from trust.cases.states import ENDED, CaseState, Kind, Side


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as one side sees it. `reader` is that side; for the respondent of a report `statement` is empty, and it
    began when they were told of it.
    """

    id: UUID
    number: str
    kind: Kind
    topic: str
    subject: Subject
    title: str
    path: str
    complainant_id: UUID | None
    respondent_id: UUID
    statement: str
    wanted: str
    amount: Money | None
    checklist: list[list[str]]
    complex: bool
    state: CaseState
    round: int
    handler_id: UUID | None
    since: datetime
    told_at: datetime | None
    ended_at: datetime | None
    complainant_agreed: bool
    respondent_agreed: bool
    contact_given: bool
    forgotten: bool
    reader: Side


@dataclass(frozen=True, slots=True)
class ClockView:
    name: str
    number: int
    unit: str
    began_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class MessageView:
    id: UUID
    side: Side
    audience: str
    text: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ExhibitView:
    """`of` is the label of the exhibit of which this is a translation."""

    label: str
    side: Side
    name: str
    content_type: str
    size: int
    sha256: str
    of: str
    how: str
    language: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RulingView:
    """`decided_by` is for the platform's own eyes."""

    stage: str
    round: int
    remedy: str
    facts: str
    reason: str
    rules: list[dict[str, str]]
    exhibits: list[str]
    to_complainant: Money | None
    to_respondent: Money | None
    decided_at: datetime
    decided_by: UUID | None


@dataclass(frozen=True, slots=True)
class File:
    """A case with all that its reader may see of it."""

    case: CaseView
    clocks: list[ClockView]
    messages: list[MessageView]
    exhibits: list[ExhibitView]
    rulings: list[RulingView]
    rated: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A case in its company's list."""

    id: UUID
    number: str
    kind: Kind
    title: str
    state: CaseState
    side: Side
    since: datetime
    due_at: datetime | None


async def for_update(tx: AsyncSession, case_id: UUID) -> Case:
    """Locks the case. Raises CaseNotFound."""
    row = await tx.scalar(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise CaseNotFound(_("There is no such case."))
    return row


async def for_reading(tx: AsyncSession, case_id: UUID) -> Case:
    """Without a lock; the caller says as whom it is read. Raises CaseNotFound."""
    row = await tx.scalar(select(Case).where(Case.id == case_id))
    if row is None:
        raise CaseNotFound(_("There is no such case."))
    return row


def side_of(case: Case, by: Member) -> Side:
    """As whom `by` reads it. Raises CaseNotFound for a stranger, and for a respondent who does not know of it yet."""
    if case.complainant_id is not None and by.organisation_id == case.complainant_id:
        return Side.COMPLAINANT
    if by.organisation_id == case.respondent_id and case.told_at is not None:
        return Side.RESPONDENT
    if by.is_staff and by.may(Permission.JUDGE):
        return Side.PLATFORM
    raise CaseNotFound(_("There is no such case."))


async def as_party(tx: AsyncSession, case_id: UUID, by: Member) -> tuple[Case, Side]:
    """The case locked, for one of its two companies. Raises CaseNotFound."""
    case = await for_update(tx, case_id)
    side = side_of(case, by)
    if side is Side.PLATFORM:
        raise CaseNotFound(_("There is no such case."))
    return case, side


async def called(tx: AsyncSession, code: str, *, lock: bool = False) -> Case:
    """The report with this access code. Raises CaseNotFound."""
    query = select(Case).where(Case.code_mark == mark(code))
    row = await tx.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise CaseNotFound(_("There is no report with this code."))
    return row


async def file_for(tx: AsyncSession, case_id: UUID, by: Member) -> File:
    """Raises CaseNotFound."""
    case = await for_reading(tx, case_id)
    return await file(tx, case, side_of(case, by))


async def file(tx: AsyncSession, case: Case, reader: Side) -> File:
    clocks = await tx.scalars(_clocks(case, reader).order_by(CaseClock.id))
    messages = await tx.scalars(_readable(select(CaseMessage), CaseMessage, case, reader).order_by(CaseMessage.id))
    rulings = await tx.scalars(select(CaseRuling).where(CaseRuling.case_id == case.id).order_by(CaseRuling.id))
    return File(
        case=_view(case, reader),
        clocks=[ClockView(c.name, c.number, c.unit, c.began_at, c.due_at, c.stopped_at) for c in clocks],
        messages=[MessageView(m.id, Side(m.side), m.audience, m.text, m.created_at) for m in messages],
        exhibits=await exhibits(tx, case, reader),
        rulings=[_ruling(r, reader) for r in rulings if r.stage == "merits" or reader is not Side.RESPONDENT],
        rated=await tx.get(CaseSatisfaction, (case.id, reader)) is not None,
    )


async def exhibits(tx: AsyncSession, case: Case, reader: Side) -> list[ExhibitView]:
    """What the reader may see of what was shown, in its order."""
    rows = list(await tx.scalars(_readable(select(CaseExhibit), CaseExhibit, case, reader).order_by(CaseExhibit.id)))
    labels = {row.id: row.label for row in rows}
    return [
        ExhibitView(
            label=row.label,
            side=Side(row.side),
            name=row.name,
            content_type=row.content_type,
            size=row.size,
            sha256=row.sha256,
            of=labels.get(row.translation_of, "") if row.translation_of else "",
            how=row.how,
            language=row.language,
            created_at=row.created_at,
        )
        for row in rows
    ]


async def exhibit(tx: AsyncSession, case: Case, label: str, reader: Side) -> CaseExhibit:
    """One exhibit that the reader may see. Raises ExhibitNotFound, also for one they may not."""
    query = _readable(select(CaseExhibit), CaseExhibit, case, reader)
    row: CaseExhibit | None = await tx.scalar(query.where(CaseExhibit.label == label))
    if row is None:
        raise ExhibitNotFound(_("There is no such exhibit."))
    return row


def _hides_when(kind: str, reader: Side) -> bool:
    """Whether the reader may not learn when it was filed: a moment can give a reporter away."""
    return kind == Kind.REPORT and reader is Side.RESPONDENT


def _clocks(case: Case, reader: Side) -> Select[CaseClock]:
    query = select(CaseClock).where(CaseClock.case_id == case.id)
    return query.where(CaseClock.name.in_(OF_BOTH)) if _hides_when(case.kind, reader) else query


def _readable(query: Select[Any], table: Any, case: Case, reader: Side) -> Select[Any]:
    query = query.where(table.case_id == case.id)
    return query if reader is Side.PLATFORM else query.where(table.audience.in_(["", reader]))


def _view(case: Case, reader: Side) -> CaseView:
    view = CaseView(
        id=case.id,
        number=case.number,
        kind=Kind(case.kind),
        topic=case.topic,
        subject=case.about,
        title=case.title,
        path=case.path,
        complainant_id=case.complainant_id,
        respondent_id=case.respondent_id,
        statement=case.statement,
        wanted=case.wanted,
        amount=case.amount,
        checklist=case.checklist,
        complex=case.complex,
        state=CaseState(case.state),
        round=case.round,
        handler_id=case.handler_id if reader is Side.PLATFORM else None,
        since=case.opened_at,
        told_at=case.told_at,
        ended_at=case.ended_at,
        complainant_agreed=case.complainant_agreed_at is not None,
        respondent_agreed=case.respondent_agreed_at is not None,
        contact_given=case.contact_sealed is not None and reader is not Side.RESPONDENT,
        forgotten=case.forgotten_at is not None,
        reader=reader,
    )
    if _hides_when(case.kind, reader):
        return replace(view, statement="", wanted="", since=case.told_at or case.opened_at)
    return view


def _ruling(row: CaseRuling, reader: Side) -> RulingView:
    return RulingView(
        stage=row.stage,
        round=row.round,
        remedy=row.remedy,
        facts=row.facts,
        reason=row.reason,
        rules=row.rules,
        exhibits=row.exhibits,
        to_complainant=row.to_complainant,
        to_respondent=row.to_respondent,
        decided_at=row.decided_at,
        decided_by=row.decided_by if reader is Side.PLATFORM else None,
    )


async def ruled(tx: AsyncSession, case: Case, *, final: bool) -> CaseRuled:
    """The newest ruling on the merits, as others are told of it."""
    query = select(CaseRuling).where(CaseRuling.case_id == case.id, CaseRuling.stage == "merits")
    row = (await tx.scalars(query.order_by(CaseRuling.round.desc()).limit(1))).one()
    return CaseRuled(
        case_id=case.id,
        number=case.number,
        kind=str(case.kind),
        subject=case.about,
        remedy=str(row.remedy),
        final=final,
        complainant_id=case.complainant_id,
        respondent_id=case.respondent_id,
        to_complainant=row.to_complainant,
        to_respondent=row.to_respondent,
    )


_SINCE = sql_case((Case.kind == Kind.REPORT, Case.told_at), else_=Case.opened_at)


def _of(organisation_id: UUID) -> Any:
    told = and_(Case.respondent_id == organisation_id, Case.told_at.is_not(None))
    return or_(Case.complainant_id == organisation_id, told)


async def of_company(tx: AsyncSession, organisation_id: UUID, *, ended: bool, offset: int, limit: int) -> list[Line]:
    """A company's cases, newest first, with what is due next in each."""
    over = Case.state.in_(ENDED) if ended else Case.state.not_in(ENDED)
    shown = or_(Case.kind != Kind.REPORT, CaseClock.name.in_(OF_BOTH))  # reports are in lists of the reported alone
    due = (
        select(func.min(CaseClock.due_at))
        .where(CaseClock.case_id == Case.id, CaseClock.stopped_at.is_(None), shown)
        .correlate(Case)
        .scalar_subquery()
    )
    query = select(Case, due.label("due")).where(_of(organisation_id), over)
    rows = await tx.execute(query.order_by(_SINCE.desc(), Case.id).offset(offset).limit(limit))
    return [_line(row, due, organisation_id) for row, due in rows]


def _line(row: Case, due: datetime | None, organisation_id: UUID) -> Line:
    side = Side.COMPLAINANT if row.complainant_id == organisation_id else Side.RESPONDENT
    since = row.told_at if _hides_when(row.kind, side) and row.told_at else row.opened_at
    return Line(row.id, row.number, Kind(row.kind), row.title, CaseState(row.state), side, since, due)


async def count_of(tx: AsyncSession, organisation_id: UUID, *, ended: bool) -> int:
    over = Case.state.in_(ENDED) if ended else Case.state.not_in(ENDED)
    return (await tx.execute(select(func.count()).select_from(Case).where(_of(organisation_id), over))).scalar_one()


async def about(tx: AsyncSession, subject: Subject, organisation_id: UUID) -> list[Line]:
    """A company's cases about one thing, newest first."""
    query = select(Case).where(Case.subject_type == subject.type, Case.subject_id == subject.id, _of(organisation_id))
    rows = await tx.scalars(query.order_by(_SINCE.desc(), Case.id).limit(20))
    return [_line(row, None, organisation_id) for row in rows]


async def decided(tx: AsyncSession, subject: Subject, kind: Kind, since: datetime) -> bool:
    """Whether a case of this kind about a thing, opened since then, was ruled on: appealed, final or not."""
    query = select(Case.id).where(
        Case.subject_type == subject.type,
        Case.subject_id == subject.id,
        Case.kind == kind,
        Case.opened_at >= since,
        or_(Case.state.in_([CaseState.RULED, CaseState.CLOSED]), Case.round == 2),
    )
    return await tx.scalar(query.limit(1)) is not None


async def lapsed(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Cases in which somebody was waited for in vain, or nobody appealed."""
    query = select(CaseClock.case_id).where(CaseClock.stopped_at.is_(None), CaseClock.due_at <= clock.now())
    waited = CaseClock.name.in_(["answer", "more", "appeal"])
    return list(await tx.scalars(query.where(waited).order_by(CaseClock.due_at).limit(limit)))


async def has_ruled(tx: AsyncSession, member_id: UUID, subject_type: str, ids: Iterable[UUID]) -> bool:
    """Whether this member of staff has decided a case about one of these things."""
    query = select(CaseRuling.id).join(Case, Case.id == CaseRuling.case_id).where(CaseRuling.decided_by == member_id)
    found = query.where(Case.subject_type == subject_type, Case.subject_id.in_(list(ids)))
    return await tx.scalar(found.limit(1)) is not None
