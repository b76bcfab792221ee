"""Suspected violations of export control, and the report to the authority.

A platform that finds one reports it promptly and stops its service: Export Control Law (PRC) art. 20, 36; dual-use
regulation (PRC) art. 36, 40. One person raises it, and at once goods, contract and money stand still as they do for any
other rule of risk; another confirms it, and the clock runs. The parties see none of it: nothing here is written on
their evidence chains, published as an event, or told to them.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock, evidence
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from app.core.workdays import add_working_days
from trust.access import Member, Permission, require
from trust.goods.errors import ReportNotFound, SecondPersonNeeded
from trust.goods.models import ExportReport
from trust.goods.states import ReportMove, ReportState
from trust.identity.models import MemberRow
from trust.risk import holds, settings
from trust.risk.engine import Hit, Mode
from trust.risk.models import RiskHold
from trust.risk.rules.catalogue import RULES

RULE = "OPS-05"
WITHIN = 1
"""Working days from the confirmation to the report: our own measure of the regulation's "promptly"."""
RENEWED = timedelta(hours=24)
"""A hold that ends within this time is placed anew while the report is not closed."""
STANDING = (ReportState.SUSPECTED, ReportState.DUE, ReportState.SENT)


@dataclass(frozen=True, slots=True)
class Known:
    """The deal in question, and all that the platform knows of it, as JSON."""

    order_id: UUID
    number: str
    supplier_id: UUID
    buyer_id: UUID
    dossier: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """That the authority was told: to whom, when, and under which number it was received."""

    to: str
    at: datetime
    receipt: str


@dataclass(frozen=True, slots=True)
class ReportView:
    id: UUID
    order_id: UUID
    number: str
    supplier_id: UUID
    buyer_id: UUID
    suspicion: str
    dossier: dict[str, Any]
    state: ReportState
    raised_by: UUID
    raised_by_name: str
    raised_at: datetime
    decided_by_name: str
    decided_at: datetime | None
    decision: str
    due_at: datetime | None
    sent_at: datetime | None
    sent_to: str
    receipt: str
    closed_at: datetime | None
    outcome: str


def goods_of(order_id: UUID) -> Subject:
    """The goods of an order, as one thing that can be held."""
    return Subject("goods", order_id)


def due(confirmed: datetime, zone: str) -> datetime:
    """The end of the working day by which the authority is to be told."""
    here = ZoneInfo(zone)
    day = add_working_days(confirmed.astimezone(here).date(), WITHIN)
    return datetime.combine(day + timedelta(days=1), time(), here)


