"""What every command needs: the settings, or one clear sentence and the end."""

import sys

import click
from pydantic import ValidationError
from pydantic_settings import SettingsError

from app.core.config import Settings


def settings() -> Settings:
    """The settings from the environment; says what is wrong with each and exits with 2 otherwise."""
    try:
        return Settings()
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            where = "_".join(str(step).upper() for step in detail["loc"])
            click.echo(f"Configuration: {f'PORTOLAN_{where}: ' if where else ''}{detail['msg']}", err=True)
        sys.exit(2)
    except SettingsError as error:  # a list that is no JSON
        click.echo(f"Configuration: {error}", err=True)
        sys.exit(2)
