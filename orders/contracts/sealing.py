"""Seals: what makes a given signature checkable by others. One protocol, one adapter a class."""

from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.core.crypto import derive


@dataclass(frozen=True, slots=True)
class Seal:
    """The seal's bytes and how to check them, such as `ed25519`."""

    kind: str
    data: bytes


class Signer(Protocol):
    """Seals a statement: the canonical JSON of who signed which hashes, when and how."""

    def seal(self, statement: bytes) -> Seal: ...

    def holds(self, statement: bytes, seal: Seal) -> bool:
        """Whether the seal is ours and the statement unchanged."""
        ...

    @property
    def public_key(self) -> bytes:
        """What a third person needs to check a seal, raw (32 bytes for Ed25519, RFC 8032)."""
        ...


class PlatformSigner:
    """The platform's own attestation with an Ed25519 key derived from the installation's secret.

    It binds the signatory's act to the document's hashes under the platform's key. It is not a qualified signature
    of the person, and the page says so.
    """

    kind = "ed25519"

    def __init__(self, secret: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(derive(secret, "contract-seal"))

    def seal(self, statement: bytes) -> Seal:
        return Seal(self.kind, self._key.sign(statement))

    def holds(self, statement: bytes, seal: Seal) -> bool:
        if seal.kind != self.kind:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(seal.data, statement)
        except InvalidSignature:
            return False
        return True

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()
