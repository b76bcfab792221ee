"""Money beside the deals: suppliers are paid out, and finance sorts what stands on the bank's statement."""

from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id, reference
from app.core.money import Money
from app.demo.cast import PASSWORD, Firm, Stage
from app.demo.timeline import DAY, Story
from payments.bank import service as bank
from payments.microdeposits import queries as deposits
from payments.microdeposits import service as microdeposits
from payments.operations import queries as operations
from payments.payouts import accounts, exchange, numbers, queries, service
from payments.payouts.accounts import NewAccount
from trust.access import Member, Role
from trust.identity import sessions
from trust.identity.service import signing_in
from trust.identity.sessions import Browser

BROWSER = Browser("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "192.0.2.17")
BANK_CODE = "900584000017"
"""Written like a CNAPS code; its first three digits are no bank's."""


class Progress(IntEnum):
    """How far a payout has come."""

    REQUESTED = 0
    BOOKED = 1
    SENT = 2


@dataclass(frozen=True)
class Withdrawal:
    """A supplier asks, so many days ago, for a share of its balance in basis points."""

    days_ago: float
    share: int
    progress: Progress


ONCE = (Withdrawal(16, 8000, Progress.SENT),)
REGULARLY = (
    Withdrawal(20, 5000, Progress.SENT),
    Withdrawal(9, 4000, Progress.SENT),
    Withdrawal(2.5, 4000, Progress.BOOKED),
    Withdrawal(0.4, 5000, Progress.REQUESTED),
)


async def paid_out(stage: Stage, supplier: str, withdrawals: tuple[Withdrawal, ...]) -> Story:
    """A supplier that has earned something names its bank account and asks for its money.

    Who asks regularly has just added a second account, which does not take payouts yet.
    """
    yield stage.now - timedelta(days=withdrawals[0].days_ago) - accounts.COOL_OFF - DAY
    firm = stage.firms[supplier]
    async with stage.ctx.db.transaction(read_only=True) as tx:
        earned = await queries.balances(tx, firm.id)
    if not any(earned):
        return
    account_id = await _add_account(stage, firm, earned[0].currency)
    for plan in withdrawals:
        moment = stage.now - timedelta(days=plan.days_ago)
        yield moment
        payout_id = await _request(stage, firm, account_id, plan.share)
        if plan.progress >= Progress.BOOKED:
            yield moment + timedelta(hours=5)
            booking_id = await _send(stage, firm, payout_id)
            if plan.progress is Progress.SENT:
                yield moment + timedelta(hours=9)
                await _decide(stage, booking_id)
    if len(withdrawals) > 1:
        yield stage.now - timedelta(hours=1)
        await _add_account(stage, firm, "EUR")


async def paid_in_yuan(stage: Stage, supplier: str, days_ago: float) -> Story:
    """A supplier has a tenth of what it earned changed into yuan and sent to its bank, by the day's quote."""
    yield stage.now - timedelta(days=days_ago) - accounts.COOL_OFF - DAY
    firm = stage.firms[supplier]
    account_id = await _add_account(stage, firm, "CNY")
    moment = stage.now - timedelta(days=days_ago)
    yield moment
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, firm, Role.FINANCE)
        earned = [amount for amount in await queries.balances(tx, firm.id) if amount.currency != "CNY"]
        share = max(earned, key=lambda amount: amount.minor).share(1000) if any(earned) else None
        if not share:
            return
        zone = stage.ctx.settings.reporting_zone
        quote_id = await exchange.quote(tx, share, account_id, zone=zone, by=by)
        payout_id = await exchange.confirm(tx, quote_id, by=by)
    yield moment + timedelta(hours=5)
    booking_id = await _send(stage, firm, payout_id)
    yield moment + timedelta(hours=9)
    await _decide(stage, booking_id)


async def accounts_proved(stage: Stage, waiting: str, proved: str) -> Story:
    """Two suppliers ask for proof of their account; one has entered the amount, the other has yet to look for it."""
    yield stage.now - 3 * DAY
    asked = [(firm, await _ask_for_proof(stage, firm)) for firm in (stage.firms[waiting], stage.firms[proved])]
    yield stage.now - 2 * DAY
    for firm, account_id in asked:
        if account_id is not None:
            async with stage.ctx.db.transaction(read_only=True) as tx:
                deposit = (await deposits.latest(tx, [account_id]))[account_id]
            await _decide(stage, await _send(stage, firm, deposit.id))
    yield stage.now - DAY
    firm, account_id = asked[1]
    if account_id is not None:
        async with stage.ctx.db.transaction() as tx:
            deposit = (await deposits.latest(tx, [account_id]))[account_id]
            arrived = await deposits.amount(tx, deposit.id)
            await microdeposits.enter(tx, account_id, arrived, by=await stage.member(tx, firm, Role.FINANCE))


