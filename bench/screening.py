"""`python -m bench.screening [COMPANIES [ENTRIES]]`: everybody compared with everything; one company compared.

Made-up names, half of the entries people, a tenth of the companies with a person who signs beside the one who founded
it. The database is filled by SQL; then a list's first version is compared by the job that does it in production, in
batches, each committed; then one company that changed; then what a decision point asks.
"""

import asyncio
import os
import random
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, insert, select, text

from app import migrations, wiring
from app.core import clock
from app.core.config import Settings
from app.core.db import Database
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.runner import Again
from app.embedded import OWNER_ROLE, Services
from bench.report import judged, write
from trust.identity.models import MemberRow, Organisation
from trust.screening import jobs
from trust.screening.entries import Entry, Kind, Name, Strength, folded
from trust.screening.models import (
    ListedEntry,
    ListedName,
    ListVersion,
    Match,
    SanctionsList,
    ScreeningDue,
    ScreeningRun,
)
from trust.screening.standing import check
from trust.screening.states import Point

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- screening: written by python -m bench.screening -->", "<!-- end of screening -->"
COMPANIES, ENTRIES = 100_000, 20_000
LONGEST_RUN, LONGEST_ONE = 600.0, 0.050
ONE_TIMES, AT_ONCE = 50, 5_000


def _words(said: str) -> list[str]:
    return said.split()


SYLLABLES = _words("""
    ba ka lo mi ren tor vas nel gor shi han dar wel mun tek pol sar qui fen jor zam hul bri cas dov eth fra
    gli hos ivo jun kel lar mos nor ost pra ric sol tam ulf ver wyn yor zel
""")
TRADES = _words("""
    Trading Shipping International Electronics Machinery Import Export Group Petroleum Textile
""")
CITIES = ("Shenzhen ", "Ningbo ", "Dubai ", "Hamburg ", "", "", "")


class Names:
    def __init__(self) -> None:
        self.chance = random.Random(1815)

    def word(self) -> str:
        return "".join(self.chance.choice(SYLLABLES) for _ in range(self.chance.choice((2, 2, 3)))).title()

    def company(self) -> str:
        pick = self.chance.choice
        return f"{pick(CITIES)}{self.word()} {pick((self.word() + ' ', ''))}{pick(TRADES)} Co., Ltd."

    def person(self) -> str:
        return " ".join(self.word() for _ in range(self.chance.choice((2, 2, 3))))

    def entry(self, number: int) -> Entry:
        person = number % 2 == 0
        made = [self.person() if person else self.company() for _ in range(self.chance.choice((1, 1, 2, 4)))]
        names = tuple(Name(name, Strength.STRONG if place else Strength.PRIMARY) for place, name in enumerate(made))
        kind = Kind.PERSON if person else Kind.COMPANY
        return Entry(str(number), kind, names, countries=(self.chance.choice(("China", "Iran", "Germany")),))


