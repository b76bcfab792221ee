"""Count figures again from their sealed rows, and compare them with what was reported.

    portolan recompute FIGURES.json ROWS.zip
    portolan recompute REPORT.json ROWS.zip ...

FIGURES.json is what was reported of one counting, ROWS.zip its sealed rows. REPORT.json is a report, which names
several countings; it is checked as far as their rows are given, and what could not be checked is said. Exit code 0:
every figure is the one that the rows make; 1: one is not, or the rows are not those that were sealed; 2: a file cannot
be read.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from app.indicators.figures import reports
from app.indicators.figures.archive import Archive, BadArchive, fingerprint, program
from app.indicators.figures.base import Figure
from app.indicators.figures.reports import BadReport
from app.indicators.figures.rows import BadSheet

FORMAT = "portolan-figures/1"
SAME, DIFFERENT, UNREADABLE = 0, 1, 2
Found = dict[str, list[Figure]]


def report(*, closing: str, last: date, revision: int, rows: str, counted_by: str, found: Found) -> dict[str, Any]:
    """What is reported of one counting, JSON-able. rows: SHA-256 of the file of rows; counted_by: of the program."""
    return {
        "format": FORMAT,
        "closing": closing,
        "last": last.isoformat(),
        "revision": revision,
        "rows": rows,
        "program": counted_by,
        "fingerprint": fingerprint(found),
        "figures": [
            {
                "span": span,
                "code": one.code,
                "cut": one.cut[0],
                "key": one.cut[1],
                "value": _written(one.value),
                "numerator": _written(one.numerator),
                "denominator": _written(one.denominator),
            }
            for span, figures in sorted(found.items())
            for one in figures
        ],
    }


def check(known: dict[str, Any], rows: bytes, archive: Archive) -> Iterator[str]:
    """What is different, in words; nothing where every figure is as the rows make it.

    Raises BadArchive, BadSheet.
    """
    if hashlib.sha256(rows).hexdigest() != known["rows"]:
        yield "the rows are not those that were sealed"
    if (known["closing"], known["last"]) != (archive.manifest.closing, archive.manifest.last.isoformat()):
        yield "the rows are those of another counting"
    found = archive.count()
    here = {(span, one.code, *one.cut): one for span, figures in found.items() for one in figures}
    told = {(one["span"], one["code"], one["cut"], one["key"]): one for one in known["figures"]}
    for key in sorted(here.keys() | told.keys()):
        yield from _compared(key, here.get(key), told.get(key))
    if fingerprint(found) != known["fingerprint"]:
        yield "the fingerprint of the figures is another one"


def _compared(key: tuple[str, ...], mine: Figure | None, theirs: dict[str, Any] | None) -> Iterator[str]:
    name = " ".join(part for part in key if part)
    if mine is None or theirs is None:
        yield f"{name}: reported, but not made by the rows" if mine is None else f"{name}: not reported"
        return
    for what in ("value", "numerator", "denominator"):
        counted, said = getattr(mine, what), theirs[what]
        if counted != said:
            yield f"{name}: {what} {_written(said)} was reported, the rows make {_written(counted)}"


def read(said: bytes) -> dict[str, Any]:
    """What was reported, with numbers as decimals. Raises BadReport."""
    try:
        known = json.loads(said)
        if known["format"] != FORMAT:
            raise BadReport(f"not of the format {FORMAT}")
        heads = {name: str(known[name]) for name in ("closing", "last", "rows", "fingerprint", "program")}
        figures = [
            {name: str(one[name]) for name in ("span", "code", "cut", "key")}
            | {name: _number(one[name]) for name in ("value", "numerator", "denominator")}
            for one in known["figures"]
        ]
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise BadReport(f"the report cannot be read: {error!r}") from None
    return {**heads, "figures": figures}


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _written(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def main(arguments: Sequence[str], say: Callable[[str], object] = print) -> int:
    """The command; its exit code."""
    if len(arguments) < 2:
        say("usage: recompute FIGURES.json ROWS.zip, or recompute REPORT.json ROWS.zip ...")
        return UNREADABLE
    said, *rows = (Path(name) for name in arguments)
    try:
        return _whole(said, rows, say) if is_report(said.read_bytes()) else _one(said, rows, say)
    except (OSError, BadReport, BadArchive, BadSheet) as error:
        say(f"{error}")
        return UNREADABLE


def is_report(said: bytes) -> bool:
    """Whether this is a report; else it is to be the figures of one counting."""
    try:
        known = json.loads(said)
    except ValueError:
        return False
    return isinstance(known, dict) and known.get("format") == reports.FORMAT


def _one(said: Path, rows: list[Path], say: Callable[[str], object]) -> int:
    if len(rows) != 1:
        raise BadReport("the figures of one counting are checked with its rows alone")
    known = read(said.read_bytes())
    return _told(list(check(known, rows[0].read_bytes(), Archive(rows[0]))), known["program"] != program(), say)


def _whole(said: Path, rows: list[Path], say: Callable[[str], object]) -> int:
    known = reports.read(said.read_bytes())
    given = {reports.sha256_of(path): path for path in rows}
    differences = list(reports.check(known, {digest: _archive(path) for digest, path in given.items()}))
    say(f"SHA-256 of the report, as on its cover: {reports.sha256_of(said)}")
    for note in reports.unchecked(known, given):
        say(f"note: {note}")
    return _told(differences, any(close.program != program() for close in known.closes), say)


def _archive(path: Path) -> Archive:
    """Of several files it is said which one cannot be read."""
    try:
        return Archive(path)
    except BadArchive as error:
        raise BadArchive(f"{path.name}: {error}") from None


def _told(differences: list[str], otherwise: bool, say: Callable[[str], object]) -> int:
    for difference in differences:
        say(difference)
    if otherwise:
        say("note: they were counted by another version of this program")
    say(f"{len(differences)} differences" if differences else "every figure is the one that the rows make")
    return DIFFERENT if differences else SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