async def _ask_for_proof(stage: Stage, firm: Firm) -> UUID | None:
    """Of its first account; None where it has none."""
    async with stage.ctx.db.transaction() as tx:
        known = await queries.bank_accounts(tx, firm.id)
        if not known:
            return None
        by = await stage.member(tx, firm, Role.FINANCE)
        await microdeposits.ask(tx, known[-1].id, by=by, chance=stage.chance.randrange)
        return known[-1].id


async def _add_account(stage: Stage, firm: Firm, currency: str) -> UUID:
    """Finance signs in, proves once more who it is, and adds the account; the owner confirms it."""
    number = numbers.read("cnaps", BANK_CODE, f"6217{stage.chance.randint(0, 10**12 - 1):012d}")
    new = NewAccount(number, currency, firm.seed.name_original)
    async with stage.ctx.db.transaction() as tx:
        by, owner = await _in_person(stage, tx, firm, Role.FINANCE), await _in_person(stage, tx, firm, Role.OWNER)
        account_id = await accounts.add_bank_account(tx, stage.vault, new, by=by)
        if by.id != owner.id:
            await accounts.confirm_bank_account(tx, account_id, by=owner)
        for person in (by, owner):
            if person.session_id:
                await sessions.end(tx, person.session_id, person.id)
        return account_id


async def _in_person(stage: Stage, tx: AsyncSession, firm: Firm, role: Role) -> Member:
    cookie = await sessions.open_session(tx, firm.people[role], BROWSER)
    by = await sessions.by_session(tx, cookie)
    if by is None or by.session_id is None:
        raise LookupError("a session that was just opened is not there")
    await signing_in.step_up(tx, stage.vault, by.id, by.session_id, code="", password=PASSWORD)
    return by


async def _request(stage: Stage, firm: Firm, account_id: UUID, share: int) -> UUID:
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, firm, Role.FINANCE)
        balance = max(await queries.balances(tx, firm.id), key=lambda amount: amount.minor)
        return await service.request_payout(tx, balance.share(share), bank_account_id=account_id, by=by)


async def _send(stage: Stage, firm: Firm, payout_id: UUID) -> UUID:
    """A clerk sends the transfer from the platform's bank, and books it."""
    async with stage.ctx.db.transaction() as tx:
        due = next(operation for operation in await operations.waiting_for_bank(tx) if operation.part_id == payout_id)
        line = bank.Line(
            bank_ref=reference("OUT", due.id),
            reference=due.reference,
            counterparty=firm.seed.name_latin,
            amount=due.amount,
            value_date=clock.now().date(),
        )
        return await bank.book_sent(tx, due.id, line, by=await stage.clerk(tx, Role.FINANCE_STAFF))


async def _decide(stage: Stage, booking_id: UUID, *, refused: str = "") -> None:
    """The second clerk approves, or says why not."""
    async with stage.ctx.db.transaction() as tx:
        by = await stage.clerk(tx, Role.FINANCE_STAFF, 1)
        if refused:
            await bank.reject(tx, booking_id, by=by, note=refused)
        else:
            await bank.approve(tx, booking_id, by=by)


async def odd_transfers(stage: Stage, buyer: str) -> Story:
    """Transfers whose reference leads nowhere: one in suspense, one typed wrongly and rejected, one to be decided."""
    yield stage.now - 13 * DAY
    await _decide(stage, await _receive(stage, buyer, "INVOICE 4711", "1250.00"))
    yield stage.now - 6 * DAY
    await _decide(stage, await _receive(stage, buyer, "BALANCE APRIL", "980.00"), refused="The statement says 890.00.")
    yield stage.now - timedelta(hours=4)
    await _receive(stage, buyer, "SAMPLES", "86.40")


async def _receive(stage: Stage, buyer: str, said: str, amount: str) -> UUID:
    async with stage.ctx.db.transaction() as tx:
        line = bank.Line(
            bank_ref=reference("IN", new_id()),
            reference=said,
            counterparty=stage.firms[buyer].seed.name_latin,
            amount=Money.of(amount, "USD"),
            value_date=clock.now().date(),
        )
        return await bank.book_received(tx, line, by=await stage.clerk(tx, Role.FINANCE_STAFF))
