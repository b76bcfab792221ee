"""The register of incidents: reported by anybody of the platform, handled by compliance, in time, by two people."""

from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.states import IllegalMove
from tests.factories.files import PDF
from tests.factories.incidents import (
    HARMLESS,
    LEAK,
    WORDS,
    duty_of,
    make_incident,
    report_incident,
)
from tests.factories.people import make_company, make_staff
from tests.forms import submit
from tests.queries import cost
from trust.access import COMPANY_ROLES, STAFF_ROLES, NotPermitted, Role
from trust.incidents import doing, handling, jobs, notifying, queries
from trust.incidents.duties import Duty
from trust.incidents.errors import (
    DelayUnexplained,
    DutiesOutstanding,
    GradeTooLow,
    IncidentNotFound,
    NobodyToTell,
    NoticeNeeded,
    SecondPersonNeeded,
)
from trust.incidents.models import Incident
from trust.incidents.states import (
    DUTY_MOVES,
    INCIDENT_MOVES,
    DutyMove,
    DutyState,
    Grade,
    IncidentMove,
    IncidentState,
)
from trust.notices.models import CompanyNotice, NoticeLetter
from trust.reviews.models import Review

S, M, D, W = IncidentState, IncidentMove, DutyState, DutyMove
WHY = "Nobody in the EU was touched: every row is of a company in China."


@pytest.fixture
async def desk(db):
    """Two of compliance and a moderator."""
    async with db.transaction() as tx:
        return (
            await make_staff(tx, Role.COMPLIANCE),
            await make_staff(tx, Role.ADMIN),
            await make_staff(tx, Role.MODERATOR),
        )


async def queued(tx, incident_id):
    query = select(Review.due_at).where(Review.subject_id == incident_id, Review.state.in_(("open", "claimed")))
    return await tx.scalar(query)


async def test_from_a_moderator_s_report_to_a_closed_record(app, client, db, desk, run_jobs):
    first, second, moderator = desk
    async with db.transaction() as tx:
        touched = await make_company(tx, "Lantern Works")
        slug = await tx.scalar(text("SELECT slug FROM organisation WHERE id = :id"), {"id": touched.organisation_id})
    async with client(as_=moderator) as http:
        sent = await submit(
            http, "/incidents/new", "incident", nature="disclosure", title="A key in a log",
            happened="The key stood in a log that a supplier's engineer could read.",
        )  # fmt: skip
        assert sent.status_code == 303
        page = sent.headers["location"]
        assert "A key in a log" in (await http.get("/incidents")).text
        own = await http.get(page)
        assert own.status_code == 200
        assert 'id="assessment"' not in own.text
    async with client(as_=first) as http:
        sent = await submit(
            http, page, "assessment", grade="larger", harm="risk", personal="true", in_cn="true", in_eu="true",
            people="40", purposes=["account"],
        )  # fmt: skip
        assert sent.status_code == 303
        assert (await submit(http, page, "companies", companies=f"/suppliers/{slug}")).status_code == 303
        sent = await submit(
            http, page, "notice", audience="everybody", title_en=WORDS.title_en, title_zh=WORDS.title_zh,
            text_en=WORDS.text_en, text_zh=WORDS.text_zh,
        )  # fmt: skip
        assert sent.status_code == 303
        await run_jobs()
        record = (await http.get(page, headers={"accept": "application/json"})).json()
        assert [told["company"] for told in record["notices"][0]["told"]] == ["Lantern Works"]
        assert record["notices"][0]["told"][0]["letters"] == 1
        kinds = {duty["kind"]: duty["id"] for duty in record["duties"]}
        assert set(kinds) == {"cyber_authority", "data_authority_cn", "people_cn", "data_authority_eu"}
        for kind in ("cyber_authority", "data_authority_cn", "people_cn"):
            done = await submit(
                http, page, f"done-{kinds[kind]}", recipient="The administration", reference="2026-1",
                files={"document": ("sent.pdf", PDF, "application/pdf")},
            )  # fmt: skip
            assert done.status_code == 303, done.text
        fetched = await submit(http, page, f"document-{kinds['people_cn']}")
        assert fetched.content == PDF
        assert (await submit(http, page, f"waiver-{kinds['data_authority_eu']}", text=WHY)).status_code == 303
        assert f"agree-{kinds['data_authority_eu']}" not in (await http.get(page)).text
    async with client(as_=second) as http:
        assert (await submit(http, page, f"agree-{kinds['data_authority_eu']}")).status_code == 303
        assert (await submit(http, page, "containment", text="The key is changed.")).status_code == 303
        record = (await http.get(page, headers={"accept": "application/json"})).json()
        final = next(duty for duty in record["duties"] if duty["kind"] == "cyber_final")
        early = await http.post(
            f"{page}/closing", json={"text": "Keys are kept out of logs now."}, headers={"accept": "application/json"}
        )
        assert early.status_code in {403, 409}
        done = await submit(http, page, f"done-{final['id']}", recipient="The administration", reference="2026-2")
        assert done.status_code == 303
        assert (await submit(http, page, "closing", text="Keys are kept out of logs now.")).status_code == 303
        paper = await http.get(f"{page}/record")
        assert "Keys are kept out of logs now." in paper.text
        file = await http.get(f"{page}/record.json")
        assert file.headers["content-disposition"].startswith("attachment")
        assert [duty["state"] for duty in file.json()["duties"]].count("waived") == 1
    async with client(as_=touched) as http:
        assert WORDS.title_en in (await http.get("/")).text
        [notice] = (await http.get("/notices", headers={"accept": "application/json"})).json()
        assert (await submit(http, f"/notices/{notice['id']}", "read")).status_code == 303
        assert WORDS.title_en not in (await http.get("/")).text
    async with db.transaction(read_only=True) as tx:
        row = (await tx.scalars(select(Incident))).one()
        assert (await evidence.verify(tx, row.itself)).whole
        assert row.state == S.CLOSED
        assert await queued(tx, row.id) is None


