"""A company joins: form, letter, confirmation; and what a stranger can learn by trying."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core import clock, outbox
from tests.factories.identities import COMPANY, EMAIL, MEMBER, PASSWORD, form_of, letters, send_json, token_of
from tests.factories.people import make_company
from tests.forms import forms_of, submit
from trust.access import Permission, Role
from trust.identity import passwords, queries
from trust.identity.errors import MemberNotFound
from trust.identity.events import LevelChanged, OrganisationRegistered
from trust.identity.models import MemberRow, Organisation, Registration
from trust.identity.registration import Company, Kind
from trust.identity.service.joining import Person, establish
from trust.identity.sessions import acting

BODY = {"company": COMPANY, "member": MEMBER}


async def counts(db) -> tuple[int, int, int]:
    async with db.transaction(read_only=True) as tx:
        tables = (Organisation, MemberRow, Registration)
        return tuple([(await tx.execute(select(func.count()).select_from(t))).scalar_one() for t in tables])


async def register(http, **changes: Any):
    return await submit(http, "/register", "register", **form_of(**changes))


async def confirm(http, token: str):
    return await submit(http, f"/registrations/confirmation?token={token}", "confirm")


async def test_from_nothing_to_a_signed_in_owner(client, db):
    async with client() as http:
        sent = await register(http)
        assert (sent.status_code, sent.headers["location"]) == (303, "/register/sent")
        assert await counts(db) == (0, 0, 1)
        [letter] = await letters(db, "confirm_email")
        assert letter["to"] == EMAIL
        shown = await http.get(f"/registrations/confirmation?token={letter['token']}")
        assert COMPANY["name_original"] in shown.text
        assert await counts(db) == (0, 0, 1), "opening the link, as mail scanners do, confirms nothing"
        done = await confirm(http, letter["token"])
        assert (done.status_code, done.headers["location"]) == (303, "/welcome")
        assert (await http.get("/welcome")).status_code == 200
        inside = await submit(http, "/session/new?next=/company", "sign-in", email=EMAIL, password=PASSWORD)
        assert inside.headers["location"] == "/company"
        company = (await http.get("/company", headers={"accept": "application/json"})).json()
    assert company["registration_number"] == COMPANY["registration_number"]
    assert (company["level"], company["phone"], company["sells"], company["buys"]) == (1, "+8675512345678", True, False)
    async with db.transaction(read_only=True) as tx:
        [registered] = await outbox.published(tx, OrganisationRegistered)
        [level] = await outbox.published(tx, LevelChanged)
        owner = await queries.member_view(tx, registered.member_id)
    assert (level.before, level.after) == (0, 1)
    assert owner.email_confirmed
    assert list(owner.roles) == ["owner"]


async def test_over_json(client, db):
    async with client() as http:
        sent = await send_json(http, "POST", "/api/v1/organisations", BODY, page="/register")
        assert (sent.status_code, sent.json()) == (200, {"status": "check_your_mail"})
        token = await token_of(db, "confirm_email")
        done = await send_json(http, "POST", "/api/v1/registrations/confirmation", {"token": token}, page="/register")
    assert done.status_code == 201
    async with db.transaction(read_only=True) as tx:
        company = await queries.organisation(tx, UUID(done.json()["organisation_id"]))
        assert await queries.by_slug(tx, company.slug) == company
        assert await queries.organisations(tx, [company.id]) == {company.id: company}
        owner = await acting(tx, done.json()["member_id"])
    assert company.slug == "shenzhen-lantern-works-co-ltd"
    assert (owner.organisation_id, owner.email, owner.level, owner.is_staff) == (company.id, EMAIL, 1, False)
    assert owner.may(Permission.MANAGE_MEMBERS)
    assert not owner.may(Permission.SIGN), "not before the company is verified"


async def test_two_letters_for_one_company_answered_at_once(client, db):
    async with client() as one, client() as two:
        await register(one)
        first = await token_of(db, "confirm_email")
        await register(two, member={"email": "second@example.com"})
        second = await token_of(db, "confirm_email")
        answers = await asyncio.gather(confirm(one, first), confirm(two, second))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    assert (await counts(db))[:2] == (1, 1)


async def test_the_platform_itself_is_established_with_an_administrator(db):
    desk = Company("DE", "Portolan Desk", "Portolan Desk", Kind.REGISTRY, "HRB1", "", "", "Hamburg", "", False, False)
    admin = Person("Ada", "ada@portolan.example", await passwords.hashed(PASSWORD), "en")
    async with db.transaction() as tx:
        joined = await establish(tx, desk, admin, roles=(Role.ADMIN,), is_platform=True)
        member = await acting(tx, joined.member_id)
        with pytest.raises(MemberNotFound):
            await acting(tx, joined.organisation_id)
    assert member.is_staff
    assert member.roles == {Role.ADMIN}


async def test_an_empty_form_names_every_field_and_changes_nothing(client, db):
    async with client() as http:
        refused = await submit(http, "/register", "register", company__address="")
        page = forms_of(refused.text)["register"]
        problem = await send_json(http, "POST", "/organisations", {}, page="/register")
    assert refused.status_code == problem.status_code == 422
    assert set(problem.json()["errors"]) == {
        *(f"company.{f}" for f in ("country", "name_original", "registration_number", "phone", "address")),
        *(f"member.{f}" for f in ("name", "email", "password")),
    }
    assert refused.text.count("field-error") == len(problem.json()["errors"])
    assert page["action"] == "/organisations"
    assert await counts(db) == (0, 0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("company__registration_number", "914403001922038215"),
        ("company__registration_number", "x" * 41),
        ("company__country", "China"),
        ("company__name_original", "a\u202eb"),
        ("company__name_original", "x" * 201),
        ("company__name_latin", "灯笼"),
        ("company__lei", "12345"),
        ("company__phone", "five"),
        ("company__address", "x" * 401),
        ("company__website", "javascript:alert(1)"),
        ("company__address", "nul\x00"),
        ("member__email", "no address"),
        ("member__email", "a@" + "b" * 260 + ".com"),
        ("member__password", "short"),
        ("member__password", "aaaaaaaaaaaaaa"),
        ("member__password", "x" * 201),
        ("member__name", " "),
    ],
)
async def test_a_bad_field_is_named_and_the_rest_is_kept(client, db, field, value):
    async with client() as http:
        refused = await submit(http, "/register", "register", **form_of() | {field: value})
    assert refused.status_code == 422
    assert f'id="register-{field.replace("__", "-")}-error"' in refused.text
    kept = forms_of(refused.text)["register"]["fields"]
    other = "member.email" if field == "company__phone" else "company.phone"
    assert kept[other] == form_of()[other.replace(".", "__")]
    assert PASSWORD not in refused.text
    assert await counts(db) == (0, 0, 0)


async def test_neither_buying_nor_selling_is_refused(client, db):
    async with client() as http:
        refused = await register(http, company={"sells": False})
    assert "register-company-buys-error" in refused.text
    assert await counts(db) == (0, 0, 0)


async def test_a_known_address_gets_the_same_answer_and_another_letter(client, db):
    async with db.transaction() as tx:
        owner = await make_company(tx)
    async with client() as http:
        fresh = await register(http)
        known = await register(http, member={"email": owner.member.email})
    assert (known.status_code, known.headers["location"], known.content) == (
        fresh.status_code,
        fresh.headers["location"],
        fresh.content,
    )
    [letter] = await letters(db, "already_registered")
    assert letter["to"] == owner.member.email
    assert "token" not in letter
    assert (await counts(db))[2] == 1


async def test_an_unconfirmed_application_blocks_nobody(client, db):
    """Otherwise anybody could keep a company out with its public number, or learn which addresses are known."""
    async with client() as http:
        await register(http, member={"email": "squatter@example.com"})
        squatter = await token_of(db, "confirm_email")
        assert (await register(http)).status_code == 303
        assert (await confirm(http, await token_of(db, "confirm_email"))).status_code == 303
        late = await confirm(http, squatter)
    assert late.status_code == 409
    assert (await counts(db))[:2] == (1, 1)


async def test_a_registered_number_asks_for_an_invitation(client, db):
    async with client() as http:
        await register(http)
        await confirm(http, await token_of(db, "confirm_email"))
        again = await register(http, member={"email": "second@example.com"})
    assert again.status_code == 409
    assert "Ask its owner for an invitation" in again.text
    assert COMPANY["name_original"] in again.text, "what was typed is kept"


async def test_a_link_is_good_once_and_for_two_days(client, db):
    async with client() as http:
        await register(http)
        token = await token_of(db, "confirm_email")
        page = f"/registrations/confirmation?token={token}"
        form = forms_of((await http.get(page)).text)["confirm"]
        clock.advance(hours=48, seconds=1)
        assert (await http.get(page)).status_code == 409
        expired = await http.post(form["action"], data=form["fields"])
        assert expired.status_code == 409
        assert await counts(db) == (0, 0, 1)
        clock.reset()
        assert (await http.post(form["action"], data=form["fields"])).status_code == 303
        assert (await http.post(form["action"], data=form["fields"])).status_code == 409
        for nonsense in ("", "x" * 43, "%00"):
            assert (await http.get(f"/registrations/confirmation?token={nonsense}")).status_code in {409, 422}
    assert (await counts(db))[:2] == (1, 1)


async def test_the_letter_is_limited_per_address(client, db):
    async with client() as http:
        for _ in range(3):
            assert (await register(http)).status_code == 303
        tired = await send_json(http, "POST", "/organisations", BODY, page="/register")
        other = await register(http, member={"email": "other@example.com"})
    assert tired.status_code == 429
    assert int(tired.headers["retry-after"]) > 0
    assert other.status_code == 303


async def test_a_foreign_form_is_refused(client, db):
    async with client() as http:
        bare = await http.post("/organisations", json=BODY)
        form = forms_of((await http.get("/register")).text)["register"]["fields"]
        fields = form | {k.replace("__", "."): v for k, v in form_of().items()}
        foreign = await http.post("/organisations", data=fields, headers={"origin": "https://evil.example"})
    assert bare.status_code == foreign.status_code == 403
    assert await counts(db) == (0, 0, 0)


async def test_names_of_right_to_left_scripts_and_a_second_company_of_the_same_name(client, db):
    arabic = {"country": "AE", "name_original": "شركة الفانوس", "name_latin": "Lantern Works", "phone": "+97142345678"}
    async with client() as http:
        for number in ("CN-1", "CN-2"):
            email = f"{number}@example.com"
            await register(http, company=arabic | {"registration_number": number}, member={"email": email})
            assert (await confirm(http, await token_of(db, "confirm_email"))).status_code == 303
    async with db.transaction(read_only=True) as tx:
        slugs = set(await tx.scalars(select(Organisation.slug)))
        names = set(await tx.scalars(select(Organisation.name_original)))
    assert len(slugs) == 2
    assert "lantern-works" in slugs
    assert names == {"شركة الفانوس"}


async def test_the_letters_can_be_read(client, db, ctx, run_jobs):
    async with client() as http:
        await register(http, company={"name_latin": "Lantern & Sons <Ltd>"})
    token = await token_of(db, "confirm_email")
    await run_jobs()
    [letter] = await ctx.mailer.letters()
    assert letter.subject == "Confirm your registration of Lantern & Sons <Ltd>"
    assert f"http://test/registrations/confirmation?token={token}" in letter.text
    assert f'href="http://test/registrations/confirmation?token={token}"' in letter.html
    assert "Lantern &amp; Sons &lt;Ltd&gt;" in letter.html
