"""Rows for the figures, made of what the domains know: countries by the verified register, worth by the day's rate, and
a mark in place of every company, person and deal."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.money import exponent
from app.core.periods import day_of
from app.core.rates import Rate, RateMissing, Rates
from app.indicators import gathering_lawful as lawful
from app.indicators import gathering_quality
from app.indicators import gathering_rights as rights
from app.indicators import gathering_standing as standing
from app.indicators.figures.base import MAINLAND, UNKNOWN, Span
from app.indicators.figures.rows import Act, Complaint, Day, Deal, Due, Enquiry, Party, Person, Seen
from app.indicators.figures.standing_rows import (
    Capital,
    Check,
    Counter,
    Demand,
    Finding,
    Incident,
    Institution,
    Item,
    Licence,
    Notice,
    Paid,
    Penalty,
    Proof,
    Report,
    Sanction,
    Scan,
    Stock,
    Strike,
)
from app.indicators.marks import Marks
from app.traffic import queries as traffic
from listings import counted as listings
from orders import counted as orders
from orders.deals import counted as deals_counted
from payments.membership import plans, renewals
from trust.cases import counted as cases
from trust.credit import linking
from trust.identity import counted as users
from trust.restrictions import queries as restrictions

VERIFIED = 2
"""From this level on the country is the register's, not merely said."""
USCC = "uscc"
AREA = slice(2, 4)
"""Where a unified social credit code (GB 32100) has the province of its registry (GB/T 2260)."""
DOLLAR, YUAN = "USD", "CNY"
FACETS = ("all", "country", "channel", "referrer", "out")
Row = TypeVar("Row", bound=tuple[Any, ...])


