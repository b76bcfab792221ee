"""Who objected to a title is forgotten three years after it was decided; that somebody did stays, with the decision."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.award import jobs, objecting, queries
from app.award.states import ApplicationState, ObjectionState, Upheld
from app.core import clock, evidence
from app.core.errors import Gone
from orders.forgetting import jobs as forgetting
from tests.factories import award as make
from tests.factories.award import WHY, Room
from tests.factories.indicators import count_month

YEAR = timedelta(days=365)


@pytest.fixture
async def room(db) -> Room:
    async with db.transaction() as tx:
        return await make.make_room(tx)


async def written(db, id_):
    async with db.transaction(read_only=True) as tx:
        row = await queries.one(tx, id_)
        files = await queries.objection_files(tx, row)
        return row, await queries.objections(tx, row), [file for found in files.values() for file in found]


async def test_who_objected_goes_after_three_years_and_not_before(ctx, db, room, client):
    await count_month(ctx)
    id_ = await make.bring_to(ctx, room, ApplicationState.PUBLICITY)
    objection = await make.object_(ctx, id_)
    await jobs.forget_objections(ctx)
    await make.answer(ctx, id_, objection, room.third, Upheld.REJECTED)
    for years, gone in ((2, False), (4, True)):
        for _again in range(2):
            with clock.at(clock.now() + years * YEAR):
                await jobs.forget_objections(ctx)
        with clock.at(clock.now() + years * YEAR + timedelta(days=3)):
            await forgetting.erase_files(ctx)
        _row, [kept], [file] = await written(db, id_)
        assert (kept.objector_sealed is None, kept.text == "", file.name == "") == (gone, gone, gone)
        assert await ctx.files.exists(file.key) is not gone
        assert (kept.state, kept.reason) == (ObjectionState.UPHELD, WHY)
    with pytest.raises(Gone):
        async with db.transaction() as tx:
            await objecting.look(tx, ctx.settings.vault, id_, objection, by=room.third.member)
    page = f"/title-applications/{id_}"
    async with client(as_=room.third) as http:
        assert "What was written was erased on" in (await http.get(page)).text
        assert (await http.get(f"{page}/files/{file.id}")).status_code == 404
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, (await queries.one(tx, id_)).itself)).whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE award_objection SET objector_sealed = NULL, text = '', forgotten_at = now()",
        "UPDATE award_objection SET objector_sealed = NULL, text = 'Else.', forgotten_at = now() + interval '9 years'",
        "UPDATE award_objection SET text = ''",
        "UPDATE award_file SET name = '' WHERE objection_id IS NOT NULL",
    ],
)
async def test_before_its_time_an_objection_stays(ctx, db, room, statement):
    await count_month(ctx)
    id_ = await make.bring_to(ctx, room, ApplicationState.PUBLICITY)
    objection = await make.object_(ctx, id_)
    await make.answer(ctx, id_, objection, room.third, Upheld.REJECTED)
    with pytest.raises(DBAPIError):
        async with db.transaction() as tx:
            await tx.execute(text(statement))
