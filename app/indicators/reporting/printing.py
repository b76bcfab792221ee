"""A snapshot on paper: PDF/A in both languages under the platform's seal, which names the hashes of the other files."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyhanko.sign.timestamps import TimeStamper

from app.core.i18n import N_
from app.core.jobs import JobContext
from app.core.signing.documents import Act, Field, prepared, signed
from app.core.signing.timestamps import NoTimestamp, with_first
from app.core.typesetting import legible, typeset
from app.core.workshop import Limits
from app.indicators.figures.reports import FORMAT, SAMPLES
from app.indicators.reporting.snapshot import FEW, Cell, ChartSaid, Pair, Snapshot, TableSaid
from app.indicators.reporting.words import FORMS, closing, plain, said, span, state

TEMPLATE = Path(__file__).parent / "report.typ"
SEAL = "PlatformSeal"
BOX = (60, 40, 260, 74)
"""Where the seal stands on the last page, in points from the lower left."""
PRINTED = 60
"""So many rows of a table are printed; the workbook has all."""
LIMITS = Limits(cpu_seconds=60, wall_seconds=120.0)
"""Thirty pages take about two seconds; a platform with many countries and categories has more."""
WORDS = {
    "title": N_("Report on key indicators"),
    "public": N_("Copy for the public: what is of fewer than five parties is left out, and stands as <5."),
    "whole": N_("Copy for the evaluator, whole."),
    "overview": N_("The platform and its operator"),
    "definitions": N_("Definitions and what is left out"),
    "tables": N_("Tables"),
    "charts": N_("Course over the months"),
    "attachments": N_("Attachments"),
    "rules": N_("Rules in force on the last day, with the SHA-256 of their text"),
    "evidence": N_("Countings that the figures are from: SHA-256 of rows, figures and program"),
    "samples": N_("Rows behind figures, some of each: sheets of the workbook and files of the CSV, with their number"),
    "files": N_("Files of this report, with their SHA-256"),
    "more": N_("The workbook has all rows:"),
    "rates": N_("Amounts in dollars and yuan: by the reference rate of the contract's day, or of the last day before it"
                " on which one was published. Source:"),
    "rounding": N_("Amounts are exact until they are rounded once, half to even."
                   " A share of nothing is nothing, not nought."),
    "days": N_("Days and months are those of the zone"),
    "formula": N_("How it is counted"),
    "outof": N_("Out of"),
    "left_out": N_("Left out"),
    "version": N_("Version"),
    "figure": N_("Figure, version of its definition"),
    "lock": N_("Data lock, SHA-256"),
    "none": N_("None."),
}  # fmt: skip


async def sealed(ctx: JobContext, snapshot: Snapshot, hashes: Mapping[str, str]) -> bytes:
    """The PDF under the platform's seal, with a timestamp if anybody gives one. `hashes`: of the other files."""
    fonts = ctx.settings.font_dir
    data = legible(content(snapshot, hashes), font_dir=fonts)
    moment = int(snapshot.made_at.timestamp())
    bare = await typeset(TEMPLATE, data, font_dir=fonts, timestamp=moment, limits=LIMITS)
    document = prepared(bare, [Field(SEAL, BOX)])
    act = Act(field=SEAL, reason=f"{FORMAT} {hashes['json']}")

    async def work(stamper: TimeStamper | None) -> bytes:
        return await signed(document, act, ctx.authority.seal, ctx.authority, stamper=stamper)

    try:
        return await with_first(ctx.timestamps, work)
    except NoTimestamp:
        return await work(None)


def content(snapshot: Snapshot, hashes: Mapping[str, str]) -> dict[str, Any]:
    """What the template shows."""
    words = {name: _pair(said(message)) for name, message in WORDS.items()}
    samples = [table for table in snapshot.tables if table.mark.startswith(SAMPLES)]
    return {
        "words": words,
        "cover": [[_pair(name), _pair(value)] for name, value in _cover(snapshot)],
        "lock": hashes["json"],
        "public": snapshot.public,
        "period": snapshot.period,
        "zone": snapshot.zone,
        "rates": ", ".join(snapshot.rates),
        "tables": [_table(table) for table in snapshot.tables if table not in samples],
        "samples": [[table.mark, _pair(table.title), str(len(table.rows))] for table in samples],
        "charts": [_chart(chart) for chart in snapshot.charts],
        "definitions": [
            {
                "code": one.code,
                "version": one.version,
                "name": _pair(one.name),
                "formula": _pair(one.formula),
                "share": [_pair(one.numerator), _pair(one.denominator)] if one.numerator and one.denominator else None,
                "period": _pair(one.period),
                "left_out": _pair(one.left_out),
            }
            for one in snapshot.definitions
        ],
        "rules": [[_pair(one.title), str(one.number), str(one.since or ""), one.digest] for one in snapshot.rules],
        "closes": [
            {
                "name": _pair(closing(one.closing)),
                "month": f"{one.last:%Y-%m}",
                "state": _pair(state(one.revision)),
                "reason": one.reason,
                "hashes": [one.rows, one.figures, one.program],
            }
            for one in snapshot.closes
        ],
        "files": [[_pair(said(name)), hashes[form]] for form, name in FORMS.items() if form in hashes],
    }


def _cover(snapshot: Snapshot) -> list[tuple[Pair, Pair]]:
    operator, unknown = snapshot.operator, said(N_("not published"))
    length = span(snapshot.span)
    period = Pair(en=f"{length.en} {snapshot.period}", zh=f"{length.zh} {snapshot.period}")
    return [
        (said(N_("Platform")), plain(f"Portolan, {snapshot.platform}")),
        (said(N_("Operator")), plain(operator.name) if operator else unknown),
        (said(N_("Unified social credit code")), plain(operator.registration) if operator else unknown),
        (said(N_("Period")), period),
        (said(N_("Revision")), plain(str(snapshot.revision))),
        (said(N_("Prepared by")), snapshot.prepared_by),
        (said(N_("Sealed by")), plain(snapshot.signed_by)),
        (said(N_("Made")), plain(f"{snapshot.made_at:%Y-%m-%d %H:%M} UTC")),
    ]


def _table(table: TableSaid) -> dict[str, Any]:
    rows = table.rows[:PRINTED]
    return {
        "mark": table.mark,
        "title": _pair(table.title),
        "note": _pair(table.note) if table.note else None,
        "heads": [_pair(head) for head in table.columns],
        "numeric": [any(row[place].what for row in rows) for place in range(len(table.columns))],
        "rows": [[_shown(cell) for cell in row] for row in rows],
        "total": len(table.rows),
        "left": len(table.rows) - len(rows),
    }


def _shown(cell: Cell) -> dict[str, str]:
    if cell.text is not None:
        return _pair(cell.text)
    text = FEW if cell.suppressed else number(cell.value) if cell.what else ""
    return {"en": text, "zh": text}


def number(value: Decimal | None) -> str:
    """As it is read: – where there is nothing to be said."""
    return "–" if value is None else f"{value:,f}"


def _chart(chart: ChartSaid) -> dict[str, Any]:
    """`heights`: of each month, in thousandths of the largest; None where there is nothing."""
    values = [cell.value for cell in chart.points]
    most = max((value for value in values if value is not None), default=Decimal()) or Decimal(1)
    return {
        "title": _pair(chart.title),
        "months": chart.months,
        "shown": [FEW if cell.suppressed else number(cell.value) for cell in chart.points],
        "heights": [None if value is None else int(1000 * value / most) for value in values],
    }


def _pair(pair: Pair) -> dict[str, str]:
    return {"en": pair.en, "zh": pair.zh}
