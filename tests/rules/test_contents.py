"""What is read of letters that anybody may have sent: text, quotations, files."""

from contextlib import suppress
from email.message import EmailMessage
from time import process_time

import pytest

from app.core.contents import LONGEST, contents
from app.core.incoming import BadLetter
from app.core.quoting import newly_written
from tests.factories.letters import answer

TO, KATRIN = "re-abc@reply.test.example", "katrin@elbkontor.example"
MARK = "##- Write your answer above this line -##"
HEAD = b"From: a@b.example\r\nTo: c@d.example\r\n"


def names(raw):
    return [file.filename for file in contents(raw).files]


def test_a_letter_as_it_was_sent():
    said = contents(answer(TO, KATRIN, files=[("Zeichnung ä.pdf", "application/pdf", b"%PDF-")]))
    assert said.text == "Yes, in week 48."
    assert [(file.filename, file.data) for file in said.files] == [("Zeichnung ä.pdf", b"%PDF-")]


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
        (
            '可以。\n\n\n------------------&nbsp;原始邮件&nbsp;------------------\n发件人:&nbsp;"Portolan"\n'
            f"主题:&nbsp;询盘\n\n{MARK}",
            "可以。",
        ),
        (f"好的\n\n---- 回复的原邮件 ----\n| 发件人 | Portolan<a@b.example> |\n| 主题 | 询盘 |\n{MARK}", "好的"),
        (f"好的\n\n\xa0\n发件人： Portolan\n发送时间： 2026-11-23\n收件人： x\n主题： y\n\n{MARK}", "好的"),
        (f"可以\n\n寄件者: Portolan\n收件者: x\n主旨: y\n{MARK}", "可以"),
        (
            f"Yes.\n\nSent from my iPhone\n\n> On 23 Nov 2026, at 10:00, Portolan <a@b.example> wrote:\n>\n> {MARK}",
            "Yes.",
        ),
        (f"可以\n\n发自我的 iPhone\n\n> {MARK}", "可以"),
        (f"Yes. {MARK} old", "Yes."),
        # nothing that was written is lost
        (f"Send part A##-3, not B.\n\n> {MARK}", "Send part A##-3, not B."),
        (f"The drawing for order 1042:\n\n> {MARK}", "The drawing for order 1042:"),
        (
            f"As agreed:\nFrom: Ningbo\nTo: Hamburg\nDate: week 48\n\n{MARK}",
            "As agreed:\nFrom: Ningbo\nTo: Hamburg\nDate: week 48",
        ),
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
    assert contents(page.as_bytes()).text == "Yes & thanks,\nweek 48."
    for charset, body, text in (
        (b"gb2312", "镕合金，可以".encode("gb18030"), "镕合金，可以"),
        (b"big5", "匯率，可以".encode("big5hkscs"), "匯率，可以"),
        (b"us-ascii", "可以发货".encode("gb18030"), "可以发货"),
        (b"punycode", b"ja", "ja"),
        (b"idna", b"ja", "ja"),
        (b"x-unknown", b"ja", "ja"),
        (b"utf-8", b"a\xff\x00b", "a\ufffdb"),
    ):
        assert contents(HEAD + b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n" + body).text == text


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<p>A &lt; B &nbsp;&amp; C</p><!-- <p>no</p> --><p>1 < 2</p>", "A < B & C\n\n1 < 2"),
        ("<table><tr><td>M8</td><td>200 pcs</td></tr></table>", "M8 200 pcs"),
        ("<STYLE>p{}</STYLE><script>x<b></script>Yes", "Yes"),
        ("<p>Yes</p><blockquote>indented</blockquote><p>and no</p>", "Yes\n\n> indented\n\nand no"),
        ("İİİ<style>a</style>Yes", "İİİYes"),
        ("Yes<!-- left open", "Yes"),
        ("Yes<style>left open", "Yes"),
        ("Yes<a href=", "Yes"),
        ("&#0;&#xD800;&#8;a", "\ufffd\ufffda"),
    ],
)
def test_pages_as_text(page, said):
    assert contents(HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + page.encode()).text == said


def test_lines_that_a_program_broke_are_whole_again():
    kind = b"Content-Type: text/plain; format=flowed\r\n\r\n"
    body = b"We can deliver in \r\nweek 48.\r\n\r\n- one\r\n  two\r\n-- \r\nKatrin"
    assert contents(HEAD + kind + body).text == "We can deliver in week 48.\n\n- one\n two"
    delsp = kind.replace(b"flowed", b"flowed; delsp=yes")
    assert contents(HEAD + delsp + "可以 \r\n发货".encode()).text == "可以发货"


