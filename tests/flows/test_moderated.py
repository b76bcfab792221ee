"""The public figures of moderation: counted by quarter, and silent where few are concerned."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.ids import new_id
from tests.factories.people import make_company, make_staff
from tests.factories.restrictions import restrict
from tests.queries import count_queries
from trust.access import Role, Scope

JSON = {"accept": "application/json"}
NOW = datetime(2026, 8, 20, 4, tzinfo=UTC)
APRIL = datetime(2026, 3, 31, 16, tzinfo=UTC)
"""The first moment of the second quarter in Shanghai."""


@pytest.fixture
async def put(db):
    """Write an item that was decided, or a measure that was taken, into the past."""
    async with db.transaction() as tx:
        company, judge = await make_company(tx), await make_staff(tx, Role.MODERATOR)

    async def item(at, kind="product", verdict="accept", hours=5, late=False):
        said = {
            "id": new_id(), "company": company.organisation_id, "by": judge.member.id, "kind": kind, "verdict": verdict,
            "at": at, "opened": at - timedelta(hours=hours), "due": at + timedelta(hours=-1 if late else 1),
        }  # fmt: skip
        async with db.transaction() as tx:
            await tx.execute(
                text("""INSERT INTO review (id, kind, subject_type, subject_id, organisation_id, title, state, priority,
                                            opened_at, due_at, claimed_by, claimed_at, decided_by, decided_at, verdict,
                                            reason, facts)
                        VALUES (:id, :kind, 'product', :id, :company, '', 'decided', 2, :opened, :due, :by, :at, :by,
                                :at, :verdict, 'Said.', '{}')"""),
                said,
            )

    return item


async def figures(client):
    with clock.at(NOW):
        async with client() as http:
            return (await http.get("/transparency/moderation", headers=JSON)).json()


async def test_nothing_yet(client):
    assert await figures(client) == {"decided": [], "measures": []}
    async with client() as http:
        assert "No figures yet" in (await http.get("/transparency/moderation")).text


async def test_items_by_the_quarter_of_their_decision(client, put):
    for number in range(7):
        await put(APRIL, verdict="accept" if number < 5 else "reject", hours=number + 1, late=number == 0)
    for _number in range(5):
        await put(APRIL - timedelta(seconds=1))
    first, second = (await figures(client))["decided"]
    assert (first["quarter"], first["decided"], first["hours"]) == ("2026-04-01", 7, 4)
    assert (first["refused"], first["in_time"]) == (None, None), "two refused and one late would tell of whom"
    assert (second["quarter"], second["decided"], second["refused"], second["in_time"]) == ("2026-01-01", 5, 0, 100)


async def test_few_are_not_told(client, put):
    for _number in range(4):
        await put(APRIL, kind="verification")
    [one] = (await figures(client))["decided"]
    assert [one[name] for name in ("decided", "refused", "in_time", "hours")] == [None] * 4


@pytest.mark.parametrize("kind", ["incident", "privacy", "appeal"])
async def test_what_has_figures_of_its_own_is_not_here(client, put, kind):
    for _number in range(6):
        await put(APRIL, kind=kind)
    assert (await figures(client))["decided"] == []


async def test_more_than_five_quarters_ago_is_over(client, put):
    for _number in range(6):
        await put(datetime(2025, 6, 30, 12, tzinfo=UTC))
    assert (await figures(client))["decided"] == []


async def test_measures_that_took_effect(client, db):
    for _number in range(6):
        async with db.transaction() as tx:
            company = await make_company(tx)
            with clock.at(APRIL + timedelta(days=3)):
                await restrict(tx, company.organisation_id, Scope.PUBLISH)
    [one] = (await figures(client))["measures"]
    assert (one["quarter"], one["placed"], one["appealed"], one["changed"]) == ("2026-04-01", 6, 0, 0)


async def test_the_page_costs_the_same_however_much_there_is(client, db, put):
    async with client() as http:
        await http.get("/transparency/moderation")
        with count_queries(db) as before:
            await http.get("/transparency/moderation")
        for kind in ("product", "verification", "notice"):
            await put(clock.now(), kind=kind)
        with count_queries(db) as after:
            await http.get("/transparency/moderation")
    assert len(after) == len(before)
