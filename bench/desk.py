"""`python -m bench.desk [items]`: the moderators' queue with 50,000 items open, beside the bare page."""

import asyncio
import os
import sys
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app import migrations, wiring
from app.core.db import Database
from bench import seed
from bench.__main__ import ROUNDS, Bench, get, load, run
from bench.load import Plan
from bench.report import Row
from trust.access import Role
from trust.identity.models import MemberRow, Organisation
from trust.identity.sessions import Browser, open_session

ITEMS, PRODUCTS = 50_000, 200
PAGES = {
    "the queue": "/moderation",
    "one kind of it": "/moderation?kind=product",
    "a page far down": "/moderation?page=900",
    "figures": "/moderation/figures",
    "an item": "/moderation/{item}",
}
_OPEN = text("""
    INSERT INTO review (id, kind, subject_type, subject_id, organisation_id, title, state, priority, opened_at,
                        due_at, verdict, reason, facts)
    SELECT uuidv7(), 'product', 'product_revision', coalesce(r.ids[n], uuidv7()),
           o.ids[1 + n % array_length(o.ids, 1)], 'Item ' || n, 'open', n % 4, now(),
           now() + (n % 2000 - 500) * interval '1 minute', '', '', '{}'
      FROM generate_series(1, :items) AS n, (SELECT array_agg(id) AS ids FROM organisation WHERE sells) AS o,
           (SELECT array_agg(id) AS ids FROM product_revision) AS r
""")
_ONE = text("SELECT id FROM review WHERE subject_id IN (SELECT id FROM product_revision) LIMIT 1")


class Desk(Bench):
    def run(self, sizes: tuple[int, ...]) -> None:
        migrations.upgrade(self.settings.migration_database_url)
        [items] = sizes
        product, item, cookie = asyncio.run(self._open(items))
        headers = {"accept": "text/html", "cookie": f"session={cookie}"}
        print(f"{items:,} items open; load average before {os.getloadavg()[0]:.1f}", flush=True)
        with self._serving("web", ["bench.web"], self.web):
            page_bytes = len(get(self.web, f"/products/{product}", "text/html"))
            with self._serving("bare", ["bench.bare"], self.bare, page_bytes):
                for name, path in PAGES.items():
                    plan = Plan(self.web, [path.format(item=item)], headers=headers)
                    pairs = [(load(plan), load(Plan(self.bare, [f"/{product}"]))) for _ in range(ROUNDS)]
                    pairs.sort(key=lambda pair: pair[0].per_second / pair[1].per_second)
                    print(f"  {Row(items, name, *pairs[ROUNDS // 2]).told}", flush=True)

    async def _open(self, items: int) -> tuple[UUID, UUID, str]:
        """A product, an item that shows one, and a moderator's cookie."""
        db = Database(self.settings.database_url)
        ctx = wiring.job_context(self.settings, db)
        products = await seed.add_products(ctx, await seed.make_market(ctx), PRODUCTS)
        async with db.transaction() as tx:
            await tx.execute(_OPEN, {"items": items})
            item = (await tx.execute(_ONE)).scalar_one()
            cookie = await open_session(tx, await _moderator(tx), Browser("bench", "127.0.0.1"))
        await db.close()
        await seed.settle(self.services)
        return products[0], item, cookie


async def _moderator(tx: AsyncSession) -> UUID:
    platform = Organisation(
        slug="platform",
        name_original="Platform",
        name_latin="Platform",
        country="SG",
        registration_kind="registry",
        registration_number="1",
        is_platform=True,
    )
    tx.add(platform)
    await tx.flush()
    person = MemberRow(
        organisation_id=platform.id,
        name="Moderator",
        email="moderator@example.com",
        password_hash="none",  # noqa: S106  nobody signs in with it
        roles=[Role.MODERATOR, Role.COMPLIANCE],
    )
    tx.add(person)
    await tx.flush()
    return person.id


if __name__ == "__main__":
    run(Desk, tuple(int(word) for word in sys.argv[1:]) or (ITEMS,))
