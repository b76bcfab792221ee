"""What a side sees of a contract while it is negotiated: what is new to it, what is said, what is asked, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from orders.contracts import commenting, difference, form, lasting, places, requesting, revisions
from orders.contracts.commenting import Thread
from orders.contracts.difference import Compared
from orders.contracts.queries import ContractView
from orders.contracts.revisions import RevisionView
from orders.contracts.states import ContractState, RequestKind
from orders.contracts.terms import ContractTerms
from orders.contracts.values import read_in
from trust.access import Member, Permission
from trust.identity import queries as identity


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    company: str


@dataclass(frozen=True, slots=True)
class Redline:
    """What is different from one version to another. `headings` says what each place is called."""

    since: int
    until: int
    compared: Sequence[Compared]
    headings: dict[str, str]

    @property
    def changes(self) -> list[Compared]:
        return difference.changes(self.compared)

    @property
    def runs(self) -> list[tuple[bool, list[Compared]]]:
        """The whole text in order: runs of passages that are unchanged (True), and of those that are not."""
        return [(same, list(run)) for same, run in groupby(self.compared, lambda one: not one.changed)]


def as_read(view: ContractView) -> dict[str, Any]:
    """What the contract's text needs to be shown alone, without what is said of it."""
    return {
        "places": places.places(view.terms, read_in()),
        "articles": places.articles(view.terms),
        "threads": {},
        "gone_threads": [],
        "authors": {},
        "commenting": "",
        "may_comment": False,
    }


async def negotiation(
    tx: AsyncSession, view: ContractView, member: Member, *, place: str = "", refused: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the contract's page needs beside the contract itself.

    place    where a comment is being written
    refused  the state of the form of terms, where it was refused
    """
    negotiating = member.may(Permission.NEGOTIATE)
    threads = await commenting.threads(tx, view.id)
    kept = await revisions.revisions(tx, view.id)
    headings = places.places(view.terms, read_in())
    drafting = view.state == ContractState.DRAFT
    return {
        "places": headings,
        "articles": places.articles(view.terms),
        "threads": threads,
        "open_threads": [thread for thread in threads.values() if thread.open],
        "gone_threads": [thread for thread in threads.values() if thread.place not in headings],
        "authors": await authors(tx, view) if threads else {},
        "commenting": place if negotiating and view.state in commenting.COMMENTABLE and place in headings else "",
        "may_comment": negotiating and view.state in commenting.COMMENTABLE,
        "request": await requesting.open_request(tx, view.id),
        "askable": _askable(view) if negotiating else None,
        "extended": view.extended_by(member.organisation_id),
        "revisions": kept,
        "period_days": lasting.period(clock.now().date()).days,
        "agreed_before": view.read_by(member.organisation_id) > 0,
        "unread": await _since(tx, view, kept, view.read_by(member.organisation_id)) if drafting else None,
        "meanwhile": await _meanwhile(tx, view, kept, refused) if drafting and refused else None,
    }


def _askable(view: ContractView) -> RequestKind | None:
    """What a side may ask the other of a frozen text: to open it, or once somebody has signed to let it go."""
    if view.state not in (ContractState.LOCKED, ContractState.SIGNING):
        return None
    if view.signatures or view.amends_id is not None:
        return RequestKind.ANNUL if view.state == ContractState.SIGNING else None
    return RequestKind.UNLOCK


async def redline(tx: AsyncSession, view: ContractView, since: int, until: int) -> Redline:
    """The difference of two versions. Raises ContractNotFound for one that was not kept."""
    before, after = [await _text(tx, view, number) for number in (since, until)]
    return Redline(since, until, difference.compare(before, after), _headings(before, after))


async def _text(tx: AsyncSession, view: ContractView, number: int) -> ContractTerms:
    return view.terms if number == view.revision else await revisions.terms_at(tx, view.id, number)


def _headings(before: ContractTerms, after: ContractTerms) -> dict[str, str]:
    return places.places(before, read_in()) | places.places(after, read_in())


async def _since(tx: AsyncSession, view: ContractView, kept: Sequence[RevisionView], since: int) -> Redline | None:
    """What is new since a version, or since the first that was kept after it; None when nothing can be told."""
    known = [one.revision for one in kept]
    base = max((n for n in known if n <= since), default=known[0] if known else view.revision)
    if base >= view.revision:
        return None
    found = await redline(tx, view, base, view.revision)
    return found if found.changes else None


async def _meanwhile(
    tx: AsyncSession, view: ContractView, kept: Sequence[RevisionView], refused: dict[str, Any]
) -> Redline | None:
    """What was changed since the refused form was opened; of the form stays what its author typed, no more."""
    said = str(refused["values"].get("revision", ""))
    known = {str(one.revision): one.revision for one in kept}
    begun = known.get(said, view.revision)
    if begun >= view.revision:
        return None
    before = await revisions.terms_at(tx, view.id, begun)
    refused["values"] = form.typed(refused["values"], form.values(before))
    return await _since(tx, view, kept, begun)


async def authors(tx: AsyncSession, view: ContractView) -> dict[UUID, Author]:
    """The two parties' members, by id."""
    parties = {view.buyer_id: view.terms.buyer, view.supplier_id: view.terms.supplier}
    return {
        person.id: Author(person.name, party.latin_name)
        for company, party in parties.items()
        for person in await identity.members(tx, company)
    }


def spoken_of(view: ContractView, threads: dict[str, Thread]) -> list[tuple[str, Thread]]:
    """Every thread with the name of its place, in the contract's own order; places that are gone come last."""
    headings = places.places(view.terms, read_in())
    order = {place: n for n, place in enumerate(headings)}
    ordered = sorted(threads.values(), key=lambda thread: order.get(thread.place, len(order)))
    return [(headings.get(thread.place, ""), thread) for thread in ordered]
