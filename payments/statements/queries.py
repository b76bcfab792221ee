"""What is asked of statements and their lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from payments.errors import StatementNotFound
from payments.statements.models import BankLine, Statement, StatementFile
from payments.statements.states import Direction, FileState, LineStatus


@dataclass(frozen=True, slots=True)
class FileView:
    id: UUID
    filename: str
    sha256: str
    state: FileState
    total: int
    done: int
    problem: str
    uploaded_by: UUID
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementView:
    id: UUID
    account: str
    currency: str
    bank_id: str
    sequence: int | None
    from_on: date | None
    to_on: date | None
    opening: Money
    closing: Money


@dataclass(frozen=True, slots=True)
class LineView:
    id: UUID
    statement_id: UUID
    number: int
    direction: Direction
    returned: bool
    amount: Money
    booked_on: date
    value_on: date
    bank_ref: str
    end_to_end: str
    reference: str
    remittance: str
    name: str
    bank_code: str
    country: str
    masked: str
    code: str
    reason: str
    status: LineStatus
    reasons: list[dict[str, Any]]
    milestone_id: UUID | None
    operation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of a file are in which state, and how much they are."""

    status: LineStatus
    direction: Direction
    count: int
    amount: Money


async def file_for_update(tx: AsyncSession, file_id: UUID) -> StatementFile:
    """Raises StatementNotFound."""
    query = select(StatementFile).where(StatementFile.id == file_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise StatementNotFound(_("There is no such statement."))
    return found


async def file(tx: AsyncSession, file_id: UUID) -> FileView:
    """Raises StatementNotFound."""
    found = await tx.scalar(select(StatementFile).where(StatementFile.id == file_id))
    if found is None:
        raise StatementNotFound(_("There is no such statement."))
    return file_view(found)


async def stored(tx: AsyncSession, file_id: UUID) -> tuple[str, str]:
    """Under which key a file lies in the store, and the language of whoever sent it. Raises StatementNotFound."""
    query = select(StatementFile.file_key, StatementFile.locale).where(StatementFile.id == file_id)
    found = (await tx.execute(query)).first()
    if found is None:
        raise StatementNotFound(_("There is no such statement."))
    return found[0], found[1]


async def files(tx: AsyncSession, *, offset: int = 0, limit: int = 50) -> tuple[list[FileView], int]:
    """Newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(StatementFile))).scalar_one()
    rows = await tx.scalars(select(StatementFile).order_by(StatementFile.id.desc()).offset(offset).limit(limit))
    return [file_view(row) for row in rows], total


async def kept_under(tx: AsyncSession, sha256: str) -> FileView | None:
    """The file with these bytes that was not refused."""
    query = select(StatementFile).where(StatementFile.sha256 == sha256, StatementFile.state != FileState.REFUSED)
    found = await tx.scalar(query)
    return file_view(found) if found else None


async def statements_of(tx: AsyncSession, file_id: UUID) -> list[StatementView]:
    rows = await tx.scalars(select(Statement).where(Statement.file_id == file_id).order_by(Statement.id))
    return [statement_view(row) for row in rows]


async def statement(tx: AsyncSession, statement_id: UUID) -> tuple[StatementView, UUID]:
    """One statement, and its file's id. Raises StatementNotFound."""
    found = await tx.scalar(select(Statement).where(Statement.id == statement_id))
    if found is None:
        raise StatementNotFound(_("There is no such statement."))
    return statement_view(found), found.file_id


async def known_as(tx: AsyncSession, account: str, currency: str, bank_id: str) -> datetime | None:
    """When the statement with this number of the bank's was imported."""
    query = select(Statement.created_at).where(
        Statement.account == account, Statement.currency == currency, Statement.bank_id == bank_id
    )
    return await tx.scalar(query)


async def latest(tx: AsyncSession, account: str, currency: str) -> Statement | None:
    """The statement that the next one continues."""
    query = select(Statement).where(Statement.account == account, Statement.currency == currency)
    return await tx.scalar(query.order_by(Statement.id.desc()).limit(1))


async def latest_of_all(tx: AsyncSession) -> list[StatementView]:
    """The newest statement of each account and currency."""
    query = select(Statement).ext(distinct_on(Statement.account, Statement.currency))
    rows = await tx.scalars(query.order_by(Statement.account, Statement.currency, Statement.id.desc()))
    return [statement_view(row) for row in rows]


async def new_lines(tx: AsyncSession, file_id: UUID, limit: int) -> list[BankLine]:
    """The next lines to book, locked: statement by statement, what came back after what went."""
    for (statement_id,) in await tx.execute(
        select(Statement.id).where(Statement.file_id == file_id).order_by(Statement.id)
    ):
        query = select(BankLine).where(BankLine.statement_id == statement_id, BankLine.status == LineStatus.NEW)
        query = query.order_by(BankLine.returned, BankLine.number).limit(limit).with_for_update()
        found = list(await tx.scalars(query))
        if found:
            return found
    return []


async def line(tx: AsyncSession, line_id: UUID) -> LineView:
    """Raises StatementNotFound."""
    return line_view(await line_row(tx, line_id))


async def line_row(tx: AsyncSession, line_id: UUID) -> BankLine:
    """Raises StatementNotFound."""
    found = await tx.scalar(select(BankLine).where(BankLine.id == line_id))
    if found is None:
        raise StatementNotFound(_("There is no such line."))
    return found


async def that_brought(tx: AsyncSession, operation_id: UUID) -> BankLine | None:
    """The newest line whose money an operation received, if it names the account it came from."""
    query = select(BankLine).where(
        BankLine.operation_id == operation_id, BankLine.direction == Direction.CREDIT, BankLine.sealed.is_not(None)
    )
    return await tx.scalar(query.order_by(BankLine.id.desc()).limit(1))


async def lines(
    tx: AsyncSession, file_id: UUID, *, status: LineStatus | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[LineView], int]:
    """The lines of a file in the bank's order, and how many there are."""
    query = select(BankLine).join(Statement, Statement.id == BankLine.statement_id).where(Statement.file_id == file_id)
    if status is not None:
        query = query.where(BankLine.status == status)
    total = (await tx.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    rows = await tx.scalars(query.order_by(Statement.id, BankLine.number).offset(offset).limit(limit))
    return [line_view(row) for row in rows], total


async def tallies(tx: AsyncSession, file_id: UUID) -> list[Tally]:
    """Lines of a file by state, direction and currency."""
    minor, currency = BankLine.amount_minor, BankLine.amount_currency  # type: ignore[attr-defined]
    order = case((BankLine.status == LineStatus.CASE, 0), else_=1)
    rows = await tx.execute(
        select(BankLine.status, BankLine.direction, currency, func.count(), func.sum(minor))
        .join(Statement, Statement.id == BankLine.statement_id)
        .where(Statement.file_id == file_id)
        .group_by(BankLine.status, BankLine.direction, currency)
        .order_by(order, BankLine.status, BankLine.direction, currency)
    )
    return [Tally(LineStatus(s), Direction(d), n, Money(int(total), c)) for s, d, c, n, total in rows]


async def carries(tx: AsyncSession, bank_ref: str, direction: Direction) -> bool:
    """Whether a statement has brought a line with this number of the bank's."""
    query = select(exists().where(BankLine.bank_ref == bank_ref, BankLine.direction == direction))
    return bool(await tx.scalar(query))


async def seen_accounts(tx: AsyncSession, marks: Sequence[bytes]) -> frozenset[tuple[bytes, UUID]]:
    """(mark, company) for each of these accounts from which a company's money has come."""
    if not marks:
        return frozenset()
    rows = await tx.execute(
        select(BankLine.mark, BankLine.payer_id)
        .where(BankLine.mark.in_(marks), BankLine.payer_id.is_not(None))
        .distinct()
    )
    return frozenset((mark, payer) for mark, payer in rows if mark is not None and payer is not None)


def file_view(row: StatementFile) -> FileView:
    return FileView(
        row.id,
        row.filename,
        row.sha256,
        FileState(row.state),
        row.total,
        row.done,
        row.problem,
        row.uploaded_by,
        row.created_at,
        row.finished_at,
    )


def statement_view(row: Statement) -> StatementView:
    return StatementView(
        row.id,
        row.account,
        row.currency,
        row.bank_id,
        row.sequence,
        row.from_on,
        row.to_on,
        row.opening,
        row.closing,
    )


def line_view(row: BankLine) -> LineView:
    return LineView(
        **{name: getattr(row, name) for name in LineView.__slots__ if name not in ("direction", "status")},
        direction=Direction(row.direction),
        status=LineStatus(row.status),
    )
