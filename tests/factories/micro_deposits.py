"""Bank accounts that are proved by a small transfer, as they stand at each step."""

from dataclasses import dataclass
from uuid import UUID

from app.core import clock
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from payments import proof
from payments.bank import service as bank
from payments.bank.service import Line
from payments.ledger import chart
from payments.ledger.service import Entry, credit, debit, post
from payments.microdeposits import queries, service
from payments.microdeposits.queries import DepositView
from payments.operations import queries as operations
from payments.operations.queries import OperationView
from payments.payouts import accounts, numbers
from payments.payouts.accounts import NewAccount
from tests.factories.money import make_finance
from tests.factories.people import Actor, make_company, stepped_up

NAME = "Shenzhen Lantern Co., Ltd."


@dataclass(frozen=True)
class Proving:
    """A company's confirmed account, and what was asked for to prove it."""

    company: Actor
    account: UUID
    deposit: UUID


async def own_money(ctx: JobContext, amount: Money) -> None:
    """The platform has this much more of its own at its bank, and a proof of the books says so."""
    legs = [debit(chart.bank("main"), amount), credit(chart.OWN_FUNDS, amount)]
    entry = Entry(key=f"own:{amount}", kind="own_funds", legs=legs, reason="put in by the operator", actor=None)
    async with ctx.db.transaction() as tx:
        await post(tx, entry)
    async with ctx.db.transaction() as tx:
        await proof.prove(tx, by=None)


async def account_of(ctx: JobContext, company: Actor, *, currency: str = "USD", name: str = NAME) -> UUID:
    """An account of a company, confirmed at once where that has one member: each time another number."""
    number = numbers.read("cnaps", "104584001234", f"6217{new_id().int % 10**15:015d}")
    vault = ctx.settings.vault
    async with ctx.db.transaction() as tx:
        person = await stepped_up(tx, company)
        return await accounts.add_bank_account(tx, vault, NewAccount(number, currency, name), by=person.member)


async def asked(ctx: JobContext, *, currency: str = "USD") -> Proving:
    """A company has asked for proof of its account."""
    await own_money(ctx, Money(100_000, currency))
    async with ctx.db.transaction() as tx:
        company = await make_company(tx, "Shenzhen Lantern")
    account = await account_of(ctx, company, currency=currency)
    async with ctx.db.transaction() as tx:
        deposit = await service.ask(tx, account, by=company.member)
    return Proving(company, account, deposit)


async def payment(ctx: JobContext, proving: Proving) -> OperationView:
    """What our bank is to pay, or has paid."""
    async with ctx.db.transaction(read_only=True) as tx:
        [found] = await operations.of_parts(tx, [proving.deposit])
    return found


async def send(ctx: JobContext, proving: Proving, *, name: str = "SHENZHEN LANTERN CO LTD") -> Money:
    """Our bank has sent it, as two people book by hand; how much it was."""
    due = await payment(ctx, proving)
    line = Line(
        bank_ref=f"OUT-{due.id}",
        reference=due.reference,
        counterparty=name,
        amount=due.amount,
        value_date=clock.now().date(),
    )
    async with ctx.db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        booking = await bank.book_sent(tx, due.id, line, by=maker.member)
        await bank.approve(tx, booking, by=checker.member)
    await drain(ctx)
    return due.amount


async def state(ctx: JobContext, proving: Proving) -> DepositView:
    async with ctx.db.transaction(read_only=True) as tx:
        return await queries.deposit(tx, proving.deposit)


def wrong(amount: Money, number: int = 1) -> Money:
    """The `number`th amount that is not this one."""
    others = (minor for minor in range(1, 5000) if minor != amount.minor)
    return Money([next(others) for _ in range(number)][-1], amount.currency)


async def enter(ctx: JobContext, proving: Proving, amount: Money) -> DepositView:
    async with ctx.db.transaction() as tx:
        return await service.enter(tx, proving.account, amount, by=proving.company.member)


async def newest(ctx: JobContext, company: Actor, account: UUID) -> Proving:
    """The last that was asked for to prove an account."""
    async with ctx.db.transaction(read_only=True) as tx:
        [found] = await queries.of_account(tx, account, limit=1)
    return Proving(company, account, found.id)
