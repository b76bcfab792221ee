"""Credit files as people see them: the public page, the own one, appeals, ratings, links, and the file taken along."""

import asyncio
import hashlib
import itertools
import json

import asyncpg
import pytest
from sqlalchemy import select

from app.core import clock, evidence
from app.core.runner import drain
from app.core.signing.apart import examined
from app.core.states import IllegalMove
from app.core.subject import Subject
from orders.contracts import signing
from orders.deals import ratings
from tests.factories.credit import complete, enter, file_of, rate, score_of
from tests.factories.people import make_company, make_key, make_member, make_staff
from tests.forms import submit
from tests.queries import cost
from tests.sql import connect
from trust.access import NotPermitted, Role
from trust.credit import jobs, linking, queries, service
from trust.credit.errors import AppealedAlready, EntryNotFound, NotTheReviewer
from trust.credit.kinds import Kind
from trust.credit.linking import Reason
from trust.credit.models import CreditExport, PartyLink
from trust.credit.states import AppealMove, LinkMove, LinkState
from trust.identity.models import Organisation
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews.models import Review

JSON = {"accept": "application/json"}


async def slug_of(db, company):
    async with db.transaction(read_only=True) as tx:
        return await tx.scalar(select(Organisation.slug).where(Organisation.id == company.organisation_id))


async def staff(db, *roles):
    async with db.transaction() as tx:
        return await make_staff(tx, *roles or (Role.MODERATOR,))


@pytest.fixture
async def page(db, partners):
    return f"/suppliers/{await slug_of(db, partners.supplier)}/credit"


async def deals(db, company, count=3, **more):
    async with db.transaction() as tx:
        for _ in range(count):
            await enter(tx, company, **more)


async def test_everybody_reads_scores_history_and_rules(client, db, partners, page):
    async with client() as http:
        empty = await http.get(page)
        assert empty.status_code == 200
        assert "Nothing is entered yet" in empty.text
        assert empty.text.count("not enough known") == 5
    await deals(db, partners.supplier)
    async with db.transaction() as tx:
        await enter(tx, partners.supplier, Kind.COMPLAINT_UPHELD, topic="quality")
    async with client() as http:
        shown = await http.get(page)
        assert "Complaint upheld" in shown.text
        assert "Conduct on the platform −15" in shown.text
        told = (await http.get(page, headers=JSON)).json()
        values = {score["part"]: score["value"] for score in told["scores"]}
        assert values == {"identity": None, "commercial": 69, "bank": None, "system": 85, "judicial": 100}
        for score in told["scores"]:
            near = score["base"] + sum(effect["tenths"] for effect in score["effects"]) / 10
            assert score["value"] is None or abs(score["value"] - near) <= 0.5 + 0.05 * len(score["effects"])
        rules = await http.get("/credit/rules")
        assert "100 less what was found" in rules.text
        assert (await http.get("/credit/rules/1", headers=JSON)).json()["numbers"]["complaint"] == 15
        assert (await http.get("/credit/rules/2")).status_code == 404
        assert (await http.get("/suppliers/nobody/credit")).status_code == 404
        buyer = await slug_of(db, partners.buyer)
        assert (await http.get(f"/suppliers/{buyer}/credit")).status_code == 404


async def test_nothing_of_the_other_side_or_the_desk_is_told(client, db, partners, page):
    judge = await staff(db)
    async with db.transaction() as tx:
        await enter(tx, partners.supplier, Kind.COMPLAINT_UPHELD, other=partners.buyer, topic="fraud", made_by=judge.id)
    async with client() as http:
        for answer in (await http.get(page), await http.get(page, headers=JSON)):
            for secret in (partners.buyer.organisation_id, "Hansa", judge.id, judge.member.name):
                assert str(secret) not in answer.text


async def test_chinese_says_it_in_chinese(client, db, partners, page):
    await deals(db, partners.supplier)
    async with client() as http:
        text = (await http.get(page, headers={"accept-language": "zh-CN"})).text
    assert "商业信用" in text
    assert "交易完成" in text
    assert "Deal completed" not in text


async def test_the_storefront_shows_the_summary(client, db, partners, page):
    await deals(db, partners.supplier)
    front = page.removesuffix("/credit")
    async with client() as http:
        shown = await http.get(front)
        assert page in shown.text
        assert "69" in shown.text
        assert (await http.get(front, headers=JSON)).json()["credit"]["commercial"] == 69


