"""Passkeys: registered, used in place of password and code, refused when anything about them is not as asked."""

import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from app.core import clock
from app.core.security import SESSION
from tests.authenticator import PRESENT, Authenticator, text
from tests.factories.identities import PASSWORD, give_password, letters, make_owner, send_json
from tests.factories.people import Actor
from tests.flows.test_identity_sessions import enrol, sign_in
from tests.forms import submit
from trust.identity.jobs import forget_the_expired
from trust.identity.models import AuditEntry, Passkey, PasskeyChallenge, SessionRow

CHALLENGE = "/session/passkey/challenge"


@pytest.fixture
async def owner(db) -> Actor:
    return await make_owner(db)


@pytest.fixture
async def stranger(db) -> Actor:
    return await make_owner(db, "Other Harbour")


async def challenge(http, purpose: str, *, page: str = "/account"):
    answer = await send_json(http, "POST", CHALLENGE, {"purpose": purpose}, page=page)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def registered(http, device: Authenticator, *, name: str = "My telephone"):
    await submit(http, "/session/step-up", "step-up", password=PASSWORD)
    said = device.create(await challenge(http, "register"))
    return await send_json(http, "POST", "/api/v1/security/passkeys", {"name": name, "credential": said})


async def entered(http, said, **more):
    return await send_json(http, "POST", "/api/v1/session/passkey", {"credential": said, **more}, page="/session/new")


async def test_registered_and_used_to_sign_in_without_a_password(client, db, owner):
    device = Authenticator()
    async with client(as_=owner) as http:
        done = await registered(http, device)
        assert done.status_code == 201, done.text
        assert len(done.json()["codes"]) == 10
        [listed] = (await http.get("/api/v1/security")).json()["passkeys"]
        assert (listed["name"], listed["last_used_at"]) == ("My telephone", None)
    [letter] = await letters(db, "passkey_changed")
    assert (letter["to"], letter["what"], letter["passkey"]) == (owner.member.email, "passkey_added", "My telephone")
    async with client() as http:
        options = await challenge(http, "sign_in", page="/session/new")
        assert options["allowCredentials"] == []
        assert options["userVerification"] == "required"
        done = await entered(http, device.get(options))
        assert (done.status_code, done.json()["member_id"]) == (201, str(owner.id))
        [listed] = (await http.get("/api/v1/security")).json()["passkeys"]
        assert listed["last_used_at"] is not None


async def test_from_the_forms_as_the_page_sends_them(client, db, owner):
    device = Authenticator()
    async with client(as_=owner) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        said = json.dumps(device.create(await challenge(http, "register")))
        shown = await submit(http, "/security", "passkey", name="Key", credential=said)
        assert "shown this once" in shown.text
        said = json.dumps(device.create(await challenge(http, "register")))
        again = await submit(http, "/security", "passkey", name="Second key", credential=said)
        assert again.headers["location"] == "/security", "recovery codes come once"
    async with client() as http:
        said = json.dumps(device.get(await challenge(http, "sign_in", page="/session/new")))
        done = await submit(http, "/session/new?next=/members", "sign-in-passkey", credential=said)
        assert (done.status_code, done.headers["location"]) == (303, "/members")
        assert (await http.get("/members")).status_code == 200


async def test_with_a_passkey_a_password_alone_does_not_let_in(client, db, owner):
    device = Authenticator()
    async with client(as_=owner) as http:
        codes = (await registered(http, device)).json()["codes"]
    async with client() as http:
        half = await sign_in(http, owner, page="/session/new?next=/members")
        assert half.headers["location"] == "/session/code?next=/members"
        assert SESSION not in http.cookies
        said = json.dumps(device.get(await challenge(http, "second_step", page="/session/code")))
        done = await submit(http, "/session/code?next=/members", "code-passkey", credential=said)
        assert (done.status_code, done.headers["location"]) == (303, "/members")
    async with client() as http:
        await sign_in(http, owner)
        wrong = await submit(http, "/session/code", "code", code="123456")
        assert wrong.status_code == 422
        done = await submit(http, "/session/code", "code", code=codes[0])
        assert done.status_code == 303, "a recovery code opens where no passkey is at hand"


async def test_a_passkey_stands_for_the_code_of_an_authenticator(client, db, owner):
    device = Authenticator()
    async with client(as_=owner) as http:
        await enrol(http)
        said = device.create(await challenge(http, "register"))
        done = await send_json(http, "POST", "/api/v1/security/passkeys", {"name": "Key", "credential": said})
        assert done.json()["codes"] == [], "there are some already"
    async with client() as http:
        await sign_in(http, owner)
        said = device.get(await challenge(http, "second_step", page="/session/code"))
        done = await submit(http, "/session/code", "code-passkey", credential=json.dumps(said))
        assert done.status_code == 303


