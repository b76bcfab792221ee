"""How pyHanko signs with a key of ours."""

import asyncio
from collections.abc import Sequence

from asn1crypto import cms, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pyhanko.sign.signers import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.core.signing.authority import Credential, asn1


class KeySigner(Signer):
    """Signs with a key that stays where it is: on an elliptic curve, or RSA (PKCS #1 v1.5, RFC 8017 §8.2)."""

    def __init__(self, credential: Credential, others: Sequence[x509.Certificate] = ()) -> None:
        mechanism = "sha256_rsa" if isinstance(credential.key, rsa.RSAPrivateKey) else "sha256_ecdsa"
        super().__init__(
            signing_cert=asn1(credential.certificate),
            cert_registry=SimpleCertificateStore.from_certs(others),
            signature_mechanism=cms.SignedDigestAlgorithm({"algorithm": mechanism}),
        )
        self._key = credential.key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: ARG002
        key = self._key
        if isinstance(key, rsa.RSAPrivateKey):
            if dry_run:
                return bytes((key.key_size + 7) // 8)
            return await asyncio.to_thread(key.sign, data, padding.PKCS1v15(), hashes.SHA256())
        if dry_run:
            return bytes(2 * ((key.curve.key_size + 7) // 8) + 9)  # the longest DER of two numbers
        return await asyncio.to_thread(key.sign, data, ec.ECDSA(hashes.SHA256()))
