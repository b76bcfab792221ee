"""The platform's certificate authority: a root, one issuer for signatories, a seal, and two timestamp authorities.

With the same keys it has the same certificates, byte for byte, in every process and after every start. Those of local
keys are made anew, with fixed dates, serial numbers from the keys and deterministic ECDSA (RFC 6979); those of a token
are kept on it. So a file that was signed years ago leads to this root, or to that of an authority before this one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from asn1crypto import crl as asn1_crl
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from app.core import clock
from app.core.signing.former import NOBODY, Former
from app.core.signing.keys import CURVE, KeyName, KeysAway, SignerBackend

PLATFORM = "Portolan"
BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2046, 1, 1, tzinfo=UTC)
SIGNATORY_LIFE = timedelta(hours=1)
CLOCKS_DIFFER = timedelta(minutes=5)
ROOT_LIST_LIFE = timedelta(days=400)
"""Longer than the year between two archive timestamps, so that a file can be checked without asking us meanwhile."""
LIST_LIFE = timedelta(days=7)
LISTS_KEPT = timedelta(hours=1)
"""In this process: anybody who has a file checked asks for them, and a token takes its time to sign."""
ORGANISATION_IDENTIFIER = ObjectIdentifier("2.5.4.97")  # ETSI EN 319 412-1 §5.1.4
DESCRIPTION = ObjectIdentifier("2.5.4.13")  # ITU-T X.520 §6.5.1
TITLES = {
    KeyName.ROOT: "Portolan Root CA",
    KeyName.SIGNATORIES: "Portolan Signatories CA",
    KeyName.SEAL: "Portolan Platform Seal",
    KeyName.TIMESTAMPS_ONE: "Portolan Timestamp Authority 1",
    KeyName.TIMESTAMPS_TWO: "Portolan Timestamp Authority 2",
}

ISSUING = (KeyName.ROOT, KeyName.SIGNATORIES)
STAMPING = (KeyName.TIMESTAMPS_ONE, KeyName.TIMESTAMPS_TWO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a certificate is for: a person of a company, and the verification that says so.

    country          ISO 3166-1 alpha-2
    registration     the company's registration as ETSI EN 319 412-1 §5.1.4 spells it, such as `NTRCN-91440300…`
    verification     id of the verification by which the platform knows the company
    authority        by whose grant the person signs for the company, in English
    """

    name: str
    title: str
    company: str
    country: str
    registration: str
    verification: str
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Authority:
    """`trusted` and `clocks` are roots of others: of certificates that signatories bring, of timestamp authorities.

    With keys in a token, whatever is made or read may raise KeysAway.
    """

    def __init__(
        self,
        keys: SignerBackend,
        *,
        trusted: Sequence[asn1_x509.Certificate] = (),
        clocks: Sequence[asn1_x509.Certificate] = (),
        former: Former = NOBODY,
    ) -> None:
        self._keys = keys
        self.trusted = trusted
        self.clocks = clocks
        self.former = former
        self._lists: tuple[datetime, list[bytes]] | None = None

    @cached_property
    def root(self) -> x509.Certificate:
        return self.certificate(KeyName.ROOT)

    @cached_property
    def issuer(self) -> x509.Certificate:
        return self.certificate(KeyName.SIGNATORIES)

    @cached_property
    def seal(self) -> Credential:
        return self._credential(KeyName.SEAL)

    @cached_property
    def timestampers(self) -> tuple[Credential, Credential]:
        return self._credential(KeyName.TIMESTAMPS_ONE), self._credential(KeyName.TIMESTAMPS_TWO)

    def _credential(self, name: KeyName) -> Credential:
        return Credential(self.certificate(name), self._keys.key(name))

    def certificate(self, name: KeyName) -> x509.Certificate:
        """That of one of its own keys."""
        return self._keys.certificate(name) or self.issued(name)

    @property
    def others(self) -> list[asn1_x509.Certificate]:
        """What stands between a signature and the root."""
        return [asn1(c) for c in (self.issuer, self.seal.certificate, *(t.certificate for t in self.timestampers))]

    def certify(self, person: Person) -> Credential:
        """A new key and its certificate for one signature; neither is kept by anybody afterwards."""
        key, now = ec.generate_private_key(CURVE), clock.now()
        subject = [
            (NameOID.COUNTRY_NAME, person.country),
            (NameOID.ORGANIZATION_NAME, person.company[:64]),
            (ORGANISATION_IDENTIFIER, person.registration[:64]),
            (NameOID.TITLE, person.title[:64]),
            (NameOID.SERIAL_NUMBER, person.verification[:64]),
            (DESCRIPTION, person.authority[:250]),
            (NameOID.COMMON_NAME, person.name[:64]),
        ]
        certificate = self._signed(
            x509.Name([x509.NameAttribute(oid, text) for oid, text in subject if text]),
            key.public_key(),
            KeyName.SIGNATORIES,
            serial=x509.random_serial_number(),
            begin=now - CLOCKS_DIFFER,
            end=now + SIGNATORY_LIFE,
        )
        return Credential(certificate, key)

    @property
    def roots(self) -> list[asn1_x509.Certificate]:
        """Its own root, and those of the authorities before it."""
        return [asn1(self.root), *self.former.roots]

    def revocations(self) -> list[asn1_crl.CertificateList]:
        """Its two lists of what was revoked, of the last hour: nothing. A signatory's key is gone before anybody could
        steal it. While a token is away, the lists before, as long as they are good."""
        now = clock.now()
        age = now - self._lists[0] if self._lists else LIST_LIFE
        if self._lists is None or not timedelta() <= age < LISTS_KEPT:
            lives = {KeyName.ROOT: ROOT_LIST_LIFE, KeyName.SIGNATORIES: LIST_LIFE}
            try:
                self._lists = now, [self._list(name, now + life) for name, life in lives.items()]
            except KeysAway:
                if self._lists is None or not timedelta() <= age < LIST_LIFE:
                    raise
        return [asn1_crl.CertificateList.load(made) for made in self._lists[1]]

    def all_revocations(self) -> list[asn1_crl.CertificateList]:
        """Its own lists, and the last ones of the authorities before it."""
        return [*self.revocations(), *self.former.revocations]

    def last_revocations(self) -> list[bytes]:
        """Its lists (DER) when it issues no more: good for as long as its certificates."""
        return [self._list(name, END) for name in ISSUING]

    def _list(self, issuer: KeyName, until: datetime) -> bytes:
        key, now = self._keys.key(issuer), clock.now()
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_name(issuer))
            .last_update(now - CLOCKS_DIFFER)
            .next_update(until)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.DER)

    def issued(self, name: KeyName) -> x509.Certificate:
        """The certificate of a key of the authority, made anew; only keys that sign deterministically give it again."""
        public = self._keys.key(name).public_key()
        point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return self._signed(
            _name(name),
            public,
            KeyName.ROOT,
            serial=int.from_bytes(hashlib.sha256(point).digest()[:16]) >> 1,
            begin=BEGIN,
            end=END,
            authority=name in ISSUING,
            usage=ExtendedKeyUsageOID.TIME_STAMPING if name in STAMPING else None,
        )

    def _signed(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        issuer: KeyName,
        *,
        serial: int,
        begin: datetime,
        end: datetime,
        authority: bool = False,
        usage: ObjectIdentifier | None = None,
    ) -> x509.Certificate:
        key = self._keys.key(issuer)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(_name(issuer))
            .public_key(public)
            .serial_number(serial)
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(_usage(authority=authority), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        )
        if usage is not None:
            made = made.add_extension(x509.ExtendedKeyUsage([usage]), critical=True)  # RFC 3161 §2.3
        return made.sign(key, hashes.SHA256(), ecdsa_deterministic=True)


def certificates(file: Path | None) -> list[asn1_x509.Certificate]:
    """The certificates in a file (PEM); none without one. Raises OSError and ValueError."""
    return [asn1(one) for one in x509.load_pem_x509_certificates(file.read_bytes())] if file else []


def asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _name(name: KeyName) -> x509.Name:
    said = [(NameOID.ORGANIZATION_NAME, PLATFORM), (NameOID.COMMON_NAME, TITLES[name])]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in said])


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
