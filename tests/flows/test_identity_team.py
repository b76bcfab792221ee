"""The people of a company, its own page, and how a member likes to read."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.i18n import LOCALES
from app.core.ids import new_id
from tests.factories.identities import PASSWORD, letters, send_json, token_of
from tests.factories.people import Actor, make_company, make_member, make_staff
from tests.forms import forms_of, submit
from tests.queries import count_queries
from trust.access import Permission, Role
from trust.identity import queries, service
from trust.identity.models import AuditEntry, MemberRow, Organisation


@pytest.fixture
async def owner(db) -> Actor:
    async with db.transaction() as tx:
        return await make_company(tx)


async def colleague_of(db, actor: Actor, *roles: Role) -> Actor:
    async with db.transaction() as tx:
        company = (await tx.scalars(select(Organisation).where(Organisation.id == actor.organisation_id))).one()
        return await make_member(tx, company, roles=roles)


async def roles_of(db, member_id: UUID) -> list[str]:
    async with db.transaction(read_only=True) as tx:
        return [role.value for role in (await queries.member_view(tx, member_id)).roles]


async def audit(db, action: str) -> list[AuditEntry]:
    async with db.transaction(read_only=True) as tx:
        return list(await tx.scalars(select(AuditEntry).where(AuditEntry.action == action)))


async def test_invited_and_joined(client, db, owner):
    async with client(as_=owner) as http:
        sent = await submit(http, "/members", "invite", email="Anna@Example.com", roles=["sales", "signatory"])
        assert sent.status_code == 303
        assert "anna@example.com" in (await http.get("/members")).text
    [letter] = await letters(db, "invitation")
    assert (letter["to"], letter["roles"]) == ("anna@example.com", ["sales", "signatory"])
    page = f"/invitations/acceptance?token={letter['token']}"
    async with client() as http:
        shown = await http.get(page)
        assert "Lantern Works" in shown.text
        form = forms_of(shown.text)["accept"]
        refused = await submit(http, page, "accept", name="أنّا شميت", password="short")
        assert refused.status_code == 422
        done = await submit(http, page, "accept", name="أنّا شميت", password=PASSWORD)
        assert (done.status_code, done.headers["location"]) == (303, "/session/new")
        again = await http.post(form["action"], data=form["fields"] | {"name": "Eve", "password": PASSWORD})
        assert again.status_code == 409
        inside = await submit(
            http, "/session/new?next=/members", "sign-in", email="anna@example.com", password=PASSWORD
        )
        assert inside.headers["location"] == "/members"
        team = (await http.get("/api/v1/members")).json()
    assert [(m["name"], m["roles"]) for m in team["members"]] == [
        ("Wei Lin", ["owner"]),
        ("أنّا شميت", ["sales", "signatory"]),
    ]
    assert team["invitations"] == [], "only those who manage members see invitations"
    async with db.transaction(read_only=True) as tx:
        assert [m.name for m in await queries.signatories(tx, owner.organisation_id)] == ["Wei Lin", "أنّا شميت"]


async def test_an_invitation_can_be_withdrawn_replaced_and_runs_out(client, db, owner):
    async def state(token):
        async with client() as visitor:
            return (await visitor.get(f"/invitations/acceptance?token={token}")).status_code

    async with client(as_=owner) as http:
        body = {"email": "anna@example.com", "roles": ["sales"]}
        first = (await send_json(http, "POST", "/api/v1/invitations", body)).json()
        token = await token_of(db, "invitation")
        assert await state(token) == 200
        assert (await send_json(http, "DELETE", f"/api/v1/invitations/{first['id']}")).status_code == 200
        assert await state(token) == 409
        assert (await send_json(http, "DELETE", f"/api/v1/invitations/{first['id']}")).status_code == 404
        await send_json(http, "POST", "/invitations", body)
        second = await token_of(db, "invitation")
        await send_json(http, "POST", "/invitations", body | {"roles": ["finance"]})
        third = await token_of(db, "invitation")
        assert [await state(t) for t in (second, third)] == [409, 200]
        clock.advance(days=7, seconds=1)
        assert await state(third) == 409


async def test_an_address_that_is_known_elsewhere_is_not_betrayed(client, db, owner):
    async with db.transaction() as tx:
        elsewhere = await make_company(tx, "Other Harbour")
    async with client(as_=owner) as http:
        known = await send_json(http, "POST", "/invitations", {"email": elsewhere.member.email, "roles": ["sales"]})
        fresh = await send_json(http, "POST", "/invitations", {"email": "new@example.com", "roles": ["sales"]})
    assert known.status_code == fresh.status_code == 201
    assert known.json().keys() == fresh.json().keys()
    assert [bool(letter["token"]) for letter in await letters(db, "invitation")] == [False, True]


async def test_the_letters_of_an_invitation_can_be_read(client, db, owner, ctx, run_jobs):
    async with db.transaction() as tx:
        elsewhere = await make_company(tx, "Other Harbour")
    async with client(as_=owner) as http:
        for email in (elsewhere.member.email, "new@example.com"):
            await send_json(http, "POST", "/invitations", {"email": email, "roles": ["sales"]})
    await run_jobs()
    by_reader = {letter.to: letter for letter in await ctx.mailer.letters()}
    assert "belongs to an account of another company" in by_reader[elsewhere.member.email].text
    assert "/invitations/acceptance?token=" in by_reader["new@example.com"].html


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"roles": []}, "roles"),
        ({"roles": ["moderator"]}, "roles"),
        ({"roles": ["king"]}, "roles.0"),
        ({"roles": "owner\x00"}, "roles"),
    ],
)
async def test_refused_invitations(client, db, owner, changed, field):
    async with client(as_=owner) as http:
        refused = await send_json(
            http, "POST", "/invitations", {"email": "a@example.com", "roles": ["sales"]} | changed
        )
    assert refused.status_code == 422
    assert field in refused.json()["errors"]
    assert await letters(db, "invitation") == []


async def test_a_colleague_is_not_invited_twice(client, db, owner):
    async with client(as_=owner) as http:
        refused = await submit(http, "/members", "invite", email=owner.member.email, roles="sales")
    assert refused.status_code == 422
    assert "a member already" in refused.text


async def test_roles_are_changed_and_put_on_record(client, db, owner):
    other = await colleague_of(db, owner, Role.SALES)
    async with client(as_=owner) as http, client(as_=other) as theirs:
        assert (await theirs.get(f"/members/{owner.id}")).status_code == 403
        done = await submit(http, f"/members/{other.id}", "roles", roles=["owner", "finance"])
        assert done.status_code == 303
        assert (await theirs.get(f"/members/{owner.id}")).status_code == 200, "at once, in the session that is open"
    assert await roles_of(db, other.id) == ["owner", "finance"]
    [entry] = await audit(db, "roles_changed")
    assert (entry.member_id, entry.organisation_id) == (owner.id, owner.organisation_id)
    assert entry.facts == {"member": str(other.id), "before": ["sales"], "after": ["owner", "finance"]}


async def test_the_last_owner_stays(client, db, owner):
    await colleague_of(db, owner, Role.SALES)
    async with client(as_=owner) as http:
        demoted = await submit(http, f"/members/{owner.id}", "roles", roles=["sales"])
        removed = await submit(http, f"/members/{owner.id}", "remove")
        over_json = await send_json(http, "DELETE", f"/api/v1/members/{owner.id}")
    assert demoted.status_code == removed.status_code == over_json.status_code == 409
    assert over_json.json()["code"] == "last_owner"
    assert await roles_of(db, owner.id) == ["owner"]


async def test_two_owners_cannot_demote_each_other(client, db, owner):
    other = await colleague_of(db, owner, Role.OWNER)
    async with client(as_=owner) as one, client(as_=other) as two:
        answers = await asyncio.gather(
            send_json(one, "POST", f"/members/{other.id}/roles", {"roles": ["sales"]}),
            send_json(two, "POST", f"/members/{owner.id}/roles", {"roles": ["sales"]}),
        )
    assert sorted(answer.status_code for answer in answers) in ([200, 403], [200, 409])
    roles = [await roles_of(db, owner.id), await roles_of(db, other.id)]
    assert ["owner"] in roles


async def test_a_removed_member_leaves_at_once(client, db, owner):
    other = await colleague_of(db, owner, Role.SALES)
    async with client(as_=owner) as http, client(as_=other) as theirs:
        assert (await submit(http, f"/members/{other.id}", "remove")).status_code == 303
        assert (await theirs.get("/members")).status_code == 303
        again = await send_json(http, "DELETE", f"/members/{other.id}")
        assert (again.status_code, again.json()["code"]) == (404, "member_not_found")
        back = await send_json(http, "POST", "/invitations", {"email": other.member.email, "roles": ["sales"]})
        assert back.status_code == 201
        token = await token_of(db, "invitation")
        body = {"token": token, "name": "Wei Lin", "password": PASSWORD}
        assert (await send_json(http, "POST", "/invitations/acceptance", body)).status_code == 201
    async with db.transaction(read_only=True) as tx:
        assert (await queries.member_view(tx, other.id)).removed_at is not None
        assert len(await queries.members(tx, owner.organisation_id)) == 2


async def test_another_companys_people_are_not_there(client, db, owner):
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Other Harbour")
    async with client(as_=stranger) as theirs:
        await send_json(theirs, "POST", "/invitations", {"email": "new@example.com", "roles": ["sales"]})
        invitation = (await theirs.get("/api/v1/members")).json()["invitations"][0]["id"]
    async with client(as_=owner) as http:
        for method, path in (
            ("GET", f"/api/v1/members/{stranger.id}"),
            ("POST", f"/members/{stranger.id}/roles"),
            ("DELETE", f"/members/{stranger.id}"),
            ("DELETE", f"/invitations/{invitation}"),
            ("DELETE", f"/members/{new_id()}"),
            ("DELETE", "/members/nobody"),
        ):
            answer = await send_json(http, method, path, {"roles": ["sales"]} if method == "POST" else None)
            assert answer.status_code == 404, path
    assert await roles_of(db, stranger.id) == ["owner"]


@pytest.mark.parametrize("role", [Role.SALES, Role.PURCHASER, Role.FINANCE, Role.SIGNATORY])
async def test_only_owners_manage(client, db, owner, role):
    other = await colleague_of(db, owner, role)
    async with client(as_=other) as http:
        page = await http.get("/members")
        assert page.status_code == 200
        assert "invite" not in forms_of(page.text)
        for path, body in (
            ("/invitations", {"email": "a@example.com", "roles": ["owner"]}),
            (f"/members/{other.id}/roles", {"roles": ["owner"]}),
            (f"/members/{owner.id}/removal", None),
            (f"/invitations/{new_id()}/withdrawal", None),
            ("/company", {"phone": "+8675512345678", "buys": True}),
        ):
            refused = await send_json(http, "POST", path, body)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted"), path
    assert await roles_of(db, other.id) == [role.value]


async def test_staff_invite_staff(client, db):
    async with db.transaction() as tx:
        admin = await make_staff(tx, Role.ADMIN)
    async with client(as_=admin) as http:
        assert "Moderator" in (await http.get("/members")).text
        done = await send_json(http, "POST", "/invitations", {"email": "m@example.com", "roles": ["moderator"]})
        refused = await send_json(http, "POST", "/invitations", {"email": "o@example.com", "roles": ["owner"]})
    assert (done.status_code, refused.status_code) == (201, 422)


async def test_the_companys_own_words(client, db, owner):
    async with client(as_=owner) as http:
        done = await submit(
            http,
            "/company",
            "company",
            phone="0755 8765 4321",
            website="lantern.example",
            description="Lamps. 🏮 مصابيح",
        )
        assert done.status_code == 303
        company = (await http.get("/api/v1/company")).json()
        refused = await submit(http, "/company", "company", phone="no", website="javascript:x", buys=[], sells=[])
        assert refused.status_code == 422
        assert (await http.get("/api/v1/company")).json() == company
    assert (company["phone"], company["website"]) == ("+8675587654321", "https://lantern.example")
    assert company["description"] == "Lamps. 🏮 مصابيح"
    assert [f'id="company-{f}-error"' in refused.text for f in ("phone", "website", "buys")] == [True] * 3
    [entry] = await audit(db, "profile_changed")
    assert entry.facts["before"]["phone"] == "+8675512345678"


async def test_language_and_time_zone(client, db, owner):
    async with client(as_=owner) as http:
        done = await submit(http, "/account", "account", name="林伟", locale="zh-Hans", zone="Asia/Shanghai")
        assert done.status_code == 303
        assert http.cookies["locale"] == "zh-Hans"
        assert '<html lang="zh-Hans"' in (await http.get("/account")).text
        for wrong in ({"locale": "xx"}, {"zone": "Mars/Olympus"}, {"name": ""}, {"name": "a\x00"}):
            body = {"name": "林伟", "locale": "en", "zone": "UTC"} | wrong
            refused = await send_json(http, "POST", "/account", body)
            assert refused.status_code == 422
            assert refused.json()["errors"].keys() == wrong.keys()
        mine = (await http.get("/api/v1/account")).json()
    assert mine == {"name": "林伟", "email": owner.member.email, "locale": "zh-Hans", "zone": "Asia/Shanghai"}


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_page_speaks(client, db, owner, locale):
    async with client(as_=owner) as http:
        http.cookies.set("locale", locale)
        for path in (
            "/register",
            "/register/sent",
            "/welcome",
            "/password/forgotten",
            "/password/sent",
            "/session/code",
            "/session/step-up",
            "/security",
            "/members",
            f"/members/{owner.id}",
            "/company",
            "/account",
        ):
            page = await http.get(path)
            assert page.status_code == 200, path
            assert f'<html lang="{locale}"' in page.text


async def test_letters_go_to_those_who_may(db, owner):
    signer = await colleague_of(db, owner, Role.SIGNATORY)
    await colleague_of(db, owner, Role.SALES)
    gone = await colleague_of(db, owner, Role.SIGNATORY)
    silent = await colleague_of(db, owner, Role.SIGNATORY)
    async with db.transaction() as tx:
        (await tx.scalars(select(MemberRow).where(MemberRow.id == gone.id))).one().removed_at = clock.now()
        (await tx.scalars(select(MemberRow).where(MemberRow.id == silent.id))).one().email_confirmed_at = None
        await tx.flush()
        readers = await queries.members_to_notify(tx, owner.organisation_id, Permission.SIGN)
        with count_queries(db) as sent:
            await service.notify(tx, owner.organisation_id, Permission.SIGN, "password_changed", {"at": "now"})
    assert len(sent) == 2, "one for who reads, one for all letters"
    assert [reader.member_id for reader in readers] == [owner.id, signer.id]
    assert [(x["to"], x["recipient"], x["at"]) for x in await letters(db, "password_changed")] == [
        (owner.member.email, "Wei Lin", "now"),
        (signer.member.email, "Wei Lin", "now"),
    ]
