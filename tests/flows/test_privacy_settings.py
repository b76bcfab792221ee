"""A member's own data: consents that the code obeys, and who of the platform looked."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import evidence
from app.core.subject import Subject
from tests.factories.bundles import make_bundle
from tests.factories.contracts import make_order, make_partners
from tests.factories.files import PDF
from tests.factories.people import make_company, make_key, make_member, make_staff, open_browser
from tests.factories.verification import FORM
from tests.forms import forms_of, submit
from tests.queries import cost
from trust.access import Role
from trust.identity import sessions
from trust.identity.models import Organisation
from trust.privacy import consents, looks, purposes
from trust.privacy.models import Consent, PrivacyLook
from trust.privacy.purposes import BANK_ACCOUNT, IDENTITY_DOCUMENTS, STOREFRONT_CONTACT
from trust.verification.models import VerificationDraft

LICENCE = {"licence": ("licence.pdf", PDF, "application/pdf")}
PAGE = "/settings/privacy"


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works", level=1)


async def slug_of(db, actor):
    async with db.transaction(read_only=True) as tx:
        return await tx.scalar(select(Organisation.slug).where(Organisation.id == actor.organisation_id))


async def given(db, actor):
    async with db.transaction(read_only=True) as tx:
        rows = await tx.scalars(select(Consent).where(Consent.member_id == actor.id).order_by(Consent.id))
        return [(row.purpose, row.channel, row.withdrawn_at is None) for row in rows]


async def test_the_storefront_names_nobody_who_has_not_agreed(client, db, company):
    page = f"/suppliers/{await slug_of(db, company)}"
    async with client(as_=company) as mine, client() as anybody:
        assert "Wei Lin" not in (await anybody.get(page)).text
        assert (await submit(mine, PAGE, f"give-{STOREFRONT_CONTACT}")).status_code == 303
        assert "Wei Lin" in (await anybody.get(page)).text
        assert (await anybody.get(page, headers={"accept": "application/json"})).json()["contact"] == "Wei Lin"
        assert (await submit(mine, PAGE, f"withdraw-{STOREFRONT_CONTACT}")).status_code == 303
        assert "Wei Lin" not in (await anybody.get(page)).text
        assert (await submit(mine, PAGE, f"give-{STOREFRONT_CONTACT}")).status_code == 303
    assert await given(db, company) == [
        (STOREFRONT_CONTACT, "settings", False),
        (STOREFRONT_CONTACT, "settings", True),
    ]
    async with db.transaction(read_only=True) as tx:
        chain = await evidence.chain(tx, Subject("consents", company.id))
        assert [link.kind for link in chain] == ["consent.given", "consent.withdrawn", "consent.given"]
        assert chain[0].data["digest"] == purposes.purpose(STOREFRONT_CONTACT).digest


async def test_each_purpose_is_asked_by_itself(client, db, company):
    async with client(as_=company) as http:
        await submit(http, PAGE, f"give-{STOREFRONT_CONTACT}")
        forms = set(forms_of((await http.get(PAGE)).text))
    assert {f"withdraw-{STOREFRONT_CONTACT}", f"give-{IDENTITY_DOCUMENTS}", f"give-{BANK_ACCOUNT}"} <= forms
    assert [purpose for purpose, _how, holds in await given(db, company) if holds] == [STOREFRONT_CONTACT]


async def test_said_twice_at_once_it_is_one(app, db, company):
    async def say():
        cookie = await open_browser(db, company)
        async with db.transaction() as tx:
            member = await sessions.by_session(tx, cookie)
            await consents.give(tx, STOREFRONT_CONTACT, by=member)

    await asyncio.gather(*(say() for _time in range(4)))
    assert len(await given(db, company)) == 1


async def test_identity_documents_need_a_consent_of_their_own(client, db, company):
    without = {name: value for name, value in FORM.items() if name != "consent"}
    async with client(as_=company) as http:
        refused = await submit(http, "/verification", "verification", files=LICENCE, **without)
        assert refused.status_code == 422
        assert "Agree to this first" in refused.text
        assert without["representative"] in refused.text, "what was typed is still there"
        assert await given(db, company) == []
        draft = await submit(http, "/verification", "verification", files=LICENCE, **FORM, save="draft")
        assert draft.status_code == 303
        assert await given(db, company) == [(IDENTITY_DOCUMENTS, "verification", True)]
        assert 'name="consent"' not in (await http.get("/verification")).text.partition('id="verification"')[2]


async def test_a_draft_goes_with_the_consent_it_rested_on(client, db, company, run_jobs):
    async with client(as_=company) as http:
        await submit(http, "/verification", "verification", files=LICENCE, **FORM, save="draft")
        await submit(http, PAGE, f"withdraw-{IDENTITY_DOCUMENTS}")
        await run_jobs()
        async with db.transaction(read_only=True) as tx:
            assert list(await tx.scalars(select(VerificationDraft))) == []
        without = {name: value for name, value in FORM.items() if name != "consent"}
        again = await submit(http, "/verification", "verification", files=LICENCE, **without)
        assert again.status_code == 422, "it is asked for again"


async def test_a_program_agrees_to_nothing(client, db, company):
    key = await make_key(db, company)
    async with client(key=key) as http:
        assert (await http.post(f"{PAGE}/consents/{STOREFRONT_CONTACT}")).status_code == 403
        assert (await http.post(f"{PAGE}/exports")).status_code == 403
        assert (await http.post(f"{PAGE}/erasure")).status_code == 403
    assert await given(db, company) == []


@pytest.mark.parametrize("purpose", ["deals", "nothing", "x" * 300])
async def test_only_what_rests_on_consent_is_agreed_to(client, db, company, purpose):
    async with client(as_=company) as http:
        token = (await http.get(PAGE)).text.partition('name="csrf_token" value="')[2].partition('"')[0]
        answer = await http.post(f"{PAGE}/consents/{purpose}", data={"csrf_token": token})
        assert answer.status_code in {404, 422}
    assert await given(db, company) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent SET digest = repeat('0', 64)",
        "UPDATE consent SET given_at = now() - interval '1 year'",
        "DELETE FROM consent",
        "UPDATE privacy_look SET purpose = 'none'",
        "DELETE FROM privacy_look",
    ],
)
async def test_what_was_said_and_who_looked_stays(db, company, change):
    async with db.transaction() as tx:
        staff = await make_staff(tx, Role.FINANCE_STAFF)
        looks.note(tx, looks.BANK_ACCOUNT, "BA-1", "a payout", by=staff.member, member_id=company.id)
    cookie = await open_browser(db, company)
    async with db.transaction() as tx:
        await consents.give(tx, STOREFRONT_CONTACT, by=await sessions.by_session(tx, cookie))
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(change))


async def test_the_person_reads_the_role_and_compliance_the_name(client, db, company):
    async with db.transaction() as tx:
        officer, finance = await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.FINANCE_STAFF)
        colleague = await make_member(
            tx, (await tx.scalars(select(Organisation).where(Organisation.id == company.organisation_id))).one(),
            roles=(Role.SALES,),
        )  # fmt: skip
        stranger = await make_company(tx, "Stranger")
        await tx.execute(text("UPDATE member SET name = 'Finn Su' WHERE id = :id"), {"id": finance.id})
        of_all = {"organisation_id": company.organisation_id}
        looks.note(tx, looks.BANK_ACCOUNT, "BA-77", "a payout is sent", by=finance.member, **of_all)
        looks.note(tx, looks.MEMBER, "RV-88", "review: verification", by=finance.member, member_id=company.id)
    async with client(as_=company) as http:
        page = (await http.get(PAGE)).text
        assert "BA-77" in page
        assert "RV-88" in page
        assert "Platform finance" in page
        assert "Finn Su" not in page
    async with client(as_=colleague) as http:
        page = (await http.get(PAGE)).text
        assert "BA-77" in page
        assert "RV-88" not in page
    async with client(as_=stranger) as http:
        assert "BA-77" not in (await http.get(PAGE)).text
    async with client(as_=officer) as http:
        assert "Finn Su" in (await http.get("/privacy/desk/looks")).text
    async with client(as_=finance) as http:
        assert (await http.get("/privacy/desk/looks")).status_code == 403


async def test_a_reviewer_who_opens_a_verification_is_written_down(client, db, company):
    async with db.transaction() as tx:
        moderator = await make_staff(tx, Role.MODERATOR)
    async with client(as_=company) as http:
        await submit(http, "/verification", "verification", files=LICENCE, **FORM)
    async with db.transaction(read_only=True) as tx:
        review = await tx.scalar(text("SELECT id FROM review WHERE kind = 'verification'"))
    async with client(as_=moderator) as http:
        assert (await http.get(f"/moderation/{review}")).status_code == 200
    async with db.transaction(read_only=True) as tx:
        look = (await tx.scalars(select(PrivacyLook))).one()
    assert (look.what, look.viewer_id, look.member_id) == ("member", moderator.id, company.id)


async def test_staff_that_packs_a_deal_is_written_down_and_its_parties_are_not(ctx, db):
    partners = await make_partners(db)
    order_id = await make_order(ctx, partners)
    await make_bundle(ctx, order_id, partners.supplier)
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(PrivacyLook))) == []
    async with db.transaction() as tx:
        officer = await make_staff(tx, Role.COMPLIANCE)
    await make_bundle(ctx, order_id, officer)
    async with db.transaction(read_only=True) as tx:
        seen = {look.organisation_id for look in await tx.scalars(select(PrivacyLook))}
    assert seen == {partners.buyer.organisation_id, partners.supplier.organisation_id}


async def test_the_notice_names_every_purpose_in_both_languages(client):
    async with client() as http:
        english = (await http.get("/privacy")).text
        chinese = (await http.get("/privacy", headers={"accept-language": "zh-CN"})).text
        asked = (await http.get("/privacy", headers={"accept": "application/json"})).json()
    for one in purposes.in_force():
        assert one.title.en.replace("'", "&#39;") in english
        assert one.title.zh in chinese
    assert [one["code"] for one in asked] == [one.code for one in purposes.in_force()]


async def test_the_page_costs_the_same_for_many_looks(client, db, company):
    async with client(as_=company) as http:
        await http.get(PAGE)
        [none] = await cost(http, db, PAGE)
        async with db.transaction() as tx:
            staff = await make_staff(tx, Role.FINANCE_STAFF)
            for number in range(30):
                looks.note(tx, looks.BANK_ACCOUNT, f"BA-{number}", "pay", by=staff.member, member_id=company.id)
        [many] = await cost(http, db, PAGE)
    assert none == many
