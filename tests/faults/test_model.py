"""Sequences of everything that may happen to a deal's money, drawn by Hypothesis: books and model never disagree."""

import asyncio
from collections import Counter
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app import wiring
from app.core.config import Settings
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.money import Money as Amount
from payments import proof
from payments.ledger import chart
from payments.ledger.service import Entry, credit, debit, post
from tests.fakes import DECLINED, SLOW
from tests.faults.books import CURRENCY, FAULTS, Books, Staff, hire
from tests.faults.counts import SEED, count, tell

SEQUENCES = count("sequences", quick=40, long=1_000, full=20_000)
STEPS = 16
AMOUNTS = st.lists(st.integers(1, 1_000_000), min_size=2, max_size=3)
PART = st.integers(0, 1)


class Run:
    """What the sequences of one test share, and how far they came."""

    def __init__(self, settings: Settings) -> None:
        self.runner = asyncio.Runner()
        self.db = Database(settings.database_url)
        self.ctx: JobContext = wiring.job_context(settings, self.db)
        self.staff: Staff = self(hire(self.ctx))
        self(endow(self.db))
        self.sequences = 0
        self.disputes: Counter[str] = Counter()
        self.steps = 0

    def __call__(self, work: Any) -> Any:
        return self.runner.run(work)

    async def proved(self) -> bool:
        async with self.db.transaction(read_only=True) as tx:
            return (await proof.proof(tx)).holds


async def endow(db: Database) -> None:
    """The platform's own money, from which it bears what companies owe after chargebacks until they pay."""
    amount = Amount(10**13, CURRENCY)
    legs = [debit(chart.bank("main"), amount), credit(chart.OWN_FUNDS, amount)]
    async with db.transaction() as tx:
        await post(tx, Entry(key="endow", kind="own_funds", legs=legs, reason="own money", actor=None))


class Money(RuleBasedStateMachine):
    """One sequence: a deal of its own, in books that all sequences share."""

    run: ClassVar[Run]
    books: Books

    @initialize(
        amounts=AMOUNTS,
        basis_points=st.sampled_from([0, 1, 150, 333, 9_999]),
        already=st.sampled_from(["nothing", "paid", "paid", "released"]),
    )
    def begin(self, amounts: list[int], basis_points: int, already: str) -> None:
        """A new deal, or one that has come some way by card: what follows then has something to work on."""
        self.books = self.run(Books.open(self.run.ctx, self.run.staff, amounts, basis_points))
        if already == "nothing":
            return
        for n in range(len(amounts)):
            self.step(self.books.ask(n, "stripe", "card"))
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

    @rule(opened=st.booleans())
    def dispute(self, opened: bool) -> None:
        self.step(self.books.dispute(opened=opened))

    @rule(n=PART, percent=st.sampled_from([1, 40, 100, 100]), asked=st.booleans())
    def bank_takes(self, n: int, percent: int, asked: bool) -> None:
        amount = self.books.model.parts[n].amount * percent // 100
        self.step(self.books.bank_takes(n, amount, asked=asked))

    @rule(number=st.integers(0, 3), how=st.sampled_from(["takes", "won", "won", "lost"]))
    def bank_goes_on(self, number: int, how: str) -> None:
        self.step(self.books.bank_goes_on(number, how))

    @rule()
    def call_off(self) -> None:
        self.step(self.books.call_off())

    @rule(n=PART, rail=st.sampled_from(["same", "bank"]))
    def send_refund_again(self, n: int, rail: str) -> None:
        self.step(self.books.send_refund_again(n, rail))

    @rule(percent=st.integers(0, 110), rail=st.sampled_from(["stripe", "bank"]))
    def request_payout(self, percent: int, rail: str) -> None:
        self.step(self.books.request_payout(self.books.model.accounts["payable"] * percent // 100, rail))

    @rule()
    def transfer_sent(self) -> None:
        self.step(self.books.transfer_sent())

    @rule(faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=4))
    def work(self, faults: list[str]) -> None:
        self.step(self.books.work(faults))

    @rule()
    def a_worker_dies(self) -> None:
        self.step(self.books.die())

    @rule(number=st.integers(0, 5), outcome=st.sampled_from(["well", "well", "badly", "short"]), told=st.integers(0, 3))
    def finish(self, number: int, outcome: str, told: int) -> None:
        self.step(self.books.finish(number, outcome, told))

    def teardown(self) -> None:
        if hasattr(self, "books"):
            self.run(self.books.end())
            self.run.sequences += 1
            self.run.disputes.update(self.books.bank_took)
            if self.run.sequences % 500 == 0:
                assert self.run(self.run.proved())


@pytest.mark.timeout(6 * 3600)
def test_the_books_and_the_model_never_disagree(settings: Settings) -> None:
    run = Run(settings)
    machine = seed(SEED)(type("Sequence", (Money,), {"run": run}))
    limits = settings_of(SEQUENCES)
    run_state_machine_as_test(machine, settings=limits)
    assert run(run.proved())
    run(run.ctx.gateway.close())
    run(run.db.close())
    run.runner.close()
    assert run.sequences >= SEQUENCES
    took = {f"disputes {source}": times for source, times in sorted(run.disputes.items())}
    tell("model", sequences=run.sequences, steps=run.steps, **took)


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
