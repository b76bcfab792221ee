"""The screening desk decides: matches side by side, by two people; what lists mean, as dated rules; what it stops."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from listings import service as listing
from tests.factories import sanctions
from tests.factories.people import make_company, make_staff
from tests.factories.products import make_draft
from tests.factories.sanctions import make_match
from tests.forms import submit
from tests.queries import cost
from trust.access import Role
from trust.screening import queries, service
from trust.screening.errors import PartyStopped
from trust.screening.formats import un
from trust.screening.models import ListPolicy, Match, Thresholds
from trust.screening.service import Taken
from trust.screening.states import MatchState

ANY = {"list_key": "", "jurisdiction": "", "currency": "", "entity": "", "action": "block", "reason": "Counsel."}
JSON = {"accept": "application/json"}


@pytest.fixture
async def people(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.COMPLIANCE)


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Foo Trading Co., Ltd.")


@pytest.fixture
async def match(db, company):
    async with db.transaction() as tx:
        return await make_match(tx, company.organisation_id)


async def state_of(db, match_id) -> str:
    async with db.transaction(read_only=True) as tx:
        return (await tx.scalars(select(Match.state).where(Match.id == match_id))).one()  # type: ignore[no-any-return]


async def test_a_match_is_shown_with_both_records_and_decided_by_two(client, db, people, match):
    page = f"/screening/matches/{match}"
    one, other = people
    async with client(as_=one) as http:
        assert "Foo Trading Co., Ltd." in (await http.get("/screening/matches")).text
        shown = (await http.get(page)).text
        for said in ("FOO TRADING", "A made-up list", "The country agrees", "0.030", "91440300MA5DKX1F2N"):
            assert said in shown
        refused = await submit(http, page, "proposal", proposal="clear", reason="")
        assert refused.status_code == 422
        said = {"proposal": "clear", "reason": "Another <b>register</b> number."}
        assert (await submit(http, page, "proposal", **said)).status_code == 303
        shown = (await http.get(page)).text
        assert "another person decides" in shown
        assert "Another &lt;b&gt;register&lt;/b&gt; number." in shown
    async with client(as_=other) as http:
        assert (await submit(http, page, "agree")).status_code == 303
        assert "unless either record changes" in (await http.get(page)).text
        listed = await http.get("/screening/matches?state=cleared", headers=JSON)
        assert [m["id"] for m in listed.json()["matches"]] == [str(match)]
    assert await state_of(db, match) == MatchState.CLEARED


async def test_what_is_sent_back_is_open_again(client, db, people, match):
    page = f"/screening/matches/{match}"
    async with client(as_=people[0]) as http:
        await submit(http, page, "proposal", proposal="confirm", reason="The same number.")
    async with client(as_=people[1]) as http:
        assert (await submit(http, page, "return", reason="It is not.")).status_code == 303
    assert await state_of(db, match) == MatchState.OPEN


async def test_the_company_is_told_neither_list_nor_score(client, db, company):
    async with db.transaction() as tx:
        await make_match(tx, company.organisation_id, tier="block")
        tx.add(
            ListPolicy(
                action="block",
                effective_from=clock.now().date(),
                reason="x",
                set_by=company.id,
                set_at=clock.now(),
                agreed=True,
                decided_by=(await make_staff(tx)).id,
            )
        )
        draft = await make_draft(tx, company)
    with pytest.raises(PartyStopped) as refused:
        async with db.transaction() as tx:
            await listing.submit(tx, draft.id, by=company.member)
    said = f"{refused.value.message} {refused.value.facts} {refused.value.code}"
    assert "This cannot be done at the moment" in said
    for secret in ("FOO TRADING", "made-up", "0.98", "sanction", "match", "review", "list"):
        assert secret not in said
    async with client(as_=company) as http:
        assert (await http.get("/screening/matches")).status_code == 403


async def test_a_rule_is_proposed_by_one_and_agreed_by_another(client, db, people, match):
    day = (clock.now() + timedelta(days=1)).date().isoformat()
    said = {
        "list_key": "",
        "jurisdiction": "CN",
        "currency": "USD",
        "entity": "",
        "action": "block",
        "reason": "Counsel.",
    }
    async with client(as_=people[0]) as http:
        assert "No rule yet" in (await http.get("/screening/rules")).text
        over = await submit(http, "/screening/rules", "policy", **said, effective_from="2020-01-01")
        assert over.status_code == 422
        assert "This day is over" in over.text
        assert (await submit(http, "/screening/rules", "policy", **said, effective_from=day)).status_code == 303
        assert "Waits for a second person" in (await http.get("/screening/rules")).text
    async with db.transaction(read_only=True) as tx:
        rule = (await tx.scalars(select(ListPolicy.id))).one()
    async with client(as_=people[1]) as http:
        assert (await submit(http, "/screening/rules", f"agree-{rule}")).status_code == 303
        page = (await http.get("/screening/rules")).text
        assert "party in China · USD" in page


@pytest.mark.parametrize(
    "wrong", [{"action": "shoot"}, {"jurisdiction": "XX"}, {"currency": "ZZZ"}, {"list_key": "none"}, {"reason": ""}]
)
async def test_a_rule_about_nothing_is_refused(client, db, people, wrong):
    day = clock.now().date().isoformat()
    said = ANY | {"effective_from": day} | wrong
    async with client(as_=people[0]) as http:
        refused = await submit(http, "/screening/rules", "policy", **said)
        assert refused.status_code == 422
    async with db.transaction(read_only=True) as tx:
        assert (await tx.scalars(select(ListPolicy))).all() == []


async def test_thresholds_are_dated_rules_too(client, db, people):
    day = clock.now().date().isoformat()
    said = {"log": "0.6", "review": "0.8", "block": "0.9", "effective_from": day, "reason": "Counsel."}
    async with client(as_=people[0]) as http:
        wrong = await submit(http, "/screening/rules", "thresholds", **said | {"block": "0.7"})
        assert wrong.status_code == 422
        assert (await submit(http, "/screening/rules", "thresholds", **said)).status_code == 303
    async with db.transaction(read_only=True) as tx:
        rule = (await tx.scalars(select(Thresholds.id))).one()
    async with client(as_=people[1]) as http:
        assert (await http.get("/screening/rules", headers=JSON)).json()["review"] == "0.850"
        await submit(http, "/screening/rules", f"agree-{rule}")
        assert (await http.get("/screening/rules", headers=JSON)).json()["review"] == "0.800"


async def test_the_lists_of_a_day_are_looked_up_as_they_were(client, db, people):
    for day, names in (("2026-01-10", ("Lantern Trading", "Red Mill")), ("2026-02-10", ("Red Mill", "Salt Road"))):
        made, found = un.read(sanctions.un(*names))
        made = made.fromisoformat(day)
        taken = Taken("un", "UN list", "un", made, found, service.digest(day.encode()))
        async with db.transaction() as tx:
            await service.take_in(tx, taken, by=people[0].member, much_gone=True)
    async with db.transaction(read_only=True) as tx:

        async def names_on(day) -> list[str]:
            found = await queries.alike(tx, "lantern trading", day=day)
            return [hit.entry.name for hit in found if hit.alike == 1]

        assert await names_on(made.fromisoformat("2026-01-09")) == []
        assert await names_on(made.fromisoformat("2026-01-10")) == ["Lantern Trading"]
        assert await names_on(made.fromisoformat("2026-02-09")) == ["Lantern Trading"]
        assert await names_on(made.fromisoformat("2026-02-10")) == []
        assert await names_on(None) == []
    async with client(as_=people[0]) as http:
        assert "Lantern Trading" in (await http.get("/screening?name=lantern&day=2026-01-20")).text
        assert (await http.get("/screening?name=lantern&day=")).status_code == 200


async def test_everybody_is_compared_again_when_asked(client, db, run_jobs, people):
    async with client(as_=people[0]) as http:
        assert (await submit(http, "/screening", "run")).status_code == 303
        await run_jobs()
        [run] = (await http.get("/screening", headers=JSON)).json()["runs"]
        assert run["finished_at"] is not None


async def test_the_matches_take_as_many_queries_for_many(client, db, people, company, match):
    async with client(as_=people[0]) as http:
        await http.get("/screening/matches")
        few = await cost(http, db, "/screening/matches")
        async with db.transaction() as tx:
            for number in range(10):
                await make_match(tx, company.organisation_id, name=f"FOO {number}")
        assert await cost(http, db, "/screening/matches") == few
