"""Who says when: timestamp authorities (RFC 3161), asked in turn until one answers."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
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
from app.core.signing.authority import Authority, asn1
from app.core.signing.signer import KeySigner

T = TypeVar("T")
POLICY = "2.16.840.1.101.3.2.1.48.1"  # "test policy" (NIST): what we say of time is worth what this machine's clock is
logger = log.get("portolan.timestamps")


class NoTimestamp(Exception):
    """No timestamp authority answers."""


class OwnTimestamps(TimeStamper):
    """Our own authority, by the house's clock. A key in a token is asked for when it is needed, not before a fork."""

    def __init__(self, authority: Authority, which: int) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]
        self._authority = authority
        self._which = which

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        signer, name = await asyncio.to_thread(self._signer)
        said = {
            "version": "v1",
            "policy": tsp.ObjectIdentifier(POLICY),
            "message_imprint": req["message_imprint"],
            "serial_number": random_serial_number(),
            "gen_time": clock.now(),
            "tsa": x509.GeneralName(name="directory_name", value=name),
        }
        if req["nonce"].native is not None:
            said["nonce"] = req["nonce"]
        content = cms.ParsableOctetString(tsp.TSTInfo(said).dump())
        token = await signer.async_sign_general_data(
            cms.EncapsulatedContentInfo({"content_type": "tst_info", "content": content}), "sha256", detached=False
        )
        return tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token})

    def _signer(self) -> tuple[KeySigner, x509.Name]:
        credential = self._authority.timestampers[self._which]
        return KeySigner(credential, [asn1(self._authority.root)]), asn1(credential.certificate).subject


def timestampers(authority: Authority) -> list[TimeStamper]:
    """Those to be asked, in this order."""
    return [OwnTimestamps(authority, 0), OwnTimestamps(authority, 1)]


async def stamps(token: bytes, data: bytes, authority: Authority) -> bool:
    """Whether an RFC 3161 token (DER) of our own authorities is over the SHA-256 of `data`. Raises KeysAway alone."""
    try:
        signed = cms.ContentInfo.load(token)["content"]
        moment = signed["encap_content_info"]["content"].parsed["gen_time"].native
        context = await asyncio.to_thread(_context, authority, moment)
        said = await validate_tst_signed_data(signed, context, lambda name: hashlib.new(name, data).digest())
    except (SignatureValidationError, ValidationError, ValueError, TypeError, KeyError):
        return False
    return bool(said["intact"] and said["valid"] and said["trust_problem_indic"] is None)


def _context(authority: Authority, moment: datetime) -> ValidationContext:
    return ValidationContext(
        trust_roots=authority.roots,
        other_certs=authority.others,
        crls=authority.all_revocations(),
        moment=moment,
        allow_fetching=False,
        revocation_mode="require",
        retroactive_revinfo=True,
    )


async def with_first(asked: Sequence[TimeStamper], work: Callable[[TimeStamper], Awaitable[T]]) -> T:
    """What `work` makes with the first authority that answers. Raises NoTimestamp."""
    for one in asked:
        try:
            return await work(one)
        except (TimestampRequestError, OSError, TimeoutError) as error:
            logger.warning("timestamp_authority_away", error=repr(error))
    raise NoTimestamp
