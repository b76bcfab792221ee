"""Requests of authorities: reviewed, given to by two people, and told of; a foreign one stands still."""

import io
import json
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import product
from zipfile import ZipFile

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs7
from cryptography.x509 import load_pem_x509_certificate
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.states import IllegalMove
from tests.factories.authorities import (
    agree,
    keep_package,
    make_approval,
    make_authority_request,
    review,
)
from tests.factories.contracts import make_order
from tests.factories.files import PDF
from tests.factories.people import make_company, make_staff, stepped_up
from tests.factories.verification import recipient
from tests.forms import submit
from tests.queries import cost
from trust.access import COMPANY_ROLES, STAFF_ROLES, NotPermitted, Role
from trust.authorities import jobs, packages, queries, service
from trust.authorities.errors import (
    ApprovalNeeded,
    FetchedByAnother,
    NothingGiven,
    NotUnderReview,
    SecondPersonNeeded,
)
from trust.authorities.models import AuthorityPackage, AuthorityRequest, AuthorityTelling
from trust.authorities.states import (
    REQUEST_MOVES,
    PackageState,
    PairMove,
    RequestMove,
    RequestState,
)
from trust.identity.errors import StepUpNeeded
from trust.notices.models import CompanyNotice
from trust.privacy.models import PrivacyLook
from trust.reviews import queries as reviews

S, M = RequestState, RequestMove
ZONE = "Asia/Shanghai"


@pytest.fixture
async def desk(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.ADMIN)


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Lantern Works")


async def row_of(db, request_id):
    async with db.transaction(read_only=True) as tx:
        return await tx.get_one(AuthorityRequest, request_id)


async def give(app, request_id, package_id, actor):
    async with app.state.db.transaction() as tx:
        by = (await stepped_up(tx, actor)).member
        said = (request_id, package_id, "By courier to the counter.")
        return await packages.give(tx, app.state.files, app.state.vault, *said, zone=ZONE, by=by)


async def given(app, desk, company, **said):
    first, second = desk
    request_id = await make_authority_request(app, first, **said)
    await review(app, request_id, first)
    package_id = await keep_package(app, request_id, company.organisation_id, first)
    await agree(app, request_id, package_id, second)
    data, _name = await give(app, request_id, package_id, first)
    return request_id, package_id, data


async def test_from_the_letter_to_the_answer(app, client, db, desk, company, run_jobs):
    first, second = desk
    async with client(as_=first) as http:
        sent = await submit(
            http, "/authority-requests/new", "authority", kind="market", organ="Shenzhen Market Supervision",
            country="cn", document_number="SZ-118", basis="E-Commerce Law art. 25",
            asked="Who the company is, and who speaks for it.", about="Lantern Works",
            files={"letter": ("letter.pdf", PDF, "application/pdf")},
        )  # fmt: skip
        assert sent.status_code == 303, sent.text
        page = sent.headers["location"]
        async with db.transaction(read_only=True) as tx:
            item = (await reviews.queue(tx, kind="authority", state="open", offset=0, limit=1))[0]
        assert "your own company" not in (await http.get(f"/moderation/{item.id}")).text, "it is the platform's to do"
        assert (await submit(http, page, "take")).status_code == 303
        assert (await submit(http, page, "letter", purpose="To see its seal.")).content == PDF
        async with db.transaction(read_only=True) as tx:
            slug = await tx.scalar(text("SELECT slug FROM organisation WHERE id = :i"), {"i": company.organisation_id})
        nothing = await submit(http, page, "package", parts=["identity"])
        assert nothing.status_code == 422
        made = await submit(http, page, "package", company=f"/suppliers/{slug}", parts=["identity"])
        assert made.status_code == 303, made.text
        record = (await http.get(page, headers={"accept": "application/json"})).json()
        [package] = record["packages"]
        inside = f"{page}/packages/{package['id']}"
        assert f"{inside}/agreement" not in (await http.get(inside)).text
        early = await http.post(f"{page}/answer", json={"outcome": "answer", "text": "All was given."})
        assert early.status_code in {403, 409}
    async with client(as_=second) as http:
        name = package["files"][0]["name"]
        opened = await submit(http, inside, "opening", name=name, purpose="To check that it is no more.")
        assert json.loads(opened.content)["name_latin"] == "Lantern Works"
        assert (await submit(http, inside, "agree")).status_code == 303
    data, name = await give(app, row_id(page), row_id(inside), first)
    with ZipFile(io.BytesIO(data)) as archive:
        assert set(archive.namelist()) == {"manifest.json", package["files"][0]["name"]}
    assert name.endswith(".zip")
    await jobs.tell_companies(app.state.jobs)
    await run_jobs()
    async with client(as_=first) as http:
        assert (await submit(http, page, "answer", outcome="answer", text="All was given.")).status_code == 303
    async with client(as_=company) as http:
        [notice] = (await http.get("/notices", headers={"accept": "application/json"})).json()
        assert "Shenzhen Market Supervision" in notice["text"]
    async with db.transaction(read_only=True) as tx:
        row = await tx.get_one(AuthorityRequest, row_id(page))
        assert row.state == S.ANSWERED
        assert (await evidence.verify(tx, row.itself)).whole
        digests = [link.data.get("sent") for link in await evidence.chain(tx, row.itself)]
        assert package["sent_digest"] in digests
        looked = list(await tx.scalars(select(PrivacyLook.viewer_id).where(PrivacyLook.what == "authority")))
        assert set(looked) == {first.id, second.id}


