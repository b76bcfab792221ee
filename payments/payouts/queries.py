"""A supplier's accounts, payouts and balance."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import BankAccountNotFound, PayoutNotFound
from payments.ledger import queries as ledger
from payments.ledger.chart import Kind
from payments.microdeposits.models import MicroDeposit
from payments.payouts.models import BankAccount, ConnectedAccount, Payout
from payments.payouts.states import PayoutState


@dataclass(frozen=True, slots=True)
class BankAccountView:
    id: UUID
    organisation_id: UUID
    scheme: str
    currency: str
    country: str
    holder: str
    bank_code: str
    masked: str
    added_by: UUID
    usable_from: datetime
    confirmed: bool
    removal_asked_by: UUID | None

    @property
    def usable(self) -> bool:
        """Whether it is confirmed, its time to cool off is over, and nobody wants it gone."""
        return self.confirmed and self.usable_from <= clock.now() and self.removal_asked_by is None


@dataclass(frozen=True, slots=True)
class ConnectedView:
    id: UUID
    provider: str
    provider_ref: str
    can_receive: bool
    can_pay_out: bool
    missing: tuple[str, ...]
    failure: str
    disconnected_at: datetime | None = None

    @property
    def usable(self) -> bool:
        return self.can_receive and self.can_pay_out and self.disconnected_at is None


@dataclass(frozen=True, slots=True)
class PayoutView:
    id: UUID
    organisation_id: UUID
    amount: Money
    destination: str
    state: PayoutState
    failure: str
    created_at: datetime
    ended_at: datetime | None


async def balances(tx: AsyncSession, organisation_id: UUID) -> list[Money]:
    """What a supplier can have paid out, one amount for each currency it ever earned."""
    return await ledger.balances_of(tx, Subject("organisation", organisation_id), Kind.PAYABLE)


async def bank_accounts(tx: AsyncSession, organisation_id: UUID) -> list[BankAccountView]:
    """The accounts in use, newest first."""
    rows = await tx.scalars(
        select(BankAccount)
        .where(BankAccount.organisation_id == organisation_id, BankAccount.removed_at.is_(None))
        .order_by(BankAccount.id.desc())
    )
    return [_account(row) for row in rows]


async def bank_account(tx: AsyncSession, account_id: UUID, *, organisation_id: UUID) -> BankAccount:
    """One account in use of this company, locked. Raises BankAccountNotFound."""
    query = select(BankAccount).where(
        BankAccount.id == account_id,
        BankAccount.organisation_id == organisation_id,
        BankAccount.removed_at.is_(None),
    )
    found = await tx.scalar(query.with_for_update())
    if found is None:
        raise BankAccountNotFound(_("There is no such bank account."))
    return found


async def bank_account_view(tx: AsyncSession, account_id: UUID, *, organisation_id: UUID) -> BankAccountView:
    """One account in use of this company. Raises BankAccountNotFound."""
    found = await tx.scalar(
        select(BankAccount).where(
            BankAccount.id == account_id,
            BankAccount.organisation_id == organisation_id,
            BankAccount.removed_at.is_(None),
        )
    )
    if found is None:
        raise BankAccountNotFound(_("There is no such bank account."))
    return _account(found)


async def any_bank_account(tx: AsyncSession, account_id: UUID, *, lock: bool = False) -> BankAccount:
    """One account of any company, in use or not. Raises BankAccountNotFound."""
    query = select(BankAccount).where(BankAccount.id == account_id)
    found = await tx.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise BankAccountNotFound(_("There is no such bank account."))
    return found


async def bank_account_of(tx: AsyncSession, payout_id: UUID) -> BankAccount | None:
    """Where a payout by bank goes, in use or not; None for a payout over a provider."""
    query = select(BankAccount).join(Payout, Payout.bank_account_id == BankAccount.id).where(Payout.id == payout_id)
    return await tx.scalar(query)


async def connected(tx: AsyncSession, organisation_id: UUID) -> ConnectedView | None:
    """The company's account at the provider."""
    row = await tx.scalar(select(ConnectedAccount).where(ConnectedAccount.organisation_id == organisation_id))
    return connected_view(row) if row else None


async def connected_for_update(
    tx: AsyncSession, *, account_id: UUID | None = None, provider_ref: str = ""
) -> ConnectedAccount | None:
    query = select(ConnectedAccount).with_for_update()
    if account_id:
        return await tx.scalar(query.where(ConnectedAccount.id == account_id))
    return await tx.scalar(query.where(ConnectedAccount.provider_ref == provider_ref))


async def under_way(tx: AsyncSession, connected_account_id: UUID) -> bool:
    """Whether a payout over this account has not ended yet."""
    query = select(Payout.id).where(Payout.connected_account_id == connected_account_id, Payout.ended_at.is_(None))
    return await tx.scalar(query.limit(1)) is not None


async def payouts(tx: AsyncSession, organisation_id: UUID, *, limit: int = 50) -> list[PayoutView]:
    """The latest payouts, newest first."""
    rows = await tx.execute(
        select(Payout, BankAccount.masked, ConnectedAccount.provider)
        .outerjoin(BankAccount, BankAccount.id == Payout.bank_account_id)
        .outerjoin(ConnectedAccount, ConnectedAccount.id == Payout.connected_account_id)
        .where(Payout.organisation_id == organisation_id)
        .order_by(Payout.id.desc())
        .limit(limit)
    )
    return [_payout(row, masked or provider) for row, masked, provider in rows]


async def companies(tx: AsyncSession, payout_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """To whom those of these ids go that are payouts or micro-deposits, and in which currency."""
    currency = Payout.amount_currency  # type: ignore[attr-defined]
    paid = select(Payout.id, Payout.organisation_id, currency).where(Payout.id.in_(payout_ids))
    proving = select(MicroDeposit.id, MicroDeposit.organisation_id, MicroDeposit.currency)
    rows = await tx.execute(paid.union_all(proving.where(MicroDeposit.id.in_(payout_ids))))
    return {id_: (company, said) for id_, company, said in rows}


async def payout_for_update(tx: AsyncSession, payout_id: UUID) -> Payout:
    """Raises PayoutNotFound."""
    query = select(Payout).where(Payout.id == payout_id).with_for_update()
    found = await tx.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise PayoutNotFound(_("There is no such payout."))
    return found


def _account(row: BankAccount) -> BankAccountView:
    return BankAccountView(
        id=row.id,
        organisation_id=row.organisation_id,
        scheme=row.scheme,
        currency=row.currency,
        country=row.country,
        holder=row.holder,
        bank_code=row.bank_code,
        masked=row.masked,
        added_by=row.added_by,
        usable_from=row.usable_from,
        confirmed=row.confirmed_at is not None,
        removal_asked_by=row.removal_asked_by,
    )


def connected_view(row: ConnectedAccount) -> ConnectedView:
    return ConnectedView(
        row.id,
        row.provider,
        row.provider_ref,
        row.can_receive,
        row.can_pay_out,
        tuple(row.missing),
        row.failure,
        row.disconnected_at,
    )


def _payout(row: Payout, destination: str) -> PayoutView:
    return PayoutView(
        id=row.id,
        organisation_id=row.organisation_id,
        amount=row.amount,
        destination=destination,
        state=PayoutState(row.state),
        failure=row.failure,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
