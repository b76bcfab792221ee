"""Page views are noted in memory and written in batches beside the requests, so that no page waits for them.

What is noted has the address and the browser for a second; what is written has marks under the day's salt instead.
A batch counts once: it has a number, and a writer's row says which was last. Events that wait are bounded; what finds
no room is let go and counted. A process that ends writes what it has; one that is killed loses what came in since its
last batch, a second's worth while the store answers.
"""

import asyncio
import hashlib
import hmac
import os
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import asyncpg
from prometheus_client import Counter
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log
from app.core.crypto import derive
from app.core.db import Database
from app.core.ids import new_id
from app.core.metrics import registry
from app.core.networks import Networks, networks
from app.core.periods import day_of
from app.traffic import agents
from app.traffic.models import CHANGED, SALT, WRITER
from app.traffic.sources import source
from app.traffic.store import Batch, EventsRefused, EventStore

ROOM = 20_000  # events that may wait, some 10 MB
BATCH = 1_000
PAUSE = 1.0  # seconds between batches
HEARTBEAT = 60.0  # seconds between signs of life without events
RETRY = 5.0  # seconds after a batch that could not be written
VISIT_GAP = timedelta(minutes=30)
SALT_KEPT = timedelta(hours=1)  # after its day

logger = log.get("portolan.traffic")
written = Counter("portolan_traffic_written_total", "Page views and signs written", registry=registry)
dropped = Counter("portolan_traffic_dropped_total", "Page views let go for want of room", registry=registry)


class Seen(NamedTuple):
    """One request as it is noted: with address and browser, in memory alone."""

    at: datetime
    kind: str
    address: str
    agent: str
    member: UUID | None
    staff: bool
    host: str
    referer: str
    path: str
    query: str
    route: str
    subject: tuple[str, str]


