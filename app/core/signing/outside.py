"""Timestamp authorities of others, asked over HTTP (RFC 3161 §3.4). Nothing they send is believed unchecked."""

import asyncio
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx
from asn1crypto import cms, tsp, x509
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from app.core import clock
from app.core.db import outside_transaction
from app.core.signing.checking import BROKEN

PATIENCE = 10.0
"""Seconds for the whole answer, however slowly it comes."""
LARGEST_ANSWER = 64 * 1024
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


class HttpTimestamps(TimeStamper):
    """One authority by its address; a user and password in it are sent as basic authentication (RFC 7617).

    Its tokens must lead to one of `roots`. No redirect is followed: who is asked is who was configured.
    """

    def __init__(self, url: str, roots: Sequence[x509.Certificate], *, patience: float = PATIENCE) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]
        self.host = urlsplit(url).hostname or ""
        self._url = url
        self._roots = list(roots)
        self._patience = patience

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over this digest. Raises TimestampRequestError for whatever is wrong with the answer."""
        nonce, asked = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        answer = await self.async_request_tsa_response(asked)
        try:
            fault = await self._fault(answer, nonce, message_digest)
        except BROKEN as error:
            fault = repr(error)
        if fault:
            raise TimestampRequestError(f"{self.host}: {fault}")
        return answer["time_stamp_token"]

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        outside_transaction("asking a timestamp authority")
        try:
            async with asyncio.timeout(self._patience):
                return tsp.TimeStampResp.load(await self._asked(req.dump()), strict=True)
        except (httpx.HTTPError, TimeoutError, *BROKEN) as error:
            raise TimestampRequestError(f"{self.host}: {type(error).__name__}") from None  # its words name the address

    async def _asked(self, query: bytes) -> bytes:
        headers = {"Content-Type": QUERY, "Accept": REPLY}
        async with (
            httpx.AsyncClient(timeout=self._patience, follow_redirects=False, trust_env=False) as http,
            http.stream("POST", self._url, content=query, headers=headers) as answer,
        ):
            if answer.status_code != httpx.codes.OK or answer.headers.get("content-type", "").split(";")[0] != REPLY:
                raise TimestampRequestError(f"{self.host}: answered {answer.status_code}")
            data = b""
            async for part in answer.aiter_bytes():
                data += part
                if len(data) > LARGEST_ANSWER:
                    raise TimestampRequestError(f"{self.host}: more than {LARGEST_ANSWER} bytes")
            return data

    async def _fault(self, answer: tsp.TimeStampResp, nonce: int, digest: bytes) -> str:
        """What is wrong with an answer; "" for a token over this digest, for this request, by whom we believe."""
        if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
            return f"refused: {answer['status']['status'].native}"
        token = answer["time_stamp_token"]["content"]
        said = token["encap_content_info"]["content"].parsed
        if said["nonce"].native != nonce:
            return "answers another request"
        context = ValidationContext(
            trust_roots=self._roots, moment=clock.now(), allow_fetching=False, revocation_mode="soft-fail"
        )
        found = TimestampSignatureStatus(**await validate_tst_signed_data(token, context, lambda _name: digest))
        if not (found.intact and found.valid):
            return "its signature does not hold"
        return "" if found.trusted else "leads to no root that is believed"
