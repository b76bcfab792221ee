"""Whether the signatures in a PDF hold: each by itself, and the file as a whole (ETSI EN 319 102-1 §5.6.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import cms, crl, x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import (
    EmbeddedPdfSignature,
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import ValidationError

from app.core.signing.growth import STRICT

BROKEN = (
    PdfError,
    SignatureValidationError,
    ValidationError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    OverflowError,
)
"""What a reader of PDF and CMS raises over a file that somebody bent. All of it says the same: it does not hold."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a checker believes: roots; and what it knows besides what the file carries."""

    roots: Sequence[x509.Certificate]
    others: Sequence[x509.Certificate] = ()
    revocations: Sequence[crl.CertificateList] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One signature.

    holds          its bytes are untouched, its certificate leads to a root that is believed and was good at the time
    at             when it was made: by a timestamp if `proven`, else by the signer's own word
    indication     of ETSI EN 319 102-1 §5.1.3, such as `OK`, `HASH_FAILURE` or `NO_CERTIFICATE_CHAIN_FOUND`
    fingerprint    SHA-256 of the certificate
    """

    field: str
    name: str
    title: str
    company: str
    registration: str
    verification: str
    authority: str
    reason: str
    at: datetime | None
    proven: bool
    holds: bool
    indication: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What is in a file.

    whole       nothing but signatures, timestamps and what is needed to check them was added after the first signature
    archived    when the newest document timestamp over it was made, if it has one
    """

    signatures: tuple[Found, ...]
    whole: bool
    archived: datetime | None = None

    def by(self, field: str) -> Found | None:
        return next((found for found in self.signatures if found.field == field), None)


NOTHING = Examination((), whole=False)


async def examine(document: bytes, anchors: Anchors, *, at: datetime) -> Examination:
    """Check every signature as one does at `at`. Never raises for what is in the file."""
    try:
        reader = PdfFileReader(BytesIO(document))
        embedded = list(reader.embedded_regular_signatures)
        every = list(reader.embedded_signatures)
    except BROKEN:
        return NOTHING
    signatures = tuple([await _found(one, anchors, at) for one in embedded])
    return Examination(signatures, bool(every) and _whole(every), _archived(reader))


async def _found(embedded: EmbeddedPdfSignature, anchors: Anchors, at: datetime) -> Found:
    try:
        verdict = await _verdict(embedded, anchors, at)
    except BROKEN:
        verdict = _Verdict(False, "FORMAT_FAILURE")
    return Found(
        field=embedded.field_name,
        reason=str(embedded.sig_object.get("/Reason", "")),
        at=verdict.at or _said(embedded),
        proven=verdict.at is not None,
        holds=verdict.holds,
        indication=verdict.indication,
        **_signer(embedded),
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """`at` is when it was made if that is proven."""

    holds: bool
    indication: str
    at: datetime | None = None


async def _verdict(embedded: EmbeddedPdfSignature, anchors: Anchors, at: datetime) -> _Verdict:
    """Back through time: the newest document timestamp is checked as of `at`, each older one as of the next, then the
    signature's own timestamp, and the signature as of the oldest: that is when it was there at the latest.
    """
    moment, proven = at, None
    for stamp in reversed(embedded.reader.embedded_timestamp_signatures):
        if stamp.signed_revision < embedded.signed_revision:
            break
        said = await async_validate_pdf_timestamp(stamp, _context(stamp, anchors, moment), diff_policy=STRICT)
        if not (said.intact and said.valid and said.trusted):
            return _Verdict(False, "TIMESTAMP_FAILURE")
        moment = proven = _made(stamp.signed_data)
    before = moment
    own = next(extract_tst_data_iter(embedded.signer_info, signed=False), None)
    if own is not None:
        moment = proven = _made(own)
    status = await async_validate_pdf_signature(
        embedded, _context(embedded, anchors, moment), _context(embedded, anchors, before), diff_policy=STRICT
    )
    if status.bottom_line:
        return _Verdict(True, "OK", proven)
    return _Verdict(False, getattr(status.trust_problem_indic, "standard_name", "HASH_FAILURE"))


def _context(embedded: EmbeddedPdfSignature, anchors: Anchors, moment: datetime) -> ValidationContext:
    known: dict[str, Any] = {
        "trust_roots": list(anchors.roots),
        "other_certs": list(anchors.others),
        "crls": list(anchors.revocations),
        "moment": moment,
        "allow_fetching": False,
        "revocation_mode": "require",
        "retroactive_revinfo": True,
    }
    try:
        return DocumentSecurityStore.read_dss(embedded.reader).as_validation_context(known)
    except NoDSSFoundError:
        return ValidationContext(**known)


def _said(embedded: EmbeddedPdfSignature) -> datetime | None:
    try:
        return embedded.self_reported_timestamp
    except BROKEN:
        return None


def _signer(embedded: EmbeddedPdfSignature) -> dict[str, str]:
    try:
        certificate = embedded.signer_cert
        said: dict[str, Any] = certificate.subject.native
        fingerprint = certificate.sha256.hex()
    except BROKEN:
        said, fingerprint = {}, ""
    names = {
        "name": "common_name",
        "title": "title",
        "company": "organization_name",
        "registration": "organization_identifier",
        "verification": "serial_number",
        "authority": "2.5.4.13",
    }
    return {ours: str(said.get(theirs, "")) for ours, theirs in names.items()} | {"fingerprint": fingerprint}


def _whole(every: Sequence[EmbeddedPdfSignature]) -> bool:
    try:
        return all(_only_grew(one, last=one is every[-1]) for one in every)
    except BROKEN:
        return False


def _only_grew(one: EmbeddedPdfSignature, *, last: bool) -> bool:
    """After the last signature or timestamp only what is needed to check it may stand."""
    one.compute_integrity_info(diff_policy=STRICT)
    if one.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return True
    allowed = ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING
    level = getattr(one.diff_result, "modification_level", ModificationLevel.OTHER)
    return one.coverage is SignatureCoverageLevel.ENTIRE_REVISION and level <= allowed


def _archived(reader: PdfFileReader) -> datetime | None:
    try:
        stamps = reader.embedded_timestamp_signatures
        return _made(stamps[-1].signed_data) if stamps else None
    except BROKEN:
        return None


def _made(token: cms.SignedData) -> datetime:
    moment: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
    return moment
