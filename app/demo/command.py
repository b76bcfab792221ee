"""`portolan demo`: builds the world once, and tells who can sign in."""

from collections.abc import Callable

from app import wiring
from app.core.config import Settings
from app.core.db import Database
from app.demo import accounts, world
from app.demo.world import WHOLE, Scale


class DemoRefused(Exception):
    """The world cannot be built here; the message is one sentence for the operator."""


async def run(settings: Settings, scale: Scale = WHOLE, *, say: Callable[[str], None]) -> str:
    """Build the world unless it is there, and return its accounts as JSON. Raises DemoRefused, BooksBroken."""
    if settings.production:
        raise DemoRefused("The demo world is for development only; PORTOLAN_ENVIRONMENT is production.")
    db = Database(settings.database_url, pool=settings.database_pool, durable=False)
    try:
        ctx = wiring.job_context(settings, db)
        if not await world.exists(ctx):
            accounts.keep(await accounts.issue(await world.build(ctx, scale, say=say)), settings.data_dir)
    finally:
        await db.close()
    try:
        return accounts.read(settings.data_dir)
    except FileNotFoundError:
        raise DemoRefused(
            "An earlier `portolan demo` was cut off half-way, or used another data directory; "
            "begin anew with an empty database (`make clean-data`)."
        ) from None
