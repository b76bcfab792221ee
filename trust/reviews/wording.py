"""What reviewers say again and again: written once in both languages, retired but never rewritten."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.reviews.errors import WordingNotFound
from trust.reviews.events import Verdict
from trust.reviews.models import Wording

CHINESE = frozenset({"CN", "HK", "MO", "TW"})
"""Where a company reads Chinese first."""


@dataclass(frozen=True, slots=True)
class WordingView:
    id: UUID
    kind: str
    verdict: str
    title: str
    text_en: str
    text_zh: str

    def for_country(self, country: str) -> str:
        """What a company there reads."""
        return self.text_zh if country in CHINESE else self.text_en


_OFFERED = (
    select(*(Wording.id, Wording.kind, Wording.verdict, Wording.title, Wording.text_en, Wording.text_zh))
    .where(Wording.retired_at.is_(None))
    .order_by(Wording.kind, Wording.title, Wording.id)
    .limit(200)
)
_OF_KIND = _OFFERED.where(Wording.kind == bindparam("kind"))


async def write(
    tx: AsyncSession, *, kind: str, verdict: Verdict, title: str, text_en: str, text_zh: str, by: Member
) -> UUID:
    require(by, Permission.LEAD_MODERATION)
    row = Wording(kind=kind, verdict=verdict, title=title, text_en=text_en, text_zh=text_zh, written_by=by.id)
    tx.add(row)
    await tx.flush()
    return row.id


async def retire(tx: AsyncSession, wording_id: UUID, *, by: Member) -> None:
    """Offer it no more; what was said with it stays said. Raises WordingNotFound."""
    require(by, Permission.LEAD_MODERATION)
    row = await tx.scalar(select(Wording).where(Wording.id == wording_id).with_for_update())
    if row is None:
        raise WordingNotFound(_("There is no such wording."))
    row.retired_at = row.retired_at or clock.now()


async def offered(tx: AsyncSession, kind: str = "") -> list[WordingView]:
    """Those in use, of one kind of items or all, by title."""
    return [WordingView(*row) for row in await tx.execute(_OF_KIND if kind else _OFFERED, {"kind": kind})]