async def test_step_up(client, db, owner):
    device = Authenticator()
    async with client(as_=owner) as http:
        await registered(http, device)
        clock.advance(minutes=11)
        refused = await send_json(http, "POST", "/security/second-step")
        assert refused.json()["code"] == "step_up_needed"
        said = json.dumps(device.get(await challenge(http, "step_up")))
        done = await submit(http, "/session/step-up?next=/security", "step-up-passkey", credential=said)
        assert (done.status_code, done.headers["location"]) == (303, "/security")
        assert (await send_json(http, "POST", "/security/second-step")).status_code == 200
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(SessionRow.stepped_up_by)) == "passkey"


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://test"},
        {"origin": "http://evil.test"},
        {"site": "evil.test"},
        {"challenge": text(b"another challenge that nobody asked")},
        {"kind": "webauthn.create"},
        {"flags": PRESENT},
        {"flags": 0},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"handle": b"somebody else..."},
        {"handle": b""},
    ],
)
async def test_what_is_not_as_asked_opens_nothing(client, db, owner, bent):
    device = Authenticator()
    async with client(as_=owner) as http:
        await registered(http, device)
    async with client() as http:
        refused = await entered(http, device.get(await challenge(http, "sign_in", page="/session/new"), **bent))
        assert (refused.status_code, refused.json()["code"]) == (422, "passkey_refused")
        assert SESSION not in http.cookies
        done = await entered(http, device.get(await challenge(http, "sign_in", page="/session/new")))
        assert done.status_code == 201, "the passkey itself is good"


@pytest.mark.parametrize("bent", [{"origin": "http://evil.test"}, {"site": "evil.test"}, {"flags": PRESENT}])
async def test_what_is_not_as_asked_is_not_registered(client, db, owner, bent):
    async with client(as_=owner) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        said = Authenticator().create(await challenge(http, "register"), **bent)
        refused = await send_json(http, "POST", "/security/passkeys", {"name": "Key", "credential": said})
    assert (refused.status_code, refused.json()["code"]) == (422, "passkey_refused")
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(Passkey))) == []


async def test_a_challenge_is_good_once_for_its_purpose_and_browser_and_not_for_long(client, db, owner):
    device = Authenticator(counts=False)
    async with client(as_=owner) as http:
        await registered(http, device)
        stepping = device.get(await challenge(http, "step_up"))
    async with client() as http, client() as elsewhere:
        assert (await entered(http, stepping)).status_code == 422, "asked for another purpose"
        said = device.get(await challenge(http, "sign_in", page="/session/new"))
        assert (await entered(http, said)).status_code == 201
        http.cookies.delete(SESSION)
        assert (await entered(http, said)).status_code == 422, "used up"
        said = device.get(await challenge(http, "sign_in", page="/session/new"))
        assert (await entered(elsewhere, said)).status_code == 422, "asked of another browser"
        assert (await entered(http, said)).status_code == 422, "used up by the one who was refused"
        said = device.get(await challenge(http, "sign_in", page="/session/new"))
        clock.advance(minutes=5, seconds=1)
        assert (await entered(http, said)).status_code == 422, "too late"


async def test_another_members_passkey_is_no_second_step_nor_step_up(client, db, owner, stranger):
    mine, theirs = Authenticator(), Authenticator()
    async with client(as_=owner) as http, client(as_=stranger) as other:
        await registered(http, mine)
        await registered(other, theirs)
        said = theirs.get(await challenge(http, "step_up"))
        refused = await send_json(http, "POST", "/session/step-up", {"credential": said})
        assert (refused.status_code, refused.json()["code"]) == (422, "passkey_refused")
        [own] = (await other.get("/api/v1/security")).json()["passkeys"]
        gone = await send_json(http, "DELETE", f"/security/passkeys/{own['id']}")
        assert (gone.status_code, gone.json()["code"]) == (404, "passkey_not_found")
        first = await challenge(other, "register")
        said = mine.create(first)
        refused = await send_json(http, "POST", "/security/passkeys", {"name": "Key", "credential": said})
        assert refused.status_code == 422, "what one was asked, another cannot register"
    async with client() as http:
        await sign_in(http, owner)
        said = json.dumps(theirs.get(await challenge(http, "second_step", page="/session/code")))
        assert (await submit(http, "/session/code", "code-passkey", credential=said)).status_code == 422
        assert SESSION not in http.cookies


