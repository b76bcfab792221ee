"""Where a supplier is paid: its bank accounts, and its account at the provider."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox, post
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.i18n import _, format_exact
from app.core.ids import new_id
from app.core.subject import Subject
from payments.errors import BankAccountNotFound, RailUnavailable, SamePerson
from payments.escrow import queries as escrows
from payments.events import AccountWanted
from payments.gateway import Account
from payments.microdeposits import service as microdeposits
from payments.names import same_company
from payments.payouts import guarding, queries
from payments.payouts.grounds import fall_back
from payments.payouts.models import BankAccount, ConnectedAccount
from payments.payouts.numbers import BankNumber
from payments.payouts.queries import ConnectedView
from trust.access import Member, NotVerified, Permission, require
from trust.identity import queries as identity
from trust.identity.service import audit, notify, require_step_up
from trust.verification.events import BankAccountConfirmed

COOL_OFF = timedelta(hours=72)
COOL_OFF_ALONE = timedelta(days=7)
"""Where a company has one member, nobody can confirm: time must do it."""
LEVEL = 2  # legal entity confirmed


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as its owner names it; `holder` is the name that the bank has."""

    number: BankNumber
    currency: str
    holder: str


async def add_bank_account(tx: AsyncSession, vault: Vault, new: NewAccount, *, by: Member) -> UUID:
    """Add an account in the company's own name. A second member confirms it, and 72 hours later it takes payouts; in a
    company with one member it does so after seven days. Everyone who minds its money is told.

    Raises NotPermitted, NotVerified, StepUpNeeded, Invalid naming `holder` when the account is not the company's. May
    hold the company's payouts for a time (payments.payouts.guarding).
    """
    require(by, Permission.MANAGE_BANK)
    if by.level < LEVEL:
        raise NotVerified(_("Your company must be verified first. Open Verification to send the documents."))
    await require_step_up(tx, by)
    now, id_, number = clock.now(), new_id(), new.number
    held = await guarding.check_account(tx, vault, Subject("bank_account", id_), number, new.holder, by=by)
    await _check_holder(tx, new.holder, by)
    alone = await _alone(tx, by)
    row = BankAccount(
        id=id_,
        organisation_id=by.organisation_id,
        scheme=number.scheme,
        currency=new.currency,
        country=number.country,
        holder=new.holder,
        bank_code=number.bank_code,
        sealed=vault.seal(number.number, seal_context(id_)),
        masked=number.masked,
        added_by=by.id,
        usable_from=now + (COOL_OFF_ALONE if alone else COOL_OFF),
        confirmed_at=now if alone else None,
    )
    tx.add(row)
    await tx.flush()
    await _note(tx, row, "added", by)
    context = {"masked": row.masked, "who": by.name, "hours": _hours(alone), "confirmed": alone}
    await _tell_company(tx, by.organisation_id, "bank_account_added", context)
    if held is not None:
        await _tell_company(tx, by.organisation_id, "payouts_held", {"until": format_exact(held)})
    if alone or held is not None:
        await _tell_buyers(tx, by.organisation_id)
    return id_


async def _check_holder(tx: AsyncSession, holder: str, by: Member) -> None:
    company = await identity.organisation(tx, by.organisation_id)
    if not same_company(holder, (company.name_original, company.name_latin)):
        message = _("The account is not in your company's verified name. If the name is new, have it verified first.")
        raise Invalid(message, field="holder")


async def _alone(tx: AsyncSession, by: Member) -> bool:
    return len(await identity.members(tx, by.organisation_id)) == 1


def _hours(alone: bool) -> int:
    return (COOL_OFF_ALONE if alone else COOL_OFF) // timedelta(hours=1)


async def confirm_bank_account(tx: AsyncSession, account_id: UUID, *, by: Member) -> None:
    """A second member agrees with a new account; 72 hours later it takes payouts. All parties of open deals are told.

    Raises NotPermitted, StepUpNeeded, BankAccountNotFound, SamePerson, Conflict when it is confirmed already.
    """
    require(by, Permission.MANAGE_BANK)
    await require_step_up(tx, by)
    row = await queries.bank_account(tx, account_id, organisation_id=by.organisation_id)
    if row.confirmed_at is not None:
        raise Conflict(_("This account is confirmed already."))
    if row.added_by == by.id:
        raise SamePerson(_("You added this account yourself. Another member has to confirm it."))
    row.confirmed_by, row.confirmed_at, row.usable_from = by.id, clock.now(), clock.now() + COOL_OFF
    await _note(tx, row, "confirmed", by)
    await outbox.publish(tx, BankAccountConfirmed(row.organisation_id, row.id, row.country, "bank"))
    context = {"masked": row.masked, "who": by.name, "hours": _hours(alone=False), "confirmed": True}
    await _tell_company(tx, by.organisation_id, "bank_account_added", context)
    await _tell_buyers(tx, by.organisation_id)


