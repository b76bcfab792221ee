"""A snapshot as tables: one CSV file for each table in a ZIP, or one sheet each of a workbook.

Numbers are numbers, and what a public copy leaves out is written as "<5". Headings are in both languages.
"""

import io
import zipfile
from datetime import datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from app.core.spreadsheets import neutral, write_csv
from app.indicators.definitions import Unit
from app.indicators.figures.archive import STAMP
from app.indicators.reporting.snapshot import FEW, Cell, Pair, Snapshot, TableSaid

FORMATS = {Unit.COUNT: "#,##0", Unit.PERCENT: '0.00"%"'}
OTHER = "#,##0.00"
WIDE, NARROW, LABELS = 34, 16, 2
"""Widths of columns, in characters: of the first two, and of numbers."""
BOLD, WRAPPED = Font(bold=True), Alignment(wrap_text=True, vertical="top")


def in_csv(snapshot: Snapshot) -> bytes:
    """A ZIP of one file for each table, UTF-8 with mark, named by the table's number."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for table in snapshot.tables:
            info = zipfile.ZipInfo(f"{table.mark}.csv", STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            heads = [_line(head) for head in table.columns] or [_line(table.title)]
            rows = [[_value(cell) for cell in row] for row in table.rows]
            archive.writestr(info, write_csv(heads, rows or [[_line(table.note)]]))
    return out.getvalue()


def in_workbook(snapshot: Snapshot) -> bytes:
    """A sheet for each table, its title above, headings that stay in sight."""
    book = Workbook(write_only=True)
    book.properties.creator, book.properties.title = "Portolan", f"{snapshot.period} {snapshot.revision}"
    book.properties.created = book.properties.modified = _naive(snapshot.made_at)
    for table in snapshot.tables:
        _sheet(book.create_sheet(title=table.mark), table, snapshot)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None, microsecond=0)


def _sheet(sheet: Any, table: TableSaid, snapshot: Snapshot) -> None:
    sheet.freeze_panes = "B3"
    for number in range(1, len(table.columns) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = NARROW if number > LABELS else WIDE
    sheet.append([_styled(sheet, f"{table.mark}  {table.title.en}  {table.title.zh}", BOLD)])
    sheet.append([_styled(sheet, f"{head.en}\n{head.zh}", BOLD) for head in table.columns])
    for row in table.rows:
        sheet.append([_number(sheet, cell, snapshot) for cell in row])
    if table.note is not None:
        sheet.append([_line(table.note)])


def _styled(sheet: Any, text: str, font: Font) -> Any:
    cell = WriteOnlyCell(sheet, neutral(text))
    cell.font, cell.alignment = font, WRAPPED
    return cell


def _number(sheet: Any, cell: Cell, snapshot: Snapshot) -> Any:
    value = _value(cell)
    if not isinstance(value, Decimal):
        return neutral(value)
    made: Any = WriteOnlyCell(sheet)
    made.value = value
    unit = Unit.PERCENT if cell.what == "growth" else snapshot.figures[cell.of or 0].unit
    made.number_format = FORMATS.get(unit, OTHER) if cell.what in ("value", "growth") else "#,##0.##"
    return made


def _value(cell: Cell) -> str | Decimal:
    """A number, "<5", or a text."""
    if cell.text is not None:
        return _line(cell.text)
    if cell.suppressed:
        return FEW
    return "" if cell.value is None else cell.value


def _line(pair: Pair | None) -> str:
    """Both languages on one line, or once what is the same in both."""
    if pair is None:
        return ""
    return pair.en if pair.en == pair.zh else f"{pair.en} / {pair.zh}"