def row_id(address):
    return address.rpartition("/")[2]


@pytest.mark.parametrize("country", ["US", "DE", "HK"])
async def test_a_foreign_organ_gets_nothing_before_china_has_approved(app, db, desk, company, country):
    first, second = desk
    request_id = await make_authority_request(app, first, country)
    assert (await row_of(db, request_id)).state == S.STOPPED
    with pytest.raises(ApprovalNeeded):
        await keep_package(app, request_id, company.organisation_id, first)
    with pytest.raises(IllegalMove):
        await review(app, request_id, first)
    approval = await make_approval(app, request_id, first)
    with pytest.raises(ApprovalNeeded):
        await keep_package(app, request_id, company.organisation_id, first)
    async with db.transaction() as tx:
        with pytest.raises(SecondPersonNeeded):
            await service.decide_approval(tx, request_id, approval, PairMove.AGREE, by=first.member)
        await service.decide_approval(tx, request_id, approval, PairMove.AGREE, by=second.member)
    assert (await row_of(db, request_id)).state == S.REVIEW
    await keep_package(app, request_id, company.organisation_id, first)


async def test_a_refused_approval_lets_nothing_go_on(app, db, desk, company):
    first, second = desk
    request_id = await make_authority_request(app, first, "US")
    approval = await make_approval(app, request_id, first)
    async with db.transaction() as tx:
        await service.decide_approval(tx, request_id, approval, PairMove.REFUSE, by=second.member)
    assert (await row_of(db, request_id)).state == S.STOPPED
    with pytest.raises(ApprovalNeeded):
        await keep_package(app, request_id, company.organisation_id, first)


INSERT = text("""
    INSERT INTO authority_package (id, request_id, state, scope, files, size, digest, file_key, fingerprint,
                                   sent_digest, sent_key, composed_by, composed_at)
    VALUES (gen_random_uuid(), :request, 'composed', '{}', '[]', 1, '', '', '', '', '', :who, now())
""")


