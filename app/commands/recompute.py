"""`portolan recompute`: count reported figures again from their sealed rows."""

import sys

import click

from app.indicators.figures import recompute as program


@click.command()
@click.argument("figures", type=click.Path(exists=True, dir_okay=False))
@click.argument("rows", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
def recompute(figures: str, rows: tuple[str, ...]) -> None:
    """Compare FIGURES (JSON, of one counting or of a report) with what ROWS (ZIP) make, and name every difference."""
    sys.exit(program.main([figures, *rows], say=click.echo))
