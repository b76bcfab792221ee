"""I-10 Lawful operation, from the operator's records, requests of authorities, incidents and measures."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.golden.deals import amount, places
from tests.golden.raw import World
from tests.golden.telling import Stretch, Told
from tests.golden.users import active, companies

CODES = (
    *("I-10.1", "I-10.1.amount", "I-10.2", "I-10.3", "I-10.4", "I-10.4.received", "I-10.5"),
    *("I-10.6", "I-10.6.rate", "I-10.7", "I-10.7.hours", "I-10.8"),
)
TEN_DAYS = timedelta(days=10)
DECIDED = ("upheld", "reduced", "lifted")


def figures(world: World, stretch: Stretch) -> Told:
    told = Told()
    _penalties(world, stretch, told)
    _licences(world, stretch, told)
    _reports(world, stretch, told)
    _demands(world, stretch, told)
    _measures(world, stretch, told)
    _findings(world, stretch, told)
    return told


def _penalties(world: World, stretch: Stretch, told: Told) -> None:
    rows = [row for row in world.operator_penalty if stretch.has_day(row.decided_on)]
    told.value("I-10.1", len(rows))
    for currency in {row.amount_currency for row in rows if row.amount_minor is not None}:
        asked = [row.amount_minor for row in rows if row.amount_currency == currency]
        told.value("I-10.1.amount", round(amount(sum(asked), currency), places(currency)), cut="currency", key=currency)


def _licences(world: World, stretch: Stretch, told: Told) -> None:
    shown = [
        row
        for row in world.operator_licence
        if row.added_at < stretch.end and not (row.ended_at is not None and row.ended_at < stretch.end)
    ]
    told.share(
        "I-10.2",
        shown,
        lambda row: row.valid_from <= stretch.last and (row.valid_to is None or row.valid_to >= stretch.last),
    )


def _reports(world: World, stretch: Stretch, told: Told) -> None:
    """What stands in the statutory calendar, by its last days; a half-year's report on sellers of before there was one,
    by the end of January or July; and what the law asks for after an incident."""
    since = min((company.since for company in companies(world, stretch.end)), default=None)
    filings = [row for row in world.statutory_filing if row.state != "not_due"]
    limits = [_filed(world, row) for row in filings]
    calendar = {row.first_day for row in filings if row.kind == "identity"}
    for year in range(stretch.first.year, stretch.last.year + 1):
        for month, period in ((1, date(year - 1, 7, 1)), (7, date(year, 1, 1))):
            due = Stretch(date(year, month, 1), date(year, month, 31)).end
            made = [row.prepared_at for row in world.identity_report if row.period == period]
            if since is not None and since < due and period not in calendar:
                limits.append(("identity", due, min(made, default=None)))
    real = {row.id for row in _incidents(world)}
    limits += [
        ("incident", row.due_at, row.done_at)
        for row in world.incident_duty
        if row.incident_id in real and row.state != "waived"
    ]
    _kept(told, "I-10.3", stretch, limits, report=lambda limit: limit[0])


def _filed(world: World, row: Any) -> tuple[str, datetime, datetime | None]:
    """A report of the calendar: in time is what was filed on its last day or before, a day that was put off at that."""
    until = row.deferred_to or row.due_on
    days = [one.filed_on for one in world.statutory_version if one.filing_id == row.id and one.filed_on]
    return row.kind, Stretch(until, until).end, Stretch(min(days), min(days)).end if days else None


def _kept(told: Told, code: str, stretch: Stretch, limits: Sequence[tuple[Any, ...]], **by: Any) -> None:
    """Of the limits (what, due, done) that end in the span, those that were kept. Midnight is of the day before."""
    asked = [limit for limit in limits if stretch.begin < limit[1] <= stretch.end]
    told.share(code, asked, lambda limit: limit[2] is not None and limit[2] <= limit[1], **by)


def _incidents(world: World) -> list[Any]:
    return [row for row in world.incident if not row.drill and row.state != "dismissed"]


def _demands(world: World, stretch: Stretch, told: Told) -> None:
    by = {"organ": lambda row: row.kind, "origin": lambda row: "home" if row.country == "CN" else "foreign"}
    told.count("I-10.4.received", [row for row in world.authority_request if stretch.has(row.received_at)], **by)
    limits = [(row, row.due_at or row.received_at + TEN_DAYS, row.ended_at) for row in world.authority_request]
    _kept(
        told,
        "I-10.4",
        stretch,
        limits,
        organ=lambda limit: by["organ"](limit[0]),
        origin=lambda limit: by["origin"](limit[0]),
    )
    noticed = [row for row in _incidents(world) if stretch.has(row.detected_at)]
    told.count("I-10.5", noticed, nature=lambda row: row.nature, grade=lambda row: row.grade)


def _measures(world: World, stretch: Stretch, told: Told) -> None:
    placed = [row for row in world.restriction if stretch.has(row.starts_at)]
    told.count("I-10.6", placed, level=lambda row: row.kind, cause=lambda row: row.reason)
    did = active(world, stretch)
    sellers = [company for company in companies(world, stretch.end) if company.row.sells and company.id in did]
    told.ratio("I-10.6.rate", 1000 * len(placed), len(sellers))
    appeals = [row for row in world.restriction_appeal if row.state in DECIDED and stretch.has(row.decided_at)]
    told.share("I-10.8", appeals, lambda row: row.state != "upheld")


def _findings(world: World, stretch: Stretch, told: Told) -> None:
    rows = [row for row in world.authority_finding if stretch.has(row.recorded_at)]
    told.count("I-10.7", rows, cause=lambda row: row.kind)
    took = []
    for row in rows:
        stops = [
            measure.starts_at
            for measure in world.restriction
            if measure.organisation_id == row.organisation_id
            and measure.kind in ("full", "terminated")
            and measure.starts_at is not None
            and not (measure.ended_at is not None and measure.ended_at <= row.recorded_at)
        ]
        if stops:
            took.append(max(min(stops) - row.recorded_at, timedelta()))
    told.hours("I-10.7.hours", took)