async def test_a_copied_passkey_is_refused_noted_and_told(client, db, owner):
    device = Authenticator()
    async with client(as_=owner) as http:
        await registered(http, device)
    async with client() as http:
        said = device.get(await challenge(http, "sign_in", page="/session/new"))
        assert (await entered(http, said)).status_code == 201
    async with client() as http:
        junk = device.get(await challenge(http, "sign_in", page="/session/new"), count=1, key=device.kept[0].key)
        junk["response"]["signature"] = text(b"junk")
        assert (await entered(http, junk)).json()["code"] == "passkey_refused", "anybody can write an old count"
        said = device.get(await challenge(http, "sign_in", page="/session/new"), count=1)
        refused = await entered(http, said)
        assert (refused.status_code, refused.json()["code"]) == (422, "passkey_copied")
    async with db.transaction(read_only=True) as tx:
        noted = list(await tx.scalars(select(AuditEntry).where(AuditEntry.action == "passkey_suspected")))
    assert [entry.member_id for entry in noted] == [owner.id]
    assert [letter["what"] for letter in await letters(db, "passkey_changed")] == ["passkey_added", "passkey_suspected"]


async def test_removing_one_and_the_last_way_in(client, db, owner):
    device = Authenticator()
    async with client(as_=owner) as http:
        await registered(http, device)
        await registered(http, Authenticator(), name="Second")
        done = await submit(http, "/security", "password-off")
        assert done.status_code == 303
        ids = [one["id"] for one in (await http.get("/api/v1/security")).json()["passkeys"]]
        assert (await send_json(http, "DELETE", f"/security/passkeys/{ids[0]}")).status_code == 200
        last = await send_json(http, "DELETE", f"/security/passkeys/{ids[1]}")
        assert (last.status_code, last.json()["code"]) == (409, "last_way_in")
    async with client() as http:
        assert (await sign_in(http, owner)).status_code == 422, "the password is gone"
        said = device.get(await challenge(http, "sign_in", page="/session/new"))
        assert (await entered(http, said)).status_code == 201
    await give_password(db, owner)
    async with client(as_=owner) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        assert (await send_json(http, "DELETE", f"/security/passkeys/{ids[1]}")).status_code == 200
    async with client() as http:
        said = device.get(await challenge(http, "sign_in", page="/session/new"))
        assert (await entered(http, said)).json()["code"] == "passkey_refused"
        assert (await sign_in(http, owner)).headers["location"] == "/", "no second step is left"


async def test_without_a_passkey_the_password_stays(client, db, owner):
    async with client(as_=owner) as http:
        await submit(http, "/session/step-up", "step-up", password=PASSWORD)
        refused = await send_json(http, "DELETE", "/password")
    assert (refused.status_code, refused.json()["code"]) == (409, "last_way_in")


async def test_what_changes_passkeys_needs_step_up_and_a_person(client, db, owner):
    async with client(as_=owner) as http:
        refused = await send_json(http, "POST", CHALLENGE, {"purpose": "register"})
        assert refused.json()["code"] == "step_up_needed"
        for method, path, body in (
            ("POST", "/security/passkeys", {"name": "Key", "credential": {}}),
            ("DELETE", f"/security/passkeys/{owner.id}", None),
            ("DELETE", "/password", None),
        ):
            refused = await send_json(http, method, path, body)
            assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed"), path
    async with client() as http:
        refused = await send_json(http, "POST", CHALLENGE, {"purpose": "step_up"}, page="/session/new")
        assert refused.status_code == 401


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"response": {}},
        {"response": {"clientDataJSON": "%%%"}, "rawId": "AA", "id": "AA", "type": "public-key"},
        {"response": {"clientDataJSON": text(b"[" * 5000)}, "rawId": "AA", "id": "AA"},
        {"response": {"clientDataJSON": 7}},
        "not json",
        7,
    ],
)
async def test_no_sense_is_refused(client, db, said):
    async with client() as http:
        assert (await entered(http, said)).status_code == 422


async def test_challenges_are_forgotten(client, ctx, db, owner):
    async with client() as http:
        await challenge(http, "sign_in", page="/session/new")
    with clock.at(clock.now() + timedelta(minutes=6)):
        await forget_the_expired(ctx)
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(PasskeyChallenge))) == []
