"""What happens to a deal's money beside the deal: the provider keeps books and takes fees, the bank changes money."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id
from app.core.money import Money
from payments.cases import service as deciding
from payments.cases.models import BankCase
from payments.cases.service import Proposal
from payments.cases.states import Action
from payments.gateway import (
    Balance,
    PayIn,
    PayInState,
    Record,
    Refund,
    Reversal,
    Settlement,
    SettlementKind,
    Transfer,
    TransferState,
)
from payments.payouts import exchange
from payments.reconciliation import queries as lines
from payments.reconciliation import service as reconciling
from payments.reconciliation.jobs import reconcile
from payments.reconciliation.models import ProviderLine
from tests.factories.rates import load_rates
from tests.factories.statements import Entry, send_in, statement
from tests.faults.books import Books
from tests.faults.model import DISPUTE_FEE, OWN, PAIRS, PAY_IN_FEE, PUBLISHED, REFUND_FEE, Stray, Told

ZONE = "UTC"
Moved = tuple[str, SettlementKind, Money, int]
"""How an object changed the provider's balance: a word that is its own for this object, kind, amount, fee."""

# The provider's books.


async def read_provider(books: Books) -> None:
    """The provider has written down all that happened there, and we read it: its books and ours say the same then."""
    for made in list(books.gateway.objects.values()):
        for moved in _moved(made):
            tell(books, made.id, moved, key=made.key)
    for _n, reference, dispute in books.disputes:
        if dispute.taken:
            tell(books, reference, ("out", SettlementKind.DISPUTE, Money(-dispute.taken, OWN), DISPUTE_FEE))
        if dispute.taken and dispute.won:
            tell(books, reference, ("back", SettlementKind.DISPUTE, Money(dispute.taken, OWN), -DISPUTE_FEE))
    books.model.read_provider()
    books.gateway.balances = {
        currency: Balance(Money(minor, currency), Money.zero(currency))
        for currency, minor in books.staff.at_provider.items()
    }
    await reconcile(books.ctx)
    async with books.ctx.db.transaction(read_only=True) as tx:
        run = await lines.last_run(tx, "stripe")
    assert run is not None
    assert run.steady
    assert all(row["balance"] == row["lines"] == row["expected"] for row in run.figures), run.figures
    strays = sum(stray.state == "open" for stray in books.model.strays)
    assert run.open_lines == len(books.model.told) + strays, (run.open_lines, books.model)


def _moved(made: Record) -> Iterator[Moved]:
    match made:
        case PayIn(state=PayInState.SUCCEEDED, received=received):
            yield "in", SettlementKind.PAY_IN, received, received.minor * PAY_IN_FEE[0] // 1000 + PAY_IN_FEE[1]
        case Refund(amount=amount, state=state):
            yield "out", SettlementKind.REFUND, -amount, REFUND_FEE
            if state is TransferState.FAILED:
                yield "back", SettlementKind.REFUND, amount, -REFUND_FEE
        case Transfer(amount=amount):
            yield "out", SettlementKind.TRANSFER, -amount, 0
        case Reversal(amount=amount):
            yield "back", SettlementKind.REVERSAL, amount, 0


def tell(books: Books, source: str, moved: Moved, *, key: str = "") -> str:
    """Write a line into the provider's books, unless it is there; its name."""
    what, kind, amount, fee = moved
    name, cost, now = f"txn_{source}:{what}", Money(fee, amount.currency), clock.now()
    if name not in books.lines:
        books.lines.add(name)
        books.staff.at_provider[amount.currency] += (amount - cost).minor
        books.gateway.lines.append(
            Settlement(name, kind, str(kind), amount, cost, amount - cost, source, key, "", now, now)
        )
    return name


def provider_adds(books: Books, what: str, minor: int) -> None:
    """Something of the provider's own; it is read with the rest. what: fee, own money, or stray of either sign"""
    kind = {"fee": SettlementKind.FEE, "own": SettlementKind.TOP_UP}.get(what, SettlementKind.OTHER)
    name = tell(books, new_id().hex, (what, kind, Money(-minor if what == "fee" else minor, OWN), 0))
    if what == "stray":
        books.strays.append(name)
        books.model.strays.append(Stray(minor))
    else:
        books.model.told.append(Told(fee=minor) if what == "fee" else Told(own=minor))


async def explain(books: Books, number: int, answer: str, *, two_people: bool) -> None:
    """One says what a line was that nobody asked for, and another agrees, or the same."""
    if not books.strays:
        return
    number %= len(books.strays)
    expected = books.model.explain(books.model.strays[number], answer, two_people=two_people)
    maker, checker = books.staff.maker.member, books.staff.checker.member

    async def settle(tx: AsyncSession) -> None:
        line = await tx.scalar(select(ProviderLine.id).where(ProviderLine.line_ref == books.strays[number]))
        await reconciling.propose(tx, line or new_id(), answer, "model", by=maker)
        await reconciling.approve(tx, line or new_id(), by=checker if two_people else maker)

    await books.agree(expected, settle)


# Another currency.