async def test_the_pages_cost_the_same_however_long_the_file_is(client, db, partners, page):
    await deals(db, partners.supplier, 2)
    pages = (page, f"{page}?show=ratings", page.removesuffix("/credit"), f"{page}?page=2")
    async with client() as http:
        few = await cost(http, db, *pages)
        await deals(db, partners.supplier, 60, other=partners.buyer)
        assert await cost(http, db, *pages) == few
    async with client(as_=partners.supplier) as http:
        own = await cost(http, db, "/credit", "/credit?page=2")
        await deals(db, partners.supplier, 40)
        assert await cost(http, db, "/credit", "/credit?page=2") == own
    assert max(few) <= 12


# Appeals


async def test_an_entry_that_was_wrong_gets_a_counter_entry_by_another_person(client, db, partners):
    first, second = await staff(db), await staff(db)
    await deals(db, partners.supplier)
    async with db.transaction() as tx:
        entry = await enter(tx, partners.supplier, Kind.COMPLAINT_UPHELD, topic="quality", made_by=first.id)
    assert await score_of(db, partners.supplier, "system") == 85
    async with client(as_=partners.supplier) as http:
        address = f"/credit/entries/{entry}"
        done = await submit(http, address, "appeal", text="The buyer took it back.")
        assert done.status_code == 303
        assert "The appeal is decided by" in (await http.get(address)).text
    async with client(key=await make_key(db, partners.supplier)) as http:
        again = await http.post(f"{address}/appeal", json={"text": "Once more."})
        assert (again.status_code, again.json()["code"]) == (409, "appealed_already")
    async with db.transaction(read_only=True) as tx:
        appeal = await queries.appeal_of(tx, entry)
        item = await desk.pending(tx, Subject("credit_appeal", appeal.id))
    async with db.transaction() as tx:
        await reviews.claim(tx, item.id, by=first.member)
    with pytest.raises(NotTheReviewer):
        async with db.transaction() as tx:
            await service.decide(tx, appeal.id, AppealMove.CORRECT, "Looks so.", by=first.member)
    async with db.transaction() as tx:
        await reviews.give_back(tx, item.id, by=first.member)
        await reviews.claim(tx, item.id, by=second.member)
    async with client(as_=second) as http:
        done = await submit(http, f"/moderation/{item.id}", "ruling", outcome="correct", reason="It was taken back.")
        assert done.status_code == 303
    file = await file_of(db, partners.supplier)
    assert await score_of(db, partners.supplier, "system") == 100
    assert {e.kind for e in file.entries} >= {Kind.COMPLAINT_UPHELD, Kind.CORRECTION}
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, Subject("credit_appeal", appeal.id))).whole
    with pytest.raises(IllegalMove):
        async with db.transaction() as tx:
            await service.decide(tx, appeal.id, AppealMove.UPHOLD, "After all not.", by=second.member)


async def test_strangers_and_colleagues_without_the_right_appeal_nothing(db, partners):
    async with db.transaction() as tx:
        entry = await enter(tx, partners.supplier)
        stranger = await make_company(tx, "Stranger")
        company = await tx.get_one(Organisation, partners.supplier.organisation_id)
        clerk = await make_member(tx, company, roles=(Role.SALES,))
    for by, refusal in ((stranger, EntryNotFound), (clerk, NotPermitted)):
        with pytest.raises(refusal):
            async with db.transaction() as tx:
                await service.appeal(tx, entry, "It is wrong.", by=by.member)


async def test_two_appeals_at_once_are_one(db, partners):
    async with db.transaction() as tx:
        entry = await enter(tx, partners.supplier)

    async def once():
        async with db.transaction() as tx:
            await service.appeal(tx, entry, "It is wrong.", by=partners.supplier.member)

    outcomes = await asyncio.gather(*(once() for _ in range(5)), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes if outcome} == {AppealedAlready}


async def test_the_database_wants_another_person_too(db, partners, urls):
    judge = await staff(db)
    async with db.transaction() as tx:
        entry = await enter(tx, partners.supplier, Kind.COMPLAINT_UPHELD, topic="ip", made_by=judge.id)
        await service.appeal(tx, entry, "It is wrong.", by=partners.supplier.member)
    owner = await connect(urls.owner)
    for who in (judge.id, partners.supplier.id):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(
                "UPDATE credit_appeal SET state = 'corrected', decided_by = $1, decided_at = now(), outcome = 'x'", who
            )
    await owner.close()


# Ratings


@pytest.fixture
async def rated(db, ctx, partners):
    """The buyer's rating of the supplier."""
    order = await complete(ctx, partners)
    await rate(ctx, order, partners.buyer, stars=2, text="Thieves, all of them.")
    async with db.transaction(read_only=True) as tx:
        (found, *_), _total = await ratings.about(tx, partners.supplier.organisation_id, offset=0, limit=1)
    return found.id


