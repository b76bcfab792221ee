"""Signing in and out: passwords, second step, step-up, forgotten passwords, cookies."""

import re
from datetime import timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from app.core import clock
from app.core.security import SESSION
from tests.factories.identities import PASSWORD, give_password, letters, make_owner, send_json, token_of
from tests.factories.people import Actor, make_company, open_browser
from tests.forms import forms_of, submit
from trust.identity import passwords, service
from trust.identity.errors import ForPeopleOnly, StepUpNeeded
from trust.identity.jobs import forget_the_expired
from trust.identity.models import AuditEntry, MemberRow, SessionRow
from trust.identity.sessions import by_session


@pytest.fixture
async def owner(db) -> Actor:
    return await make_owner(db)


async def sign_in(http, actor: Actor, password: str = PASSWORD, page: str = "/session/new"):
    return await submit(http, page, "sign-in", email=actor.member.email, password=password)


async def enrol(http) -> tuple[str, list[str]]:
    """Turn the second step on in a signed-in browser; the secret and the recovery codes."""
    await submit(http, "/session/step-up", "step-up", password=PASSWORD)
    await submit(http, "/security", "second-step")
    page = await http.get("/security/second-step")
    assert "data:image/svg+xml" in page.text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert found is not None
    secret = "".join(found[1].split())
    done = await submit(http, "/security/second-step", "second-step-code", code=code_of(secret))
    assert done.status_code == 200
    return secret, re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(clock.now())


async def test_in_and_out(client, db, owner):
    async with client() as http:
        done = await sign_in(http, owner, page="/session/new?next=/members")
        assert (done.status_code, done.headers["location"]) == (303, "/members")
        cookie = http.cookies[SESSION]
        assert (await http.get("/members")).status_code == 200
        assert (await http.get("/session/new?next=/company")).headers["location"] == "/company"
        token = forms_of((await http.get("/account")).text)["account"]["fields"]["csrf_token"]
        out = await http.post("/session/removal", data={"csrf_token": token})
        assert out.headers["location"] == "/"
        assert SESSION not in http.cookies
        http.cookies.set(SESSION, cookie)
        assert (await http.get("/members")).status_code == 303, "the old cookie opens nothing"


async def test_over_json(client, db, owner):
    body = {"email": owner.member.email.upper(), "password": PASSWORD}
    async with client() as http:
        done = await send_json(http, "POST", "/api/v1/session", body, page="/session/new")
        assert (done.status_code, done.json()["member_id"]) == (201, str(owner.id))
        out = await send_json(http, "DELETE", "/api/v1/session")
        assert out.status_code == 200
        assert (await http.get("/api/v1/members")).status_code == 401


async def test_cookies(client, db, owner, settings, app):
    async with db.transaction() as tx:
        await tx.execute(
            update(MemberRow).where(MemberRow.id == owner.id).values(locale="zh-Hans", zone="Asia/Shanghai")
        )
    async with client() as http:
        plain = (await sign_in(http, owner)).headers.get_list("set-cookie")
        http.cookies.delete(SESSION)
        app.state.settings = settings.model_copy(update={"base_url": "https://portolan.example"})
        secure = (await sign_in(http, owner)).headers.get_list("set-cookie")
    [kept] = [c for c in plain if c.startswith("session=")]
    assert "HttpOnly" in kept
    assert "SameSite=lax" in kept
    assert "Secure" not in kept
    assert all("Secure" in c for c in secure if c.startswith("session="))
    assert any(c.startswith("locale=zh-Hans") for c in plain)
    assert any(c.startswith(('zone="Asia%2FShanghai"', "zone=Asia%2FShanghai")) for c in plain)


async def test_a_session_cookie_is_never_reused(client, db, owner):
    """A cookie that was in the browser before signing in, perhaps planted there, opens nothing afterwards."""
    async with client(as_=owner) as http:
        before = http.cookies[SESSION]
        form = {"email": owner.member.email, "password": PASSWORD}
        done = await send_json(http, "POST", "/session", form)
        assert done.status_code == 201
    async with db.transaction(read_only=True) as tx:
        assert await by_session(tx, before) is None
        assert await by_session(tx, done.cookies[SESSION]) is not None


