"""Which rows are a person's, as records.txt says: found by which column, what of them that person wrote, how long they
stay.

The tables are of all domains and are known here by name alone, as trust/privacy/columns.txt knows them; what another
person wrote in the same row is not among `columns`. A test holds both files to the tables as they are.
"""

from dataclasses import dataclass
from pathlib import Path

from trust.privacy.purposes import Both

SOURCE = Path(__file__).parent / "records.txt"


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of `table` whose `owner` is the person.

    columns  what goes into an export
    at       when each came to be
    kept     key of its class in trust.retention.classes; "" what goes with the account
    """

    table: str
    owner: str
    columns: tuple[str, ...]
    at: str
    kept: str
    title: Both

    @property
    def name(self) -> str:
        """Of its file in an export."""
        return f"{self.table}-{self.owner}"


def _records(line: str) -> Records:
    where, columns, at, kept, en, zh = (part.strip() for part in line.split("|"))
    table, owner = where.split()
    return Records(table, owner, tuple(columns.split()), at, kept, Both(en, zh))


RECORDS = tuple(_records(line) for line in SOURCE.read_text().splitlines() if line and line[0] != "#")
