"""What a public copy leaves out: figures that are of fewer than five parties.

How many parties a figure is of is asked of the program that counts: the rows of each party alone are counted, and it
is behind every figure of which they make something. A row that names no company, such as a complaint, stands for one.
Where rows stand for nobody, such as days of traffic, the number itself counts. A nought is of nobody, and stays.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVar

from app.indicators.definitions import Definition
from app.indicators.figures import groups
from app.indicators.figures.archive import Archive
from app.indicators.figures.base import Cut, Figure, Span
from app.indicators.ordering import Ordered

LEAST = 5
PARTIES = ("party", "buyer", "seller")
Row = TypeVar("Row", bound=tuple[Any, ...])
Kind = type[tuple[Any, ...]]
Behind = dict[tuple[str, str, Cut], int]
"""Name of a span, code and cut → how many parties, five at most."""


class _Own:
    """The rows of one party."""

    def __init__(self) -> None:
        self._rows: dict[Kind, list[tuple[Any, ...]]] = {}

    def add(self, kind: Kind, row: tuple[Any, ...]) -> None:
        self._rows.setdefault(kind, []).append(row)

    def rows(self, kind: type[Row]) -> Iterator[Row]:
        yield from self._rows.get(kind, ())  # type: ignore[misc]


def behind(archive: Archive, spans: dict[str, Span]) -> Behind:
    """The parties behind every figure of an archive. Raises BadArchive, BadSheet."""
    found: dict[tuple[str, str, Cut], set[str]] = defaultdict(set)
    known = archive.manifest
    for group in groups.CLOSINGS[known.closing]:
        for columns, kinds in _families(group).items():
            for mark, own in _owners(archive, columns, kinds):
                counted = group.count(own, list(spans.values()), known.known)
                for name, figures in zip(spans, counted, strict=True):
                    _note(found, name, figures, mark)
    return {key: len(marks) for key, marks in found.items()}


def _note(found: dict[tuple[str, str, Cut], set[str]], name: str, figures: Sequence[Figure], mark: str) -> None:
    for one in figures:
        marks = found[name, one.code, one.cut]
        if _told(one) and len(marks) < LEAST:
            marks.add(mark)


def _told(figure: Figure) -> bool:
    """Whether it says anything: of a share, whether anything of what it is a share of."""
    return bool(figure.value if figure.denominator is None else figure.numerator)


def _families(group: groups.Group) -> dict[tuple[str, ...], list[Kind]]:
    """Sheets whose rows name parties in the same columns, and so are counted together."""
    found: dict[tuple[str, ...], list[Kind]] = {}
    for kind in group.sheets:
        if columns := marks_of(kind):
            found.setdefault(columns, []).append(kind)
    return found


def marks_of(kind: Kind) -> tuple[str, ...]:
    """The columns of a sheet that name whose a row is; none where it is nobody's."""
    fields = _fields(kind)
    named = tuple(name for name in PARTIES if name in fields)
    return named or ((fields[0],) if kind.__annotations__[fields[0]] is str else ())


def _fields(kind: Kind) -> tuple[str, ...]:
    found: tuple[str, ...] = kind._fields  # type: ignore[attr-defined]
    return found


def _owners(archive: Archive, columns: tuple[str, ...], kinds: list[Kind]) -> Iterator[tuple[str, _Own]]:
    """Rows by whose they are, one party after another."""
    places = {kind: [_fields(kind).index(column) for column in columns] for kind in kinds}
    with Ordered[tuple[str, Kind, tuple[Any, ...]]](key=itemgetter(0)) as rows:
        for kind in kinds:
            for row in archive.rows(kind):
                for mark in {row[place] for place in places[kind]}:
                    rows.add((mark, kind, row))
        for mark, some in groupby(rows, key=itemgetter(0)):
            own = _Own()
            for _mark, kind, row in some:
                own.add(kind, row)
            yield mark, own


def hides(figure: Figure, known: Definition, parties: int) -> bool:
    """Whether a public copy leaves a figure out, with so many parties behind it."""
    said = _said(figure)
    if not said:
        return False
    if _anybodys(known):
        return parties < LEAST
    return abs(said) < LEAST


def _said(figure: Figure) -> Decimal:
    return (figure.value if figure.denominator is None else figure.numerator) or Decimal()


def _anybodys(known: Definition) -> bool:
    """Whether the rows that a figure is counted from are somebody's."""
    kinds = {kind.__name__.lower(): kind for some in groups.CLOSINGS.values() for one in some for kind in one.sheets}
    return any(marks_of(kinds[name]) for name in known.sheets if name in kinds)
