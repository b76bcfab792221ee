"""Texts that share bands with one, as they are looked up."""

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
