"""Rows of quality and brands for the figures, made of the register, listings, orders, cases, rights and waivers.

What is compared with a year before reaches back twenty-four months (ADR 48).
"""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import UUID

from app.core.errors import NotFound
from app.core.money import Money, exponent
from app.core.periods import day_of
from app.indicators.figures.base import EXACT
from app.indicators.figures.quality_rows import (
    Alert,
    Brand,
    Gathered,
    Guided,
    Inspection,
    Line,
    Lot,
    Offer,
    Visit,
    Waiver,
)
from app.indicators.ordering import Ordered
from listings import categories
from listings import counted as listings
from orders.deals import counted_goods as orders
from payments.escrow import counted as escrows
from payments.membership import counted_waivers as memberships
from trust.cases import counted as cases
from trust.credit import linking
from trust.quality import queries as register
from trust.quality.states import Kind
from trust.rights import counted_marks as rights
from trust.rights.marks import phrases

if TYPE_CHECKING:
    from app.indicators.gathering import Gathering

DOLLAR, YUAN = "USD", "CNY"
Pairs = frozenset[frozenset[UUID]]


def sources(reading: "Gathering") -> dict[type[tuple[Any, ...]], Callable[[], AsyncIterator[Any]]]:
    """What gives the rows of each sheet."""
    these = Quality(reading)
    return {
        Offer: these.offers,
        Inspection: these.inspections,
        Lot: these.lots,
        Line: these.lines,
        Alert: these.findings,
        Visit: these.visits,
        Guided: these.guided,
        Brand: these.brands,
        Gathered: these.events,
        Waiver: these.waivers,
    }


