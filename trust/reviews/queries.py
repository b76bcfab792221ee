"""What the moderation desk asks."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, func, literal_column, not_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import evidence
from app.core.subject import Subject
from trust.access import Member
from trust.identity.models import MemberRow, Organisation
from trust.reviews.errors import ReviewNotFound
from trust.reviews.models import Review, ReviewCheck
from trust.reviews.states import ADDED, Priority, ReviewState

IN_QUEUE = text("review.state IN ('open', 'claimed')")
"""In these very words, for so do the indexes of the queue have it."""
COUNTED = 1_000
"""A queue that is longer is told as more than that; counting it would cost more than the number is worth."""


class Item(NamedTuple):
    """One line of the queue."""

    id: UUID
    kind: str
    subject: Subject
    title: str
    organisation_id: UUID
    organisation_name: str
    country: str
    state: ReviewState
    priority: Priority
    opened_at: datetime
    due_at: datetime
    claimed_by: UUID | None
    claimed_by_name: str
    verdict: str
    reason: str
    decided_at: datetime | None


# Columns, not rows of the mapper: the desk writes some fifty of these with every page.
_ITEM = (
    select(
        *(Review.id, Review.kind, Review.subject_type, Review.subject_id, Review.title, Review.organisation_id),
        *(Organisation.name_latin, Organisation.country, Review.state, Review.priority, Review.opened_at),
        *(Review.due_at, Review.claimed_by, MemberRow.name, Review.verdict, Review.reason, Review.decided_at),
    )
    .join(Organisation, Organisation.id == Review.organisation_id)
    .outerjoin(MemberRow, MemberRow.id == Review.claimed_by)
)
_STATES = {state.value: state for state in ReviewState}
_PRIORITIES = tuple(Priority)


def _item(row: Iterable[Any]) -> Item:
    id_, kind, subject_type, subject_id, title, company, name, country, state, priority, *rest = row
    opened_at, due_at, claimed_by, claimed_by_name, verdict, reason, decided_at = rest
    return Item(
        id=id_,
        kind=kind,
        subject=Subject(subject_type, subject_id),
        title=title,
        organisation_id=company,
        organisation_name=name,
        country=country,
        state=_STATES[state],
        priority=_PRIORITIES[priority],
        opened_at=opened_at,
        due_at=due_at,
        claimed_by=claimed_by,
        claimed_by_name=claimed_by_name or "",
        verdict=verdict,
        reason=reason,
        decided_at=decided_at,
    )


@lru_cache(maxsize=64)
def _page(kind: bool, state: str, mine: bool, first: bool, most: int) -> Select[*tuple[Any, ...]]:
    """Written once for each of its forms: putting a query together costs more than asking it. How many it brings stands
    in it as a number, by which PostgreSQL makes one plan for good; for a number it does not know it plans each time.
    """
    chosen = select(Review.id).where(IN_QUEUE if state == "waiting" else Review.state == ReviewState(state))
    if kind:
        chosen = chosen.where(Review.kind == bindparam("kind"))
    if mine:
        chosen = chosen.where(Review.claimed_by == bindparam("claimed_by"))
    newest_first = state == "decided"
    order = (Review.decided_at.desc(), Review.id) if newest_first else (Review.priority, Review.due_at, Review.id)
    # The page is chosen from an index first; names are joined to its few rows alone.
    page = chosen.order_by(*order).limit(literal_column(str(most)))
    ids = (page if first else page.offset(bindparam("skipped"))).subquery()
    return _ITEM.where(Review.id.in_(select(ids.c.id))).order_by(*order)


async def queue(
    tx: AsyncSession, *, kind: str = "", state: str = "waiting", claimed_by: UUID | None = None, offset: int, limit: int
) -> list[Item]:
    """The queue, most urgent first; `state` is waiting (open or claimed), open, claimed or decided (newest first)."""
    asked = {"kind": kind, "claimed_by": claimed_by, "skipped": offset}
    query = _page(bool(kind), state, claimed_by is not None, not offset, limit)
    return [_item(row) for row in await tx.execute(query, asked)]


_ONE = _ITEM.where(Review.id == bindparam("id"))
# What the platform has to do is everybody's, although it is of the staff's own organisation.
_OWN = and_(not_(Organisation.is_platform), func.of_one_hand(bindparam("own"), Review.organisation_id))
_ONE_AND_WHOSE = _ONE.add_columns(_OWN)


async def item(tx: AsyncSession, review_id: UUID) -> Item:
    """Raises ReviewNotFound."""
    row = (await tx.execute(_ONE, {"id": review_id})).first()
    if row is None:
        raise ReviewNotFound
    return _item(row)


async def item_for(tx: AsyncSession, review_id: UUID, member: Member) -> tuple[Item, bool]:
    """An item, and whether it is of the member's own company or of a related one. Raises ReviewNotFound."""
    row = (await tx.execute(_ONE_AND_WHOSE, {"id": review_id, "own": member.organisation_id})).first()
    if row is None:
        raise ReviewNotFound
    *columns, own = row
    return _item(columns), own


# In the order of the index: without it all items of the table are read again for each kind that has few.
_WAITING = f"""
    SELECT k.kind, (SELECT count(*) FROM (
               SELECT FROM review r WHERE r.kind = k.kind AND r.state IN ('open', 'claimed')
                ORDER BY r.kind, r.priority, r.due_at, r.id LIMIT {COUNTED + 1}) AS first) AS number
      FROM unnest(CAST(:kinds AS text[])) AS k (kind)
"""  # noqa: S608  of constants
WAITING = text(_WAITING)
# One statement for both: asking costs more than counting.
DESK = text(f"""{_WAITING} UNION ALL
    SELECT '', (SELECT count(*) FROM review WHERE claimed_by = :by AND state = 'claimed')
""")  # noqa: S608  of constants


