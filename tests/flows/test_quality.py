"""The register of quality and brand work: entered by compliance, never changed, withdrawn where it was wrong."""

from datetime import timedelta
from itertools import product as pairs

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.states import IllegalMove
from app.core.subject import Subject
from tests.factories.files import PDF
from tests.factories.people import make_company, make_staff
from tests.factories.products import make_product
from tests.factories.quality import FACTS, KEPT, TITLE, find_listing, make_work
from tests.forms import submit
from tests.queries import cost
from trust.access import COMPANY_ROLES, STAFF_ROLES, NotPermitted, Role
from trust.quality import queries, service
from trust.quality.errors import AlreadyEnded, AlreadyFound, NothingToFind
from trust.quality.models import QualityFinding, QualityWork
from trust.quality.service import Found, Work
from trust.quality.states import FACTS as NEEDED
from trust.quality.states import WORK_MOVES, Kind, WorkMove, WorkState

S, M = WorkState, WorkMove
WHY = "It was entered twice."


@pytest.fixture
async def keeper(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE)


async def listing(db):
    async with db.transaction() as tx:
        owner = await make_company(tx, "Lantern Works")
        slug = await tx.scalar(text("SELECT slug FROM organisation WHERE id = :id"), {"id": owner.organisation_id})
        return owner, await make_product(tx, owner), slug


async def test_every_kind_is_entered_through_its_form(client, db, keeper):
    _owner, product, slug = await listing(db)
    said = {
        Kind.INSPECTION: {"about": f"/products/{product}", "aql": "major 2.5", "result": "failed"},
        Kind.RECALL: {"source": "customs", "reference": "C-17"},
        Kind.GUIDANCE: {"company": f"/suppliers/{slug}"},
        Kind.EVENT: {"event": "training", "hours": "2.5", "participants": "40"},
        Kind.VISIT: {"organ": "Market supervision"},
    }
    async with client(as_=keeper) as http:
        for kind, values in said.items():
            files = {"document": ("report.pdf", PDF, "application/pdf")} if kind is Kind.INSPECTION else {}
            sent = await submit(http, f"/quality/new?kind={kind}", "work", title=TITLE, files=files, **values)
            assert sent.status_code == 303, sent.text
            page = await http.get(sent.headers["location"])
            assert page.status_code == 200
            assert TITLE in page.text
            if kind is Kind.INSPECTION:
                fetched = await submit(http, sent.headers["location"], "document")
                assert fetched.content == PDF
        shown = await http.get("/quality?kind=event", headers={"accept": "application/json"})
        assert [one["facts"] for one in shown.json()] == [{"event": "training", "hours": "2.5", "participants": 40}]
    async with db.transaction(read_only=True) as tx:
        rows = {row.kind: row for row in await tx.scalars(select(QualityWork))}
        assert set(rows) == set(Kind)
        assert rows[Kind.INSPECTION].about == Subject("product", product)
        assert rows[Kind.VISIT].state == S.PLANNED
        for row in rows.values():
            assert (await evidence.verify(tx, row.itself)).whole


@pytest.mark.parametrize("kind", Kind)
async def test_what_is_missing_is_named_and_nothing_typed_is_lost(client, db, keeper, kind):
    async with client(as_=keeper) as http:
        refused = await submit(http, f"/quality/new?kind={kind}", "work", title="A title to keep", standard="")
        assert refused.status_code == 422
        assert "A title to keep" in refused.text
    with pytest.raises(Invalid) as needed:
        service.check(kind, {}, documented=False)
    assert set(needed.value.errors) == set(NEEDED[kind]) | ({"document"} if kind is Kind.INSPECTION else set())
    async with db.transaction(read_only=True) as tx:
        assert not await tx.scalar(select(func.count()).select_from(QualityWork))


