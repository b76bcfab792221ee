"""The member's own security page: sessions, password, second step and API keys."""

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.security import SESSION
from tests.factories.identities import PASSWORD, give_password, letters, make_owner, send_json
from tests.factories.people import Actor, make_company, open_browser
from tests.forms import submit
from trust.access import Role
from trust.identity.models import ApiKey, MemberRow

KEY = {"label": "Stock system", "scopes": ["ship"], "days": 30}


@pytest.fixture
async def owner(db) -> Actor:
    return await make_owner(db)


@pytest.fixture
async def stranger(db) -> Actor:
    async with db.transaction() as tx:
        return await make_company(tx, "Other Harbour")


async def step_up(http) -> None:
    done = await submit(http, "/session/step-up", "step-up", password=PASSWORD)
    assert done.status_code == 303


async def test_another_browser_is_signed_out_at_once(client, db, owner):
    async with client(as_=owner) as mine, client(as_=owner) as other:
        listed = (await mine.get("/api/v1/security")).json()["sessions"]
        assert sorted(s["current"] for s in listed) == [False, True]
        [theirs] = [s["id"] for s in listed if not s["current"]]
        assert (await send_json(mine, "DELETE", f"/api/v1/sessions/{theirs}")).status_code == 200
        assert (await other.get("/members")).status_code == 303
        assert (await mine.get("/members")).status_code == 200
        again = await send_json(mine, "DELETE", f"/sessions/{theirs}")
    assert (again.status_code, again.json()["code"]) == (404, "session_not_found")


async def test_all_other_browsers_are_signed_out(client, db, owner, stranger):
    async with client(as_=owner) as mine, client(as_=owner) as other, client(as_=stranger) as elsewhere:
        assert (await submit(mine, "/security", "sessions-others")).status_code == 303
        assert (await other.get("/members")).status_code == 303
        assert (await mine.get("/members")).status_code == 200
        assert (await elsewhere.get("/members")).status_code == 200


async def test_another_members_session_is_not_there(client, db, owner, stranger):
    async with client(as_=stranger) as theirs, client(as_=owner) as mine:
        id_ = (await theirs.get("/api/v1/security")).json()["sessions"][0]["id"]
        assert (await send_json(mine, "DELETE", f"/sessions/{id_}")).status_code == 404
        assert (await theirs.get("/members")).status_code == 200


async def test_a_changed_password_ends_other_sessions(client, db, owner):
    async with client(as_=owner) as mine, client(as_=owner) as other:
        wrong = await submit(mine, "/security", "password", current_password="wrong", password="new lanterns at dawn")
        assert wrong.status_code == 422
        assert "password-current_password-error" in wrong.text
        assert (await other.get("/members")).status_code == 200
        done = await submit(mine, "/security", "password", current_password=PASSWORD, password="new lanterns at dawn")
        assert done.status_code == 303
        assert (await mine.get("/members")).status_code == 200
        assert (await other.get("/members")).status_code == 303
    [letter] = await letters(db, "password_changed")
    assert letter["to"] == owner.member.email


async def test_what_matters_needs_step_up(client, db, owner):
    async with client(as_=owner) as http:
        for path, body in (
            ("/api-keys", KEY),
            ("/security/second-step", None),
            ("/security/second-step/removal", None),
            ("/security/recovery-codes", None),
        ):
            refused = await send_json(http, "POST", path, body)
            assert (refused.status_code, refused.json()["code"]) == (403, "step_up_needed"), path
            assert refused.json()["facts"]["address"] == "/session/step-up"
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(ApiKey))) == []
        assert await tx.scalar(select(MemberRow.totp_sealed).where(MemberRow.id == owner.id)) is None


async def test_the_secret_is_kept_sealed_and_shown_until_confirmed(client, db, owner):
    async with client(as_=owner) as http:
        await step_up(http)
        assert (await http.get("/security/second-step")).headers["location"] == "/security"
        await send_json(http, "POST", "/security/second-step")
        secret = (await http.get("/api/v1/security/second-step")).json()["secret"]
        wrong = await submit(http, "/security/second-step", "second-step-code", code="12 34 56")
        assert wrong.status_code == 422
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(MemberRow).where(MemberRow.id == owner.id))).one()
    assert secret.encode() not in row.totp_sealed
    assert row.totp_confirmed_at is None


