"""`portolan migrate`."""

import click

from app import migrations
from app.commands.base import settings


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema, with the owner's role."""
    migrations.upgrade(settings().migration_database_url)
    click.echo("The database is up to date.")
