"""`portolan verify`."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import click

from app import wiring
from app.commands.base import settings
from app.core import clock
from app.core.signing.authority import certificates
from app.core.signing.checking import Anchors, Examination, Found, examine
from app.core.signing.keys import KeysAway
from orders.contracts import signing

VALID, INVALID, INCOMPLETE = 0, 1, 2


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The root certificate to believe (PEM), such as another platform's; this installation's own otherwise.",
)
@click.option(
    "--timestamp-root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Roots of timestamp authorities to believe (PEM), where these are others than the platform's own.",
)
def verify(file: Path, root: Path | None, timestamp_root: Path | None) -> None:
    """Check the signatures in a contract's FILE, without database or network.

    Exit code 0 when all three hold and nothing was added, 2 when some are missing, 1 otherwise. Whether the platform
    ever handed out this file, only /verify knows.
    """
    try:
        anchors = _anchors(root, timestamp_root)
    except KeysAway as error:
        raise click.ClickException(str(error)) from None
    found = asyncio.run(examine(file.read_bytes(), anchors, at=clock.now()))
    missing = signing.missing(found)
    for signature in found.signatures:
        click.echo(_line(signature, missing))
    for field in missing:
        click.echo(f"missing  {field}")
    failing = [signature for signature in found.signatures if not (signature.holds or _unknown(signature, missing))]
    if found.signatures and (failing or not found.whole):
        click.echo("invalid: a signature does not hold, or something was added to the file")
        sys.exit(INVALID)
    if missing:
        click.echo("incomplete" if found.signatures else "invalid: no signature is in the file")
        sys.exit(INCOMPLETE if found.signatures else INVALID)
    click.echo(f"valid{_archived(found)}")
    sys.exit(VALID)


def _unknown(found: Found, missing: list[str]) -> bool:
    """A signatory's own certificate: only the platform's seal, once it is there, says whose it is."""
    return signing.SEAL in missing and found.indication == "NO_CERTIFICATE_CHAIN_FOUND"


def _anchors(root: Path | None, timestamp_root: Path | None) -> Anchors:
    clocks = certificates(timestamp_root)
    if root is None:
        ours = signing.anchors(wiring.authority(settings()))
        return replace(ours, clocks=[*ours.clocks, *clocks])
    return Anchors(certificates(root), clocks=clocks)


def _line(found: Found, missing: list[str]) -> str:
    when = f"{found.at:%Y-%m-%d %H:%M:%S} UTC ({'timestamp' if found.proven else 'own clock'})" if found.at else ""
    verdict = "holds  " if found.holds else "unknown" if _unknown(found, missing) else f"FAILS ({found.indication})"
    brought = f"; certificate of their own, issued by {found.issuer}" if found.own or verdict == "unknown" else ""
    return f"{verdict}  {found.field}: {found.name}, {found.title}, {found.company}; {when}{brought}"


def _archived(found: Examination) -> str:
    return (
        f", last timestamp {found.archived:%Y-%m-%d %H:%M:%S} UTC" if found.archived else ", no timestamp over it yet"
    )