async def remove_bank_account(tx: AsyncSession, account_id: UUID, *, by: Member) -> bool:
    """No new payouts go there: at once when it was not confirmed yet or the company has one member, else a second
    member has to ask for it too. Until then it takes no payouts either. Returns whether it is gone.

    Raises NotPermitted, StepUpNeeded, BankAccountNotFound, SamePerson.
    """
    require(by, Permission.MANAGE_BANK)
    await require_step_up(tx, by)
    row = await queries.bank_account(tx, account_id, organisation_id=by.organisation_id)
    at_once = row.confirmed_at is None or await _alone(tx, by)
    if not at_once and row.removal_asked_by is None:
        row.removal_asked_by = by.id
        await _note(tx, row, "removal_asked", by)
        await _tell_company(tx, by.organisation_id, "bank_account_removed", _removal(row, by, gone=False))
        return False
    if not at_once and row.removal_asked_by == by.id:
        raise SamePerson(_("You asked for this yourself. Another member has to agree."))
    await microdeposits.call_off(tx, row, by=by)
    await fall_back(tx, row.organisation_id, row.id)
    row.removed_at, row.removed_by = clock.now(), None if at_once else by.id
    await _note(tx, row, "removed", by)
    await _tell_company(tx, by.organisation_id, "bank_account_removed", _removal(row, by, gone=True))
    if row.confirmed_at is not None:
        await _tell_buyers(tx, by.organisation_id)
    return True


async def keep_bank_account(tx: AsyncSession, account_id: UUID, *, by: Member) -> None:
    """It is not removed after all. Raises NotPermitted, StepUpNeeded, BankAccountNotFound, Conflict."""
    require(by, Permission.MANAGE_BANK)
    await require_step_up(tx, by)
    row = await queries.bank_account(tx, account_id, organisation_id=by.organisation_id)
    if row.removal_asked_by is None:
        raise Conflict(_("Nobody has asked to remove this account."))
    row.removal_asked_by = None
    await _note(tx, row, "kept", by)


def _removal(row: BankAccount, by: Member, *, gone: bool) -> dict[str, Any]:
    return {"masked": row.masked, "who": by.name, "gone": gone}


async def _note(tx: AsyncSession, row: BankAccount, what: str, by: Member) -> None:
    audit(tx, row.organisation_id, by.id, f"bank_account_{what}", account=str(row.id), masked=row.masked)
    said = {"organisation": row.organisation_id, "masked": row.masked, "currency": row.currency}
    await evidence.record(tx, Subject("bank_account", row.id), f"bank_account.{what}", said, actor=by.id)


async def _tell_company(tx: AsyncSession, organisation_id: UUID, template: str, context: dict[str, Any]) -> None:
    """Everyone who minds the money, and the company's first contact, whoever that is by now."""
    await notify(tx, organisation_id, Permission.MANAGE_BANK, template, context)
    told = {
        reader.member_id for reader in await identity.members_to_notify(tx, organisation_id, Permission.MANAGE_BANK)
    }
    first = await identity.first_contact(tx, organisation_id)
    if first is not None and first.member_id not in told:
        said = {**context, "recipient": first.name}
        await post.send(tx, to=first.email, locale=first.locale, template=template, context=said)


async def _tell_buyers(tx: AsyncSession, organisation_id: UUID) -> None:
    """Whoever is to pay for this supplier's goods hears that something changed, and that nothing changes for them."""
    name = (await identity.organisation(tx, organisation_id)).name_latin
    for buyer_id in await escrows.buyers_with_open_deals(tx, organisation_id):
        context = {"supplier": name}
        await notify(tx, buyer_id, Permission.PAY, "payout_details_changed", context)


def reveal(tx: AsyncSession, vault: Vault, account: BankAccount, *, by: Member) -> str:
    """The whole account number, for whoever sends the transfer; the look is logged. Raises NotPermitted, Unsealable."""
    require(by, Permission.BOOK_MONEY)
    audit(tx, account.organisation_id, by.id, "bank_account_seen", account=str(account.id))
    return vault.open(account.sealed, seal_context(account.id))


def seal_context(account_id: UUID) -> str:
    return f"bank_account:number:{account_id}"


async def connect(tx: AsyncSession, provider: str, countries: frozenset[str], *, by: Member) -> None:
    """Open the company's account at the provider; asking again looks at it once more.

    countries  where the provider opens accounts
    Raises NotPermitted, RailUnavailable for another country, and to open one StepUpNeeded, ForPeopleOnly. May hold the
    company's payouts for a time (payments.payouts.guarding).
    """
    require(by, Permission.MANAGE_BANK)
    if by.country not in countries:
        raise RailUnavailable(_("This provider does not pay to your country. Please add a bank account instead."))
    seen = await queries.connected(tx, by.organisation_id)
    if seen is None:
        account_id = await _open(tx, provider, by)
    elif seen.disconnected_at is not None:
        account_id = await _open(tx, provider, by, again=seen.id)
    else:
        account_id = seen.id
    await outbox.publish(tx, AccountWanted(account_id))


