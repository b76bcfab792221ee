"""Owners and signatories are told by mail what becomes of the rules. A page of companies a job: there may be many."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox, post
from app.core.jobs import JobContext, handler, job
from trust.access import Role
from trust.identity.models import MemberRow, Organisation
from trust.operator.events import CapitalUnconfirmed
from trust.rules.events import ConsultationOpened, LicenceEnds, RulePublished

AT_ONCE = 500
BINDING = [Role.OWNER.value, Role.SIGNATORY.value]


@handler(ConsultationOpened)
async def on_opened(tx: AsyncSession, event: ConsultationOpened) -> None:
    """A change may be commented on."""
    said = {"title": event.title, "path": f"/rules/changes/{event.version_id}", "until": event.until, "day": ""}
    await _begin(tx, f"rule-opened-{event.version_id}", said)


@handler(RulePublished)
async def on_published(tx: AsyncSession, event: RulePublished) -> None:
    """A change will be in force."""
    day = event.effective_from.isoformat()
    said = {"title": event.title, "path": f"/rules/{event.code}/{event.number}", "until": "", "day": day}
    await _begin(tx, f"rule-published-{event.version_id}", said)


@handler(LicenceEnds)
async def on_licence_ends(tx: AsyncSession, event: LicenceEnds) -> None:
    """The administrators are told."""
    said = {"name": event.name, "number": event.number, "day": event.valid_to.isoformat(), "path": "/operator"}
    await _tell_administrators(tx, "licence_ends", said)


@handler(CapitalUnconfirmed)
async def on_capital_unconfirmed(tx: AsyncSession, event: CapitalUnconfirmed) -> None:
    """The administrators are asked to confirm the registered capital."""
    said = {"day": event.stated_on.isoformat(), "path": "/operator/records"}
    await _tell_administrators(tx, "capital_unconfirmed", said)


async def _tell_administrators(tx: AsyncSession, template: str, said: dict[str, Any]) -> None:
    query = (
        select(MemberRow.email, MemberRow.locale, MemberRow.name)
        .join(Organisation, Organisation.id == MemberRow.organisation_id)
        .where(MemberRow.removed_at.is_(None), MemberRow.roles.overlap([Role.ADMIN.value]), Organisation.is_platform)
    )
    for person in await tx.execute(query):
        context = said | {"recipient": person.name}
        await post.send(tx, to=person.email, locale=person.locale, template=template, context=context)


async def _begin(tx: AsyncSession, key: str, said: dict[str, Any]) -> None:
    await outbox.enqueue(tx, tell, key=key, said=said, after=None)


@job
async def tell(ctx: JobContext, said: dict[str, Any], after: UUID | None) -> None:
    """Write to those after this member; the letters and the next page of them are queued in one transaction."""
    await ctx.tx(_tell, said, after)


async def _tell(tx: AsyncSession, said: dict[str, Any], after: UUID | None) -> None:
    query = (
        select(MemberRow.id, MemberRow.email, MemberRow.locale, MemberRow.name)
        .join(Organisation, Organisation.id == MemberRow.organisation_id)
        .where(MemberRow.removed_at.is_(None), MemberRow.roles.overlap(BINDING), Organisation.is_platform.is_(False))
        .where(Organisation.left_at.is_(None))
    )
    if after is not None:
        query = query.where(MemberRow.id > after)
    people = (await tx.execute(query.order_by(MemberRow.id).limit(AT_ONCE))).all()
    for person in people:
        await post.send(
            tx,
            to=person.email,
            locale=person.locale,
            template="rule_changes",
            context=_letter(said, person.locale) | {"recipient": person.name},
        )
    if len(people) == AT_ONCE:
        last = people[-1].id
        await outbox.enqueue(tx, tell, key=f"rule-news-{said['path']}-{said['day']}-{last}", said=said, after=last)


def _letter(said: dict[str, Any], locale: str) -> dict[str, Any]:
    until = f"{datetime.fromisoformat(said['until']):%Y-%m-%d %H:%M} UTC" if said["until"] else ""
    title = said["title"]["zh" if locale.startswith("zh") else "en"]
    return {"title": title, "path": said["path"], "until": until, "day": said["day"]}
