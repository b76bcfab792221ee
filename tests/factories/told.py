"""The files of a report read back, each by what others read it with."""

import csv
import io
import zipfile
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook
from pypdf import PdfReader

Rows = dict[str, list[list[Any]]]
"""Number of a table → its rows."""


def from_json(known: dict[str, Any]) -> Rows:
    """Texts, numbers, "<5" or "" of all tables."""
    return {table["mark"]: [[_of(cell) for cell in row] for row in table["rows"]] for table in known["tables"]}


def _of(cell: dict[str, Any]) -> Any:
    if cell["text"] is not None:
        en, zh = cell["text"]["en"], cell["text"]["zh"]
        return en if en == zh else f"{en} / {zh}"
    if cell["suppressed"]:
        return "<5"
    return "" if cell["value"] is None else Decimal(cell["value"])


def from_csv(data: bytes) -> Rows:
    found: Rows = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            text = archive.read(name)
            assert text.startswith(b"\xef\xbb\xbf")
            head, *rows = csv.reader(io.StringIO(text.decode("utf-8-sig")))
            found[name.removesuffix(".csv")] = rows if len(head) > 1 else []
    return found


def from_workbook(data: bytes) -> Rows:
    book = load_workbook(io.BytesIO(data), read_only=False)
    found: Rows = {}
    for sheet in book.worksheets:
        assert sheet.freeze_panes == "B3"
        _title, head, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = (
            [["" if cell is None else cell for cell in row] for row in rows] if head[0] or head[1:2] else []
        )
    return found


def from_pdf(data: bytes) -> list[str]:
    """Every word, in the order of the pages."""
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).split()
