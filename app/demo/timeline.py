"""Stories told side by side, each step at its own moment: what happened first is written first.

A story is an asynchronous generator. It yields the moment at which it goes on; meanwhile the others do.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, runner
from app.core.jobs import JobContext, registry
from app.core.outbox import JOB
from app.core.post import deliver_sealed
from app.core.runner import Claim
from app.demo.helper import Helper
from orders.deals.handlers import accept_in_silence, keep_milestone_times
from orders.negotiation.jobs import close_rfqs, expire_offers
from payments.invoices.jobs import invoice_fees

Story = AsyncIterator[datetime]

DAY = timedelta(days=1)
SWEPT_EACH = 4 * DAY
SWEEPS = (expire_offers, close_rfqs, accept_in_silence, keep_milestone_times, invoice_fees)
LETTER = f"{deliver_sealed.__module__}.{deliver_sealed.__qualname__}"
_LOSE = (
    update(JOB)
    .where(JOB.c.id == func.any(bindparam("jobs", type_=ARRAY(Uuid))))
    .values(done_at=bindparam("now"), leased_until=None, arguments={})
)


class Errands:
    """The jobs that the steps of all stories cause, run at once, as by a worker that hears the bell.

    Handlers of events are waited for. Other jobs may take long, as setting a contract does: they are done beside the
    stories, by the helper if there is one, before the story that caused them goes on. Letters of before `since` are
    lost: they would be old by now, and nobody waits for them. Takes the place of the database's doorbell.
    """

    def __init__(self, ctx: JobContext, since: datetime) -> None:
        self._ctx = ctx
        self._since = since
        self._rung: list[UUID] = []
        self._story = 0
        self._beside: dict[int, list[asyncio.Task[None]]] = {}
        self.helper: Helper | None = None
        ctx.db.doorbell = self._ring

    def _ring(self, job_ids: list[UUID]) -> None:
        self._rung += job_ids

    async def turn_to(self, story: int) -> None:
        """The story of this number goes on: what it has caused so far is finished first."""
        self._story = story
        await asyncio.gather(*self._beside.pop(story, ()))

    async def run(self) -> None:
        """Run what the story causes, and what that causes."""
        while self._rung:
            due, self._rung = self._rung, []
            async with self._ctx.db.transaction() as tx:
                claims = await self._kept(tx, await runner.claim(tx, due))
            for claimed in claims:
                if registry.jobs[claimed.name].event:
                    await runner.run_claimed(self._ctx, claimed)
                else:
                    self._beside.setdefault(self._story, []).append(asyncio.create_task(self._aside(claimed)))

    async def _kept(self, tx: AsyncSession, claims: list[Claim]) -> list[Claim]:
        """Without old letters."""
        now = clock.now()
        lost = [claimed.id for claimed in claims if claimed.name == LETTER and now < self._since]
        if lost:
            await tx.execute(_LOSE, {"jobs": lost, "now": now})
        return [claimed for claimed in claims if claimed.id not in lost]

    async def _aside(self, claimed: Claim) -> None:
        if self.helper is None:
            await runner.run_claimed(self._ctx, claimed)
        else:
            rung = await self.helper.run(claimed)
            self._rung += rung  # not in one line: the list may have been put away meanwhile

    async def finish(self) -> None:
        """Finish everything, and run what has come due meanwhile."""
        for story in list(self._beside):
            await asyncio.gather(*self._beside.pop(story))
        await runner.drain(self._ctx)


async def play(errands: Errands, stories: Iterable[Story]) -> None:
    """Tell all stories up to now, in the order of their moments, each followed by the jobs it causes.

    A story ends by itself or at its first moment that lies in the future.
    """
    end = clock.now()
    waiting: list[tuple[datetime, int, Story]] = []
    for number, story in enumerate(stories):
        await _go_on(waiting, number, story, end)
    while waiting:
        moment, number, story = heapq.heappop(waiting)
        with clock.at(moment):
            await errands.turn_to(number)
            await _go_on(waiting, number, story, end)
            await errands.run()
    await errands.finish()


async def _go_on(waiting: list[tuple[datetime, int, Story]], number: int, story: Story, end: datetime) -> None:
    moment = await anext(story, None)
    if moment is not None and moment <= end:
        heapq.heappush(waiting, (moment, number, story))


async def time_passes(ctx: JobContext, start: datetime) -> Story:
    """What the clock alone brings about: offers lapse, requests close, silence becomes acceptance."""
    moment = start
    while True:
        yield moment
        for sweep in SWEEPS:
            await sweep(ctx)
        moment += SWEPT_EACH
