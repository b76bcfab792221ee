"""The product template to download: the heading row as CSV, or a workbook that helps to fill it in."""

import io

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from app.core.spreadsheets import write_csv
from listings.categories import Category
from listings.imports.columns import SHEET, Column, columns_for
from listings.imports.sheet import LAST_ROW

INK, PAPER = "FF17263B", "FFF6F1E7"


def template_csv(category: Category | None = None) -> bytes:
    """The headings in both languages; with `category`, also its attributes."""
    return write_csv([column.heading for column in columns_for(category)], [])


def template_xlsx(category: Category | None = None) -> bytes:
    """A workbook: the sheet to fill in, with lists to pick from and a note on each heading, and a sheet of notes."""
    workbook = Workbook()
    products = workbook.worksheets[0]
    products.title = SHEET
    lists = workbook.create_sheet("Lists")
    lists.sheet_state = "hidden"
    columns = columns_for(category)
    for place, column in enumerate(columns, start=1):
        _write_column(products, lists, place, column)
    products.freeze_panes = "B2"
    _write_notes(workbook.create_sheet("Notes 说明", 1), columns)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _write_column(products: Worksheet, lists: Worksheet, place: int, column: Column) -> None:
    letter = get_column_letter(place)
    heading = products.cell(1, place, column.heading)
    _style_heading(products, place)
    heading.comment = Comment(f"{column.note_en}\n{column.note_zh}\n→ {column.example}", "Portolan", 120, 320)
    products.column_dimensions[letter].width = column.width
    if column.text:
        products.column_dimensions[letter].number_format = "@"
    if column.choices:
        for row, choice in enumerate(column.choices, start=1):
            lists.cell(row, place, choice)
        offered = DataValidation("list", formula1=f"Lists!${letter}$1:${letter}${len(column.choices)}")
        offered.add(f"{letter}2:{letter}{LAST_ROW}")
        products.add_data_validation(offered)


def _write_notes(notes: Worksheet, columns: tuple[Column, ...]) -> None:
    notes.append(["Column / 列", "What to write", "填写说明", "Example / 示例"])
    for column in columns:
        notes.append([column.heading, column.note_en, column.note_zh, column.example])
    for place, width in enumerate((40, 60, 60, 30), start=1):
        _style_heading(notes, place)
        notes.column_dimensions[get_column_letter(place)].width = width
    notes.append(["* Must be filled in / 必填"])
    notes.freeze_panes = "A2"


def _style_heading(sheet: Worksheet, place: int) -> None:
    cell = sheet.cell(1, place)
    cell.font = Font(bold=True, color=PAPER)
    cell.fill = PatternFill("solid", fgColor=INK)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