@dataclass(slots=True)
class Gathering:
    """One reading of the domains, in one transaction: the same moment for all sheets.

    since, before  of what happens, the rows of what matters to figures between the two: the twelve months of `year`.
                   Of what stands, such as companies, all that came before its end
    """

    tx: AsyncSession
    marks: Marks
    year: Span
    _companies: dict[UUID, Party] = field(default_factory=dict)
    _rates: dict[date, Rates] = field(default_factory=dict)
    _found: dict[tuple[date, str, str], Rate | None] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        return self.year.begin

    @property
    def before(self) -> datetime:
        return self.year.end

    def rows(self, kind: type[Row]) -> AsyncIterator[Row]:
        """The rows of one sheet, in the order of their marks or days: the same every time it is asked."""
        found: dict[type[tuple[Any, ...]], Callable[[], AsyncIterator[Any]]] = {
            Party: self.parties,
            Person: self.people,
            Act: self.acts,
            Day: self.days,
            Seen: self.seen,
            Enquiry: self.enquiries,
            Deal: self.deals,
            Due: self.terms,
            Complaint: self.complaints,
            **gathering_quality.sources(self),
            Paid: partial(standing.paid, self.tx, self.marks, self.year),
            Proof: partial(standing.proofs, self.tx, self.marks, self.year),
            Check: partial(standing.checks, self.tx, self.marks, self.year),
            Notice: partial(rights.notices, self.tx, self.marks, self.year),
            Item: partial(rights.items, self.tx, self.marks, self.year),
            Counter: partial(rights.counters, self.tx, self.marks, self.year),
            Strike: partial(rights.strikes, self.tx, self.marks, self.year),
            Scan: partial(rights.scans, self.tx, self.marks, self.year),
            Stock: partial(rights.stock, self.tx, self.marks, self.year),
            Sanction: partial(rights.sanctions, self.tx, self.marks, self.year),
            Institution: partial(rights.institutions, self.tx, self.marks, self.year),
            Penalty: partial(lawful.penalties, self.tx, self.marks, self.year),
            Licence: partial(lawful.licences, self.tx, self.marks, self.year),
            Report: partial(lawful.reports, self.tx, self.marks, self.year),
            Demand: partial(lawful.demands, self.tx, self.marks, self.year),
            Incident: partial(lawful.incidents, self.tx, self.marks, self.year),
            Finding: partial(lawful.findings, self.tx, self.marks, self.year),
            Capital: partial(lawful.capital, self.tx, self.marks, self.year),
        }
        return found[kind]()

    async def parties(self) -> AsyncIterator[Party]:
        """Every company that is or was registered."""
        await self._known()
        for party in sorted(self._companies.values()):
            yield party

    async def _known(self) -> None:
        if not self._companies:
            gone = await restrictions.terminated(self.tx, self.before)
            async for row in users.companies(self.tx, self.before):
                self._companies[row.id] = self._party(row, gone.get(row.id))

    async def company(self, id_: UUID) -> Party | None:
        """None for one that is not registered, such as one whose contact nobody has confirmed yet."""
        await self._known()
        return self._companies.get(id_)

    def _party(self, row: users.Counted, terminated: datetime | None) -> Party:
        until = min((at for at in (row.left_at, terminated) if at is not None), default=None)
        mainland = row.country == MAINLAND and row.registration_kind == USCC
        return Party(
            party=self.marks.of("party", row.id),
            country=row.country,
            area=row.registration_number[AREA] if mainland else "",
            verified=row.level >= VERIFIED,
            buys=row.buys,
            sells=row.sells,
            since=row.since,
            until=until,
            why="" if until is None else "terminated" if until == terminated else "left",
        )

    async def people(self) -> AsyncIterator[Person]:
        async for row in users.people(self.tx, self.before):
            party = self.marks.of("party", row.organisation_id)
            yield Person(self.marks.of("person", row.id), party, row.since, row.until)

    async def acts(self) -> AsyncIterator[Act]:
        found: set[Act] = set()
        for source in (orders.acts, listings.acts, cases.acts):
            for company, kind, month in await source(self.tx, self.since, self.before, self.year.zone):
                found.add(Act(self.marks.of("party", company), kind, month))
        for act in sorted(found):
            yield act

    async def days(self) -> AsyncIterator[Day]:
        async for row in traffic.days(self.tx, FACETS, self.year.first, self.year.last):
            yield Day(*row)

    async def seen(self) -> AsyncIterator[Seen]:
        async for visitor, month in traffic.members_by_month(self.tx, self.year.first, self.year.last):
            yield Seen(self.marks.of_mark(visitor), month)

    async def enquiries(self) -> AsyncIterator[Enquiry]:
        await self._known()
        async for row in orders.inquiries(self.tx, self.since, self.before):
            buyer = self._companies.get(row.buyer_id)
            mark, country = self.marks.of("inquiry", row.id), buyer.country if buyer else UNKNOWN
            yield Enquiry(mark, country, row.created_at, row.answered_at, row.contracted_at)

    async def terms(self) -> AsyncIterator[Due]:
        ranks = {plan.code: plan.rank for plan in await plans.on(self.tx, self.year.last)}
        for row in await renewals.due(self.tx, self.year.first, self.year.last):
            party = self.marks.of("party", row.organisation_id)
            step = ranks[row.next_plan] - ranks[row.plan] if row.next_plan else 0
            change = (step > 0) - (step < 0)
            yield Due(
                *(party, row.plan, row.months, row.ends_on, row.outcome, row.sanctioned),
                *(change, row.annual.currency, row.annual.minor),
            )

    async def complaints(self) -> AsyncIterator[Complaint]:
        async for row in cases.cases(self.tx, self.since, self.before):
            yield Complaint(
                case=self.marks.of("case", row.id),
                kind=row.kind,
                topic=row.topic,
                side=row.side,
                country=row.country or UNKNOWN,
                anonymous=row.anonymous,
                received=row.opened_at,
                decided=row.decided_at,
                accept_due=row.accept_due,
                accepted=row.accepted_at,
                answered=row.answered_at,
                answer_due=row.answer_due,
                due=row.due,
                closed=row.closed_at,
                end=row.state if row.closed_at else "",
                upheld=row.upheld,
                reopened=row.reopened,
                satisfied=row.stars,
            )

    async def deals(self) -> AsyncIterator[Deal]:
        """Every order under a contract that was in force by then."""
        await self._known()
        linked = await linking.pairs(self.tx)
        async for some in deals_counted.orders(self.tx, self.since, self.before):
            products = {row.product_id for row in some if row.product_id is not None}
            categories = await listings.categories_of(self.tx, products)
            disputed = await cases.disputes(self.tx, "order", [row.id for row in some])
            for row in some:
                deal = await self._deal(row, frozenset((row.buyer_id, row.supplier_id)) in linked)
                found = disputed.get(row.id)
                yield deal._replace(
                    category=categories.get(row.product_id, "") if row.product_id else "",
                    disputed=found.opened_at if found else None,
                    ruling=found.ruling if found else "",
                )

    async def _deal(self, row: deals_counted.Counted, linked: bool) -> Deal:
        day = day_of(row.contracted_at, self.year.zone)
        usd, cny = await self.rate(day, row.total.currency, DOLLAR), await self.rate(day, row.total.currency, YUAN)
        buyer, seller = self._companies.get(row.buyer_id), self._companies.get(row.supplier_id)
        return Deal(
            deal=self.marks.of("deal", row.id),
            buyer=self.marks.of("party", row.buyer_id),
            seller=self.marks.of("party", row.supplier_id),
            buyer_country=buyer.country if buyer else UNKNOWN,
            seller_country=seller.country if seller else UNKNOWN,
            area=seller.area if seller else "",
            category="",
            chapter=row.hs_code[:2],
            contracted=row.contracted_at,
            currency=row.total.currency,
            places=exponent(row.total.currency),
            amount=row.total.decimal,
            usd=usd.value if usd else None,
            cny=cny.value if cny else None,
            rate_day=usd.day if usd else None,
            paid=row.paid_at,
            completed=row.completed_at,
            ended=row.ended_at,
            end=row.ended,
            by=row.by,
            disputed=None,
            ruling="",
            linked=linked,
        )

    async def rate(self, day: date, base: str, quote: str) -> Rate | None:
        """The reference rate of a day; None where there is none."""
        if (day, base, quote) not in self._found:
            if day not in self._rates:
                self._rates[day] = await Rates.on(self.tx, day)
            try:
                self._found[day, base, quote] = self._rates[day].between(base, quote)
            except RateMissing:
                self._found[day, base, quote] = None
        return self._found[day, base, quote]
