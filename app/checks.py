"""`portolan check`: is everything that Portolan leans on there, and what is wrong if not."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import text

from app import wiring
from app.core import clock
from app.core.config import Settings
from app.core.db import Database
from app.core.doorbell import Doorbell
from app.core.signing.authority import Authority, certificates
from app.core.signing.keys import KeyName
from app.core.signing.outside import HttpTimestamps
from app.core.storage import from_url
from app.sealing import counting
from trust.rules import queries as rules

PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    fine: bool
    detail: str


async def run(settings: Settings) -> list[Result]:
    """Every check, each bounded in time; none stops the others."""
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("database", lambda: _database(settings.database_url, "SELECT current_user")),
        ("migrations", lambda: _database(settings.database_url, "SELECT version_num FROM alembic_version")),
        ("redis", lambda: _redis(settings.redis_url)),
        ("files", lambda: _files(settings)),
        ("keys", lambda: asyncio.to_thread(_keys, settings)),
        ("vault", lambda: _vault(settings)),
        ("rules", lambda: _rules(settings)),
        *([("events", lambda: _events(settings))] if settings.clickhouse_url else []),
        *_clocks(settings),
    ]
    results = [Result("configuration", True, settings.environment)]
    for name, check in checks:
        try:
            async with asyncio.timeout(PATIENCE):
                results.append(Result(name, True, await check()))
        except Exception as error:  # noqa: BLE001  a check reports whatever it meets
            sentence = str(error).splitlines()[0] if str(error) else type(error).__name__
            results.append(Result(name, False, sentence))
    return results


async def _database(url: str, question: str) -> str:
    db = Database(url, pool=1)
    try:
        async with db.transaction(read_only=True) as tx:
            return str((await tx.execute(text(question))).scalar_one())
    finally:
        await db.close()


async def _rules(settings: Settings) -> str:
    """That every rule and agreement is in force: nobody may trade without (MOFCOM announcement 2011 No. 18, 5.6)."""
    db = Database(settings.database_url, pool=1)
    try:
        async with db.transaction(read_only=True) as tx:
            missing = await rules.missing(tx, clock.now().date())
    finally:
        await db.close()
    said = f"not in force: {', '.join(missing)}; `portolan rules adopt` puts first texts in force" if missing else ""
    if said and settings.production:
        raise LookupError(said)
    return said or "all in force"


async def _vault(settings: Settings) -> str:
    """How many keys the vault has, and whether anything lies under others than the first.

    raises  LookupError when something lies under a key that is not configured: nobody can read it
    """
    vault, db, rest = settings.vault, Database(settings.database_url, pool=1), ""
    try:
        counts = await counting.fields(db)
        try:
            async with asyncio.timeout(PATIENCE / 2):
                counts += await counting.files(db, wiring.files(settings, db))
        except TimeoutError:
            rest = "; files are many: `portolan keys status` counts them"
    finally:
        await db.close()
    found = counting.summed(counts, vault)
    said = f"{len(vault.ids)} key{'s' if len(vault.ids) > 1 else ''}; {found.current} under the one that seals"
    if found.unknown:
        raise LookupError(f"{said}, {found.unknown} under keys that are not configured: `portolan keys status`")
    older = sum(found.older.values())
    return f"{said}, {older} under older ones: `portolan keys reseal`{rest}" if older else f"{said}, none older{rest}"


async def _events(settings: Settings) -> str:
    """Where page views lie, when that is not the database."""
    db = Database(settings.database_url, pool=1)
    try:
        return await wiring.event_store(settings, db).state()
    finally:
        await db.close()


async def _redis(url: str) -> str:
    bell = Doorbell(url)
    state = await bell.state()
    await bell.close()
    if state.startswith("away"):
        raise ConnectionError(f"{state}; jobs still run, found by the worker's sweep")
    return state


def _keys(settings: Settings) -> str:
    """That each key signs and has its certificate; a token checks what it signed itself."""
    backend = wiring.keys(settings)
    for name in KeyName:
        backend.key(name).sign(b"portolan check", ec.ECDSA(hashes.SHA256()))
        Authority(backend).certificate(name)
    return backend.place


def _clocks(settings: Settings) -> list[tuple[str, Callable[[], Awaitable[str]]]]:
    """Each timestamp authority by its host: the time of a token that was checked."""

    def asking(url: str) -> Callable[[], Awaitable[str]]:
        return lambda: _clock(settings, url)

    return [(f"timestamps {urlsplit(url).hostname}", asking(url)) for url in settings.timestamp_urls]


async def _clock(settings: Settings, url: str) -> str:
    stamper = HttpTimestamps(url, certificates(settings.timestamp_roots))
    token = await stamper.async_timestamp(sha256(b"portolan check").digest(), "sha256")
    said: datetime = token["content"]["encap_content_info"]["content"].parsed["gen_time"].native
    return f"{said:%Y-%m-%d %H:%M:%S} UTC"


async def _files(settings: Settings) -> str:
    store = from_url(settings.files_url)
    kept = await store.put(b"portolan check", content_type="text/plain")
    await store.get(kept.key)
    return settings.files_url.split("?")[0]
