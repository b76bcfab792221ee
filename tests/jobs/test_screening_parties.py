"""Companies compared with the lists in force: who is found, what it stops, and who frees them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from itertools import product

import asyncpg
import pytest
from sqlalchemy import func, select, text, update

from app.core import clock, evidence
from app.core.runner import drain
from app.core.states import IllegalMove
from app.core.subject import Subject
from payments.gateway import Transfer
from payments.payouts.states import PayoutState
from tests.factories.files import PDF
from tests.factories.people import make_company, make_member
from tests.factories.verification import stated
from tests.jobs.test_payments_payouts import connected, last, request
from tests.sql import connect
from trust.access import Role
from trust.identity.models import MemberRow, Organisation
from trust.screening import deciding, jobs, rules, service
from trust.screening.deciding import Proposal
from trust.screening.entries import Entry, Kind, Name, Strength
from trust.screening.errors import BeingChecked, DecidedAlready, PartyStopped, SecondPersonNeeded
from trust.screening.models import ListedEntry, Match, ScreeningDue, ScreeningRun
from trust.screening.parties import parties
from trust.screening.rules import Scope
from trust.screening.service import Taken
from trust.screening.standing import check
from trust.screening.states import MOVES, STOPS, Action, MatchMove, MatchState, Point, Tier, effective
from trust.verification import service as verification
from trust.verification.papers import Paper, keep_papers

FOO = "FOO TRADING (SHENZHEN) COMPANY LIMITED"


def entry(reference: str, name: str, kind: Kind = Kind.COMPANY, **known) -> Entry:
    return Entry(reference, kind, (Name(name, Strength.PRIMARY),), **known)


@pytest.fixture
async def company(db):
    async with db.transaction() as tx:
        return await make_company(tx, "Shenzhen Foo Trading Co., Ltd.")


async def matches(db) -> list[Match]:
    async with db.transaction(read_only=True) as tx:
        return list(await tx.scalars(select(Match).order_by(Match.id)))


async def stopped(db, company, point: Point, currency: str = "") -> bool:
    async with db.transaction(read_only=True) as tx:
        try:
            await check(tx, point, company.organisation_id, currency=currency)
        except PartyStopped:
            return True
    return False


async def decide(db, match_id, proposal: Proposal, one, other) -> None:
    async with db.transaction() as tx:
        await deciding.propose(tx, match_id, proposal, reason="Looked at both.", by=one.member)
    async with db.transaction() as tx:
        await deciding.agree(tx, match_id, by=other.member)


async def test_a_listed_name_in_other_words_is_found_and_blocks(db, take, company):
    await take(entry("A-1", FOO, countries=("China",)), entry("A-2", "Meridian Glassworks"))
    [match] = await matches(db)
    assert (match.score, match.tier, match.state, match.role) == (
        Decimal("1.000"),
        Tier.BLOCK,
        MatchState.OPEN,
        "company",
    )
    assert [reason["feature"] for reason in match.reasons] == ["name", "country_agrees"]
    # Nobody has said what this list means: a person looks, and until then nothing binds.
    assert {point for point in Point if await stopped(db, company, point)} == STOPS[Action.REVIEW]


async def test_without_a_list_nobody_is_stopped_and_nothing_is_loaded(db, company, screened):
    await screened()
    async with db.transaction(read_only=True) as tx:
        await check(tx, Point.PAYOUT, company.organisation_id)
        assert await tx.scalar(select(func.count()).select_from(ScreeningDue)) == 0


async def test_who_came_after_the_list_waits_until_compared(db, take, screened):
    await take(entry("A-1", FOO))
    async with db.transaction() as tx:
        newcomer = await make_company(tx, "Orchid Valley Looms")
    async with db.transaction(read_only=True) as tx:
        await check(tx, Point.QUOTATION, newcomer.organisation_id)
        with pytest.raises(BeingChecked):
            await check(tx, Point.CONTRACT, newcomer.organisation_id)
    await screened()
    async with db.transaction(read_only=True) as tx:
        await check(tx, Point.CONTRACT, newcomer.organisation_id)


async def test_a_person_who_signs_is_compared_and_one_who_left_is_not(db, take, screened):
    await take(entry("P-1", "Orsolya Bellantine", Kind.PERSON))
    async with db.transaction() as tx:
        owner = await make_company(tx, "Quiet Mill")
        row = await tx.get_one(Organisation, owner.organisation_id)
        person = await make_member(tx, row, roles=(Role.SIGNATORY,))
        await tx.execute(update(MemberRow).where(MemberRow.id == person.id).values(name="BELLANTINE, Orsolya"))
    await screened()
    [match] = await matches(db)
    assert (match.role, match.names, match.state) == ("signatory", ["BELLANTINE, Orsolya"], MatchState.OPEN)


@pytest.mark.parametrize("columns", [{"name_latin": "Windrose"}, {"country": "SG"}, {"lei": "529900T8BM49AURSDO55"}])
async def test_what_changes_of_a_company_makes_it_due_whoever_changes_it(db, urls, company, screened, columns):
    await screened()
    connection = await connect(urls.owner)
    for column, value in columns.items():
        await connection.execute(f"UPDATE organisation SET {column} = $1 WHERE id = $2", value, company.organisation_id)  # noqa: S608  names of this test
    await connection.execute("UPDATE organisation SET phone = '+1' WHERE id = $1", company.organisation_id)
    await connection.close()
    async with db.transaction(read_only=True) as tx:
        assert list(await tx.scalars(select(ScreeningDue.organisation_id))) == [company.organisation_id]


async def test_a_delta_finds_who_is_newly_listed_and_frees_who_is_not_any_more(db, take, company):
    await take(entry("A-1", "Meridian Glassworks"))
    assert await matches(db) == []
    await take(entry("A-1", "Meridian Glassworks"), entry("A-2", FOO))
    [match] = await matches(db)
    assert (match.list_version, match.state) == (2, MatchState.OPEN)
    assert await stopped(db, company, Point.PAYOUT)
    await take(entry("A-1", "Meridian Glassworks"))
    [match] = await matches(db)
    assert match.state == MatchState.LAPSED
    assert not await stopped(db, company, Point.PAYOUT)


async def test_clearing_takes_two_people_and_ends_after_its_time(ctx, db, take, company, staff):
    await take(entry("A-1", FOO))
    [match] = await matches(db)
    one, other, _third = staff
    async with db.transaction() as tx:
        await deciding.propose(tx, match.id, Proposal.CLEAR, reason="Another register number.", by=one.member)
    assert await stopped(db, company, Point.PAYOUT)
    with pytest.raises(SecondPersonNeeded):
        async with db.transaction() as tx:
            await deciding.agree(tx, match.id, by=one.member)
    async with db.transaction() as tx:
        await deciding.agree(tx, match.id, by=other.member)
    assert not await stopped(db, company, Point.PAYOUT)
    [match] = await matches(db)
    with clock.at(match.cleared_until - timedelta(seconds=30)):
        assert not await stopped(db, company, Point.PAYOUT)
    with clock.at(match.cleared_until):
        assert await stopped(db, company, Point.PAYOUT)  # before any job ran
        await jobs.end_clearances(ctx)
    [match] = await matches(db)
    assert (match.state, match.decided_by, match.cleared_until) == (MatchState.OPEN, None, None)


async def test_a_clearance_holds_for_the_pair_until_either_record_changes(db, take, company, staff, screened):
    await take(entry("A-1", FOO))
    [match] = await matches(db)
    await decide(db, match.id, Proposal.CLEAR, *staff[:2])
    await take(entry("A-1", FOO), entry("A-2", "Meridian Glassworks"))
    assert [m.state for m in await matches(db)] == [MatchState.CLEARED]
    await take(entry("A-1", FOO, remarks="Also in Dubai."), entry("A-2", "Meridian Glassworks"))
    assert [m.state for m in await matches(db)] == [MatchState.LAPSED, MatchState.OPEN]
    await decide(db, (await matches(db))[1].id, Proposal.CLEAR, *staff[:2])
    async with db.transaction() as tx:
        query = update(Organisation).where(Organisation.id == company.organisation_id)
        await tx.execute(query.values(registration_number="91440300MA5DKX1F2N"))
    await screened()
    assert [m.state for m in await matches(db)] == [MatchState.LAPSED, MatchState.LAPSED, MatchState.OPEN]
    assert await stopped(db, company, Point.PAYOUT)


@pytest.mark.parametrize("confirmed", [True, False])
async def test_another_name_frees_nobody(db, take, company, staff, screened, confirmed):
    await take(entry("A-1", FOO))
    [match] = await matches(db)
    if confirmed:
        await decide(db, match.id, Proposal.CONFIRM, *staff[:2])
    async with db.transaction() as tx:
        query = update(Organisation).where(Organisation.id == company.organisation_id)
        await tx.execute(query.values(name_latin="Harmless Looms", name_original="Harmless Looms"))
    await screened()
    assert await stopped(db, company, Point.PAYOUT)


async def test_what_is_confirmed_stays_blocked_and_only_others_reopen_it(db, take, company, staff):
    await take(entry("A-1", FOO))
    [match] = await matches(db)
    await decide(db, match.id, Proposal.CONFIRM, *staff[:2])
    assert await stopped(db, company, Point.PRODUCT)
    for actor in staff[:2]:
        with pytest.raises(SecondPersonNeeded):
            async with db.transaction() as tx:
                await deciding.reopen(tx, match.id, reason="Wrong.", by=actor.member)
    async with db.transaction() as tx:
        await deciding.reopen(tx, match.id, reason="Wrong.", by=staff[2].member)
    assert not await stopped(db, company, Point.PRODUCT)
    async with db.transaction(read_only=True) as tx:
        links = await evidence.chain(tx, Subject("screening_match", match.id))
    assert [link.kind for link in links] == ["match.proposed", "match.confirmed", "match.reopened"]


DECISIONS: dict[MatchMove, Callable[..., Awaitable[None]]] = {
    MatchMove.PROPOSE: partial(deciding.propose, proposal=Proposal.CLEAR, reason="x"),
    MatchMove.CLEAR: deciding.agree,
    MatchMove.SEND_BACK: partial(deciding.send_back, reason="x"),
    MatchMove.REOPEN: partial(deciding.reopen, reason="x"),
}


@pytest.mark.parametrize(("state", "move"), list(product(MatchState, DECISIONS)))
async def test_every_decision_in_every_state(db, urls, take, company, staff, state, move):
    await take(entry("A-1", FOO))
    [match] = await matches(db)
    connection = await connect(urls.owner)
    if state == MatchState.PROPOSED:
        await connection.execute("UPDATE screening_match SET proposal = 'clear', proposed_by = $1", staff[0].id)
    await connection.execute(
        "UPDATE screening_match SET state = $1, decided_by = $2, cleared_until = $3",
        state,
        staff[1].id if state in {MatchState.CLEARED, MatchState.CONFIRMED} else None,
        clock.now() + timedelta(days=1) if state == MatchState.CLEARED else None,
    )
    await connection.close()

    async def act() -> None:
        async with db.transaction() as tx:
            await DECISIONS[move](tx, match.id, by=staff[2].member)

    if (state, move) in MOVES:
        await act()
        assert (await matches(db))[0].state == MOVES[state, move]
    else:
        with pytest.raises(IllegalMove):
            await act()
        assert (await matches(db))[0].state == state


@pytest.mark.parametrize(
    ("scope", "currency", "stops"),
    [
        (Scope(), "", True),
        (Scope(list_key="cn-list"), "", True),
        (Scope(list_key="cn-list", jurisdiction="CN"), "USD", True),
        (Scope(list_key="cn-list", currency="USD"), "USD", True),
        (Scope(list_key="cn-list", currency="USD"), "CNY", False),
        (Scope(jurisdiction="DE"), "", False),
        (Scope(entity="XX"), "", False),
    ],
)
async def test_a_policy_holds_where_it_says_and_blocks_there(db, take, company, staff, scope, currency, stops):
    """Without one a match is reviewed, which does not stop a product; with one it blocks, which does."""
    await take(entry("A-1", FOO, countries=("China",)))
    async with db.transaction() as tx:
        rule = await rules.propose_policy(
            tx, scope, Action.BLOCK, effective_from=clock.now().date(), reason="Counsel.", by=staff[0].member
        )
    assert not await stopped(db, company, Point.PRODUCT, currency)
    async with db.transaction() as tx:
        await rules.decide(tx, rule, agreed=True, by=staff[1].member)
    assert await stopped(db, company, Point.PRODUCT, currency) is stops


async def test_the_more_particular_policy_wins_and_each_from_its_day(db, take, company, staff):
    await take(entry("A-1", FOO, countries=("China",)))
    today = clock.now().date()
    said = [
        (Scope(), Action.BLOCK, today),
        (Scope(list_key="cn-list"), Action.IGNORE, today),
        (Scope(list_key="cn-list"), Action.BLOCK, today + timedelta(days=2)),
    ]
    for scope, action, day in said:
        async with db.transaction() as tx:
            rule = await rules.propose_policy(tx, scope, action, effective_from=day, reason="x", by=staff[0].member)
            await rules.decide(tx, rule, agreed=True, by=staff[1].member)
    assert not await stopped(db, company, Point.PAYOUT)
    with clock.at(clock.now() + timedelta(days=2)):
        assert await stopped(db, company, Point.PRODUCT)


async def test_a_rule_takes_two_people_and_is_decided_once(db, urls, staff):
    async with db.transaction() as tx:
        rule = await rules.propose_policy(
            tx, Scope(), Action.IGNORE, effective_from=clock.now().date(), reason="x", by=staff[0].member
        )
        with pytest.raises(SecondPersonNeeded):
            await rules.decide(tx, rule, agreed=True, by=staff[0].member)
        await rules.decide(tx, rule, agreed=False, by=staff[1].member)
        with pytest.raises(DecidedAlready):
            await rules.decide(tx, rule, agreed=True, by=staff[2].member)
    connection = await connect(urls.owner)
    for change in ("UPDATE list_policy SET agreed = true", "DELETE FROM list_policy", "TRUNCATE list_policy"):
        with pytest.raises(asyncpg.PostgresError):
            await connection.execute(change)
    await connection.close()


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("policy", Action)
def test_a_policy_never_makes_a_match_do_more_than_its_score_asks(tier, policy):
    order = list(Action)
    done = effective(tier, policy, confirmed=False)
    assert order.index(done) <= order.index(policy)
    assert (done is Action.BLOCK) == (tier is Tier.BLOCK and policy is Action.BLOCK)


@pytest.mark.parametrize("name", [FOO, "Meridian Glassworks"])
async def test_who_is_confirmed_stays_so_when_the_list_says_it_in_other_words(db, take, company, staff, name):
    await take(entry("A-1", FOO))
    [match] = await matches(db)
    await decide(db, match.id, Proposal.CONFIRM, *staff[:2])
    await take(entry("A-1", name, remarks="Also in Dubai."))
    old, new = await matches(db)
    assert (old.state, new.state) == (MatchState.LAPSED, MatchState.CONFIRMED)
    assert (new.proposed_by, new.decided_by, new.reason) == (staff[0].id, staff[1].id, "Looked at both.")
    assert await stopped(db, company, Point.PRODUCT), "as before"
    async with db.transaction(read_only=True) as tx:
        entry_now = await tx.get_one(ListedEntry, new.entry_id)
        assert entry_now.until is None
        assert [link.kind for link in await evidence.chain(tx, Subject("screening_match", new.id))] == [
            "match.carried_over"
        ]
    for actor in staff[:2]:
        with pytest.raises(SecondPersonNeeded):
            async with db.transaction() as tx:
                await deciding.reopen(tx, new.id, reason="Wrong.", by=actor.member)
    await take(entry("A-2", "Meridian Glassworks"))
    assert {m.state for m in await matches(db)} == {MatchState.LAPSED}, "it is not listed any more"


async def test_a_run_ends_what_its_own_version_ended_and_nothing_else(ctx, db, staff, run_jobs, take, company):
    """The lists that went on meanwhile have runs of their own, which have compared nobody yet."""
    await take(entry("A-1", FOO), key="one-list")
    await take(entry("B-1", FOO), key="other-list")
    assert len(await matches(db)) == 2
    async with db.transaction() as tx:
        for number, remarks in enumerate(("Also in Dubai.", "Also in Ajman.")):
            new = Taken(
                "one-list", "A list", "sheet", clock.now().date(), (entry("A-1", FOO, remarks=remarks),), f"{number}"
            )
            await service.take_in(tx, new, by=staff[0].member)
        runs = [
            ScreeningRun(list_key=key, number=number, total=1, done=0, found=0)
            for key, number in ((None, None), ("other-list", 1), ("one-list", 2))
        ]
        tx.add_all(runs)
    for run in runs:
        await jobs.screen_everybody(ctx, run_id=run.id)
        assert [m.state for m in await matches(db)][:2] == [MatchState.OPEN] * 2, (run.list_key, run.number)
    await run_jobs()
    old, other, new = await matches(db)
    assert (old.state, other.state, new.state) == (MatchState.LAPSED, MatchState.OPEN, MatchState.OPEN)


async def test_a_run_may_be_cut_off_anywhere(ctx, db, run_jobs, take, company, monkeypatch):
    async with db.transaction() as tx:
        for number in range(5):
            await make_company(tx, f"{FOO} {number}")
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    monkeypatch.setattr(jobs, "STEPS", 1)
    await take(entry("A-1", FOO))
    async with db.transaction(read_only=True) as tx:
        [run] = await tx.scalars(select(ScreeningRun))
    assert (run.done, run.total, run.finished_at is not None) == (6, 6, True)
    before = await matches(db)
    await jobs.screen_everybody(ctx, run_id=run.id)
    assert len(await matches(db)) == len(before)


async def test_what_was_found_stays(db, urls, take, company):
    await take(entry("A-1", FOO))
    for change in (
        "UPDATE screening_match SET names = '[]'",
        "UPDATE screening_match SET entry_id = gen_random_uuid()",
        "DELETE FROM screening_match",
        "TRUNCATE screening_match",
    ):
        for url in (urls.app, urls.owner):
            connection = await connect(url)
            with pytest.raises(asyncpg.PostgresError, match=r"stays as it was|append-only|permission"):
                await connection.execute(change)
            await connection.close()
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM screening_match")) == 1


async def test_a_match_that_is_over_is_kept_for_ten_years(ctx, db, urls, take, company):
    await take(entry("A-1", FOO))
    await take(entry("A-2", "Meridian Glassworks"))
    connection = await connect(urls.super)
    await connection.execute("SET session_replication_role = replica")  # past the guard, to make them old
    for years, left in ((9, 1), (11, 0)):
        await connection.execute(f"UPDATE screening_match SET found_at = now() - interval '{years} years'")  # noqa: S608
        await jobs.forget_matches(ctx)
        assert len(await matches(db)) == left
    await connection.close()


async def test_owner_and_representative_stated_at_verification_are_compared(app, ctx, db, take, screened):
    await take(
        entry("P-1", "CHEN Siyuan", Kind.PERSON),
        entry("P-2", "LI Wei", Kind.PERSON),
        entry("P-3", "Chen Siyuan"),
    )
    async with db.transaction() as tx:
        asking = await make_company(tx, "Orchid Valley Looms", level=1)
    await screened()
    assert await matches(db) == []
    papers = [Paper("licence", "licence.pdf", PDF)]
    documents = await keep_papers(ctx.files, app.state.vault, asking.organisation_id, papers)
    async with db.transaction() as tx:
        await verification.submit(tx, app.state.vault, stated(documents), by=asking.member)
    await screened()
    async with db.transaction(read_only=True) as tx:
        found = await tx.execute(
            select(Match.role, ListedEntry.reference, Match.score)
            .join(ListedEntry, ListedEntry.id == Match.entry_id)
            .order_by(ListedEntry.reference)
        )
    rows = [tuple(row) for row in found]
    # The owner is a person: a company of that name is less alike. Who holds 62.5 percent takes the company along.
    assert [row[1] for row in rows if row[0] == "owned"] == ["P-1"]
    person, other, company = [row for row in rows if row[0] != "owned"]
    assert (person[:2], other[:2], company[:2]) == (("owner", "P-1"), ("representative", "P-2"), ("owner", "P-3"))
    assert person[2] > company[2]


async def ask_with(app, db, ctx, asking, representative: str, *owners: tuple[str, str]) -> None:
    """A verification is asked for; owners by name and kind, all of China."""
    documents = await keep_papers(
        ctx.files, app.state.vault, asking.organisation_id, [Paper("licence", "licence.pdf", PDF)]
    )
    handed = stated(documents)
    said = tuple((name, kind, "CN", "25") for name, kind in owners)
    typed = replace(handed.typed, representative=representative, owners=said, no_owners=not said)
    async with db.transaction() as tx:
        await verification.submit(tx, app.state.vault, replace(handed, typed=typed), by=asking.member)


async def found_now(app, db, company) -> set[tuple[str, str]]:
    """Role and name of everybody compared of a company."""
    async with db.transaction(read_only=True) as tx:
        return {
            (named.role, named.texts[0])
            for named in (await parties(tx, app.state.vault, [company.organisation_id]))[company.organisation_id]
        }


async def test_asking_anew_takes_nobody_out_who_was_confirmed(app, ctx, db, company):
    await ask_with(app, db, ctx, company, "Li Wei", ("Chen Siyuan", "person"))
    first = {("representative", "Li Wei"), ("owner", "Chen Siyuan")}
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE verification_request SET state = 'accepted'"))
    await ask_with(app, db, ctx, company, "Wang Fang")
    assert first | {("representative", "Wang Fang")} <= await found_now(app, db, company)
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE verification_request SET state = 'withdrawn' WHERE state = 'submitted'"))
    assert first <= await found_now(app, db, company)
    await ask_with(app, db, ctx, company, "Zhao Lei")
    async with db.transaction() as tx:
        await tx.execute(text("UPDATE verification_request SET state = 'accepted' WHERE state = 'submitted'"))
    people = {named for named in await found_now(app, db, company) if named[0] in {"representative", "owner"}}
    assert people == {("representative", "Zhao Lei")}, "who was confirmed since takes the place of those before"


async def test_who_is_two_things_is_compared_once_with_all_that_is_known(app, ctx, db, company):
    async with db.transaction() as tx:
        await tx.execute(update(MemberRow).where(MemberRow.id == company.id).values(name="Chen Siyuan"))
    await ask_with(app, db, ctx, company, "Li Wei", ("Chen Siyuan", "person"), ("Li Wei", "entity"))
    async with db.transaction(read_only=True) as tx:
        found = (await parties(tx, app.state.vault, [company.organisation_id]))[company.organisation_id]
    known = {(named.texts[0], named.kind): named.countries for named in found if named.role != "company"}
    assert known == {
        ("Chen Siyuan", Kind.PERSON): ("CN",),
        ("Li Wei", Kind.PERSON): (),
        ("Li Wei", Kind.COMPANY): ("CN",),
    }
    assert len(found) == 4


async def test_a_payout_under_way_is_not_sent_while_a_match_stands(ctx, db, gateway, take, staff):
    supplier = await connected(ctx, gateway)
    await request(ctx, supplier, "200")
    await take(entry("A-1", supplier.member.organisation_name))
    await drain(ctx)
    assert gateway.made(Transfer) == []
    assert (await last(ctx, supplier)).state == PayoutState.REQUESTED
    [match] = await matches(db)
    await decide(db, match.id, Proposal.CLEAR, staff[0], staff[1])
    clock.advance(hours=2)  # it is tried again every hour
    await drain(ctx)
    assert len(gateway.made(Transfer)) == 1
