"""Files that call themselves documents issued here, and are not: BEC-06."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import String, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from trust.risk.facts_of_people import FileFacts

_ISSUED = text("""
    SELECT count(DISTINCT number) AS numbers, coalesce(bool_or(:hash IN (pdf_hash, ubl_hash)), false) AS ours
      FROM trade_document WHERE number = ANY (:numbers)
""").bindparams(bindparam("numbers", type_=ARRAY(String)))


async def facts_of(tx: AsyncSession, file: Mapping[str, Any]) -> FileFacts | None:
    """What a kept file says of itself, beside what was issued here; None of one that names no document."""
    if not file.get("numbers"):
        return None
    known = (await tx.execute(_ISSUED, {"numbers": list(file["numbers"]), "hash": file["sha256"]})).one()
    return FileFacts(["known"] * known.numbers, ours=known.ours, maker=str(file.get("maker", "")))
