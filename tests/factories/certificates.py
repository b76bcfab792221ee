"""Certificates that signatories bring themselves, of an authority made for the test."""

from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

from app.core import clock

PASSPHRASE = "correct horse"
_key = ec.generate_private_key(ec.SECP256R1())


def _name(name: str, company: str = "") -> x509.Name:
    said = [(NameOID.ORGANIZATION_NAME, company), (NameOID.COMMON_NAME, name)]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in said if text])


def _usage(*, signs: bool, authority: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=not signs and not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _made(subject: x509.Name, public: Any, usage: x509.KeyUsage | None, *, days: tuple[int, int], ca: bool) -> Any:
    now = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name("Harbour Trust CA"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(_key.public_key()), critical=False)
    )
    if usage is not None:
        made = made.add_extension(usage, critical=True)
    return made.sign(_key, hashes.SHA256())


def root() -> bytes:
    """The authority's certificate (PEM)."""
    usage = _usage(signs=False, authority=True)
    made = _made(_name("Harbour Trust CA"), _key.public_key(), usage, days=(-400, 4000), ca=True)
    pem: bytes = made.public_bytes(Encoding.PEM)
    return pem


def own(
    name: str = "Wei Lin",
    company: str = "Hansa Import",
    *,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    days: tuple[int, int] = (-1, 365),
    signs: bool | None = True,
) -> bytes:
    """A PKCS#12 file. `days` from now bound its validity; `signs` None leaves the key usage out."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    usage = None if signs is None else _usage(signs=signs)
    certificate = _made(_name(name, company), key.public_key(), usage, days=days, ca=False)
    return pkcs12.serialize_key_and_certificates(
        b"own", key, certificate, None, BestAvailableEncryption(PASSPHRASE.encode())
    )
