"""How far the proof of an account is. No view carries the amount: it is for our bank and the books alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from payments.errors import MicroDepositNotFound
from payments.microdeposits.models import MicroDeposit
from payments.microdeposits.states import LIVE, DepositState
from payments.operations.models import Operation
from payments.operations.states import OPEN, OperationKind
from payments.payouts.models import BankAccount

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('micro_deposit', 0))")


@dataclass(frozen=True, slots=True)
class DepositView:
    id: UUID
    organisation_id: UUID
    bank_account_id: UUID
    currency: str
    state: DepositState
    tries_left: int
    bank_name: str
    likeness: int | None
    reason: str
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None

    @property
    def enterable(self) -> bool:
        """Whether the amount can be entered now."""
        return self.state is DepositState.SENT and self.expires_at is not None and self.expires_at > clock.now()


async def deposit(tx: AsyncSession, deposit_id: UUID) -> DepositView:
    """For staff. Raises MicroDepositNotFound."""
    found = await tx.scalar(select(MicroDeposit).where(MicroDeposit.id == deposit_id))
    if found is None:
        raise MicroDepositNotFound(_("There is no such test transfer."))
    return view(found)


async def deposit_for_update(tx: AsyncSession, deposit_id: UUID) -> MicroDeposit:
    """Raises MicroDepositNotFound."""
    query = select(MicroDeposit).where(MicroDeposit.id == deposit_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise MicroDepositNotFound(_("There is no such test transfer."))
    return found


async def live_for_update(tx: AsyncSession, account_id: UUID) -> MicroDeposit | None:
    """The one of an account that is not over, locked. The caller holds the account's lock."""
    query = select(MicroDeposit).where(MicroDeposit.bank_account_id == account_id, MicroDeposit.state.in_(LIVE))
    return await tx.scalar(query.with_for_update().execution_options(populate_existing=True))


async def of_account(tx: AsyncSession, account_id: UUID, *, limit: int = 20) -> list[DepositView]:
    """The latest of an account, newest first."""
    query = select(MicroDeposit).where(MicroDeposit.bank_account_id == account_id)
    return [view(row) for row in await tx.scalars(query.order_by(MicroDeposit.id.desc()).limit(limit))]


async def latest(tx: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, DepositView]:
    """Account → its newest micro-deposit, for those that had one."""
    query = (
        select(MicroDeposit)
        .where(MicroDeposit.bank_account_id.in_(account_ids))
        .ext(distinct_on(MicroDeposit.bank_account_id))
        .order_by(MicroDeposit.bank_account_id, MicroDeposit.id.desc())
    )
    return {row.bank_account_id: view(row) for row in await tx.scalars(query)}


async def overdue(tx: AsyncSession, *, limit: int) -> list[UUID]:
    """Those whose time to enter the amount is over."""
    query = select(MicroDeposit.id).where(
        MicroDeposit.state == DepositState.SENT, MicroDeposit.expires_at <= clock.now()
    )
    return list(await tx.scalars(query.order_by(MicroDeposit.expires_at).limit(limit)))


async def one_at_a_time(tx: AsyncSession) -> None:
    """Hold off other requests until the transaction ends, so that what is counted stays true."""
    await tx.execute(_ALONE)


async def asked_since(tx: AsyncSession, since: datetime, organisation_id: UUID | None = None) -> list[datetime]:
    """When micro-deposits were asked for since then, by one company or all, the oldest first."""
    query = select(MicroDeposit.created_at).where(MicroDeposit.created_at > since)
    if organisation_id is not None:
        query = query.where(MicroDeposit.organisation_id == organisation_id)
    return list(await tx.scalars(query.order_by(MicroDeposit.created_at)))


async def promised(tx: AsyncSession, currency: str, since: datetime) -> int:
    """What micro-deposits planned since then come to, in minor units."""
    minor, code = Operation.amount_minor, Operation.amount_currency  # type: ignore[attr-defined]
    query = select(func.coalesce(func.sum(minor), 0)).where(
        Operation.kind == OperationKind.MICRO_DEPOSIT, code == currency, Operation.created_at > since
    )
    return int((await tx.execute(query)).scalar_one())


async def amount(tx: AsyncSession, deposit_id: UUID) -> Money:
    """What was sent. For the comparison alone; never for a page, a mail or a log."""
    query = select(Operation).where(Operation.part_id == deposit_id, Operation.kind == OperationKind.MICRO_DEPOSIT)
    found = (await tx.scalars(query)).one()
    return found.amount


async def account(tx: AsyncSession, deposit_id: UUID) -> BankAccount | None:
    """Where it goes, in use or not."""
    query = select(BankAccount).join(MicroDeposit, MicroDeposit.bank_account_id == BankAccount.id)
    return await tx.scalar(query.where(MicroDeposit.id == deposit_id))


async def waiting_operation(tx: AsyncSession, deposit_id: UUID) -> UUID | None:
    """The payment that our bank is still to make."""
    query = select(Operation.id).where(
        Operation.part_id == deposit_id, Operation.kind == OperationKind.MICRO_DEPOSIT, Operation.state.in_(OPEN)
    )
    return await tx.scalar(query)


def view(row: MicroDeposit) -> DepositView:
    return DepositView(
        id=row.id,
        organisation_id=row.organisation_id,
        bank_account_id=row.bank_account_id,
        currency=row.currency,
        state=DepositState(row.state),
        tries_left=row.tries - len(row.tried),
        bank_name=row.bank_name,
        likeness=row.likeness,
        reason=row.reason,
        created_at=row.created_at,
        sent_at=row.sent_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
    )
