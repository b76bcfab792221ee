"""From a figure to the rows behind it: those that, counted alone, still make something of it.

So there is no second account of what belongs to a figure: the program that counted it says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, BinaryIO, TypeVar

from app.indicators.definitions import Definition
from app.indicators.figures import groups
from app.indicators.figures.archive import Archive
from app.indicators.figures.base import Cut, Figure, Span, spans

Row = TypeVar("Row", bound=tuple[Any, ...])
LOOKED = 50_000
"""So many rows at most are looked through for a page; the file has them all."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of rows of a sheet. `more`: there are others after it; `cut_short`: not all rows were looked through."""

    sheet: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    more: bool
    cut_short: bool


class _One:
    """The sheets with one row of one kind, and of the others what is of the same company, person or thing."""

    def __init__(self, kind: type[tuple[Any, ...]], row: tuple[Any, ...], beside: "_Beside") -> None:
        self._kind, self._row, self._beside = kind, row, beside

    def rows(self, kind: type[Row]) -> Iterator[Row]:
        if kind is self._kind:
            yield self._row  # type: ignore[misc]
        else:
            yield from self._beside.of(kind, self._row[0])


class _Beside:
    """Rows of the other sheets of a definition by their first column, of those that stand there in one of the first
    `looked` rows of `main`."""

    def __init__(
        self, archive: Archive, main: type[tuple[Any, ...]], kinds: Sequence[type[tuple[Any, ...]]], looked: int
    ) -> None:
        self._rows: dict[type[tuple[Any, ...]], dict[Any, list[tuple[Any, ...]]]] = {}
        asked = {row[0] for row in islice(archive.rows(main), looked)} if kinds else ()
        for kind in kinds:
            by_first = self._rows.setdefault(kind, {})
            for row in archive.rows(kind):
                if row[0] in asked:
                    by_first.setdefault(row[0], []).append(row)

    def of(self, kind: type[tuple[Any, ...]], first: object) -> Iterator[Any]:
        yield from self._rows.get(kind, {}).get(first, ())


def rows(
    file: BinaryIO, known: Definition, span: str, cut: Cut, *, offset: int, limit: int, looked: int = LOOKED
) -> Found:
    """The rows behind one figure. Raises BadArchive, BadSheet."""
    archive = Archive(file)
    group = next(one for one in groups.CLOSINGS[known.closing] if _named(known) <= {k.__name__ for k in one.sheets})
    kinds = [kind for kind in group.sheets if kind.__name__.lower() in known.sheets]
    main = kinds[0]
    beside = _Beside(archive, main, [kind for kind in kinds[1:] if _first(kind) == _first(main)], looked)
    over, when = spans(archive.manifest.last, archive.manifest.zone)[span], archive.manifest.known
    found: list[tuple[Any, ...]] = []
    for number, row in enumerate(archive.rows(main)):
        if number == looked:
            return _page(main, found[offset:], cut_short=True)
        if _belongs(group, _One(main, row, beside), over, when, (known.code, cut)):
            found.append(row)
        if len(found) > offset + limit:
            return _page(main, found[offset : offset + limit], more=True)
    return _page(main, found[offset:])


def _page(
    kind: type[tuple[Any, ...]], found: list[tuple[Any, ...]], *, more: bool = False, cut_short: bool = False
) -> Found:
    return Found(kind.__name__.lower(), _columns(kind), found, more, cut_short)


def _belongs(group: groups.Group, one: _One, span: Span, known: date, wanted: tuple[str, Cut]) -> bool:
    [figures] = group.count(one, [span], known)
    return any((figure.code, figure.cut) == wanted and _says(figure) for figure in figures)


def _says(figure: Figure) -> bool:
    return any((figure.value, figure.numerator, figure.denominator))


def _named(known: Definition) -> set[str]:
    return {name.capitalize() for name in known.sheets}


def _first(kind: type[tuple[Any, ...]]) -> str:
    return _columns(kind)[0]


def _columns(kind: type[tuple[Any, ...]]) -> tuple[str, ...]:
    return tuple(kind._fields)  # type: ignore[attr-defined]