class Quality:
    """As `Gathering`, in the same transaction; `since` is the begin of the twenty-four months."""

    def __init__(self, reading: "Gathering") -> None:
        self._reading, self._tx, self._marks = reading, reading.tx, reading.marks
        self._since, self._before = reading.year.year_before.begin, reading.before
        self._first, self._last = reading.year.year_before.first, reading.year.last

    async def offers(self) -> AsyncIterator[Offer]:
        rows = [self._offer(one) async for one in listings.online(self._tx, self._since, self._before)]
        for row in sorted(rows, key=lambda one: (one.listing, one.since)):
            yield row

    def _offer(self, one: listings.Online) -> Offer:
        asked = _asked(one.category)
        good = [last for name, last in one.certificates if asked is not None and asked.named(name)]
        return Offer(
            listing=self._marks.of("product", one.product_id),
            seller=self._marks.of("party", one.organisation_id),
            category=one.category,
            since=one.since,
            until=one.until,
            asked=asked.since if asked else None,
            certified=bool(good),
            valid_until=None if None in good else max((last for last in good if last is not None), default=None),
        )

    async def _works(self, kind: Kind) -> list[register.Counted]:
        """Those that were done until the end, as the register has them."""
        found = register.counted(self._tx, (kind,), day_of(self._before, self._reading.year.zone))
        return [one async for one in found if one.day >= self._first]

    async def inspections(self) -> AsyncIterator[Inspection]:
        works = await self._works(Kind.INSPECTION)
        abouts = [one.about for one in works if one.about]
        of_orders = await orders.products_of(self._tx, {about.id for about in abouts if about.type == "order"})
        products = {about.id for about in abouts if about.type == "product"} | set(of_orders.values())
        named = await listings.categories_of(self._tx, products)
        rows = []
        for one in works:
            about = one.about
            product = about and (about.id if about.type == "product" else of_orders.get(about.id))
            rows.append(
                Inspection(
                    listing=self._marks.of("product", product) if product else "",
                    inspection=self._marks.of("work", one.id),
                    category=named.get(product, "") if product else "",
                    day=one.day,
                    standard=one.facts["standard"],
                    aql=one.facts["aql"],
                    passed=one.facts["result"] == "passed",
                )
            )
        for row in sorted(rows):
            yield row

    async def lots(self) -> AsyncIterator[Lot]:
        linked = await linking.pairs(self._tx)
        with Ordered[Lot](key=attrgetter("listing", "deal")) as rows:
            async for some in orders.goods(self._tx, self._since, self._before):
                for row in await self._lots(some, linked):
                    rows.add(row)
            for row in rows:
                yield row

    async def _lots(self, some: Sequence[orders.Goods], linked: Pairs) -> list[Lot]:
        ids = [one.id for one in some]
        back = await escrows.returned(self._tx, "order", ids)
        complained = await cases.about_quality(self._tx, "order", ids, self._before)
        named = await listings.categories_of(self._tx, {one.product_id for one in some if one.product_id})
        rows = []
        for one in some:
            returned = await self._dollars(one.contracted_at, back[one.id]) if one.id in back else None
            rows.append(
                Lot(
                    listing=self._marks.of("product", one.product_id) if one.product_id else "",
                    deal=self._marks.of("deal", one.id),
                    category=named.get(one.product_id, "") if one.product_id else "",
                    contracted=one.contracted_at,
                    amount=await self._dollars(one.contracted_at, one.total),
                    returned=returned or Decimal(),
                    completed=one.completed_at,
                    ended=one.ended_at,
                    complained=complained.get(one.id),
                    batch=one.produced or one.packed,
                    events=sum((one.produced, one.packed, one.shipped, one.received)),
                    shipped=one.shipped,
                    tested=one.tested,
                    linked=frozenset((one.buyer_id, one.supplier_id)) in linked,
                )
            )
        return rows

    async def lines(self) -> AsyncIterator[Line]:
        linked = await linking.pairs(self._tx)
        owned: dict[UUID, list[rights.TradeMark]] = {}
        for mark in await rights.trade_marks(self._tx, self._before):
            owned.setdefault(mark.organisation_id, []).append(mark)
        async for some in orders.sold(self._tx, self._since, self._before):
            for one in some:
                day = day_of(one.contracted_at, self._reading.year.zone)
                marks = {m.bare for m in owned.get(one.supplier_id, ()) if m.in_force(one.contracted_at, day)}
                for position, line in enumerate(one.lines, start=1):
                    yield Line(
                        deal=self._marks.of("deal", one.id),
                        position=position,
                        contracted=one.contracted_at,
                        hs6=line.hs_code[:6],
                        unit=line.unit,
                        quantity=line.quantity,
                        amount=await self._dollars(one.contracted_at, line.total),
                        own=bool(marks) and not marks.isdisjoint(phrases(line.says)),
                        linked=frozenset((one.buyer_id, one.supplier_id)) in linked,
                    )

    async def findings(self) -> AsyncIterator[Alert]:
        found = register.counted_findings(self._tx, self._before)
        rows = [
            Alert(
                alert=self._marks.of("finding", one.id),
                kind=one.kind,
                source=one.facts.get("source", ""),
                found=one.found_at,
                settled=one.over_at,
            )
            async for one in found
            if one.over_at is None or one.over_at >= self._since or one.found_at >= self._since
        ]
        for row in sorted(rows, key=lambda one: one.alert):
            yield row

    async def visits(self) -> AsyncIterator[Visit]:
        for one in await self._works(Kind.VISIT):
            yield Visit(self._marks.of("work", one.id), one.day, one.done_on)

    async def guided(self) -> AsyncIterator[Guided]:
        rows = [
            Guided(self._marks.of("party", one.organisation_id), self._marks.of("work", one.id), one.day)
            for one in await self._works(Kind.GUIDANCE)
            if one.organisation_id
        ]
        for row in sorted(rows):
            yield row

    async def events(self) -> AsyncIterator[Gathered]:
        for one in await self._works(Kind.EVENT):
            hours = Decimal(one.facts["hours"])
            yield Gathered(
                self._marks.of("work", one.id), one.facts["event"], one.day, hours, one.facts["participants"]
            )

    async def brands(self) -> AsyncIterator[Brand]:
        rows = []
        for mark in await rights.trade_marks(self._tx, self._before):
            party = await self._reading.company(mark.organisation_id)
            if party is None:
                continue
            rows.append(
                Brand(
                    party=party.party,
                    right=self._marks.of("right", mark.id),
                    office=mark.office,
                    own=mark.own,
                    sells=party.sells,
                    joined=party.since,
                    left=party.until,
                    since=mark.accepted_at,
                    until=mark.withdrawn_at,
                    valid_until=mark.valid_until,
                )
            )
        for row in sorted(rows, key=lambda one: (one.party, one.right)):
            yield row

    async def waivers(self) -> AsyncIterator[Waiver]:
        for one in await memberships.waived(self._tx, self._since, self._before):
            day = day_of(one.granted_at, self._reading.year.zone)
            rate = await self._reading.rate(day, one.amount.currency, YUAN)
            yield Waiver(
                waiver=self._marks.of("waiver", one.id),
                reason=one.reason,
                province=one.province,
                granted=one.granted_at,
                currency=one.amount.currency,
                places=exponent(one.amount.currency),
                amount=one.amount.decimal,
                cny=rate.value if rate else None,
            )

    async def _dollars(self, at: datetime, amount: Money) -> Decimal | None:
        """By the rate of the day, or None without one."""
        rate = await self._reading.rate(day_of(at, self._reading.year.zone), amount.currency, DOLLAR)
        return None if rate is None else EXACT.multiply(amount.decimal, rate.value)


def _asked(slug: str) -> categories.Certification | None:
    try:
        return categories.category(slug).certificates
    except NotFound:  # a category that is no more
        return None