async def waiting(tx: AsyncSession, kinds: Collection[str]) -> dict[str, int]:
    """How many items of each kind wait, COUNTED + 1 for all that is above."""
    rows = await tx.execute(WAITING, {"kinds": list(kinds)})
    return {row.kind: row.number for row in rows}


async def desk(tx: AsyncSession, kinds: Collection[str], by: UUID) -> tuple[dict[str, int], int]:
    """As `waiting`, and how many items somebody has claimed and not decided."""
    rows = await tx.execute(DESK, {"kinds": list(kinds), "by": by})
    numbers = {row.kind: row.number for row in rows}
    claimed = numbers.pop("")
    return numbers, claimed


_OF_COMPANY = (
    _ITEM.where(Review.organisation_id == bindparam("company")).order_by(Review.id.desc()).limit(literal_column("20"))
)


async def of_company(tx: AsyncSession, organisation_id: UUID) -> list[Item]:
    """What was last looked at of one company, the newest first, 20 at most."""
    return [_item(row) for row in await tx.execute(_OF_COMPANY, {"company": organisation_id})]


async def decisions(tx: AsyncSession, subject: Subject) -> list[Item]:
    """Earlier decisions on one thing, newest first."""
    rows = await tx.execute(
        _ITEM.where(Review.subject_type == subject.type, Review.subject_id == subject.id)
        .where(Review.state == ReviewState.DECIDED)
        .order_by(Review.id.desc())
    )
    return [_item(row) for row in rows]


async def review_for_update(tx: AsyncSession, review_id: UUID) -> Review:
    """Locks the row. Raises ReviewNotFound."""
    row = await tx.scalar(select(Review).where(Review.id == review_id).with_for_update())
    if row is None:
        raise ReviewNotFound
    return row


@dataclass(frozen=True, slots=True)
class Check:
    """A decision drawn for a second look."""

    item: Item
    decided_by: UUID
    decided_by_name: str
    drawn_at: datetime
    agrees: bool | None
    note: str
    checked_at: datetime | None
    checked_by_name: str


async def checks(tx: AsyncSession, *, answered: bool, offset: int, limit: int) -> list[Check]:
    """Second looks that wait, the longest waiting first; or those given, the newest first."""
    decider, checker = aliased(MemberRow), aliased(MemberRow)
    query = (
        select(ReviewCheck, decider.name, checker.name)
        .join(decider, decider.id == ReviewCheck.decided_by)
        .outerjoin(checker, checker.id == ReviewCheck.checked_by)
        .where(ReviewCheck.agrees.is_not(None) if answered else ReviewCheck.agrees.is_(None))
        .order_by(ReviewCheck.checked_at.desc() if answered else ReviewCheck.drawn_at, ReviewCheck.review_id)
    )
    drawn = (await tx.execute(query.offset(offset).limit(limit))).all()
    ids = [row.review_id for row, *_names in drawn]
    found = {row.id: _item(row) for row in await tx.execute(_ITEM.where(Review.id.in_(ids)))}
    return [
        Check(
            item=found[row.review_id],
            decided_by=row.decided_by,
            decided_by_name=by,
            drawn_at=row.drawn_at,
            agrees=row.agrees,
            note=row.note,
            checked_at=row.checked_at,
            checked_by_name=checked_by or "",
        )
        for row, by, checked_by in drawn
    ]


async def count_checks(tx: AsyncSession, *, answered: bool) -> int:
    query = select(func.count()).where(ReviewCheck.agrees.is_not(None) if answered else ReviewCheck.agrees.is_(None))
    return (await tx.execute(query)).scalar_one()


async def pending(tx: AsyncSession, subject: Subject) -> Item | None:
    """The item of a thing that waits in the queue, claimed or not."""
    query = _ITEM.where(Review.subject_type == subject.type, Review.subject_id == subject.id)
    row = (await tx.execute(query.where(Review.state.in_([ReviewState.OPEN, ReviewState.CLAIMED])))).first()
    return _item(row) if row else None


async def has_decided(tx: AsyncSession, member_id: UUID, subjects: Iterable[Subject]) -> bool:
    """Whether this member of staff has decided about one of these things before."""
    named = [(subject.type, subject.id) for subject in subjects]
    query = select(Review.id).where(Review.decided_by == member_id, Review.state == ReviewState.DECIDED)
    found = query.where(tuple_(Review.subject_type, Review.subject_id).in_(named))
    return bool(await tx.scalar(select(exists(found))))


def related(member: Member) -> ColumnElement[bool]:
    """For a WHERE: whether the item is about the member's own company, or one of one hand with it. Both are told by the
    database's own function, to which its trigger holds too."""
    return func.of_one_hand(member.organisation_id, Review.organisation_id)


async def is_related(tx: AsyncSession, organisation_id: UUID, member: Member) -> bool:
    """Whether a company is the member's own, or of one hand with it."""
    return bool(await tx.scalar(select(func.of_one_hand(member.organisation_id, organisation_id))))


async def added(tx: AsyncSession, review: Item) -> tuple[tuple[datetime, str], ...]:
    """When an item was asked for once more while it waited, and under which title. The oldest first."""
    links = await evidence.chain(tx, review.subject)
    said = [link for link in links if link.kind == ADDED and link.data["review"] == str(review.id)]
    return tuple((link.at, (link.data["changes"] or {}).get("title", ("", ""))[1]) for link in said)
