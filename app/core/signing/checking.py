"""Whether the signatures in a PDF hold: each by itself, and the file as a whole (ETSI EN 319 102-1 §5.6.3)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from app.core.signing.growth import STRICT
from app.core.signing.own import described

BROKEN = (
    PdfError,
    SignatureValidationError,
    ValidationError,
    PathError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    OverflowError,
)
"""What a reader of PDF and CMS raises over a file that somebody bent. All of it says the same: it does not hold."""


OWN = re.compile(r"own certificate ([0-9a-f]{64})")
"""How the reason of the platform's seal names a certificate that a signatory brought."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """What a checker believes: roots; and what it knows besides what the file carries.

    pins     SHA-256 of certificates that signatories brought themselves, as the platform wrote down
    trusted  roots of others that this installation believes; nobody's signature needs one
    clocks   roots of others' timestamp authorities; whether one of these was revoked is not known
    """

    roots: Sequence[x509.Certificate]
    others: Sequence[x509.Certificate] = ()
    revocations: Sequence[crl.CertificateList] = ()
    pins: frozenset[str] = frozenset()
    trusted: Sequence[x509.Certificate] = ()
    clocks: Sequence[x509.Certificate] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One signature.

    holds          its bytes are untouched, its certificate leads to a root that is believed and was good at the time
    at             when it was made: by a timestamp if `proven`, else by the signer's own word
    indication     of ETSI EN 319 102-1 §5.1.3, such as `OK`, `HASH_FAILURE` or `NO_CERTIFICATE_CHAIN_FOUND`
    fingerprint    SHA-256 of the certificate
    own            the certificate is the signatory's own: they brought it, by the platform's records or its seal
    listed         it leads to a root of others that this installation believes
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
    issuer: str
    fingerprint: str
    own: bool = False
    listed: bool = False


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
    stamps = await _stamps(reader, anchors, at)
    known = replace(anchors, pins=anchors.pins | await _vouched(embedded, anchors, stamps, at))
    signatures = tuple([await _found(one, known, stamps, at) for one in embedded])
    return Examination(signatures, bool(every) and _whole(every), _archived(reader))


async def _vouched(
    embedded: Sequence[EmbeddedPdfSignature], anchors: Anchors, stamps: Sequence["_Stamp"], at: datetime
) -> frozenset[str]:
    """The signatories' own certificates that the platform's seal names."""
    found: set[str] = set()
    for one in embedded:
        named = OWN.findall(_reason(one))
        if named and _by_root(one, anchors) and (await _proved(one, anchors, stamps, at)).holds:
            found.update(named)
    return frozenset(found)


def _by_root(one: EmbeddedPdfSignature, anchors: Anchors) -> bool:
    """Certificates of signatories have an issuer of their own; the root itself issued the seal's."""
    try:
        return any(one.signer_cert.issuer == root.subject for root in anchors.roots)
    except BROKEN:
        return False


async def _proved(
    embedded: EmbeddedPdfSignature, anchors: Anchors, stamps: Sequence["_Stamp"], at: datetime
) -> "_Verdict":
    try:
        return await _verdict(embedded, anchors, stamps, at)
    except BROKEN:
        return _Verdict(False, "FORMAT_FAILURE")


async def _found(embedded: EmbeddedPdfSignature, anchors: Anchors, stamps: Sequence["_Stamp"], at: datetime) -> Found:
    verdict = await _proved(embedded, anchors, stamps, at)
    signer = _signer(embedded)
    own = signer["fingerprint"] in anchors.pins
    return Found(
        field=embedded.field_name,
        reason=_reason(embedded),
        own=own,
        listed=own and await _listed(embedded, anchors, verdict.at or at),
        at=verdict.at or _said(embedded),
        proven=verdict.at is not None,
        holds=verdict.holds,
        indication=verdict.indication,
        **signer,
    )


def _reason(embedded: EmbeddedPdfSignature) -> str:
    return str(embedded.sig_object.get("/Reason", ""))


async def _listed(embedded: EmbeddedPdfSignature, anchors: Anchors, moment: datetime) -> bool:
    """Whether the signatory's own certificate leads to a root that this installation believes."""
    context = ValidationContext(
        trust_roots=list(anchors.trusted), moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )
    try:
        others = list(embedded.other_embedded_certs)
        await CertificateValidator(embedded.signer_cert, others, validation_context=context).async_validate_path()
    except BROKEN:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Verdict:
    """`at` is when it was made if that is proven."""

    holds: bool
    indication: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Stamp:
    """A timestamp over the document as it was in a revision; `made` is None if it does not hold."""

    revision: int
    made: datetime | None


