"""Nobody at the desk claims or decides what their own company sent in, nor what a company did that is one hand's with
it: for every kind of the queue, by every way in.
"""

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from app.core import clock
from app.core.ids import new_id
from app.core.subject import Subject
from app.pages.panels import BULK, KINDS, OWN_PAGE
from tests.factories.people import make_company, make_member, make_staff
from tests.flows.test_desk import program
from trust.access import Role
from trust.credit import linking
from trust.credit.states import LinkMove
from trust.identity.models import Organisation
from trust.reviews import queries, service
from trust.reviews.errors import OwnCase, QueueEmpty
from trust.reviews.events import Verdict
from trust.reviews.models import Review
from trust.reviews.states import ReviewState

LINK = text("""
    INSERT INTO party_link (id, a_id, b_id, reasons, strong, state, words, found_at)
    SELECT uuidv7(), least(a, b), greatest(a, b), ARRAY['number'], :strong, 'found', '', now()
      FROM (SELECT CAST(:one AS uuid) AS a, CAST(:other AS uuid) AS b) pair
    RETURNING id
""")


@pytest.fixture
async def moderator(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.MODERATOR, Role.COMPLIANCE)


async def link(db, one, other, move, by, *, strong=False):
    """A link between two companies, as somebody of another desk decided it; found only, where `move` is None."""
    async with db.transaction() as tx:
        id_ = (await tx.execute(LINK, {"one": one, "other": other, "strong": strong})).scalar_one()
        if move is not None:
            await linking.decide(tx, id_, move, "Seen in the register.", by=by.member)


async def companies(db, moderator):
    """By how each is tied to the moderator's own: those whose items the moderator has no say in, and those he has."""
    own = moderator.organisation_id
    async with db.transaction() as tx:
        elsewhere = await make_staff(tx, Role.COMPLIANCE)
        made = {
            how: (await make_company(tx, f"Works {how}")).organisation_id
            for how in ("confirmed", "two steps", "strong", "found", "dismissed", "stranger")
        }
    await link(db, own, made["confirmed"], LinkMove.CONFIRM, elsewhere)
    await link(db, made["confirmed"], made["two steps"], LinkMove.CONFIRM, elsewhere)
    await link(db, own, made["strong"], None, elsewhere, strong=True)
    await link(db, own, made["found"], None, elsewhere)
    await link(db, own, made["dismissed"], LinkMove.DISMISS, elsewhere, strong=True)
    barred = {"own": own} | {how: made[how] for how in ("confirmed", "two steps", "strong")}
    return barred, {how: made[how] for how in ("found", "dismissed", "stranger")}


async def put_in(db, kind, company):
    async with db.transaction() as tx:
        return await service.open(
            tx, kind=kind, subject=Subject("thing", new_id()), organisation_id=company, title=f"{kind} of {company}"
        )


async def refused(db, work):
    """What is asked for raises OwnCase, and nothing is changed by it."""
    with pytest.raises(OwnCase):
        async with db.transaction() as tx:
            await work(tx)


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_nobody_decides_in_an_own_or_related_case(client, db, moderator, kind):
    barred, free = await companies(db, moderator)
    items = {how: await put_in(db, kind, company) for how, company in barred.items()}
    by = moderator.member
    async with program(client, moderator) as http:
        for how, id_ in items.items():
            answer = await http.post(f"/moderation/{id_}/claim")
            expected = (409, "conflict") if kind in OWN_PAGE else (403, "own_case")
            assert answer.status_code == expected[0], how
            decided = await http.post(f"/moderation/{id_}/decision", json={"verdict": "reject", "reason": "Spam."})
            assert decided.status_code in {403, 404, 409, 422}, how
            await refused(db, lambda tx, id_=id_: service.claim(tx, id_, by=by))
        assert (await http.post("/moderation/next", json={"kind": kind})).status_code == 409
        many = await http.post(
            "/moderation/refusals", json={"ids": [str(i) for i in items.values()], "reason": "Spam."}
        )
        assert many.json() == {"done": 0, "passed_over": len(items)}
    with pytest.raises(QueueEmpty):
        async with db.transaction() as tx:
            await service.claim_next(tx, kinds=[kind], by=by)
    for id_ in items.values():
        for column in ("claimed_by", "decided_by"):
            with pytest.raises(DBAPIError, match="own company"):
                async with db.transaction() as tx:
                    await tx.execute(update(Review).where(Review.id == id_).values({column: by.id}))
    async with db.transaction(read_only=True) as tx:
        assert {(await queries.item(tx, id_)).state for id_ in items.values()} == {ReviewState.OPEN}
    for how, company in free.items():
        id_ = await put_in(db, kind, company)
        async with db.transaction() as tx:
            await service.claim(tx, id_, by=by)
            await service.decide(tx, id_, verdict=Verdict.REJECT, reason="Spam.", by=by)
        async with db.transaction(read_only=True) as tx:
            assert (await queries.item(tx, id_)).state is ReviewState.DECIDED, how


@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_nor_once_a_tie_is_found_while_it_lies_on_the_table(db, moderator, kind):
    """Claimed as a stranger's, not decided as a relation's."""
    async with db.transaction() as tx:
        elsewhere = await make_staff(tx, Role.COMPLIANCE)
        company = (await make_company(tx, "Works")).organisation_id
    id_ = await put_in(db, kind, company)
    async with db.transaction() as tx:
        await service.claim(tx, id_, by=moderator.member)
    await link(db, moderator.organisation_id, company, LinkMove.CONFIRM, elsewhere)
    await refused(db, lambda tx: service.decide(tx, id_, verdict=Verdict.ACCEPT, reason="Fine.", by=moderator.member))
    async with db.transaction() as tx:
        await service.give_back(tx, id_, by=moderator.member)
    async with db.transaction(read_only=True) as tx:
        assert (await queries.item(tx, id_)).state is ReviewState.OPEN


async def test_what_is_refused_at_once_passes_over_what_is_ones_own(client, db, moderator):
    barred, free = await companies(db, moderator)
    ids = [await put_in(db, BULK[0], company) for company in (*barred.values(), *free.values())]
    async with program(client, moderator) as http:
        many = await http.post("/moderation/refusals", json={"ids": [str(id_) for id_ in ids], "reason": "Spam."})
    assert many.json() == {"done": len(free), "passed_over": len(barred)}


async def test_a_colleague_of_the_same_desk_has_no_more_say(db, moderator):
    barred, _free = await companies(db, moderator)
    async with db.transaction() as tx:
        desk = await tx.get_one(Organisation, moderator.organisation_id)
        colleague = await make_member(tx, desk, roles=(Role.MODERATOR,))
    id_ = await put_in(db, "product", barred["two steps"])
    await refused(db, lambda tx: service.claim(tx, id_, by=colleague.member))


async def test_whoever_types_in_what_the_platform_has_is_judged_all_the_same(db, moderator):
    """A company could else keep every reviewer from its case by the platform's own telephone number."""
    async with db.transaction() as tx:
        company = (await make_company(tx, "Works")).organisation_id
        for one in (company, moderator.organisation_id):
            said = {"digest": b"\x01" * 32, "company": one, "now": clock.now()}
            await tx.execute(text("INSERT INTO risk_trait VALUES ('phone', :digest, :company, :now)"), said)
    id_ = await put_in(db, "product", company)
    async with db.transaction() as tx:
        await service.claim(tx, id_, by=moderator.member)
