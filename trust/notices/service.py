"""Telling a company something about its own: on its page of notices, and by letter."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, post
from app.core.i18n import _, current_locale
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission
from trust.identity import queries as identity
from trust.notices.errors import NoticeNotFound
from trust.notices.models import CompanyNotice, NoticeLetter

OWNERS = Permission.MANAGE_MEMBERS
EVERYBODY = Permission.READ
"""Who of a company gets a letter: those whose roles grant this."""
_NOTICE = cast(Table, CompanyNotice.__table__)


@dataclass(frozen=True, slots=True)
class Words:
    """A notice in both languages."""

    title_en: str
    title_zh: str
    text_en: str
    text_zh: str

    def title(self, locale: str) -> str:
        return self.title_zh if locale.startswith("zh") else self.title_en

    def text(self, locale: str) -> str:
        return self.text_zh if locale.startswith("zh") else self.text_en


@dataclass(frozen=True, slots=True)
class Notice:
    """As a company reads it, in the reader's language."""

    id: UUID
    title: str
    text: str
    created_at: datetime
    read_at: datetime | None

    @classmethod
    def of(cls, row: CompanyNotice) -> "Notice":
        words, locale = Words(row.title_en, row.title_zh, row.text_en, row.text_zh), current_locale()
        return cls(row.id, words.title(locale), words.text(locale), row.created_at, row.read_at)


async def tell(tx: AsyncSession, about: Subject, organisation_id: UUID, words: Words, *, to: Permission) -> bool:
    """Put a notice before a company and write to its members whose roles grant `to`; False when it was told before."""
    id_ = new_id()
    said = {
        "id": id_,
        "subject_type": about.type,
        "subject_id": about.id,
        "organisation_id": organisation_id,
        "title_en": words.title_en,
        "title_zh": words.title_zh,
        "text_en": words.text_en,
        "text_zh": words.text_zh,
        "created_at": clock.now(),
    }
    made = await tx.scalar(insert(_NOTICE).values(said).on_conflict_do_nothing().returning(_NOTICE.c.id))
    if made is None:
        return False
    for reader in await identity.members_to_notify(tx, organisation_id, to):
        tx.add(NoticeLetter(notice_id=id_, member_id=reader.member_id))
        facts = {
            "recipient": reader.name,
            "title": words.title(reader.locale),
            "text": words.text(reader.locale),
            "path": f"/notices/{id_}",
        }
        await post.send(tx, to=reader.email, locale=reader.locale, template="platform_notice", context=facts)
    await tx.flush()
    return True


async def of_company(tx: AsyncSession, *, by: Member, offset: int, limit: int) -> tuple[list[Notice], int]:
    """A company's notices, the newest first; how many there are."""
    mine = CompanyNotice.organisation_id == by.organisation_id
    total = await tx.scalar(select(func.count()).select_from(CompanyNotice).where(mine)) or 0
    rows = await tx.scalars(
        select(CompanyNotice).where(mine).order_by(CompanyNotice.id.desc()).offset(offset).limit(limit)
    )
    return [Notice.of(row) for row in rows], total


async def unread(tx: AsyncSession, organisation_id: UUID, *, limit: int = 5) -> list[Notice]:
    """What nobody of a company has read yet, the newest first."""
    query = select(CompanyNotice).where(
        CompanyNotice.organisation_id == organisation_id, CompanyNotice.read_at.is_(None)
    )
    return [Notice.of(row) for row in await tx.scalars(query.order_by(CompanyNotice.id.desc()).limit(limit))]


async def notice(tx: AsyncSession, notice_id: UUID, *, by: Member) -> Notice:
    """Raises NoticeNotFound, also for another company's."""
    return Notice.of(await _own(tx, notice_id, by))


async def read(tx: AsyncSession, notice_id: UUID, *, by: Member) -> None:
    """Somebody of the company has read it; the first stays. Raises NoticeNotFound."""
    row = await _own(tx, notice_id, by, lock=True)
    if row.read_at is None:
        row.read_at, row.read_by = clock.now(), by.id


async def _own(tx: AsyncSession, notice_id: UUID, by: Member, *, lock: bool = False) -> CompanyNotice:
    query = select(CompanyNotice).where(
        CompanyNotice.id == notice_id, CompanyNotice.organisation_id == by.organisation_id
    )
    row = await tx.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NoticeNotFound(_("There is no such notice."))
    return row


@dataclass(frozen=True, slots=True)
class Told:
    """That a company was told: how many letters went out, and when somebody read it."""

    organisation_id: UUID
    company: str
    at: datetime
    letters: int
    read_at: datetime | None


async def told(tx: AsyncSession, about: Subject, *, limit: int = 500) -> list[Told]:
    """Whom a notice went to, in the order of their names. For the desk that sent it."""
    letters = (
        select(func.count())
        .select_from(NoticeLetter)
        .where(NoticeLetter.notice_id == CompanyNotice.id)
        .scalar_subquery()
    )
    query = select(CompanyNotice.organisation_id, CompanyNotice.created_at, letters, CompanyNotice.read_at).where(
        CompanyNotice.subject_type == about.type, CompanyNotice.subject_id == about.id
    )
    rows = (await tx.execute(query.order_by(CompanyNotice.id).limit(limit))).all()
    names = await identity.organisations(tx, [row[0] for row in rows])
    found = [Told(of, names[of].name_latin, at, count, read_at) for of, at, count, read_at in rows]
    return sorted(found, key=lambda one: one.company)
