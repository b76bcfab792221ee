"""A report, read back: whether its tables say what its figures say, and its figures what the sealed rows make."""

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

from app.indicators.figures import groups
from app.indicators.figures.archive import Archive
from app.indicators.figures.base import Figure, change
from app.indicators.figures.rows import texts

FORMAT: Literal["portolan-report/1"] = "portolan-report/1"
NUMBERS = ("value", "numerator", "denominator")
PERCENT = "percent"
SAMPLES = "S-"
"""Tables whose marks begin so are rows of the sheet they name, behind the code and of the closing in their first two
columns."""


class BadReport(ValueError):
    """A file that is no report of figures; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Named:
    """A counting that the report names. rows: SHA-256 of its file of rows."""

    closing: str
    last: str
    rows: str
    program: str


@dataclass(frozen=True, slots=True)
class Said:
    """A figure as the report has it; `numbers`: its value, numerator and denominator."""

    close: int
    key: tuple[str, ...]
    unit: str
    numbers: tuple[Decimal | None, ...]
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Stated:
    """A number in a table, by where it stands."""

    place: str
    of: int
    base: int | None
    what: str
    value: Decimal | None
    suppressed: bool


@dataclass(frozen=True, slots=True)
class Sampled:
    """A row of a sheet that the report shows, by where it stands."""

    place: str
    closing: str
    sheet: str
    row: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """`last`: the last day of its period."""

    last: str
    closes: list[Named]
    figures: list[Said]
    cells: list[Stated]
    samples: list[Sampled]


def read(said: bytes) -> Report:
    """Raises BadReport."""
    try:
        known = json.loads(said)
        closes = [
            Named(*(str(one[name]) for name in ("closing", "last", "rows", "program"))) for one in known["closes"]
        ]
        figures = [_figure(one) for one in known["figures"]]
        report = Report(str(known["last"]), closes, figures, list(_cells(known)), list(_samples(known)))
    except (KeyError, TypeError, AttributeError, ValueError, InvalidOperation) as error:
        raise BadReport(f"the report cannot be read: {error!r}") from None
    places = {one.of for one in report.cells} | {one.base for one in report.cells if one.base is not None}
    if any(not 0 <= place < len(report.figures) for place in places) or any(
        not 0 <= one.close < len(closes) for one in report.figures
    ):
        raise BadReport("the report speaks of figures or countings that it does not have")
    return report


def _figure(one: dict[str, Any]) -> Said:
    key = tuple(str(one[name]) for name in ("span", "code", "cut", "key"))
    numbers = tuple(_number(one[name]) for name in NUMBERS)
    return Said(int(one["close"]), key, str(one["unit"]), numbers, bool(one["suppressed"]))


def _cells(known: dict[str, Any]) -> Iterator[Stated]:
    rows = [(f"table {one['mark']}, row {n}", row) for one in known["tables"] for n, row in enumerate(one["rows"], 1)]
    rows += [(f"chart {n}", one["points"]) for n, one in enumerate(known["charts"], 1)]
    for place, cells in rows:
        for number, one in enumerate(cells, 1):
            if one["of"] is not None:
                base = None if one["base"] is None else int(one["base"])
                told = (str(one["what"]), _number(one["value"]), bool(one["suppressed"]))
                yield Stated(f"{place}, column {number}", int(one["of"]), base, *told)


def _samples(known: dict[str, Any]) -> Iterator[Sampled]:
    for table in known["tables"]:
        if str(table["mark"]).startswith(SAMPLES):
            for number, row in enumerate(table["rows"], 1):
                _code, closing, *cells = (str(cell["text"]["en"]) for cell in row)
                yield Sampled(f"table {table['mark']}, row {number}", closing, table["mark"][len(SAMPLES) :], (*cells,))


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def check(report: Report, given: Mapping[str, Archive]) -> Iterator[str]:
    """What is different, in words. `given`: archives of rows by their SHA-256. Raises BadArchive, BadSheet."""
    for digest in given.keys() - {close.rows for close in report.closes}:
        yield f"no counting of the report was made from the rows {digest}"
    for cell in report.cells:
        yield from _stated(report, cell)
    for place, close in enumerate(report.closes):
        archive = given.get(close.rows)
        if archive is None:
            continue
        if (archive.manifest.closing, archive.manifest.last.isoformat()) != (close.closing, close.last):
            yield f"the rows named for {close.closing} {close.last} are those of another counting"
            continue
        if close.last == report.last:
            yield from _unlike(report, close.closing, archive)
        here = {(span, one.code, *one.cut): one for span, figures in archive.count().items() for one in figures}
        for said in report.figures:
            if said.close == place and not said.suppressed:
                yield from _made(said, here.get(said.key))  # type: ignore[arg-type]


def _stated(report: Report, cell: Stated) -> Iterator[str]:
    """A table's number against the figure it is of."""
    of, base = report.figures[cell.of], report.figures[cell.base] if cell.base is not None else None
    hidden = of.suppressed or (base is not None and base.suppressed)
    expected = None if hidden else _expected(of, base, cell.what)
    if cell.suppressed != hidden or cell.value != expected:
        yield f"{cell.place}: {_told(cell.value)} is written, its figure says {_told(expected)}"


def _expected(of: Said, base: Said | None, what: str) -> Decimal | None:
    if what != "growth":
        return dict(zip(NUMBERS, of.numbers, strict=True)).get(what)
    now, then = of.numbers[0], base.numbers[0] if base else None
    return None if now is None or then is None else change(now, then, points=of.unit == PERCENT)


def _unlike(report: Report, closing: str, archive: Archive) -> Iterator[str]:
    """Rows that the report shows, and that its sheets do not have."""
    some = [one for one in report.samples if one.closing == closing]
    kinds = {kind.__name__.lower(): kind for kind in groups.sheets_of(closing)}
    for sheet in sorted({one.sheet for one in some}):
        wanted = {one.row for one in some if one.sheet == sheet}
        if sheet in kinds:
            wanted -= {tuple(texts(row)) for row in archive.rows(kinds[sheet]) if tuple(texts(row)) in wanted}
        yield from (
            f"{one.place}: the rows have no such row" for one in some if one.sheet == sheet and one.row in wanted
        )


def _made(said: Said, counted: Figure | None) -> Iterator[str]:
    name = " ".join(part for part in said.key if part)
    if counted is None:
        yield f"{name}: reported, but not made by the rows"
        return
    for what, number in zip(NUMBERS, said.numbers, strict=True):
        made = getattr(counted, what)
        if made != number:
            yield f"{name}: {what} {_told(number)} was reported, the rows make {_told(made)}"


def unchecked(report: Report, given: Collection[str]) -> list[str]:
    """What could not be checked: figures whose rows were not given, by counting, and those that are left out."""
    missing = Counter(one.close for one in report.figures if report.closes[one.close].rows not in given)
    said = [
        f"{number} figures of {report.closes[place].closing} {report.closes[place].last} are not checked:"
        f" the rows {report.closes[place].rows} are not given"
        for place, number in sorted(missing.items())
    ]
    hidden = sum(one.suppressed for one in report.figures)
    return [*said, f"{hidden} figures are left out of this copy"] if hidden else said


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _told(number: Decimal | None) -> str:
    return "nothing" if number is None else f"{number:f}"
