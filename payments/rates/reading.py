"""Files of daily rates: the ECB's eurofxref as XML and CSV (one day or its history), and a plain CSV of our own.

The ECB publishes on working days at about 16:00 in Frankfurt; its files name the day alone.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from xml.parsers.expat import ExpatError, ParserCreate
from zoneinfo import ZoneInfo

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import CURRENCIES

ECB = "ECB"
FRANKFURT = ZoneInfo("Europe/Berlin")
PUBLISHED = time(16)
COLUMNS = ("date", "base", "quote", "rate", "source")
MOST = Decimal(10) ** 12
PLACES = 12
LARGEST = 5_000_000  # bytes; the ECB's whole history is about one million


@dataclass(frozen=True, slots=True)
class Line:
    """One rate of the file: one `base` is `rate` `quote`. `number` is its line, for XML its place among the rates."""

    number: int
    base: str
    quote: str
    day: date
    rate: Decimal
    source: str
    published_at: datetime


@dataclass(slots=True)
class Sheet:
    """What a file says. `faults` are (line, sentence); `left_out` counts currencies that are no longer current."""

    lines: list[Line] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)
    left_out: int = 0

    def add(self, number: int, said: Mapping[str, str], *, lenient: bool = False) -> None:
        """One rate as text. `lenient`: a currency that is none today is left out, not a fault."""
        if lenient and said["quote"] not in CURRENCIES:
            self.left_out += 1
            return
        try:
            line = _line(number, said)
        except Invalid as error:
            self.faults.append((number, error.message))
            return
        pair = (line.day, line.base, line.quote)
        if pair in self._seen:
            self.faults.append((number, _("This pair and day stand in the file twice.")))
        self._seen.add(pair)
        self.lines.append(line)

    _seen: set[tuple[date, str, str]] = field(default_factory=set, repr=False)


def read(data: bytes) -> Sheet:
    """Which of the three it is, is told by its content. Raises Invalid for a file that is none of them."""
    if len(data) > LARGEST:
        raise Invalid(_("The file is larger than %(limit)s MB.") % {"limit": LARGEST // 1_000_000}, field="file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(_("The file is not text in UTF-8."), field="file") from None
    sheet = _xml(data) if text.lstrip().startswith("<") else _csv(text)
    if not sheet.lines and not sheet.faults:
        raise Invalid(_("The file holds no rates."), field="file")
    return sheet


def _xml(data: bytes) -> Sheet:
    """`<Cube time="…"><Cube currency="USD" rate="1.1"/>…`, whatever stands around it. A DTD is refused unread."""
    sheet, day = Sheet(), ""

    def element(name: str, attributes: dict[str, str]) -> None:
        nonlocal day
        if name.rpartition(":")[2] != "Cube":
            return
        day = attributes.get("time", day)
        if "currency" in attributes:
            said = {"date": day, "quote": attributes["currency"], "rate": attributes.get("rate", "")}
            sheet.add(len(sheet.lines) + len(sheet.faults) + sheet.left_out + 1, _ecb(said), lenient=True)

    def doctype(*_declared: object) -> None:
        raise Invalid(_("This XML carries a document type, which no file of rates has."), field="file")

    parser = ParserCreate()
    parser.StartElementHandler = element
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except ExpatError:
        raise Invalid(_("This XML is damaged."), field="file") from None
    return sheet


def _csv(text: str) -> Sheet:
    try:
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error:
        raise Invalid(_("The file cannot be read here: check the quotation marks."), field="file") from None
    heads = [cell.strip() for cell in rows[0]] if rows else []
    named = [head.lower() for head in heads]
    sheet = Sheet()
    if set(COLUMNS) <= set(named):
        for number, cells in _filled(rows):
            sheet.add(number, dict(zip(named, cells, strict=False)))
    elif heads[:1] == ["Date"] and len(heads) > 1:
        for number, cells in _filled(rows):
            for quote, rate in zip(heads[1:], cells[1:], strict=False):
                if quote and rate and rate != "N/A":
                    sheet.add(number, _ecb({"date": cells[0], "quote": quote, "rate": rate}), lenient=True)
    else:
        columns = ", ".join(COLUMNS)
        raise Invalid(_("The first line must name the columns: %(names)s.") % {"names": columns}, field="file")
    return sheet


def _filled(rows: list[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The lines under the heading that say anything, by number, their cells trimmed."""
    for number, cells in enumerate(rows[1:], start=2):
        trimmed = [cell.strip() for cell in cells]
        if any(trimmed):
            yield number, trimmed


def _ecb(said: dict[str, str]) -> dict[str, str]:
    return {**said, "base": "EUR", "source": ECB}


def _line(number: int, said: Mapping[str, str]) -> Line:
    """Raises Invalid."""
    base, quote, source = (said.get(name, "") for name in ("base", "quote", "source"))
    for code in (base, quote):
        if code not in CURRENCIES:
            raise Invalid(_("“%(code)s” is not a currency.") % {"code": code[:10]})
    if base == quote:
        raise Invalid(_("A rate needs two currencies."))
    if not source or len(source) > 40:
        raise Invalid(_("Name the source in 40 characters at most."))
    day = _day(said.get("date", ""))
    return Line(number, base, quote, day, _rate(said.get("rate", "")), source, _moment(said, day))


def _rate(text: str) -> Decimal:
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise Invalid(_("“%(text)s” is not a rate.") % {"text": text[:30]}) from None
    if not rate.is_finite() or not 0 < rate < MOST or rate != round(rate, PLACES):
        raise Invalid(_("“%(text)s” is not a rate.") % {"text": text[:30]})
    return rate


def _day(text: str) -> date:
    """`2026-10-30`, or as the ECB's daily CSV has it, `30 October 2026`."""
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise Invalid(_("“%(text)s” is not a day such as 2026-11-20.") % {"text": text[:30]})


def _moment(said: Mapping[str, str], day: date) -> datetime:
    """When it was published: as said, else the ECB's hour on that day."""
    if not (text := said.get("published_at", "")):
        return datetime.combine(day, PUBLISHED, FRANKFURT)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid(_("“%(text)s” is not a moment with its zone.") % {"text": text[:30]})
    return moment
