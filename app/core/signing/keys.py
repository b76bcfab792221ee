"""Where the authority's private keys live. They sign in their place and never come out of it."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from app.core.crypto import derive
from app.core.errors import Unavailable
from app.core.i18n import _

CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256, NIST SP 800-186 §3.2.1.3


class KeyName(StrEnum):
    ROOT = "root"
    SIGNATORIES = "signatories"
    SEAL = "seal"
    TIMESTAMPS_ONE = "timestamps-one"
    TIMESTAMPS_TWO = "timestamps-two"


class KeysAway(Unavailable):
    """The place where the keys live does not answer or does not let us in. As text it is the reason, for operators."""

    code = "keys_away"

    def __init__(self, reason: str) -> None:
        super().__init__(_("The platform cannot sign at the moment. Please try again in a few minutes."))
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class KeyMissing(KeysAway, LookupError):
    """There is no such key."""


class KeysThere(Exception):
    """There are keys or certificates already, and they are not replaced. As text, which."""


class SignerBackend(Protocol):
    """Keys on P-256, by name. Whatever it is asked, it raises KeysAway when it cannot answer."""

    @property
    def place(self) -> str:
        """Where the keys are, for operators."""
        ...

    def key(self, name: KeyName) -> ec.EllipticCurvePrivateKey:
        """A key to sign with; one in a token cannot be exported. Raises LookupError for one that is not there."""
        ...

    def certificate(self, name: KeyName) -> x509.Certificate | None:
        """The certificate that is kept beside the key. None if none is: made anew it has the same bytes.

        Raises LookupError where one should be kept and is not.
        """
        ...

    def create(self, certify: Callable[[KeyName], x509.Certificate]) -> None:
        """Make all keys where they are not there by themselves, and keep what `certify` makes beside each.

        All or nothing. Raises KeysThere.
        """
        ...


class LocalKeys:
    """Keys derived from the installation's secret: the same in each of its processes, kept in no file.

    For development, and for those who trust the machine as much as a token.
    """

    place = "derived from PORTOLAN_SECRET_KEY"

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def certificate(self, name: KeyName) -> None:  # noqa: ARG002  all of them are made anew
        return None

    def create(self, certify: Callable[[KeyName], x509.Certificate]) -> None:
        """Nothing: they follow from the secret."""

    def key(self, name: KeyName) -> ec.EllipticCurvePrivateKey:
        seed = derive(self._secret, f"authority:{name}") + derive(self._secret, f"authority:{name}:more")
        return ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, CURVE)
