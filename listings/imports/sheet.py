"""Product sheets: rows read from CSV and XLSX, and the template to fill in.

Reading streams. What is wrong with the sheet as a whole is raised; what is wrong with one cell comes with its
row, so that a dry run can show all of it at once. openpyxl takes 12 MB: it is loaded when the first workbook comes.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.images import check_workbook
from app.core.spreadsheets import neutral
from listings.imports.columns import FIXED, SHEET, SHEET_NAMES, Column, by_heading, plain

ROW_LIMIT = 10_000
SHEET_BYTES = 10_000_000
CELL_LIMIT = 10_000
COLUMN_LIMIT = 200
LAST_ROW = 2 * ROW_LIMIT
"""Of a workbook; blank rows between products are passed over, but not without end."""
DELIMITERS = ",;\t"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z0-9:]{3,30})"')
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ERROR_CODES = ("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A")
# What openpyxl lets out on a workbook that is not what it says; XML that is none is a SyntaxError of either parser.
DAMAGE = (SyntaxError, zipfile.BadZipFile, OSError, EOFError, LookupError, ValueError, TypeError, AttributeError)


class SheetRefused(Invalid):
    """The sheet as a whole cannot be read. Facts: `row` and `column` (a letter) where they are known."""

    code = "sheet_refused"


@dataclass(frozen=True)
class Row:
    """One product.

    number  the row in the sheet, the headings being row 1
    values  text by column key, empty cells left out; numbers in plain decimal digits
    errors  what is wrong with a cell, by column key; by column letter for a cell without heading
    """

    number: int
    values: Mapping[str, str]
    errors: Mapping[str, str]


Line = tuple[int, Sequence[object]]


def read_rows(data: bytes) -> Iterator[Row]:
    """The products in a CSV file (UTF-8, UTF-16 with mark, GB 18030; comma, semicolon or tab) or an XLSX workbook.

    The kind is told by content. Headings are checked before this returns, rows as they are asked for.
    raises  SheetRefused, also from the iterator: for a row beyond ROW_LIMIT, or damage further down;
            FileTooLarge, WrongFileType, FileUnreadable for a file that is no sound workbook
    """
    if len(data) > SHEET_BYTES:
        raise _refused(_("The file is larger than %(limit)s MB.") % {"limit": SHEET_BYTES // 1_000_000})
    if data.startswith(OLD_EXCEL):
        raise _refused(_("This is an old Excel file. Save it as XLSX or CSV."))
    if data.startswith(b"PK"):
        check_workbook(data)
        lines = _workbook_lines(data)
    else:
        lines = _text_lines(_decoded(data))
    heading = next((line for line in lines if not _blank(line[1])), None)
    if heading is None:
        raise _refused(_("The sheet is empty."))
    return _rows(lines, _columns(*heading))


def _columns(row: int, cells: Sequence[object]) -> list[Column | None]:
    """The column meant by each heading, None for a column without one."""
    headings = [_plain_text(cell) for cell in cells]
    columns = [by_heading().get(plain(heading)) for heading in headings]
    for place, (heading, column) in enumerate(zip(headings, columns, strict=True)):
        if heading and column is None:
            raise _refused(
                _("“%(heading)s” is not a column of the template.") % {"heading": heading[:60]}, row=row, place=place
            )
        if column is not None and column in columns[:place]:
            raise _refused(_("The column “%(heading)s” occurs twice.") % {"heading": heading}, row=row, place=place)
    absent = [column.heading for column in FIXED if column.required and column not in columns]
    if absent:
        raise _refused(_("Columns are missing: %(headings)s.") % {"headings": ", ".join(absent)}, row=row)
    return columns


def _rows(lines: Iterator[Line], columns: Sequence[Column | None]) -> Iterator[Row]:
    count = 0
    for number, cells in lines:
        if _blank(cells):
            continue
        count += 1
        if count > ROW_LIMIT:
            raise _refused(_("A sheet may hold %(limit)s products at most.") % {"limit": ROW_LIMIT}, row=number)
        values: dict[str, str] = {}
        errors: dict[str, str] = {}
        for place, cell in enumerate(cells):
            column = columns[place] if place < len(columns) else None
            key = column.key if column else _letter(place)
            try:
                text = _cell_text(cell)
                if text and column is None:
                    errors[key] = _("This cell has no heading.")
                elif text:
                    values[key] = text
            except Invalid as error:
                errors[key] = error.message
        yield Row(number, values, errors)


def _blank(cells: Sequence[object]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in cells)


def _cell_text(cell: object) -> str:
    """A cell as text. Raises Invalid for what no cell of a product holds."""
    text = _plain_text(cell)
    if len(text) > CELL_LIMIT:
        raise Invalid(_("Use %(limit)s characters at most.") % {"limit": CELL_LIMIT})
    if CONTROL.search(text):
        raise Invalid(_("This cell holds characters that cannot be printed."))
    if text in ERROR_CODES:
        raise Invalid(_("This cell holds a formula with an error."))
    return text[1:] if text[:1] == "'" and neutral(text[1:]) == text else text


def _plain_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, float):  # 15 digits are what a spreadsheet shows; beyond lies binary dust
        return format(Decimal(format(cell, ".15g")).normalize(), "f")
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return str(cell).replace("\r\n", "\n").strip()


def _decoded(data: bytes) -> str:
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(_("The text is in an unknown encoding. Save it as “CSV UTF-8”."))


def _text_lines(text: str) -> Iterator[Line]:
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, cells[:COLUMN_LIMIT]
    except csv.Error as problem:
        raise _refused(_("The file cannot be read here: check the quotation marks."), row=number + 1) from problem


def _workbook_lines(data: bytes) -> Iterator[Line]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheet = _product_sheet(data)
            _refuse_merged(archive, sheet._worksheet_path)
            sheet.reset_dimensions()  # the declared ones may be wrong
            rows = sheet.iter_rows(max_row=LAST_ROW, max_col=COLUMN_LIMIT, values_only=True)
            for number, cells in enumerate(rows, start=1):
                if number == LAST_ROW:
                    raise _refused(_("The sheet goes on too far down. Delete the empty rows."), row=number)
                yield number, cells
    except DAMAGE as problem:
        raise _refused(_("The workbook is damaged and cannot be read.")) from problem


def _product_sheet(data: bytes) -> Any:
    from openpyxl import load_workbook  # noqa: PLC0415
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet  # noqa: PLC0415

    workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    sheets = [sheet for sheet in workbook.worksheets if isinstance(sheet, ReadOnlyWorksheet)]
    named = [sheet for sheet in sheets if sheet.title.strip().casefold() in SHEET_NAMES]
    if len(named or sheets) != 1:
        raise _refused(
            _("Which sheet holds the products? Name it “%(name)s”.") % {"name": SHEET},
            sheets=[sheet.title for sheet in sheets],
        )
    return (named or sheets)[0]


def _refuse_merged(archive: zipfile.ZipFile, path: str) -> None:
    """A merged cell hides values of its neighbours. The streaming reader does not tell, so the XML is searched."""
    rest = b""
    with archive.open(path) as file:
        while chunk := file.read(1 << 16):
            if found := MERGED.search(rest + chunk):
                cells = found[1].decode("ascii")
                raise _refused(_("The cells %(cells)s are merged. Unmerge them.") % {"cells": cells}, cells=cells)
            rest = chunk[-80:]


def _refused(message: str, *, row: int | None = None, place: int | None = None, **facts: object) -> SheetRefused:
    """`place` is the column counted from 0."""
    if row is not None:
        facts["row"] = row
        message = _("Row %(row)s: %(message)s") % {"row": row, "message": message}
    if place is not None:
        facts["column"] = _letter(place)
    return SheetRefused(message, field="file", **facts)


def _letter(place: int) -> str:
    """Of a column, the first being 0: A to Z, then AA."""
    first, last = divmod(place, 26)
    return (_letter(first - 1) if first else "") + chr(ord("A") + last)
