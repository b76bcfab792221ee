"""`python -m bench.ledger`: entries posted a second, beside pgbench -N on the same server; a proof over a million legs.

Committed to disk, as the application's role, every guard in force. Once through `payments.ledger.service`, Python and
all: an entry a transaction, as a release posts it, and ten a transaction, as a payout run or a bank's statement does.
And once as the same statement sent by pgbench, an entry a transaction, which is what the tables, their guards and
locks give by themselves. pgbench -N (its simple-update script: one update, one select, one
insert) is what this machine and server give a plain transaction at best, so that the ratio can be compared between
machines.
"""

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop

from app import migrations
from app.core.db import Database
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from app.embedded import APP_ROLE, DATABASE, OWNER_ROLE, SUPERUSER, Services
from bench.report import judged, write
from payments import proof
from payments.ledger import chart
from payments.ledger.service import POST, Entry, credit, debit, post_all

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- ledger: written by python -m bench.ledger -->", "<!-- end of ledger -->"
PROCESSES, CLIENTS, SECONDS, ROUNDS = 2, 16, 10, 3  # clients of each process; pgbench gets as many
SETS = 200
POSTINGS = 1_000_000
LEAST_SPREAD, LEAST_HOT, LONGEST_PROOF = 1_500, 500, 10.0
CENT = Money(1, "USD")


@dataclass(frozen=True)
class Load:
    """sets    how many account sets the entries are spread over; 1: everything on one escrow and one supplier
    at_once    entries in one transaction
    """

    url: str
    sets: list[tuple[Subject, Subject]]
    seconds: float
    clients: int
    at_once: int


def pour(load: Load) -> list[float]:
    """One process, on the loop that the web processes run on: post until time is over. The seconds each entry took."""
    return uvloop.run(_pour(load))


async def _pour(load: Load) -> list[float]:
    db, took = Database(load.url, pool=load.clients), list[float]()
    deadline = time.monotonic() + load.seconds

    async def client(number: int) -> None:
        turn = number
        while (began := time.monotonic()) < deadline:
            entries = []
            for _ in range(load.at_once):
                order, supplier = load.sets[turn % len(load.sets)]
                entries.append(release(order, supplier) if turn % 2 else fund(order))
                turn += load.clients + 1
            async with db.transaction() as tx:
                await post_all(tx, entries)
            took.extend([time.monotonic() - began] * load.at_once)

    await asyncio.gather(*(client(number) for number in range(load.clients)))
    await db.close()
    return took


def fund(order: Subject, amount: Money = CENT) -> Entry:
    legs = [debit(chart.psp("stripe"), amount), credit(chart.escrow(order), amount)]
    return Entry(key=f"fund:{new_id()}", kind="fund", legs=legs, reason="paid", actor=None, subject=order)


def release(order: Subject, supplier: Subject) -> Entry:
    legs = [
        debit(chart.escrow(order), CENT + CENT),
        credit(chart.payable(supplier.id), CENT),
        credit(chart.FEE_INCOME, CENT),
    ]
    return Entry(key=f"pay:{new_id()}", kind="release", legs=legs, reason="accepted", actor=None, subject=order)


@dataclass(frozen=True)
class Row:
    name: str
    per_second: float
    plain: float
    p50_ms: float
    p99_ms: float
    least: float

    def told(self) -> str:
        met = judged(self.per_second >= self.least, f"≥ {self.least:,.0f}")
        ratio = f"{self.per_second / self.plain:.0%}"
        cells = [self.name, f"{self.per_second:,.0f}{met}", f"{self.plain:,.0f}", ratio]
        return "| " + " | ".join([*cells, f"{self.p50_ms:.1f}", f"{self.p99_ms:.1f}"]) + " |"