async def test_a_key_acts_for_its_member_within_its_scopes(client, db, owner):
    async with client(as_=owner) as http:
        await step_up(http)
        made = await send_json(http, "POST", "/api/v1/api-keys", KEY)
        assert made.status_code == 201
        key = made.json()["key"]
        assert made.json()["scopes"] == ["read", "ship"]
        assert key not in (await http.get("/security")).text
        listed = (await http.get("/api/v1/security")).json()["api_keys"]
        assert [k["hint"] for k in listed] == [f"…{key[-4:]}"]
    async with client(key=key) as program:
        assert (await program.get("/api/v1/members")).status_code == 200
        invited = await program.post("/api/v1/invitations", json={"email": "a@example.com", "roles": ["sales"]})
        assert (invited.status_code, invited.json()["code"]) == (403, "not_permitted")
        for method, path in (
            ("GET", "/security"),
            ("POST", "/api-keys"),
            ("POST", "/password"),
            ("DELETE", "/sessions"),
        ):
            body = KEY | {"current_password": PASSWORD, "password": PASSWORD} if method == "POST" else None
            refused = await program.request(method, f"/api/v1{path}", json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, "for_people_only"), path
    async with client(as_=owner) as http:
        assert (await send_json(http, "DELETE", f"/api-keys/{listed[0]['id']}")).status_code == 200
    async with client(key=key) as program:
        refused = await program.get("/api/v1/members")
    assert refused.json()["code"] == "key_refused"


async def test_a_key_from_the_form_is_shown_once(client, db, owner):
    async with client(as_=owner) as http:
        await step_up(http)
        shown = await submit(http, "/security", "api-key", label="ERP", scopes=["ship", "quote"], days="365")
        assert shown.status_code == 201
        assert "portolan_" in shown.text
        assert "portolan_" not in (await http.get("/security")).text
    async with db.transaction(read_only=True) as tx:
        [row] = await tx.scalars(select(ApiKey))
    assert row.scopes == ["quote", "read", "ship"]
    assert 364 <= (row.expires_at - clock.now()).days <= 365


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"scopes": ["moderate"]}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"days": 366}, "days"),
        ({"days": 0}, "days"),
        ({"label": "x" * 81}, "label"),
        ({"label": ""}, "label"),
    ],
)
async def test_refused_keys(client, db, owner, changed, field):
    async with client(as_=owner) as http:
        await step_up(http)
        refused = await send_json(http, "POST", "/api-keys", KEY | changed)
    assert refused.status_code == 422
    assert field in refused.json()["errors"]
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(ApiKey))) == []


async def test_a_key_ends_with_its_time_and_with_the_role_behind_it(client, db, owner):
    async with client(as_=owner) as http:
        await step_up(http)
        key = (await send_json(http, "POST", "/api-keys", KEY | {"scopes": ["manage_members"]})).json()["key"]
    invitation = {"email": "a@example.com", "roles": ["sales"]}
    async with client(key=key) as program:
        assert (await program.post("/api/v1/invitations", json=invitation)).status_code == 201
        async with db.transaction() as tx:
            row = (await tx.scalars(select(MemberRow).where(MemberRow.id == owner.id))).one()
            row.roles = [Role.SALES.value]
        assert (await program.post("/api/v1/invitations", json=invitation)).status_code == 403
        clock.advance(days=30, seconds=1)
        assert (await program.get("/api/v1/members")).json()["code"] == "key_refused"


async def test_another_members_key_is_not_there(client, db, owner, stranger):
    await give_password(db, stranger)
    async with client(as_=stranger) as theirs:
        await step_up(theirs)
        id_ = (await send_json(theirs, "POST", "/api-keys", KEY)).json()["id"]
    async with client(as_=owner) as mine:
        assert (await send_json(mine, "DELETE", f"/api-keys/{id_}")).status_code == 404
    async with db.transaction(read_only=True) as tx:
        assert (await tx.scalars(select(ApiKey))).one().revoked_at is None


async def test_visitors_are_sent_to_sign_in(client, db, owner):
    async with client() as http:
        for path in ("/security", "/session/step-up", "/security/second-step", "/company", "/account", "/members"):
            assert (await http.get(path)).headers["location"] == f"/session/new?next={path}"
            assert (await http.get(f"/api/v1{path}")).status_code == 401
        http.cookies.set(SESSION, "x" * 43)
        assert (await http.get("/security")).status_code == 303
    expired = await open_browser(db, owner)
    clock.advance(days=14, seconds=1)
    async with client() as http:
        http.cookies.set(SESSION, expired)
        assert (await http.get("/security")).status_code == 303
