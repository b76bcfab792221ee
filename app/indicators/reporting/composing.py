"""A snapshot made of the closes: what is read of one moment, and what is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import N_
from app.core.rates import FxRate
from app.indicators import calendar, words
from app.indicators.definitions import Definition
from app.indicators.figures.base import months_before, spans
from app.indicators.queries import Close
from app.indicators.reporting import own_scores, queries, sampling
from app.indicators.reporting.filling import KNOWN, Filling, Hidden
from app.indicators.reporting.own_scores import OwnScore
from app.indicators.reporting.queries import ReportView, Values
from app.indicators.reporting.sampling import Sample
from app.indicators.reporting.snapshot import (
    SCHEMA,
    Cell,
    CloseNamed,
    Meant,
    Operator,
    Pair,
    RuleNamed,
    Snapshot,
    TableSaid,
)
from app.indicators.reporting.tables import CHARTS, MONTHS, TABLES, Facts, OwnScores, Table
from app.indicators.reporting.words import plain, said
from trust.rules import disclosure
from trust.rules import queries as rules
from trust.rules.queries import VersionView

DIRECTIONS = (("direction", "export"), ("direction", "import"))
PREPARED = N_("Portolan, from sealed rows, at an evaluator's request")
SCORED = (N_("Chapter"), N_("Score"), N_("Reason"))
HEADS = (N_("Item"), N_("What it says"), N_("Number of the document"), N_("Date"))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report is made, and what seals it."""

    zone: str
    platform: str
    signed_by: str


@dataclass(frozen=True, slots=True)
class Material:
    """What was read for a report. closes: by closing and last day, the newest revisions."""

    report: ReportView
    closes: Mapping[tuple[str, date], Close]
    now: Values
    before: Values
    months: dict[date, Values]
    rules: list[VersionView]
    operator: disclosure.Facts | None
    licences: list[disclosure.LicenceView]
    rates: list[str]
    scores: list[OwnScore]


async def read(tx: AsyncSession, report: ReportView) -> Material:
    """Everything of one moment; the transaction is to be REPEATABLE READ."""
    last, base = report.last, calendar.before(report.last, MONTHS)
    months = [calendar.before(last, number) for number in reversed(range(MONTHS))]
    closes = await queries.newest_closes(tx, [base, *months])
    now = await queries.values(tx, _of(closes, last), report.span, whole=False)
    before = await queries.values(tx, _of(closes, base), report.span, whole=False)
    of_months = [one for (_closing, month), one in closes.items() if month != base]
    by_month = await queries.values(tx, of_months, "month", whole=True, parts_of=DIRECTIONS)
    standing = await rules.all_in_force(tx, last)
    sources = select(FxRate.source).where(FxRate.day.between(months_before(last, MONTHS), last)).distinct()
    return Material(
        report=report,
        closes=closes,
        now=now.get(last, {}),
        before=before.get(base, {}),
        months={month: by_month[month] for month in months if month in by_month},
        rules=list(standing.values()),
        operator=await disclosure.facts(tx),
        licences=await disclosure.licences(tx),
        rates=sorted(await tx.scalars(sources)),
        scores=await own_scores.of(tx, last),
    )


def _of(closes: Mapping[tuple[str, date], Close], last: date) -> list[Close]:
    return [one for (_closing, month), one in closes.items() if month == last]


def compose(material: Material, source: Source, hidden: Hidden, samples: Sequence[Sample] = ()) -> Snapshot:
    """The snapshot. `hidden`: what a public copy leaves out; `samples`: rows behind figures, which it has none of."""
    report, operator = material.report, material.operator
    closes = [material.closes[key] for key in sorted(material.closes, key=lambda key: (key[1], key[0]))]
    filling = Filling(report.span, report.last, material.now, material.before, material.months, hidden, closes)
    tables = [_table(one, material, filling) for one in TABLES]
    charts = [filling.chart(*one) for one in CHARTS]
    span = spans(report.last, source.zone)[report.span]
    used = dict.fromkeys((one.code, one.version) for one in filling.figures)
    return Snapshot(
        schema_at=SCHEMA,
        report=report.id,
        span=report.span,
        period=words.period_name(report.span, report.last),
        first=span.first,
        last=span.last,
        zone=source.zone,
        revision=report.revision,
        public=report.public,
        made_at=clock.now(),
        platform=source.platform,
        operator=Operator(name=operator.name, registration=operator.registration, address=operator.address)
        if operator
        else None,
        prepared_by=said(PREPARED),
        signed_by=source.signed_by,
        rates=material.rates,
        closes=[_named(close) for close in closes],
        figures=filling.figures,
        tables=[*tables, *sampling.tables(samples)],
        charts=charts,
        definitions=[_meant(known) for key, known in KNOWN.items() if key in used],
        rules=[_rule(view) for view in material.rules],
    )


def _table(table: Table, material: Material, filling: Filling) -> TableSaid:
    match table.layout:
        case Facts():
            return _facts(table, material)
        case OwnScores():
            return _own_scores(table, material)
    return filling.table(table)


def _own_scores(table: Table, material: Material) -> TableSaid:
    """With its reasons, which a public copy leaves out."""
    heads = SCORED[:2] if material.report.public else SCORED
    rows = [
        [Cell(text=said(one.chapter)), Cell(text=plain(str(one.score))), Cell(text=plain(one.reason))][: len(heads)]
        for one in material.scores
    ]
    columns = [said(head) for head in heads] if rows else []
    note = None if rows else said(table.empty)
    return TableSaid(mark=table.mark, title=said(table.title), note=note, columns=columns, rows=rows)


def _facts(table: Table, material: Material) -> TableSaid:
    rows: list[list[Cell]] = []
    if material.operator is not None:
        one = material.operator
        told = (
            (N_("Operator"), one.name),
            (N_("Unified social credit code"), one.registration),
            (N_("Address"), one.address),
        )
        rows += [[Cell(text=said(name)), Cell(text=plain(value)), Cell(), Cell()] for name, value in told]
    for licence in material.licences:
        days = f"{licence.valid_from} – {licence.valid_to or ''}".strip()
        texts = (f"{licence.name}", licence.issuer, licence.number, days)
        rows.append([Cell(text=plain(text)) for text in texts])
    columns = [said(head) for head in HEADS] if rows else []
    note = None if rows else said(table.empty)
    return TableSaid(mark=table.mark, title=said(table.title), note=note, columns=columns, rows=rows)


def _named(close: Close) -> CloseNamed:
    return CloseNamed(
        closing=close.closing,
        last=close.last,
        revision=close.revision,
        reason=close.reason,
        known=close.known,
        rows=close.digest,
        figures=close.figures,
        program=close.program,
        closed_at=close.closed_at,
    )


def _meant(known: Definition) -> Meant:
    return Meant(
        code=known.code,
        version=known.version,
        since=known.since,
        name=said(known.name),
        formula=said(known.formula),
        numerator=said(known.numerator) if known.numerator else None,
        denominator=said(known.denominator) if known.denominator else None,
        period=said(known.period),
        left_out=said(known.left_out),
    )


def _rule(view: VersionView) -> RuleNamed:
    title = Pair(en=view.title["en"], zh=view.title["zh"])
    return RuleNamed(code=view.code, number=view.number, title=title, since=view.effective_from, digest=view.digest)
