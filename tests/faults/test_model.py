"""Sequences of everything that may happen to a deal's money, drawn by Hypothesis: books and model never disagree."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from app import wiring
from app.core import clock
from app.core.config import Settings
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.money import Money as Amount
from payments import proof
from payments.ledger import chart
from payments.ledger.service import Entry, credit, debit, post
from tests.conftest import clone
from tests.fakes import DECLINED, SLOW
from tests.faults import beside
from tests.faults.books import FAULTS, Books, Staff, hire
from tests.faults.counts import SEED, count, tell
from tests.faults.model import ANSWERS, MINOR

SEQUENCES = count("sequences", quick=500, long=1_000, full=20_000)
PARTS = 5  # so that no test takes too long, and two processors share them
STEPS, IN_ONE_BOOK = 16, 250
AMOUNTS = st.lists(st.integers(1, 1_000_000), min_size=2, max_size=3)
PART = st.integers(0, 1)
PURSE = st.integers(0, 5)  # which of the supplier's balances; some of those there are, or one that is empty
PERCENT = st.sampled_from([40, 100, 40, 100, 99, 1, 101, 0])
TWO_PEOPLE = st.sampled_from([True, True, True, False])


class Run:
    """What the sequences of one test share, and how far they came: new books for every so many of them."""

    ctx: JobContext
    staff: Staff

    def __init__(self, settings: Settings) -> None:
        self.runner, self.settings, self.around = asyncio.Runner(), settings, AsyncExitStack()
        self.sequences = 0
        self.seen: Counter[str] = Counter()
        self.steps = 0
        self(self.renew())

    def __call__(self, work: Any) -> Any:
        return self.runner.run(work)

    async def renew(self) -> None:
        """Books without history: what is read to the end by every comparison does not grow with the sequences."""
        await self.around.aclose()
        clock.reset()
        urls = await self.around.enter_async_context(clone())
        settings = self.settings.model_copy(update={"database_url": urls.app})
        db = Database(settings.database_url)
        self.around.push_async_callback(db.close)
        self.ctx = wiring.job_context(settings, db)
        self.around.push_async_callback(self.ctx.gateway.close)
        self.staff = await hire(self.ctx)
        await endow(db)

    async def proved(self) -> bool:
        async with self.ctx.db.transaction(read_only=True) as tx:
            return (await proof.proof(tx)).holds

    def end(self) -> None:
        self(self.around.aclose())
        self.runner.close()


async def endow(db: Database) -> None:
    """The platform's own money, from which it bears what companies owe after chargebacks until they pay, what a
    provider takes, and what a bank changes unasked."""
    legs = []
    for currency in MINOR:
        amount = Amount(10**13, currency)
        legs += [debit(chart.bank("main"), amount), credit(chart.OWN_FUNDS, amount)]
    async with db.transaction() as tx:
        await post(tx, Entry(key="endow", kind="own_funds", legs=legs, reason="own money", actor=None))


class Money(RuleBasedStateMachine):
    """One sequence: a deal of its own, in books that many sequences share."""

    run: ClassVar[Run]
    books: Books

    @initialize(
        amounts=AMOUNTS,
        basis_points=st.sampled_from([0, 1, 150, 333, 9_999]),
        already=st.sampled_from(["released", "paid", "released", "under way", "nothing"]),
    )
    def begin(self, amounts: list[int], basis_points: int, already: str) -> None:
        """A new deal, or one that has come some way: what follows then has something to work on."""
        self.books = self.run(Books.open(self.run.ctx, self.run.staff, amounts, basis_points))
        if already == "nothing":
            return
        for n in range(len(amounts)):
            self.step(self.books.ask(n, "stripe", SLOW if already == "under way" else "card"))
        self.step(self.books.work())
        if already == "released":
            self.step(self.books.decide(0, "release", 0))

    def step(self, work: Any) -> None:
        self.run(work)
        self.run.steps += 1
        self.run(self.books.compare())

    @rule(n=PART, rail=st.sampled_from(["stripe", "bank"]), method=st.sampled_from(["card", SLOW, DECLINED]))
    def ask(self, n: int, rail: str, method: str) -> None:
        self.step(self.books.ask(n, rail, method))

    @rule(n=PART, off_by=st.sampled_from([0, 0, 0, 1, -1]))
    def transfer_comes(self, n: int, off_by: int) -> None:
        if self.books.model.parts[n].amount + off_by > 0:
            self.step(self.books.transfer_comes(n, off_by))

    @rule(
        n=PART,
        how=st.sampled_from(["release", "release", "refund", "divide", "rule"]),
        percent=st.integers(-1, 101),
    )
    def decide(self, n: int, how: str, percent: int) -> None:
        self.step(self.books.decide(n, how, self.books.model.parts[n].held * percent // 100))

    @rule(what=st.sampled_from(["dispute", "end of dispute", "dispute", "end"]))
    def whole_deal(self, what: str) -> None:
        """It is disputed, or not any more; or called off."""
        self.step(self.books.call_off() if what == "end" else self.books.dispute(opened=what == "dispute"))

    @rule(n=PART, percent=st.sampled_from([1, 40, 100, 100]), asked=st.booleans())
    def bank_takes(self, n: int, percent: int, asked: bool) -> None:
        amount = self.books.model.parts[n].amount * percent // 100
        self.step(self.books.bank_takes(n, amount, asked=asked))

    @rule(number=st.integers(0, 3), how=st.sampled_from(["takes", "won", "won", "lost"]))
    def bank_goes_on(self, number: int, how: str) -> None:
        self.step(self.books.bank_goes_on(number, how))

    @rule(n=PART, rail=st.sampled_from(["same", "bank"]))
    def send_refund_again(self, n: int, rail: str) -> None:
        self.step(self.books.send_refund_again(n, rail))

    @precondition(lambda self: self.books.model.earned)
    @rule(percent=PERCENT, rail=st.sampled_from(["stripe", "bank"]), purse=PURSE)
    def request_payout(self, percent: int, rail: str, purse: int) -> None:
        currency = self.books.model.purse(purse)
        amount = self.books.model.has("payable", currency) * percent // 100
        self.step(self.books.request_payout(amount, rail, currency))

    @precondition(lambda self: self.books.model.earned)
    @rule(percent=PERCENT, purse=PURSE, bought=st.sampled_from(["EUR", "JPY", "USD"]), agreed=TWO_PEOPLE)
    def sell(self, percent: int, purse: int, bought: str, agreed: bool) -> None:
        """The supplier asks for a payout in another currency, and mostly agrees to what it is told."""
        self.step(beside.quote(self.books, percent, (self.books.model.purse(purse), bought)))
        if agreed:
            self.step(beside.agree_to_quote(self.books, -1, late=False))

    @precondition(lambda self: self.books.quotes)
    @rule(number=st.integers(0, 3), late=st.sampled_from([False, False, True]))
    def agree_to_quote(self, number: int, late: bool) -> None:
        self.step(beside.agree_to_quote(self.books, number, late=late))

    @precondition(lambda self: any(quote.payout for quote in self.books.model.quotes))
    @rule(
        number=st.integers(0, 3),
        paid=st.sampled_from([1, 50, 99, 100, 101]),
        bought=st.sampled_from([1, 33, 100, 100, 102]),
        two_people=TWO_PEOPLE,
    )
    def bank_changes(self, number: int, paid: int, bought: int, two_people: bool) -> None:
        self.step(beside.bank_changes(self.books, number, paid, bought, two_people=two_people))

    @precondition(lambda self: self.books.cases)
    @rule(one=st.integers(0, 5), other=st.integers(0, 5), two_people=TWO_PEOPLE)
    def decide_exchange(self, one: int, other: int, two_people: bool) -> None:
        self.step(beside.decide_exchange(self.books, one, other, two_people=two_people))

    @precondition(lambda self: self.books.strays)
    @rule(number=st.integers(0, 2), answer=st.sampled_from(sorted(ANSWERS)), two_people=TWO_PEOPLE)
    def explain(self, number: int, answer: str, two_people: bool) -> None:
        self.step(beside.explain(self.books, number, answer, two_people=two_people))

    @rule(number=PART, returned=st.sampled_from([False, True]))
    def bank_transfer(self, number: int, returned: bool) -> None:
        """Finance has sent what waits for a transfer; then the receiver's bank may return a payout."""
        self.step(self.books.transfer_sent())
        if returned:
            self.step(self.books.bank_sends_back(number))

    @rule(what=st.sampled_from(["nothing", "stray", "fee", "own"]), minor=st.integers(1, 5_000), out=st.booleans())
    def provider(self, what: str, minor: int, out: bool) -> None:
        """Its books are read; before that it may have added a line of its own."""
        if what != "nothing":
            beside.provider_adds(self.books, what, -minor if out and what == "stray" else minor)
        self.step(beside.read_provider(self.books))

    @rule(faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=4) | st.none())
    def work(self, faults: list[str] | None) -> None:
        """The worker sends what waits, through these faults; or (None) takes it and dies."""
        self.step(self.books.die() if faults is None else self.books.work(faults))

    @rule(
        number=st.integers(0, 5),
        outcome=st.sampled_from(["well", "well", "badly", "short"]),
        told=st.integers(0, 3),
        read=st.booleans(),
    )
    def finish(self, number: int, outcome: str, told: int, read: bool) -> None:
        self.step(self.books.finish(number, outcome, told))
        if read:
            self.step(beside.read_provider(self.books))

    def teardown(self) -> None:
        if hasattr(self, "books"):
            self.run(self.books.end())
            self.step(beside.end(self.books))
            self.run.sequences += 1
            self.run.seen.update(self.books.bank_took)
            self.run.seen.update(beside.seen(self.books))
            if self.run.sequences % IN_ONE_BOOK == 0:
                assert self.run(self.run.proved())
                self.run(self.run.renew())


@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_the_books_and_the_model_never_disagree(settings: Settings, part: int) -> None:
    run = Run(settings)
    machine = seed(SEED + 1000 * part)(type("Sequence", (Money,), {"run": run}))
    limits = settings_of(SEQUENCES // PARTS)
    run_state_machine_as_test(machine, settings=limits)
    assert run(run.proved())
    run.end()
    assert run.sequences >= SEQUENCES // PARTS
    tell("model", part=part, sequences=run.sequences, steps=run.steps, **dict(sorted(run.seen.items())))


def settings_of(examples: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        phases=(__import__("hypothesis").Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