async def test_the_database_refuses_too(app, db, desk, company):
    """Whoever writes past the services: no package, no review and no approval of one person for a foreign organ."""
    first, _second = desk
    request_id = await make_authority_request(app, first, "US")
    approval = await make_approval(app, request_id, first)
    attempts = (
        (INSERT, {"request": request_id, "who": first.id}),
        (text("UPDATE authority_request SET state = 'review' WHERE id = :request"), {"request": request_id}),
        (text("UPDATE authority_request SET country = 'CN' WHERE id = :request"), {"request": request_id}),
        (
            text("UPDATE authority_approval SET state = 'agreed', decided_by = entered_by WHERE id = :id"),
            {"id": approval},
        ),
        (text("DELETE FROM authority_request WHERE id = :request"), {"request": request_id}),
    )
    for statement, values in attempts:
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(statement, values)
    assert (await row_of(db, request_id)).state == S.STOPPED
    domestic = await make_authority_request(app, first)
    with pytest.raises(DBAPIError):  # nor before anybody reviews it
        async with db.transaction() as tx:
            await tx.execute(INSERT, {"request": domestic, "who": first.id})
    _request, package_id, _data = await given(app, desk, company)
    for statement in (
        "UPDATE authority_package SET digest = 'other' WHERE id = :id",
        "UPDATE authority_package SET given_to = composed_by, given_at = now() + interval '1 day' WHERE id = :id",
        "DELETE FROM authority_package WHERE id = :id",
    ):
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(statement), {"id": package_id})


async def test_two_people_and_one_carrier(app, db, desk, company):
    first, second = desk
    request_id = await make_authority_request(app, first)
    with pytest.raises(NotUnderReview):
        await keep_package(app, request_id, company.organisation_id, first)
    await review(app, request_id, first)
    package_id = await keep_package(app, request_id, company.organisation_id, first)
    with pytest.raises(SecondPersonNeeded):
        await agree(app, request_id, package_id, first)
    with pytest.raises(IllegalMove):
        await give(app, request_id, package_id, first)
    await agree(app, request_id, package_id, second)
    async with db.transaction() as tx:
        by = (await stepped_up(tx, first)).member
        await tx.execute(text("UPDATE session SET stepped_up_at = NULL"))
        said = (tx, app.state.files, app.state.vault, request_id, package_id, "By courier.")
        with pytest.raises(StepUpNeeded):
            await packages.give(*said, zone=ZONE, by=by)
    one, _name = await give(app, request_id, package_id, first)
    again, _name = await give(app, request_id, package_id, first)
    assert one == again
    with pytest.raises(FetchedByAnother):
        await give(app, request_id, package_id, second)


async def test_what_leaves_is_encrypted_for_the_organ(app, db, desk, company):
    first, second = desk
    to = recipient()
    key = load_pem_private_key(to.key, None)
    request_id = await make_authority_request(app, first)
    await review(app, request_id, first)
    package_id = await keep_package(app, request_id, company.organisation_id, first, to.certificate)
    await agree(app, request_id, package_id, second)
    data, name = await give(app, request_id, package_id, first)
    assert name.endswith(".p7m")
    assert b"Lantern" not in data
    plain = pkcs7.pkcs7_decrypt_der(data, load_pem_x509_certificate(to.certificate), key, [])
    with ZipFile(io.BytesIO(plain)) as archive:
        assert "identity/lantern.json" in archive.namelist()


async def test_where_it_may_not_be_told_the_company_is_told_from_the_day_on(app, db, desk, company):
    after = (clock.now() + timedelta(days=10)).date()
    _request, package_id, _data = await given(app, desk, company, tell_after=after)
    await jobs.tell_companies(app.state.jobs)
    async with db.transaction(read_only=True) as tx:
        telling = (await tx.scalars(select(AuthorityTelling))).one()
        assert telling.told_at is None
        assert not list(await tx.scalars(select(CompanyNotice)))
        assert not list(await tx.scalars(select(PrivacyLook)))
        edge = telling.tell_at
    async with db.transaction() as tx:
        with clock.at(edge - timedelta(seconds=5)):
            assert await packages.tell_due(tx) == 0
        with clock.at(edge + timedelta(seconds=1)):
            assert await packages.tell_due(tx) == 1
            assert await packages.tell_due(tx) == 0
        notice = (await tx.scalars(select(CompanyNotice))).one()
        assert notice.subject_id == package_id


async def act(tx, request_id, move, by):
    words = "Words that are long enough."
    match move:
        case M.TAKE:
            await service.take(tx, request_id, by=by)
        case M.STOP:
            await service.stop(tx, request_id, words, by=by)
        case M.ANSWER | M.ANSWER_PARTLY | M.REFUSE:
            await service.answer(tx, request_id, move, words, by=by)


