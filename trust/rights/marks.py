"""Which registered trade marks of others a text names, and who holds rights: for rules of risk."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, any_, cast, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import once
from trust.rights.models import BARE, Notifier, Right
from trust.rights.states import RightKind, RightState

SHORTEST_LATIN, SHORTEST_CHINESE = 3, 2
MOST_WORDS, MOST_SIGNS = 4, 8
MOST = 20
_LATIN = re.compile(r"[^\W_\u4e00-\u9fff]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]+")
_SWAPPED = str.maketrans("013457", "oieast")
"""Figures that are written in the place of letters which they look like."""
_BARE: ColumnElement[str] = literal_column(BARE)  # as it stands in the index, so without parameters


def phrases(text: str) -> set[str]:
    """What of a text may be a mark: runs of up to four words written as one, also with figures read as letters, and of
    up to eight Chinese signs.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    found = set()
    for line in plain.splitlines():
        for said in _runs(_LATIN.findall(line), MOST_WORDS):
            found |= {form for form in (said, said.translate(_SWAPPED)) if len(form) >= SHORTEST_LATIN}
        for part in _CHINESE.findall(line):
            found |= {said for said in _runs(part, MOST_SIGNS) if len(said) >= SHORTEST_CHINESE}
    return found


def _runs(parts: Collection[str] | str, most: int) -> Iterator[str]:
    listed = list(parts)
    for begin in range(len(listed)):
        for end in range(begin + 1, min(begin + most, len(listed)) + 1):
            yield "".join(listed[begin:end])


async def of_others(tx: AsyncSession, text: str, organisation_id: UUID) -> list[str]:
    """Accepted trade marks in force that the text names, none of which this company itself entered."""
    found = phrases(text)
    if not found:
        return []
    return sorted(set(await tx.scalars(*_named(list(found), organisation_id, clock.now().date()))))


@once
def _named(found: list[str], organisation_id: UUID, today: date) -> Select[str]:
    own = select(Notifier.id).where(Notifier.organisation_id == organisation_id)
    named = any_(cast(found, ARRAY(Text))) == _BARE
    marks = select(Right.title).where(named, Right.kind == RightKind.TRADE_MARK, *_in_force(today))
    return marks.where(Right.notifier_id.not_in(own)).limit(MOST)


async def holders(tx: AsyncSession, companies: Collection[UUID]) -> set[UUID]:
    """Those of these companies that hold a right which staff have accepted, and which is in force."""
    rows = await tx.scalars(*_holding(list(companies), clock.now().date()))
    return {row for row in rows if row is not None}


@once
def _holding(companies: list[UUID], today: date) -> Select[UUID | None]:
    query = select(Notifier.organisation_id).join(Right, Right.notifier_id == Notifier.id)
    return query.where(Notifier.organisation_id == any_(cast(companies, ARRAY(Uuid))), *_in_force(today)).distinct()


def _in_force(today: date) -> tuple[ColumnElement[bool], ...]:
    return Right.state == RightState.ACCEPTED, or_(Right.valid_until.is_(None), Right.valid_until >= today)
