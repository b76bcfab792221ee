"""The books refuse what is not bookkeeping, whoever asks: the service, the application's role, or the tables' owner."""

import asyncio

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments import proof
from payments.errors import EntryKeyReused, InsufficientFunds
from payments.ledger import chart, queries
from payments.ledger.service import Entry, Leg, credit, debit, post

STRIPE = chart.psp("stripe")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def order() -> Subject:
    return Subject("order", new_id())


def funding(subject: Subject, amount: Money, key: str = "") -> Entry:
    return Entry(
        key=key or f"fund:{new_id()}",
        kind="fund",
        legs=[debit(STRIPE, amount), credit(chart.escrow(subject), amount)],
        reason="paid by the buyer",
        actor=None,
        subject=subject,
    )


def releasing(subject: Subject, supplier, amount: Money, fee: Money, key: str = "") -> Entry:
    return Entry(
        key=key or f"release:{new_id()}",
        kind="release",
        legs=[
            debit(chart.escrow(subject), amount),
            credit(chart.payable(supplier), amount - fee),
            credit(chart.FEE_INCOME, fee),
        ],
        reason="goods accepted",
        actor=None,
        subject=subject,
    )


@pytest.fixture
async def connect(urls):
    """`await connect("app")` or `"owner"`: a bare connection, as somebody with a console has one."""
    opened: list[asyncpg.Connection] = []

    async def open_as(role: str) -> asyncpg.Connection:
        url = getattr(urls, role).replace("postgresql+asyncpg://", "postgresql://")
        opened.append(await asyncpg.connect(url))
        return opened[-1]

    yield open_as
    for connection in opened:
        await connection.close()


async def booked(db, amount: int = 100_000) -> Subject:
    subject = order()
    async with db.transaction() as tx:
        await post(tx, funding(subject, usd(amount)))
    return subject


async def test_money_moves_and_balances_follow(db):
    subject, supplier = order(), new_id()
    async with db.transaction() as tx:
        await post(tx, funding(subject, usd(100_000)))
        await post(tx, releasing(subject, supplier, usd(60_000), usd(900)))
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(40_000)
        assert await queries.balance(tx, chart.payable(supplier), "USD") == usd(59_100)
        assert await queries.balance(tx, chart.FEE_INCOME, "USD") == usd(900)
        assert await queries.balance(tx, STRIPE, "USD") == usd(100_000)
        assert await queries.balance(tx, chart.frozen(subject), "USD") == usd(0)


@pytest.mark.parametrize("currency", ["JPY", "KWD", "USD"])
async def test_every_exponent(db, currency):
    subject, supplier = order(), new_id()
    amount = Money.of(Money(123_457, currency).decimal, currency)
    async with db.transaction() as tx:
        await post(tx, funding(subject, amount))
        await post(tx, releasing(subject, supplier, amount, Money(457, currency)))
        assert await queries.balance(tx, chart.payable(supplier), currency) == Money(123_000, currency)
        assert (await proof.proof(tx)).holds


@pytest.mark.parametrize(
    "legs",
    [
        [debit(STRIPE, usd(5))],
        [debit(STRIPE, usd(5)), credit(chart.SUSPENSE, usd(4))],
        [debit(STRIPE, usd(5)), credit(chart.SUSPENSE, Money(5, "EUR"))],
        [debit(STRIPE, usd(0)), credit(chart.SUSPENSE, usd(0))],
        [],
    ],
)
def test_an_entry_that_does_not_balance_cannot_be_made(legs: list[Leg]):
    with pytest.raises(ValueError, match="does not balance"):
        Entry(key="k", kind="fund", legs=legs, reason="", actor=None)


async def test_the_same_key_is_the_same_entry(db):
    subject = order()
    async with db.transaction() as tx:
        first = await post(tx, funding(subject, usd(500), key="once"))
    async with db.transaction() as tx:
        assert await post(tx, funding(subject, usd(500), key="once")) == first
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(500)
    with pytest.raises(EntryKeyReused):
        async with db.transaction() as tx:
            await post(tx, funding(subject, usd(501), key="once"))


async def test_fifty_posts_of_one_key_at_once_make_one_entry(db):
    subject = order()

    async def once() -> object:
        async with db.transaction() as tx:
            return await post(tx, funding(subject, usd(500), key="once"))

    ids = await asyncio.gather(*(once() for _ in range(50)))
    assert len(set(ids)) == 1
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(500)


