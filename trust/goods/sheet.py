"""The operator's own list as a CSV: each row an entry, read through before anything is proposed."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.payload import sentence
from trust.goods.lists import Proposed
from trust.goods.schemas import EntryIn

COLUMNS = tuple(EntryIn.model_fields)
NEEDED = {name for name, field in EntryIn.model_fields.items() if field.is_required()}
MOST_ROWS = 5_000
MOST_BYTES = 5 * 2**20
TEMPLATE = (
    ",".join(COLUMNS)
    + "\r\nlicence,EXAMPLE,291524,,acetic anhydride;醋酸酐,,108-24-7,CN,,listing,2027-01-01,,"
    + '"State Council Decree 445 art. 26",Precursor chemicals need a permit.,易制毒化学品须有许可。\r\n'
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in which row (the headings are row 1) and column."""

    row: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Sheet:
    rows: int
    entries: list[Proposed]
    faults: list[Fault]


def read(data: bytes) -> Sheet:
    """Every row, or all that is wrong. Raises Invalid for what is no such table at all."""
    table = _table(data)
    headings = [name.strip().lower() for name in next(table, [])]
    missing = [
        name for name in EntryIn.model_fields if EntryIn.model_fields[name].is_required() and name not in headings
    ]
    if missing or len(set(headings)) != len(headings):
        raise Invalid(
            _("The first line must name the columns: %(names)s.") % {"names": ", ".join(COLUMNS)}, field="sheet"
        )
    entries, faults, rows = [], [], 0
    for number, cells in enumerate(table, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        rows += 1
        if rows > MOST_ROWS:
            raise Invalid(_("At most %(n)s entries.") % {"n": MOST_ROWS}, field="sheet")
        said = {name: cell.strip() for name, cell in zip(headings, cells, strict=False) if cell.strip()}
        try:
            entries.append(EntryIn.model_validate({name: said[name] for name in said if name in COLUMNS}).proposed())
        except ValidationError as error:
            details = error.errors(include_url=False, include_context=True)
            faults += [Fault(number, str(next(iter(d["loc"]), "")), sentence(d)) for d in details]
    return Sheet(rows, entries, faults)


def _table(data: bytes) -> Iterator[list[str]]:
    if len(data) > MOST_BYTES or b"\0" in data:
        raise Invalid(_("This is no CSV file."), field="sheet")
    try:
        text = data.decode("utf-8-sig")
        return iter(list(csv.reader(io.StringIO(text, newline=""))))
    except (UnicodeDecodeError, csv.Error):
        raise Invalid(_("The file is not a CSV in UTF-8."), field="sheet") from None
