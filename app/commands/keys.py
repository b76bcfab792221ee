"""`portolan keys`."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import ParamSpec

import click
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app import wiring
from app.commands import vault
from app.commands.base import settings
from app.core.signing import former
from app.core.signing.authority import Authority, asn1
from app.core.signing.keys import KeyName, KeysAway, KeysThere, LocalKeys, SignerBackend

P = ParamSpec("P")


def plainly(command: Callable[P, None]) -> Callable[P, None]:
    """One sentence and exit code 1 when the keys cannot be reached."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except KeysAway as error:
            raise click.ClickException(str(error)) from None

    return run


@click.group()
def keys() -> None:
    """The private keys of the certificate authority with their certificates; the keys of what lies sealed."""


keys.add_command(vault.status)
keys.add_command(vault.reseal)


@keys.command()
@plainly
def create() -> None:
    """Make the keys in the token, and their certificates beside them. Nothing that is there is touched."""
    backend = wiring.keys(settings())
    if isinstance(backend, LocalKeys):
        click.echo(f"Nothing to make: the keys are {backend.place}.")
        return
    try:
        backend.create(Authority(backend).issued)
    except KeysThere as error:
        raise click.ClickException(f"Nothing was made: {backend.place}, there is {error} already.") from None
    click.echo(f"Made: {len(KeyName)} keys on P-256 that cannot leave their token, and a certificate for each.")
    _show(backend)


@keys.command()
@plainly
def show() -> None:
    """Say where the keys are, the SHA-256 of each public key and certificate, and until when it is good."""
    _show(wiring.keys(settings()))


def _show(backend: SignerBackend) -> None:
    certificates = {name: Authority(backend).certificate(name) for name in KeyName}
    click.echo(f"The keys are {backend.place}.")
    for name, certificate in certificates.items():
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        public = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        click.echo(f"{name}: {begin:%Y-%m-%d} to {end:%Y-%m-%d}")
        click.echo(f"  public key   {sha256(public).hexdigest()}")
        click.echo(f"  certificate  {certificate.fingerprint(hashes.SHA256()).hex()}")


@keys.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@plainly
def retire(file: Path) -> None:
    """Write to FILE what is needed to believe files signed so far, once the keys are others: the root, and last lists
    of revocations. Give it as PORTOLAN_FORMER_AUTHORITIES then."""
    chosen = settings()
    authority = wiring.authority(chosen)
    left = former.written(asn1(authority.root), authority.last_revocations())
    before = chosen.former_authorities.read_bytes() if chosen.former_authorities else b""
    try:
        with file.open("xb") as kept:
            kept.write(before + left)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    click.echo(f"Written to {file}: root {authority.root.fingerprint(hashes.SHA256()).hex()} and its last lists.")
