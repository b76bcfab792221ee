"""What is read of the heads of letters that anybody may have sent."""

import pytest

from app.core.incoming import LONGEST_HEAD, MOST_ADDRESSES, BadLetter, address, read
from tests.factories.letters import AUTHORITY, answer

TO, KATRIN = "re-abc@reply.test.example", "katrin@elbkontor.example"


def proven(raw, authority=AUTHORITY):
    return sorted(read(raw, authority).proof.aligned)


def test_a_letter_as_it_was_sent():
    letter = read(answer(TO, "Katrin@Elbkontor.example"), AUTHORITY)
    assert (letter.sender, letter.reply_to, letter.to, letter.automatic) == (KATRIN, "", (TO,), False)
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
    ("said", "sender"),
    [
        ("Katrin Brandt <KATRIN@elbkontor.example>", KATRIN),
        (f"{KATRIN} <lin@evil.example>", ""),
        (f"<{KATRIN}> <lin@evil.example>", ""),
        (f"group: {KATRIN}, lin@evil.example;", ""),
        (f"{KATRIN}\r\n lin@evil.example", ""),
        (f"({KATRIN}) lin@evil.example", "lin@evil.example"),
        ("=?utf-8?q?katrin=40elbkontor.example?= <lin@evil.example>", "lin@evil.example"),
        ("einkauf@m\u00fcnchen.example", None),
        ("einkauf@xn--mnchen-3ya.example", "einkauf@xn--mnchen-3ya.example"),
        ("katrin@elbk\u03bfntor.example", None),
        ("a\x00b@elbkontor.example", "ab@elbkontor.example"),
        ("nobody", ""),
    ],
)
def test_tricks_with_the_sender(said, sender):
    """What the network would not write as that very address is not that address; nothing of it is a NUL."""
    raw = f"From: {said}\r\nTo: {TO}\r\n\r\nx".encode()
    found = read(raw, AUTHORITY).sender
    assert found == sender if sender is not None else found not in {KATRIN, "einkauf@m\u00fcnchen.example"}
    assert "\x00" not in found


def test_addresses_are_compared_as_the_network_writes_them():
    assert address("Einkauf@M\u00fcnchen.example") == "einkauf@xn--mnchen-3ya.example"
    assert address("\u212aatrin@elbkontor.example") != KATRIN, "the Kelvin sign is no K of a mailbox"
    raw = answer(TO, "einkauf@xn--mnchen-3ya.example", dmarc="none")
    results = b"Authentication-Results: mx.test.example; dkim=pass header.d=xn--mnchen-3ya.example\r\n"
    assert proven(results + raw) == ["dkim"]


@pytest.mark.parametrize(
    "written",
    [
        "mx.test.example;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=elbkontor.example"
        " header.i=@elbkontor.example header.a=rsa-sha256 header.s=s1 header.b=AbC/d=",
        'mx.test.example; arc=pass (i=1); dkim=pass header.i=@elbkontor.example header.s=2023 header.b="aB+c/="',
        "mx.test.example;\r\n\tdkim=none; dkim=pass header.d=elbkontor.example (p=NONE; dis=NONE)",
    ],
)
def test_findings_as_servers_write_them(written):
    assert proven(f"Authentication-Results: {written}\r\n".encode() + answer(TO, KATRIN, results="")) == ["dkim"]


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: multipart/report; report-type=delivery-status; boundary=a",
        "Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSNOiDor6Lnm5g=?=",
        "Subject: Automatic reply: Lantern wrote about mugs",
        "X-Autoreply: yes",
        "List-Id: <all.elbkontor.example>",
        "Precedence: list\r\nPrecedence: list",
    ],
)
def test_notices_that_machines_send(head):
    raw = f"{head}\r\n".encode() + answer(TO, KATRIN)
    assert read(raw, AUTHORITY).automatic
    assert not read(b"Subject: Re: Automatic replyer, 200 pieces\r\n" + answer(TO, KATRIN), AUTHORITY).automatic


def test_one_letter_by_two_ways_has_one_name():
    raw = answer(TO, KATRIN, Message_ID="<one@elbkontor.example>")
    again = read(b"Received: from elsewhere\r\n" + raw, AUTHORITY)
    assert again.message_id == read(raw, AUTHORITY).message_id != ""
    assert again.digest != read(raw, AUTHORITY).digest
    assert read(answer(TO, KATRIN), AUTHORITY).message_id == ""
    assert read(b"Message-ID: <two@evil.example>\r\n" + raw, AUTHORITY).message_id == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"From: \xff\xfe\r\n\r\nx",
        b'From: =?utf-8?b?////?= <a@b.example>\r\nContent-Type: text/plain; charset="\x01"\r\n\r\nx',
        b"From: " + b"a@b.example, " * 10_000 + b"\r\n\r\nx",
        b"To: " + b"(" * 90_000 + b"\r\n\r\nx",
        b"To: a@b.example\r\n" * 10_000 + b"\r\nx",
        b"Authentication-Results: mx.test.example" + b"(" * 90_000 + b"\r\n\r\nx",
        b"Subject: " + b"=?utf-8?q?a?= " * 10_000 + b"\r\n\r\nx",
    ],
)
def test_garbage_is_read_or_refused(raw):
    try:
        letter = read(raw, AUTHORITY)
    except BadLetter:
        return
    assert len(letter.to) <= MOST_ADDRESSES
    assert not letter.proof.aligned


def test_only_the_head_is_read():
    """What stands behind it costs nothing before one knows whose answer it is, and says nothing."""
    body = b"\r\n".join([b"Content-Type: multipart/mixed; boundary=a", b"", b"--a"] * 100_000)
    assert read(answer(TO, KATRIN) + body, AUTHORITY).sender == KATRIN
    forged = b"From: lin@evil.example\r\n\r\nFrom: " + KATRIN.encode()
    assert read(forged, AUTHORITY).sender == "lin@evil.example"
    with pytest.raises(BadLetter):
        read(b"X-Filling: a\r\n" * (LONGEST_HEAD // 10) + answer(TO, KATRIN), AUTHORITY)
