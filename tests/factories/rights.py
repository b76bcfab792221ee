"""Rights and notices as far as a test needs them."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import clock
from app.core.crypto import Vault, mark
from app.core.payload import Upload
from listings import queries as listings
from tests.factories.files import PDF
from tests.factories.people import Actor
from trust.cases import exhibits
from trust.cases.exhibits import Kept
from trust.rights import countering, desk, notices, notifiers, registry
from trust.rights.countering import Answer, Proven
from trust.rights.models import Notice, NoticeItem, Notifier, NotifierAccess, Right
from trust.rights.notices import Filing, Listing
from trust.rights.notifiers import Speaker
from trust.rights.periods import CODE_GOOD
from trust.rights.registry import Claim, Registration
from trust.rights.states import ItemState, Measure, Proof, RightKind

ZONE = "Asia/Shanghai"
STORY = "The lid bears our mark, as the pictures show."
CODE = "0123456789ABCDEF"


def claim(**changes: Any) -> Claim:
    said: dict[str, Any] = {
        "kind": RightKind.TRADE_MARK,
        "office": "CN",
        "number": "1234567",
        "title": "LANTERNA",
        "holder": "Lanterna Holding SA",
        "valid_until": date(2099, 12, 31),
    }
    return Claim(**said | changes)


def vault_of(ctx: Any) -> Vault:
    vault: Vault = ctx.settings.vault
    return vault


async def paper(ctx: Any, id_: UUID, name: str = "paper.pdf") -> list[Kept]:
    upload = Upload(name, "application/pdf", PDF + b"%" + name.encode())
    return await exhibits.keep(ctx.files, vault_of(ctx), id_, [upload])


async def as_company(ctx: Any, actor: Actor) -> Speaker:
    async with ctx.db.transaction() as tx:
        return await notifiers.enter(tx, "", actor.member)


async def without_account(ctx: Any, email: str = "anna@example.org", code: str = CODE) -> Speaker:
    """Somebody who was sent `code`."""
    async with ctx.db.transaction() as tx:
        await notifiers.send_code(tx, vault_of(ctx), email)
        owner = await tx.scalar(
            select(Notifier.id).where(Notifier.email_mark == vault_of(ctx).mark(email, notifiers.EMAIL))
        )
        tx.add(NotifierAccess(notifier_id=owner, mark=mark(code), expires_at=clock.now() + CODE_GOOD))
    return Speaker(owner)


async def make_right(ctx: Any, by: Speaker, judge: Actor | None = None, **changes: Any) -> UUID:
    """A right in the registry; accepted where somebody judges it."""
    asked = Registration(claim(**changes), [])
    asked.ownership.extend(await paper(ctx, asked.id, "certificate.pdf"))
    if asked.claim.agent:
        asked.authority.extend(await paper(ctx, asked.id, "authority.pdf"))
    async with ctx.db.transaction() as tx:
        await registry.register(tx, asked, zone=ZONE, by=by)
    if judge is not None:
        async with ctx.db.transaction() as tx:
            await registry.accept(tx, asked.id, zone=ZONE, by=judge.member)
    return asked.id


async def make_notice(ctx: Any, by: Speaker, products: Sequence[UUID], **changes: Any) -> UUID:
    """About these published products, of a right that is stated."""
    async with ctx.db.transaction(read_only=True) as tx:
        live = {one.id: one for one in await listings.live(tx, products)}
    named = [Listing(p, live[p].organisation_id, live[p].content.title.en, live[p].revision_id) for p in products]
    said: dict[str, Any] = {
        "right_id": None,
        "claim": claim(),
        "measure": Measure.TAKE_DOWN,
        "statement": STORY,
        "listings": named,
        "contact": "Anna Holder, +49 30 4711",
        "true": True,
    }
    asked = Filing(**said | changes)
    asked.ownership.extend(await paper(ctx, asked.id, "certificate.pdf"))
    asked.infringement.extend(await paper(ctx, asked.id, "comparison.pdf"))
    async with ctx.db.transaction() as tx:
        notice = await notices.file(tx, vault_of(ctx), asked, zone=ZONE, by=by)
    return notice.id


async def take(ctx: Any, notice_id: UUID, judge: Actor) -> None:
    async with ctx.db.transaction() as tx:
        await desk.take(tx, notice_id, by=judge.member)


async def decide(ctx: Any, notice_id: UUID, judge: Actor, *, refused: Sequence[UUID] = ()) -> None:
    """All its listings come down but the `refused`, named by their products."""
    await take(ctx, notice_id, judge)
    rows = await items_of(ctx, notice_id)
    async with ctx.db.transaction() as tx:
        enough = [row.id for row in rows if row.listing_id not in refused]
        await desk.decide(tx, notice_id, enough, "Not shown." if refused else "", by=judge.member)


async def answer(ctx: Any, notice_id: UUID, supplier: Actor, *item_ids: UUID) -> UUID:
    """The supplier's counter-statement; it arrives when the jobs run."""
    files = await paper(ctx, notice_id, "licence.pdf")
    async with ctx.db.transaction() as tx:
        said = Answer("We hold a licence of the mark's owner.", item_ids, true=True, files=files)
        return (await countering.counter(tx, notice_id, said, by=supplier.member)).id


async def prove(ctx: Any, notice_id: UUID, supplier: Actor, by: Speaker) -> None:
    files = await paper(ctx, notice_id, "acceptance.pdf")
    today = clock.now().date()
    async with ctx.db.transaction() as tx:
        said = Proven(supplier.organisation_id, Proof.LAWSUIT, "People's Court", "(2026) 1", today, files)
        await countering.prove(tx, notice_id, said, by=by)


async def items_of(ctx: Any, notice_id: UUID) -> list[NoticeItem]:
    async with ctx.db.transaction(read_only=True) as tx:
        return await notices.items(tx, notice_id)


async def states_of(ctx: Any, notice_id: UUID) -> list[ItemState]:
    return [ItemState(row.state) for row in await items_of(ctx, notice_id)]


async def notice_of(ctx: Any, notice_id: UUID) -> Notice:
    async with ctx.db.transaction(read_only=True) as tx:
        row: Notice = await tx.get_one(Notice, notice_id)
        return row


async def right_of(ctx: Any, right_id: UUID) -> Right:
    async with ctx.db.transaction(read_only=True) as tx:
        row: Right = await tx.get_one(Right, right_id)
        return row
