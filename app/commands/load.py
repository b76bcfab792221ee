"""`portolan import` and `portolan reindex`."""

import asyncio
from pathlib import Path

import click

from app import loading
from app.commands.base import settings
from app.core.errors import DomainError


@click.command()
def reindex() -> None:
    """Build the search index anew beside the old one and swap them; searches go on meanwhile."""
    asyncio.run(loading.search_index(settings()))
    click.echo("The search index is new.")


@click.group(name="import")
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
