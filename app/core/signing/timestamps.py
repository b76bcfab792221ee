"""Who says when: timestamp authorities (RFC 3161), asked in turn until one answers."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from asn1crypto import cms, tsp, x509
from cryptography.x509 import random_serial_number
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import ValidationError

from app.core import clock, log
from app.core.signing.authority import Authority, Credential, asn1
from app.core.signing.signer import KeySigner

T = TypeVar("T")
POLICY = "2.16.840.1.101.3.2.1.48.1"  # "test policy" (NIST): what we say of time is worth what this machine's clock is
logger = log.get("portolan.timestamps")


class NoTimestamp(Exception):
    """No timestamp authority answers."""


class OwnTimestamps(TimeStamper):
    """Our own authority, by the house's clock."""

    def __init__(self, credential: Credential, others: Sequence[x509.Certificate]) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]
        self._signer = KeySigner(credential, others)
        self._name = asn1(credential.certificate).subject

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        said = {
            "version": "v1",
            "policy": tsp.ObjectIdentifier(POLICY),
            "message_imprint": req["message_imprint"],
            "serial_number": random_serial_number(),
            "gen_time": clock.now(),
            "tsa": x509.GeneralName(name="directory_name", value=self._name),
        }
        if req["nonce"].native is not None:
            said["nonce"] = req["nonce"]
        content = cms.ParsableOctetString(tsp.TSTInfo(said).dump())
        token = await self._signer.async_sign_general_data(
            cms.EncapsulatedContentInfo({"content_type": "tst_info", "content": content}), "sha256", detached=False
        )
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})


def timestampers(authority: Authority) -> list[TimeStamper]:
    """Those to be asked, in this order."""
    return [OwnTimestamps(credential, [asn1(authority.root)]) for credential in authority.timestampers]


async def stamps(token: bytes, data: bytes, authority: Authority) -> bool:
    """Whether an RFC 3161 token (DER) of our own authorities is over the SHA-256 of `data`. Never raises."""
    try:
        signed = cms.ContentInfo.load(token)["content"]
        context = ValidationContext(
            trust_roots=[asn1(authority.root)],
            other_certs=authority.others,
            crls=authority.revocations(),
            moment=signed["encap_content_info"]["content"].parsed["gen_time"].native,
            allow_fetching=False,
            revocation_mode="require",
            retroactive_revinfo=True,
        )
        said = await validate_tst_signed_data(signed, context, lambda name: hashlib.new(name, data).digest())
    except (SignatureValidationError, ValidationError, ValueError, TypeError, KeyError):
        return False
    return bool(said["intact"] and said["valid"] and said["trust_problem_indic"] is None)


async def with_first(asked: Sequence[TimeStamper], work: Callable[[TimeStamper], Awaitable[T]]) -> T:
    """What `work` makes with the first authority that answers. Raises NoTimestamp."""
    for one in asked:
        try:
            return await work(one)
        except (TimestampRequestError, OSError, TimeoutError) as error:
            logger.warning("timestamp_authority_away", error=repr(error))
    raise NoTimestamp
