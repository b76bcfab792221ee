"""A buyer's own mark on somebody's goods: one listing down while fifteen days run, one notice refused, one waiting."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.payload import Upload
from app.core.subject import Subject
from app.demo.cast import Firm, Stage
from app.demo.papers import paper
from app.demo.timeline import Story
from listings import queries as listings
from listings import service as listing
from listings.content import Text
from trust.access import Role
from trust.cases import exhibits
from trust.cases.exhibits import Kept
from trust.reviews.events import Verdict
from trust.rights import countering, desk, notices, notifiers, registry, timing
from trust.rights.countering import Answer
from trust.rights.notices import Filing, Listing
from trust.rights.notifiers import Speaker
from trust.rights.registry import Claim, Registration
from trust.rights.states import Measure, RightKind

MARK = Claim(
    kind=RightKind.TRADE_MARK,
    office="CN",
    number="68840217",
    title="ELBKONTOR",
    holder="Elbkontor Handelsgesellschaft mbH",
    classes=(11, 21),
    valid_until=date(2034, 6, 30),
)
SAID = "The picture of the packaging shows our word mark. We have licensed nobody to make these goods."
ANSWERED = "The goods were made to the mark owner's own order of last year; the order and our licence are attached."
NOT_SHOWN = "The picture shows a word that is neither the mark nor like it. Please show the mark on the goods."


async def notices_given(stage: Stage, buyer: str, seller: str, other: str) -> Story:
    """About goods that are put up for it, so that no deal waits for them; nothing where the suppliers sell nothing.

    They were here before the mark was entered: afterwards the rules would have stopped them (INF-03).
    """
    yield stage.now - timedelta(days=16)
    sellers = [stage.firms[name] for name in (seller, other, other)]
    first, second, third = [await _put_up(stage, firm) for firm in sellers]
    yield stage.now - timedelta(days=15)
    async with stage.ctx.db.transaction() as tx:
        right_id = await _registered(stage, tx, stage.firms[buyer])
    yield stage.now - timedelta(days=13, hours=6)
    down = await _give(stage, buyer, stage.firms[seller], first, right_id)
    yield stage.now - timedelta(days=13, hours=2)
    if down is not None:
        await _decide(stage, down, "")
    yield stage.now - timedelta(days=12)
    if down is not None:
        counter_id = await _answer(stage, down, stage.firms[seller])
        async with stage.ctx.db.transaction() as tx:
            await timing.arrived(tx, counter_id)
    yield stage.now - timedelta(days=6)
    refused = await _give(stage, buyer, stage.firms[other], second, right_id)
    if refused is not None:
        await _decide(stage, refused, NOT_SHOWN)
    yield stage.now - timedelta(hours=3)
    await _give(stage, buyer, stage.firms[other], third, right_id)


async def _speaker(stage: Stage, tx: AsyncSession, firm: Firm) -> Speaker:
    return await notifiers.enter(tx, "", await stage.member(tx, firm, Role.OWNER))


async def _registered(stage: Stage, tx: AsyncSession, firm: Firm) -> UUID:
    asked = Registration(MARK, [])
    asked.ownership.extend(await _paper(stage, asked.id, "Certificate of registration", ["ELBKONTOR", "No. 68840217"]))
    zone = stage.ctx.settings.reporting_zone
    await registry.register(tx, asked, zone=zone, by=await _speaker(stage, tx, firm))
    await registry.accept(tx, asked.id, zone=zone, by=await stage.clerk(tx, Role.COMPLIANCE))
    return asked.id


async def _put_up(stage: Stage, seller: Firm) -> UUID | None:
    """The last thing that the supplier published once more, with the mark on it."""
    async with stage.ctx.db.transaction() as tx:
        live = await listings.live(tx, await listings.published_ids_of(tx, seller.id))
        found = [one for one in live if MARK.title not in one.content.title.en]
        if not found:
            return None
        last = max(found, key=lambda one: one.id).content
        title = Text(en=f"{last.title.en[:80]}, ELBKONTOR print", zh=f"{last.title.zh[:40]} ELBKONTOR印标")
        by = await stage.member(tx, seller, Role.SALES)
        product = await listing.create(tx, last.model_copy(update={"title": title}), by=by)
        await listing.submit(tx, product.id, by=by)
        waiting = (await listings.newest(tx, product.id, reader=by)).revision_id
    await stage.decide(Subject(listing.REVIEW_SUBJECT, waiting), verdict=Verdict.ACCEPT)
    await stage.errands.run()
    return product.id


async def _give(stage: Stage, buyer: str, seller: Firm, product_id: UUID | None, right_id: UUID) -> UUID | None:
    if product_id is None:
        return None
    async with stage.ctx.db.transaction() as tx:
        [one] = await listings.live(tx, [product_id])
        named = [Listing(one.id, seller.id, one.content.title.en or one.content.title.zh, one.revision_id)]
        asked = Filing(right_id, None, Measure.TAKE_DOWN, SAID, named, true=True)
        asked.infringement.extend(await _paper(stage, asked.id, "Comparison", ["The mark, and the packaging shown."]))
        zone = stage.ctx.settings.reporting_zone
        by = await _speaker(stage, tx, stage.firms[buyer])
        return (await notices.file(tx, stage.vault, asked, zone=zone, by=by)).id


async def _decide(stage: Stage, notice_id: UUID, refusal: str) -> None:
    async with stage.ctx.db.transaction() as tx:
        by = await stage.clerk(tx, Role.COMPLIANCE)
        await desk.take(tx, notice_id, by=by)
        enough = [] if refusal else [one.id for one in await notices.items(tx, notice_id)]
        await desk.decide(tx, notice_id, enough, refusal, by=by)


async def _answer(stage: Stage, notice_id: UUID, seller: Firm) -> UUID:
    files = await _paper(stage, notice_id, "Licence", ["The owner of ELBKONTOR allows the maker to apply the mark."])
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, seller, Role.SALES)
        return (await countering.counter(tx, notice_id, Answer(ANSWERED, (), true=True, files=files), by=by)).id


async def _paper(stage: Stage, id_: UUID, title: str, lines: Sequence[str]) -> list[Kept]:
    data = paper(title, lines, font_dir=stage.ctx.settings.font_dir)
    return await exhibits.keep(stage.ctx.files, stage.vault, id_, [Upload(f"{title}.pdf", "application/pdf", data)])