def parts(kind, *inner, boundary=b"q"):
    lines = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in inner)
    return (
        b"Content-Type: multipart/"
        + kind
        + b"; boundary="
        + boundary
        + b"\r\n\r\n"
        + lines
        + b"--"
        + boundary
        + b"--\r\n"
    )


PDF = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: inline; filename=a.pdf\r\n\r\n%PDF-"
LOGO = b"Content-Type: image/png; name=logo.png\r\nContent-ID: <l>\r\n\r\n\x89PNG"


@pytest.mark.parametrize(
    ("raw", "said", "files"),
    [
        # Apple Mail: text around a file that stands in it
        (parts(b"mixed", b"\r\nBefore.", PDF, b"\r\nAfter."), "Before.\nAfter.", ["a.pdf"]),
        (
            parts(
                b"alternative",
                b"\r\nYes.",
                parts(b"mixed", b"Content-Type: text/html\r\n\r\n<p>Yes.", PDF, boundary=b"r"),
            ),
            "Yes.",
            ["a.pdf"],
        ),
        # an empty plain text beside a page
        (parts(b"alternative", b"\r\n \r\n", b"Content-Type: text/html\r\n\r\n<p>Yes.</p>"), "Yes.", []),
        # the picture of a signature belongs to its page, one that was attached does not
        (parts(b"related", b"Content-Type: text/html\r\n\r\nYes.", LOGO), "Yes.", []),
        (parts(b"mixed", b"\r\nYes.", LOGO), "Yes.", ["logo.png"]),
        # signed letters
        (
            parts(b"signed", b"\r\nYes.", b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx"),
            "Yes.",
            [],
        ),
        # a letter within the letter says nothing for its sender
        (
            parts(
                b"mixed", b"\r\nSee.", b"Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n\r\nPay elsewhere."
            ),
            "See.",
            [""],
        ),
        (parts(b"mixed", b"Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n\r\nPay elsewhere."), "", [""]),
    ],
)
def test_parts_as_mail_programs_nest_them(raw, said, files):
    assert (contents(HEAD + raw).text, names(HEAD + raw)) == (said, files)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b'filename="=?GB2312?B?6UaxuL3wLnBkZg==?="', "镕备金.pdf"),
        (b"filename*0*=utf-8''%E5%9B%BE; filename*1*=%E7%BA%B8.pdf", "图纸.pdf"),
        (b"filename*=gb18030''%CD%BC%D6%BD.pdf", "图纸.pdf"),
        ('filename="图纸.pdf"'.encode(), "图纸.pdf"),
        ('filename="报价单.pdf"'.encode("gb18030"), "报价单.pdf"),
        (b'filename="=?utf-8?b?A?="', "=?utf-8?b?A?="),
        (b'filename="=?x-unknown?q?a.pdf?="', "a.pdf"),
        (b'filename="a\x00b.pdf"', "ab.pdf"),
        (b'filename=""', ""),
    ],
)
def test_names_of_files_never_lose_a_letter(written, name):
    part = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; " + written + b"\r\n\r\n%PDF-"
    assert names(HEAD + parts(b"mixed", b"\r\nYes.", part)) == [name]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00" * 1000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
        b'Content-Type: text/plain; charset="\x01"\r\n\r\nx',
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 200_000,
        b"Content-Type: text/html\r\n\r\n" + b"<a/" * 40_000,
        b"Content-Type: text/html\r\n\r\n" + b'<a b="' * 20_000,
        b"Content-Type: text/html\r\n\r\n" + b"<!--" * 30_000,
        b"Content-Type: text/plain; charset=punycode\r\n\r\n-" + b"a0z9" * 100_000,
        b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"a \r\n" * 100_000,
        b"From: a@b.example\r\n\r\n" + b"From: x\r\n" * 100_000,
        b"From: a@b.example\r\n\r\n" + b"On a " * 200_000,
        b"From: a@b.example\r\n\r\n" + b" " * 200_000,
        b"From: a@b.example\r\n\r\n" + b"##- " * 50_000,
        b"Content-Type: text/plain; " + b"a=b; " * 50_000 + b"\r\n\r\nx",
    ],
)
def test_garbage_is_read_or_refused_at_once(raw):
    began = process_time()
    with suppress(BadLetter):
        assert len(contents(raw).text) <= LONGEST
    assert process_time() - began < 2


def test_what_takes_long_to_parse_is_refused():
    many = parts(b"mixed", *[b"\r\nx"] * 1000)
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(100))
    letters = b"Content-Type: message/rfc822\r\n\r\n" * 5000
    for raw in (many, deep, letters, HEAD + b"\r\n" + b"a\n" * 1_000_000):
        with pytest.raises(BadLetter):
            contents(raw)
