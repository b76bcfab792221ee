"""Which banks there are, by their BIC: an operator's own sheet with its day, for no such directory is free to ship.

While no sheet is loaded nothing is said of any bank. A BIC names a bank by its first eight signs (ISO 9362).
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CHAR, Date, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from stdnum import bic

from app.core.db import Base
from app.core.errors import Invalid
from app.core.i18n import _

COLUMN = "bic"
MOST_ROWS = 200_000
BATCH = 5000
SIGNS = 8


class BankCode(Base):
    """A bank of the directory in force. `sheet` is its day, the same in every row."""

    __tablename__ = "bank_code"

    bic: Mapped[str] = mapped_column(CHAR(SIGNS), primary_key=True)
    sheet: Mapped[date] = mapped_column(Date)


@dataclass(frozen=True, slots=True)
class Sheet:
    day: date
    codes: tuple[str, ...]


def read(data: bytes, day: date) -> Sheet:
    """The codes of a CSV with the column `bic` (8 or 11 signs), each bank once. Raises Invalid naming the line."""
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise Invalid(_("The file is not a CSV in UTF-8."), field="file") from None
    if COLUMN not in (table.fieldnames or ()):
        raise Invalid(_("The first line must name the columns: %(names)s.") % {"names": COLUMN})
    found: set[str] = set()
    for row in table:
        said = str(row[COLUMN] or "").strip().upper()
        if not bic.is_valid(said):
            raise Invalid(_("Line %(line)s is not a BIC.") % {"line": table.line_num})
        found.add(said[:SIGNS])
        if len(found) > MOST_ROWS:
            raise Invalid(_("At most %(n)s entries.") % {"n": MOST_ROWS})
    if not found:
        raise Invalid(_("This list is empty."))
    return Sheet(day, tuple(sorted(found)))


async def load(tx: AsyncSession, sheet: Sheet) -> None:
    """Put the sheet in the place of what is there. Raises Invalid where that is of a later day."""
    later = await tx.scalar(select(func.max(BankCode.sheet)))
    if later is not None and later > sheet.day:
        raise Invalid(_("A directory of %(day)s is loaded already.") % {"day": later.isoformat()})
    await tx.execute(delete(BankCode))
    for start in range(0, len(sheet.codes), BATCH):
        rows = [{"bic": code, "sheet": sheet.day} for code in sheet.codes[start : start + BATCH]]
        await tx.execute(insert(BankCode), rows)


async def unlisted(tx: AsyncSession, codes: Sequence[str]) -> list[str]:
    """Which of these BICs name no bank of the directory; none while there is none. What is no BIC is let be."""
    asked = {code[:SIGNS].upper(): code for code in codes if bic.is_valid(code)}
    if not asked or not await tx.scalar(select(exists().where(BankCode.bic.is_not(None)))):
        return []
    known = set(await tx.scalars(select(BankCode.bic).where(BankCode.bic.in_(asked))))
    return sorted(said for code, said in asked.items() if code not in known)
