"""`python -m bench.evidence [LINKS]`: links appended a second; one chain verified, and a day published, among LINKS.

Appending: committed to disk, as the application's role, through `app.core.evidence`, guards in force; one link a
transaction, three (as most moves write them), and one with a personal part; each client on chains of its own. Then
the database is filled up to LINKS links (1,000,000 when left out) by SQL, ten a chain, their hashes right and chained;
a chain is verified, all chains' ends are published as one day, and the ends of a usual day (one chain in a hundred) as
the next.
"""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

import asyncpg
import uvloop

from app import migrations
from app.core import clock, evidence, transparency
from app.core.db import Database
from app.core.ids import new_id
from app.core.subject import Subject
from app.embedded import OWNER_ROLE, SUPERUSER, Services
from bench.report import judged, write

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- evidence: written by python -m bench.evidence -->", "<!-- end of evidence -->"
PROCESSES, CLIENTS, SECONDS = 2, 16, 10
LINKS = 1_000_000
LONG = 10  # links of a chain
USUAL = 100  # one chain in so many grows on a usual day
CHAINS_AT_ONCE = 50_000
QUIET = timedelta(days=4)
"""After the day of all links: the publisher looks back two days, and shall find a usual day there, not that one."""
LEAST, LONGEST_VERIFY, LONGEST_ROOT = 1_000, 1.0, 60.0
WORDS = "Eleven cartons arrived crushed and part of the goods cannot be sold."
SAID = {"shipment": "0192", "carrier": "Blue Meridian", "documents": ["0" * 64]}


@dataclass(frozen=True)
class Load:
    url: str
    at_once: int
    private: bool


def pour(load: Load) -> int:
    """One process: append until time is over. How many links."""
    return uvloop.run(_pour(load))


async def _pour(load: Load) -> int:
    db, count = Database(load.url, pool=CLIENTS), 0
    deadline = time.monotonic() + SECONDS

    async def client() -> None:
        nonlocal count
        subject, actor = Subject("order", new_id()), new_id()
        said = SAID | {"reason": WORDS} if load.private else SAID
        while time.monotonic() < deadline:
            async with db.transaction() as tx:
                await evidence.record_all(tx, [(subject, "order.shipped", said)] * load.at_once, actor=actor)
            count += load.at_once

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    await db.close()
    return count