@pytest.mark.parametrize("state", S)
async def test_every_state_with_every_move_and_role(app, db, desk, company, state):
    first, _second = desk
    if state in {S.ANSWERED, S.PARTLY}:
        request_id, _package, _data = await given(app, desk, company)
    else:
        request_id = await make_authority_request(app, first)
    async with db.transaction() as tx:
        if state == S.REVIEW:
            await service.take(tx, request_id, by=first.member)
        if state in {S.STOPPED, S.REFUSED}:
            await service.stop(tx, request_id, "The letter has no seal.", by=first.member)
        if state == S.REFUSED:
            await service.answer(tx, request_id, M.REFUSE, "It is not genuine.", by=first.member)
        if state in {S.ANSWERED, S.PARTLY}:
            move = M.ANSWER if state == S.ANSWERED else M.ANSWER_PARTLY
            await service.answer(tx, request_id, move, "All was given.", by=first.member)
    for move, role in product(set(M) - {M.APPROVE}, (*STAFF_ROLES, *COMPANY_ROLES)):
        async with db.transaction() as tx:
            mine = role in COMPANY_ROLES
            by = (await make_company(tx, roles=(role,)) if mine else await make_staff(tx, role)).member
            async with tried(tx):
                await expect(tx, request_id, state, move, by)
    assert (await row_of(db, request_id)).state == state


@asynccontextmanager
async def tried(tx):
    """What happens within is undone: each try begins where the last one did."""
    point = await tx.begin_nested()
    yield
    await tx.flush()
    await point.rollback()


async def expect(tx, request_id, state, move, by):
    """What the table allows happens for compliance and administrators; all else is refused."""
    if not by.roles & {Role.COMPLIANCE, Role.ADMIN}:
        with pytest.raises(NotPermitted):
            await act(tx, request_id, move, by)
    elif (state, move) not in REQUEST_MOVES:
        with pytest.raises(IllegalMove):
            await act(tx, request_id, move, by)
    elif move in {M.ANSWER, M.ANSWER_PARTLY}:
        with pytest.raises(NothingGiven):
            await act(tx, request_id, move, by)
    else:
        await act(tx, request_id, move, by)
        assert (await tx.get_one(AuthorityRequest, request_id)).state == REQUEST_MOVES[state, move]


async def test_a_scope_of_an_order_takes_the_chosen_parts_of_it_alone(app, client, ctx, db, desk, partners):
    first, _second = desk
    order_id = await make_order(ctx, partners)
    async with db.transaction(read_only=True) as tx:
        number = await tx.scalar(text("SELECT number FROM orders WHERE id = :id"), {"id": order_id})
        slug = await tx.scalar(
            text("SELECT slug FROM organisation WHERE id = :id"), {"id": partners.supplier.organisation_id}
        )
    request_id = await make_authority_request(app, first)
    await review(app, request_id, first)
    page = f"/authority-requests/{request_id}"
    today = clock.now().date()
    days = {"first": str(today - timedelta(days=3)), "last": str(today + timedelta(days=1))}
    async with client(as_=first) as http:
        for refused, field in (
            ({"company": slug, "parts": ["orders"]}, "first"),
            ({"company": slug, "parts": ["orders"], "first": "2024-01-01", "last": str(today)}, "last"),
            ({"orders": "PO-NONE", "parts": ["orders"]}, "orders"),
            ({"company": "nobody-here", "parts": ["identity"]}, "company"),
        ):
            answer = await http.post(f"{page}/packages", json=refused, headers={"accept": "application/json"})
            assert answer.status_code in {403, 422}, field
            shown = await submit(http, page, "package", **refused)
            assert shown.status_code == 422, field
        made = await submit(http, page, "package", orders=number, parts=["messages", "payments"])
        assert made.status_code == 303, made.text
        made = await submit(http, page, "package", company=slug, parts=["orders", "contracts"], **days)
        assert made.status_code == 303, made.text
    async with db.transaction(read_only=True) as tx:
        rows = list(await tx.scalars(select(AuthorityPackage).order_by(AuthorityPackage.id)))
        names = [{file["name"] for file in row.files} for row in rows]
        assert names[0] == {f"{number}/{name}" for name in ("messages.json", "quotations.json", "payments.json")}
        assert "orders.json" in names[1]
        assert any(name.startswith(f"{number}/contracts/") for name in names[1])
        assert not any("messages" in name or "payments" in name for name in names[1])
        told = set(await tx.scalars(select(AuthorityTelling.organisation_id)))
        assert told == {partners.buyer.organisation_id, partners.supplier.organisation_id}


