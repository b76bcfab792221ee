"""In which unit customs wants goods of an HS code declared: a dated table, loaded by `portolan import hs-units`.

Of the codes that fit, the longest counts, and of its rows those of the latest day that has come. A code that is not in
the table says nothing. Whatever is sold can be weighed, and pieces can be measured; but what the law counts is not sold
by weight or by the metre, nor what it measures by weight.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import ARRAY, Date, Select, String, Text, any_, cast, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, once
from app.core.errors import Invalid
from app.core.i18n import _

COLUMNS = ("hscode", "unit", "since")
CODE = re.compile(r"\d{2}|\d{4}|\d{6}", re.ASCII)
MOST_ROWS = 20_000
BATCH = 1000
KINDS = {
    **dict.fromkeys(("H87", "C62", "PR", "NPR", "SET", "DZN", "MIL"), "count"),
    **dict.fromkeys(("KGM", "GRM", "TNE", "CTM"), "mass"),
    **dict.fromkeys(("LTR", "MTQ"), "volume"),
    "MTR": "length",
    "MTK": "area",
}
"""By UN/ECE Recommendation 20 code, what a unit measures."""
FITTING = {
    "mass": frozenset(KINDS.values()),
    "count": frozenset(("count",)),
    "length": frozenset(("length", "count")),
    "area": frozenset(("area", "length", "count")),
    "volume": frozenset(("volume", "count")),
}
"""By what the law asks for, what goods may be sold by that it still can be told of."""


class StatutoryUnit(Base):
    """Goods under `code` (2, 4 or 6 digits) are declared in `unit` since then; several of one day stand together."""

    __tablename__ = "statutory_unit"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    unit: Mapped[str] = mapped_column(String(3), primary_key=True)
    since: Mapped[date] = mapped_column(Date, primary_key=True)


@dataclass(frozen=True, slots=True)
class Row:
    code: str
    unit: str
    since: date


def read(data: bytes) -> list[Row]:
    """The rows of a CSV with the columns `hscode`, `unit` (UN/ECE) and `since`. Raises Invalid naming the line."""
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise Invalid(_("The file is not a CSV in UTF-8."), field="file") from None
    if not set(COLUMNS) <= set(table.fieldnames or ()):
        raise Invalid(_("The first line must name the columns: %(names)s.") % {"names": ", ".join(COLUMNS)})
    found: dict[tuple[str, str, date], Row] = {}
    for said in table:
        code, unit, since = (str(said[name] or "").strip() for name in COLUMNS)
        if not CODE.fullmatch(code) or unit not in KINDS or (day := _day(since)) is None:
            message = _("Line %(line)s is not an HS code with a unit we know and the day from which it counts.")
            raise Invalid(message % {"line": table.line_num})
        found[code, unit, day] = Row(code, unit, day)
        if len(found) > MOST_ROWS:
            raise Invalid(_("At most %(n)s entries.") % {"n": MOST_ROWS})
    if not found:
        raise Invalid(_("The file holds no HS codes."))
    return list(found.values())


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


async def load(tx: AsyncSession, rows: Sequence[Row]) -> None:
    """Add the rows to what is there; what stands there already stays."""
    for start in range(0, len(rows), BATCH):
        values = [asdict(row) for row in rows[start : start + BATCH]]
        await tx.execute(insert(StatutoryUnit).values(values).on_conflict_do_nothing())


async def units_of(tx: AsyncSession, hs_code: str, on: date) -> list[str]:
    """In which units goods of this code are declared on a day, in alphabetical order; none where nobody knows."""
    rows = (await tx.execute(*_units([hs_code[:length] for length in (2, 4, 6)], on))).all()
    return [row.unit for row in rows if (row.code, row.since) == (rows[0].code, rows[0].since)]


@once
def _units(codes: list[str], on: date) -> Select[str, date, str]:
    return (
        select(StatutoryUnit.code, StatutoryUnit.since, StatutoryUnit.unit)
        .where(StatutoryUnit.code == any_(cast(codes, ARRAY(Text))), StatutoryUnit.since <= on)
        .order_by(StatutoryUnit.code.desc(), StatutoryUnit.since.desc(), StatutoryUnit.unit)
    )


def fits(unit: str, statutory: Sequence[str]) -> bool:
    """Whether goods sold by `unit` can be declared in one of the others. A unit that is not known fits everything."""
    kind = KINDS.get(unit)
    return not statutory or kind is None or any(kind in FITTING[KINDS[one]] for one in statutory)