async def test_no_account_goes_below_zero(db):
    subject = await booked(db, 1_000)
    with pytest.raises(InsufficientFunds):
        async with db.transaction() as tx:
            await post(tx, releasing(subject, new_id(), usd(1_001), usd(0)))
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(1_000)


async def test_a_hundred_withdrawals_of_the_whole_balance_one_wins(db):
    subject = await booked(db, 1_000)

    async def withdraw() -> bool:
        try:
            async with db.transaction() as tx:
                await post(tx, releasing(subject, new_id(), usd(1_000), usd(0)))
        except InsufficientFunds:
            return False
        return True

    assert sum(await asyncio.gather(*(withdraw() for _ in range(100)))) == 1
    async with db.transaction() as tx:
        assert (await proof.proof(tx)).holds


async def test_entries_over_the_same_accounts_in_any_order_do_not_deadlock(db):
    subject, suppliers = await booked(db, 100_000), [new_id() for _ in range(4)]

    async def spread(turn: int) -> None:
        order_ = suppliers[turn % 4 :] + suppliers[: turn % 4]
        legs = [credit(chart.payable(s), usd(10)) for s in order_] + [debit(chart.escrow(subject), usd(40))]
        async with db.transaction() as tx:
            await post(
                tx, Entry(key=f"k:{new_id()}", kind="release", legs=legs, reason="", actor=None, subject=subject)
            )

    await asyncio.gather(*(spread(turn) for turn in range(80)))
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.payable(suppliers[0]), "USD") == usd(800)


ENTRY = """INSERT INTO journal_entry (id, key, request_hash, kind, reason, contract_hash, request_id, facts, at)
           VALUES ($1, $2, repeat('0', 64), 'fund', '', '', '', '{}', now())"""
LEG = "INSERT INTO posting (entry_id, number, account_id, amount_minor, amount_currency) VALUES ($1, $2, $3, $4, $5)"
LEGS = """INSERT INTO posting (entry_id, number, account_id, amount_minor, amount_currency)
          SELECT $1, * FROM unnest($2::smallint[], $3::uuid[], $4::bigint[], $5::char(3)[])"""
ROLES = pytest.mark.parametrize("role", ["app", "owner"])


async def accounts(connection: asyncpg.Connection, subject: Subject) -> tuple[object, object]:
    cash = await connection.fetchval("SELECT id FROM account WHERE code = 'psp:stripe' AND currency = 'USD'")
    held = await connection.fetchval("SELECT id FROM account WHERE code = $1", f"escrow:{subject}")
    return cash, held


async def add_legs(
    connection: asyncpg.Connection, entry: object, *legs: tuple[object, int, str], first: int = 1, sql: str = LEGS
) -> None:
    """Legs in one statement, as those of an entry have to come."""
    columns = [list(column) for column in zip(*legs, strict=True)] or [[], [], []]
    await connection.execute(sql, entry, list(range(first, first + len(legs))), *columns)


async def forge(connection: asyncpg.Connection, *legs: tuple[object, int, str], key: str = "forged") -> None:
    """Write an entry past the service, as SQL allows it."""
    entry = new_id()
    async with connection.transaction():
        await connection.execute(ENTRY, entry, key)
        await add_legs(connection, entry, *legs)


async def forge_in_two_statements(connection: asyncpg.Connection, cash: object, held: object) -> None:
    """Sums to zero, but only after the second: between them the balances are wrong."""
    entry = new_id()
    async with connection.transaction():
        await connection.execute(ENTRY, entry, "halves")
        await connection.execute(LEG, entry, 1, cash, 100, "USD")
        await connection.execute(LEG, entry, 2, held, -100, "USD")


async def forge_with_a_leg_more(connection: asyncpg.Connection, cash: object, held: object) -> None:
    """Balanced, checked as early as it can be, and then one leg more."""
    entry = new_id()
    async with connection.transaction():
        await connection.execute(ENTRY, entry, "early")
        await add_legs(connection, entry, (cash, 100, "USD"), (held, -100, "USD"))
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        await connection.execute("SET CONSTRAINTS ALL DEFERRED")
        await connection.execute(LEG, entry, 3, held, -1, "USD")


