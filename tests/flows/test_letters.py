"""Answers by mail: taken in as messages, held back where nothing proves from whom they are, refused with a reason."""

import asyncio
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from sqlalchemy import func, select, text

from app.core import clock, evidence
from app.core.mail import KeptMailer
from app.core.subject import Subject
from orders.negotiation import answering, jobs, queries, service
from orders.negotiation.answering import Outcome, receive
from orders.negotiation.models import IncomingLetter
from tests.factories.deals import make_inquiry
from tests.factories.files import PDF
from tests.factories.identities import letters, send_json
from tests.factories.letters import DOMAIN, SECRET, address, answer, held_letter
from tests.factories.people import make_company, make_member
from tests.forms import submit
from trust.access import Role
from trust.identity.models import MemberRow, Organisation
from trust.retention.models import ErasedFile
from trust.risk.models import RiskHit
from trust.risk.rules.catalogue import RULES


@pytest.fixture
async def parties(db):
    async with db.transaction() as tx:
        supplier = await make_company(tx, "Lantern Works")
        buyer = await make_company(tx, "Hansa Import", country="DE")
    return buyer, supplier


@pytest.fixture
async def inquiry(db, parties):
    buyer, supplier = parties
    async with db.transaction() as tx:
        return (await make_inquiry(tx, buyer, supplier)).id


async def thread(db, inquiry):
    async with db.transaction(read_only=True) as tx:
        return [(m.member_id, m.text, m.by_mail) for m in await queries.messages(tx, inquiry)]


async def held(db, inquiry, who):
    async with db.transaction(read_only=True) as tx:
        return await answering.held_of(tx, inquiry, by=who.member)


async def found(db):
    async with db.transaction(read_only=True) as tx:
        rows = await tx.execute(select(RiskHit.rule, RiskHit.value, RiskHit.organisation_id, RiskHit.member_id))
        return [tuple(row) for row in rows]


async def test_a_letter_is_answered_by_mail(db, ctx, settings, parties, inquiry, run_jobs):
    """From the letter as it was sent: its address for answers, its line, what a mail program makes of them."""
    buyer, supplier = parties
    async with db.transaction() as tx:
        await service.say(tx, inquiry, "When can you deliver?", [], by=buyer.member)
    await run_jobs()
    kept = await KeptMailer(settings.data_dir / "mail", settings.mail_from).letters()
    [letter] = [one for one in kept if "wrote about" in one.subject]
    to = letter.headers["Reply-To"]
    assert to == address(db, inquiry, supplier)
    assert letter.text.startswith("##- Write your answer above this line -##")
    assert "##- Write your answer above this line -##" in letter.html
    raw = answer(to, letter.to, "In week 48.\n\n- two pallets", files=[("plan.pdf", "application/pdf", PDF)])
    assert await receive(ctx, raw) is Outcome.TAKEN
    assert (await thread(db, inquiry))[-1] == (supplier.member.id, "In week 48.\n\n- two pallets", True)
    async with db.transaction(read_only=True) as tx:
        said = (await queries.messages(tx, inquiry))[-1]
        [link] = [e for e in await evidence.chain(tx, Subject("inquiry", inquiry)) if e.data.get("letter")]
        view = await queries.inquiry(tx, inquiry, party=supplier.organisation_id)
    assert [file["name"] for file in said.files] == ["plan.pdf"]
    assert link.kind == "inquiry.message"
    assert view.answered_at is not None, "it stops the clock of the supplier's response"
    assert [one["to"] for one in await letters(db, "message_received")][-1] == buyer.member.email
    assert await found(db) == []


async def test_the_same_letter_is_taken_in_once(db, ctx, parties, inquiry):
    raw = answer(address(db, inquiry, parties[0]), parties[0].member.email)
    outcomes = await asyncio.gather(*(receive(ctx, raw) for _ in range(8)))
    assert sorted(outcomes) == sorted([Outcome.TAKEN] + [Outcome.AGAIN] * 7)
    assert len(await thread(db, inquiry)) == 1
    assert await receive(ctx, raw) is Outcome.AGAIN