class Recorder:
    """What one web process has seen and not yet written."""

    def __init__(
        self, db: Database, store: EventStore, *, secret: str, zone: str, folder: Path | None = None, room: int = ROOM
    ) -> None:
        self._db, self._store, self._zone, self._folder, self._room = db, store, zone, folder, room
        self._key = derive(secret, "traffic-member")
        self._waiting: deque[Seen] = deque()
        self._salts: dict[date, bytes] = {}
        self._days: set[date] = set()
        self._id = new_id()
        self._batch = self._in_hand = self._dropped = 0
        self._seen_at: datetime | None = None
        self._writing = asyncio.Lock()
        self._called = asyncio.Event()

    def load(self) -> None:
        """Read tables and lists now, not with the first batch: before processes are forked, they share them."""
        networks(self._folder)
        agents.bot("")

    def note(self, seen: Seen) -> None:
        """Keep it until the next batch. Never waits, never fails."""
        if len(self._waiting) >= self._room:
            self._dropped += 1
            dropped.inc()
            return
        self._waiting.append(seen)
        if len(self._waiting) == BATCH:
            self._called.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write every second; when the block ends, write the rest and say that this process has ended."""
        self._id, self._batch, self._dropped = new_id(), 0, 0  # a forked process is a writer of its own
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._finish()

    async def _run(self) -> None:
        pause = PAUSE
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._called.wait(), pause)
            self._called.clear()
            pause = PAUSE if await self._try() else RETRY

    async def _try(self) -> bool:
        try:
            await self.flush()
        except (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            logger.warning("traffic.not_written", waiting=len(self._waiting), error=repr(error))
            return False
        return True

    async def _finish(self) -> None:
        whole = await self._try()
        while whole and self._waiting:  # what came in meanwhile
            whole = await self._try()
        if whole:
            async with self._db.aside.transaction() as tx:
                await tx.execute(update(WRITER).where(WRITER.c.id == self._id).values(closed_at=clock.now()))
        else:
            logger.error("traffic.lost", events=len(self._waiting))

    async def flush(self) -> int:
        """Write what waits as this begins; how many. What cannot be written waits on, and is written once however it
        ended."""
        done = 0
        async with self._writing:
            waited = len(self._waiting)  # what comes in meanwhile is the next batch's, or every view would be a batch
            while done < waited:
                self._in_hand = self._in_hand or min(waited - done, BATCH)
                batch = list(islice(self._waiting, self._in_hand))
                try:
                    await self._write(batch)
                except EventsRefused as error:
                    self._let_go(len(batch), error)
                for _each in batch:
                    self._waiting.popleft()
                done += len(batch)
                written.inc(len(batch))
                self._in_hand = 0
                self._batch += 1
            if self._seen_at is None or clock.now() - self._seen_at >= timedelta(seconds=HEARTBEAT):
                async with self._db.aside.transaction() as tx:
                    await self._sign(tx, 0)
            self._forget_salts()
        return done

    def _let_go(self, events: int, error: Exception) -> None:
        """The store will never take these: better they are missing, and said to be, than all that follow."""
        logger.error("traffic.refused", events=events, error=repr(error))
        self._dropped += events
        dropped.inc(events)

    async def _write(self, seen: list[Seen]) -> None:
        days = {day_of(one.at, self._zone) for one in seen}
        await self._prepare(days)

        async def sign(tx: AsyncSession) -> bool:
            new = await self._sign(tx, len(seen))
            if new:
                await _change(tx, days)
            return new

        await self._store.write(Batch(self._id, self._batch + 1, self._rows(seen)), sign)

    async def _sign(self, tx: AsyncSession, events: int) -> bool:
        """Write down how far this process has come. False when this batch had been written after all."""
        now, batch = clock.now(), self._batch + (1 if events else 0)
        new = insert(WRITER).values(
            id=self._id, started_at=now, seen_at=now, batch=batch, written=events, dropped=self._dropped
        )
        further = new.on_conflict_do_update(
            index_elements=["id"],
            set_={
                "seen_at": now,
                "batch": batch,
                "written": WRITER.c.written + events,
                "dropped": self._dropped,
            },
            where=WRITER.c.batch < batch if events else None,
        ).returning(WRITER.c.id)
        self._seen_at = now
        return (await tx.execute(further)).first() is not None

    async def _prepare(self, days: set[date]) -> None:
        """The days' room and salts, in transactions that end before anything is marked with them."""
        for day in sorted(days - self._days):
            await self._store.make_days(day, day)
            self._days.add(day)
        salts = days - self._salts.keys()
        before = {day - timedelta(days=1) for day in days} - self._salts.keys()
        if not salts and not before:
            return
        async with self._db.aside.transaction() as tx:
            for day in sorted(salts):
                await tx.execute(insert(SALT).values(day=day, salt=os.urandom(32)).on_conflict_do_nothing())
            found = await tx.execute(select(SALT.c.day, SALT.c.salt).where(SALT.c.day.in_(salts | before)))
            known = {row.day: row.salt for row in found}
        self._salts |= known

    def _forget_salts(self) -> None:
        last = day_of(clock.now() - SALT_KEPT, self._zone)
        self._salts = {day: salt for day, salt in self._salts.items() if day >= last}
        self._days = {day for day in self._days if day >= last}

    def _rows(self, batch: Iterable[Seen]) -> list[tuple[object, ...]]:
        known = networks(self._folder)
        return [self._row(seen, known) for seen in batch]

    def _row(self, seen: Seen, known: Networks) -> tuple[object, ...]:
        day = day_of(seen.at, self._zone)
        who = f"{seen.address}\0{seen.agent}"
        device = mark(self._salts[day], who)
        member = mark(self._key, str(seen.member)) if seen.member else None
        came = source(seen.referer, seen.query, own=seen.host)
        page = int.from_bytes(mark(self._salts[day], f"{seen.path}?{seen.query}")[:8], "big", signed=True)
        return (
            *(day, seen.at, seen.kind, device, self._mark_before(seen.at, day, who), member or device),
            *(member is not None, seen.staff, page, seen.route[:120], seen.subject[0][:20], seen.subject[1][:80]),
            *(known.country(seen.address), known.hosted(seen.address)),
            *(agents.device(seen.agent), _bot(seen), came.referrer, came.channel),
            *(came.source, came.medium, came.campaign),
        )

    def _mark_before(self, at: datetime, day: date, who: str) -> bytes | None:
        """A visit may begin before midnight: for as long as one may pause, its device is known by both marks."""
        salt = self._salts.get(day - timedelta(days=1))
        return mark(salt, who) if salt and day_of(at - VISIT_GAP, self._zone) < day else None


def _bot(seen: Seen) -> str:
    if seen.kind == "beacon" and seen.query == "driven=1":
        return agents.HEADLESS
    return agents.bot(seen.agent)


def mark(key: bytes, what: str) -> bytes:
    """16 bytes, the same for the same; to be told from others by nobody without the key."""
    return hmac.digest(key, what.encode("utf-8", "surrogateescape"), hashlib.sha256)[:16]


async def _change(tx: AsyncSession, days: set[date]) -> None:
    changed = insert(CHANGED).values([{"day": day} for day in sorted(days)])
    # Not "nothing": the row is locked, so that nobody takes it for done before these events are there.
    await tx.execute(changed.on_conflict_do_update(index_elements=["day"], set_={"day": changed.excluded.day}))


async def destroy_salts(tx: AsyncSession, zone: str) -> None:
    """From now on nobody can tell whose the marks of days before were."""
    await tx.execute(delete(SALT).where(SALT.c.day < day_of(clock.now() - SALT_KEPT, zone)))
