"""`python -m bench [products …]`: seeds, serves, measures each page beside the bare page, writes the figures down."""

import asyncio
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID

from app import migrations, wiring
from app.core.config import Settings
from app.core.db import Database
from app.embedded import OWNER_ROLE, Services
from app.tether import Child
from bench import bare, deals, report, seed
from bench.load import Figures, Plan
from bench.report import Memory, Row

ROOT = Path(__file__).resolve().parent.parent
SIZES = (10_000, 100_000)
PATIENCE = 60.0
ROUNDS = 5  # of a page and the bare page in turn; the middle one is told
THREADS = 64
PLACEMENTS = 600


def main() -> None:
    run(Bench, tuple(int(word) for word in sys.argv[1:]) or SIZES)


def run(kind: "type[Bench]", sizes: tuple[int, ...]) -> None:
    """Measure on services of its own, that are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="portolan-bench-"))
    folder.chmod(0o755)  # PostgreSQL's own user must reach its data when this runs as root
    try:
        with Services.start(folder) as services:
            kind(services).run(sizes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Bench:
    def __init__(self, services: Services) -> None:
        self.services = services
        self.settings = Settings(
            database_url=services.postgres_url(),
            migration_database_url=services.postgres_url(role=OWNER_ROLE),
            redis_url=services.redis_url,
            data_dir=services.data_dir,
        )
        self.env = {
            **os.environ,
            "PORTOLAN_DATABASE_URL": self.settings.database_url,
            "PORTOLAN_MIGRATION_DATABASE_URL": self.settings.migration_database_url,
            "PORTOLAN_REDIS_URL": self.settings.redis_url,
            "PORTOLAN_DATA_DIR": str(self.settings.data_dir),
            "PORTOLAN_ENVIRONMENT": "development",
            "PORTOLAN_LOG_FORMAT": "json",
        }
        self.web, self.bare = free_port(), free_port()
        self.rows: list[Row] = []

    def run(self, sizes: tuple[int, ...]) -> None:
        migrations.upgrade(self.settings.migration_database_url)
        market: seed.Market | None = None
        ids: list[UUID] = []
        plans: dict[str, Plan] = {}
        for size in sizes:
            print(f"Seeding {size:,} products…", flush=True)
            began = time.monotonic()
            market, new = asyncio.run(self._seed(market, size, len(ids)))
            ids += new
            print(f"  {time.monotonic() - began:.0f} s", flush=True)
            with self._serving("web", ["bench.web"], self.web):
                page_bytes = len(get(self.web, f"/products/{ids[0]}", "text/html"))
                with self._serving("bare", ["bench.bare"], self.bare, page_bytes):
                    plans = self._plans(market, ids)
                    orders = {report.ORDER: self._placements(market)} if size == sizes[0] else {}
                    self._measure(plans | orders, size)
        memory = self._memory(plans)
        table = report.table(self.rows, memory, sizes)
        print(table)
        report.write(ROOT / "docs" / "PERFORMANCE.md", table)

    async def _seed(self, market: seed.Market | None, size: int, have: int) -> tuple[seed.Market, list[UUID]]:
        db = Database(self.settings.database_url)
        ctx = wiring.job_context(self.settings, db)
        market = market or await seed.make_market(ctx)
        ids = await seed.add_products(ctx, market, size, have=have)
        await db.close()
        await seed.settle(self.services)
        return market, ids

    @contextmanager
    def _serving(self, name: str, module: list[str], port: int, page_bytes: int = 0) -> Iterator[Child]:
        """One of the bench's servers, with two web processes."""
        own = {"PORTOLAN_PORT": str(port), "PORTOLAN_WEB_PROCESSES": "2", bare.SIZE_VARIABLE: str(page_bytes)}
        command, env = [sys.executable, "-m", *module], {**self.env, **own}
        child = Child(name, command, log=self.services.logs / f"{name}.log", cwd=ROOT, env=env)
        try:
            wait_for(port, child)
            yield child
        finally:
            child.end(patience=20)

    def _plans(self, market: seed.Market, ids: list[UUID]) -> dict[str, Plan]:
        some = [str(number) for number in ids[:: max(len(ids) // 500, 1)]]
        html, api = {"accept": "text/html"}, {"accept": "application/json", "authorization": f"Bearer {market.key}"}
        questions = seed.questions(some, 2000)
        threads = [
            f"/api/v1/inquiries/{post(self.web, '/api/v1/inquiries', question, api)['id']}/messages"
            for question in questions[:THREADS]
        ]
        asked = [json.dumps(question) for question in questions]
        return {
            report.SEARCH: Plan(self.web, seed.queries(3000), headers=html),
            "search page, words nobody asked before": Plan(self.web, seed.new_words(20_000), headers=html),
            "search page, one query again and again": Plan(self.web, seed.queries(1), headers=html),
            report.PRODUCT: Plan(self.web, [f"/products/{p}" for p in some], headers=html),
            report.PRODUCT_JSON: Plan(self.web, [f"/api/v1/products/{p}" for p in some]),
            "message post": Plan(self.web, threads, "POST", api, [json.dumps({"text": "Is it ready?"})]),
            "inquiry post": Plan(self.web, ["/api/v1/inquiries"] * len(asked), "POST", api, asked),
        }

    def _measure(self, plans: dict[str, Plan], size: int) -> None:
        product = plans[report.PRODUCT]
        beside = replace(product, port=self.bare, paths=[path.removeprefix("/products") for path in product.paths])
        for name, plan in plans.items():
            if plan.once:
                own, bares = load(plan), sorted((load(beside) for _ in range(ROUNDS)), key=lambda bare: bare.per_second)
                row = Row(size, name, own, bares[ROUNDS // 2])
            else:
                rounds = [(load(plan.turned(n / ROUNDS)), load(beside)) for n in range(ROUNDS)]
                rounds.sort(key=lambda pair: pair[0].per_second / pair[1].per_second)
                row = Row(size, name, *rounds[ROUNDS // 2])
            self.rows.append(row)
            print(f"  {row.told}", flush=True)

    def _placements(self, market: seed.Market) -> Plan:
        """The signatures that place orders: each contract takes one, so the run ends with them."""
        ready = asyncio.run(self._half_signed(market))
        headers = {"accept": "application/json", **ready.headers}
        return Plan(self.web, ready.paths, "POST", headers, ready.bodies, warm_up=1.5, seconds=30, once=True)

    async def _half_signed(self, market: seed.Market) -> deals.HalfSigned:
        db = Database(self.settings.database_url)
        made = await deals.half_signed(wiring.job_context(self.settings, db), market, PLACEMENTS)
        await db.close()
        await seed.settle(self.services)
        return made

    def _memory(self, plans: dict[str, Plan]) -> list[Memory]:
        """Of each process after the load: the two web processes, a worker that had work, and what watches over them."""
        with self._serving("web and worker", ["bench.web", "1"], self.web) as watcher:
            for plan in list(plans.values()) * ROUNDS:
                load(plan)
            time.sleep(15)
            names = ("web process 1", "web process 2", "worker", "watching over them")
            pids = (*children(watcher.pid), watcher.pid)
            return [Memory(name, *memory(pid)) for name, pid in zip(names, pids, strict=True)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, child: Child) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if child.exit_code is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"{child.name} does not serve:\n{child.log.read_text()[-2000:]}")


def get(port: int, path: str, accept: str) -> bytes:
    request = Request(f"http://127.0.0.1:{port}{path}", headers={"accept": accept})
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  as above
        body: bytes = answer.read()
    return body


def post(port: int, path: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, str]:
    data, kind = json.dumps(body).encode(), {"content-type": "application/json"}
    request = Request(f"http://127.0.0.1:{port}{path}", data, headers | kind)
    try:
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  as above
            made: dict[str, str] = json.load(answer)
    except HTTPError as refused:
        raise SystemExit(f"POST {path} was answered with {refused.code}: {refused.read().decode()}") from refused
    return made


def load(plan: Plan) -> Figures:
    """One run of the generator, in a process of its own."""
    command = [sys.executable, "-m", "bench.load"]
    text = json.dumps(asdict(plan))
    done = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        raise SystemExit(f"The load generator failed on {plan.paths[0]}:\n{done.stderr[-2000:]}")
    return Figures(**json.loads(done.stdout))


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory(pid: int) -> tuple[float, float]:
    """Megabytes of a process: pages that it shares divided among those that share them, and resident."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kilobytes = dict(re.findall(r"^(Pss|Rss): +(\d+) kB", rollup, re.MULTILINE))
    return int(kilobytes["Pss"]) / 1024, int(kilobytes["Rss"]) / 1024


if __name__ == "__main__":
    main()
