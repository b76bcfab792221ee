"""The demo world: companies, goods and deals of two years, acted out through the services, the same each time."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import cycle, islice

from app.core import clock
from app.core.errors import NotFound
from app.core.jobs import JobContext
from app.demo import goods, people
from app.demo.cast import PENDING, PLATFORM, VERIFIED, Stage, join, open_platform
from app.demo.course import End, Stop
from app.demo.deals import Deal, Plan, length
from app.demo.people import Organisation
from app.demo.requests import Request, request
from app.demo.shelf import Fate, Shelf, drawn, offer
from app.demo.timeline import DAY, Story, play
from orders.units import UNITS
from payments import proof
from trust.identity import queries as identity
from trust.identity.registration import slug_of

SEED = 1815
OPENED = timedelta(days=760)
"""How long ago the platform opened its doors."""
OTHER_FATES = (Fate.SUBMITTED, Fate.DRAFT, Fate.REJECTED, Fate.WITHDRAWN, Fate.REVISED)
UNDER_WAY = (
    *((stop, End.OPEN) for stop in Stop),
    (Stop.PLACED, End.PROPOSED),
    (Stop.DELIVERED, End.CONTESTED),
)
OVER = (
    (Stop.DELIVERED, End.ACCEPTED),
    (Stop.ASKED, End.WITHDRAWN),
    (Stop.ANSWERED, End.DECLINED),
    (Stop.DELIVERED, End.ACCEPTED),
    (Stop.QUOTED, End.REJECTED),
    (Stop.QUOTED, End.EXPIRED),
    (Stop.AGREED, End.VOID),
    (Stop.DELIVERED, End.SILENT),
    (Stop.PLACED, End.CANCELLED),
    (Stop.PAID, End.CANCELLED),
    (Stop.DELIVERED, End.SETTLED),
    (Stop.DELIVERED, End.REFUSED),
)


SPAN = {End.PROPOSED: 3 * DAY, End.CONTESTED: 3 * DAY}
"""How long a deal under way needs for what it comes to beside its last step."""
REQUESTS = (
    # quotations, days open, whether one is chosen, days since
    (0, 10, False, 1),
    (2, 12, False, 4),
    (1, 6, False, 9),
    (2, 14, True, 12),
    (2, 10, True, 120),
)
PAINTERS = 2
SAID_EACH = 10


class BooksBroken(Exception):
    """The ledger of the new world does not hold."""


@dataclass(frozen=True)
class Scale:
    """How large a world.

    suppliers   so many of the suppliers, with the buyers of their goods
    lines       at most so many products of each
    every       each so-manieth product has another fate than being published
    under_way   how often each course of an unfinished deal occurs; `over`: of a finished one
    """

    suppliers: int = 100
    lines: int = 100
    every: int = 5
    under_way: int = 1
    over: int = 2


WHOLE = Scale()
SMALL = Scale(suppliers=3, lines=6, every=3, under_way=1, over=1)


async def exists(ctx: JobContext) -> bool:
    """Whether the platform's own organisation is there, with which every world begins."""
    async with ctx.db.transaction(read_only=True) as tx:
        try:
            await identity.by_slug(tx, slug_of(PLATFORM.name_latin))
        except NotFound:
            return False
    return True


async def build(ctx: JobContext, scale: Scale = WHOLE, *, say: Callable[[str], None]) -> Stage:
    """Build the world and prove its books. `say` gets progress, a line at a time. Raises BooksBroken."""
    stage = await Stage.set_up(ctx, clock.now(), SEED)
    sellers = people.suppliers()[: scale.suppliers]
    listed = list(_listed(sellers, scale))
    buyers = [buyer for buyer in people.buyers() if set(buyer.makes) & {good.category for good in listed}]
    joined = {seed.key: _joined(stage, seed) for seed in (*sellers, *buyers)}
    with clock.at(stage.now - OPENED):
        await open_platform(stage, people.staff())
    with ProcessPoolExecutor(PAINTERS, multiprocessing.get_context("spawn")) as painter:
        shelf = Shelf()
        stories = [
            *_counted("Companies", [join(stage, seed, joined[seed.key]) for seed in (*sellers, *buyers)], say),
            *_counted("Products", list(_offers(stage, shelf, listed, joined, scale, painter)), say),
            *_counted("Deals", list(_trade(stage, shelf, buyers, listed, scale)), say),
        ]
        await play(ctx, stories)
    async with ctx.db.transaction() as tx:
        if not (await proof.prove(tx, by=None)).holds:
            raise BooksBroken("the books of the demo world do not hold")
    say("The books hold.")
    return stage


