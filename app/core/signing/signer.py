"""How pyHanko signs with a key of ours."""

import asyncio
from collections.abc import Sequence

from asn1crypto import cms, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.core.signing.authority import Credential, asn1

MECHANISM = "sha256_ecdsa"


class KeySigner(Signer):
    """Signs with a key that stays where it is."""

    def __init__(self, credential: Credential, others: Sequence[x509.Certificate] = ()) -> None:
        super().__init__(
            signing_cert=asn1(credential.certificate),
            cert_registry=SimpleCertificateStore.from_certs(others),
            signature_mechanism=cms.SignedDigestAlgorithm({"algorithm": MECHANISM}),
        )
        self._key = credential.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002
        if dry_run:
            return bytes(72)  # the longest DER of two numbers of 32 bytes
        return await asyncio.to_thread(self._key.sign, data, ec.ECDSA(hashes.SHA256()))