@pytest.mark.parametrize("password", ["wrong", "", "x" * 201, "three lanterns at dusk ", "nul\x00"])
async def test_a_wrong_password(client, db, owner, password):
    async with client() as http:
        refused = await sign_in(http, owner, password)
        unknown = await submit(http, "/session/new", "sign-in", email="nobody@example.com", password=password)
    assert refused.status_code == unknown.status_code == 422
    assert SESSION not in http.cookies
    assert errors_of(refused.text) == errors_of(unknown.text) != []


def errors_of(page: str) -> list[str]:
    return re.findall(r'(?:error-summary-title"|<li>|field-error).*?</?(?:p|li)>', page.split("<main")[1])[:3]


async def test_an_unknown_address_costs_as_much(client, owner, monkeypatch):
    """One password is hashed with the same parameters either way: how long an answer takes tells nothing."""
    hashed: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, kept: str, password: str) -> bool:
        hashed.append(kept.rsplit("$", 2)[0])
        return bool(verify(hasher, kept, password))

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    async with client() as http:
        fields = forms_of((await http.get("/session/new")).text)["sign-in"]["fields"]
        for email in (owner.member.email, "nobody@example.com"):
            refused = await http.post("/session", data=fields | {"email": email, "password": "x"})
            assert refused.status_code == 422
    assert len(hashed) == 2
    assert hashed[0] == hashed[1]


async def test_an_outdated_hash_is_renewed(client, db, owner):
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    async with db.transaction() as tx:
        await tx.execute(update(MemberRow).where(MemberRow.id == owner.id).values(password_hash=weak))
    async with client() as http:
        assert (await sign_in(http, owner)).status_code == 303
    async with db.transaction(read_only=True) as tx:
        kept = await tx.scalar(select(MemberRow.password_hash).where(MemberRow.id == owner.id))
    assert kept.startswith("$argon2id$")
    assert not passwords.outdated(kept)


async def test_guessing_is_limited_by_account(client, db, owner):
    async with db.transaction() as tx:
        other = await make_company(tx)
    await give_password(db, other)
    async with client() as http:
        for _ in range(10):
            assert (await sign_in(http, owner, "wrong")).status_code == 422
        tired = await sign_in(http, owner)
        assert tired.status_code == 429
        assert "Too many attempts" in tired.text
        assert (await sign_in(http, other)).status_code == 303
        http.cookies.delete(SESSION)
        clock.advance(minutes=16)
        assert (await sign_in(http, owner)).status_code == 303


async def test_guessing_is_limited_by_address(client, db, owner):
    async with client() as http:
        form = forms_of((await http.get("/session/new")).text)["sign-in"]
        for n in range(100):
            fields = form["fields"] | {"email": f"{n}@example.com", "password": "x"}
            assert (await http.post("/session", data=fields)).status_code == 422
        assert (await sign_in(http, owner)).status_code == 429


