"""What is asked of the rule book: what was in force on a day, what a clause said, and what is about to change.

A day is a day in UTC. All versions stay readable for good.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from trust.access import Member, Permission, granted
from trust.rules.codes import AGREEMENTS, Code
from trust.rules.errors import RuleNotFound, VersionNotFound
from trust.rules.models import Acceptance, RuleComment, RuleVersion
from trust.rules.states import VersionState
from trust.rules.text import Pair, Text

_PENDING = (VersionState.DRAFT, VersionState.CONSULTATION)


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a rule. `until`: the day from which another is in force, or None."""

    id: UUID
    code: Code
    number: int
    text: Text
    digest: str
    why: Pair
    state: VersionState
    drafted_by: UUID | None
    drafted_at: datetime
    opened_at: datetime | None
    comments_until: datetime | None
    published_at: datetime | None
    effective_from: date | None
    until: date | None = None

    @property
    def title(self) -> Pair:
        return self.text.title

    @property
    def open(self) -> bool:
        """Whether comments are asked for now."""
        return (
            self.state is VersionState.CONSULTATION
            and self.comments_until is not None
            and clock.now() < self.comments_until
        )

    def stands(self, on: date) -> bool:
        """Whether it is in force on that day."""
        begun = self.effective_from is not None and self.effective_from <= on
        return begun and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class CommentView:
    """`text` is None while the public may not read it: a visitor's before it is answered, and what is withheld."""

    id: UUID
    author: str
    visitor: bool
    clause: str
    text: str | None
    at: datetime
    answer: str
    withheld: bool
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class AcceptanceView:
    code: Code
    number: int
    digest: str
    member_id: UUID
    locale: str
    way: str
    at: datetime


def _view(row: RuleVersion, until: date | None = None) -> VersionView:
    return VersionView(
        id=row.id,
        code=Code(row.code),
        number=row.number,
        text=Text.of(row.content),
        digest=row.digest,
        why=row.why,
        state=VersionState(row.state),
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
        opened_at=row.opened_at,
        comments_until=row.comments_until,
        published_at=row.published_at,
        effective_from=row.effective_from,
        until=until,
    )


_PUBLISHED = select(
    RuleVersion,
    func.lead(RuleVersion.effective_from)
    .over(partition_by=RuleVersion.code, order_by=RuleVersion.effective_from)
    .label("until"),
).where(RuleVersion.state == VersionState.PUBLISHED)


async def in_force(tx: AsyncSession, code: str, on: date) -> VersionView:
    """The version of a rule that is (or was) in force on a day. Raises RuleNotFound when there was none."""
    rows = await tx.execute(_PUBLISHED.where(RuleVersion.code == code))
    views = [_view(row, until) for row, until in rows]
    found = next((view for view in views if view.stands(on)), None)
    if found is None:
        raise RuleNotFound(_("No such rule was in force on this day."))
    return found


async def all_in_force(tx: AsyncSession, on: date) -> dict[Code, VersionView]:
    """Every rule as it is in force on a day, by code, in the order of `Code`."""
    views = [_view(row, until) for row, until in await tx.execute(_PUBLISHED)]
    standing = {view.code: view for view in views if view.stands(on)}
    return {code: standing[code] for code in Code if code in standing}


_NUMBERS = (
    select(RuleVersion.code, RuleVersion.number)
    .ext(distinct_on(RuleVersion.code))
    .where(RuleVersion.state == VersionState.PUBLISHED, RuleVersion.effective_from <= bindparam("on", type_=Date))
    .order_by(RuleVersion.code, RuleVersion.effective_from.desc())
)


async def numbers_in_force(tx: AsyncSession, on: date) -> dict[str, int]:
    """The number of the version of every rule that is in force on a day, by code: what a deal is bound by."""
    rows = await tx.execute(_NUMBERS, {"on": on})
    numbers = {row.code: row.number for row in rows}
    return {code: numbers[code] for code in Code if code in numbers}


async def missing(tx: AsyncSession, on: date) -> list[Code]:
    """Rules and agreements that have no version in force on a day."""
    standing = await all_in_force(tx, on)
    return [code for code in Code if code not in standing]


async def public_version(tx: AsyncSession, code: str, number: int) -> VersionView:
    """Any version but a draft, which the public never saw. Raises VersionNotFound."""
    row = await tx.scalar(select(RuleVersion).where(RuleVersion.code == code, RuleVersion.number == number))
    if row is None or (row.opened_at is None and row.state != VersionState.PUBLISHED):
        raise no_version()
    if row.effective_from is None:
        return _view(row)
    later = select(func.min(RuleVersion.effective_from)).where(
        RuleVersion.code == code,
        RuleVersion.state == VersionState.PUBLISHED,
        RuleVersion.effective_from > row.effective_from,
    )
    return _view(row, await tx.scalar(later))


async def versions(tx: AsyncSession, code: str) -> list[VersionView]:
    """What the public may read of a rule, the newest first. Raises RuleNotFound for no rule of ours."""
    if code not in set(Code):
        raise RuleNotFound(_("There is no such rule."))
    rows = (await tx.scalars(select(RuleVersion).where(RuleVersion.code == code))).all()
    days = sorted(row.effective_from for row in rows if row.effective_from)
    shown = [row for row in rows if row.opened_at is not None or row.state == VersionState.PUBLISHED]
    until = dict(zip(days, [*days[1:], None], strict=True))
    views = [_view(row, until.get(row.effective_from) if row.effective_from else None) for row in shown]
    return sorted(views, key=lambda view: -view.number)


async def version(tx: AsyncSession, version_id: UUID) -> VersionView:
    """For the desk: also a draft. Raises VersionNotFound."""
    row = await tx.scalar(select(RuleVersion).where(RuleVersion.id == version_id))
    if row is None:
        raise no_version()
    return _view(row)


