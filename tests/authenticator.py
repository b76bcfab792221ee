"""An authenticator in software: makes passkeys and answers for them as a browser hands it on (WebAuthn Level 3)."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def data(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Kept:
    id: bytes
    key: ec.EllipticCurvePrivateKey
    handle: bytes
    count: int = 0


class Authenticator:
    """Every answer can be bent: another `origin`, `site`, `challenge`, `flags`, `count`, `handle`, or another key."""

    def __init__(self, *, site: str = "test", origin: str = "http://test", counts: bool = True) -> None:
        self.site, self.origin, self.counts = site, origin, counts
        self.kept: list[Kept] = []

    def create(self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, **bent: Any) -> dict[str, Any]:
        kept = Kept(secrets.token_bytes(32), ec.generate_private_key(ec.SECP256R1()), data(options["user"]["id"]))
        self.kept.append(kept)
        numbers = kept.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(kept.id).to_bytes(2) + kept.id + cbor2.dumps(public)
        said = self._data(flags | ATTESTED, 0, bent) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        client = self._client("webauthn.create", options, bent)
        return self._said(kept, client, {"attestationObject": text(attestation), "transports": ["internal"]})

    def get(
        self,
        options: dict[str, Any],
        *,
        flags: int = PRESENT | VERIFIED,
        count: int | None = None,
        key: ec.EllipticCurvePrivateKey | None = None,
        handle: bytes | None = None,
        **bent: Any,
    ) -> dict[str, Any]:
        kept = self.kept[-1]
        kept.count += self.counts
        said = self._data(flags, kept.count if count is None else count, bent)
        client = self._client("webauthn.get", options, bent)
        signed = said + hashlib.sha256(client).digest()
        signature = (key or kept.key).sign(signed, ec.ECDSA(hashes.SHA256()))
        facts = {
            "authenticatorData": text(said),
            "signature": text(signature),
            "userHandle": text(kept.handle if handle is None else handle),
        }
        return self._said(kept, client, facts)

    def _client(self, kind: str, options: dict[str, Any], bent: dict[str, Any]) -> bytes:
        challenge = bent.get("challenge", options["challenge"])
        said = {"type": bent.get("kind", kind), "challenge": challenge, "origin": bent.get("origin", self.origin)}
        return json.dumps(said | {"crossOrigin": False}).encode()

    def _data(self, flags: int, count: int, bent: dict[str, Any]) -> bytes:
        site: str = bent.get("site", self.site)
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + count.to_bytes(4)

    def _said(self, kept: Kept, client: bytes, facts: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": text(kept.id),
            "rawId": text(kept.id),
            "type": "public-key",
            "response": {"clientDataJSON": text(client), **facts},
        }