async def in_state(tx, desk, state, *, drill=False):
    first, second, _moderator = desk
    if state in {S.REPORTED, S.DISMISSED}:
        id_ = (await report_incident(tx, first, drill=drill)).id
        if state == S.DISMISSED:
            await handling.dismiss(tx, id_, "It was a test of ours.", by=second.member)
        return id_
    id_ = await make_incident(tx, first, HARMLESS, drill=drill)
    if state in {S.CONTAINED, S.CLOSED}:
        await handling.contain(tx, id_, "The key is changed.", by=first.member)
    if state == S.CLOSED:
        await handling.close(tx, id_, "Keys are kept out of logs.", by=first.member)
    return id_


async def act(tx, id_, move, by):
    words = "Words that are long enough."
    match move:
        case M.ASSESS:
            await handling.assess(tx, id_, HARMLESS, by=by)
        case M.DISMISS:
            await handling.dismiss(tx, id_, words, by=by)
        case M.CONTAIN:
            await handling.contain(tx, id_, words, by=by)
        case M.REOPEN:
            await handling.reopen(tx, id_, words, by=by)
        case M.CLOSE:
            await handling.close(tx, id_, words, by=by)


@pytest.mark.parametrize("state", S)
async def test_every_state_with_every_move_and_role(db, desk, state):
    """What the table allows happens for those who handle incidents; all else is refused and changes nothing."""
    for move, role in product(M, (*STAFF_ROLES, Role.OWNER)):
        async with db.transaction() as tx:
            id_ = await in_state(tx, desk, state)
            by = (await make_staff(tx, role)).member if role in STAFF_ROLES else (await make_company(tx)).member
            if role not in {Role.COMPLIANCE, Role.ADMIN}:
                with pytest.raises(NotPermitted):
                    await act(tx, id_, move, by)
                wanted = state
            elif (state, move) in INCIDENT_MOVES:
                await act(tx, id_, move, by)
                wanted = INCIDENT_MOVES[state, move]
            else:
                with pytest.raises(IllegalMove):
                    await act(tx, id_, move, by)
                wanted = state
            assert (await tx.get_one(Incident, id_)).state == wanted


async def duty_in(tx, desk, state):
    first, second, _moderator = desk
    id_ = await make_incident(tx, first)
    duty = await duty_of(tx, id_, Duty.DATA_AUTHORITY_EU)
    if state in {D.PROPOSED, D.WAIVED}:
        await doing.propose(tx, id_, duty.id, WHY, by=first.member)
    if state == D.WAIVED:
        await doing.agree(tx, id_, duty.id, by=second.member)
    if state == D.DONE:
        await doing.do(tx, id_, duty.id, "The authority", "A-1", "", None, by=first.member)
    return id_, duty.id


async def act_on(tx, id_, duty_id, move, by):
    match move:
        case W.DO:
            await doing.do(tx, id_, duty_id, "The authority", "A-1", "", None, by=by)
        case W.PROPOSE:
            await doing.propose(tx, id_, duty_id, WHY, by=by)
        case W.AGREE:
            await doing.agree(tx, id_, duty_id, by=by)
        case W.DECLINE:
            await doing.decline(tx, id_, duty_id, by=by)


