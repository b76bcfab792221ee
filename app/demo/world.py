"""The demo world: companies, goods and deals of two years, acted out through the services, the same each time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain, cycle, islice

from app.core import clock
from app.core.errors import NotFound
from app.core.jobs import JobContext
from app.core.periods import day_of
from app.demo import goods, people, rates
from app.demo.answers import answered_by_mail
from app.demo.assessed import assessed
from app.demo.bank_day import bank_day
from app.demo.cast import PENDING, PLATFORM, RESTRICTED, VERIFIED, Stage, join, open_platform
from app.demo.consulting import consultation
from app.demo.controlled import controlled
from app.demo.course import OVER, UNDER_WAY, Course, End, Stop, length
from app.demo.deals import Deal, Plan
from app.demo.helper import Helper, processes
from app.demo.justice import complained_of, disputed, reported, restricted
from app.demo.leaving import leaves
from app.demo.membership import subscribed, waits_for_transfer, waived
from app.demo.moderating import desk_at_work
from app.demo.overseeing import overseen
from app.demo.people import Organisation
from app.demo.privacy import people_ask
from app.demo.quality import quality_kept
from app.demo.registers import registers
from app.demo.requests import Request, request
from app.demo.rights import notices_given
from app.demo.screening import near_miss
from app.demo.sheets import price_lists
from app.demo.shelf import Fate, Offering, Shelf, Studio, offer
from app.demo.signs import sign_shown
from app.demo.statutory import reports_filed
from app.demo.temptation import tempted
from app.demo.timeline import Story, play, time_passes
from app.demo.traffic import year_of_views
from app.demo.treasury import ONCE, REGULARLY, accounts_proved, odd_transfers, paid_in_yuan, paid_out
from orders.units import UNITS
from payments import proof
from trust.identity import queries as identity
from trust.identity.registration import slug_of

Pair = tuple[str, str]
"""A buyer, and the category of what it buys."""
SEED = 1815
OPENED = timedelta(days=760)
"""How long ago the platform opened its doors."""
TRADING = timedelta(days=340)
"""Since when there are deals."""
UNPACKED = timedelta(hours=1)
"""From joining to the first pictures of the goods."""
OTHER_FATES = (Fate.SUBMITTED, Fate.DRAFT, Fate.REJECTED, Fate.WITHDRAWN, Fate.REVISED)
REQUESTS = (
    # quotations, days open, what becomes of the one chosen, days since
    (0, 10, None, 1),
    (2, 12, None, 4),
    (1, 6, None, 9),
    (2, 14, Course(Stop.READY), 7),
    (2, 10, Course(Stop.DELIVERED, End.ACCEPTED), 120),
)
PAINTERS = 2
SAID_EACH = 5
SUBSCRIBERS = 8


class BooksBroken(Exception):
    """The ledger of the new world does not hold."""


@dataclass(frozen=True)
class Scale:
    """How large a world.

    suppliers   so many of the suppliers, with the buyers of their goods
    lines       at most so many products of each
    every       each so-manieth product has another fate than being published
    deals       at most so many deals: those over first, then those under way between the accounts shown, then others'
    over        how often each course of a deal that is over is followed
    others      each so-manieth course of a deal under way is followed by others too; 0: none
    viewed      page views of so many days
    """

    suppliers: int = 100
    lines: int = 100
    every: int = 5
    deals: int = 1000
    over: int = 1
    others: int = 4
    viewed: int = 365


WHOLE = Scale()
SMALL = Scale(suppliers=3, lines=6, every=3, others=0, viewed=10)
TINY = Scale(suppliers=1, lines=6, every=6, deals=6, others=0, viewed=3)


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
    async with ctx.db.transaction() as tx:
        await rates.publish(tx, (stage.now - OPENED).date(), stage.now.date())
    with (
        ProcessPoolExecutor(PAINTERS, processes()) as painters,
        Helper(ctx.settings) as helper,
    ):
        stage.errands.helper = helper
        shelf, studio, progress = Shelf(), Studio(stage, painters), Progress(say)
        stories = [
            *progress.counted("companies", [join(stage, seed, joined[seed.key]) for seed in (*sellers, *buyers)]),
            *progress.counted("products", list(_offers(stage, shelf, studio, listed, joined, scale))),
            *progress.counted("deals", list(islice(_trade(stage, shelf, buyers, listed, scale), scale.deals))),
            *_beside(stage, sellers, buyers[0].key),
            time_passes(stage.ctx, stage.now - TRADING),
        ]
        await play(stage.errands, stories)
    if not ctx.settings.clickhouse_url:  # its views are made where PostgreSQL has products to name
        await year_of_views(ctx, day_of(stage.now, ctx.settings.reporting_zone), scale.viewed)
    async with ctx.db.transaction() as tx:
        if not (await proof.prove(tx, by=None)).holds:
            raise BooksBroken("the books of the demo world do not hold")
    say("The books hold.")
    return stage


class Progress:
    """How many of the stories of each kind have begun."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._begun: dict[str, int] = {}
        self._of: dict[str, int] = {}

    def counted(self, what: str, stories: Sequence[Story]) -> Iterator[Story]:
        """The stories, saying now and then how far all kinds are."""
        self._begun[what], self._of[what] = 0, len(stories)
        return (self._tell(what, story) for story in stories)

    async def _tell(self, what: str, story: Story) -> Story:
        yield await anext(story)
        self._begun[what] += 1
        if sum(self._begun.values()) % SAID_EACH == 0:
            self._say(", ".join(f"{begun}/{self._of[kind]} {kind}" for kind, begun in self._begun.items()))
        async for moment in story:
            yield moment


