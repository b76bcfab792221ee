"""Whoever evaluates the platform meets nobody who trades on it: on no page of the room, in no answer, in no file."""

import html
import re
from datetime import date
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from app.assessment.states import AssessmentState
from app.core import clock
from tests.factories import assessment
from tests.factories.contracts import make_order, make_partners
from tests.factories.indicators import at, count_month, indicator_world
from tests.factories.operator import operator_world

ROOM = ("/indicators", "/figures", "/assessments", "/assessment", "/operator/records", "/title-applications")
# Numbers of orders are not among them: of a sample that is looked at, they lead to its papers.
JSON = {"accept": "application/json"}
BEGINNINGS = ("/indicators", "/figures/traffic", "/assessments", "/assessment", "/operator/records")
MOST = 1_000
_TRADING = """
    SELECT name, email FROM member
     WHERE organisation_id IN (SELECT id FROM organisation WHERE NOT is_platform)
     UNION ALL SELECT name_latin, name_original FROM organisation WHERE NOT is_platform
     UNION ALL SELECT registration_number, slug FROM organisation WHERE NOT is_platform
     UNION ALL SELECT CAST(id AS text), CAST(id AS text) FROM orders
     UNION ALL SELECT CAST(id AS text), CAST(id AS text) FROM organisation WHERE NOT is_platform
     UNION ALL SELECT CAST(id AS text), CAST(id AS text) FROM member
                WHERE organisation_id IN (SELECT id FROM organisation WHERE NOT is_platform)
"""


@pytest.fixture
async def evaluator(ctx, db):
    """A month with an order, counted, reported on, asked about and assessed; the evaluator of all that."""
    with clock.at(at(date(2026, 3, 2))):
        partners = await make_partners(db)
        async with db.transaction() as tx:
            await tx.execute(text("UPDATE member SET name = 'Trader ' || left(email, 12)"))  # staff come later
    with clock.at(at(date(2026, 3, 20))):
        await make_order(ctx, partners)
    async with ctx.db.transaction() as tx:
        room = await assessment.make_room(tx)
    await count_month(ctx, date(2026, 2, 28))
    await indicator_world(ctx, room.first)
    await assessment.bring_to(ctx, room, AssessmentState.SCORED)
    await operator_world(ctx, room.operator)
    return room.first


def within(page: str) -> set[str]:
    """Addresses of the room that a page leads to."""
    found = (html.unescape(said) for said in re.findall(r'href="(/[^"#]*)', page))
    return {address for address in found if address.startswith(ROOM)}


def family(address: str) -> tuple[str, tuple[str, ...]]:
    """What a page is one of: its path without the values, and the names of what it asks."""
    parts = urlsplit(address)
    path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}", "…", parts.path)
    return path, tuple(sorted(said.partition("=")[0] for said in parts.query.split("&") if said))


async def test_nobody_who_trades_is_named_anywhere(evaluator, client, db):
    async with db.transaction(read_only=True) as tx:
        names = {str(value) for row in await tx.execute(text(_TRADING)) for value in row if value}
    assert len(names) > 10
    waiting, seen, told = list(BEGINNINGS), {}, {}
    async with client(as_=evaluator) as http:
        while waiting:
            address = waiting.pop()
            if (kind := family(address)) in seen or len(seen) > MOST:
                continue
            page, data = await http.get(address), await http.get(address, headers=JSON)
            seen[kind] = page.status_code
            if found := [name for name in names if name in page.text or name in data.text]:
                told[address] = found
            if page.headers["content-type"].startswith("text/html"):
                waiting += sorted(within(page.text))
    assert told == {}
    assert len(seen) > 100
    assert {kind for kind, status in seen.items() if status != 200} == set()
