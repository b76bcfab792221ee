"""`portolan keys status` and `portolan keys reseal`: the keys of the vault."""

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DBAPIError

from app import wiring
from app.commands.base import settings
from app.core.config import Settings
from app.core.crypto import Vault
from app.core.db import Database
from app.sealing import counting, resealing
from app.sealing.counting import Count
from app.sealing.letters import Letters
from app.sealing.registry import Field, Files
from app.sealing.resealing import Outcome

SHOWN = 20


@click.command()
def status() -> None:
    """Say how many fields and files lie sealed under which key, column by column.

    Exit code 0 when all lie under the key that seals, 2 when some lie under an older one, 1 when some lie under a key
    that is not configured.
    """
    chosen = settings()
    with _plainly():
        fields, files = asyncio.run(_count(chosen))
    _show(chosen.vault, fields, files)
    found = counting.summed([*fields, *files], chosen.vault)
    sys.exit(1 if found.unknown else 2 if sum(found.older.values()) else 0)


@click.command()
def reseal() -> None:
    """Seal everything anew that lies under an older key, with the owner's role, while people work.

    May be cut off anywhere and run again. Exit code 0 when nothing is left under an older key, 1 otherwise.
    """
    chosen = settings()
    with _plainly():
        outcome, found = asyncio.run(_reseal(chosen))
    click.echo(f"Sealed anew: {outcome.fields} fields and {outcome.files} files.")
    _list("No key of PORTOLAN_VAULT_KEYS opens", outcome.closed_fields | outcome.closed_files)
    _list("Not in the store, or still on the way to it", outcome.missing)
    left = sum(found.older.values()) + found.unknown
    if left:
        click.echo(f"Left: {left}. What is being changed just now is passed over: run this again.")
    for key_id, number in found.older.items():
        if not number:
            click.echo(
                f"Nothing lies under {key_id.hex()} any more. It may be taken out once every web and worker process was"
                " started with the first key and `portolan keys status` still says so. Backups made before need it."
            )
    sys.exit(1 if left else 0)


@contextmanager
def _plainly() -> Iterator[None]:
    """One sentence and exit code 1 when the database cannot be reached, or refuses."""
    try:
        yield
    except (DBAPIError, OSError) as error:
        raise click.ClickException(str(error).splitlines()[0]) from None


async def _count(chosen: Settings) -> tuple[list[Count], list[Count]]:
    db = Database(chosen.database_url, pool=2)
    try:
        return await counting.fields(db), await counting.files(db, wiring.files(chosen, db))
    finally:
        await db.close()


async def _reseal(chosen: Settings) -> tuple[Outcome, counting.Summary]:
    db = Database(chosen.migration_database_url, pool=2)
    try:
        outcome = await resealing.reseal(db, wiring.resealed_files(chosen, db), chosen.vault, _progress())
        counts = [*await counting.fields(db), *await counting.files(db, wiring.files(chosen, db))]
        return outcome, counting.summed(counts, chosen.vault)
    finally:
        await db.close()


def _progress() -> Callable[[Field | Files | Letters, int], None]:
    done: Counter[str] = Counter()

    def tell(place: Field | Files | Letters, number: int) -> None:
        done[str(place)] += number
        click.echo(f"{place}: {done[str(place)]}")

    return tell


def _list(title: str, rows: Iterable[str]) -> None:
    named = sorted(rows)
    if named:
        click.echo(f"{title}: {len(named)}")
        for row in named[:SHOWN]:
            click.echo(f"  {row}")


def _show(vault: Vault, fields: list[Count], files: list[Count]) -> None:
    strange = sorted({key for count in [*fields, *files] for key in count.under} - set(vault.ids))
    for key_id in vault.ids:
        click.echo(f"{key_id.hex()}  {'seals' if key_id == vault.current else 'opens'}")
    for key_id in strange:
        click.echo(f"{key_id.hex()}  IS NOT CONFIGURED: what lies under it cannot be read")
    for title, counts in (("Fields", fields), ("Files", files)):
        click.echo(f"{title}:")
        for count in counts:
            for key_id in (*vault.ids, *strange):
                if count.under[key_id]:
                    click.echo(f"  {count.place!s:44}{key_id.hex()}{count.under[key_id]:>12}")
            if count.missing:
                click.echo(f"  {count.place!s:44}missing {count.missing:>12}")
    found = counting.summed([*fields, *files], vault)
    older = ", ".join(f"{number} under {key_id.hex()}" for key_id, number in found.older.items())
    click.echo(f"{found.current} under the key that seals{f'; {older}' if older else ''}; {found.unknown} unknown.")
