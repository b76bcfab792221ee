"""Requests of persons about their own data: filed and confirmed by anybody, answered by compliance, in time."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.states import IllegalMove
from app.core.subject import Subject
from tests.factories.people import make_company, make_staff
from tests.factories.privacy import file_request, make_request, take, token_in
from tests.forms import submit
from tests.queries import cost
from trust.access import STAFF_ROLES, NotPermitted, Role
from trust.privacy import desk, forgetting, jobs, requests
from trust.privacy.errors import ExtendedAlready, LinkSpent, NotTaken, RequestNotFound
from trust.privacy.models import PrivacyLook, PrivacyRequest
from trust.privacy.requests import later
from trust.privacy.states import ANSWERS, OVER, REQUEST_MOVES, Kind, RequestMove, RequestState
from trust.reviews.models import Review

S, M = RequestState, RequestMove
LETTER = "We erased your address from our list on 22 November."


@pytest.fixture(autouse=True)
async def officer(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE)


async def row_of(db, request_id):
    async with db.transaction(read_only=True) as tx:
        return await tx.get_one(PrivacyRequest, request_id)


async def test_a_stranger_asks_confirms_follows_and_is_answered(app, client, db, officer, run_jobs):
    async with client() as http:
        page = await http.get("/privacy/requests?kind=erasure")
        assert 'value="erasure" checked' in page.text
        sent = await submit(
            http, "/privacy/requests", "privacy-request", kind="erasure", name="Ines Duarte",
            email="Ines@Example.com", statement="I was named in a report."
        )  # fmt: skip
        assert sent.status_code == 303
        async with db.transaction() as tx:
            token = await token_in(tx)
            assert await tx.scalar(select(Review.id).where(Review.kind == "privacy")) is None
        confirmed = await submit(http, f"/privacy/requests/confirmation?token={token}", "privacy-confirm")
        status = confirmed.headers["location"]
        shown = await http.get(status)
        assert "I was named in a report." in shown.text
        assert shown.headers["referrer-policy"] == "no-referrer"
        again = await http.get(f"/privacy/requests/confirmation?token={token}")
        assert again.status_code == 409
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(PrivacyRequest))).one()
        item = (await tx.scalars(select(Review).where(Review.kind == "privacy"))).one()
        assert (row.state, item.state) == (S.OPEN, "open")
        assert b"ines" not in row.sealed.lower()
        assert status.rpartition("/")[2].encode() not in row.link_mark
        assert "Ines" not in item.title
    async with client(as_=officer) as http:
        assert "ines@example.com" not in (await http.get("/privacy/desk")).text.lower()
        page = f"/privacy/desk/{row.id}"
        assert "ines@example.com" not in (await http.get(page)).text.lower()
        assert (await submit(http, page, "take")).status_code == 303
        opened = (await http.get(page)).text
        assert "I was named in a report." in opened
        refused = await submit(http, page, "answer", outcome="grant", letter="no")
        assert refused.status_code == 422
        assert (await submit(http, page, "answer", outcome="grant", letter=LETTER)).status_code == 303
    async with client() as http:
        assert LETTER in (await http.get(status)).text
        assert "privacy-withdrawal" not in (await http.get(status)).text
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, row.itself)).whole
        kinds = [link.kind for link in await evidence.chain(tx, row.itself)]
        assert kinds == ["privacy.asked", "privacy.taken", "privacy.answered"]
        assert (await tx.scalars(select(Review.state).where(Review.kind == "privacy"))).one() == "dropped"


async def test_the_queue_shows_it_to_reviewers_without_a_name(app, client, db, officer):
    request_id, _key = await make_request(app, Kind.CORRECTION, statement="My name is Iñes.")
    async with db.transaction(read_only=True) as tx:
        review_id = await tx.scalar(select(Review.id).where(Review.subject_id == request_id))
    async with client(as_=officer) as http:
        panel = await http.get(f"/moderation/{review_id}")
        assert panel.status_code == 200
        assert f"/privacy/desk/{request_id}" in panel.text
        assert "Iñes" not in panel.text
        claimed = await http.post(f"/moderation/{review_id}/claim", headers={"accept": "application/json"})
        assert claimed.status_code in {403, 409}


async def test_of_a_member_it_is_claimed_and_decided_in_the_queue_too(app, db, officer):
    async with db.transaction() as tx:
        person = await make_company(tx, "Lantern Works")
    request_id, _key = await make_request(app, email=person.member.email)
    assert (await row_of(db, request_id)).member_id == person.id
    await take(app, request_id, officer.member)
    async with db.transaction() as tx:
        await desk.answer(tx, app.state.vault, request_id, M.REFUSE, LETTER, by=officer.member)
    async with db.transaction(read_only=True) as tx:
        item = (await tx.scalars(select(Review).where(Review.subject_id == request_id))).one()
        assert (item.state, item.verdict, item.decided_by) == ("decided", "reject", officer.id)
        looks = list(await tx.scalars(select(PrivacyLook).where(PrivacyLook.member_id == person.id)))
        assert [(look.what, look.viewer_role) for look in looks] == [("request", "compliance")]


@pytest.mark.parametrize(("state", "move"), list(product(S, M)))
async def test_every_state_with_every_move(app, db, officer, state, move):
    """What the table allows happens, all else is refused and changes nothing."""
    request_id = await in_state(app, db, officer, state)
    async with db.transaction() as tx:
        row = await tx.get_one(PrivacyRequest, request_id)
        assert row.state == state
        if (state, move) in REQUEST_MOVES:
            assert row.can(move)
        else:
            with pytest.raises(IllegalMove):
                row.move(move, by=officer.id)
            assert row.state == state


async def in_state(app, db, officer, state):
    if state in {S.FILED, S.LAPSED}:
        await file_request(app)
        async with db.transaction() as tx:
            request_id = await tx.scalar(select(PrivacyRequest.id))
            if state == S.LAPSED:
                await forgetting.lapse(tx, request_id)
        return request_id
    request_id, key = await make_request(app)
    if state in {S.TAKEN, S.GRANTED, S.PARTLY, S.REFUSED}:
        await take(app, request_id, officer.member)
    answers = {S.GRANTED: M.GRANT, S.PARTLY: M.GRANT_PARTLY, S.REFUSED: M.REFUSE}
    async with db.transaction() as tx:
        if state in answers:
            await desk.answer(tx, app.state.vault, request_id, answers[state], LETTER, by=officer.member)
        if state == S.WITHDRAWN:
            await requests.withdraw(tx, key)
    return request_id


@pytest.mark.parametrize("role", [role for role in STAFF_ROLES if role is not Role.COMPLIANCE] + [Role.OWNER])
async def test_nobody_but_compliance_takes_or_answers(app, db, role):
    request_id, _key = await make_request(app)
    async with db.transaction() as tx:
        actor = await (make_company(tx) if role is Role.OWNER else make_staff(tx, role))
    vault = app.state.vault
    steps = (
        lambda tx: desk.take(tx, request_id, by=actor.member),
        lambda tx: desk.give_back(tx, request_id, by=actor.member),
        lambda tx: desk.extend(tx, vault, request_id, LETTER, by=actor.member),
        *(lambda tx, move=move: desk.answer(tx, vault, request_id, move, LETTER, by=actor.member) for move in ANSWERS),
    )
    for step in steps:
        async with db.transaction() as tx:
            with pytest.raises(NotPermitted):
                await step(tx)
    assert (await row_of(db, request_id)).state == S.OPEN


async def test_who_has_not_taken_it_does_not_answer_it(app, db, officer):
    request_id, _key = await make_request(app)
    async with db.transaction() as tx:
        other = await make_staff(tx, Role.COMPLIANCE)
    await take(app, request_id, other.member)
    async with db.transaction() as tx:
        with pytest.raises(NotTaken):
            await desk.answer(tx, app.state.vault, request_id, M.GRANT, LETTER, by=officer.member)
    with pytest.raises(IllegalMove):
        await take(app, request_id, officer.member)
    async with db.transaction() as tx:
        await desk.give_back(tx, request_id, by=other.member)
    await take(app, request_id, officer.member)
    assert (await row_of(db, request_id)).handler_id == officer.id


async def test_nobody_answers_their_own(app, db, officer):
    request_id, _key = await make_request(app, email=officer.member.email)
    with pytest.raises(NotTaken):
        await take(app, request_id, officer.member)


async def test_the_time_runs_by_the_calendar_from_the_confirmation(app, db):
    began = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # nine in the morning in Shanghai
    with clock.at(began - timedelta(days=2)):
        token = await file_request(app)
    with clock.at(began):
        async with db.transaction() as tx:
            await requests.confirm(tx, app.state.vault, token)
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(PrivacyRequest))).one()
    assert row.due_at == datetime(2026, 12, 23, 16, 0, tzinfo=UTC)  # the thirtieth day ends in Shanghai
    assert row.target_at == datetime(2026, 12, 14, 16, 0, tzinfo=UTC)  # fifteen working days


@pytest.mark.parametrize(
    ("due", "extended"),
    [
        (datetime(2026, 12, 23, 16, tzinfo=UTC), datetime(2027, 2, 23, 16, tzinfo=UTC)),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), datetime(2027, 2, 28, 16, tzinfo=UTC)),
        (datetime(2027, 12, 30, 16, tzinfo=UTC), datetime(2028, 2, 29, 16, tzinfo=UTC)),
    ],
)
def test_two_months_more_are_of_the_calendar(due, extended):
    assert later(due, "Asia/Shanghai") == extended


async def test_it_is_extended_once_while_the_time_runs(app, db, officer):
    request_id, key = await make_request(app)
    await take(app, request_id, officer.member)
    before = (await row_of(db, request_id)).due_at
    with clock.at(before):
        async with db.transaction() as tx:
            with pytest.raises(ExtendedAlready):
                await desk.extend(tx, app.state.vault, request_id, "Eleven archives.", by=officer.member)
    with clock.at(before - timedelta(seconds=30)):
        async with db.transaction() as tx:
            await desk.extend(tx, app.state.vault, request_id, "Eleven archives.", by=officer.member)
        async with db.transaction() as tx:
            with pytest.raises(ExtendedAlready):
                await desk.extend(tx, app.state.vault, request_id, "And a twelfth.", by=officer.member)
    row = await row_of(db, request_id)
    assert row.due_at == later(before, row.zone)
    async with db.transaction(read_only=True) as tx:
        assert (
            requests.opened(app.state.vault, await requests.by_key(tx, key), row.extension_sealed) == "Eleven archives."
        )


@pytest.mark.parametrize(
    "change",
    [
        "due_at = due_at + interval '1 day'",
        "decided_at = now()",
        "number = 'DR-0000'",
        "extended_at = now(), due_at = due_at + interval '1 year'",
    ],
)
async def test_the_database_holds_to_it(app, db, change):
    request_id, _key = await make_request(app)
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(f"UPDATE privacy_request SET {change} WHERE id = :id"), {"id": request_id})  # noqa: S608


async def test_a_link_that_is_old_guessed_or_used_opens_nothing(app, client, db):
    token = await file_request(app)
    async with client() as http:
        assert (await http.get("/privacy/requests/confirmation?token=guess")).status_code == 409
        assert (await http.get(f"/privacy/requests/{'A' * 43}")).status_code == 404
    with clock.at(clock.now() + timedelta(days=7, seconds=1)):
        async with db.transaction() as tx:
            with pytest.raises(LinkSpent):
                await requests.confirm(tx, app.state.vault, token)
        await jobs.let_lapse(app.state.jobs)
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(PrivacyRequest))).one()
    assert (row.state, row.sealed, row.email_mark) == (S.LAPSED, None, None)


async def test_a_person_takes_it_back_once(app, client, db):
    request_id, key = await make_request(app)
    async with client() as http:
        assert (await submit(http, f"/privacy/requests/{key}", "privacy-withdrawal")).status_code == 303
        again = await http.post(f"/privacy/requests/{key}/withdrawal", headers={"accept": "application/json"})
        assert again.status_code in {403, 409}
    async with db.transaction(read_only=True) as tx:
        assert (await tx.scalars(select(Review.state))).one() == "dropped"
        kept = (await tx.execute(text("SELECT route, location FROM idempotency_key"))).all()
    assert key not in repr(kept), "the link is kept as its mark alone"
    assert (await row_of(db, request_id)).state == S.WITHDRAWN


async def test_three_years_later_its_words_are_gone_and_the_chain_holds(app, db, officer):
    long_ago = clock.now() - timedelta(days=3 * 365 + 4)
    with clock.at(long_ago):
        request_id, key = await make_request(app, statement="Erase the elephant.")
        await take(app, request_id, officer.member)
        async with db.transaction() as tx:
            await desk.answer(tx, app.state.vault, request_id, M.REFUSE, LETTER, by=officer.member)
    await jobs.forget_requests(app.state.jobs)
    async with db.transaction(read_only=True) as tx:
        row = await requests.by_key(tx, key)
        assert (row.sealed, row.answer_sealed, row.state) == (None, None, S.REFUSED)
        subject = Subject("privacy_request", request_id)
        assert (await evidence.verify(tx, subject)).whole
        left = await tx.scalar(text("SELECT count(*) FROM evidence_private WHERE value LIKE '%elephant%'"))
        assert left == 0
    assert row.state in OVER


async def test_filing_is_bounded_by_address(client):
    async with client() as http:
        said = {"kind": "access", "name": "A", "email": "one@example.com"}
        answers = [
            (await submit(http, "/privacy/requests", "privacy-request", **said)).status_code for _try in range(6)
        ]
    assert answers == [303] * 5 + [429]


async def test_the_desk_costs_the_same_for_many(app, client, db, officer):
    await make_request(app)
    async with client(as_=officer) as http:
        [one] = await cost(http, db, "/privacy/desk")
        for number in range(4):
            await make_request(app, email=f"p{number}@example.com")
        [many] = await cost(http, db, "/privacy/desk")
    assert one == many


async def test_a_request_nobody_confirmed_is_not_at_the_desk(app, client, db, officer):
    await file_request(app)
    async with db.transaction(read_only=True) as tx:
        request_id = await tx.scalar(select(PrivacyRequest.id))
    async with client(as_=officer) as http:
        assert (await http.get(f"/privacy/desk/{request_id}")).status_code == 404
    async with db.transaction() as tx:
        with pytest.raises(RequestNotFound):
            await desk.take(tx, request_id, by=officer.member)
