"""Secrets: fields sealed with AES-256-GCM bound to their context, and one-way marks of tokens."""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
KEY_ID = 4


class Unsealable(ValueError):
    """Sealed with another key, for another context, or changed since."""


class Vault:
    """Seals and opens fields and files with keys derived from the installation's vault keys.

    What is sealed is key id (4 bytes) ‖ nonce (12) ‖ ciphertext with tag; the context (such as
    `bank_account:iban:<id>`) is authenticated, so a value moved to another row does not open. The first key seals,
    the others only open. Marks come from a secret of their own, which stays when keys change (ADR 43).
    """

    def __init__(self, secret: str, *, older: Sequence[str] = (), marking: str | None = None) -> None:
        """Raises ValueError when two of the keys are equal."""
        secrets_ = (secret, *older)
        self._keys = {key_id(s): AESGCM(derive(s, "field-encryption")) for s in secrets_}
        if len(self._keys) < len(secrets_):
            raise ValueError("two keys of the vault are equal")
        self._current = key_id(secret)
        self._marking = derive(secret if marking is None else marking, "field-mark")

    @property
    def current(self) -> bytes:
        """The id of the key that seals."""
        return self._current

    @property
    def ids(self) -> tuple[bytes, ...]:
        """Of all keys that open, the one that seals first."""
        return tuple(self._keys)

    def mark(self, plaintext: str, context: str) -> bytes:
        """The same 32 bytes for the same text and context, and nothing else: to recognise what is kept sealed."""
        return hmac.digest(self._marking, f"{context}\0{plaintext}".encode(), "sha256")

    def seal(self, plaintext: str, context: str) -> bytes:
        return self.seal_bytes(plaintext.encode(), context)

    def seal_bytes(self, plaintext: bytes, context: str) -> bytes:
        nonce = os.urandom(NONCE)
        body = self._keys[self._current].encrypt(nonce, plaintext, context.encode())
        return self._current + nonce + body

    def open(self, sealed: bytes, context: str) -> str:
        """Raises Unsealable."""
        return self.open_bytes(sealed, context).decode()

    def open_bytes(self, sealed: bytes, context: str) -> bytes:
        """Raises Unsealable."""
        key = self._keys.get(sealed[:KEY_ID])
        if key is None:
            raise Unsealable("unknown key")
        nonce, body = sealed[KEY_ID : KEY_ID + NONCE], sealed[KEY_ID + NONCE :]
        try:
            return key.decrypt(nonce, body, context.encode())
        except (InvalidTag, ValueError):  # ValueError: cut within the nonce
            raise Unsealable("not sealed for this context") from None

    def resealed(self, sealed: bytes, context: str) -> bytes:
        """The same under the key that seals, of the same length. Raises Unsealable."""
        return self.seal_bytes(self.open_bytes(sealed, context), context)


@lru_cache(maxsize=32)
def derive(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA-256)."""
    return HKDF(hashes.SHA256(), 32, b"portolan", purpose.encode()).derive(secret.encode())


def key_id(secret: str) -> bytes:
    """Under which what is sealed names its key; says nothing about it."""
    return derive(secret, "key-id")[:KEY_ID]


def new_token(prefix: str = "") -> str:
    """256 random bits for a link, session or key; shown once, kept only as its mark."""
    return prefix + secrets.token_urlsafe(32)


def mark(token: str) -> bytes:
    """The one-way mark under which a high-entropy token is stored and found (SHA-256)."""
    return hashlib.sha256(token.encode()).digest()


def same(one: str | bytes, other: str | bytes) -> bool:
    """Equal, in constant time."""
    left = one.encode() if isinstance(one, str) else one
    right = other.encode() if isinstance(other, str) else other
    return hmac.compare_digest(left, right)