async def test_words_that_break_the_law_are_withheld_and_the_stars_count(client, db, partners, page, rated):
    moderator, address = await staff(db), f"/ratings/{rated}"
    listed = f"{page}?show=ratings"
    async with client() as http:
        assert "Thieves" in (await http.get(listed)).text
    before = (await file_of(db, partners.supplier)).entries
    async with client(as_=moderator) as http:
        refused = await submit(http, address, "withholding", basis="order", reason="A court said so.")
        assert refused.status_code == 422
        assert "A court said so." in refused.text
        done = await submit(http, address, "withholding", basis="insult", reason="It calls people criminals.")
        assert done.status_code == 303
        assert "Thieves" in (await http.get(address)).text  # the desk sees what it withheld
    async with client() as http:
        told = (await http.get(listed, headers=JSON)).json()["ratings"][0]
        assert (told["text"], told["withheld"], told["goods"]) == ("", True, 2)
        shown = await http.get(listed)
        assert "Thieves" not in shown.text
        assert "Civil Code (PRC) art. 1024" in shown.text
    async with client(as_=partners.buyer) as http:
        seen = await http.get(address)
        assert seen.status_code == 200
        assert "Thieves" not in seen.text
    assert (await file_of(db, partners.supplier)).entries == before
    async with client(as_=moderator) as http:
        assert (await submit(http, address, "showing", reason="It was a quotation.")).status_code == 303
    async with client() as http:
        assert "Thieves" in (await http.get(listed)).text


async def test_the_rated_company_answers_once(client, db, partners, page, rated):
    address = f"/ratings/{rated}"
    async with db.transaction() as tx:
        stranger = await make_company(tx, "Stranger")
    for other in (partners.buyer, stranger):
        async with client(key=await make_key(db, other)) as http:
            assert (await http.post(f"{address}/answer", json={"text": "Ours."})).status_code == 404
    async with client(as_=stranger) as http:
        assert (await http.get(address)).status_code == 404
    async with client(as_=partners.supplier) as http:
        assert (await submit(http, address, "answer", text="We sent new ones.")).status_code == 303
    async with client(key=await make_key(db, partners.supplier)) as http:
        twice = await http.post(f"{address}/answer", json={"text": "And again."})
        assert (twice.status_code, twice.json()["code"]) == (409, "answered_already")
    async with client() as http:
        assert "We sent new ones." in (await http.get(f"{page}?show=ratings")).text


async def test_only_the_desk_withholds(client, db, partners, rated):
    for actor in (partners.supplier, partners.buyer):
        async with client(key=await make_key(db, actor)) as http:
            said = {"basis": "insult", "reason": "We do not like it."}
            refused = await http.post(f"/ratings/{rated}/withholding", json=said)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


# Links


async def ring(db):
    """Three sellers: the first two share a telephone number, the last two an address; they deal in a ring."""
    async with db.transaction() as tx:
        made = [await make_company(tx, name) for name in ("Jade Cup", "Clay House", "Kiln and Sons")]
        rows = [await tx.get_one(Organisation, company.organisation_id) for company in made]
        for row, (phone, address) in zip(
            rows,
            [
                ("+8675511112222", "1 Lotus Road"),
                ("+8675511112222", "2 Willow Lane"),
                ("+49401234567", "2 Willow Lane"),
            ],
            strict=True,
        ):
            row.phone, row.address = phone, address
        for seller, buyer in ((0, 1), (1, 2), (2, 0)):
            for _ in range(3):
                await enter(tx, made[seller], other=made[buyer])
            await enter(tx, made[seller], Kind.RATED, other=made[buyer], goods=5, service=5, time=5)
    return made


async def links_of(db):
    async with db.transaction(read_only=True) as tx:
        return list(await tx.scalars(select(PartyLink).order_by(PartyLink.id)))


async def waiting(db):
    async with db.transaction(read_only=True) as tx:
        return list(await tx.scalars(select(Review).where(Review.kind == "link", Review.state == "open")))


