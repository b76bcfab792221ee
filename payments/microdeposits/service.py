"""Proving a bank account: we send a small amount of our own, and whoever minds the account says how much arrived."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.errors import Conflict, Invalid, TooMany
from app.core.i18n import _, format_date
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments import proof
from payments.bank import queries as bookings
from payments.errors import CoolingOff, RailUnavailable
from payments.ledger import chart
from payments.ledger.service import credit, debit
from payments.microdeposits import queries, sending
from payments.microdeposits.models import MicroDeposit
from payments.microdeposits.naming import REVIEW_KIND, fits
from payments.microdeposits.queries import DepositView
from payments.microdeposits.states import DepositMove, DepositState
from payments.microdeposits.telling import note, tell
from payments.microdeposits.terms import Terms, terms
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.states import OperationKind, OperationMove, OperationState
from payments.payouts import queries as payouts
from payments.payouts.models import BankAccount
from payments.runs import queries as runs
from trust.access import Member, NotVerified, Permission, Scope, require, unbound
from trust.identity import queries as identity
from trust.reviews import service as reviews
from trust.reviews.events import ReviewDecided, Verdict
from trust.risk import holds
from trust.screening import standing
from trust.screening.states import Point
from trust.verification.events import BankAccountConfirmed
from trust.verification.facts import GOOD_FOR
from trust.verification.service import RENEWED_FROM

LEVEL = 2  # legal entity confirmed: there is a verified name to compare the holder with
DAY = timedelta(hours=24)


async def ask(
    tx: AsyncSession, account_id: UUID, *, by: Member, chance: Callable[[int], int] = secrets.randbelow
) -> UUID:
    """Ask for a small transfer to an account of one's own company; it waits for a payment run. Locks the account.

    chance  a number from 0 to below its argument that nobody can foresee
    Raises NotPermitted, NotVerified, Restricted, PartyStopped, OnHold, BankAccountNotFound, CoolingOff while the
    account itself is not confirmed or is to be removed, Conflict while another is under way or the last one holds,
    RailUnavailable for a currency in which none are sent or we have no money of our own, TooMany.
    """
    require(by, Permission.MANAGE_BANK)
    if by.level < LEVEL:
        raise NotVerified(_("Your company must be verified first. Open Verification to send the documents."))
    unbound((await identity.bound(tx, [by.organisation_id]))[by.organisation_id], Scope.PAYOUT)
    account = await payouts.bank_account(tx, account_id, organisation_id=by.organisation_id)
    await _check_account(tx, account)
    await standing.check(tx, Point.PAYOUT, by.organisation_id, currency=account.currency)
    await holds.check_hold(tx, *sorted(_names(account), key=str))
    rules = terms(clock.now().date())
    await queries.one_at_a_time(tx)
    await _check_limits(tx, rules, by.organisation_id)
    amount = Money(1 + chance(await _highest(tx, rules, account.currency)), account.currency)
    row = MicroDeposit(
        id=new_id(),
        organisation_id=by.organisation_id,
        bank_account_id=account.id,
        currency=account.currency,
        state=DepositState.REQUESTED,
        tries=rules.tries,
        tried=[],
        requested_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    await _plan(tx, row, amount)
    await note(tx, row, "asked", account, by=by.id)
    return row.id


def _names(account: BankAccount) -> list[Subject]:
    return [holds.payouts_of(account.organisation_id), Subject("bank_account", account.id)]


async def _check_account(tx: AsyncSession, account: BankAccount) -> None:
    if account.confirmed_at is None:
        raise CoolingOff(_("A second member of your company has to confirm this account first."))
    if account.removal_asked_by is not None:
        raise CoolingOff(_("A member of your company has asked to remove this account."))
    before = await queries.latest(tx, [account.id])
    last = before.get(account.id)
    if last is not None and last.ended_at is None:
        raise Conflict(_("A test transfer to this account is under way already."))
    if last is not None and not renewable(last):
        raise Conflict(_("This account is proved already."))


def renewable(last: DepositView) -> bool:
    """Whether another may be asked for after this one: what was proved holds half a year, as other facts do."""
    if last.state is not DepositState.PROVED or last.ended_at is None:
        return last.ended_at is not None
    return clock.now() >= last.ended_at + GOOD_FOR - RENEWED_FROM


async def _check_limits(tx: AsyncSession, rules: Terms, organisation_id: UUID) -> None:
    now = clock.now()
    own = await queries.asked_since(tx, now - rules.window, organisation_id)
    if len(own) >= rules.of_company:
        again = own[-rules.of_company] + rules.window
        message = _("Your company has asked for %(count)s test transfers. It can ask again on %(date)s.")
        wait = int((again - now).total_seconds()) + 1
        raise TooMany(message % {"count": len(own), "date": format_date(again)}, retry_after=wait)
    all_ = await queries.asked_since(tx, now - DAY)
    if len(all_) >= rules.a_day:
        wait = int((all_[-rules.a_day] + DAY - now).total_seconds()) + 1
        raise TooMany(_("No more test transfers can be sent today. Please ask again tomorrow."), retry_after=wait)


async def _highest(tx: AsyncSession, rules: Terms, currency: str) -> int:
    """What it may come to, in minor units, out of money of our own: what others are owed is never touched."""
    highest = rules.highest.get(currency)
    if highest is None:
        raise RailUnavailable(_("Accounts in this currency cannot be proved by a test transfer."))
    own = await proof.own_money(tx, currency)
    promised = await queries.promised(tx, currency, own.at)
    if own.amount.minor - promised < highest:
        message = _("We cannot send test transfers in this currency at present. Your payouts are not affected.")
        raise RailUnavailable(message)
    return highest


async def _plan(tx: AsyncSession, row: MicroDeposit, amount: Money) -> None:
    """The platform's own payment: nobody of the company is behind it, so that a copy of a member's own data does not
    tell how much it was."""
    plan = operating.Plan(
        kind=OperationKind.MICRO_DEPOSIT,
        provider=operating.BANK,
        subject=Subject("organisation", row.organisation_id),
        part_id=row.id,
        amount=amount,
        by=None,
        reference=f"ACCOUNT CHECK {row.id.hex[-8:].upper()}",
    )
    operation = await operating.plan(tx, plan, send=False)
    legs = [debit(chart.MICRO_DEPOSIT, amount), credit(chart.IN_TRANSIT, amount)]
    await sending.post_legs(tx, operation, "micro_deposit", legs, "asked for, to prove a bank account")


async def enter(tx: AsyncSession, account_id: UUID, amount: Money, *, by: Member) -> DepositView:
    """Say how much arrived; how it stands now. Locks the account and its micro-deposit.

    A wrong amount is no error here: the caller commits, so that it counts, and refuses it after that. The same wrong
    amount twice counts once. Raises NotPermitted, BankAccountNotFound, CoolingOff while the account is to be removed,
    Conflict when no amount is awaited, Invalid naming `amount` for another currency or less than nothing.
    """
    require(by, Permission.MANAGE_BANK)
    account = await payouts.bank_account(tx, account_id, organisation_id=by.organisation_id)
    if account.removal_asked_by is not None:
        raise CoolingOff(_("A member of your company has asked to remove this account."))
    row = await queries.live_for_update(tx, account.id)
    if row is None and (known := await _known(tx, account, amount)):
        return known
    if row is None or row.state != DepositState.SENT:
        raise Conflict(_("No amount is awaited for this account."))
    if amount.currency != row.currency or amount.minor <= 0:
        raise Invalid(_("Please enter the amount as it arrived, in the account's currency."), field="amount")
    if row.expires_at is not None and row.expires_at <= clock.now():
        await _end(tx, row, account, DepositMove.EXPIRE)
    elif amount == await queries.amount(tx, row.id):
        await _right(tx, row, account, by)
    elif amount.minor not in row.tried:
        row.tried = [*row.tried, amount.minor]
        await note(tx, row, "tried", account, by=by.id, left=row.tries - len(row.tried))
        if len(row.tried) >= row.tries:
            await _end(tx, row, account, DepositMove.EXHAUST, by=by.id)
    await tx.flush()
    return queries.view(row)


async def _known(tx: AsyncSession, account: BankAccount, amount: Money) -> DepositView | None:
    """The proof that this amount gave before: who says the same once more gets the same answer."""
    last = (await queries.latest(tx, [account.id])).get(account.id)
    if last is None or last.state is not DepositState.PROVED:
        return None
    return last if await queries.amount(tx, last.id) == amount else None


async def _right(tx: AsyncSession, row: MicroDeposit, account: BankAccount, by: Member) -> None:
    if fits(row.likeness):
        await _prove(tx, row, account, by=by.id)
        return
    row.move(DepositMove.HOLD, by=by.id)
    await note(tx, row, "held", account, by=by.id)
    company = await identity.organisation(tx, row.organisation_id)
    await reviews.open(
        tx,
        kind=REVIEW_KIND,
        subject=Subject("micro_deposit", row.id),
        organisation_id=row.organisation_id,
        title=company.name_latin,
    )


async def _prove(tx: AsyncSession, row: MicroDeposit, account: BankAccount, *, by: UUID) -> None:
    row.move(DepositMove.PROVE, by=by)
    row.ended_at = clock.now()
    await note(tx, row, "proved", account, by=by)
    confirmed = BankAccountConfirmed(row.organisation_id, account.id, account.country, "micro_deposit")
    await outbox.publish(tx, confirmed)
    await tell(tx, row, account)


async def _end(
    tx: AsyncSession,
    row: MicroDeposit,
    account: BankAccount,
    move: DepositMove,
    *,
    by: UUID | None = None,
    reason: str = "",
) -> None:
    row.move(move, by=by)
    row.ended_at, row.reason = clock.now(), reason
    await note(tx, row, str(row.state), account, by=by)
    await tell(tx, row, account)


async def expire(tx: AsyncSession, deposit_id: UUID) -> None:
    """Its time is over. Nothing happens when it is over already, or not yet."""
    account = await sending.account_of(tx, await queries.deposit(tx, deposit_id), lock=True)
    row = await queries.deposit_for_update(tx, deposit_id)
    if row.state == DepositState.SENT and row.expires_at is not None and row.expires_at <= clock.now():
        await _end(tx, row, account, DepositMove.EXPIRE)


async def decided(tx: AsyncSession, event: ReviewDecided) -> None:
    """A reviewer has looked at the name that the bank gave: accepted, it is the company's. Whatever else is decided
    refuses the proof; the reason goes to the company, which may ask again."""
    account = await sending.account_of(tx, await queries.deposit(tx, event.subject.id), lock=True)
    row = await queries.deposit_for_update(tx, event.subject.id)
    if row.state != DepositState.REVIEW:
        return
    if event.verdict is Verdict.ACCEPT:
        await _prove(tx, row, account, by=event.decided_by)
    else:
        await _end(tx, row, account, DepositMove.REFUSE, by=event.decided_by, reason=event.reason)


async def call_off(tx: AsyncSession, account: BankAccount, *, by: Member) -> None:
    """The account is used no more, and its proof is over; a payment that is in no file yet is not made. The caller
    holds the account's lock."""
    row = await queries.live_for_update(tx, account.id)
    if row is None:
        return
    if row.state == DepositState.REVIEW:
        await reviews.drop(tx, Subject("micro_deposit", row.id), by=by.id)
    row.move(DepositMove.CALL_OFF, by=by.id)
    row.ended_at = clock.now()
    await note(tx, row, "called_off", account, by=by.id)
    waiting = await queries.waiting_operation(tx, row.id)
    if waiting is None:
        return
    operation = await operations.operation_for_update(tx, waiting)
    busy = await runs.in_live_run(tx, waiting) or await bookings.waiting_for(tx, [waiting])
    if operation.state == OperationState.PLANNED and not busy:
        operating.conclude(operation, OperationMove.CANCEL, by=by.id)
        await sending.undo(tx, operation, "the account is used no more")
