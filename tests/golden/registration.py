"""I-08 Registration verification, from the facts that were confirmed and the requests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.golden.raw import World
from tests.golden.telling import Stretch, Told
from tests.golden.users import Company, abroad, companies, parts

CODES = (
    *("I-08.1", "I-08.1.all", "I-08.1.full", "I-08.1.abroad", "I-08.2", "I-08.3", "I-08.4", "I-08.4.withdrawn"),
    *("I-08.5", "I-08.6", "I-08.7", "I-08.8"),
)
ENTITY = ("legal_name", "registration", "address", "representative")
BEYOND = ("bank", "site")
KINDS = ("country", "geo", "role", "area")


@dataclass(frozen=True)
class Held:
    """That an entity was known whole from `since`, and until when that holds."""

    since: datetime
    until: datetime


def entity(world: World, company: UUID) -> list[Held]:
    """For each moment at which a fact of the entity was confirmed, and all four had been by then."""
    facts = [row for row in world.verified_fact if row.organisation_id == company and row.fact in ENTITY]
    found = []
    for at in sorted({row.confirmed_at for row in facts}):
        newest = {row.fact: row for row in facts if row.confirmed_at <= at}
        for row in facts:
            if row.confirmed_at <= at and row.confirmed_at > newest[row.fact].confirmed_at:
                newest[row.fact] = row
        if len(newest) == len(ENTITY):
            found.append(Held(at, min(row.valid_until for row in newest.values())))
    return found


def level(world: World, company: UUID, end: datetime) -> int:
    """2 while the entity is known, 3 with an account proved from outside or a site that was seen; else 1."""
    known = [held for held in entity(world, company) if held.since < end]
    if not known or known[-1].until < end:
        return 1
    for fact in BEYOND:
        rows = [
            row
            for row in world.verified_fact
            if row.organisation_id == company and row.fact == fact and row.confirmed_at < end
        ]
        newest = max(rows, key=lambda row: row.confirmed_at, default=None)
        if newest is not None and newest.method != "bank" and newest.valid_until >= end:
            return 3
    return 2


def figures(world: World, stretch: Stretch) -> Told:
    told, every = Told(), companies(world, stretch.end)
    there = [company for company in every if company.at(stretch.end)]
    levels = {company.id: level(world, company.id, stretch.end) for company in there}
    sellers = [company for company in there if company.row.sells]
    by = {kind: _part(kind) for kind in KINDS}
    told.share("I-08.1", sellers, lambda company: levels[company.id] >= 2, **by)
    told.share("I-08.1.all", there, lambda company: levels[company.id] >= 2, **by)
    told.share("I-08.1.full", sellers, lambda company: levels[company.id] >= 3, **by)
    strangers = [company for company in there if abroad(company)]
    told.share("I-08.1.abroad", strangers, lambda company: levels[company.id] >= 2, **by)
    _again(world, stretch, every, told)
    _requests(world, stretch, told)
    return told


def _part(kind: str) -> Any:
    return lambda company: parts(company).get(kind, ())


def _again(world: World, stretch: Stretch, every: Sequence[Company], told: Told) -> None:
    """Confirmations that ended while the company was registered, and those of them that another followed in time."""
    ended: list[bool] = []
    for company in every:
        held = entity(world, company.id)
        ends = {one.until for one in held if stretch.has(one.until)}
        ended += [
            any(one.since <= until < one.until for one in held)
            for until in ends
            if company.until is None or company.until > until
        ]
    told.share("I-08.7", ended, lambda in_time: in_time)


def _requests(world: World, stretch: Stretch, told: Told) -> None:
    opened = [row for row in world.verification_request if stretch.has(row.created_at)]
    told.count("I-08.2", opened, renewing=lambda row: "first" if row.renews is None else "again")
    over = ("accepted", "rejected", "withdrawn")
    ended = [row for row in world.verification_request if row.state in over and stretch.has(row.decided_at)]
    told.value("I-08.3", sum(row.state == "accepted" for row in ended))
    refused = [row for row in ended if row.state == "rejected"]
    told.count("I-08.4", refused, fault=lambda row: {name for name, why in row.verdicts.items() if why} or "other")
    told.value("I-08.4.withdrawn", sum(row.state == "withdrawn" for row in ended))
    decided = [row for row in ended if row.state != "withdrawn"]
    told.hours("I-08.5", [row.decided_at - row.created_at for row in decided])
    told.share("I-08.6", decided, lambda row: _by_two(world, row))
    looked = [_mismatch(world, row) for row in world.verification_request]
    told.value("I-08.8", sum(stretch.has(at) for at in looked))


def _by_two(world: World, request: Any) -> bool:
    """Decided by two people in part, or looked at again by lot."""
    reviews = [
        row
        for row in world.review
        if (row.subject_type, row.subject_id, row.state) == ("verification_request", request.id, "decided")
    ]
    drawn = {row.review_id for row in world.review_check if row.agrees is not None}
    return len({row.decided_by for row in reviews} - {None}) > 1 or any(row.id in drawn for row in reviews)


def _mismatch(world: World, request: Any) -> datetime | None:
    """When it was first noted that the register has another name or number."""
    return min(
        (
            row.looked_at
            for row in world.register_entry
            if row.request_id == request.id and not {"legal_name", "registration"} <= set(row.agrees)
        ),
        default=None,
    )
