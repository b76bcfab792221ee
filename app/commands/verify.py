"""`portolan verify`."""

import asyncio
import sys
from pathlib import Path

import click
from asn1crypto import pem, x509

from app import wiring
from app.commands.base import settings
from app.core import clock
from app.core.signing.checking import Anchors, Examination, Found, examine
from orders.contracts import signing

VALID, INVALID, INCOMPLETE = 0, 1, 2


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The root certificate to believe (PEM), such as another platform's; this installation's own otherwise.",
)
def verify(file: Path, root: Path | None) -> None:
    """Check the signatures in a contract's FILE, without database or network.

    Exit code 0 when all three hold and nothing was added, 2 when some are missing, 1 otherwise. Whether the platform
    ever handed out this file, only /verify knows.
    """
    found = asyncio.run(examine(file.read_bytes(), _anchors(root), at=clock.now()))
    missing = signing.missing(found)
    for signature in found.signatures:
        click.echo(_line(signature))
    for field in missing:
        click.echo(f"missing  {field}")
    if found.signatures and not (found.whole and all(signature.holds for signature in found.signatures)):
        click.echo("invalid: a signature does not hold, or something was added to the file")
        sys.exit(INVALID)
    if missing:
        click.echo("incomplete" if found.signatures else "invalid: no signature is in the file")
        sys.exit(INCOMPLETE if found.signatures else INVALID)
    click.echo(f"valid{_archived(found)}")
    sys.exit(VALID)


def _anchors(root: Path | None) -> Anchors:
    if root is None:
        return signing.anchors(wiring.authority(settings()))
    _kind, _headers, body = pem.unarmor(root.read_bytes())
    return Anchors([x509.Certificate.load(body)])


def _line(found: Found) -> str:
    when = f"{found.at:%Y-%m-%d %H:%M:%S} UTC ({'timestamp' if found.proven else 'own clock'})" if found.at else ""
    verdict = "holds  " if found.holds else f"FAILS ({found.indication})"
    return f"{verdict}  {found.field}: {found.name}, {found.title}, {found.company}; {when}"


def _archived(found: Examination) -> str:
    return (
        f", last timestamp {found.archived:%Y-%m-%d %H:%M:%S} UTC" if found.archived else ", no timestamp over it yet"
    )