@pytest.mark.parametrize("onto", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_no_open_redirect(client, owner, onto):
    async with client() as http:
        done = await submit(http, "/session/new", "sign-in", email=owner.member.email, password=PASSWORD, next=onto)
    assert done.headers["location"] == "/"


async def test_a_forged_form_signs_nobody_in(client, owner):
    async with client() as http:
        form = forms_of((await http.get("/session/new")).text)["sign-in"]["fields"]
        fields = form | {"email": owner.member.email, "password": PASSWORD}
        missing = await http.post("/session", data=fields | {"csrf_token": ""})
        foreign = await http.post("/session", data=fields, headers={"origin": "https://evil.example"})
    assert missing.status_code == foreign.status_code == 403
    assert SESSION not in http.cookies


async def test_a_removed_member_is_out(client, db, owner):
    async with client(as_=owner) as http:
        async with db.transaction() as tx:
            await tx.execute(update(MemberRow).where(MemberRow.id == owner.id).values(removed_at=clock.now()))
        assert (await http.get("/members")).status_code == 303
    async with client() as http:
        assert (await sign_in(http, owner)).status_code == 422


async def test_a_new_device_is_told(client, db, owner):
    async with client() as first, client() as second:
        await sign_in(first, owner)
        assert await letters(db, "new_sign_in") == [], "the first device of all is no news"
        first.cookies.delete(SESSION)
        await sign_in(first, owner)
        assert await letters(db, "new_sign_in") == []
        second.headers["user-agent"] = "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"
        await sign_in(second, owner)
    [letter] = await letters(db, "new_sign_in")
    assert (letter["to"], letter["device"], letter["address"]) == (owner.member.email, "Firefox, Windows", "127.0.0.1")


async def test_the_second_step(client, db, owner):
    async with client(as_=owner) as http:
        secret, recovery = await enrol(http)
    assert len(set(recovery)) == 10
    async with client() as http:
        half = await sign_in(http, owner, page="/session/new?next=/members")
        assert half.headers["location"].startswith("/session/code?next=")
        assert SESSION not in http.cookies
        clock.advance(seconds=60)
        code = code_of(secret)
        page = half.headers["location"]
        assert (await submit(http, page, "code", code="000000")).status_code == 422
        done = await submit(http, page, "code", code=code)
        assert done.headers["location"] == "/members"
        assert SESSION in http.cookies
        http.cookies.delete(SESSION)
        await sign_in(http, owner)
        replayed = await submit(http, "/session/code", "code", code=code)
        assert replayed.status_code == 422
        assert SESSION not in http.cookies


async def test_the_second_step_over_json(client, db, owner):
    async with client(as_=owner) as http:
        secret, recovery = await enrol(http)
    body = {"email": owner.member.email, "password": PASSWORD}
    async with client() as http:
        missing = await send_json(http, "POST", "/session", body, page="/session/new")
        assert (missing.status_code, missing.json()["code"]) == (422, "code_needed")
        assert "code" in missing.json()["errors"]
        clock.advance(seconds=60)
        done = await send_json(http, "POST", "/session", body | {"code": code_of(secret)}, page="/session/new")
        assert done.status_code == 201
        http.cookies.delete(SESSION)
        spare = body | {"code": recovery[0].upper().replace("-", " ")}
        assert (await send_json(http, "POST", "/session", spare, page="/session/new")).status_code == 201
        http.cookies.delete(SESSION)
        again = await send_json(http, "POST", "/session", spare, page="/session/new")
    assert (again.status_code, again.json()["code"]) == (422, "code_refused")


async def test_the_second_step_waits_five_minutes_in_one_browser(client, db, owner):
    async with client(as_=owner) as http:
        secret, _recovery = await enrol(http)
    async with client() as http, client() as other:
        await sign_in(http, owner)
        assert (await submit(other, "/session/code", "code", code=code_of(secret))).status_code == 409
        clock.advance(minutes=5, seconds=1)
        assert (await submit(http, "/session/code", "code", code=code_of(secret))).status_code == 409


async def test_codes_are_limited(client, db, owner):
    async with client(as_=owner) as http:
        secret, _recovery = await enrol(http)
    clock.advance(minutes=16)
    async with client() as http:
        await sign_in(http, owner)
        answers = [(await submit(http, "/session/code", "code", code="123456")).status_code for _ in range(5)]
        assert answers == [422] * 5
        assert (await submit(http, "/session/code", "code", code=code_of(secret))).status_code == 429


async def test_step_up_by_password_holds_ten_minutes(client, db, owner):
    async with client(as_=owner) as http:
        cookie = http.cookies[SESSION]

        async def passes() -> None:
            async with db.transaction(read_only=True) as tx:
                member = await by_session(tx, cookie)
                assert member is not None
                await service.require_step_up(tx, member)

        with pytest.raises(StepUpNeeded) as needed:
            await passes()
        assert needed.value.facts["address"] == "/session/step-up"
        assert (await submit(http, "/session/step-up", "step-up", password="wrong")).status_code == 422
        with pytest.raises(StepUpNeeded):
            await passes()
        done = await submit(http, "/session/step-up?next=/company", "step-up", password=PASSWORD)
        assert done.headers["location"] == "/company"
        await passes()
        clock.advance(minutes=10, seconds=1)
        with pytest.raises(StepUpNeeded):
            await passes()


async def test_step_up_with_a_second_step_wants_the_code(client, db, owner):
    async with client(as_=owner) as http:
        secret, _recovery = await enrol(http)
        clock.advance(minutes=11)
        by_password = await send_json(http, "POST", "/session/step-up", {"password": PASSWORD})
        assert by_password.json()["code"] == "code_needed"
        assert (await submit(http, "/session/step-up", "step-up", code=code_of(secret))).status_code == 303
    async with db.transaction(read_only=True) as tx:
        with pytest.raises(ForPeopleOnly):
            await service.require_step_up(tx, owner.member, within=timedelta(minutes=10))


async def test_a_forgotten_password(client, db, owner):
    async with client(as_=owner) as old, client() as http:
        known = await submit(http, "/password/forgotten", "forgotten", email=owner.member.email.upper())
        unknown = await submit(http, "/password/forgotten", "forgotten", email="nobody@example.com")
        assert (known.status_code, known.headers["location"]) == (303, "/password/sent")
        assert (unknown.status_code, unknown.headers["location"], unknown.content) == (
            303,
            "/password/sent",
            known.content,
        )
        [letter] = await letters(db, "reset_password")
        assert letter["to"] == owner.member.email
        page = f"/password-resets/completion?token={letter['token']}"
        form = forms_of((await http.get(page)).text)["reset"]
        assert (await submit(http, page, "reset", password="short")).status_code == 422
        assert (await submit(http, page, "reset", password="new lanterns at dawn")).status_code == 303
        again = await http.post(form["action"], data=form["fields"] | {"password": "third lanterns at noon"})
        assert again.status_code == 409
        assert (await http.get(page)).status_code == 409
        assert (await old.get("/members")).status_code == 303, "every session has ended"
        assert (await sign_in(http, owner)).status_code == 422
        assert (await sign_in(http, owner, "new lanterns at dawn")).status_code == 303
    assert len(await letters(db, "password_changed")) == 1


async def test_a_reset_link_is_good_for_half_an_hour_and_only_the_latest(client, db, owner):
    async with client() as http:
        await submit(http, "/password/forgotten", "forgotten", email=owner.member.email)
        first = await token_of(db, "reset_password")
        await submit(http, "/password/forgotten", "forgotten", email=owner.member.email)
        second = await token_of(db, "reset_password")
        assert (await http.get(f"/password-resets/completion?token={first}")).status_code == 409
        assert (await http.get(f"/password-resets/completion?token={second}")).status_code == 200
        clock.advance(minutes=30, seconds=1)
        assert (await http.get(f"/password-resets/completion?token={second}")).status_code == 409


async def test_forgetting_is_limited(client, db, owner):
    async with client() as http:
        for _ in range(3):
            await submit(http, "/password/forgotten", "forgotten", email=owner.member.email)
        tired = await submit(http, "/password/forgotten", "forgotten", email=owner.member.email)
    assert tired.status_code == 429
    assert len(await letters(db, "reset_password")) == 3


async def test_signing_in_is_on_record(client, db, owner):
    async with client() as http:
        await sign_in(http, owner)
    async with db.transaction(read_only=True) as tx:
        [entry] = await tx.scalars(select(AuditEntry).where(AuditEntry.organisation_id == owner.organisation_id))
    assert (entry.action, entry.member_id, entry.facts) == ("signed_in", owner.id, {"address": "127.0.0.1"})


async def test_old_sessions_are_forgotten(client, db, ctx, owner):
    await open_browser(db, owner)
    for days, left in ((410, 1), (440, 0)):
        with clock.at(clock.now() + timedelta(days=days)):
            await forget_the_expired(ctx)
            await forget_the_expired(ctx)
        async with db.transaction(read_only=True) as tx:
            assert len(list(await tx.scalars(select(SessionRow)))) == left
