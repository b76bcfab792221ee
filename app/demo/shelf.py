"""What is on offer: products with their pictures, written by suppliers and judged by a moderator."""

import asyncio
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.payload import Upload
from app.core.subject import Subject
from app.demo.cast import Firm, Stage
from app.demo.goods import Product
from app.demo.pictures import draw
from app.demo.timeline import Story
from listings import queries, service
from listings.content import Content, Picture, Text
from listings.pictures import service as pictures
from listings.schemas import ProductIn
from trust.access import Role
from trust.reviews.events import Verdict


class Fate(StrEnum):
    """What has become of a product by now."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PUBLISHED = "published"
    REVISED = "revised"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


UPLOADS = 2
"""So many at once: their pictures are drawn anew one at a time in any case."""
REASONS = (
    "The certificate named in the text is missing. Attach it or take the claim out.",
    "The picture shows another product than the title names.",
    "Please give the price for the unit the product is sold in.",
)


@dataclass(frozen=True)
class Place:
    """A published product and whose it is."""

    supplier: str
    product_id: UUID


@dataclass
class Shelf:
    """The products that buyers can ask for, by category, as they are published."""

    places: dict[str, list[Place]] = field(default_factory=dict)

    def put(self, category: str, place: Place) -> None:
        self.places.setdefault(category, []).append(place)

    def of(self, supplier: str) -> list[Place]:
        return [place for places in self.places.values() for place in places if place.supplier == supplier]


class Studio:
    """Where pictures are drawn, in other processes, and uploaded, while the stories go on."""

    def __init__(self, stage: Stage, painters: Executor) -> None:
        self._stage = stage
        self._painters = painters
        self._free = asyncio.Semaphore(UPLOADS)

    def drawn(self, good: Product) -> "asyncio.Future[bytes]":
        """The picture, which is being drawn."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._painters, draw, good.category, good.seed, good.colour)

    async def upload(self, firm: Firm, good: Product, drawing: "asyncio.Future[bytes]") -> Picture:
        """Store the picture of one product as its supplier uploads it."""
        upload = Upload(f"{good.reference}.jpg", "image/jpeg", await drawing)
        alt = Text(en=good.title_en, zh=good.title_zh)
        async with self._free, self._stage.ctx.db.transaction() as tx:
            files = self._stage.ctx.files
            return await pictures.store(tx, files, upload, organisation_id=firm.id, alt=alt, field="uploads")


@dataclass(frozen=True)
class Offering:
    """One product on its way to the shelf: its pictures are taken at one time, its page is written at another."""

    good: Product
    drawing: "asyncio.Future[bytes]"
    fate: Fate
    pictured: datetime
    written: datetime


async def offer(stage: Stage, shelf: Shelf, studio: Studio, plan: Offering) -> Story:
    """A product is pictured, written, sent to review, and lives on as its fate says."""
    yield plan.pictured
    good, fate, firm = plan.good, plan.fate, stage.firms[plan.good.supplier]
    picture = asyncio.create_task(studio.upload(firm, good, plan.drawing))
    yield plan.written
    product_id, content = await _write(stage, firm, good, await picture)
    if fate is Fate.DRAFT:
        return
    yield plan.written + stage.days(0.05, 0.5)
    revision_id = await _submit(stage, firm, product_id)
    if fate is Fate.SUBMITTED:
        return
    yield plan.written + stage.days(0.6, 1.4)
    if fate is Fate.REJECTED:
        reason = stage.chance.choice(REASONS)
        await stage.decide(Subject(service.REVIEW_SUBJECT, revision_id), verdict=Verdict.REJECT, reason=reason)
        return
    await stage.decide(Subject(service.REVIEW_SUBJECT, revision_id), verdict=Verdict.ACCEPT)
    if fate is Fate.PUBLISHED:
        shelf.put(good.category, Place(good.supplier, product_id))
        return
    yield max(plan.written + stage.days(20, 60), stage.now - stage.days(0.2, 1.2))
    if fate is Fate.WITHDRAWN:
        await _withdraw(stage, firm, product_id)
    else:
        await _revise(stage, firm, product_id, content)


async def _write(stage: Stage, firm: Firm, good: Product, shown: Picture) -> tuple[UUID, Content]:
    given = _given(good)
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, firm, Role.SALES)
        content = given.content([shown])
        return (await service.create(tx, content, reference=given.reference, by=by)).id, content


def _given(good: Product) -> ProductIn:
    """The product as its supplier fills in the form."""
    fields = asdict(good)
    for name in ("supplier", "colour", "seed"):
        del fields[name]
    return ProductIn.model_validate(fields)


async def _submit(stage: Stage, firm: Firm, product_id: UUID) -> UUID:
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, firm, Role.SALES)
        await service.submit(tx, product_id, by=by)
        return (await queries.newest(tx, product_id, reader=by)).revision_id


async def _withdraw(stage: Stage, firm: Firm, product_id: UUID) -> None:
    async with stage.ctx.db.transaction() as tx:
        await service.withdraw(tx, product_id, by=await stage.member(tx, firm, Role.SALES))


async def _revise(stage: Stage, firm: Firm, product_id: UUID, content: Content) -> None:
    """A published product is changed, and the change waits for review while the old version stays live."""
    changed = content.model_copy(update={"lead_time_days": content.lead_time_days + 5})
    async with stage.ctx.db.transaction() as tx:
        await service.revise(tx, product_id, changed, by=await stage.member(tx, firm, Role.SALES))
    await _submit(stage, firm, product_id)
