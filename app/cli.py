"""The `portolan` command: `python -m app.cli serve | worker | migrate | demo | check | import`."""

import asyncio
import sys
from pathlib import Path

import click
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from app import checks, loading, migrations
from app.core import log
from app.core.config import Settings
from app.core.errors import DomainError
from app.demo import command as world
from app.demo.command import DemoRefused
from app.demo.world import BooksBroken
from app.main import create_app
from app.worker import work


def settings() -> Settings:
    """The settings, or one clear sentence and the end."""
    try:
        return Settings()
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            where = "_".join(str(step).upper() for step in detail["loc"])
            click.echo(f"Configuration: {f'PORTOLAN_{where}: ' if where else ''}{detail['msg']}", err=True)
        sys.exit(2)


def application() -> FastAPI:
    """What each web process builds."""
    return create_app(settings())


@click.group()
def main() -> None:
    """Portolan: a marketplace for cross-border trade."""


@main.command()
def serve() -> None:
    """Serve the web on PORTOLAN_HOST:PORTOLAN_PORT with PORTOLAN_WEB_PROCESSES processes."""
    chosen = settings()
    uvicorn.run(
        "app.cli:application",
        factory=True,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.web_processes,
        proxy_headers=True,
        server_header=False,
        access_log=False,
        log_config=None,
    )


@main.command()
def worker() -> None:
    """Run background jobs until told to stop."""
    asyncio.run(work(settings()))


@main.command()
def migrate() -> None:
    """Bring the database to the newest schema, with the owner's role."""
    migrations.upgrade(settings().migration_database_url)
    click.echo("The database is up to date.")


@main.command()
def check() -> None:
    """Check the configuration and every dependency, one line each; exit code 1 when one fails."""
    results = asyncio.run(checks.run(settings()))
    for result in results:
        click.echo(f"{'ok  ' if result.fine else 'FAIL'}  {result.name}: {result.detail}")
    sys.exit(0 if all(result.fine for result in results) else 1)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print an account and an API key for every role, as JSON.")
def demo(as_json: bool) -> None:
    """Build the demo world once; a second time nothing changes."""
    chosen = settings()
    log.configure(chosen.log_format)
    try:
        accounts = asyncio.run(world.run(chosen, say=lambda line: click.echo(line, err=as_json)))
    except (DemoRefused, BooksBroken) as refused:
        raise click.ClickException(str(refused)) from None
    click.echo(accounts if as_json else "The demo world is there. `portolan demo --json` prints who can sign in.")


@main.group(name="import")
def import_() -> None:
    """Read products or HS codes from a file."""


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="The supplier's slug, as in the address of its page.")
def products(file: Path, organisation: str) -> None:
    """Write the products of a CSV or XLSX sheet as drafts of a supplier, if every row fits."""
    try:
        written = asyncio.run(loading.products(settings(), file.read_bytes(), file.name, organisation))
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{written} products were written as drafts.")


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def hs(file: Path) -> None:
    """Load the codes of the Harmonized System from a CSV with the columns hscode, description, parent."""
    try:
        loaded = asyncio.run(loading.hs_codes(settings(), file.read_bytes()))
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{loaded} HS codes are loaded.")


if __name__ == "__main__":
    main()