async def test_a_ring_is_flagged_and_once_confirmed_its_deals_count_nowhere(client, db, ctx):
    companies = await ring(db)
    assert [await score_of(db, company, "commercial") for company in companies] == [72] * 3
    await jobs.find_links(ctx)
    await jobs.find_links(ctx)
    found = await links_of(db)
    assert sorted(link.reasons for link in found) == [["address"], ["phone"]]
    assert len(await waiting(db)) == 2
    # Flagged, and nothing is taken from anybody yet.
    assert [await score_of(db, company, "commercial") for company in companies] == [72] * 3
    moderator = await staff(db)
    async with client(as_=moderator) as http:
        for item in await waiting(db):
            done = await submit(
                http, f"/moderation/{item.id}", "link", outcome="confirm", words="One family, three names."
            )
            assert done.status_code == 303
    assert await waiting(db) == []
    # Also between the first and the third, who share nothing themselves.
    assert [await score_of(db, company, "commercial") for company in companies] == [None] * 3
    slug = await slug_of(db, companies[0])
    async with client() as http:
        shown = await http.get(f"/suppliers/{slug}/credit")
        assert shown.text.count("not counted: linked companies") == 4
        assert "Clay House" not in shown.text
        assert "Kiln" not in shown.text
        told = (await http.get(f"/suppliers/{slug}/credit", headers=JSON)).json()
        assert all(entry["linked"] and entry["moved"] == {} for entry in told["entries"])
    link = (await links_of(db))[0]
    async with db.transaction() as tx:
        await linking.decide(tx, link.id, LinkMove.DISMISS, "Cousins, and apart.", by=moderator.member)
    assert 72 in [await score_of(db, company, "commercial") for company in companies]


async def test_strangers_who_share_too_little_or_dealt_with_nobody_are_left_alone(db, ctx):
    async with db.transaction() as tx:
        for number in range(linking.MOST + 1):  # an agent's address, and a number of many
            await make_company(tx, f"Tenant {number}")
    await jobs.find_links(ctx)
    assert await links_of(db) == []
    async with db.transaction() as tx:
        for name in ("Quiet One", "Quiet Two"):
            company = await make_company(tx, name)
            row = await tx.get_one(Organisation, company.organisation_id)
            row.phone, row.address = "+4940999888", name
    await jobs.find_links(ctx)
    assert [link.reasons for link in await links_of(db)] == [["phone"]]
    assert await waiting(db) == []  # they never dealt with each other


async def test_a_dismissed_link_comes_up_again_only_by_something_new(db, ctx):
    companies = await ring(db)
    await jobs.find_links(ctx)
    moderator = await staff(db)
    link = next(link for link in await links_of(db) if link.reasons == ["phone"])
    async with db.transaction() as tx:
        await linking.decide(tx, link.id, LinkMove.DISMISS, "A shared switchboard.", by=moderator.member)
    await jobs.find_links(ctx)
    assert {link.id: link.state for link in await links_of(db)}[link.id] == LinkState.DISMISSED
    async with db.transaction() as tx:
        row = await tx.get_one(Organisation, companies[0].organisation_id)
        row.address = "2, Willow lane."
    await jobs.find_links(ctx)
    again = next(found for found in await links_of(db) if found.id == link.id)
    assert (again.state, again.reasons) == (LinkState.FOUND, ["address", "phone"])


async def test_what_a_company_types_in_takes_no_ratings_from_it(db, ctx, partners):
    """The buyer's bad rating stays when the supplier puts the buyer's telephone number down as its own."""
    async with db.transaction() as tx:
        await enter(tx, partners.supplier, Kind.RATED, other=partners.buyer, goods=1, service=1, time=1)
    await deals(db, partners.supplier)
    before = await score_of(db, partners.supplier, "commercial")
    await jobs.find_links(ctx)  # both have the telephone number and address of the factory
    assert [link.strong for link in await links_of(db)] == [False]
    assert await score_of(db, partners.supplier, "commercial") == before


async def test_confirmed_links_carry_so_far_and_no_further(db):
    moderator = await staff(db)
    async with db.transaction() as tx:
        chain = [await make_company(tx, f"Link {number}") for number in range(linking.DEPTH + 2)]
        for one, other in itertools.pairwise(chain):
            await linking.link(tx, one.organisation_id, other.organisation_id, "Told us so.", by=moderator.member)
    async with db.transaction(read_only=True) as tx:
        found = await linking.related(tx, chain[0].organisation_id)
    assert found == {company.organisation_id for company in chain[1 : linking.DEPTH + 1]}


async def test_a_link_by_hand_through_the_page(client, db, partners):
    moderator = await staff(db)
    await deals(db, partners.supplier, other=partners.buyer)
    async with client(as_=moderator) as http:
        said = {"one": await slug_of(db, partners.buyer), "words": "Same owner, says the register."}
        refused = await submit(http, "/credit/links", "link", other="/suppliers/nobody-at-all", **said)
        assert refused.status_code == 422
        assert "Same owner" in refused.text
        other = f"http://test/suppliers/{await slug_of(db, partners.supplier)}"
        assert (await submit(http, "/credit/links", "link", other=other, **said)).status_code == 303
        assert "Hansa Import" in (await http.get("/credit/links?state=confirmed")).text
        assert "Hansa Import" not in (await http.get("/credit/links?state=found")).text
    assert await score_of(db, partners.supplier, "commercial") is None
    [link] = await links_of(db)
    assert link.reasons == [Reason.STAFF]


