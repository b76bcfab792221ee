"""The `portolan` command: `python -m app.cli serve | worker | migrate | demo | check | import`."""

import asyncio
import sys

import click
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError

from app import checks, migrations
from app.core.config import Settings
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


if __name__ == "__main__":
    main()