@pytest.mark.parametrize(
    ("sender", "headers", "doubts"),
    [
        ("{own}", {"dmarc": "fail"}, ["dmarc"]),
        ("{own}", {"results": ""}, ["unproven"]),
        ("{own}", {"results": "mx.elsewhere.example; dmarc=pass header.from={domain}"}, ["unproven"]),
        ("{own}", {"Reply_To": "accounts@elsewhere.example"}, ["reply_to"]),
        ("lin@elsewhere.example", {}, ["sender"]),
        ("lin@elsewhere.example", {"dmarc": "fail", "Reply_To": "a@b.example"}, ["sender", "dmarc", "reply_to"]),
    ],
)
async def test_what_may_be_from_somebody_else_is_held_back(db, ctx, parties, inquiry, sender, headers, doubts):
    buyer, supplier = parties
    own = buyer.member.email
    headers = {name: value.format(domain=own.rpartition("@")[2]) for name, value in headers.items()}
    raw = answer(address(db, inquiry, buyer), sender.format(own=own), "Pay to our new account.", **headers)
    assert await receive(ctx, raw) is Outcome.HELD
    assert await thread(db, inquiry) == []
    [letter] = await held(db, inquiry, buyer)
    assert (letter.text, list(letter.doubts), letter.sender) == (
        "Pay to our new account.",
        doubts,
        sender.format(own=own),
    )
    assert await held(db, inquiry, supplier) == []
    assert await found(db) == [("BEC-07", ", ".join(doubts), buyer.organisation_id, None)]
    [told] = await letters(db, "answer_news")
    assert (told["to"], told["what"], len(told["doubts"])) == (own, "held", len(doubts))
    assert "account" not in str(told), "what a stranger wrote is not passed on by mail"
    assert await receive(ctx, raw) is Outcome.AGAIN


async def test_its_writer_owns_what_was_held_back(db, ctx, client, parties, inquiry):
    buyer, _supplier = parties
    await receive(ctx, answer(address(db, inquiry, buyer), "katrin@home.example", "From home: yes."))
    await receive(ctx, answer(address(db, inquiry, buyer), "evil@elsewhere.example", "Pay elsewhere."))
    room = f"/inquiries/{inquiry}"
    async with client(as_=buyer) as http:
        assert "2 answers by mail were held back" in (await http.get(room)).text
        page = (await http.get(f"{room}/held-letters")).text
        assert "katrin@home.example" in page
        assert "another address than the one we know" in page
        mine, evil = await held(db, inquiry, buyer)
        sent = await submit(http, f"{room}/held-letters", f"own-{mine.id}", text="From home: yes, gladly.")
        assert sent.status_code == 303, sent.text
        assert "by mail" in (await http.get(room)).text
        removed = await submit(http, f"{room}/held-letters", f"disown-{evil.id}")
        assert removed.status_code == 303, removed.text
        assert "Nothing is held back" in (await http.get(f"{room}/held-letters")).text
        again = await send_json(http, "POST", f"/api/v1/held-letters/{mine.id}/sending", {"text": "again"})
        assert again.status_code == 404
    assert [said[1:] for said in await thread(db, inquiry)] == [("From home: yes, gladly.", True)]
    async with db.transaction(read_only=True) as tx:
        rows = (await tx.scalars(select(IncomingLetter).order_by(IncomingLetter.id))).all()
    assert [(row.state, row.text, row.sender) for row in rows] == [("owned", "", ""), ("disowned", "", "")]


