"""Some of the rows behind each main figure, as an annex: whoever reads a report sees what its figures are of.

They are the first ones of the sealed file. Its rows stand in the order of their marks or days, which nobody can choose,
and name nobody. A public copy has none: a row is one company's.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from app.core.i18n import N_
from app.indicators import drilling
from app.indicators.definitions import DEFINITIONS, latest
from app.indicators.figures.base import WHOLE
from app.indicators.figures.reports import SAMPLES
from app.indicators.figures.rows import texts
from app.indicators.reporting.snapshot import Cell, Pair, TableSaid
from app.indicators.reporting.words import plain, said

FIRST = 5
"""Rows of each figure."""
LOOKED = 5000
"""So many rows of a sheet are looked through for them."""
HEADS = (N_("Indicator code"), N_("Counting"))
TITLE = N_("Rows behind figures, a sample")


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows behind one figure, as they stand in a sheet of a closing's file."""

    code: str
    closing: str
    sheet: str
    columns: tuple[str, ...]
    rows: list[list[str]]


def taken(file: BinaryIO, closing: str, span: str, codes: Collection[str]) -> list[Sample]:
    """Of those of these figures that are main ones of a closing. Raises BadArchive, BadSheet."""
    found = []
    for known in latest(DEFINITIONS).values():
        if known.main and known.closing == closing and known.code in codes:
            behind = drilling.rows(file, known, span, WHOLE, offset=0, limit=FIRST, looked=LOOKED)
            rows = [texts(row) for row in behind.rows]
            if rows:
                found.append(Sample(known.code, closing, behind.sheet, behind.columns, rows))
    return found


def tables(samples: Iterable[Sample]) -> list[TableSaid]:
    """A table for each sheet: the figure, the closing, and the row's columns by their names in the sheet."""
    by_sheet: dict[str, list[Sample]] = {}
    for one in samples:
        by_sheet.setdefault(one.sheet, []).append(one)
    return [_table(sheet, some) for sheet, some in sorted(by_sheet.items())]


def _table(sheet: str, samples: Sequence[Sample]) -> TableSaid:
    title = said(TITLE)
    return TableSaid(
        mark=f"{SAMPLES}{sheet}",
        title=Pair(en=f"{title.en}: {sheet}", zh=f"{title.zh}：{sheet}"),
        note=None,
        columns=[*(said(head) for head in HEADS), *(plain(column) for column in samples[0].columns)],
        rows=[
            [Cell(text=plain(text)) for text in (one.code, one.closing, *row)]
            for one in sorted(samples, key=lambda one: one.code)
            for row in one.rows
        ],
    )
