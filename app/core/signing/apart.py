"""Signatures checked in a process apart: it is half a second of arithmetic, for which nobody else should wait."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from asn1crypto import crl, x509
from asn1crypto.core import Asn1Value
from pydantic import BaseModel, ConfigDict, TypeAdapter

from app.core.errors import Unavailable
from app.core.i18n import _
from app.core.signing.checking import Anchors, Examination
from app.core.workshop import JobFailed, Limits, Workshop

SHOP = Workshop("app.core.signing.checker")
LIMITS = Limits(cpu_seconds=20, wall_seconds=40.0)
DONE = TypeAdapter(Examination)


class CheckingFailed(Unavailable):
    """The signatures could not be checked; that says nothing of them. Fact `reason` is for operators."""

    code = "checking_failed"


class Asked(BaseModel):
    """A document and what is believed, all in DER."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64", frozen=True)

    document: bytes
    at: datetime
    roots: tuple[bytes, ...]
    others: tuple[bytes, ...]
    revocations: tuple[bytes, ...]
    pins: frozenset[str]
    trusted: tuple[bytes, ...]
    clocks: tuple[bytes, ...]

    @classmethod
    def of(cls, document: bytes, anchors: Anchors, at: datetime) -> Self:
        return cls(
            document=document,
            at=at,
            roots=_dumped(anchors.roots),
            others=_dumped(anchors.others),
            revocations=_dumped(anchors.revocations),
            pins=anchors.pins,
            trusted=_dumped(anchors.trusted),
            clocks=_dumped(anchors.clocks),
        )

    def anchors(self) -> Anchors:
        return Anchors(
            roots=_certificates(self.roots),
            others=_certificates(self.others),
            revocations=[crl.CertificateList.load(one) for one in self.revocations],
            pins=self.pins,
            trusted=_certificates(self.trusted),
            clocks=_certificates(self.clocks),
        )


async def examined(document: bytes, anchors: Anchors, *, at: datetime) -> Examination:
    """As `examine`, in another process. Raises CheckingFailed."""
    try:
        return DONE.validate_json(await SHOP.do(Asked.of(document, anchors, at).model_dump_json().encode(), LIMITS))
    except JobFailed as error:
        raise CheckingFailed(_("The signatures cannot be checked at the moment."), reason=str(error)) from None


def _dumped(values: Sequence[Asn1Value]) -> tuple[bytes, ...]:
    return tuple(value.dump() for value in values)


def _certificates(dumped: Sequence[bytes]) -> list[x509.Certificate]:
    return [x509.Certificate.load(one) for one in dumped]