async def before(tx: AsyncSession, view: VersionView) -> VersionView | None:
    """The published version that one follows, or None."""
    query = select(RuleVersion).where(
        RuleVersion.code == view.code, RuleVersion.state == VersionState.PUBLISHED, RuleVersion.number < view.number
    )
    row = await tx.scalar(query.order_by(RuleVersion.number.desc()).limit(1))
    return _view(row) if row else None


async def changes(tx: AsyncSession) -> list[VersionView]:
    """What is up for comments or answered, and what is published and not yet in force, the next to come first."""
    query = select(RuleVersion).where(
        (RuleVersion.state == VersionState.CONSULTATION)
        | ((RuleVersion.state == VersionState.PUBLISHED) & (RuleVersion.effective_from > clock.now().date()))
    )
    return [_view(row) for row in await tx.scalars(query.order_by(RuleVersion.effective_from, RuleVersion.id))]


async def past_changes(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[VersionView], int]:
    """Consultations that are over: what came of them, newest first; how many there are."""
    over = (RuleVersion.opened_at.is_not(None)) & (
        (RuleVersion.state == VersionState.WITHDRAWN)
        | ((RuleVersion.state == VersionState.PUBLISHED) & (RuleVersion.effective_from <= clock.now().date()))
    )
    total = await tx.scalar(select(func.count()).select_from(RuleVersion).where(over)) or 0
    rows = await tx.scalars(select(RuleVersion).where(over).order_by(RuleVersion.id.desc()).offset(offset).limit(limit))
    return [_view(row) for row in rows], total


async def pending(tx: AsyncSession) -> list[VersionView]:
    """Drafts and consultations, for the desk."""
    rows = await tx.scalars(select(RuleVersion).where(RuleVersion.state.in_(_PENDING)).order_by(RuleVersion.id))
    return [_view(row) for row in rows]


async def comments(
    tx: AsyncSession, version_id: UUID, *, desk: bool = False, offset: int = 0, limit: int = 50
) -> tuple[list[CommentView], int, int]:
    """What was said of a change, oldest first; how many comments there are, and how many wait for an answer.

    desk  reads all of it
    """
    of = RuleComment.version_id == version_id
    counted = select(func.count(), func.count().filter(RuleComment.answered_at.is_(None))).where(of)
    total, waiting = (await tx.execute(counted)).one()
    rows = await tx.scalars(select(RuleComment).where(of).order_by(RuleComment.id).offset(offset).limit(limit))
    return [_comment(row, desk=desk) for row in rows], total, waiting


async def comment(tx: AsyncSession, comment_id: UUID) -> CommentView:
    """For who made it: all of it."""
    row = (await tx.scalars(select(RuleComment).where(RuleComment.id == comment_id))).one()
    return _comment(row, desk=True)


def _comment(row: RuleComment, *, desk: bool) -> CommentView:
    visitor = row.member_id is None
    shown = desk or not (row.withheld or (visitor and row.answered_at is None))
    return CommentView(
        id=row.id,
        author=row.author if shown else "",
        visitor=visitor,
        clause=row.clause,
        text=row.text if shown else None,
        at=row.at,
        answer=row.answer,
        withheld=row.withheld,
        answered_at=row.answered_at,
    )


async def due(tx: AsyncSession, organisation_id: UUID, *, sells: bool) -> list[VersionView]:
    """Agreements in force that a company has yet to accept."""
    standing = await all_in_force(tx, clock.now().date())
    wanted = [standing[code] for code in wanted_of(sells=sells) if code in standing]
    query = select(Acceptance.version_id).where(Acceptance.organisation_id == organisation_id)
    accepted = set(await tx.scalars(query.where(Acceptance.version_id.in_([view.id for view in wanted]))))
    return [view for view in wanted if view.id not in accepted]


def wanted_of(*, sells: bool) -> tuple[Code, ...]:
    """The agreements of a company."""
    return AGREEMENTS if sells else AGREEMENTS[:1]


async def accepted(tx: AsyncSession, organisation_id: UUID) -> list[AcceptanceView]:
    """What a company accepted, newest first."""
    rows = await tx.execute(
        select(Acceptance, RuleVersion.code, RuleVersion.number)
        .join(RuleVersion, RuleVersion.id == Acceptance.version_id)
        .where(Acceptance.organisation_id == organisation_id)
        .order_by(Acceptance.id.desc())
    )
    return [
        AcceptanceView(Code(code), number, row.digest, row.member_id, row.locale, row.way, row.at)
        for row, code, number in rows
    ]


async def last_accepted(tx: AsyncSession, organisation_id: UUID, code: Code) -> VersionView | None:
    """The newest version of an agreement that a company accepted: what it is compared with at the gate."""
    query = (
        select(RuleVersion)
        .join(Acceptance, Acceptance.version_id == RuleVersion.id)
        .where(Acceptance.organisation_id == organisation_id, RuleVersion.code == code)
    )
    row = await tx.scalar(query.order_by(RuleVersion.number.desc()).limit(1))
    return _view(row) if row else None


def may_agree(member: Member) -> bool:
    """Whether a member binds the company by accepting an agreement: an owner or signatory of it."""
    return not member.is_staff and Permission.SIGN in granted(member)


def no_version() -> VersionNotFound:
    return VersionNotFound(_("There is no such version."))


async def version_for_update(tx: AsyncSession, version_id: UUID) -> RuleVersion:
    """Locks the row. Raises VersionNotFound."""
    row = await tx.scalar(select(RuleVersion).where(RuleVersion.id == version_id).with_for_update())
    if row is None:
        raise no_version()
    return row
