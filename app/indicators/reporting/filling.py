"""The tables of a report filled with figures: pure, from what was counted to rows of cells."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from app.core.i18n import N_, _
from app.indicators import calendar, words
from app.indicators.definitions import DEFINITIONS, Definition, Unit
from app.indicators.figures.base import WHOLE, Cut
from app.indicators.growth import FLAGS, growth
from app.indicators.queries import Close
from app.indicators.reporting.queries import Value, Values
from app.indicators.reporting.snapshot import Cell, ChartSaid, FigureSaid, Pair, TableSaid
from app.indicators.reporting.tables import AllParts, Chapter, Column, Lines, Months, Parts, Table
from app.indicators.reporting.words import both, cut_name, part, plain, said, state, unit

HEADS = (
    *(N_("Indicator code"), N_("Figure"), N_("Unit"), N_("Value of the figure"), N_("Numerator"), N_("Denominator")),
    *(N_("A year before"), N_("Growth against the year before"), N_("Remark"), N_("State")),
)
PART_HEADS = (N_("Indicator code"), N_("Figure"), N_("Cut"), N_("Part"), N_("Unit"), N_("Value of the figure"))
POINTS = N_("growth in points of percent")
KNOWN = {(one.code, one.version): one for one in DEFINITIONS}
Hidden = Callable[[str, date, Value], bool]
"""Of a figure of a span, by its name and last day: whether a public copy leaves it out."""
EMPTY = Cell()


@dataclass(slots=True)
class Filling:
    """span, last   the period; its figures in `now`, those of the same period a year before in `before`
    months       whole figures of each month, by its last day, the oldest first
    closes       the countings that these are from
    figures      what the cells speak of, in the order in which it came up
    """

    span: str
    last: date
    now: Values
    before: Values
    months: dict[date, Values]
    hidden: Hidden
    closes: Sequence[Close]
    figures: list[FigureSaid] = field(default_factory=list)
    _places: dict[tuple[str, date, str, Cut], int] = field(default_factory=dict)
    _closes: dict[UUID, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._closes = {one.id: place for place, one in enumerate(self.closes)}

    @property
    def year_before(self) -> date:
        return calendar.before(self.last, 12)

    def table(self, table: Table) -> TableSaid:
        """Without rows it says so in a line."""
        heads: list[str | Pair]
        match table.layout:
            case Lines(columns, lines):
                heads, rows = ["", *columns], [row for line in lines if (row := self._line(*line))]
            case Months(columns):
                heads = [N_("Month"), *(one.title for one in columns), N_("State")]
                rows = [row for month in self.months if (row := self._month(month, columns))]
            case Parts(cut, columns, top):
                heads, rows = [cut_name(cut), *(one.title for one in columns)], self._parts(cut, columns, top)
            case Chapter(prefixes, without):
                heads, rows = [*HEADS], [self._figure(one) for one in self._whole(prefixes, without)]
            case AllParts(prefixes, without):
                heads, rows = [*PART_HEADS], [self._part(one) for one in self._all_parts(prefixes, without)]
            case _:
                heads, rows = [], []
        return TableSaid(
            mark=table.mark,
            title=said(table.title),
            note=None if rows else said(table.empty),
            columns=[one if isinstance(one, Pair) else said(one) for one in heads] if rows else [],
            rows=rows,
        )

    def chart(self, title: str, code: str) -> ChartSaid:
        points = [self._cell("month", month, values.get((code, WHOLE))) for month, values in self.months.items()]
        return ChartSaid(title=said(title), months=[f"{month:%Y-%m}" for month in self.months], points=points)

    def _line(self, title: str, codes: tuple[str, ...]) -> list[Cell]:
        found = [self.now.get((code, WHOLE)) for code in codes]
        if not any(found):
            return []
        cells = [self._cell(self.span, self.last, one) for one in found[:-1]]
        return [Cell(text=said(title)), *cells, self._growth(found[-1])]

    def _month(self, month: date, columns: Sequence[Column]) -> list[Cell]:
        values = self.months[month]
        found = [values.get((one.code, one.cut)) for one in columns]
        first = next((one for one in found if one), None)
        if first is None:
            return []
        cells = [self._cell("month", month, one) for one in found]
        return [Cell(text=plain(f"{month:%Y-%m}")), *cells, Cell(text=state(first.close.revision))]

    def _parts(self, cut: str, columns: Sequence[Column], top: int) -> list[list[Cell]]:
        first = [one for (code, where), one in self.now.items() if code == columns[0].code and where[0] == cut]
        ordered = sorted(first, key=_largest)
        if any(self.hidden(self.span, self.last, one) for one in ordered):
            ordered.sort(key=lambda one: one.figure.cut)  # an order by what is left out would tell of it
        return [
            [Cell(text=part(one.figure.cut)), *(self._in_part(column, one.figure.cut) for column in columns)]
            for one in ordered[: top or None]
        ]

    def _in_part(self, column: Column, cut: Cut) -> Cell:
        value = self.now.get((column.code, cut))
        return self._growth(value) if column.growth else self._cell(self.span, self.last, value)

    def _whole(self, prefixes: tuple[str, ...], without: tuple[str, ...]) -> list[Value]:
        return [self.now[one.code, WHOLE] for one in _in_order(prefixes, without) if (one.code, WHOLE) in self.now]

    def _figure(self, value: Value) -> list[Cell]:
        one, known, base = value.figure, _known(value), self.before.get((value.figure.code, WHOLE))
        redefined = base is not None and base.version != value.version
        grown = growth(one.value, base.figure.value if base else None, known.unit, redefined=redefined)
        remarks = [
            message
            for message in (
                FLAGS[grown.flag] if grown.flag else "",
                POINTS if grown.points and grown.value is not None else "",
            )
            if message
        ]
        return [
            *(Cell(text=plain(one.code)), Cell(text=said(known.name)), Cell(text=unit(known, one.cut))),
            *(self._cell(self.span, self.last, value, what) for what in ("value", "numerator", "denominator")),
            self._cell(self.span, self.year_before, base),
            self._growth(value),
            Cell(text=both(lambda: "; ".join(_say(remarks)))),
            Cell(text=state(value.close.revision)),
        ]

    def _all_parts(self, prefixes: tuple[str, ...], without: tuple[str, ...]) -> list[Value]:
        codes = {one.code: place for place, one in enumerate(_in_order(prefixes, ()))}
        found = [
            one for (code, cut), one in self.now.items() if code in codes and cut != WHOLE and cut[0] not in without
        ]
        return sorted(found, key=lambda one: (codes[one.figure.code], one.figure.cut))

    def _part(self, value: Value) -> list[Cell]:
        one, known = value.figure, _known(value)
        texts = (plain(one.code), said(known.name), cut_name(one.cut[0]), part(one.cut), unit(known, one.cut))
        return [*(Cell(text=text) for text in texts), self._cell(self.span, self.last, value)]

    def _growth(self, value: Value | None) -> Cell:
        base = self.before.get((value.figure.code, value.figure.cut)) if value else None
        if value is None or base is None:
            return EMPTY
        of, from_ = self._place(self.span, self.last, value), self._place(self.span, self.year_before, base)
        if self.figures[of].suppressed or self.figures[from_].suppressed:
            return Cell(of=of, base=from_, what="growth", suppressed=True)
        grown = growth(value.figure.value, base.figure.value, _known(value).unit)
        return Cell(of=of, base=from_, what="growth", value=grown.value)

    def _cell(self, span: str, last: date, value: Value | None, what: str = "value") -> Cell:
        if value is None or (what != "value" and getattr(value.figure, what) is None):
            return EMPTY
        place = self._place(span, last, value)
        if self.figures[place].suppressed:
            return Cell(of=place, what=what, suppressed=True)
        return Cell(of=place, what=what, value=getattr(value.figure, what))

    def _place(self, span: str, last: date, value: Value) -> int:
        """Where a figure stands among `figures`; it is put there when it comes up first."""
        one, known = value.figure, _known(value)
        key = (span, last, one.code, one.cut)
        if key not in self._places:
            hidden = self.hidden(span, last, value)
            numbers = {name: None if hidden else getattr(one, name) for name in ("value", "numerator", "denominator")}
            money = known.unit is Unit.MONEY
            self._places[key] = len(self.figures)
            self.figures.append(
                FigureSaid(
                    close=self._closes[value.close.id],
                    span=span,
                    code=one.code,
                    cut=one.cut[0],
                    key=one.cut[1],
                    version=value.version,
                    unit=known.unit,
                    currency=words.unit_of(known, one.cut) if money else "",
                    suppressed=hidden,
                    **numbers,
                )
            )
        return self._places[key]


def _say(messages: Iterable[str]) -> list[str]:
    return [_(message) for message in messages]


def _known(value: Value) -> Definition:
    return KNOWN[value.figure.code, value.version]


def _in_order(prefixes: tuple[str, ...], without: tuple[str, ...]) -> list[Definition]:
    """Definitions of a chapter in the order of the registry, each code once."""
    found = {one.code: one for one in DEFINITIONS if one.code.startswith(prefixes)}
    return [one for code, one in found.items() if not (without and code.startswith(without))]


def _largest(value: Value) -> tuple[Decimal, Cut]:
    return -(value.figure.value or Decimal()), value.figure.cut
