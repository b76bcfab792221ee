"""A token for tests: SoftHSM, in a folder of its own."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pkcs11
import pytest

from app.core.signing import tokens
from app.core.signing.authority import Authority
from app.core.signing.tokens import Pkcs11Keys

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")  # Debian's, on every architecture
LABEL, PIN = "portolan", "137942"
needed = pytest.mark.skipif(not LIBRARY.exists(), reason="SoftHSM is not installed (Debian: softhsm2)")


@contextmanager
def softhsm(folder: Path) -> Iterator[None]:
    """Within, SoftHSM keeps its tokens in this folder."""
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(configuration))
        yield


@contextmanager
def token(folder: Path) -> Iterator[None]:
    """As `softhsm`, with one token that has all keys."""
    with softhsm(folder):
        new_token()
        backend = keys()
        backend.create(Authority(backend).issued)
        yield


@contextmanager
def pulled(folder: Path) -> Iterator[None]:
    """Within, none of the tokens in this folder is there."""
    (folder / "tokens").rename(folder / "pulled")
    (folder / "tokens").mkdir()
    pkcs11.lib(str(LIBRARY)).reinitialize()
    try:
        yield
    finally:
        (folder / "tokens").rmdir()
        (folder / "pulled").rename(folder / "tokens")


def restart() -> None:
    """As a new process finds it: nobody is logged in, nothing is open."""
    tokens._module(str(LIBRARY)).restarted()


def new_token(label: str = LABEL) -> None:
    """An empty one, which the library sees."""
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", PIN],
        check=True,
        capture_output=True,
        env=os.environ,
    )
    restart()


def keys(label: str = LABEL, *, pin: str = PIN) -> Pkcs11Keys:
    return Pkcs11Keys(str(LIBRARY), label, pin)