async def test_figures_by_country_and_small_numbers_are_left_out_in_public(app, client, db, desk, company):
    first, _second = desk
    for _ in range(3):
        await make_authority_request(app, first)
    await given(app, desk, company)
    async with db.transaction(read_only=True) as tx:
        [found] = await queries.figures(tx, ZONE, by=first.member)
        assert (found.country, found.received, found.answered) == ("CN", 4, 0)
    async with client() as http:
        [four] = (await http.get("/transparency/authorities", headers={"accept": "application/json"})).json()
        assert four["received"] is None
    await make_authority_request(app, first, "US")
    async with client() as http:
        [five] = (await http.get("/transparency/authorities", headers={"accept": "application/json"})).json()
        assert (five["received"], five["answered"]) == (5, 0)
        assert "Shenzhen" not in (await http.get("/transparency/authorities")).text


async def test_in_time_is_to_the_last_moment(app, db, desk):
    first, _second = desk
    for late in (False, True):
        request_id = await make_authority_request(app, first)
        due_at = (await row_of(db, request_id)).due_at
        async with db.transaction() as tx:
            await service.stop(tx, request_id, "The letter has no seal.", by=first.member)
            with clock.at(due_at + timedelta(seconds=2 if late else -2)):
                await service.answer(tx, request_id, M.REFUSE, "It is not genuine.", by=first.member)
    async with db.transaction(read_only=True) as tx:
        [found] = await queries.figures(tx, ZONE, by=first.member)
        assert (found.timed, found.in_time, found.refused) == (2, 1, 2)


async def test_files_go_after_their_time_and_words_later(app, db, desk, company):
    first, _second = desk
    _request, package_id, _data = await given(app, desk, company)
    with clock.at(clock.now() + packages.KEPT + timedelta(hours=1)):
        await jobs.throw_away(app.state.jobs)
    async with db.transaction(read_only=True) as tx:
        row = await tx.get_one(AuthorityPackage, package_id)
        assert (row.file_key, row.state) == ("", PackageState.GIVEN)
        assert len(row.digest) == 64
    with clock.at(clock.now() - timedelta(days=5 * 365 + 20)):
        old = await make_authority_request(app, first)
        async with db.transaction() as tx:
            await service.stop(tx, old, "The letter has no seal.", by=first.member)
            await service.answer(tx, old, M.REFUSE, "It is not genuine.", by=first.member)
    await jobs.forget_requests(app.state.jobs)
    row = await row_of(db, old)
    assert (row.asked, row.about, row.letter) == ("", "", None)
    assert (await row_of(db, _request)).asked
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, row.itself)).whole


async def test_a_refused_form_keeps_what_was_typed(client, db, desk):
    async with client(as_=desk[0]) as http:
        refused = await submit(
            http, "/authority-requests/new", "authority", kind="market", organ="Kept as typed", country="CN",
            document_number="SZ-118", basis="E-Commerce Law art. 25", asked="Who the company is.", about="Lantern",
            secret="true", files={"letter": ("letter.pdf", PDF, "application/pdf")},
        )  # fmt: skip
        assert refused.status_code == 422
        assert "Kept as typed" in refused.text


async def test_a_list_costs_the_same_however_long(app, client, db, desk):
    await make_authority_request(app, desk[0])
    async with client(as_=desk[0]) as http:
        [few] = await cost(http, db, "/authority-requests")
        for _ in range(4):
            await make_authority_request(app, desk[0])
        [many] = await cost(http, db, "/authority-requests")
        assert few == many
