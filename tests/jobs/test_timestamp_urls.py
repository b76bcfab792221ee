"""Timestamp authorities by their address: a good answer is used, every other is passed over, and none is waited for."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import uvicorn
from asn1crypto import tsp
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import ValidationError
from pyhanko.sign.timestamps.common_utils import TimestampRequestError

from app import checks
from app.core import clock
from app.core.config import Settings
from app.core.runner import Again
from app.core.signing.authority import Authority, asn1
from app.core.signing.checking import examine
from app.core.signing.keys import LocalKeys
from app.core.signing.outside import HttpTimestamps
from app.core.signing.timestamps import timestampers
from orders.contracts import jobs, queries, signing
from tests.factories.contracts import make_partners, newest_file, sign_contract, signable_contract
from tests.rails.servers import free_port, until

OTHERS = Authority(LocalKeys("a timestamp authority of others"))
STRANGERS = Authority(LocalKeys("an authority that nobody knows"))
REPLY = [(b"content-type", b"application/timestamp-reply")]


class LittleAuthority:
    """RFC 3161 over HTTP on this machine; the path of the address says how it behaves."""

    def __init__(self) -> None:
        self.port = free_port()
        self.asked: list[str] = []
        self.credentials = ""

    def url(self, how: str, *, user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.port}/{how}"

    async def __call__(self, scope, receive, send) -> None:
        how = scope["path"].strip("/")
        self.asked.append(how)
        given = dict(scope["headers"]).get(b"authorization", b"").removeprefix(b"Basic ")
        self.credentials = b64decode(given).decode()
        body = (await receive())["body"]
        status, headers, answer = await self._answer(how, body)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, how: str, body: bytes) -> tuple[int, list, bytes]:
        match how:
            case "broken":
                return 500, REPLY, b"sorry"
            case "page":
                return 200, [(b"content-type", b"text/html")], b"<html>"
            case "garbage":
                return 200, REPLY, b"\x30\x82junk"
            case "endless":
                return 200, REPLY, b"\0" * 100_000
            case "elsewhere":
                return 307, [(b"location", self.url("good").encode())], b""
            case "slow":
                await asyncio.sleep(5)
        request = tsp.TimeStampReq.load(body)
        if how == "nonce":
            request["nonce"] = 7
        if how == "imprint":
            request["message_imprint"]["hashed_message"] = b"1" * 32
        by = STRANGERS if how == "stranger" else OTHERS
        answer = await timestampers(by)[0].async_request_tsa_response(request)
        if how == "refused":
            answer = tsp.TimeStampResp({"status": {"status": "rejection"}})
        data = bytearray(answer.dump())
        if how == "bent":
            data[-1] ^= 1
        return 200, REPLY, bytes(data)


@pytest.fixture
async def little() -> AsyncIterator[LittleAuthority]:
    app = LittleAuthority()
    server = uvicorn.Server(uvicorn.Config(app, port=app.port, lifespan="off", log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    yield app
    server.should_exit = True
    await serving


def asking(little: LittleAuthority, how: str, **more) -> HttpTimestamps:
    return HttpTimestamps(little.url(how, **more), [asn1(OTHERS.root)], patience=1)


BAD = ["broken", "page", "garbage", "endless", "elsewhere", "slow", "nonce", "imprint", "stranger", "refused", "bent"]


async def test_whatever_is_wrong_with_an_answer_it_is_no_timestamp(little):
    for how in BAD:
        with pytest.raises(TimestampRequestError, match=r"127\.0\.0\.1"):
            await asking(little, how).async_timestamp(b"0" * 32, "sha256")
    assert little.asked == BAD, "and nobody was sent elsewhere"
    good = await asking(little, "good", user="portolan:se%20cret@").async_timestamp(b"0" * 32, "sha256")
    assert good["content_type"].native == "signed_data"
    assert little.credentials == "portolan:se cret"


async def test_who_is_away_is_named_without_the_password():
    away = HttpTimestamps(f"http://portolan:secret@127.0.0.1:{free_port()}/", [asn1(OTHERS.root)])
    with pytest.raises(TimestampRequestError) as refused:
        await away.async_timestamp(b"0" * 32, "sha256")
    assert "secret" not in str(refused.value)


async def test_signed_by_others_clocks_after_those_that_fail(ctx, db, little):
    platform = Authority(LocalKeys(ctx.settings.secret_key.get_secret_value()), clocks=[asn1(OTHERS.root)])
    outside = replace(ctx, authority=platform, timestamps=[asking(little, how) for how in ("broken", "nonce", "good")])
    partners = await make_partners(db)
    contract_id = await signable_contract(ctx, partners)
    await sign_contract(outside, contract_id, partners.buyer, partners.supplier)
    file = await newest_file(ctx, contract_id)
    found = await examine(file, signing.anchors(platform), at=clock.now())
    assert found.whole
    assert [(s.holds, s.proven) for s in found.signatures] == [(True, True)] * 3
    assert found.archived is not None
    alone = await examine(file, signing.anchors(ctx.authority), at=clock.now())
    assert not any(s.holds for s in alone.signatures), "who does not believe these clocks cannot say when"


async def test_while_none_answers_it_is_signed_without_and_made_good_later(ctx, db, little):
    platform = Authority(LocalKeys(ctx.settings.secret_key.get_secret_value()), clocks=[asn1(OTHERS.root)])
    outside = replace(ctx, authority=platform, timestamps=[asking(little, "broken"), asking(little, "garbage")])
    partners = await make_partners(db)
    contract_id = await signable_contract(ctx, partners)
    await sign_contract(outside, contract_id, partners.buyer, partners.supplier)
    anchors = signing.anchors(platform)
    found = await examine(await newest_file(ctx, contract_id), anchors, at=clock.now())
    assert [(s.holds, s.proven) for s in found.signatures] == [(True, False)] * 3
    with pytest.raises(Again):
        await jobs.affix(outside, contract_id=contract_id)
    await jobs.affix(replace(outside, timestamps=[asking(little, "good")]), contract_id=contract_id)
    found = await examine(await newest_file(ctx, contract_id), anchors, at=clock.now())
    assert [(s.holds, s.proven) for s in found.signatures] == [(True, True)] * 3
    async with db.transaction(read_only=True) as tx:
        assert (await queries.contract(tx, contract_id)).archived_at is not None


async def test_the_check_names_the_state_of_each(settings, little, tmp_path):
    roots = tmp_path / "roots.pem"
    roots.write_bytes(OTHERS.root.public_bytes(Encoding.PEM))
    urls = (little.url("good"), little.url("stranger"))
    told = await checks.run(settings.model_copy(update={"timestamp_urls": urls, "timestamp_roots": roots}))
    said = [(one.fine, one.detail) for one in told if one.name == "timestamps 127.0.0.1"]
    assert [fine for fine, _detail in said] == [True, False]
    assert "no root that is believed" in said[1][1]


def test_settings_that_make_no_sense_are_refused(tmp_path):
    for urls in (("ftp://x/",), ("timestamp.example",), ("http://user:word@host/",)):
        with pytest.raises(ValidationError):
            Settings(timestamp_urls=urls, timestamp_roots=tmp_path / "roots.pem")
    with pytest.raises(ValidationError, match="TIMESTAMP_ROOTS"):
        Settings(timestamp_urls=("https://timestamp.example/",))
