"""The lists of the Office of Foreign Assets Control (US Treasury), as three CSV files without headings.

Main file, names, places. Columns by OFAC's data specification of 2023-09-25; `-0-` stands for nothing, and weak
aliases, dates of birth and numbers of papers stand in the main file's remarks.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from app.core.i18n import _
from trust.screening.entries import Entry, Kind, Strength, distinct, named
from trust.screening.errors import BadList
from trust.screening.formats.table import records

MAIN, NAMES, PLACES = 12, 5, 6
"""Columns of each file."""
KINDS = {"": Kind.COMPANY, "individual": Kind.PERSON, "vessel": Kind.VESSEL, "aircraft": Kind.AIRCRAFT}
ALSO = {"aka": Strength.STRONG, "fka": Strength.FORMER, "nka": Strength.STRONG}
WEAK = re.compile(r"\ba\.k\.a\. ['\"](.+?)['\"](?=[;.,]|$)")
BORN = re.compile(r"\bDOB (?:circa )?(\d{1,2} [A-Z][a-z]{2} \d{4}|[A-Z][a-z]{2} \d{4}|\d{4}(?: to \d{4})?)")
NATION = re.compile(r"\b(?:nationality|citizen) ([A-Z][\w ,'()-]*?)(?=[;.]|$)")
NUMBER = re.compile(
    r"\b((?:Passport|National ID No\.|Tax ID No\.|Registration Number|Registration ID"
    r"|Vessel Registration Identification|SWIFT/BIC|Identification Number|Unified Social Credit Code \(USCC\)) [^;(]+?)"
    r"(?=[;(]|\.$|\.;|$)"
)
NOTHING = "-0-"


def read(main: bytes, names: bytes, places: bytes) -> list[Entry]:
    """The entries, in the order of the main file. Raises BadList naming `sdn`, `alt` or `add`."""
    aliases: defaultdict[str, list[tuple[str, Strength]]] = defaultdict(list)
    for number, _alias, kind, name, _remarks in _rows(names, NAMES, "alt"):
        aliases[number].append((name, ALSO.get(kind.lower(), Strength.STRONG)))
    countries: defaultdict[str, list[str]] = defaultdict(list)
    for number, _place, _street, _city, country, _remarks in _rows(places, PLACES, "add"):
        countries[number].append(country)
    found = [_entry(row, aliases[row[0]], countries[row[0]]) for row in _rows(main, MAIN, "sdn")]
    for field, linked in (("alt", aliases), ("add", countries)):
        if strangers := linked.keys() - {entry.reference for entry in found}:
            raise BadList(
                _("Number %(number)s is not in the main file: these files are not of one day.")
                % {"number": min(strangers)},
                field=field,
            )
    return found


def _entry(row: list[str], aliases: list[tuple[str, Strength]], countries: list[str]) -> Entry:
    number, name, kind, programme, _title, call_sign, _type, _tonnage, _grt, flag, _owner, remarks = row
    numbers = NUMBER.findall(remarks) + ([f"Call sign {call_sign}"] if call_sign else [])
    known = named([(name, Strength.PRIMARY), *aliases, *((weak, Strength.WEAK) for weak in WEAK.findall(remarks))])
    if not known:
        raise BadList(_("Entry %(number)s has no name.") % {"number": number}, field="sdn")
    return Entry(
        reference=number,
        kind=KINDS.get(kind.lower(), Kind.COMPANY),
        names=known,
        programme=programme,
        countries=distinct([*NATION.findall(remarks), *countries, flag]),
        born=distinct([_day(said) for said in BORN.findall(remarks)]),
        identifiers=distinct(numbers),
        remarks=remarks,
    )


def _rows(data: bytes, columns: int, field: str) -> Iterator[list[str]]:
    """The records, with "" for nothing. A last character 26 ends the file, as it did under DOS."""
    text = data.rstrip(b"\x1a\r\n ").decode("utf-8-sig", errors="replace")
    count = 0
    for row in records(text, field):
        values = ["" if (clean := value.strip()) == NOTHING else clean for value in row]
        if len(values) != columns or not values[0].isdigit():
            message = _("Record %(n)s does not have the %(columns)s columns of this file.")
            raise BadList(message % {"n": count + 1, "columns": columns}, field=field)
        count += 1
        yield values
    if not count:
        raise BadList(_("This list is empty."), field=field)


def _day(said: str) -> str:
    for pattern, length in (("%d %b %Y", 10), ("%b %Y", 7)):
        try:
            return datetime.strptime(said, pattern).date().isoformat()[:length]  # noqa: DTZ007  a day, no moment
        except ValueError:
            continue
    return said.replace(" to ", "/")
