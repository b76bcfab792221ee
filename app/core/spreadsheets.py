"""Tables written out so that a spreadsheet opens them rightly and runs nothing of them."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")


def neutral(text: str) -> str:
    """`text` as a cell that a spreadsheet will not run: an apostrophe before what could begin a formula."""
    return f"'{text}" if FORMULA.match(text.lstrip("'\n ")[:1]) else text


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV that Excel opens rightly in any language: UTF-8 with mark. Text is made `neutral`."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([neutral(heading) for heading in headings])
    writer.writerows(
        ["" if cell is None else neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return file.getvalue().encode("utf-8-sig")