class Bench:
    def __init__(self, services: Services) -> None:
        self.services = services
        self.app = services.postgres_url()
        self.boss = services.postgres_url(role=SUPERUSER)

    def run(self) -> str:
        migrations.upgrade(self.services.postgres_url(role=OWNER_ROLE))
        self.services.create_database("plain", owner=OWNER_ROLE)
        self._pgbench("-i", "-s", "20", "-q")
        rows = []
        for sets, least, name in (
            (SETS, LEAST_SPREAD, f"spread over {SETS} account sets"),
            (1, LEAST_HOT, "one hot pair"),
        ):
            pairs = [(Subject("order", UUID(int=n)), Subject("organisation", UUID(int=n))) for n in range(1, sets + 1)]
            asyncio.run(self._open(pairs))
            rows.append(self._measure(f"{name}, by pgbench", partial(self._send, sets), least))
            for at_once in (1, 10):
                pour = partial(self._pour, pairs, at_once)
                rows.append(self._measure(f"{name}, from Python, {at_once} a transaction", pour, least))
        legs, seconds = asyncio.run(self._prove())
        headings = "| what | entries per second | pgbench -N per second | ratio | p50 ms | p99 ms |"
        return "\n".join(
            [
                f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, load average before "
                f"{os.getloadavg()[2]:.1f}; `python -m bench.ledger`: {PROCESSES} processes of {CLIENTS} connections, "
                f"{ROUNDS} rounds of {SECONDS} s in turn with pgbench, the middle ratio told.",
                "",
                headings,
                "| --- | --- | --- | --- | --- | --- |",
                *(row.told() for row in rows),
                "",
                f"The whole proof over {legs:,} postings: {seconds:.1f} s"
                + judged(seconds < LONGEST_PROOF, f"< {LONGEST_PROOF:g} s")
                + ".",
            ]
        )

    def _measure(self, name: str, pour: Callable[[], list[float]], least: float) -> Row:
        rounds = []
        for _ in range(ROUNDS):
            took = pour()
            plain = self._pgbench("-N", "-M", "prepared", "-c", str(PROCESSES * CLIENTS), "-j", "2", "-T", str(SECONDS))
            found = re.search(r"tps = ([\d.]+)", plain)
            assert found is not None
            row = Row(
                name,
                len(took) / SECONDS,
                float(found[1]),
                took[len(took) // 2] * 1000,
                took[len(took) * 99 // 100] * 1000,
                least,
            )
            print(row.told(), flush=True)
            rounds.append(row)
        rounds.sort(key=lambda row: row.per_second / row.plain)
        return rounds[len(rounds) // 2]

    async def _open(self, pairs: list[tuple[Subject, Subject]]) -> None:
        """The accounts, and enough in every escrow."""
        db = Database(self.app)
        for order, supplier in pairs:
            async with db.transaction() as tx:
                await post_all(tx, [fund(order, Money(10_000_000, "USD"))])
                await post_all(tx, [release(order, supplier)])
        await db.close()

    def _pour(self, pairs: list[tuple[Subject, Subject]], at_once: int) -> list[float]:
        load = Load(self.app, pairs, SECONDS, CLIENTS, at_once)
        with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
            return sorted(second for took in pool.map(pour, [load] * PROCESSES) for second in took)

    def _send(self, sets: int) -> list[float]:
        """The statement of `post`, by pgbench: the seconds that each entry took."""
        with tempfile.TemporaryDirectory() as folder:
            scripts = [Path(folder, name) for name in ("fund.sql", "release.sql")]
            for script, legs in zip(scripts, (FUND, RELEASE), strict=True):
                script.write_text(f"\\set n random(1, {sets})\n\\set a random(1, 1000000000000000)\n" + statement(legs))
            files = [word for script in scripts for word in ("-f", str(script))]
            log = ["-l", f"--log-prefix={folder}/log"]
            load = ["-M", "prepared", "-n", "-c", str(PROCESSES * CLIENTS), "-j", "2", "-T", str(SECONDS)]
            self._pgbench(*files, *log, *load, role=APP_ROLE, database=DATABASE)
            lines = [line for path in Path(folder).glob("log*") for line in path.read_text().splitlines()]
        return sorted(int(line.split()[2]) / 1_000_000 for line in lines)

    def _pgbench(self, *words: str, role: str = SUPERUSER, database: str = "plain") -> str:
        command = [str(self.services.postgres_bin / "pgbench"), "-h", str(self.services.sockets), "-U", role]
        done = subprocess.run([*command, *words, database], capture_output=True, text=True, check=True)
        return done.stdout

    async def _prove(self) -> tuple[int, float]:
        """Fill the books up to a million legs, as a superuser who passes the triggers by, and prove them whole."""
        boss = await asyncpg.connect(self.boss.replace("postgresql+asyncpg", "postgresql"))
        missing = max(POSTINGS - await boss.fetchval("SELECT count(*) FROM posting"), 0)
        await boss.execute("SET session_replication_role = replica")
        await boss.execute(FILLING, missing // 5)
        await boss.execute("ANALYZE")
        legs = int(await boss.fetchval("SELECT count(*) FROM posting"))
        await boss.close()
        db = Database(self.app)
        began = time.monotonic()
        async with db.transaction(read_only=True) as tx:
            made = await proof.proof(tx)
        seconds = time.monotonic() - began
        await db.close()
        assert made.holds, made
        return legs, seconds


FUND = (("psp:stripe", 1), ("escrow:order:", -1))
RELEASE = (("escrow:order:", 2), ("payable:organisation:", -1), ("fee_income", -1))


def statement(legs: Sequence[tuple[str, int]]) -> str:
    """What `post` sends, its arguments made by the server: pgbench has no UUIDs. Accounts end in the number `:n`."""
    key = "md5(:a::text || '-' || :client_id::text)"
    owner = "('00000000-0000-0000-0000-' || lpad(to_hex(:n::int), 12, '0'))"
    words = [code.replace(":", "' || chr(58) || '") for code, _minor in legs]  # pgbench takes a colon for its own
    codes = ", ".join(f"'{code}' || {owner}" if code.endswith("'") else f"'{code}'" for code in words)
    values = {
        "leg_keys": f"array_fill({key}, ARRAY[{len(legs)}])",
        "numbers": f"ARRAY[{', '.join(str(n) for n in range(1, len(legs) + 1))}]::smallint[]",
        "codes": f"ARRAY[{codes}]",
        "currencies": f"array_fill('USD'::bpchar, ARRAY[{len(legs)}])",
        "minors": f"ARRAY[{', '.join(str(minor) for _code, minor in legs)}]::bigint[]",
        "ids": f"ARRAY[{key}::uuid]",
        "keys": f"ARRAY[{key}]",
        "request_hashes": f"ARRAY[{key} || {key}]",
        "kinds": f"ARRAY['{'fund' if len(legs) == 2 else 'release'}']",
        "reasons": "ARRAY['bench']",
        "actors": "ARRAY[NULL]::uuid[]",
        "subject_types": "ARRAY['order']",
        "subject_ids": f"ARRAY[{owner}::uuid]",
        "part_ids": "ARRAY[NULL]::uuid[]",
        "contract_hashes": "ARRAY['']",
        "request_ids": "ARRAY['']",
        "facts": "ARRAY['{}']",
        "at": "now()",
    }
    return re.sub(r"(?<!:):(\w+)\b", lambda found: values[found[1]], POST.text) + ";\n"


FILLING = """
WITH deal AS (
    SELECT n, gen_random_uuid() AS subject_id, gen_random_uuid() AS held, gen_random_uuid() AS funded,
           gen_random_uuid() AS released
      FROM generate_series(1, $1::int) n
), opened AS (
    INSERT INTO account (id, code, kind, currency, owner_type, owner_id, side, floor_zero, hot, created_at)
    SELECT held, 'escrow:order:' || subject_id, 'escrow', 'USD', 'order', subject_id, -1, true, false, now() FROM deal
), cached AS (
    INSERT INTO balance (account_id, side, floor_zero, minor) SELECT held, -1, true, 0 FROM deal
), supplier AS (
    SELECT id FROM account WHERE kind = 'payable' AND currency = 'USD' ORDER BY id LIMIT 1
), paid AS (
    UPDATE balance SET minor = minor - 985 * $1::int WHERE account_id = (SELECT id FROM supplier)
), entry AS (
    INSERT INTO journal_entry (id, key, request_hash, kind, reason, subject_type, subject_id, contract_hash,
                               request_id, facts, at, created_in)
    SELECT id, kind || ':' || id, repeat('0', 64), kind, '', 'order', subject_id, '', '', '{}', now(), 1
      FROM (SELECT funded AS id, 'fund' AS kind, subject_id FROM deal
            UNION ALL SELECT released, 'release', subject_id FROM deal) e
)
INSERT INTO posting (entry_id, number, account_id, amount_minor, amount_currency)
SELECT l.entry_id, l.number, l.account_id, l.minor, 'USD' FROM deal,
       (SELECT id AS cash FROM account WHERE code = 'psp:stripe' AND currency = 'USD') c,
       (SELECT id AS fee FROM account WHERE code = 'fee_income' AND currency = 'USD') f,
       LATERAL (VALUES (funded, 1, cash, 1000), (funded, 2, held, -1000), (released, 1, held, 1000),
                       (released, 2, (SELECT id FROM supplier), -985), (released, 3, fee, -15))
         AS l (entry_id, number, account_id, minor)
"""


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="portolan-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    try:
        with Services.start(folder) as services:
            told = Bench(services).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(told)
    write(ROOT / "docs" / "PERFORMANCE.md", told, BEGIN, END)


if __name__ == "__main__":
    main()