async def test_nobody_else_sees_or_decides_it(db, client, parties, inquiry):
    buyer, supplier = parties
    async with db.transaction() as tx:
        letter = held_letter(inquiry, buyer.member.id)
        tx.add(letter)
        colleague = await make_member(tx, await tx.get_one(Organisation, buyer.organisation_id), roles=(Role.OWNER,))
        stranger = await make_company(tx, "Stranger")
    for other, sees in ((colleague, 200), (supplier, 200), (stranger, 404)):
        async with client(as_=other) as http:
            shown = await http.get(f"/api/v1/inquiries/{inquiry}/held-letters", headers={"accept": "application/json"})
            assert shown.status_code == sees
            assert sees == 404 or shown.json() == []
            refused = await send_json(http, "POST", f"/api/v1/held-letters/{letter.id}/sending", {"text": "yes"})
            assert refused.status_code == 404
            assert (await send_json(http, "POST", f"/api/v1/held-letters/{letter.id}/removal", {})).status_code == 404
    async with client(as_=buyer) as http:
        shown = await http.get(f"/api/v1/inquiries/{inquiry}/held-letters", headers={"accept": "application/json"})
        assert [one["doubts"] for one in shown.json()] == [["sender", "unproven"]]
    assert len(await held(db, inquiry, buyer)) == 1


async def test_what_rules_mask_is_masked_and_told(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    to = address(db, inquiry, buyer)
    for number in range(2):
        raw = answer(to, buyer.member.email, f"{number}: write to me at katrin@elbkontor.example")
        assert await receive(ctx, raw) is Outcome.TAKEN
    assert "katrin@elbkontor" not in (await thread(db, inquiry))[-1][1]
    told = await letters(db, "answer_news")
    assert [one["what"] for one in told] == ["noted", "noted"]
    assert "masked" in told[-1]["told"]


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"text": ""}, "Nothing stands above"),
        ({"text": "x" * 4001}, "at most 4000"),
        ({"text": "Pay me by Western Union."}, "money transfer"),
        ({"files": [("a.exe", "application/octet-stream", b"MZ\x90\x00")]}, ""),
        ({"files": [(f"{n}.pdf", "application/pdf", PDF) for n in range(11)]}, "At most 10 files"),
    ],
)
async def test_what_cannot_be_a_message_is_refused_with_the_reason(db, ctx, parties, inquiry, wrong, because):
    buyer, _supplier = parties
    raw = answer(address(db, inquiry, buyer), buyer.member.email, **wrong)
    assert await receive(ctx, raw) is Outcome.REFUSED
    [told] = await letters(db, "answer_news")
    assert (told["what"], told["to"]) == ("refused", buyer.member.email)
    assert because in told["told"]
    assert told["told"]
    assert await thread(db, inquiry) == []
    assert await receive(ctx, raw) is Outcome.AGAIN
    assert len(await letters(db, "answer_news")) == 1


async def test_files_of_a_refused_answer_leave_the_store(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    to, own, files = address(db, inquiry, buyer), buyer.member.email, [("a.pdf", "application/pdf", PDF)]
    assert await receive(ctx, answer(to, own, "Pay me by Western Union.", files=files)) is Outcome.REFUSED
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(func.count(ErasedFile.key))) == 1
    assert await receive(ctx, answer(to, own, "The plan.", files=files)) is Outcome.TAKEN
    async with db.transaction(read_only=True) as tx:
        [file] = (await queries.messages(tx, inquiry))[-1].files
    assert await ctx.files.exists(file["key"])


async def test_what_is_too_long_and_held_back_is_kept_whole(db, ctx, client, parties, inquiry):
    buyer, _supplier = parties
    await receive(ctx, answer(address(db, inquiry, buyer), buyer.member.email, "x" * 5000, dmarc="fail"))
    [letter] = await held(db, inquiry, buyer)
    assert letter.text == "x" * 5000
    async with client(as_=buyer) as http:
        refused = await submit(http, f"/inquiries/{inquiry}/held-letters", f"own-{letter.id}")
    assert refused.status_code == 422
    assert "x" * 5000 in refused.text
    assert await thread(db, inquiry) == []


