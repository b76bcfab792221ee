"""What every column of the house that holds text, JSON or bytes is, as columns.txt says: read once."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from app.core.i18n import N_

SOURCE = Path(__file__).parent / "columns.txt"


class Level(StrEnum):
    NONE = "none"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    SECRET = "secret"  # noqa: S105  a class, no secret


SIGNS = {"+": Level.PERSONAL, "!": Level.SENSITIVE, "#": Level.SECRET}
LEVELS = {
    Level.PERSONAL: N_("Personal"),
    Level.SENSITIVE: N_("Sensitive"),
    Level.SECRET: N_("Secret"),
}


@dataclass(frozen=True, slots=True)
class Column:
    table: str
    name: str
    purpose: str
    level: Level


@cache
def columns() -> tuple[Column, ...]:
    """All of them, in the order of the file. Raises ValueError for a line that is none."""
    found = []
    for line in SOURCE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        table, purpose, names = (part.strip() for part in line.split(":"))
        for word in names.split():
            level = SIGNS.get(word[0], Level.NONE)
            found.append(Column(table, word.lstrip("+!#"), purpose, level))
    return tuple(found)


def of_purpose(code: str) -> list[Column]:
    """What of a purpose says something about a person."""
    return [one for one in columns() if one.purpose == code and one.level is not Level.NONE]
