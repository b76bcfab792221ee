"""I-05 Transactions: contracted, paid and completed, never mixed.

Every amount is the contract's total. Sums are of exact amounts, in their own currency and by the day's reference rate
in USD and CNY, and rounded once. Deals between companies that are confirmed to be one hand's are left out of all
figures but the gross ones (`basis` = gross) that stand beside them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from app.indicators.figures.base import (
    EXACT,
    WHOLE,
    Counts,
    Cut,
    Figure,
    Span,
    Sums,
    count,
    geo,
    mean,
    median,
    rounded,
    share,
    sum_of,
)
from app.indicators.figures.rows import Deal

CONTRACTED, TURNOVER = "I-05.1", "I-05.2"
PAID, PAID_AMOUNT = "I-05.3", "I-05.3.amount"
COMPLETED, COMPLETED_AMOUNT, COMPLETION = "I-05.4", "I-05.4.amount", "I-05.4.rate"
FOREIGN = "I-05.5"
AVERAGE, MEDIAN = "I-05.6", "I-05.6.median"
CANCELLED, CANCELLED_AMOUNT = "I-05.7", "I-05.7.amount"
DISPUTES, DISPUTED_AMOUNT, RULINGS = "I-05.8", "I-05.8.amount", "I-05.8.rulings"
REPEAT = "I-05.9"
TOP_TEN, HHI = "I-05.10", "I-05.10.hhi"
COHORT = timedelta(days=180)
"""So long after the contract an order that is completed counts for its cohort."""
DISPUTABLE = timedelta(days=90)
"""So long after it is completed, or has ended, a dispute counts."""
GROSS: Cut = ("basis", "gross")

LARGEST = 10
POINTS = 10_000  # of a Herfindahl-Hirschman index; one seller alone has them all


def figures(deals: Iterable[Deal], spans: Sequence[Span]) -> list[list[Figure]]:
    """Of what was contracted, paid, completed or called off in each of the spans, in one pass over the rows."""
    made = [_Made(span) for span in spans]
    for deal in deals:
        for one in made:
            one.see(deal)
    return [one.told() for one in made]


def contracted(figures: Iterable[Figure]) -> int:
    """How many orders were contracted in all, by the figures of a span."""
    return next(int(one.value or 0) for one in figures if (one.code, one.cut) == (CONTRACTED, WHOLE))


def disputes(deals: Iterable[Deal], spans: Sequence[Span]) -> list[list[Figure]]:
    """I-05.8: of the orders contracted in each span, those that came to a dispute in time."""
    seen = [_Disputed(span) for span in spans]
    for deal in deals:
        for one in seen:
            one.see(deal)
    return [one.told() for one in seen]


def completion(deals: Iterable[Deal], spans: Sequence[Span]) -> list[list[Figure]]:
    """Of the orders contracted in each span, those that were completed within 180 days."""
    counts = [[0, 0] for _span in spans]
    for deal in deals:
        for span, found in zip(spans, counts, strict=True):
            if not deal.linked and span.holds(deal.contracted):
                found[0] += _within(deal.completed, deal.contracted, COHORT)
                found[1] += 1
    return [[share(COMPLETION, done, whole)] for done, whole in counts]


def direction(deal: Deal) -> str:
    """`export` from the mainland, `import` into it, `domestic`, or `offshore` where neither side is there."""
    sold, bought = geo(deal.seller_country) == "mainland", geo(deal.buyer_country) == "mainland"
    if sold and bought:
        return "domestic"
    return "export" if sold else "import" if bought else "offshore"


def cuts(deal: Deal) -> list[Cut]:
    """The parts of all deals that one belongs to; each kind of part takes in every deal once."""
    return [
        ("country", deal.buyer_country),
        ("geo", geo(deal.buyer_country)),
        ("category", deal.category or "other"),
        ("chapter", deal.chapter or "00"),
        ("area", deal.area or "00"),
        ("direction", direction(deal)),
    ]


class _Made:
    """What is added up on the way through the rows."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.counts = Counts()
        self.counts.at_least((CONTRACTED, PAID, COMPLETED, CANCELLED))
        self.sums = Sums()
        self.places: dict[str, int] = {}
        self.dollars: list[Decimal] = []
        self.sellers: dict[str, Decimal] = {}
        self.without_rate = 0
        self.bought: dict[str, int] = {}

    def see(self, deal: Deal) -> None:
        if self.span.holds(deal.contracted):
            self._contracted(deal)
        if deal.linked:
            return
        for at, number, amount in (
            (deal.paid, PAID, PAID_AMOUNT),
            (deal.completed, COMPLETED, COMPLETED_AMOUNT),
            (deal.ended if deal.end not in ("", "completed") else None, CANCELLED, CANCELLED_AMOUNT),
        ):
            if self.span.holds(at):
                parts = [*cuts(deal), ("by", deal.by or "both"), ("end", deal.end)] if number == CANCELLED else []
                self.counts.add(number, parts or cuts(deal))
                self._amount(amount, deal, parts)

    def _contracted(self, deal: Deal) -> None:
        self.counts.add_to_parts(CONTRACTED, [GROSS])
        if deal.linked:
            self.counts.add(f"{CONTRACTED}.linked", ())
            self._amount(f"{TURNOVER}.linked", deal, [])
            return
        self.counts.add(CONTRACTED, cuts(deal))
        self._amount(TURNOVER, deal, cuts(deal))
        if direction(deal) in ("export", "import"):
            self._amount(FOREIGN, deal, [("direction", direction(deal)), ("country", _abroad(deal))])
        self.bought[deal.buyer] = self.bought.get(deal.buyer, 0) + 1
        dollars = _in(deal, deal.usd)
        if dollars is None:
            self.without_rate += 1
            return
        self.dollars.append(dollars)
        self.sellers[deal.seller] = EXACT.add(self.sellers.get(deal.seller, Decimal()), dollars)

    def _amount(self, code: str, deal: Deal, parts: list[Cut]) -> None:
        self.places[deal.currency] = deal.places
        self.sums.add_to_parts(f"{code}.currency", [("currency", deal.currency)], deal.amount)
        for name, rate in (("USD", deal.usd), ("CNY", deal.cny)):
            worth = _in(deal, rate)
            if worth is not None:
                self.sums.add(f"{code}.{name.lower()}", parts, worth)

    def told(self) -> list[Figure]:
        total = sum_of(self.dollars)
        middle = median(self.dollars)
        largest = sorted(self.sellers.values(), reverse=True)
        squares = sum_of(EXACT.multiply(one, one) for one in largest)
        return [
            *self.counts.figures(),
            *(
                one
                for one in self.sums.figures(self.places)
                if not (one.code.endswith(".currency") and one.cut == WHOLE)
            ),
            count("I-05.without_rate", self.without_rate),
            mean(AVERAGE, total, len(self.dollars)),
            Figure(MEDIAN, WHOLE, None if middle is None else rounded(middle)),
            share(REPEAT, sum(number > 1 for number in self.bought.values()), len(self.bought)),
            share(TOP_TEN, sum_of(largest[:LARGEST]), total),
            mean(HHI, EXACT.multiply(squares, Decimal(POINTS)), EXACT.multiply(total, total)),
        ]