async def test_the_news_says_which_negotiation_it_is_about(db, ctx, settings, parties, run_jobs):
    buyer, supplier = parties
    async with db.transaction() as tx:
        about = (await make_inquiry(tx, buyer, supplier, title="Mugs <b>& more")).id
    await receive(ctx, answer(address(db, about, buyer), buyer.member.email, dmarc="fail"))
    await run_jobs()
    kept = await KeptMailer(settings.data_dir / "mail", settings.mail_from).letters()
    [news] = [one for one in kept if "held back" in one.subject]
    assert news.subject == "An answer by mail about “Mugs <b>& more” was held back"
    assert "Mugs &lt;b&gt;&amp; more" in news.html
    assert "Mugs <b>" not in news.html


async def test_reasons_are_told_in_the_writers_language(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    async with db.transaction() as tx:
        row = await tx.get_one(MemberRow, buyer.member.id)
        row.locale = "zh_Hans"
    await receive(ctx, answer(address(db, inquiry, buyer), buyer.member.email, ""))
    [told] = await letters(db, "answer_news")
    assert told["told"] == "“请在此行上方填写回复”上方没有内容。请写在该行上方，或在页面上回复。"


async def test_what_is_nobodys_answer_is_ignored(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    own, mine = buyer.member.email, address(db, inquiry, buyer)
    local = mine.partition("@")[0]
    forged = f"{local[:-3]}{'b' if local[-3] != 'b' else 'c'}{local[-2:]}@{DOMAIN}"
    async with db.transaction() as tx:
        gone = await make_member(tx, await tx.get_one(Organisation, buyer.organisation_id), roles=(Role.OWNER,))
        await tx.execute(text("UPDATE member SET removed_at = now() WHERE id = :id"), {"id": gone.member.id})
    ignored = [
        answer(forged, own),
        answer(mine.replace(DOMAIN, "elsewhere.example"), own),
        answer(f"re-@{DOMAIN}", own),
        answer(address(db, inquiry, gone), gone.member.email),
        answer(mine, own, Auto_Submitted="auto-replied"),
        b"\x00\xff" * 100,
        b"",
    ]
    assert {await receive(ctx, raw) for raw in ignored} == {Outcome.IGNORED}
    async with db.transaction(read_only=True) as tx:
        assert (await tx.execute(select(func.count(IncomingLetter.id)))).scalar_one() == 0
    assert await letters(db, "answer_news") == []


async def test_who_may_not_write_any_more_is_told_so(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    async with db.transaction() as tx:
        clerk = await make_member(tx, await tx.get_one(Organisation, buyer.organisation_id), roles=(Role.FINANCE,))
    assert await receive(ctx, answer(address(db, inquiry, clerk), clerk.member.email)) is Outcome.REFUSED
    assert await thread(db, inquiry) == []


async def test_floods(db, ctx, parties, inquiry):
    """What anybody may have sent uses up nothing of what is proven; of proven ones there are enough in an hour too."""
    buyer, _supplier = parties
    to = address(db, inquiry, buyer)
    unproven = [answer(to, buyer.member.email, f"pay {n}", dmarc="fail") for n in range(12)]
    outcomes = [await receive(ctx, raw) for raw in unproven]
    assert outcomes == [Outcome.HELD] * answering.UNPROVEN_AN_HOUR + [Outcome.IGNORED] * 2
    assert await receive(ctx, answer(to, buyer.member.email)) is Outcome.TAKEN


async def test_a_flood_from_a_domain_that_proves_itself(db, ctx, parties, inquiry, monkeypatch):
    """Everybody has a domain of their own that stands behind their letters: it is not the member's."""
    buyer, _supplier = parties
    monkeypatch.setattr(answering, "AN_HOUR", 5)
    to = address(db, inquiry, buyer)
    outcomes = [await receive(ctx, answer(to, "lin@evil.example", f"pay {n}")) for n in range(12)]
    assert outcomes == [Outcome.HELD] * answering.UNPROVEN_AN_HOUR + [Outcome.IGNORED] * 2
    assert await receive(ctx, answer(to, buyer.member.email)) is Outcome.TAKEN


async def test_a_letter_that_comes_by_two_ways_is_one(db, ctx, parties, inquiry):
    """Mail servers pass a letter on twice rather than lose it (RFC 1047); what they write on top differs then."""
    buyer, _supplier = parties
    to, own = address(db, inquiry, buyer), buyer.member.email
    raw = answer(to, own, Message_ID="<one@elbkontor.example>")
    ways = [f"Received: from relay{n}\r\n".encode() for n in range(4)]
    outcomes = await asyncio.gather(*(receive(ctx, way + raw) for way in ways))
    assert sorted(outcomes) == sorted([Outcome.TAKEN] + [Outcome.AGAIN] * 3)
    forged = answer(to, own, "Pay elsewhere.", dmarc="fail", Message_ID="<one@elbkontor.example>")
    assert await receive(ctx, forged) is Outcome.AGAIN
    assert len(await thread(db, inquiry)) == 1
    assert await held(db, inquiry, buyer) == []


async def test_what_was_held_back_does_not_stand_in_the_way_of_the_proven_one(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    to, own = address(db, inquiry, buyer), buyer.member.email
    unproven = answer(to, own, dmarc="fail", Message_ID="<one@elbkontor.example>")
    outcomes = [await receive(ctx, way + unproven) for way in (b"", b"Received: from list\r\n")]
    assert outcomes == [Outcome.HELD, Outcome.AGAIN]
    assert await receive(ctx, answer(to, own, Message_ID="<one@elbkontor.example>")) is Outcome.TAKEN
    assert len(await held(db, inquiry, buyer)) == 1


async def test_letters_that_would_trip_the_database(db, ctx, parties, inquiry):
    """What cannot be written down would be brought again for days."""
    buyer, _supplier = parties
    to = address(db, inquiry, buyer)
    raw = answer(to, "lin@evil.example", "\udcff\x00Pay.".encode("utf-8", "replace").decode())
    strange = raw.replace(b"From: lin@", b"From: l\x00in@").replace(b"Subject", b"Reply-To: a@b\x00.example\nSubject")
    long = answer(to, f"{'l' * 500}@{'evil.' * 100}example")
    assert [await receive(ctx, one) for one in (strange, long)] == [Outcome.HELD] * 2
    assert [len(letter.sender) <= 320 and "\x00" not in letter.sender for letter in await held(db, inquiry, buyer)]


async def test_an_address_with_a_domain_of_another_script(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    async with db.transaction() as tx:
        row = await tx.get_one(MemberRow, buyer.member.id)
        row.email = "einkauf@m\u00fcnchen.example"
    raw = answer(address(db, inquiry, buyer), "Einkauf@xn--mnchen-3ya.example")
    assert await receive(ctx, raw) is Outcome.TAKEN


async def test_what_a_member_sent_and_cannot_be_read_is_told(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    raw = answer(address(db, inquiry, buyer), buyer.member.email, "multipart " * 50)
    assert await receive(ctx, raw) is Outcome.REFUSED
    [told] = await letters(db, "answer_news")
    assert "cannot be read" in told["told"]


async def test_the_mail_servers_door(db, app, client, parties, inquiry, monkeypatch):
    buyer, _supplier = parties
    raw = answer(address(db, inquiry, buyer), buyer.member.email)
    shown = {"authorization": f"Bearer {SECRET}", "content-type": "message/rfc822"}
    async with client() as http:
        for wrong in ({}, {"authorization": "Bearer guess"}, {"authorization": SECRET[:-1]}):
            assert (await http.post("/mail/incoming", content=raw, headers=wrong)).status_code == 403
        assert await thread(db, inquiry) == []
        monkeypatch.setattr(answering, "AN_HOUR", 0)
        later = await http.post("/mail/incoming", content=raw, headers=shown)
        assert later.status_code == 429, "the server brings it again"
        monkeypatch.undo()
        clock.advance(hours=1)
        taken = await http.post("/mail/incoming", content=raw, headers=shown)
        assert (taken.status_code, taken.json()) == (200, {"outcome": "taken"})
        again = await http.post("/mail/incoming", content=raw, headers=shown)
        assert again.json() == {"outcome": "again"}
        app.state.settings = app.state.settings.model_copy(update={"answers_domain": ""})
        assert (await http.post("/mail/incoming", content=raw, headers=shown)).status_code == 404
    assert len(await thread(db, inquiry)) == 1


async def test_a_program_takes_a_letter_from_its_input(db, settings, parties, inquiry):
    buyer, _supplier = parties
    raw = answer(address(db, inquiry, buyer), buyer.member.email)
    env = {
        **os.environ,
        "PORTOLAN_ENVIRONMENT": "test",
        "PORTOLAN_DATABASE_URL": settings.database_url,
        "PORTOLAN_DATA_DIR": str(settings.data_dir),
        "PORTOLAN_ANSWERS_DOMAIN": settings.answers_domain,
        "PORTOLAN_ANSWERS_AUTHORITY": settings.answers_authority,
    }

    async def run(**changed):
        command = [sys.executable, "-m", "app.cli", "take-letter"]
        return await asyncio.to_thread(
            subprocess.run, command, input=raw, env=env | changed, capture_output=True, check=False, timeout=120
        )

    away = await run(PORTOLAN_DATABASE_URL="postgresql+asyncpg://nobody@127.0.0.1:1/none")
    assert away.returncode == 75, away.stderr
    taken = await run()
    assert (taken.returncode, taken.stdout.strip()) == (0, b"taken"), taken.stderr
    assert len(await thread(db, inquiry)) == 1
    off = await run(PORTOLAN_ANSWERS_DOMAIN="")
    assert off.returncode == 75, "a letter outlives a mistake in the settings"
    assert (await run(PORTOLAN_ENVIRONMENT="nowhere")).returncode == 75
    assert b"PORTOLAN_ANSWERS_DOMAIN" in off.stderr


async def test_letters_are_forgotten(db, ctx, parties, inquiry):
    buyer, _supplier = parties
    async with db.transaction() as tx:
        tx.add(held_letter(inquiry, buyer.member.id, text="old"))
    clock.advance(days=30, minutes=1)
    async with db.transaction() as tx:
        tx.add(held_letter(inquiry, buyer.member.id, text="new"))
    await jobs.forget_letters(ctx)
    await jobs.forget_letters(ctx)
    assert [letter.text for letter in await held(db, inquiry, buyer)] == ["new"]


async def test_kept_letters_are_answered_where_they_lie(db, client, parties, inquiry, run_jobs):
    buyer, supplier = parties
    async with db.transaction() as tx:
        await service.say(tx, inquiry, "When?", [], by=buyer.member)
    await run_jobs()
    async with client() as http:
        listed = (await http.get("/dev/mail")).text
        path = next(part for part in listed.split('"') if part.startswith("/dev/mail/"))
        for way, said in (("own", "taken in"), ("forged", "held back"), ("elsewhere", "held back")):
            sent = await submit(http, path, "answer", text=f"Soon ({way}).", way=way)
            assert sent.status_code == 303, sent.text
            assert said in (await http.get(path)).text
    assert [said[1] for said in await thread(db, inquiry)][-1] == "Soon (own)."
    assert [letter.text for letter in await held(db, inquiry, supplier)] == ["Soon (forged).", "Soon (elsewhere)."]


async def test_without_the_rule_it_must_still_be_the_members_own_address(db, ctx, parties, inquiry, monkeypatch):
    buyer, _supplier = parties
    monkeypatch.setitem(RULES, "BEC-07", replace(RULES["BEC-07"], points=frozenset()))
    to, own = address(db, inquiry, buyer), buyer.member.email
    assert await receive(ctx, answer(to, own, dmarc="fail")) is Outcome.TAKEN
    assert await receive(ctx, answer(to, "somebody@elsewhere.example")) is Outcome.HELD
    assert [letter.doubts for letter in await held(db, inquiry, buyer)] == [("sender",)]
    assert len(await thread(db, inquiry)) == 1