@pytest.mark.parametrize("state", D)
async def test_every_duty_s_state_with_every_move_and_role(db, desk, state):
    for move, role in product(W, (*STAFF_ROLES, *COMPANY_ROLES)):
        async with db.transaction() as tx:
            id_, duty_id = await duty_in(tx, desk, state)
            company = role in COMPANY_ROLES
            by = (await make_company(tx, roles=(role,)) if company else await make_staff(tx, role)).member
            if role not in {Role.COMPLIANCE, Role.ADMIN}:
                with pytest.raises(NotPermitted):
                    await act_on(tx, id_, duty_id, move, by)
            elif (state, move) in DUTY_MOVES:
                await act_on(tx, id_, duty_id, move, by)
                assert (await duty_of(tx, id_, Duty.DATA_AUTHORITY_EU)).state == DUTY_MOVES[state, move]
            else:
                with pytest.raises(IllegalMove):
                    await act_on(tx, id_, duty_id, move, by)


async def test_nobody_decides_alone(db, desk):
    first, second, _moderator = desk
    async with db.transaction() as tx:
        id_, duty_id = await duty_in(tx, desk, D.PROPOSED)
        for move in (W.AGREE, W.DECLINE):
            with pytest.raises(SecondPersonNeeded):
                await act_on(tx, id_, duty_id, move, first.member)
        reported = (await report_incident(tx, first)).id
        with pytest.raises(SecondPersonNeeded):
            await handling.dismiss(tx, reported, "It was a test.", by=first.member)
    async with db.transaction() as tx:
        with pytest.raises(DBAPIError):
            await tx.execute(
                text("UPDATE incident_duty SET state = 'waived', agreed_by = proposed_by, agreed_at = now()"
                     " WHERE id = :id"), {"id": duty_id},
            )  # fmt: skip
    async with db.transaction() as tx:
        with pytest.raises(DBAPIError):  # nor past the proposal
            await tx.execute(
                text("UPDATE incident_duty SET state = 'waived', agreed_by = :who, agreed_at = now(), proposed_by = :a,"
                     " reason = 'x' WHERE incident_id = :id AND state = 'due'"),
                {"id": id_, "who": second.id, "a": first.id},
            )  # fmt: skip


async def test_seventy_two_hours_at_their_edge(db, desk):
    """To the last moment it is in time; after it, it says why it is late."""
    first, _second, _moderator = desk
    async with db.transaction() as tx:
        id_ = await make_incident(tx, first)
        duty = await duty_of(tx, id_, Duty.DATA_AUTHORITY_EU)
        row = await tx.get_one(Incident, id_)
        assert duty.due_at == row.detected_at + timedelta(hours=72)
        due_at = duty.due_at
    async with db.transaction() as tx:
        with clock.at(due_at + timedelta(seconds=1)):
            with pytest.raises(DelayUnexplained):
                await doing.do(tx, id_, duty.id, "The authority", "A-1", "", None, by=first.member)
            await doing.do(tx, id_, duty.id, "The authority", "A-1", "The desk was ill.", None, by=first.member)
    async with db.transaction() as tx:
        other = await make_incident(tx, first)
        duty = await duty_of(tx, other, Duty.DATA_AUTHORITY_EU)
        with clock.at(duty.due_at - timedelta(minutes=1)):
            await doing.do(tx, other, duty.id, "The authority", "A-1", "", None, by=first.member)
        assert (await duty_of(tx, other, Duty.DATA_AUTHORITY_EU)).state == D.DONE


async def test_the_database_refuses_a_late_duty_without_a_reason(db, desk):
    async with db.transaction() as tx:
        await make_incident(tx, desk[0])
    async with db.transaction() as tx:
        with pytest.raises(DBAPIError):
            await tx.execute(
                text("UPDATE incident_duty SET state = 'done', done_at = due_at + interval '1 second', done_by = :who,"
                     " reference = 'A-1'"), {"who": desk[0].id},
            )  # fmt: skip


async def test_the_final_report_is_due_thirty_days_after_the_handling(db, desk):
    first, _second, _moderator = desk
    async with db.transaction() as tx:
        id_ = await make_incident(tx, first)
        await handling.contain(tx, id_, "The key is changed.", by=first.member)
        row, final = await tx.get_one(Incident, id_), await duty_of(tx, id_, Duty.CYBER_FINAL)
        assert final.due_at == row.contained_at + timedelta(days=30)
        await handling.reopen(tx, id_, "Another key was found.", by=first.member)
        await handling.contain(tx, id_, "That one too.", by=first.member)
        assert (await duty_of(tx, id_, Duty.CYBER_FINAL)).due_at == final.due_at
        general = await make_incident(tx, first, HARMLESS)
        await handling.contain(tx, general, "The key is changed.", by=first.member)
        assert await handling.outstanding(tx, general) == []