async def quote(books: Books, percent: int, pair: tuple[str, str]) -> bool:
    """The supplier asks what a part of its balance comes to; whether there is an answer."""
    await _rates(books)
    sold = books.model.has("payable", pair[0]) * percent // 100
    expected = books.model.quote(sold, pair, clock.now().toordinal())
    account, by = books.bank_accounts[pair[1]], books.deal.supplier.member
    amount = Money(sold, pair[0])
    made = await books.agree(expected, lambda tx: exchange.quote(tx, amount, account, zone=ZONE, by=by))
    if expected is None:
        books.quotes.append(made)
        async with books.ctx.db.transaction(read_only=True) as tx:
            seen = await exchange.quote_view(tx, made, by=by)
        assert seen.bought == Money(books.model.quotes[-1].bought, pair[1])
    return expected is None


async def _rates(books: Books) -> None:
    today = clock.now().date()
    if books.staff.rates_on != today:
        rows = [
            f"{today},{base},{to},{rate.numerator / rate.denominator},ECB" for (base, to), rate in PUBLISHED.items()
        ]
        async with books.ctx.db.transaction() as tx:
            await load_rates(tx, "\n".join(["date,base,quote,rate,source", *rows]))
        books.staff.rates_on = today


async def agree_to_quote(books: Books, number: int, *, late: bool) -> None:
    """The supplier agrees to a quote, for the first time or again, perhaps a day later."""
    if not books.quotes:
        return
    if late:
        await books.work()  # so that no operation is forgotten by the provider meanwhile
        clock.advance(hours=24)
    number %= len(books.quotes)
    wanted = books.model.quotes[number]
    before = wanted.payout
    expected = books.model.agree(wanted, clock.now().toordinal())
    by = books.deal.supplier.member
    made = await books.agree(expected, lambda tx: exchange.confirm(tx, books.quotes[number], by=by))
    if expected is None and before is None:
        books.payouts.append(made)
    elif before is not None:
        assert books.payouts[books.model.payouts.index(before)] == made


async def bank_changes(books: Books, number: int, paid: int, bought: int, *, two_people: bool) -> None:
    """Our bank has changed money, so many per cent of what an open position took and promised, and people say so."""
    open_pairs = [pair for pair in PAIRS if any(books.model.position(*pair))]
    pair = (open_pairs or PAIRS)[number % len(open_pairs or PAIRS)]
    taken, promised = books.model.position(*pair)
    await at_the_bank(books, -max(1, taken * paid // 100), pair[0])
    await at_the_bank(books, max(1, promised * bought // 100), pair[1])
    await decide_exchange(books, -2, -1, two_people=two_people)


async def at_the_bank(books: Books, held: int, currency: str) -> None:
    """A statement with one line of which nobody knows what it was."""
    await books.work()  # reading it runs whatever waits
    books.model.at_the_bank(held, currency)
    opening, amount = books.staff.at_bank[currency], Money(held, currency)
    data = statement(Entry(amount, name="FX desk", text="FX"), opening=opening, currency=currency)
    await send_in(books.ctx, data, books.staff.maker)
    books.staff.at_bank[currency] += held
    async with books.ctx.db.transaction(read_only=True) as tx:
        case = await tx.scalar(select(BankCase).order_by(BankCase.id.desc()).limit(1))
    assert case is not None
    assert case.held == amount
    books.cases.append(case.id)


async def decide_exchange(books: Books, one: int, other: int, *, two_people: bool) -> None:
    """Two of the bank's lines are said to be one exchange; another agrees, or the same."""
    if not books.cases:
        return
    one, other = one % len(books.cases), other % len(books.cases)
    known = books.model.cases
    expected = books.model.exchange(known[one], known[other], two_people=two_people)
    vault = books.ctx.settings.vault
    wanted = Proposal(action=Action.EXCHANGED, reason="FX", others=(books.cases[other],))
    maker, checker = books.staff.maker.member, books.staff.checker.member

    async def settle(tx: AsyncSession) -> None:
        decision = await deciding.propose(tx, vault, books.cases[one], wanted, by=maker)
        await deciding.approve(tx, decision, by=checker if two_people else maker)

    await books.agree(expected, settle)


def seen(books: Books) -> Counter[str]:
    """How much of this a sequence had."""
    model = books.model
    return Counter(
        {
            "lines of the provider": len(books.lines),
            "strays settled": sum(stray.state == "settled" for stray in model.strays),
            "sold": sum(quote.payout is not None for quote in model.quotes),
            "changed by the bank": sum(case.closed for case in model.cases) // 2,
            "sent back by a bank": sum(p.rail == "bank" and p.state == "failed" for p in model.payouts),
        }
    )


async def end(books: Books) -> None:
    """The bank has changed all that was sold, and every line that was read of the provider's is explained."""
    while any(any(books.model.position(*pair)) for pair in PAIRS):
        await bank_changes(books, 0, 100, 100, two_people=True)
    if books.lines:
        await read_provider(books)
        for number, stray in enumerate(books.model.strays):
            if stray.state == "open":
                await explain(books, number, "loss", two_people=True)
        assert not books.model.told
