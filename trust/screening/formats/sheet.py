"""Lists that come as no file at all, or as text to read: a CSV with headings, which people fill in.

Columns: `reference`, `kind`, `name`; and where known `name_original`, `aliases`, `weak_aliases`, `former_names`,
`programme`, `countries`, `born`, `identifiers`, `listed_on`, `remarks`. Several values in one cell are parted by `;`.
"""

from datetime import date

from app.core.i18n import _
from trust.screening.entries import Entry, Kind, Strength, distinct, named
from trust.screening.errors import BadList
from trust.screening.formats.table import records

NEEDED = ("reference", "kind", "name")
NAMES = (
    ("name", Strength.PRIMARY),
    ("name_original", Strength.ORIGINAL),
    ("aliases", Strength.STRONG),
    ("former_names", Strength.FORMER),
    ("weak_aliases", Strength.WEAK),
)
OTHER = ("programme", "countries", "born", "identifiers", "listed_on", "remarks")
COLUMNS = (*NEEDED, *(name for name, _strength in NAMES[1:]), *OTHER)
TEMPLATE = ",".join(COLUMNS) + "\r\n"


def read(data: bytes, *, field: str = "sheet") -> list[Entry]:
    """The entries in their order. Raises BadList naming row and column."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadList(_("Please save this file as UTF-8."), field=field) from error
    heads, *rows = records(text, field) or [[]]
    columns = [head.strip().lower() for head in heads]
    if missing := [name for name in NEEDED if name not in columns]:
        raise BadList(_("The column “%(name)s” is missing.") % {"name": missing[0]}, field=field)
    found = {n: _entry(columns, row, n, field) for n, row in enumerate(rows, start=2) if any(row)}
    if not found:
        raise BadList(_("This list is empty."), field=field)
    seen: dict[str, int] = {}
    for number, entry in found.items():
        if entry.reference in seen:
            said = {"n": number, "first": seen[entry.reference]}
            raise BadList(_("Row %(n)s has the reference of row %(first)s.") % said, field=field)
        seen[entry.reference] = number
    return list(found.values())


def _entry(columns: list[str], row: list[str], number: int, field: str) -> Entry:
    said = dict(zip(columns, row, strict=False))

    def cell(name: str) -> str:
        return " ".join(said.get(name, "").split())

    def cells(name: str) -> list[str]:
        return said.get(name, "").replace("；", ";").split(";")

    names = named([(text, strength) for name, strength in NAMES for text in cells(name)])
    if len(row) > len(columns) or not cell("reference") or not names or names[0].strength is not Strength.PRIMARY:
        raise BadList(_("Row %(n)s has no reference or no name, or too many columns.") % {"n": number}, field=field)
    if cell("kind").lower() not in set(Kind):
        facts = {"n": number, "kinds": ", ".join(Kind)}
        raise BadList(_("Row %(n)s: the kind is one of %(kinds)s.") % facts, field=field)
    try:
        listed = date.fromisoformat(cell("listed_on")).isoformat() if cell("listed_on") else ""
    except ValueError as error:
        message = _("Row %(n)s: please write the day as 2026-11-22.") % {"n": number}
        raise BadList(message, field=field) from error
    return Entry(
        reference=cell("reference"),
        kind=Kind(cell("kind").lower()),
        names=names,
        programme=cell("programme"),
        countries=distinct(cells("countries")),
        born=distinct(cells("born")),
        identifiers=distinct(cells("identifiers")),
        listed_on=listed,
        remarks=cell("remarks"),
    )
