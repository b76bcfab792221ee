"""Where the authority's private keys live. They sign in their place and never come out of it."""

from enum import StrEnum
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from app.core.crypto import derive

CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256, NIST SP 800-186 §3.2.1.3


class KeyName(StrEnum):
    ROOT = "root"
    SIGNATORIES = "signatories"
    SEAL = "seal"
    TIMESTAMPS_ONE = "timestamps-one"
    TIMESTAMPS_TWO = "timestamps-two"


class SignerBackend(Protocol):
    """Keys on P-256, by name."""

    def key(self, name: KeyName) -> ec.EllipticCurvePrivateKey:
        """A key to sign with; one behind a token cannot be exported. Raises LookupError for one that is not there."""
        ...


class LocalKeys:
    """Keys derived from the installation's secret: the same in each of its processes, kept in no file.

    For development, and for those who trust the machine as much as a token.
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def key(self, name: KeyName) -> ec.EllipticCurvePrivateKey:
        seed = derive(self._secret, f"authority:{name}") + derive(self._secret, f"authority:{name}:more")
        return ec.derive_private_key(int.from_bytes(seed) % (_ORDER - 1) + 1, CURVE)