@ROLES
async def test_the_attack_itself_works_when_it_is_bookkeeping(db, connect, role):
    """So that the refusals below are about what they say they are about."""
    subject = await booked(db)
    connection = await connect(role)
    cash, held = await accounts(connection, subject)
    await forge(connection, (cash, 100, "USD"), (held, -100, "USD"))
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(100_100)


@ROLES
async def test_an_unbalanced_entry_does_not_commit(db, connect, role):
    subject = await booked(db)
    connection = await connect(role)
    cash, held = await accounts(connection, subject)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="does not balance"):
        await forge(connection, (cash, 100, "USD"), (held, -99, "USD"))
    assert await connection.fetchval("SELECT count(*) FROM journal_entry WHERE key = 'forged'") == 0


@ROLES
@pytest.mark.parametrize(("legs", "refusal"), [(0, "has no legs"), (1, "does not balance")])
async def test_an_entry_with_fewer_than_two_legs_does_not_commit(db, connect, role, legs, refusal):
    subject = await booked(db)
    connection = await connect(role)
    cash, _held = await accounts(connection, subject)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=refusal):
        await forge(connection, *[(cash, 100, "USD")] * legs)


@ROLES
async def test_an_entry_without_legs_is_found_as_early_as_it_is_looked_for(connect, role):
    connection = await connect(role)
    await connection.execute("BEGIN")
    await connection.execute(ENTRY, new_id(), "empty")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="has no legs"):
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


@ROLES
@pytest.mark.parametrize("forgery", [forge_in_two_statements, forge_with_a_leg_more])
async def test_legs_that_do_not_balance_by_themselves_do_not_come(db, connect, role, forgery):
    subject = await booked(db)
    connection = await connect(role)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="does not balance"):
        await forgery(connection, *await accounts(connection, subject))
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(100_000)


@ROLES
async def test_one_entry_s_surplus_is_not_another_s_lack(db, connect, role):
    """Two entries in one statement, which balances as a whole."""
    subject = await booked(db)
    connection = await connect(role)
    cash, held = await accounts(connection, subject)
    one, other = new_id(), new_id()
    legs = """INSERT INTO posting (entry_id, number, account_id, amount_minor, amount_currency)
              VALUES ($1, 1, $3, 100, 'USD'), ($1, 2, $4, -90, 'USD'),
                     ($2, 1, $3, 90, 'USD'), ($2, 2, $4, -100, 'USD')"""
    await connection.execute("BEGIN")
    await connection.execute(ENTRY, one, "one")
    await connection.execute(ENTRY, other, "other")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="does not balance"):
        await connection.execute(legs, one, other, cash, held)


@ROLES
async def test_legs_do_not_come_late(db, connect, role):
    subject = await booked(db)
    connection = await connect(role)
    cash, held = await accounts(connection, subject)
    entry = await connection.fetchval("SELECT id FROM journal_entry LIMIT 1")
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="only in the transaction"):
        await add_legs(connection, entry, (cash, 7, "USD"), (held, -7, "USD"), first=3)


async def test_an_entry_cannot_lie_about_its_transaction(db, connect):
    subject = await booked(db)
    connection = await connect("owner")
    cash, held = await accounts(connection, subject)
    lie = ENTRY.replace("at)", "at, created_in)").replace("now())", "now(), 99999999)")
    entry = new_id()
    async with connection.transaction():
        await connection.execute(lie, entry, "later")
        await add_legs(connection, entry, (cash, 100, "USD"), (held, -100, "USD"))
    assert await connection.fetchval("SELECT created_in FROM journal_entry WHERE id = $1", entry) < 99999999


@ROLES
async def test_a_leg_is_in_its_account_s_currency(db, connect, role):
    subject = await booked(db)
    connection = await connect(role)
    cash, held = await accounts(connection, subject)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await forge(connection, (cash, 100, "EUR"), (held, -100, "EUR"))


@ROLES
async def test_no_balance_below_zero(db, connect, role):
    subject = await booked(db, 100)
    connection = await connect(role)
    cash, held = await accounts(connection, subject)
    with pytest.raises(asyncpg.CheckViolationError, match="ck_balance_floor"):
        await forge(connection, (cash, -101, "USD"), (held, 101, "USD"))