async def disconnect(tx: AsyncSession, *, by: Member) -> None:
    """Nothing is paid out over the company's account at the provider any more; there it stays what it is. Everyone who
    minds its money is told. Asking to open it again connects it again, with all that opening one takes.

    Raises NotPermitted, StepUpNeeded, ForPeopleOnly, BankAccountNotFound, Conflict while a payout is under way.
    """
    require(by, Permission.MANAGE_BANK)
    await require_step_up(tx, by)
    seen = await queries.connected(tx, by.organisation_id)
    row = await queries.connected_for_update(tx, account_id=seen.id) if seen else None
    if row is None or row.disconnected_at is not None:
        raise BankAccountNotFound(_("There is no account at the provider that is in use."))
    if await queries.under_way(tx, row.id):
        raise Conflict(_("A payout over this account is under way. Wait until it has arrived or failed."))
    row.disconnected_at = clock.now()
    audit(tx, by.organisation_id, by.id, "connected_account_disconnected", provider=row.provider)
    said = {"organisation": row.organisation_id, "provider": row.provider}
    await evidence.record(tx, Subject("connected_account", row.id), "connected_account.disconnected", said, actor=by.id)
    await _tell_company(tx, by.organisation_id, "provider_account_disconnected", {"who": by.name})


async def _open(tx: AsyncSession, provider: str, by: Member, *, again: UUID | None = None) -> UUID:
    await require_step_up(tx, by)
    id_ = again or new_id()
    held = await guarding.check_connection(tx, Subject("connected_account", id_), by=by)
    row = await queries.connected_for_update(tx, account_id=again) if again else None
    if row is None:
        row = ConnectedAccount(
            id=id_,
            organisation_id=by.organisation_id,
            provider=provider,
            country=by.country,
            missing=[],
            banks=[],
            opened_by=by.id,
        )
        tx.add(row)
    row.disconnected_at = None
    await tx.flush()
    audit(tx, by.organisation_id, by.id, "connected_account_opened", provider=provider)
    said = {"who": by.name, "until": format_exact(held) if held else ""}
    await _tell_company(tx, by.organisation_id, "provider_account_opened", said)
    if held is not None:
        await _tell_buyers(tx, by.organisation_id)
    return id_


async def account_view(tx: AsyncSession, account_id: UUID) -> tuple[ConnectedView, UUID, str]:
    """The account with its company and country, for the job that opens it."""
    row = await queries.connected_for_update(tx, account_id=account_id)
    if row is None:
        raise LookupError(f"no connected account {account_id}")
    return queries.connected_view(row), row.organisation_id, row.country


async def record_account(tx: AsyncSession, account_id: UUID, account: Account) -> None:
    """What the provider says of the account now."""
    row = await queries.connected_for_update(tx, account_id=account_id)
    if row is not None:
        row.provider_ref = account.id
        row.can_receive, row.can_pay_out = account.can_receive, account.can_pay_out
        row.missing = [word[:120] for word in account.missing]
        row.failure = ""
        await _compare_banks(tx, row, account.banks)


async def _compare_banks(tx: AsyncSession, row: ConnectedAccount, banks: tuple[str, ...]) -> None:
    """Another bank account at the provider is a change of account like one here; the first one is none.

    One that is gone leaves its mark until another takes its place: who removes it and names another changes it too.
    """
    if not banks:
        return
    new, known = set(banks) - set(row.banks), bool(row.banks)
    row.banks = sorted(bank[:120] for bank in banks)
    if not new or not known:
        return
    about = Subject("connected_account", row.id)
    held = await guarding.check_provider_s_bank(tx, about, row.organisation_id, row.country)
    audit(tx, row.organisation_id, None, "connected_account_bank_changed", provider=row.provider)
    said = {"organisation": row.organisation_id, "provider": row.provider, "banks": row.banks}
    await evidence.record(tx, about, "connected_account.bank_changed", said, actor=None)
    until = {"until": format_exact(held) if held else ""}
    await _tell_company(tx, row.organisation_id, "provider_bank_changed", until)
    if held is not None:
        await _tell_buyers(tx, row.organisation_id)


async def record_told(tx: AsyncSession, account: Account) -> None:
    """What a webhook made us ask of an account; one that is not ours is left alone."""
    row = await queries.connected_for_update(tx, provider_ref=account.id)
    if row is not None:
        await record_account(tx, row.id, account)


async def account_refused(tx: AsyncSession, account_id: UUID, reason: str) -> None:
    row = await queries.connected_for_update(tx, account_id=account_id)
    if row is not None:
        row.failure = reason
