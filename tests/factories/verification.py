"""What companies state in tests."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.core import clock
from trust.verification.claims import Typed
from trust.verification.facts import Fact, Form
from trust.verification.service import Handed

FORM = {
    "company_form": "limited",
    "consent": "true",
    "representative": "李伟",
    "scope": "照明器具制造；货物进出口",
    "capital": "5000000",
    "capital_currency": "CNY",
    "established": "2009-04-01",
    "owners__0__name": "陈思远",
    "owners__0__kind": "person",
    "owners__0__country": "CN",
    "owners__0__share": "62.5",
}
"""The form of a Chinese limited company as it is filled in."""


def stated(documents: list[dict[str, Any]]) -> Handed:
    """The same for the service."""
    values = {Fact.SCOPE: FORM["scope"], Fact.CAPITAL: FORM["capital"], Fact.ESTABLISHED: FORM["established"]}
    owners = (("陈思远", "person", "CN", "62.5"),)
    return Handed(Typed(Form.LIMITED, "李伟", values, "CNY", owners), documents)


@dataclass(frozen=True)
class Recipient:
    """An authority's certificate and key, both in PEM."""

    certificate: bytes
    key: bytes


@cache
def _rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def recipient(*, days: int = 365, bits: int = 2048, elliptic: bool = False) -> Recipient:
    """A certificate that is valid since yesterday, for so many days."""
    key = ec.generate_private_key(ec.SECP256R1()) if elliptic else _rsa_key(bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Market authority")])
    now = clock.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=days + 1))
        .not_valid_after(now + timedelta(days=days) if days > 1 else now - timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Recipient(made.public_bytes(Encoding.PEM), private)