async def test_a_grade_below_the_count_is_refused_and_one_above_it_is_not(app, client, db, desk):
    async with db.transaction() as tx:
        id_ = (await report_incident(tx, desk[0])).id
    async with client(as_=desk[0]) as http:
        page = f"/incidents/{id_}"
        said = {"harm": "unlikely", "people": "1000000", "consequences": "Kept as typed."}
        refused = await submit(http, page, "assessment", grade="general", **said)
        assert refused.status_code == 422
        assert "Kept as typed." in refused.text
        assert (await submit(http, page, "assessment", grade="major", **said)).status_code == 303
    async with db.transaction() as tx:
        with pytest.raises(GradeTooLow):
            await handling.assess(
                tx, id_, LEAK.__class__(**{**vars_of(LEAK), "people": 10**8, "grade": Grade.MAJOR}), by=desk[0].member
            )


def vars_of(said):
    return {name: getattr(said, name) for name in said.__slots__}


async def test_assessed_again_duties_are_added_and_none_is_taken_away(db, desk):
    first, _second, _moderator = desk
    async with db.transaction() as tx:
        id_ = await make_incident(tx, first, HARMLESS)
        assert await handling.outstanding(tx, id_) == []
        await handling.assess(tx, id_, LEAK, by=first.member)
        kinds = {duty.kind for duty in await handling.outstanding(tx, id_)}
        assert Duty.CYBER_AUTHORITY in kinds
        await handling.assess(tx, id_, HARMLESS, by=first.member)
        assert {duty.kind for duty in await handling.outstanding(tx, id_)} == kinds
        await handling.contain(tx, id_, "The key is changed.", by=first.member)
        with pytest.raises(DutiesOutstanding):
            await handling.close(tx, id_, "Nothing.", by=first.member)


async def test_people_are_told_from_here_and_twice_is_once(app, db, desk, run_jobs, settings):
    first, _second, _moderator = desk
    async with db.transaction() as tx:
        touched = await make_company(tx, "Lantern Works")
        await make_company(tx, "Other Works", country="DE")
        id_ = await make_incident(tx, first)
        duty = await duty_of(tx, id_, Duty.PEOPLE_CN)
        with pytest.raises(NoticeNeeded):
            await doing.do(tx, id_, duty.id, "Everybody", "N-1", "", None, by=first.member)
        with pytest.raises(NobodyToTell):
            await notifying.send(tx, id_, WORDS, everybody=True, by=first.member)
        slug = await tx.scalar(text("SELECT slug FROM organisation WHERE id = :id"), {"id": touched.organisation_id})
        assert await handling.name_companies(tx, id_, [slug, slug], by=first.member) == 1
        assert await handling.name_companies(tx, id_, [slug], by=first.member) == 0
        notice = await notifying.send(tx, id_, WORDS, everybody=True, by=first.member)
    await run_jobs()
    await jobs.send_notice(app.state.jobs, notice)
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        rows = list(await tx.scalars(select(CompanyNotice)))
        assert [row.organisation_id for row in rows] == [touched.organisation_id]
        assert [letter.member_id for letter in await tx.scalars(select(NoticeLetter))] == [touched.id]
    kept = [path.read_text() for path in (settings.data_dir / "mail").glob("*.eml")]
    told = [letter for letter in kept if WORDS.title_en in letter]
    assert len(told) == 1
    assert f"To: {touched.member.email}" in told[0]


async def test_a_drill_runs_the_same_way_and_sends_nothing(app, db, desk, run_jobs):
    first, second, _moderator = desk
    async with db.transaction() as tx:
        touched = await make_company(tx, "Lantern Works")
        slug = await tx.scalar(text("SELECT slug FROM organisation WHERE id = :id"), {"id": touched.organisation_id})
        drill = await make_incident(tx, first, drill=True)
        await handling.name_companies(tx, drill, [slug], by=first.member)
        notice = await notifying.send(tx, drill, WORDS, everybody=True, by=first.member)
    await run_jobs()
    await jobs.send_notice(app.state.jobs, notice)
    async with db.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(CompanyNotice)) == 0
        duty = await duty_of(tx, drill, Duty.PEOPLE_CN)
        await doing.do(tx, drill, duty.id, "Everybody", "N-1", "", None, by=first.member)
        assert await queries.figures(tx, "Asia/Shanghai", by=second.member) == []
        await make_incident(tx, first)
        [found] = await queries.figures(tx, "Asia/Shanghai", by=second.member)
        assert (found.incidents, found.people, found.grade) == (1, 40, Grade.LARGER)
    async with db.transaction() as tx:
        with pytest.raises(DBAPIError):  # once a drill, always a drill
            await tx.execute(text("UPDATE incident SET drill = false WHERE id = :id"), {"id": drill})