async def _stamps(reader: PdfFileReader, anchors: Anchors, at: datetime) -> list[_Stamp]:
    """Back through time: the newest is checked as of `at`, each older one as of the next, up to one that fails."""
    found: list[_Stamp] = []
    moment = at
    for stamp in reversed(reader.embedded_timestamp_signatures):
        try:
            made = _made(stamp.signed_data) if await _stamp_holds(stamp, anchors, moment) else None
        except BROKEN:
            made = None
        found.append(_Stamp(stamp.signed_revision, made))
        if made is None:
            break
        moment = made
    return found


async def _verdict(
    embedded: EmbeddedPdfSignature, anchors: Anchors, stamps: Sequence[_Stamp], at: datetime
) -> _Verdict:
    """Checked as of the oldest timestamp over it, or its own: that is when it was there at the latest."""
    moment, proven = at, None
    for stamp in stamps:
        if stamp.revision < embedded.signed_revision:
            break
        if stamp.made is None:
            return _Verdict(False, "TIMESTAMP_FAILURE")
        moment = proven = stamp.made
    before = moment
    own = next(extract_tst_data_iter(embedded.signer_info, signed=False), None)
    if own is not None:
        moment = proven = _made(own)
    if embedded.signer_cert.sha256.hex() in anchors.pins:
        status = await _own_status(embedded, moment)
    else:
        for clock in _clocks(embedded, anchors, before):
            ours = _context(embedded, anchors, moment)
            status = await async_validate_pdf_signature(embedded, ours, clock, diff_policy=STRICT)
            if status.bottom_line:
                break
    if status.bottom_line:
        return _Verdict(True, "OK", proven)
    return _Verdict(False, getattr(status.trust_problem_indic, "standard_name", "HASH_FAILURE"))


async def _stamp_holds(stamp: EmbeddedPdfSignature, anchors: Anchors, moment: datetime) -> bool:
    for clock in _clocks(stamp, anchors, moment):
        said = await async_validate_pdf_timestamp(stamp, clock, diff_policy=STRICT)
        if said.intact and said.valid and said.trusted:
            return True
    return False


def _clocks(embedded: EmbeddedPdfSignature, anchors: Anchors, moment: datetime) -> Iterator[ValidationContext]:
    """By whom a timestamp may be: our own authority, then those of others."""
    yield _context(embedded, anchors, moment)
    if anchors.clocks:
        yield ValidationContext(
            trust_roots=list(anchors.clocks), moment=moment, allow_fetching=False, revocation_mode="soft-fail"
        )


async def _own_status(embedded: EmbeddedPdfSignature, moment: datetime) -> PdfSignatureStatus:
    """A signatory's own certificate is believed for itself: that it was theirs is on record, who issued it is shown."""
    certificate = embedded.signer_cert
    if not certificate.not_valid_before <= moment <= certificate.not_valid_after:
        raise ValidationError("the signatory's certificate was not valid then")
    context = ValidationContext(
        trust_roots=[certificate], moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )
    any_signature = KeyUsageConstraints({"digital_signature", "non_repudiation"}, match_all_key_usages=False)
    return await async_validate_pdf_signature(embedded, context, diff_policy=STRICT, key_usage_settings=any_signature)


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
        fingerprint, issuer = certificate.sha256.hex(), described(certificate.dump()).issuer
    except BROKEN:
        said, fingerprint, issuer = {}, "", ""
    names = {
        "name": "common_name",
        "title": "title",
        "company": "organization_name",
        "registration": "organization_identifier",
        "verification": "serial_number",
        "authority": "2.5.4.13",
    }
    return {ours: str(said.get(theirs, "")) for ours, theirs in names.items()} | {
        "fingerprint": fingerprint,
        "issuer": issuer,
    }


def _whole(every: Sequence[EmbeddedPdfSignature]) -> bool:
    try:
        return all(_only_grew(one, last=one is every[-1]) for one in every)
    except BROKEN:
        return False


def _only_grew(one: EmbeddedPdfSignature, *, last: bool) -> bool:
    """After the last signature or timestamp only what is needed to check it may stand."""
    if one.diff_result is None:  # looked at already where the signature itself was checked
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
