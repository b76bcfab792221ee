"""Pictures and texts that are alike, as they are looked up."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.ids import new_id
from app.core.subject import Subject
from tests.factories.contracts import make_partners
from trust.risk.likeness import service as likeness


async def test_texts_of_others_and_of_ones_own_come_likest_first(db):
    partners = await make_partners(db)
    mine, others = partners.supplier.organisation_id, partners.buyer.organisation_id
    texts = {new_id(): (company, bands) for company in (mine, others) for bands in ([1, 2, 9], [1, 2, 3], [7, 8, 9])}
    async with db.transaction() as tx:
        for id_, (company, bands) in texts.items():
            await likeness.remember_texts(tx, Subject("product", id_), {"en": bands}, company)
    with clock.at(clock.now()):
        async with db.transaction() as tx:
            found = await likeness.candidates(tx, Subject("product", new_id()), {"en": [1, 2, 3]}, mine)
            free = (await tx.execute(text("SHOW enable_seqscan"))).scalar_one()
    assert [(one.company, one.bands) for one in found] == [(others, 3), (others, 2), (mine, 3), (mine, 2)]
    assert free == "on", "what comes after is planned as always"


@pytest.mark.parametrize("most", [2000, 1])
async def test_each_picture_is_compared_with_those_that_were_here_before_it(db, monkeypatch, most):
    """Also where so many are the same that its own is not among those looked at."""
    monkeypatch.setattr(likeness, "COMPARED", most)
    partners = await make_partners(db)
    mine, others = partners.supplier.organisation_id, partners.buyer.organisation_id
    now = clock.now()
    shown = {
        "near": (0xAAAA_BBBB_CCCC_DDDD ^ 0b1011, others, 3),
        "later": (0x1111_2222_3333_4444, others, 0),
        "far": (0x5555_6666_7777_8888 ^ 0x0F0F_0000_00FF_000F, others, 3),
        "one": (0xAAAA_BBBB_CCCC_DDDD, mine, 1),
        "two": (0x1111_2222_3333_4444, mine, 1),
        "three": (0x5555_6666_7777_8888, mine, 1),
        "first": (0xF000_0000_0000_0001, others, 3),
        "same": (0xF000_0000_0000_0001, mine, 1),
    }
    for key, (print_, company, days) in shown.items():
        with clock.at(now - timedelta(days=days)):
            async with db.transaction() as tx:
                await likeness.remember_picture(tx, key, print_, company)
    async with db.reading() as tx:
        found = await likeness.alike_pictures(tx, ["one", "two", "three", "same", "unknown"], mine)
    told = {(one.key, one.other, one.bits) for one in found}
    assert told == ({("one", "near", 3), ("same", "first", 0)} if most > 1 else {("same", "first", 0)})