@ROLES
async def test_an_account_without_its_floor_cannot_be_opened(connect, role):
    connection = await connect(role)
    with pytest.raises(asyncpg.CheckViolationError, match="floor_zero"):
        await connection.execute(
            """INSERT INTO account (id, code, kind, currency, side, floor_zero, hot, created_at)
               VALUES ($1, 'payable:x', 'payable', 'USD', -1, false, true, now())""",
            new_id(),
        )


CHANGES = [
    "UPDATE posting SET amount_minor = amount_minor * 2",
    "DELETE FROM posting",
    "TRUNCATE posting",
    "UPDATE journal_entry SET reason = 'other'",
    "DELETE FROM journal_entry",
    "TRUNCATE journal_entry CASCADE",
    "UPDATE account SET floor_zero = false, hot = true",
    "UPDATE account SET code = code || ':mine'",
    "DELETE FROM account",
    "TRUNCATE account CASCADE",
    "UPDATE balance SET minor = 0",
    "DELETE FROM balance",
    "TRUNCATE balance",
    "INSERT INTO balance SELECT id, side, floor_zero, 5 FROM account WHERE hot LIMIT 1",
]


@ROLES
@pytest.mark.parametrize("change", CHANGES)
async def test_what_is_booked_stays(db, connect, role, change):
    subject = await booked(db)
    connection = await connect(role)
    refusals = (asyncpg.IntegrityConstraintViolationError, asyncpg.InsufficientPrivilegeError)
    with pytest.raises(refusals):
        await connection.execute(change)
    async with db.transaction() as tx:
        assert await queries.balance(tx, chart.escrow(subject), "USD") == usd(100_000)
        assert (await proof.proof(tx)).holds


@pytest.mark.parametrize(
    "attack",
    [
        "ALTER TABLE posting DISABLE TRIGGER ALL",
        "DROP TRIGGER balance_follows ON posting",
        "ALTER TABLE balance DROP CONSTRAINT ck_balance_floor",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    ],
)
async def test_the_application_cannot_take_the_guards_away(connect, attack):
    connection = await connect("app")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(attack)


async def test_the_proof_shows_its_figures(db):
    subject, supplier = await booked(db, 10_000), new_id()
    async with db.transaction() as tx:
        await post(tx, releasing(subject, supplier, usd(4_000), usd(60)))
        made = await proof.prove(tx, by=None)
    figures = {i["name"]: i["figures"] for i in made.invariants}
    assert made.holds
    assert figures["owed_is_covered"] == [{"currency": "USD", "cash": 10_000, "open_fx": 0, "owed": 9_940}]
    deal = {"funded": 10_000, "held": 6_000, "released": 3_940, "fees": 60, "frozen": 0, "refund_due": 0, "refunded": 0}
    assert figures["deals_add_up"] == [{"currency": "USD", **deal, "charged_back": 0}]


TAMPERING = {
    "balances_are_sums": "UPDATE balance SET minor = minor - 1",
    "entries_balance": "UPDATE posting SET amount_minor = amount_minor + 1 WHERE amount_minor > 0",
    "owed_is_covered": "UPDATE posting SET amount_minor = amount_minor - 1 WHERE amount_minor > 0",
    "deals_add_up": "UPDATE journal_entry SET kind = 'gift' WHERE kind = 'fund'",
}


@pytest.mark.parametrize(("invariant", "tampering"), TAMPERING.items())
async def test_the_proof_finds_what_a_superuser_did(db, urls, invariant, tampering):
    """Only somebody who switches the triggers off gets this far; then the proof fails and payouts stop."""
    await booked(db)
    boss = await asyncpg.connect(urls.super.replace("postgresql+asyncpg://", "postgresql://"))
    await boss.execute("SET session_replication_role = replica")
    await boss.execute(tampering)
    await boss.close()
    async with db.transaction() as tx:
        made = await proof.prove(tx, by=None)
        assert not made.holds
        assert invariant in [i["name"] for i in made.invariants if not i["holds"]]
    async with db.transaction() as tx:
        assert not await proof.last_one_held(tx)


async def test_amounts_at_the_edge_are_refused_not_wrapped(db):
    subject = order()
    async with db.transaction() as tx:
        await post(tx, funding(subject, usd(2**63 - 1)))
    with pytest.raises(DBAPIError, match="out of range"):
        async with db.transaction() as tx:
            await post(tx, funding(subject, usd(1)))
    async with db.transaction() as tx:
        kept = await tx.execute(text("SELECT count(*) FROM journal_entry"))
        assert kept.scalar_one() == 1
