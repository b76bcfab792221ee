"""Secrets: fields sealed with AES-256-GCM bound to their context, and one-way marks of tokens."""

import hashlib
import hmac
import os
import secrets
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
    """Seals and opens fields with a key derived from the installation's secret.

    A sealed field is key id (4 bytes) ‖ nonce (12) ‖ ciphertext with tag; the context (such as
    `bank_account:iban:<id>`) is authenticated, so a value moved to another row does not open.
    """

    def __init__(self, secret: str, *, older: tuple[str, ...] = ()) -> None:
        self._keys = {_key_id(s): AESGCM(derive(s, "field-encryption")) for s in (secret, *older)}
        self._current = _key_id(secret)
        self._marking = derive(secret, "field-mark")

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
        except InvalidTag:
            raise Unsealable("not sealed for this context") from None


@lru_cache(maxsize=32)
def derive(secret: str, purpose: str) -> bytes:
    """A 32-byte key for one purpose (HKDF-SHA-256)."""
    return HKDF(hashes.SHA256(), 32, b"portolan", purpose.encode()).derive(secret.encode())


def _key_id(secret: str) -> bytes:
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