class _Disputed:
    """The cohort of one span: how many orders, what they were worth in dollars, and which came to a dispute."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.counts = Counts()
        self.orders = self.disputed = 0
        self.dollars = self.disputed_dollars = Decimal()

    def see(self, deal: Deal) -> None:
        if deal.linked or not self.span.holds(deal.contracted):
            return
        dollars = _in(deal, deal.usd) or Decimal()
        self.orders += 1
        self.dollars = EXACT.add(self.dollars, dollars)
        over = deal.completed or deal.ended
        if deal.disputed is not None and (over is None or _within(deal.disputed, over, DISPUTABLE)):
            self.disputed += 1
            self.disputed_dollars = EXACT.add(self.disputed_dollars, dollars)
            self.counts.add_to_parts(RULINGS, [("ruling", deal.ruling or "open")])

    def told(self) -> list[Figure]:
        return [
            *self.counts.figures(),
            share(DISPUTES, self.disputed, self.orders),
            share(DISPUTED_AMOUNT, self.disputed_dollars, self.dollars),
        ]


def _abroad(deal: Deal) -> str:
    return deal.buyer_country if direction(deal) == "export" else deal.seller_country


def _in(deal: Deal, rate: Decimal | None) -> Decimal | None:
    return None if rate is None else EXACT.multiply(deal.amount, rate)


def _within(moment: datetime | None, start: datetime, time: timedelta) -> bool:
    return moment is not None and moment <= start + time