def _counted(what: str, stories: Sequence[Story], say: Callable[[str], None]) -> Iterator[Story]:
    """The stories, saying now and then how many of them have been told."""
    told = 0

    async def tell(story: Story) -> Story:
        nonlocal told
        async for moment in story:
            yield moment
        told += 1
        if told % SAID_EACH == 0:
            say(f"{what} {told}/{len(stories)}…")

    return (tell(story) for story in stories)


def _joined(stage: Stage, seed: Organisation) -> datetime:
    """When the company registered; those that wait to be verified did so these days."""
    return stage.now - (stage.days(1.2, 3) if seed.standing == PENDING else stage.days(430, 740))


def _listed(sellers: Sequence[Organisation], scale: Scale) -> Iterator[goods.Product]:
    for seller in sellers:
        yield from islice((good for good in goods.products() if good.supplier == seller.key), scale.lines)


def _offers(
    stage: Stage,
    shelf: Shelf,
    listed: Sequence[goods.Product],
    joined: dict[str, datetime],
    scale: Scale,
    painter: Executor,
) -> Iterator[Story]:
    """The products; each so-manieth is a draft, waits, was refused, withdrawn or changed."""
    others = cycle(OTHER_FATES)
    verified = {seed.key for seed in people.suppliers() if seed.standing != PENDING}
    for number, good in enumerate(listed):
        fate = next(others) if number % scale.every == scale.every - 1 else Fate.PUBLISHED
        if good.supplier not in verified:
            fate = Fate.DRAFT
        if fate in (Fate.DRAFT, Fate.SUBMITTED):
            at = stage.now - stage.days(0.55, 0.95)
        else:
            at = joined[good.supplier] + stage.days(3, 50)
        yield offer(stage, shelf, good, drawn(painter, good), fate, at)


def _favouring_the_accounts_shown(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Every second deal is between the first buyer and the first supplier, whose accounts the start prints."""
    buyer, supplier = people.buyers()[0], people.suppliers()[0]
    shown = [(buyer.key, category) for category in buyer.makes if category in supplier.makes]
    kept = [pair for pair in shown if pair in pairs]
    return [pair for other in pairs for pair in (*kept, other)]


def _trade(
    stage: Stage, shelf: Shelf, buyers: Sequence[Organisation], listed: Sequence[goods.Product], scale: Scale
) -> Iterator[Story]:
    """Deals in every state between buyers and the goods they buy, and requests to several suppliers."""
    waiting = {seed.key for seed in people.suppliers() if seed.standing == PENDING}
    tradable = {good.category for good in listed if good.unit in UNITS and good.supplier not in waiting}
    pairs = [
        (buyer.key, category)
        for buyer in buyers
        if buyer.standing == VERIFIED
        for category in buyer.makes
        if category in tradable
    ]
    stage.chance.shuffle(pairs)
    pair = cycle(_favouring_the_accounts_shown(pairs))
    for until, end in (*(OVER * scale.over), *(UNDER_WAY * scale.under_way)):
        buyer, category = next(pair)
        age = stage.days(0.1, 0.9) if (until, end) in UNDER_WAY else stage.days(30, 250)
        start = stage.now - length(until) - SPAN.get(end, timedelta()) - age
        multiple = Decimal(stage.chance.choice((1, 2, 3, 5, 8)))
        yield Deal(stage, shelf, Plan(buyer, category, multiple, until, end, start)).tell()
    for quotes, open_days, award, days_ago in REQUESTS:
        buyer, category = next(pair)
        yield request(
            stage, shelf, Request(buyer, category, quotes, open_days, award, stage.now - timedelta(days=days_ago))
        )