class Bench:
    def __init__(self, services: Services, companies: int, entries: int) -> None:
        self.companies, self.entries, self.names = companies, entries, Names()
        self.settings = Settings(
            database_url=services.postgres_url(),
            migration_database_url=services.postgres_url(role=OWNER_ROLE),
            redis_url=services.redis_url,
            data_dir=services.data_dir,
        )

    def run(self) -> str:
        migrations.upgrade(self.settings.migration_database_url)
        before = os.getloadavg()[0]
        rows = asyncio.run(self._measure())
        return "\n".join(
            [
                f"Measured {datetime.now(UTC):%Y-%m-%d} on {os.cpu_count()} cores that others used too, load average "
                f"before {before:.1f} and after {os.getloadavg()[0]:.1f}; `python -m bench.screening {self.companies} "
                f"{self.entries}`: one worker.",
                "",
                "| what | measured |",
                "| --- | --- |",
                *(f"| {name} | {figure} |" for name, figure in rows),
            ]
        )

    async def _measure(self) -> list[tuple[str, str]]:
        db = Database(self.settings.database_url)
        ctx = wiring.job_context(self.settings, db)
        ids = await self._fill(db)
        light = resident()
        seconds = await self._everybody(ctx)
        one = await self._one(ctx, ids)
        standing = await self._standing(db, ids)
        async with db.transaction(read_only=True) as tx:
            found = (await tx.execute(select(func.count()).select_from(Match))).scalar_one()
        await db.close()
        what = f"{self.companies:,} companies compared with {self.entries:,} entries"
        met = judged(seconds < LONGEST_RUN, f"< {LONGEST_RUN:g} s") if self.companies >= COMPANIES else ""
        return [
            (what, f"{seconds:,.0f} s{met}"),
            ("one company that changed, median", f"{one * 1000:.0f} ms{judged(one < LONGEST_ONE, '< 50 ms')}"),
            ("what a decision point asks, median", f"{standing * 1000:.1f} ms"),
            ("matches kept", f"{found:,}"),
            ("memory of the process before, and with the index of all lists", f"{light:.0f} and {resident():.0f} MB"),
        ]

    async def _fill(self, db: Database) -> list[UUID]:
        companies = [
            {
                "id": (id_ := new_id()), "slug": str(id_), "name_original": (name := self.names.company()),
                "name_latin": name, "country": "CN", "registration_kind": "registry",
                "registration_number": str(id_)[-12:], "state": "active", "created_at": clock.now(),
            }
            for _ in range(self.companies)
        ]  # fmt: skip
        people = [
            {
                "id": new_id(), "organisation_id": company["id"], "name": self.names.person(),
                "email": f"{company['id']}@example.com", "password_hash": "-", "roles": ["owner"],
                "created_at": clock.now(),
            }
            for company in companies
        ]  # fmt: skip
        entries = [self.names.entry(number) for number in range(self.entries)]
        listed = [
            {
                "id": new_id(), "list_key": "bench", "reference": e.reference, "since": 1, "content": e.content(),
                "digest": e.digest(),
            }
            for e in entries
        ]  # fmt: skip
        known = [
            {"entry_id": row["id"], "place": place, "folded": folded(name.text)}
            for row, entry in zip(listed, entries, strict=True)
            for place, name in enumerate(entry.names)
        ]
        async with db.transaction() as tx:
            tx.add(SanctionsList(key="bench", name="A made-up list", form="sheet"))
            await tx.flush()
            tables = ((Organisation, companies), (MemberRow, people), (ListedEntry, listed), (ListedName, known))
            for table, rows in tables:
                for first in range(0, len(rows), AT_ONCE):
                    await tx.execute(insert(table), rows[first : first + AT_ONCE])
            tx.add(
                ListVersion(
                    list_key="bench", number=1, published_on=clock.now().date(), digest="0" * 64,
                    entries=self.entries, added=self.entries, changed=0, removed=0,
                )
            )  # fmt: skip
        return [company["id"] for company in companies]  # type: ignore[misc]

    async def _everybody(self, ctx: JobContext) -> float:
        async with ctx.db.transaction() as tx:
            run = ScreeningRun(total=self.companies, found=0, done=0)
            tx.add(run)
        began = time.monotonic()
        while True:
            try:
                await jobs.screen_everybody(ctx, run_id=run.id)
                return time.monotonic() - began
            except Again:
                print(f"  {time.monotonic() - began:.0f} s", flush=True)

    async def _one(self, ctx: JobContext, ids: list[UUID]) -> float:
        took = []
        for id_ in self.names.chance.sample(ids, ONE_TIMES):
            async with ctx.db.transaction() as tx:
                tx.add(ScreeningDue(organisation_id=id_))
            began = time.monotonic()
            await jobs.screen_due(ctx)
            took.append(time.monotonic() - began)
        return sorted(took)[len(took) // 2]

    async def _standing(self, db: Database, ids: list[UUID]) -> float:
        took = []
        async with db.transaction(read_only=True) as tx:
            await tx.execute(text("SELECT 1"))
            for id_ in self.names.chance.sample(ids, ONE_TIMES):
                began = time.monotonic()
                await check(tx, Point.QUOTATION, id_)
                took.append(time.monotonic() - began)
        return sorted(took)[len(took) // 2]


def resident() -> float:
    """Megabytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] + [COMPANIES, ENTRIES][len(sys.argv) - 1 :]
    folder = Path(tempfile.mkdtemp(prefix="portolan-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    try:
        with Services.start(folder) as services:
            table = Bench(services, *sizes).run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table)
    write(ROOT / "docs" / "PERFORMANCE.md", table, begin=BEGIN, end=END)


if __name__ == "__main__":
    main()