@pytest.mark.parametrize(
    ("field", "kind", "value"),
    [
        ("about", "inspection", "/products/00000000-0000-7000-8000-000000000000"),
        ("about", "inspection", "/orders/00000000-0000-7000-8000-000000000000"),
        ("about", "inspection", "http://[bad"),
        ("company", "guidance", "/suppliers/nobody-is-called-so"),
        ("day", "event", "2099-01-01"),
        ("hours", "event", "-1"),
        ("hours", "event", "NaN"),
        ("participants", "event", "1.5"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(client, db, keeper, field, kind, value):
    said = {"about": "", "aql": "2.5", "result": "passed", "event": "training", "hours": "1", "participants": "2"}
    said = {name: known for name, known in said.items() if name in NEEDED[Kind(kind)]} | {field: value}
    files = {"document": ("report.pdf", PDF, "application/pdf")}
    async with client(as_=keeper) as http:
        refused = await submit(http, f"/quality/new?kind={kind}", "work", title=TITLE, files=files, **said)
        assert refused.status_code == 422
        assert f'href="#work-{field}"' in refused.text
    async with db.transaction(read_only=True) as tx:
        assert not await tx.scalar(select(func.count()).select_from(QualityWork))


async def in_state(tx, keeper, state):
    row = await make_work(tx, keeper, Kind.VISIT)
    today = clock.now().date()
    if state is S.DONE:
        await service.do(tx, row.id, today, today=today, by=keeper.member)
    if state is S.WITHDRAWN:
        await service.withdraw(tx, row.id, WHY, by=keeper.member)
    return row.id


@pytest.mark.parametrize("state", S)
async def test_every_state_with_every_move_and_role(db, keeper, state):
    for move, role in pairs(M, (*STAFF_ROLES, *COMPANY_ROLES)):
        async with db.transaction() as tx:
            id_ = await in_state(tx, keeper, state)
            company = role in COMPANY_ROLES
            by = (await make_company(tx, roles=(role,)) if company else await make_staff(tx, role)).member
            today = clock.now().date()
            act = (
                service.do(tx, id_, today, today=today, by=by)
                if move is M.DO
                else service.withdraw(tx, id_, WHY, by=by)
            )
            wanted = state
            if role not in {Role.COMPLIANCE, Role.ADMIN}:
                with pytest.raises(NotPermitted):
                    await act
            elif (state, move) in WORK_MOVES:
                await act
                wanted = WORK_MOVES[state, move]
            else:
                with pytest.raises(IllegalMove):
                    await act
            assert (await tx.get_one(QualityWork, id_)).state == wanted


async def test_a_recall_from_the_listing_found_to_its_removal(client, db, keeper):
    _owner, product, _slug = await listing(db)
    async with db.transaction() as tx:
        row = await make_work(tx, keeper, Kind.RECALL)
    async with client(as_=keeper) as http:
        page = f"/quality/{row.id}"
        at = (clock.now() - timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M")
        assert (await submit(http, page, "finding", about=f"/products/{product}", found_at=at)).status_code == 303
        again = await submit(http, page, "finding", about=f"/products/{product}", found_at=at)
        assert again.status_code == 409
        async with db.transaction(read_only=True) as tx:
            [finding] = await queries.findings(tx, row.id)
        early = (finding.found_at - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
        refused = await submit(http, page, f"end-{finding.id}", over_at=early, how="Taken down by the desk.")
        assert refused.status_code == 422
        assert "Taken down by the desk." in refused.text
        assert (await submit(http, page, f"end-{finding.id}", how="Taken down by the desk.")).status_code == 303
        shown = (await http.get(page, headers={"accept": "application/json"})).json()
        assert (shown["found"], shown["open"]) == (1, 0)
        assert "30" in (await http.get(page)).text
    async with db.transaction() as tx:
        with pytest.raises(AlreadyEnded):
            await service.end(tx, row.id, finding.id, clock.now(), "Again.", by=keeper.member)


async def test_nothing_is_found_under_what_finds_nothing(db, keeper):
    _owner, product, _slug = await listing(db)
    async with db.transaction() as tx:
        event = await make_work(tx, keeper, Kind.EVENT)
        planned = await make_work(tx, keeper, Kind.VISIT)
        recall = await make_work(tx, keeper, Kind.RECALL)
        now = clock.now()
        for row in (event, planned):
            with pytest.raises(NothingToFind):
                await service.find(tx, row.id, Found(now, "Something."), by=keeper.member)
        with pytest.raises(Invalid) as refused:
            await service.find(tx, recall.id, Found(now, "No listing."), by=keeper.member)
        assert "about" in refused.value.errors
        with pytest.raises(Invalid) as refused:
            await service.find(tx, recall.id, Found(now + timedelta(hours=1), product_id=product), by=keeper.member)
        assert "found_at" in refused.value.errors
        await find_listing(tx, keeper, recall.id, product, hours=None)
        with pytest.raises(AlreadyFound):
            await find_listing(tx, keeper, recall.id, product, hours=1)


async def test_no_inspection_without_its_report(db, keeper):
    _owner, product, _slug = await listing(db)
    work = Work(Kind.INSPECTION, TITLE, clock.now().date(), FACTS[Kind.INSPECTION], Subject("product", product))
    async with db.transaction() as tx:
        with pytest.raises(Invalid) as refused:
            await service.record(tx, work, today=clock.now().date(), by=keeper.member)
        assert "document" in refused.value.errors


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE quality_work SET title = 'Another'",
        "UPDATE quality_work SET facts = '{}'",
        "UPDATE quality_work SET day = day - 1, done_on = done_on - 1",
        "UPDATE quality_work SET state = 'planned'",
        "DELETE FROM quality_work",
        "UPDATE quality_finding SET found_at = found_at - interval '1 hour'",
        "UPDATE quality_finding SET over_at = over_at - interval '1 minute'",
        "DELETE FROM quality_finding",
    ],
)
async def test_what_was_entered_stays(db, keeper, statement):
    _owner, product, _slug = await listing(db)
    async with db.transaction() as tx:
        row = await make_work(tx, keeper, Kind.RECALL)
        await find_listing(tx, keeper, row.id, product, hours=2)
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(statement))


async def test_what_is_withdrawn_counts_no_more(db, keeper):
    owner, product, _slug = await listing(db)
    async with db.transaction() as tx:
        recall = await make_work(tx, keeper, Kind.RECALL)
        await find_listing(tx, keeper, recall.id, product, hours=2)
        await make_work(tx, keeper, Kind.GUIDANCE, company=owner.organisation_id)
        tomorrow = clock.now() + timedelta(days=1)
        assert len([one async for one in queries.counted(tx, tuple(Kind), tomorrow.date())]) == 2
        assert len([one async for one in queries.counted_findings(tx, tomorrow)]) == 1
        await service.withdraw(tx, recall.id, WHY, by=keeper.member)
        await tx.flush()
        assert [one.kind async for one in queries.counted(tx, tuple(Kind), tomorrow.date())] == [Kind.GUIDANCE]
        assert [one async for one in queries.counted_findings(tx, tomorrow)] == []
        assert await tx.scalar(select(func.count()).select_from(QualityFinding)) == 1


async def test_a_list_costs_the_same_however_long(client, db, keeper):
    async with db.transaction() as tx:
        await make_work(tx, keeper, Kind.EVENT)
    async with client(as_=keeper) as http:
        [few] = await cost(http, db, "/quality")
        async with db.transaction() as tx:
            for _ in range(5):
                await make_work(tx, keeper, Kind.EVENT)
        [many] = await cost(http, db, "/quality")
        assert few == many


def test_the_kept_receipt_is_of_the_shape_that_a_sealed_document_has():
    assert set(KEPT) == {"key", "name", "content_type", "size", "sha256"}