def _joined(stage: Stage, seed: Organisation) -> datetime:
    """When the company registered; those that wait to be verified did so these days."""
    return stage.now - (stage.days(1.2, 3) if seed.standing == PENDING else stage.days(430, 740))


def _listed(sellers: Sequence[Organisation], scale: Scale) -> Iterator[goods.Product]:
    for seller in sellers:
        yield from islice((good for good in goods.products() if good.supplier == seller.key), scale.lines)


def _offers(
    stage: Stage,
    shelf: Shelf,
    studio: Studio,
    listed: Sequence[goods.Product],
    joined: dict[str, datetime],
    scale: Scale,
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
        pictured = joined[good.supplier] + UNPACKED
        yield offer(stage, shelf, studio, Offering(good, studio.drawn(good), fate, pictured, at))


def _trade(
    stage: Stage, shelf: Shelf, buyers: Sequence[Organisation], listed: Sequence[goods.Product], scale: Scale
) -> Iterator[Story]:
    """Deals in every state between buyers and the goods they buy, and requests to several suppliers.

    Each course of an unfinished deal is followed once by the two companies whose accounts the start prints.
    """
    shown, near, others = _pairs(buyers, listed)
    stage.chance.shuffle(others)
    own, anybody = cycle(shown), cycle(chain.from_iterable(zip(others or near, cycle(near))))
    for course in OVER * scale.over:
        yield Deal(stage, shelf, _plan(stage, next(anybody), course, stage.days(30, 250))).tell()
    for course in UNDER_WAY:
        yield Deal(stage, shelf, _plan(stage, next(own), course, stage.days(0.1, 0.9))).tell()
    for course in UNDER_WAY[:: scale.others] if scale.others else ():
        yield Deal(stage, shelf, _plan(stage, next(anybody), course, stage.days(0.1, 0.9))).tell()
    for number, (quotes, open_days, outcome, days_ago) in enumerate(REQUESTS):
        buyer, category = next(own) if number % 2 else next(anybody)
        yield request(
            stage, shelf, Request(buyer, category, quotes, open_days, outcome, stage.now - timedelta(days=days_ago))
        )


def _pairs(
    buyers: Sequence[Organisation], listed: Sequence[goods.Product]
) -> tuple[list[Pair], list[Pair], list[Pair]]:
    """Who buys what: the first buyer of the first supplier's goods, all buyers of these, and everybody else."""
    supplier = listed[0].supplier
    waiting = {seed.key for seed in people.suppliers() if seed.standing == PENDING}
    tradable = {good.category for good in listed if good.unit in UNITS and good.supplier not in waiting}
    first = {good.category for good in listed if good.supplier == supplier}
    trading = [buyer for buyer in buyers if buyer.standing == VERIFIED]
    pairs = [(buyer.key, category) for buyer in trading for category in buyer.makes if category in tradable]
    near = [pair for pair in pairs if pair[1] in first]
    return [pair for pair in near if pair[0] == buyers[0].key], near, [pair for pair in pairs if pair not in near]


def _plan(stage: Stage, pair: Pair, course: Course, age: timedelta) -> Plan:
    """A deal whose last event lies `age` back."""
    multiple = Decimal(stage.chance.choice((1, 2, 3, 5, 8)))
    return Plan(*pair, multiple, course, stage.now - length(course) - age)


def _beside(stage: Stage, sellers: Sequence[Organisation], buyer: str) -> Iterator[Story]:
    """What goes on beside the deals: suppliers are paid out and import products, finance finds odd transfers."""
    first, *others = [seed.key for seed in sellers if seed.standing == VERIFIED]
    yield paid_out(stage, first, REGULARLY)
    for key in others:
        yield paid_out(stage, key, ONCE)
    yield paid_in_yuan(stage, first, 14)
    for key in others[:1]:
        yield accounts_proved(stage, first, key)
    yield odd_transfers(stage, buyer)
    yield bank_day(stage, buyer)
    yield desk_at_work(stage)
    yield consultation(stage, buyer)
    yield answered_by_mail(stage, buyer)
    yield price_lists(stage, first)
    yield near_miss(stage, sellers[-1])
    yield controlled(stage, first)
    yield sign_shown(stage, first)
    for key in others[:1]:
        yield tempted(stage, key)
        yield complained_of(stage, buyer, key)
        yield notices_given(stage, buyer, first, key)
    yield reported(stage, first)
    yield people_ask(stage)
    yield registers(stage, first)
    yield quality_kept(stage, first)
    yield reports_filed(stage)
    yield overseen(stage)
    yield assessed(stage)
    yield from _subscriptions(stage, [first, *others])
    for key in others[-1:]:
        yield leaves(stage, key)
    yield disputed(stage, buyer)
    for seed in sellers:
        if seed.standing == RESTRICTED:
            yield restricted(stage, seed.key)


def _subscriptions(stage: Stage, keys: Sequence[str]) -> Iterator[Story]:
    """Memberships of a year ago and what came of them; a fee that was waived, and one that is waited for."""
    for number, key in enumerate(keys[:SUBSCRIBERS]):
        yield subscribed(stage, key, number)
    for key in keys[SUBSCRIBERS : SUBSCRIBERS + 1]:
        yield waived(stage, key)
    for key in keys[SUBSCRIBERS + 1 : SUBSCRIBERS + 2]:
        yield waits_for_transfer(stage, key)
