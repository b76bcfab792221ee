"""CSV files as they come."""

import csv
import io

from app.core.i18n import _
from trust.screening.errors import BadList


def records(text: str, field: str) -> list[list[str]]:
    """The records of a CSV text. Raises BadList for what no list has: a control character, a cell of 128 kB."""
    try:
        if "\0" in text:
            raise csv.Error
        return list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise BadList(_("This is no CSV file."), field=field) from error
