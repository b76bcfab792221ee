"""`portolan import` and `portolan reindex`."""

import asyncio
from datetime import datetime
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
    """Read products, HS codes or exchange rates from a file."""


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


@import_.command(name="hs-units")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def hs_units(file: Path) -> None:
    """Load statutory units from a CSV with the columns hscode (2, 4 or 6 digits), unit (UN/ECE) and since (a day)."""
    try:
        loaded = asyncio.run(loading.hs_units(settings(), file.read_bytes()))
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{loaded} statutory units are loaded.")


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--day", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Of which day the directory is.")
def banks(file: Path, day: datetime) -> None:
    """Load the directory of banks from a CSV with the column bic, in the place of the one before."""
    try:
        loaded = asyncio.run(loading.banks(settings(), file.read_bytes(), day.date()))
    except DomainError as error:
        raise click.ClickException(error.message) from None
    click.echo(f"{loaded} banks are loaded.")


@import_.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--correct", is_flag=True, help="Where the file says something else than the table, believe the file.")
@click.option("--dry-run", is_flag=True, help="Say what the file would do, and do nothing.")
def rates(file: Path, *, correct: bool, dry_run: bool) -> None:
    """Take over daily exchange rates: the ECB's eurofxref as XML or CSV, or a CSV with the columns date, base, quote,
    rate and source (and published_at)."""
    try:
        made = asyncio.run(loading.rates(settings(), file.read_bytes(), correct=correct, dry_run=dry_run))
    except DomainError as error:
        raise click.ClickException(error.message) from None
    for number, message in made.faults:
        click.echo(f"{file.name}:{number}: {message}", err=True)
    verb = "would be" if dry_run else "are"
    click.echo(
        f"{len(made.new)} rates {verb} new, {len(made.changed)} {verb} corrected, {made.same} were here already, "
        f"{made.left_out} of currencies no longer current were left out."
    )
    if made.faults:
        raise click.exceptions.Exit(1)