async def test_an_alarm_rings_once_when_a_quarter_of_the_time_is_left(db, desk, run_jobs):
    first, _second, _moderator = desk
    async with db.transaction() as tx:
        id_ = await make_incident(tx, first)
        duty = await duty_of(tx, id_, Duty.CYBER_AUTHORITY)
        assert abs(await queued(tx, id_) - duty.due_at) < timedelta(seconds=5)
        edge = duty.due_at - timedelta(hours=1)
        with clock.at(edge - timedelta(seconds=5)):
            assert await jobs.ring(tx) == 0
        with clock.at(edge + timedelta(seconds=1)):
            assert await jobs.ring(tx) == 1
            assert await jobs.ring(tx) == 0
        sent = await tx.scalar(text("SELECT count(*) FROM job WHERE arguments->>'template' = 'duty_near'"))
        assert sent == 1
    await run_jobs()


async def test_others_open_their_own_reports_alone(client, db, desk):
    first, _second, moderator = desk
    async with db.transaction() as tx:
        others = (await report_incident(tx, first)).id
        own = (await report_incident(tx, moderator)).id
        with pytest.raises(IncidentNotFound):
            await queries.incident(tx, others, by=moderator.member)
        found, total = await queries.incidents(tx, "standing", by=moderator.member, offset=0, limit=10)
        assert [line.row.id for line in found] == [own]
        assert total == 1
        stranger = await make_company(tx)
        with pytest.raises(NotPermitted):
            await queries.incidents(tx, "standing", by=stranger.member, offset=0, limit=10)
    async with client(as_=moderator) as http:
        assert (await http.get(f"/incidents/{others}")).status_code == 404


async def test_what_was_said_stays(db, desk):
    first, _second, _moderator = desk
    async with db.transaction() as tx:
        id_ = await make_incident(tx, first)
    for statement in (
        "UPDATE incident SET detected_at = detected_at - interval '1 day'",
        "UPDATE incident SET happened = 'Nothing.'",
        "UPDATE incident SET state = 'closed', contained_at = now(), ended_at = now()",
        "DELETE FROM incident",
        "UPDATE incident_duty SET due_at = due_at + interval '1 day'",
        "DELETE FROM incident_duty",
    ):
        async with db.transaction() as tx:
            with pytest.raises(DBAPIError):
                await tx.execute(text(statement))
    async with db.transaction(read_only=True) as tx:
        assert (await tx.get_one(Incident, id_)).state == S.OPEN


async def test_words_go_when_their_time_is_over_and_not_before(app, db, desk, urls):
    async with db.transaction() as tx:
        id_ = await in_state(tx, desk, S.CLOSED)
    with pytest.raises(DBAPIError):  # by the server's clock it is not over
        async with db.transaction() as tx:
            await jobs.forget(tx, id_)
    async with db.transaction() as tx:
        with clock.at(clock.now() - timedelta(days=5 * 365 + 20)):
            old = await in_state(tx, desk, S.CLOSED)
    await jobs.forget_incidents(app.state.jobs)
    async with db.transaction(read_only=True) as tx:
        row, kept_row = await tx.get_one(Incident, old), await tx.get_one(Incident, id_)
        assert (row.title, row.happened, row.consequences) == ("", "", "")
        assert row.forgotten_at is not None
        assert kept_row.happened
        assert (await evidence.verify(tx, row.itself)).whole


async def test_a_list_costs_the_same_however_long(client, db, desk):
    async with db.transaction() as tx:
        await make_incident(tx, desk[0])
    async with client(as_=desk[0]) as http:
        [few] = await cost(http, db, "/incidents")
        async with db.transaction() as tx:
            for _ in range(5):
                await make_incident(tx, desk[0])
        [many] = await cost(http, db, "/incidents")
        assert few == many


async def test_a_moment_in_the_future_is_refused_with_all_that_was_typed(client, db, desk):
    async with client(as_=desk[2]) as http:
        refused = await submit(
            http, "/incidents/new", "incident", nature="outage", title="All is dark",
            happened="Nothing answers in the whole office.", detected_at="2099-01-01T00:00",
        )  # fmt: skip
        assert refused.status_code == 422
        assert "Nothing answers in the whole office." in refused.text
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(func.count()).select_from(Incident)) == 0
