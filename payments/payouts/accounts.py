"""Where a supplier is paid: its bank accounts, and its account at the provider."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.crypto import Vault
from app.core.i18n import _
from app.core.ids import new_id
from payments.errors import RailUnavailable
from payments.events import AccountWanted
from payments.gateway import Account
from payments.payouts import queries
from payments.payouts.models import BankAccount, ConnectedAccount
from payments.payouts.numbers import BankNumber
from payments.payouts.queries import ConnectedView
from trust.access import Member, Permission, require
from trust.identity.service import audit, notify, require_step_up

COOL_OFF = timedelta(hours=72)


async def add_bank_account(tx: AsyncSession, vault: Vault, number: BankNumber, currency: str, *, by: Member) -> UUID:
    """Add an account in the company's own name. It takes payouts after 72 hours; everyone who minds its money is told.

    Raises NotPermitted, StepUpNeeded.
    """
    require(by, Permission.MANAGE_BANK)
    await require_step_up(tx, by)
    id_ = new_id()
    tx.add(
        BankAccount(
            id=id_,
            organisation_id=by.organisation_id,
            scheme=number.scheme,
            currency=currency,
            country=number.country,
            holder=by.organisation_name,
            bank_code=number.bank_code,
            sealed=vault.seal(number.number, seal_context(id_)),
            masked=number.masked,
            added_by=by.id,
            usable_from=clock.now() + COOL_OFF,
        )
    )
    await tx.flush()
    audit(tx, by.organisation_id, by.id, "bank_account_added", account=str(id_), masked=number.masked)
    context = {"masked": number.masked, "who": by.name, "hours": COOL_OFF // timedelta(hours=1)}
    await notify(tx, by.organisation_id, Permission.MANAGE_BANK, "bank_account_added", context)
    return id_


async def remove_bank_account(tx: AsyncSession, account_id: UUID, *, by: Member) -> None:
    """No new payouts go there. Raises NotPermitted, StepUpNeeded, BankAccountNotFound."""
    require(by, Permission.MANAGE_BANK)
    await require_step_up(tx, by)
    row = await queries.bank_account(tx, account_id, organisation_id=by.organisation_id)
    row.removed_at = clock.now()
    audit(tx, by.organisation_id, by.id, "bank_account_removed", account=str(account_id), masked=row.masked)


def reveal(tx: AsyncSession, vault: Vault, account: BankAccount, *, by: Member) -> str:
    """The whole account number, for whoever sends the transfer; the look is logged. Raises NotPermitted, Unsealable."""
    require(by, Permission.BOOK_MONEY)
    audit(tx, account.organisation_id, by.id, "bank_account_seen", account=str(account.id))
    return vault.open(account.sealed, seal_context(account.id))


def seal_context(account_id: UUID) -> str:
    return f"bank_account:number:{account_id}"


async def connect(tx: AsyncSession, provider: str, countries: frozenset[str], *, by: Member) -> None:
    """Open the company's account at the provider; asking again refreshes it and its onboarding address.

    countries  where the provider opens accounts. Raises NotPermitted, RailUnavailable for another country.
    """
    require(by, Permission.MANAGE_BANK)
    if by.country not in countries:
        raise RailUnavailable(_("This provider does not pay to your country. Please add a bank account instead."))
    seen = await queries.connected(tx, by.organisation_id)
    account_id = seen.id if seen else new_id()
    if seen is None:
        tx.add(
            ConnectedAccount(
                id=account_id,
                organisation_id=by.organisation_id,
                provider=provider,
                country=by.country,
                missing=[],
                opened_by=by.id,
            )
        )
        await tx.flush()
        audit(tx, by.organisation_id, by.id, "connected_account_opened", provider=provider)
    await outbox.publish(tx, AccountWanted(account_id))


async def account_view(tx: AsyncSession, account_id: UUID) -> tuple[ConnectedView, UUID, str]:
    """The account with its company and country, for the job that opens it."""
    row = await queries.connected_for_update(tx, account_id=account_id)
    if row is None:
        raise LookupError(f"no connected account {account_id}")
    return queries.connected_view(row), row.organisation_id, row.country


async def record_account(tx: AsyncSession, account_id: UUID, account: Account, onboarding_url: str) -> None:
    """What the provider says of the account now."""
    row = await queries.connected_for_update(tx, account_id=account_id)
    if row is not None:
        row.provider_ref = account.id
        row.can_receive, row.can_pay_out = account.can_receive, account.can_pay_out
        row.missing = [word[:120] for word in account.missing]
        row.onboarding_url, row.failure = onboarding_url, ""


async def record_told(tx: AsyncSession, account: Account) -> None:
    """What a webhook made us ask of an account; one that is not ours is left alone."""
    row = await queries.connected_for_update(tx, provider_ref=account.id)
    if row is not None:
        url = row.onboarding_url if account.missing else ""
        await record_account(tx, row.id, account, url)


async def account_refused(tx: AsyncSession, account_id: UUID, reason: str) -> None:
    row = await queries.connected_for_update(tx, account_id=account_id)
    if row is not None:
        row.failure = reason
