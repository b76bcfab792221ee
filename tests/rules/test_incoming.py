"""What is read of letters that anybody may have sent."""

from email.message import EmailMessage

import pytest

from app.core.incoming import LONGEST, BadLetter, newly_written, read
from tests.factories.letters import AUTHORITY, answer

TO, KATRIN = "re-abc@reply.test.example", "katrin@elbkontor.example"
MARK = "##- Write your answer above this line -##"


def proven(raw, authority=AUTHORITY):
    return sorted(read(raw, authority).proof.aligned)


def test_a_letter_as_it_was_sent():
    letter = read(
        answer(TO, "Katrin@Elbkontor.example", files=[("Zeichnung ä.pdf", "application/pdf", b"%PDF-")]), AUTHORITY
    )
    assert (letter.sender, letter.reply_to, letter.to, letter.automatic) == (KATRIN, "", (TO,), False)
    assert letter.text == "Yes, in week 48."
    assert [(file.filename, file.data) for file in letter.files] == [("Zeichnung ä.pdf", b"%PDF-")]
    assert (letter.proof.spf, letter.proof.dkim, letter.proof.dmarc) == ("pass", "pass", "pass")
    assert letter.proof.aligned == {"spf", "dkim", "dmarc"}
    assert read(answer(TO, KATRIN), AUTHORITY).digest == read(answer(TO, KATRIN), "").digest


@pytest.mark.parametrize(
    ("results", "aligned"),
    [
        ("mx.test.example; dkim=pass header.d=elbkontor.example", ["dkim"]),
        ("MX.test.example; dkim=pass header.i=@mail.elbkontor.example", ["dkim"]),
        ("mx.test.example; spf=pass smtp.mailfrom=elbkontor.example", ["spf"]),
        ("mx.test.example; dkim=pass header.d=evil.example; dkim=pass header.d=elbkontor.example", ["dkim"]),
        ("mx.test.example; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=a@evil.example", []),
        ("mx.test.example; dkim=pass header.d=notelbkontor.example", []),
        ("mx.test.example; dkim=fail header.d=elbkontor.example; spf=softfail smtp.mailfrom=elbkontor.example", []),
        ("mx.evil.example; dmarc=pass header.from=elbkontor.example", []),
        ("mx.test.example; none", []),
        ("mx.test.example; ;;= (", []),
        ("", []),
    ],
)
def test_whose_findings_are_believed(results, aligned):
    assert proven(answer(TO, KATRIN, results=results)) == aligned


def test_findings_of_one_server_stand_together_and_above_the_next_received():
    """As milters write them, one each; what came with the letter under the same name stands below."""
    rest = (
        b"Received: from evil\r\nAuthentication-Results: mx.test.example; dmarc=pass header.from=elbkontor.example\r\n"
    )
    rest += answer(TO, KATRIN, results="")
    dkim = b"Authentication-Results: mx.test.example; dkim=pass header.d=elbkontor.example\r\n"
    failed = b"Authentication-Results: mx.test.example; dmarc=fail header.from=elbkontor.example\r\n"
    assert proven(dkim + rest) == ["dkim"]
    both = read(failed + dkim + rest, AUTHORITY).proof
    assert (both.dmarc, both.dkim, both.aligned) == ("fail", "pass", {"dkim"})
    passed = failed.replace(b"fail", b"pass")
    assert read(failed + passed + rest, AUTHORITY).proof.dmarc == "fail"
    assert read(passed + failed + rest, AUTHORITY).proof.dmarc == "fail"
    assert proven(answer(TO, KATRIN), authority="") == [], "without a name nobody is believed"