async def test_two_decisions_at_once_are_one(db, ctx):
    await ring(db)
    await jobs.find_links(ctx)
    link, people = (await links_of(db))[0], [await staff(db) for _ in range(2)]

    async def once(by):
        async with db.transaction() as tx:
            await linking.decide(tx, link.id, LinkMove.CONFIRM, "One hand.", by=by.member)

    outcomes = await asyncio.gather(*(once(by) for by in people), return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1


# Files to take along


async def test_a_file_taken_along_is_known_here_and_a_forged_byte_is_found(client, db, ctx, app, partners, page):
    await deals(db, partners.supplier)
    async with client(key=await make_key(db, partners.supplier)) as http:
        asked = await http.post("/credit/exports")
        twice = await http.post("/credit/exports")
        assert asked.json()["id"] == twice.json()["id"]  # one that is being made is enough
        await drain(ctx)
        [made] = (await http.get("/credit", headers=JSON)).json()["exports"]
        content = (await http.get(f"/credit/exports/{made['id']}/file.json")).content
        pdf = (await http.get(f"/credit/exports/{made['id']}/file.pdf")).content
    assert hashlib.sha256(content).hexdigest() == made["content_hash"]
    assert hashlib.sha256(pdf).hexdigest() == made["pdf_hash"]
    told = json.loads(content)
    assert evidence.canonical_json(told).encode() == content
    assert len(told["entries"]) == 3
    anchors = await signing.anchored(app.state.jobs.authority)
    seal = (await examined(pdf, anchors, at=clock.now())).by("PlatformSeal")
    assert seal is not None
    assert seal.holds
    assert made["content_hash"] in seal.reason
    forged = bytearray(pdf)
    forged[len(pdf) // 3] ^= 1
    found = (await examined(bytes(forged), anchors, at=clock.now())).by("PlatformSeal")
    assert found is None or not found.holds
    async with client() as http:
        for file, name, verdict in (
            (pdf, "file.pdf", "valid"),
            (content, "file.json", "valid"),
            (bytes(forged), "file.pdf", "invalid"),
            (content.replace(b'"value":69', b'"value":99'), "file.json", "invalid"),
        ):
            said = await http.post("/verify", files={"file": (name, file)}, headers=JSON)
            assert (said.json()["verdict"], said.json()["credit_file_of"]) == (
                verdict,
                "Shenzhen Lantern" if verdict == "valid" else "",
            )
        assert "This file was made here" in (await http.get(f"{page}?hash={made['pdf_hash'].upper()}")).text
        assert "No file of this company" in (await http.get(f"{page}?hash={'0' * 64}")).text


async def test_the_file_is_for_its_own_members_and_goes_after_thirty_days(client, db, ctx, partners, page):
    async with db.transaction() as tx:
        row = await service.ask_export(tx, by=partners.supplier.member)
    await drain(ctx)
    address = f"/credit/exports/{row.id}/file.pdf"
    for actor in (partners.buyer, await staff(db, Role.COMPLIANCE)):
        async with client(as_=actor) as http:
            assert (await http.get(address)).status_code == 404
    clock.advance(days=30, seconds=-60)
    await jobs.forget_exports(ctx)
    async with client(as_=partners.supplier) as http:
        assert (await http.get(address)).status_code == 200
        clock.advance(seconds=120)
        await jobs.forget_exports(ctx)
        assert (await http.get(address)).status_code == 404
    async with db.transaction(read_only=True) as tx:
        kept = await tx.get_one(CreditExport, row.id)
    async with client() as http:
        assert "This file was made here" in (await http.get(f"{page}?hash={kept.pdf_hash}")).text


async def test_a_file_is_made_once_and_stays_as_it_was_made(db, ctx, partners, urls):
    async with db.transaction() as tx:
        row = await service.ask_export(tx, by=partners.supplier.member)
    await drain(ctx)
    async with db.transaction(read_only=True) as tx:
        before = (await tx.get_one(CreditExport, row.id)).pdf_hash
    await jobs.make_export(ctx, row.id)
    async with db.transaction(read_only=True) as tx:
        assert (await tx.get_one(CreditExport, row.id)).pdf_hash == before
    owner = await connect(urls.owner)
    for change in ("SET pdf_hash = repeat('0', 64)", "SET content = 'x'", "SET made_at = now()"):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await owner.execute(f"UPDATE credit_export {change}")
    await owner.close()
