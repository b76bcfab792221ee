"""I-06 Protection of intellectual property, from notices, their listings, counter-statements and measures."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.workdays import is_working_day
from tests.golden.complaints import midnight_after
from tests.golden.raw import World, one
from tests.golden.telling import Stretch, Told, day_of, months
from tests.golden.users import companies
from trust.access import GRANTS, Permission
from trust.restrictions.points import SCHEDULES, Breach
from trust.rights.periods import SINCE

CODES = (
    *("I-06.0", "I-06.1", "I-06.1.valid", "I-06.1.rejected", "I-06.2", "I-06.2.hours"),
    *("I-06.3", "I-06.3.forwarded", "I-06.3.lapsed", "I-06.3.kept", "I-06.4", "I-06.4.rate", "I-06.4.found"),
    *("I-06.5", "I-06.5.sanctions", "I-06.6", "I-06.7"),
)
A_DAY = timedelta(hours=24)
FINDS_MARKS = "INF-03"


def figures(world: World, stretch: Stretch) -> Told:
    told = Told()
    _notices(world, stretch, told)
    _measures(world, stretch, told)
    _counters(world, stretch, told)
    _who_repeats(world, stretch, told)
    there = _institutions(world, stretch)
    told.value("I-06.0", sum(there.values()))
    for name, is_there in there.items():
        told.value("I-06.0", int(is_there), "institution", name)
    return told


def _notices(world: World, stretch: Stretch, told: Told) -> None:
    by = {"right": lambda row: row.kind, "office": lambda row: row.office}
    told.count("I-06.1", [row for row in world.ip_notice if stretch.has(row.filed_at)], **by)
    decided = [row for row in world.ip_notice if stretch.has(row.decided_at)]
    stopped = {row.notice_id: row.stopped for row in world.ip_notice_decision}
    valid = [row for row in decided if stopped.get(row.id, 0) > 0]
    taken_back = [row for row in world.ip_notice if stretch.has(_withdrawn(world, row))]
    told.count("I-06.1.valid", valid, **by)
    told.count(
        "I-06.1.rejected",
        [row for row in decided if row not in valid] + taken_back,
        ending=lambda row: "refuse" if row.decided_at else "withdraw",
        **by,
    )
    last = {row.id: _last_down(world, row) for row in valid}
    told.share("I-06.2", valid, lambda row: _in_a_day(last[row.id], row.decided_at), **by)
    told.hours("I-06.2.hours", [at - row.filed_at for row in valid if (at := last[row.id]) is not None])
    told.count("I-06.6", [row for row in decided if row.fault], wrong=lambda row: row.fault)
    told.share("I-06.7", decided, lambda row: row.decided_at is not None)


def _withdrawn(world: World, notice: Any) -> datetime | None:
    if notice.state != "withdrawn" or notice.decided_at is not None:
        return None
    return max((row.ended_at for row in world.ip_notice_item if row.notice_id == notice.id), default=None)


def _in_a_day(at: datetime | None, decided: datetime) -> bool:
    return at is not None and at <= decided + A_DAY


def _last_down(world: World, notice: Any) -> datetime | None:
    """When the last of its listings was down; None while one is not."""
    down = [_down(world, row) for row in world.ip_notice_item if row.notice_id == notice.id and row.stopped_at]
    if not down or None in down:
        return None
    return max(at for at in down if at is not None)


def _down(world: World, item: Any) -> datetime | None:
    """Since when a listing that was to come down has been: at once if it was not online."""
    if item.stopped_at is None:
        return None
    moves = world.moves.get(("product", item.listing_id), [])
    before = [move for move in moves if move.at < item.stopped_at]
    stopped: datetime = item.stopped_at
    if not before or before[-1].to_state != "published":
        return stopped
    return min((move.at for move in moves if move.at >= stopped and move.to_state != "published"), default=None)


def _measures(world: World, stretch: Stretch, told: Told) -> None:
    removed = [row for row in world.ip_notice_item if stretch.has(_down(world, row))]
    told.value("I-06.4", len(removed))
    told.ratio("I-06.4.rate", 10_000 * len(removed), published(world, stretch.end))
    lapsed = [row for row in world.ip_notice_item if row.how == "lapse" and stretch.has(row.ended_at)]
    told.value("I-06.3.lapsed", len(lapsed))
    proved = [world.when("ip_notice_item", row.id, lambda move: move.move == "prove") for row in world.ip_notice_item]
    told.value("I-06.3.kept", sum(stretch.has(at) for at in proved))
    found = {
        hit.subject_id
        for outcome in world.risk_outcome
        if outcome.harm and stretch.has(outcome.at)
        for hit in world.risk_hit
        if hit.id == outcome.hit_id and hit.rule == FINDS_MARKS
    }
    told.value("I-06.4.found", len(found))


def published(world: World, before: datetime) -> int:
    """How many listings were online at a moment."""
    number = 0
    for row in world.product:
        moves = [move for move in world.moves.get(("product", row.id), []) if move.at < before]
        number += bool(moves) and moves[-1].to_state == "published"
    return number


def _counters(world: World, stretch: Stretch, told: Told) -> None:
    told.value("I-06.3", sum(stretch.has(row.filed_at) for row in world.ip_counter))
    limits = []
    for row in world.ip_counter:
        zone = ZoneInfo(one(world.ip_notice, row.notice_id).zone)
        day = row.filed_at.astimezone(zone).date() + timedelta(days=1)
        while not is_working_day(day):
            day += timedelta(days=1)
        limits.append((midnight_after(day, zone), row.arrived_at))
    asked = [(due, arrived) for due, arrived in limits if stretch.begin < due <= stretch.end]
    told.share("I-06.3.forwarded", asked, lambda pair: pair[1] is not None and pair[1] <= pair[0])


def _who_repeats(world: World, stretch: Stretch, told: Told) -> None:
    year = months(stretch.last, 12)
    given = [row.supplier_id for row in world.ip_strike if year.has(row.given_at)]
    told.value("I-06.5", sum(given.count(company.id) >= 2 for company in companies(world, stretch.end)))
    placed = [row for row in world.restriction if row.reason == "intellectual_property" and stretch.has(row.starts_at)]
    told.count("I-06.5.sanctions", placed, level=lambda row: row.kind)


def _institutions(world: World, stretch: Stretch) -> dict[str, bool]:
    """What is there at the end to protect rights."""
    rules = [row for row in world.rule_version if row.code == "reports" and row.state == "published"]
    points = [one.since for one in SCHEDULES if {Breach.IP, Breach.SERIOUS_IP} <= one.worth.keys()]
    return {
        "rules": any(row.effective_from <= stretch.last for row in rules),
        "channel": stretch.last >= SINCE,
        "registry": stretch.last >= SINCE,
        "counter": stretch.last >= SINCE,
        "repeat": stretch.last >= min(points),
        "staff": bool(_judges(world, stretch)),
        "scan": _scans(world.risk_setting, stretch),
    }


def _judges(world: World, stretch: Stretch) -> list[Any]:
    """People of the platform at the end who may judge notices."""
    roles = {role.value for role, granted in GRANTS.items() if Permission.JUDGE in granted}
    platform = {row.id for row in world.organisation if row.is_platform}
    return [
        row
        for row in world.member
        if row.organisation_id in platform
        and roles & set(row.roles)
        and row.created_at < stretch.end
        and (row.removed_at is None or row.removed_at >= stretch.end)
    ]


def _scans(settings: Sequence[Any], stretch: Stretch) -> bool:
    """Whether the rule that finds other people's marks works, by its last setting before the end."""
    ours = [row for row in settings if row.rule == FINDS_MARKS and row.verdict == "approved"]
    before = [row for row in ours if row.effective_from < stretch.end]
    last = max(before, key=lambda row: row.effective_from, default=None)
    return last is not None and last.mode == "live" and day_of(last.effective_from) <= stretch.last
