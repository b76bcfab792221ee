"""A signatory's own certificate with its key (PKCS#12, RFC 7292): opened for one signature, kept nowhere."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import pkcs12 as asn1_pkcs12
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.signing.authority import Credential

LARGEST = 100_000
MOST_ITERATIONS = 2_000_000
"""Of the passphrase's hash; software writes some thousands. A file may not keep us computing for minutes."""
LEAST_RSA, LEAST_EC = 2048, 256
FILE, PASSPHRASE = "own_certificate", "passphrase"


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """Certificate and key, and what stands between it and its root."""

    credential: Credential
    chain: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """What a certificate says: of whom it is, who issued it, until when it is good."""

    name: str
    company: str
    issuer: str
    until: datetime

    def fits(self, names: Iterable[str]) -> bool:
        """Whether it names one of these persons or companies, as far as words can tell."""
        said = _words(f"{self.name} {self.company}")
        return any(set(_words(name)) <= set(said) or name in f"{self.name} {self.company}" for name in names if name)


def opened(data: bytes, passphrase: str, *, at: datetime) -> OwnCertificate:
    """The certificate in a file, if it can sign. Raises Invalid naming the field that is wrong."""
    _check_size(data)
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(data, passphrase.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Invalid(_("The passphrase does not open this file."), field=PASSPHRASE) from error
    if key is None or certificate is None:
        raise Invalid(_("There is no certificate with its key in this file."), field=FILE)
    _check_key(key)
    if at < certificate.not_valid_before_utc:
        raise Invalid(_("This certificate is not valid yet."), field=FILE)
    if at > certificate.not_valid_after_utc:
        day = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        raise Invalid(_("This certificate expired on %(day)s.") % {"day": day}, field=FILE)
    _check_usage(certificate)
    return OwnCertificate(Credential(certificate, key), tuple(others))  # type: ignore[arg-type]  # see _check_key


def _check_size(data: bytes) -> None:
    """That it is such a file, of a size and with work for the passphrase that are bounded."""
    try:
        work = max(_iterations(asn1_pkcs12.Pfx.load(data, strict=True)), default=0)
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(_("This is not a PKCS#12 file (.p12 or .pfx)."), field=FILE) from error
    if len(data) > LARGEST or work > MOST_ITERATIONS:
        raise Invalid(_("This file is too large, or takes too long to open."), field=FILE)


def _iterations(file: asn1_pkcs12.Pfx) -> Iterator[int]:
    if file["mac_data"]:
        yield int(file["mac_data"]["iterations"].native)
    for content in file.authenticated_safe:
        match content["content_type"].native:
            case "encrypted_data":
                yield int(content["content"]["encrypted_content_info"]["content_encryption_algorithm"].kdf_iterations)
            case "data":
                for bag in asn1_pkcs12.SafeContents.load(content["content"].native):
                    if bag["bag_id"].native == "pkcs8_shrouded_key_bag":
                        yield int(bag["bag_value"]["encryption_algorithm"].kdf_iterations)


def _check_key(key: Any) -> None:
    match key:
        case rsa.RSAPrivateKey():
            enough = key.key_size >= LEAST_RSA
        case ec.EllipticCurvePrivateKey():
            enough = key.curve.key_size >= LEAST_EC
        case _:
            raise Invalid(_("Only RSA and elliptic-curve keys can sign documents here."), field=FILE)
    if not enough:
        raise Invalid(_("The key is too weak: RSA needs 2048 bits at least, an elliptic-curve key 256."), field=FILE)


def _check_usage(certificate: x509.Certificate) -> None:
    """RFC 5280 §4.2.1.3: without the extension every use is allowed."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    except ValueError as error:
        raise Invalid(_("This certificate cannot be read."), field=FILE) from error
    if not (usage.digital_signature or usage.content_commitment):
        raise Invalid(_("This certificate is not for signatures."), field=FILE)


def described(certificate: bytes) -> Described:
    """What a certificate (DER) says of itself."""
    read = asn1_x509.Certificate.load(certificate)
    subject, issuer = read.subject.native, read.issuer.native
    full = f"{subject.get('given_name', '')} {subject.get('surname', '')}".strip()
    return Described(
        name=_text(subject.get("common_name") or full),
        company=_text(subject.get("organization_name", "")),
        issuer=_text(issuer.get("common_name") or issuer.get("organization_name") or read.issuer.human_friendly),
        until=read.not_valid_after,
    )


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c if c.isalnum() else " " for c in plain).split()
