"""What members agreed to, each purpose by itself; withdrawn as easily as given, and obeyed by the code that asks here.

A consent holds for one version of a purpose: when another version comes into force, it is asked for again.
PIPL art. 14-16, 29; GDPR art. 4(11), 7.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _, current_locale
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member
from trust.identity.errors import ForPeopleOnly
from trust.identity.models import MemberRow
from trust.privacy.errors import ConsentNeeded
from trust.privacy.events import ConsentWithdrawn
from trust.privacy.models import Consent
from trust.privacy.purposes import STOREFRONT_CONTACT, Basis, Purpose, consents, purpose

SETTINGS = "settings"
SUBJECT = "consents"


@dataclass(frozen=True, slots=True)
class Given:
    """One consent as it was given; `withdrawn_at` None while it holds."""

    purpose: str
    version: int
    channel: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A purpose that rests on consent, whether the member has given it, and what they said before."""

    purpose: Purpose
    given: Given | None
    history: tuple[Given, ...]


async def choices(tx: AsyncSession, member_id: UUID) -> list[Choice]:
    """Every purpose that rests on consent, with what this member said of it."""
    rows = await tx.scalars(select(Consent).where(Consent.member_id == member_id).order_by(Consent.id.desc()))
    said = [Given(r.purpose, r.version, r.channel, r.given_at, r.withdrawn_at) for r in rows]
    return [_choice(one, tuple(g for g in said if g.purpose == one.code)) for one in consents()]


def _choice(one: Purpose, history: tuple[Given, ...]) -> Choice:
    holding = next((g for g in history if g.withdrawn_at is None and g.version == one.version), None)
    return Choice(one, holding, history)


async def give(tx: AsyncSession, code: str, *, channel: str = SETTINGS, by: Member) -> None:
    """Agree to one purpose as it reads now; said twice at once, it is one. Raises PurposeNotFound, ForPeopleOnly.

    A consent to an older version ends with it.
    """
    wanted = _asked(code, by)
    now = clock.now()
    older = update(Consent).where(
        Consent.member_id == by.id,
        Consent.purpose == code,
        Consent.withdrawn_at.is_(None),
        Consent.version != wanted.version,
    )
    await tx.execute(older.values(withdrawn_at=now, withdrawn_through="version"))
    values = {
        "id": new_id(),
        "member_id": by.id,
        "purpose": code,
        "version": wanted.version,
        "digest": wanted.digest,
        "locale": current_locale(),
        "channel": channel,
        "given_at": now,
        "withdrawn_through": "",
    }
    once = insert(Consent).values(values)
    once = once.on_conflict_do_nothing(
        index_elements=["member_id", "purpose"], index_where=Consent.withdrawn_at.is_(None)
    )
    if (await tx.execute(once.returning(Consent.id))).scalar() is not None:
        said = {"purpose": code, "version": wanted.version, "digest": wanted.digest, "channel": channel}
        await evidence.record(tx, Subject(SUBJECT, by.id), "consent.given", said, actor=by.id)


async def withdraw(tx: AsyncSession, code: str, *, by: Member) -> bool:
    """Agree no more; whether there was anything to withdraw. Raises PurposeNotFound, ForPeopleOnly."""
    _asked(code, by)
    ended = update(Consent).where(Consent.member_id == by.id, Consent.purpose == code, Consent.withdrawn_at.is_(None))
    rows = await tx.execute(
        ended.values(withdrawn_at=clock.now(), withdrawn_through=SETTINGS).returning(Consent.version)
    )
    versions = list(rows.scalars())
    if versions:
        said = {"purpose": code, "version": versions[0]}
        await evidence.record(tx, Subject(SUBJECT, by.id), "consent.withdrawn", said, actor=by.id)
        await outbox.publish(tx, ConsentWithdrawn(by.id, code))
    return bool(versions)


def _asked(code: str, by: Member) -> Purpose:
    if by.session_id is None:
        raise ForPeopleOnly(_("An API key cannot do this. Sign in with your browser."))
    wanted = purpose(code)
    if wanted.basis is not Basis.CONSENT:
        raise ConsentNeeded(_("This does not rest on your consent."), field="purpose")
    return wanted


async def holds(tx: AsyncSession, code: str, member_id: UUID) -> bool:
    """Whether the member agrees to this purpose as it reads now."""
    wanted = purpose(code)
    query = select(Consent.id).where(
        Consent.member_id == member_id,
        Consent.purpose == code,
        Consent.version == wanted.version,
        Consent.withdrawn_at.is_(None),
    )
    return await tx.scalar(query) is not None


async def at_hand_in(tx: AsyncSession, code: str, agreed: bool, *, channel: str, by: Member) -> None:
    """Something sensitive is handed in: it takes a consent that holds, or one that is given with it. PIPL art. 29.

    Raises ConsentNeeded naming `consent`. A program of the member's relies on what they said in their browser.
    """
    if await holds(tx, code, by.id):
        return
    if not agreed:
        raise ConsentNeeded(_("Agree to this first: without it we may not keep what you hand in."), field="consent")
    await give(tx, code, channel=channel, by=by)


async def storefront_contact(tx: AsyncSession, organisation_id: UUID) -> str:
    """Who of a company agreed to be named on its public page: the longest there, or "" where nobody did."""
    wanted = purpose(STOREFRONT_CONTACT)
    named = and_(
        Consent.member_id == MemberRow.id,
        Consent.purpose == STOREFRONT_CONTACT,
        Consent.version == wanted.version,
        Consent.withdrawn_at.is_(None),
    )
    query = select(MemberRow.name).join(Consent, named).where(MemberRow.organisation_id == organisation_id)
    query = query.where(MemberRow.removed_at.is_(None)).order_by(MemberRow.id).limit(1)
    return await tx.scalar(query) or ""