def test_who_a_letter_says_to_be_from():
    both = f"{KATRIN}, lin@lantern.example"
    assert read(answer(TO, both), AUTHORITY).sender == ""
    twice = b"From: lin@lantern.example\r\n" + answer(TO, KATRIN)
    assert read(twice, AUTHORITY).sender == ""
    named = read(answer(TO, f'"{KATRIN}" <lin@evil.example>'), AUTHORITY)
    assert named.sender == "lin@evil.example"
    assert read(answer(TO, KATRIN, Reply_To="pay@evil.example"), AUTHORITY).reply_to == "pay@evil.example"
    assert read(answer(TO, KATRIN, Reply_To=KATRIN.upper()), AUTHORITY).reply_to == ""


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"Auto_Submitted": "AUTO-GENERATED; x=y"},
    ],
)
def test_what_no_person_wrote(headers):
    assert read(answer(TO, KATRIN, **headers), AUTHORITY).automatic
    assert not read(answer(TO, KATRIN, Auto_Submitted="no"), AUTHORITY).automatic


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"Yes.\n\n> {MARK}\n> old", "Yes."),
        (f"Yes.\n\nOn Mon, 23 Nov 2026 at 10:00, Portolan <re-x@reply.example>\nwrote:\n\n> {MARK}\n", "Yes."),
        (f"可以。\n\n在 2026年11月23日，Portolan 写道：\n{MARK}\n旧", "可以。"),
        (f"好的\n\n------------------ 原始邮件 ------------------\n发件人: Portolan\n主题: 询盘\n\n{MARK}", "好的"),
        (
            f"Ja.\n\n________________\nVon: Portolan\nGesendet: Montag\nAn: Katrin\nBetreff: AW\n\n{MARK}",
            "Ja.",
        ),
        (f"Yes.\n-- \nKatrin Brandt\nElbkontor\n\nOn 2026-11-23 Portolan wrote:\n> {MARK}", "Yes."),
        ("Yes.\n\n-----Original Message-----\nFrom: x\nSent: y\nold", "Yes."),
        ("Yes.\n\nAm 23.11.2026 schrieb Portolan:\n> alt\n> alt", "Yes."),
        # nothing that was written is lost
        (f"These are open:\n- price\n- lead time\n\n> {MARK}", "These are open:\n- price\n- lead time"),
        (f"> 100 days?\nNo, 30.\nDate: 5 December\n\n{MARK}", "> 100 days?\nNo, 30.\nDate: 5 December"),
        ("Price below:\n> 2 USD\nis fine", "Price below:\n> 2 USD\nis fine"),
        (f"> {MARK}\n> old", ""),
        ("", ""),
    ],
)
def test_what_was_newly_written(text, said):
    assert newly_written(text) == said


def test_html_alone_and_odd_charsets():
    page = EmailMessage()
    page["From"], page["To"] = KATRIN, TO
    page.set_content(
        "<html><head><title>t</title><style>p{}</style></head><body><p>Yes &amp; thanks,<br>week 48.</p>"
        f"<blockquote>{MARK} old</blockquote></body></html>",
        subtype="html",
    )
    assert read(page.as_bytes(), AUTHORITY).text == "Yes & thanks,\nweek 48."
    head = b"From: a@b.example\r\nTo: c@d.example\r\nContent-Type: text/plain; charset="
    for charset, body, text in (
        (b"gb2312", "镕合金，可以".encode("gb18030"), "镕合金，可以"),
        (b"x-unknown", b"ja", "ja"),
        (b"utf-8", b"a\xff\x00b", "a\ufffdb"),
    ):
        assert read(head + charset + b"\r\n\r\n" + body, AUTHORITY).text == text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"From: \xff\xfe\r\n\r\nx",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
        b'From: =?utf-8?b?////?= <a@b.example>\r\nContent-Type: text/plain; charset="\x01"\r\n\r\nx',
        b"From: " + b"a@b.example, " * 50_000 + b"\r\n\r\nx",
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
        b"From: a@b.example\r\n\r\n" + b"From: x\r\n" * 100_000,
        b"From: a@b.example\r\n\r\n" + b"On a " * 200_000,
    ],
)
def test_garbage_is_read_or_refused(raw):
    try:
        letter = read(raw, AUTHORITY)
    except BadLetter:
        return
    assert len(letter.text) <= LONGEST
    assert not letter.proof.aligned


def test_a_thousand_parts_are_refused():
    many = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 1000 + b"--a--"
    with pytest.raises(BadLetter):
        read(many, AUTHORITY)