async def suspect(tx: AsyncSession, known: Known, suspicion: str, *, by: Member) -> UUID:
    """Raise a suspicion: goods, contract and money of the deal stand still. Raises Conflict where one stands."""
    require(by, Permission.CONTROL_GOODS)
    standing = select(ExportReport.id).where(ExportReport.order_id == known.order_id, ExportReport.state.in_(STANDING))
    if await tx.scalar(standing) is not None:
        raise Conflict(_("A suspicion about this order stands already."))
    row = ExportReport(
        id=new_id(),
        order_id=known.order_id,
        order_number=known.number,
        supplier_id=known.supplier_id,
        buyer_id=known.buyer_id,
        suspicion=suspicion,
        dossier=known.dossier,
        raised_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    await _hold(tx, row, by=by.id)
    await _note(tx, row, "report.suspected", by, order=row.order_id, reason=suspicion)
    return row.id


async def _hold(tx: AsyncSession, row: ExportReport, *, by: UUID | None) -> None:
    rule, setting = RULES[RULE], (await settings.current(tx))[RULE]
    judged = rule.judge({}, setting.parameters)
    if judged is None:
        return
    hit = Hit(rule, Mode.LIVE, setting.id, {}, setting.parameters, judged)
    for subject in (goods_of(row.order_id), Subject("order", row.order_id)):
        await holds.place(tx, subject, hit, row.id, organisation_id=row.supplier_id, by=by)


async def confirm(tx: AsyncSession, report_id: UUID, decision: str, *, zone: str, by: Member) -> None:
    """Another person agrees: it is to be reported. Raises ReportNotFound, IllegalMove, SecondPersonNeeded."""
    row = await _second(tx, report_id, ReportMove.CONFIRM, decision, by)
    row.due_at = due(clock.now(), zone)
    await _note(tx, row, "report.confirmed", by, reason=decision, due=row.due_at)


async def dismiss(tx: AsyncSession, report_id: UUID, decision: str, *, by: Member) -> None:
    """Another person finds nothing in it: that asks for what is held to be let go. Raises as `confirm`, Invalid."""
    require(by, Permission.CONTROL_GOODS)
    if not decision.strip():
        raise Invalid(_("Say why there is nothing in it."), field="decision")
    row = await _second(tx, report_id, ReportMove.DISMISS, decision, by)
    for subject in (goods_of(row.order_id), Subject("order", row.order_id)):
        await holds.ask_for_all(tx, subject, decision, by=by.id)
    await _note(tx, row, "report.dismissed", by, reason=decision)


async def _second(tx: AsyncSession, report_id: UUID, move: ReportMove, decision: str, by: Member) -> ExportReport:
    row = await _locked(tx, report_id, by)
    row.check(move)
    if row.raised_by == by.id:
        raise SecondPersonNeeded(_("You raised this yourself. Another person has to decide."))
    row.move(move, by=by.id, note=decision)
    row.decided_by, row.decided_at, row.decision = by.id, clock.now(), decision.strip()
    return row


async def send(tx: AsyncSession, report_id: UUID, sent: Sent, *, by: Member) -> None:
    """Write down that the authority was told. Raises ReportNotFound, IllegalMove, Invalid."""
    row = await _locked(tx, report_id, by)
    row.check(ReportMove.SEND)
    if sent.at > clock.now():
        raise Invalid(_("This moment lies in the future."), field="sent_at")
    row.sent_by, row.sent_at, row.sent_to, row.receipt = by.id, sent.at, sent.to, sent.receipt
    row.move(ReportMove.SEND, by=by.id)
    await _note(tx, row, "report.sent", by, to=sent.to, at=sent.at, receipt=sent.receipt)


async def close(tx: AsyncSession, report_id: UUID, outcome: str, *, by: Member) -> None:
    """The authority has answered, or there is nothing more to wait for: what is held ends by its time."""
    row = await _locked(tx, report_id, by)
    row.move(ReportMove.CLOSE, by=by.id, note=outcome)
    row.closed_at, row.outcome = clock.now(), outcome
    await _note(tx, row, "report.closed", by, reason=outcome)


async def hold_on(tx: AsyncSession, *, limit: int = 200) -> int:
    """Place anew what would end while a report is not closed; of how many reports."""
    until = clock.now() + RENEWED
    lasting = select(RiskHold.id).where(
        RiskHold.subject_type == "goods",
        RiskHold.subject_id == ExportReport.order_id,
        RiskHold.rule == RULE,
        RiskHold.until > until,
    )
    query = select(ExportReport).where(ExportReport.state.in_(STANDING), ~lasting.exists())
    rows = list(await tx.scalars(query.order_by(ExportReport.id).limit(limit).with_for_update(skip_locked=True)))
    for row in rows:
        await _hold(tx, row, by=None)
    return len(rows)


async def _locked(tx: AsyncSession, report_id: UUID, by: Member) -> ExportReport:
    require(by, Permission.CONTROL_GOODS)
    row = await tx.scalar(select(ExportReport).where(ExportReport.id == report_id).with_for_update())
    if row is None:
        raise _no_report()
    return row


def _no_report() -> ReportNotFound:
    return ReportNotFound(_("There is no such report."))


async def _note(tx: AsyncSession, row: ExportReport, kind: str, by: Member, **said: object) -> None:
    await tx.flush()
    await evidence.record(tx, Subject("export_report", row.id), kind, said, actor=by.id)


_Second = aliased(MemberRow)
_SAID = (
    select(ExportReport, MemberRow.name, _Second.name)
    .join(MemberRow, MemberRow.id == ExportReport.raised_by)
    .outerjoin(_Second, _Second.id == ExportReport.decided_by)
)


def _view(row: ExportReport, first: str, second: str | None) -> ReportView:
    return ReportView(
        id=row.id,
        order_id=row.order_id,
        number=row.order_number,
        supplier_id=row.supplier_id,
        buyer_id=row.buyer_id,
        suspicion=row.suspicion,
        dossier=row.dossier,
        state=row.state,
        raised_by=row.raised_by,
        raised_by_name=first,
        raised_at=row.raised_at,
        decided_by_name=second or "",
        decided_at=row.decided_at,
        decision=row.decision,
        due_at=row.due_at,
        sent_at=row.sent_at,
        sent_to=row.sent_to,
        receipt=row.receipt,
        closed_at=row.closed_at,
        outcome=row.outcome,
    )


async def reports(
    tx: AsyncSession, *, standing: bool = True, offset: int = 0, limit: int = 24
) -> tuple[list[ReportView], int]:
    """Reports that stand, or that are over, the newest first; how many there are."""
    wanted = ExportReport.state.in_(STANDING) if standing else ExportReport.state.not_in(STANDING)
    total = await tx.scalar(select(func.count()).select_from(ExportReport).where(wanted)) or 0
    rows = await tx.execute(_SAID.where(wanted).order_by(ExportReport.id.desc()).offset(offset).limit(limit))
    return [_view(*row) for row in rows], total


async def report(tx: AsyncSession, report_id: UUID, *, by: Member) -> ReportView:
    """Raises ReportNotFound."""
    require(by, Permission.CONTROL_GOODS)
    row = (await tx.execute(_SAID.where(ExportReport.id == report_id))).first()
    if row is None:
        raise _no_report()
    return _view(*row)
