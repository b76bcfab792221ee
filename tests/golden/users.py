"""I-02 Registered users: who was registered, who came and went, who did something."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tests.golden.raw import World
from tests.golden.telling import Stretch, Told, day_of, geo

CODES = (
    *("I-02.1", "I-02.1.opening", "I-02.1.removed", "I-02.3"),
    *("I-02.2", "I-02.2.opening", "I-02.2.new", "I-02.2.removed"),
    *("I-02.4", "I-02.4.acts", "I-02.5", "I-02.5.new", "I-02.5.active", "I-02.6"),
)


@dataclass(frozen=True)
class Company:
    """A company that counts from `since`, registered and with a confirmed address, until it left or was excluded."""

    id: UUID
    row: Any
    since: datetime
    until: datetime | None

    def at(self, moment: datetime) -> bool:
        """Registered just before a moment."""
        return self.since < moment and not (self.until is not None and self.until < moment)


def companies(world: World, before: datetime) -> list[Company]:
    """All that have counted before a moment."""
    found = []
    for row in world.organisation:
        confirmed = [
            member.email_confirmed_at
            for member in world.member
            if member.organisation_id == row.id and member.email_confirmed_at is not None
        ]
        if row.is_platform or not confirmed:
            continue
        gone = [row.left_at] if row.left_at is not None else []
        for measure in world.restriction:
            ours = measure.organisation_id == row.id and measure.kind == "terminated" and measure.ended_at is None
            if ours and measure.starts_at is not None and measure.starts_at < before:
                gone.append(measure.starts_at)
        since = max(row.created_at, min(confirmed))
        if since < before:
            found.append(Company(row.id, row, since, min(gone, default=None)))
    return found


def parts(company: Company) -> dict[str, str]:
    """Country, its group, role, whether the country is verified, and the province of a mainland company."""
    row = company.row
    role = "both" if row.buys and row.sells else "seller" if row.sells else "buyer"
    told = {
        "country": row.country,
        "geo": geo(row.country),
        "role": role,
        "known": "verified" if row.level >= 2 else "declared",
    }
    if row.country == "CN":
        told["area"] = row.registration_number[2:4] if row.registration_kind == "uscc" else "00"
    return told


def abroad(company: Company) -> bool:
    return geo(company.row.country) in ("near", "overseas")


def acts(world: World) -> Iterator[tuple[UUID, str, datetime]]:
    """(company, what it did, when) of every qualified action."""
    inquiries = {row.id: row for row in world.inquiry}
    orders = {row.id: row for row in world.orders}
    products = {row.id: row for row in world.product}
    for row in world.inquiry:
        yield row.buyer_id, "ask", row.created_at
    for row in world.message:
        buyer = inquiries[row.inquiry_id].buyer_id
        yield row.organisation_id, "ask" if row.organisation_id == buyer else "answer", row.at
    for row in world.quotation:
        yield row.made_by, "quote", row.created_at
    for row in world.signature:
        yield row.organisation_id, "sign", row.at
    for row in world.shipment:
        yield orders[row.order_id].supplier_id, "ship", row.created_at
    for row in world.state_change:
        if row.subject_type == "order" and row.move in ("fund_part", "fund_all", "accept"):
            yield orders[row.subject_id].buyer_id, "accept" if row.move == "accept" else "pay", row.at
    for row in world.product_revision:
        if row.state != "draft":
            yield products[row.product_id].organisation_id, "list", row.saved_at
    for row in world.case_file:
        if row.complainant_id is not None:
            yield row.complainant_id, "complain", row.opened_at


def active(world: World, stretch: Stretch) -> dict[UUID, set[str]]:
    """Company → the kinds of things it did."""
    found: dict[UUID, set[str]] = {}
    for company, kind, at in acts(world):
        if stretch.has(at):
            found.setdefault(company, set()).add(kind)
    return found


def figures(world: World, stretch: Stretch) -> Told:
    told, known = Told(), companies(world, stretch.end)
    by = {cut: _part(cut) for cut in ("country", "geo", "role", "known", "area")}
    abroad_by = {cut: by[cut] for cut in ("country", "geo")}
    end = [company for company in known if company.at(stretch.end)]
    new = [company for company in known if stretch.has(company.since)]
    did = active(world, stretch)
    doing = [company for company in known if company.id in did]
    told.count("I-02.1.opening", [company for company in known if company.at(stretch.begin)], **by)
    told.count("I-02.3", new, **by)
    told.count("I-02.1.removed", [company for company in known if stretch.has(company.until)], **by)
    told.count("I-02.1", end, **by)
    told.count("I-02.4", doing, **by)
    for code, some in (("I-02.5", end), ("I-02.5.new", new), ("I-02.5.active", doing)):
        told.count(code, [company for company in some if abroad(company)], **abroad_by)
    pairs = [(company, kind) for company in doing for kind in did[company.id]]
    for kind in {kind for _company, kind in pairs}:
        told.value("I-02.4.acts", sum(one == kind for _company, one in pairs), "act", kind)
    if pairs:
        told.value("I-02.4.acts", len(pairs))
    _people(world, stretch, told)
    return told


def _part(cut: str) -> Any:
    return lambda company: parts(company).get(cut, ())


def _people(world: World, stretch: Stretch, told: Told) -> None:
    platform = {row.id for row in world.organisation if row.is_platform}
    people = [
        (max(row.created_at, row.email_confirmed_at), row.removed_at)
        for row in world.member
        if row.email_confirmed_at is not None and row.organisation_id not in platform
    ]
    for code, moment in (("I-02.2.opening", stretch.begin), ("I-02.2", stretch.end)):
        there = [1 for since, until in people if since < moment and not (until is not None and until < moment)]
        told.value(code, len(there))
    told.value("I-02.2.new", sum(stretch.has(since) for since, _until in people))
    told.value("I-02.2.removed", sum(stretch.has(until) for _since, until in people))


def members(world: World, stretch: Stretch) -> Told:
    """I-02.6: who has a paid term that covers the last day, in the plan whose term began last."""
    told, plans = Told(), dict[UUID, tuple[date, str]]()
    for term in world.membership_term:
        marks = [mark for mark in world.membership_mark if mark.term_id == term.id]
        kinds = {mark.kind for mark in marks}
        if "void" in kinds or term.fee_minor + term.credit_minor <= 0:
            continue
        if not term.starts_on <= stretch.last <= term.ends_on:
            continue
        sanctions = [day_of(mark.at) for mark in marks if mark.kind == "sanction"]
        if sanctions and "sanction_lifted" not in kinds and stretch.last >= min(sanctions):
            continue
        plans[term.organisation_id] = max(
            plans.get(term.organisation_id, (term.starts_on, "")), (term.starts_on, term.plan)
        )
    told.count("I-02.6", sorted(plan for _since, plan in plans.values()), plan=lambda plan: plan)
    return told
