"""The end of a verification: reminders, what follows after, level 3, and the half-yearly report; each exactly once."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.periods import latest_today
from app.core.subject import Subject
from tests.factories.files import PDF
from tests.factories.identities import letters
from tests.factories.people import make_company, make_staff
from tests.factories.restrictions import suspend
from tests.factories.verification import recipient, stated
from tests.queries import cost
from tests.sql import connect
from trust.access import Permission, Role, VerificationLapsed, require
from trust.identity import queries as identity
from trust.identity import sessions
from trust.identity.models import MemberRow, Organisation
from trust.restrictions.ladder import Kind
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews.errors import OwnCase
from trust.reviews.events import Verdict
from trust.verification import (
    banks,
    expiry,
    jobs,
    levels,
    queries,
    report_file,
    reports,
    reports_web,
    reviewing,
    service,
)
from trust.verification.events import BankAccountConfirmed, BankAccountEnded
from trust.verification.facts import ENTITY, GOOD_FOR, Fact
from trust.verification.models import ExpiryStep, IdentityReport, VerificationLook, VerifiedFact
from trust.verification.papers import Paper, keep_papers
from trust.verification.report_file import reported

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def moderator(db):
    async with db.transaction() as tx:
        return await make_staff(tx, Role.MODERATOR, Role.COMPLIANCE)


@pytest.fixture
async def company(db, app, run_jobs, moderator):
    """Verified just now."""
    async with db.transaction() as tx:
        made = await make_company(tx, "Lantern Works", level=1)
    papers = [Paper("licence", "licence.pdf", PDF)]
    kept = await keep_papers(app.state.files, app.state.vault, made.organisation_id, papers)
    async with db.transaction() as tx:
        await service.submit(tx, app.state.vault, stated(kept), by=made.member)
    async with db.transaction() as tx:
        [item] = await desk.queue(tx, offset=0, limit=5)
        await reviews.claim(tx, item.id, by=moderator.member)
        facts = service.judged(await queries.request(tx, item.subject.id), {}, Verdict.ACCEPT)
        await reviews.decide(tx, item.id, verdict=Verdict.ACCEPT, reason="", facts=facts, by=moderator.member)
    await run_jobs()
    return made


async def level(db, company):
    async with db.transaction(read_only=True) as tx:
        return (await identity.organisation(tx, company.organisation_id)).level


async def mails(db):
    return [letter["step"] for letter in await letters(db, "verification_ends")]


async def until(db, company):
    async with db.transaction(read_only=True) as tx:
        facts = await queries.facts(tx, company.organisation_id, public=False)
    return min(f.valid_until for f in facts)


STEPS = [("days_30", -30), ("days_15", -15), ("days_5", -5), ("expired", 0), ("publishing", 15), ("level", 30)]


async def test_each_step_at_its_moment_and_once(ctx, db, company):
    end, sent = await until(db, company), []
    for step, days in STEPS:
        moment = end + timedelta(days=days)
        with clock.at(moment - MINUTE):
            await jobs.watch_the_ends(ctx)
            assert await mails(db) == sent, f"not a minute before {step}"
        with clock.at(moment):
            await jobs.watch_the_ends(ctx)
            await jobs.watch_the_ends(ctx)
            sent.append(step)
            assert await mails(db) == sent
            member = None
            async with db.transaction(read_only=True) as tx:
                member = await sessions.acting(tx, company.id)
            assert member.level == (1 if step == "level" else 2)
            assert member.may(Permission.PUBLISH_PRODUCTS) == (step not in {"publishing", "level"})
            assert member.may(Permission.SIGN) == (step != "level")
            if step == "publishing":
                with pytest.raises(VerificationLapsed):
                    require(member, Permission.PUBLISH_PRODUCTS)
    async with db.transaction(read_only=True) as tx:
        assert (await evidence.verify(tx, Subject("organisation", company.organisation_id))).whole


async def test_a_job_that_was_late_sends_the_last_reminder_alone(ctx, db, company):
    with clock.at(await until(db, company) - timedelta(days=3)):
        await jobs.watch_the_ends(ctx)
    assert await mails(db) == ["days_5"]
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(func.count()).select_from(ExpiryStep)) == 3


async def test_the_public_page_says_expired(client, ctx, db, company):
    async with db.transaction(read_only=True) as tx:
        slug = (await identity.organisation(tx, company.organisation_id)).slug
    async with client() as http:
        assert "has expired" not in (await http.get(f"/suppliers/{slug}")).text
        clock.advance(days=GOOD_FOR.days + 1)
        assert "The verification of this company has expired" in (await http.get(f"/suppliers/{slug}")).text
    clock.reset()


def test_policies_are_dated_and_in_order():
    for policy in expiry.POLICIES:
        afters = [step.after for step in policy.steps]
        assert afters == sorted(afters)
    days = [policy.since for policy in expiry.POLICIES]
    assert days == sorted(days)


def account(company, how="micro_deposit"):
    return BankAccountConfirmed(company.organisation_id, company.id, "DE", how)


async def test_a_bank_account_makes_level_three_and_its_end_takes_it(ctx, db, company):
    async with db.transaction() as tx:
        await banks.confirmed(tx, account(company))
    assert await level(db, company) == 3
    async with db.transaction(read_only=True) as tx:
        [fact] = [f for f in await queries.facts(tx, company.organisation_id) if f.fact is Fact.BANK]
    assert fact.value == "DE", "the public learns the country, and no number"
    async with db.transaction() as tx:
        await banks.ended(tx, BankAccountEnded(company.organisation_id, company.id))
    assert await level(db, company) == 2


async def test_what_two_members_say_of_an_account_makes_no_level(ctx, db, company):
    async with db.transaction() as tx:
        await banks.confirmed(tx, account(company, "bank"))
    assert await level(db, company) == 2
    async with db.transaction() as tx:
        await banks.confirmed(tx, account(company))
    assert await level(db, company) == 3
    async with db.transaction() as tx:
        await banks.confirmed(tx, account(company, "bank"))  # the next account, of which nothing is shown yet
    assert await level(db, company) == 3
    async with db.transaction(read_only=True) as tx:
        [fact] = [f for f in await queries.facts(tx, company.organisation_id) if f.fact is Fact.BANK]
    assert fact.method == "micro_deposit"
    async with db.transaction() as tx:
        await banks.confirmed(tx, replace(account(company, "bank"), since=clock.now()))  # what it rested on is gone
    assert await level(db, company) == 2


async def test_a_company_that_had_its_level_by_word_alone_loses_it(ctx, db, company):
    async with db.transaction() as tx:
        await banks.confirmed(tx, account(company, "bank"))
        await tx.execute(update(Organisation).where(Organisation.id == company.organisation_id).values(level=3))
    await jobs.watch_the_ends(ctx)
    assert await level(db, company) == 2


async def test_level_three_falls_back_when_its_fact_is_over(ctx, db, company):
    with clock.at(clock.now() - timedelta(days=0)):
        async with db.transaction() as tx:
            await banks.confirmed(tx, account(company, "payout"))
    with clock.at(clock.now() + GOOD_FOR + MINUTE):
        await jobs.watch_the_ends(ctx)
        assert await level(db, company) == 2, "in the days of grace the entity still stands"


async def test_a_bank_account_alone_is_no_entity(db):
    async with db.transaction() as tx:
        unverified = await make_company(tx, "Nobody", level=1)
        await banks.confirmed(tx, account(unverified))
    assert await level(db, unverified) == 1


async def test_a_visit_makes_level_three(db, app, company, moderator):
    said = {"kind": "visit", "address": "1 Harbour Road", "report": "Twelve people at work.", "documents": []}
    today = clock.now().date()
    async with db.transaction() as tx:
        for day in (latest_today(clock.now()) + timedelta(days=1), today - timedelta(days=91)):
            with pytest.raises(Invalid):
                await reviewing.record_visit(
                    tx,
                    app.state.vault,
                    company.organisation_id,
                    visited_on=day,
                    confirms=True,
                    by=moderator.member,
                    **said,
                )
        with pytest.raises(OwnCase):
            await reviewing.record_visit(
                tx,
                app.state.vault,
                moderator.organisation_id,
                visited_on=today,
                confirms=True,
                by=moderator.member,
                **said,
            )
        await reviewing.record_visit(
            tx, app.state.vault, company.organisation_id, visited_on=today, confirms=False, by=moderator.member, **said
        )
    assert await level(db, company) == 2
    async with db.transaction() as tx:
        await reviewing.record_visit(
            tx, app.state.vault, company.organisation_id, visited_on=today, confirms=True, by=moderator.member, **said
        )
    assert await level(db, company) == 3


async def test_a_visit_that_confirms_nothing_ends_the_site_and_its_level(db, app, run_jobs, company, moderator):
    said = {"kind": "visit", "address": "1 Harbour Road", "report": "Twelve people at work.", "documents": []}
    for confirms, after in ((True, 3), (False, 2), (False, 2), (True, 3)):
        async with db.transaction() as tx:
            await reviewing.record_visit(
                tx, app.state.vault, company.organisation_id, visited_on=clock.now().date(), confirms=confirms,
                by=moderator.member, **said,
            )  # fmt: skip
        assert await level(db, company) == after
        async with db.transaction(read_only=True) as tx:
            [site] = [f for f in await queries.facts(tx, company.organisation_id) if f.fact is Fact.SITE]
        assert site.state == ("verified" if confirms else "expired")


async def blocked(urls) -> None:
    """Until a transaction of this database waits for another."""
    owner = await connect(urls.super)
    await owner.execute(
        "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock') LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot(); END LOOP; END $$"
    )
    await owner.close()


async def test_two_who_settle_a_level_at_once_see_what_the_other_wrote(db, urls, company):
    async def settle() -> None:
        async with db.transaction() as tx:
            await levels.settle(tx, company.organisation_id, by=None)

    async with db.transaction() as tx:
        await banks.confirmed(tx, account(company))
        other = asyncio.create_task(settle())
        await blocked(urls)
    await other
    assert await level(db, company) == 3


async def test_two_who_write_facts_at_once_wait_for_one_another(db, urls, app, company, moderator):
    """And neither for ever: each would hold what the other needs, had both written before they locked the company."""
    async with db.transaction() as tx:
        await banks.confirmed(tx, account(company))

    async def end() -> None:
        async with db.transaction() as tx:
            await banks.ended(tx, BankAccountEnded(company.organisation_id, company.id))

    async with db.transaction() as tx:
        await reviewing.record_visit(
            tx, app.state.vault, company.organisation_id, kind="visit", visited_on=clock.now().date(),
            address="1 Harbour Road", confirms=True, report="Twelve people at work.", documents=[],
            by=moderator.member,
        )  # fmt: skip
        ending = asyncio.create_task(end())
        await blocked(urls)
    await ending
    assert await level(db, company) == 3, "the account is gone, and the site is confirmed"


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("verification_look", "purpose = 'other'"),
        ("verified_fact", "value = 'other'"),
        ("expiry_step", "taken_at = now()"),
        ("identity_report", "sellers = 0"),
    ],
)
async def test_what_was_written_stays(db, app, company, moderator, table, change):
    async with db.transaction() as tx:
        tx.add(
            VerificationLook(
                organisation_id=company.organisation_id, what="document", name="a", member_id=moderator.id,
                purpose="to test", at=clock.now(),
            )
        )  # fmt: skip
    for statement in (f"UPDATE {table} SET {change}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):  # noqa: S608
        with pytest.raises(DBAPIError):
            async with db.transaction() as tx:
                await tx.execute(text(statement))


async def test_nobody_confirms_a_fact_about_their_own_company(db, company):
    with pytest.raises(DBAPIError, match="one of its own"):
        async with db.transaction() as tx:
            await tx.execute(
                text(
                    "INSERT INTO verified_fact (id, organisation_id, fact, value, method, confirmed_by, confirmed_at,"
                    " valid_until) VALUES (gen_random_uuid(), :o, 'site', '', 'visit', :m, now(), now())"
                ),
                {"o": company.organisation_id, "m": company.id},
            )


async def test_the_report_is_prepared_once_and_opens_with_the_key_alone(ctx, db, app, company, moderator, tmp_path):
    to = recipient()
    await jobs.report_identities(ctx)
    async with db.transaction() as tx:
        assert (await reports.reports(tx, offset=0, limit=9))[1] == 0, "nobody to send it to"
        await reports.add_recipient(tx, "Market authority", to.certificate, by=moderator.member)
    for _again in range(2):
        await jobs.report_identities(ctx)
    async with db.transaction() as tx:
        [report], total = await reports.reports(tx, offset=0, limit=9)
        assert total == 1
        data, _name = await reports.fetch(tx, app.state.files, report.id, by=moderator.member)
    async with db.transaction(read_only=True) as tx:
        chain = await evidence.chain(tx, Subject("identity_report", report.id))
        assert [link.kind for link in chain] == ["report.prepared", "report.downloaded"]
        assert await tx.scalar(select(func.count()).select_from(IdentityReport)) == 1
    assert b"Lantern" not in data
    for name, content in (("file.p7m", data), ("key.pem", to.key), ("certificate.pem", to.certificate)):
        (tmp_path / name).write_bytes(content)
    command = "openssl cms -decrypt -inform DER -in file.p7m -inkey key.pem -recip certificate.pem"
    opened = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=True).stdout  # noqa: ASYNC221
    assert "Lantern Works" in opened.decode("utf-8-sig")


@pytest.mark.parametrize(
    "bad",
    [b"", b"-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n", b"x" * 30_000],
)
async def test_what_is_no_certificate_is_refused(db, moderator, bad):
    async with db.transaction() as tx:
        with pytest.raises(Invalid):
            await reports.add_recipient(tx, "Market authority", bad, by=moderator.member)


@pytest.mark.parametrize(("kind", "state"), [(Kind.FULL, "suspended"), (Kind.TERMINATED, "terminated")])
async def test_the_report_says_what_stands_against_a_seller(db, company, kind, state):
    async with db.transaction() as tx:
        [before] = await reports.sellers(tx)
        await suspend(tx, company.organisation_id, kind=kind)
        [after] = await reports.sellers(tx)
    assert (before.seller.state, after.seller.state) == ("active", state)


def test_keys_that_are_short_or_of_another_kind_and_certificates_that_are_over():
    for made in (recipient(bits=1024), recipient(elliptic=True), recipient(days=1)):
        with pytest.raises(Invalid):
            report_file.certificate(made.certificate, clock.now())


@pytest.mark.parametrize(
    ("today", "half"),
    [
        (date(2027, 1, 1), date(2026, 7, 1)),
        (date(2027, 6, 30), date(2026, 7, 1)),
        (date(2027, 7, 1), date(2027, 1, 1)),
        (date(2026, 12, 31), date(2026, 1, 1)),
    ],
)
def test_the_half_year_before_is_reported(today, half):
    assert reported(today) == half


async def test_what_is_missing_or_double_is_found(db):
    now = clock.now()
    whole = await known_until(db, "A whole", now + timedelta(days=9))
    double = await known_until(db, "B double", now + timedelta(days=9))
    over = await known_until(db, "C over", now - MINUTE)
    async with db.transaction() as tx:
        bare, other = await make_company(tx, "D bare", level=1), await make_company(tx, "E other", level=1)
        columns = {
            whole: {"registration_number": "9144"},
            double: {"registration_number": "91 44"},
            over: {"registration_number": "9144", "country": "SG"},
            bare: {"registration_number": "", "address": "", "phone": ""},
            other: {"registration_number": "X-1", "sells": False},
        }
        said = {"sells": True, "address": "Road 1", "phone": "+86", "country": "CN"}
        for company, changed in columns.items():
            query = update(Organisation).where(Organisation.id == company.organisation_id)
            await tx.execute(query.values(said | changed))
        await tx.execute(update(MemberRow).where(MemberRow.id == bare.id).values(removed_at=now))
        # Confirmed anew for a shorter time: the newest confirmation counts, as it does for the level.
        tx.add(
            VerifiedFact(
                organisation_id=whole.organisation_id, fact=Fact.LEGAL_NAME, value="", method="document",
                confirmed_at=now - MINUTE, valid_until=now - MINUTE,
            )
        )  # fmt: skip
    expected = {
        "A whole": ("double_number", "expired"),
        "B double": ("double_number",),
        "C over": ("expired",),
        "D bare": ("no_address", "no_contact", "no_phone", "no_number", "not_verified"),
    }
    async with db.transaction(read_only=True) as tx:
        found = {one.seller.latin: one.findings for one in await reports.sellers(tx)}
        counted = await reports.counts(tx)
        first = await reports.sellers(tx, wrong=True, limit=2)
    assert found == expected
    assert (counted.sellers, counted.wrong, counted.findings["double_number"]) == (4, 4, 2)
    assert [one.seller.latin for one in first] == ["A whole", "B double"]


async def test_the_page_of_reports_counts_and_shows_the_first(client, db, moderator, monkeypatch):
    monkeypatch.setattr(reports_web, "FIRST", 2)
    sent = []
    for number in range(4):
        async with db.transaction() as tx:
            made = await make_company(tx, f"Seller {number}", level=1)
            query = update(Organisation).where(Organisation.id == made.organisation_id)
            await tx.execute(query.values(sells=True))
        if number in {0, 3}:
            async with client(as_=moderator) as http:
                sent += await cost(http, db, "/identity-reports")
                page = (await http.get("/identity-reports")).text
    assert sent[0] == sent[1], "however many sellers there are"
    assert [f"Seller {number}" in page for number in range(4)] == [True, True, False, False]


async def known_until(db, name, end):
    """A company whose entity is confirmed until then."""
    async with db.transaction() as tx:
        made = await make_company(tx, name, level=2)
        tx.add_all(
            VerifiedFact(
                organisation_id=made.organisation_id, fact=fact, value="", method="document",
                confirmed_at=end - GOOD_FOR, valid_until=end,
            )
            for fact in ENTITY
        )  # fmt: skip
    return made


async def steps_of(db, company):
    async with db.transaction(read_only=True) as tx:
        query = select(ExpiryStep.step).where(ExpiryStep.organisation_id == company.organisation_id)
        return set(await tx.scalars(query))


async def test_nobody_waits_behind_companies_whose_steps_were_taken(ctx, db, monkeypatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    end = clock.now() + timedelta(days=20)
    for number in range(5):  # reminded, and not over for long
        await known_until(db, f"Early {number}", end - timedelta(days=number))
    await jobs.watch_the_ends(ctx)
    late = [await known_until(db, f"Late {number}", end + timedelta(days=9)) for number in range(3)]
    await jobs.watch_the_ends(ctx)
    assert [await steps_of(db, company) for company in late] == [{"days_30"}] * 3
    async with db.transaction(read_only=True) as tx:
        assert await expiry.ending(tx, after=UUID(int=0), limit=9) == [], "nothing is left to do"


async def test_one_company_that_fails_keeps_none_of_the_others(ctx, db, urls):
    end = clock.now() + timedelta(days=20)
    first, second, third = [await known_until(db, f"Company {number}", end) for number in range(3)]
    owner = await connect(urls.owner)
    await owner.execute(
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
        " CREATE TRIGGER fails BEFORE INSERT ON expiry_step FOR EACH ROW"
        f" WHEN (NEW.organisation_id = '{second.organisation_id}') EXECUTE FUNCTION fails()"
    )
    await owner.close()
    await jobs.watch_the_ends(ctx)
    assert [await steps_of(db, company) for company in (first, second, third)] == [{"days_30"}, set(), {"days_30"}]


async def test_the_facts_of_one_decision_end_together(db, company):
    async with db.transaction(read_only=True) as tx:
        facts = await queries.facts(tx, company.organisation_id, public=False)
    assert len({fact.valid_until for fact in facts}) == 1
