"""I-09 Complaint handling, from the cases, their clocks and rulings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from app.core.workdays import is_working_day
from tests.golden.deals import deals, unlinked
from tests.golden.raw import World
from tests.golden.telling import Stretch, Told, middle

CODES = (
    *("I-09.1", "I-09.1.rate", "I-09.2", "I-09.2.on_time", "I-09.3", "I-09.4"),
    *("I-09.5", "I-09.5.p90", "I-09.5.backlog", "I-09.6", "I-09.6.response", "I-09.7", "I-09.7.reopened"),
    *("I-09.8", "I-09.8.handled", "I-09.8.anonymous"),
)
DAY = timedelta(days=1)
GOOD = 4


@dataclass(frozen=True)
class Case:
    """A case as its first round went; over with the first decision on the merits, a settlement or withdrawal."""

    row: Any
    country: str
    rulings: list[Any]
    clocks: dict[str, Any]
    stars: int | None

    @property
    def decided(self) -> datetime | None:
        """When it was said whether it is taken up."""
        said = [row.decided_at for row in self.rulings if row.stage == "intake"]
        return min([*said, *([self.row.accepted_at] if self.row.accepted_at else [])], default=None)

    @property
    def closed(self) -> datetime | None:
        said = [row.decided_at for row in self.rulings if row.stage == "merits"]
        return min([*said, *([self.row.ended_at] if self.row.ended_at else [])], default=None)

    @property
    def upheld(self) -> bool | None:
        """By the last ruling on the merits; None without one."""
        merits = [row for row in self.rulings if row.stage == "merits"]
        if not merits:
            return None
        last = max(merits, key=lambda row: row.round)
        return bool(last.remedy != "dismiss" and last.to_complainant_minor != 0)

    def due(self, name: str) -> datetime | None:
        at: datetime | None = self.clocks[name].due_at if name in self.clocks else None
        return at

    @property
    def accept_due(self) -> datetime:
        """The end of the second working day after it came in."""
        zone = ZoneInfo(self.row.zone)
        day, left = self.row.opened_at.astimezone(zone).date(), 2
        while left:
            day += DAY
            left -= is_working_day(day)
        return midnight_after(day, zone)


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    next_day = day + DAY
    return datetime(next_day.year, next_day.month, next_day.day, tzinfo=zone).astimezone(UTC)


def cases(world: World) -> list[Case]:
    countries = {row.id: row.country for row in world.organisation}
    found = []
    for row in world.case_file:
        clocks: dict[str, Any] = {}
        for clock in world.case_clock:
            if clock.case_id == row.id:
                clocks.setdefault(clock.name, clock)
        stars = [one.stars for one in world.case_satisfaction if (one.case_id, one.side) == (row.id, "complainant")]
        rulings = [one for one in world.case_ruling if one.case_id == row.id]
        country = countries.get(row.complainant_id, "ZZ")
        found.append(Case(row, country, rulings, clocks, stars[0] if stars else None))
    return found


def figures(world: World, stretch: Stretch) -> Told:
    told, every = Told(), cases(world)
    handled = [case for case in every if case.row.kind != "report"]
    received = [case for case in handled if stretch.has(case.row.opened_at)]
    closed = [case for case in handled if stretch.has(case.closed)]
    told.count(
        "I-09.1",
        received,
        topic=lambda case: case.row.topic,
        side=lambda case: case.row.side,
        country=lambda case: case.country,
        kind=lambda case: case.row.kind,
    )
    contracted = [deal for deal in unlinked(deals(world, stretch)) if stretch.has(deal.contracted)]
    told.ratio("I-09.1.rate", 1000 * len(received), len(contracted))
    told.share("I-09.2", received, lambda case: case.row.accepted_at is not None and case.row.accepted_at < stretch.end)
    _in_time(told, "I-09.2.on_time", stretch, [(case.accept_due, case.decided) for case in handled])
    _in_time(told, "I-09.3", stretch, [(case.due("intake"), case.row.first_answer_at) for case in handled])
    _in_time(told, "I-09.4", stretch, [(case.due("decision"), case.closed) for case in handled])
    _times(told, closed)
    _backlog(told, handled, stretch)
    rated = [case for case in closed if case.stars is not None]
    told.share("I-09.6", rated, lambda case: case.stars >= GOOD)
    told.percent("I-09.6.response", len(rated), len(closed))
    told.share("I-09.7", [case for case in closed if case.upheld is not None], lambda case: case.upheld)
    told.share("I-09.7.reopened", closed, lambda case: case.row.round > 1)
    _reports(told, [case for case in every if case.row.kind == "report"], stretch)
    return told


def _in_time(
    told: Told, code: str, stretch: Stretch, limits: Sequence[tuple[datetime | None, datetime | None]]
) -> None:
    """Of the limits that end in the span, those that were kept. One that ends with a day belongs to that day."""
    asked = [(due, done) for due, done in limits if due is not None and stretch.begin < due <= stretch.end]
    told.share(code, asked, lambda pair: pair[1] is not None and pair[1] <= pair[0])


def _times(told: Told, closed: Sequence[Case]) -> None:
    took = sorted(Fraction((case.closed - case.row.opened_at) // timedelta(seconds=1), 3600) for case in closed)
    told.value("I-09.5", round(middle(took), 2) if took else None)
    enough = [hours for hours in took if sum(one <= hours for one in took) * 10 >= 9 * len(took)]
    told.value("I-09.5.p90", round(enough[0], 2) if enough else None)


def _backlog(told: Told, handled: Sequence[Case], stretch: Stretch) -> None:
    """What came in and is not over at the end, by its age in days begun."""
    waiting = [
        case
        for case in handled
        if case.row.opened_at < stretch.end and (case.closed is None or case.closed >= stretch.end)
    ]

    def age(case: Case) -> str:
        days = -((case.row.opened_at - stretch.end) // DAY)
        return "0-7" if days <= 7 else "8-15" if days <= 15 else "16-30" if days <= 30 else "31+"

    told.count("I-09.5.backlog", waiting, age=age)


def _reports(told: Told, reports: Sequence[Case], stretch: Stretch) -> None:
    received = [case for case in reports if stretch.has(case.row.opened_at)]
    told.value("I-09.8", len(received))
    told.value("I-09.8.handled", sum(stretch.has(case.closed) for case in reports))
    told.share("I-09.8.anonymous", received, lambda case: case.row.contact_sealed is None)