class Bench:
    def __init__(self, services: Services, links: int) -> None:
        self.app, self.links = services.postgres_url(), links
        self.boss = services.postgres_url(role=SUPERUSER).replace("+asyncpg", "")
        self.owner = services.postgres_url(role=OWNER_ROLE)

    def run(self) -> str:
        migrations.upgrade(self.owner)
        rows = []
        for at_once, private in ((1, False), (3, False), (1, True)):
            with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
                rate = sum(pool.map(pour, [Load(self.app, at_once, private)] * PROCESSES)) / SECONDS
            met = judged(rate >= LEAST, f"≥ {LEAST:,}")
            words = ", with somebody's words" if private else ""
            what = f"links appended a second, {at_once} a transaction{words}"
            rows.append((what, f"{rate:,.0f}{met}"))
            print(rows[-1], flush=True)
        rows += asyncio.run(self._among_many())
        return "\n".join(
            [
                f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores, load average before "
                f"{os.getloadavg()[2]:.1f}; `python -m bench.evidence {self.links}`: {PROCESSES} processes of {CLIENTS}"
                " connections append.",
                "",
                "| what | measured |",
                "| --- | --- |",
                *(f"| {name} | {figure} |" for name, figure in rows),
            ]
        )

    async def _among_many(self) -> list[tuple[str, str]]:
        day = (clock.now() - timedelta(days=9)).date()
        seeding = time.monotonic()
        await self._fill(datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=12))
        print(f"filled in {time.monotonic() - seeding:.0f} s", flush=True)
        db = Database(self.app)
        verify = await self._timed(db, self._verify)
        whole = await self._timed(db, lambda tx: transparency.publish(tx, day))
        quiet, later = day + QUIET, day + QUIET + timedelta(days=1)
        await self._timed(db, lambda tx: transparency.publish(tx, quiet))
        await self._grow(datetime.combine(later, datetime.min.time(), UTC) + timedelta(hours=12))
        usual = await self._timed(db, lambda tx: transparency.publish(tx, later))
        async with db.transaction(read_only=True) as tx:
            trees = await transparency.tree_heads(tx)
            assert [tree.size for tree in trees] == [self.chains + self.chains // USUAL, self.chains, self.chains]
            assert (await transparency.unbroken(tx, trees))[trees[0].day]
            subject = Subject("bench", UUID(int=1))
            logged = await transparency.inclusion(tx, subject)
            assert logged is not None
            assert logged.agrees(subject, await evidence.chain(tx, subject))
        await db.close()
        fast = judged(verify < LONGEST_VERIFY, f"< {LONGEST_VERIFY:g} s")
        short = judged(whole < LONGEST_ROOT, f"< {LONGEST_ROOT:g} s")
        daily = judged(usual < LONGEST_ROOT, f"< {LONGEST_ROOT:g} s")
        return [
            (f"one chain verified among {self.links:,} links", f"{verify * 1000:.0f} ms{fast}"),
            (f"root of a day on which all {self.chains:,} chains grew", f"{whole:.1f} s{short}"),
            (f"root of a day on which {self.chains // USUAL:,} chains grew", f"{usual:.1f} s{daily}"),
        ]

    @property
    def chains(self) -> int:
        return self.links // LONG

    async def _timed(self, db: Database, work: object) -> float:
        async with db.transaction() as tx:
            await transparency.newest(tx)  # the connection is there
        began = time.monotonic()
        async with db.transaction() as tx:
            assert await work(tx)  # type: ignore[operator]
        seconds = time.monotonic() - began
        print(f"{seconds:.2f} s", flush=True)
        return seconds

    async def _verify(self, tx: object) -> bool:
        subject = Subject("bench", UUID(int=self.chains // 2))
        return await evidence.verify(tx, subject) == evidence.Verdict(True, LONG)  # type: ignore[arg-type]

    async def _fill(self, at: datetime) -> None:
        """Whole chains by SQL, as a superuser who passes the triggers by; nothing else is in the database."""
        boss = await asyncpg.connect(self.boss)
        await boss.execute("SET session_replication_role = replica")
        await boss.execute("TRUNCATE evidence_link, evidence_private")
        for first in range(1, self.chains + 1, CHAINS_AT_ONCE):
            await boss.execute(FILL, first, min(first + CHAINS_AT_ONCE - 1, self.chains), LONG, at, timeout=600)
        await boss.execute("VACUUM ANALYZE evidence_link")
        await boss.close()

    async def _grow(self, at: datetime) -> None:
        """One more link to one chain in a hundred."""
        boss = await asyncpg.connect(self.boss)
        await boss.execute("SET session_replication_role = replica")
        await boss.execute(GROW, self.chains // USUAL, LONG, at, timeout=600)
        await boss.close()


CANONICAL = """
    '{"actor":null,"at":"' || to_char($AT AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00",'
    || '"data":{"carrier":"Blue Meridian","n":' || SEQ || '},"kind":"bench.grew","seq":' || SEQ
    || ',"subject":"bench:' || ID || '"}'
"""
FILL = """
WITH RECURSIVE link AS (
    SELECT id, 1 AS seq, decode(repeat('00', 32), 'hex') AS previous, canonical,
           sha256(decode(repeat('00', 32), 'hex') || convert_to(canonical, 'UTF8')) AS hash
      FROM (SELECT lpad(to_hex(n), 32, '0')::uuid AS id FROM generate_series($1::int, $2::int) n) s,
           LATERAL (SELECT FIRST AS canonical) c
    UNION ALL
    SELECT link.id, link.seq + 1, link.hash, c.canonical, sha256(link.hash || convert_to(c.canonical, 'UTF8'))
      FROM link, LATERAL (SELECT NEXT AS canonical) c WHERE link.seq < $3::int
)
INSERT INTO evidence_link (id, subject_type, subject_id, seq, kind, canonical, actor, at, previous, hash)
SELECT gen_random_uuid(), 'bench', id, seq, 'bench.grew', canonical, NULL, $4, previous, hash FROM link
""".replace("FIRST", CANONICAL.replace("$AT", "$4::timestamptz").replace("SEQ", "1").replace("ID", "s.id")).replace(
    "NEXT", CANONICAL.replace("$AT", "$4::timestamptz").replace("SEQ", "(link.seq + 1)").replace("ID", "link.id")
)
GROW = """
INSERT INTO evidence_link (id, subject_type, subject_id, seq, kind, canonical, actor, at, previous, hash)
SELECT gen_random_uuid(), 'bench', link.subject_id, link.seq + 1, 'bench.grew', c.canonical, NULL, $3, link.hash,
       sha256(link.hash || convert_to(c.canonical, 'UTF8'))
  FROM generate_series(1, $1::int) n
  JOIN evidence_link link ON link.subject_type = 'bench' AND link.subject_id = lpad(to_hex(n), 32, '0')::uuid
                         AND link.seq = $2::int,
       LATERAL (SELECT NEXT AS canonical) c
""".replace(
    "NEXT",
    CANONICAL.replace("$AT", "$3::timestamptz").replace("SEQ", "(link.seq + 1)").replace("ID", "link.subject_id"),
)


def main() -> None:
    links = int(sys.argv[1]) if len(sys.argv) > 1 else LINKS
    folder = Path(tempfile.mkdtemp(prefix="portolan-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    try:
        with Services.start(folder) as services:
            told = Bench(services, links).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(told)
    write(ROOT / "docs" / "PERFORMANCE.md", told, BEGIN, END)


if __name__ == "__main__":
    main()
