"""The codes of the Harmonized System, loaded by `portolan import hs`. While none are loaded, every code passes."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import CHAR, String, Text, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.errors import Invalid
from app.core.i18n import _
from listings.content import HS_VERSION

COLUMNS = ("hscode", "description", "parent")
CODE = re.compile(r"\d{2}|\d{4}|\d{6}", re.ASCII)
BATCH = 1000


class HsCode(Base):
    """A chapter (2 digits), heading (4) or subheading (6) of one edition; `parent` is the code above, "" for none."""

    __tablename__ = "hs_code"

    code: Mapped[str] = mapped_column(String(6), primary_key=True)
    version: Mapped[str] = mapped_column(CHAR(4), primary_key=True)
    description: Mapped[str] = mapped_column(Text)
    parent: Mapped[str] = mapped_column(String(6))


@dataclass(frozen=True, slots=True)
class Code:
    code: str
    version: str
    description: str
    parent: str


def read(data: bytes, *, version: str = HS_VERSION) -> list[Code]:
    """The codes of a CSV with the columns `hscode`, `description` and `parent`. Raises Invalid naming the line."""
    try:
        rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise Invalid(_("The file is not a CSV in UTF-8."), field="file") from None
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise Invalid(_("The first line must name the columns: %(names)s.") % {"names": ", ".join(COLUMNS)})
    found: dict[str, Code] = {}
    for row in rows:
        code, description, parent = (str(row[name] or "").strip() for name in COLUMNS)
        if not (CODE.fullmatch(code) and description):
            raise Invalid(_("Line %(line)s is not an HS code with a description.") % {"line": rows.line_num})
        found[code] = Code(code, version, description, parent if CODE.fullmatch(parent) else "")
    if not found:
        raise Invalid(_("The file holds no HS codes."))
    return list(found.values())


async def load(tx: AsyncSession, codes: Sequence[Code]) -> None:
    """Write the codes; what was loaded before under the same code and edition is replaced."""
    for start in range(0, len(codes), BATCH):
        statement = insert(HsCode).values([asdict(code) for code in codes[start : start + BATCH]])
        new = {name: statement.excluded[name] for name in ("description", "parent")}
        await tx.execute(statement.on_conflict_do_update(index_elements=["code", "version"], set_=new))


async def check(tx: AsyncSession, hs_code: str, *, version: str = HS_VERSION, field: str = "hs_code") -> None:
    """Raises Invalid when codes of this edition are loaded and the first six digits are none of them."""
    edition = select(exists().where(HsCode.version == version))
    known = select(exists().where(HsCode.version == version, HsCode.code == hs_code[:6]))
    if await tx.scalar(edition) and not await tx.scalar(known):
        raise Invalid(_("The Harmonized System has no code %(code)s.") % {"code": hs_code[:6]}, field=field)
