"""What is in a letter: the text that was newly written, and the files.

It is parsed only once one knows whose answer it is, for how long that takes is up to whoever sent it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from html import unescape
from itertools import chain, count

from app.core.charsets import decoded, guessed, words
from app.core.i18n import _
from app.core.incoming import BROKEN, UNSEEN, BadLetter
from app.core.payload import Upload
from app.core.quoting import newly_written

MOST_PARTS = 200
MOST_NESTED = 20
"""Times that a letter speaks of parts within parts: the parser compares each line with all that are open."""
MOST_LINES = 700_000
"""Ends of lines, CR and LF each; 25 MB as mail programs write files have 660,000."""
LONGEST = 100_000
"""Characters of a text that are looked at."""
LONGEST_HEADER = 4_000
"""Characters of what a part says about itself."""
_NOT_FILES = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
        "application/applefile",
        "application/ics",
        "text/calendar",
        "text/vcard",
        "text/x-vcard",
    }
)
"""What mail programs add by themselves."""


@dataclass(frozen=True, slots=True)
class Contents:
    """The text above what a letter answers, and its files as they arrived."""

    text: str
    files: tuple[Upload, ...]


def contents(raw: bytes) -> Contents:
    """Raises BadLetter."""
    try:
        if raw.lower().count(b"multipart") > MOST_NESTED or raw.count(b"\n") + raw.count(b"\r") > MOST_LINES:
            raise ValueError("too many parts")
        found = _gathered(message_from_bytes(raw, policy=policy.compat32), "", count(1))
    except BROKEN as broken:
        raise BadLetter(_("This letter cannot be read.")) from broken
    return Contents(newly_written(found.text), found.files)


def _gathered(part: Message, within: str, counted: Iterator[int]) -> Contents:
    """Texts and files in their order; of alternatives the first text that says something. `within`: the kind around."""
    if next(counted) > MOST_PARTS:
        raise ValueError("too many parts")
    _make_legible(part)
    kind = part.get_content_type()
    if kind.startswith("multipart/"):
        children = part.get_payload() if part.is_multipart() else []
        found = [_gathered(child, kind, counted) for child in children if isinstance(child, Message)]
        texts = [one.text for one in found if one.text.strip()]
        text = "\n".join(texts[:1] if kind == "multipart/alternative" else texts)
        return Contents(text, tuple(chain.from_iterable(one.files for one in found)))
    named = part.get_filename() is not None or part.get_content_disposition() == "attachment"
    if kind in {"text/plain", "text/html"} and not named:
        return Contents(_page(_decoded(part)) if kind == "text/html" else _unwrapped(part), ())
    drawn = within == "multipart/related" and part.get_content_disposition() != "attachment"
    bare = part.get_content_maintype() == "text" and not named
    return Contents("", () if kind in _NOT_FILES or drawn or bare else (_file(part, kind),))


def _make_legible(part: Message) -> None:
    """File names in plain UTF-8 or GB 18030, as some programs write them, are no header by any standard."""
    for name, value in list(part.raw_items()):
        if name.casefold() in {"content-type", "content-disposition"}:
            if len(value) > LONGEST_HEADER:
                raise ValueError("header too long")
            if not value.isascii():
                part.replace_header(name, guessed(value.encode("utf-8", "surrogateescape")))


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    body = data[: 4 * LONGEST] if isinstance(data, bytes) else b""
    text = decoded(str(part.get_content_charset() or ""), body)
    return UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).lstrip("\ufeff")[:LONGEST]


def _unwrapped(part: Message) -> str:
    """Plain text, with lines that the mail program broke made whole again (RFC 3676)."""
    text = _decoded(part)
    if str(part.get_param("format", "")).casefold() != "flowed":
        return text
    joined = str(part.get_param("delsp", "")).casefold() == "yes"
    lines: list[list[str]] = []
    depth, goes_on = 0, False
    for line in text.split("\n"):
        bare = line.lstrip(">")
        quoted = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if goes_on and quoted == depth and bare != "-- ":
            lines[-1].append(bare)
        else:
            lines.append([f"{'>' * quoted} {bare}" if quoted else bare])
        depth, goes_on = quoted, bare.endswith(" ") and bare != "-- "
        if goes_on and joined:
            lines[-1][-1] = lines[-1][-1][:-1]
    return "\n".join("".join(line) for line in lines)


def _file(part: Message, kind: str) -> Upload:
    if part.is_multipart():  # a letter within the letter
        data: object = b"".join(child.as_bytes() for child in part.get_payload() if isinstance(child, Message))
    else:
        data = part.get_payload(decode=True)
    name = words(part.get_filename() or "")
    return Upload(UNSEEN.sub("", name).replace("\n", " ")[:200], kind, data if isinstance(data, bytes) else b"")


_TAG = re.compile(r"/?([a-zA-Z][a-zA-Z0-9]*+)")
_LINES = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "hr", "table", "blockquote"})
_UNSAID = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("style", "script", "title")}


def _page(html: str) -> str:
    """The words of a page of HTML, with what it quotes behind “>”.

    Python's own parser takes minutes for a page that is made to keep it busy; here every step goes on.
    """
    said: list[str] = []
    quoted = place = 0
    while (opens := html.find("<", place)) >= 0:
        said.append(html[place:opens].replace("\n", " "))
        tag = _TAG.match(html, opens + 1)
        if tag is None and html[opens + 1 : opens + 2] not in {"!", "?"}:
            said.append("<")
            place = opens + 1
            continue
        name, closing = (tag[1].lower() if tag else ""), html.startswith("/", opens + 1)
        place = _after(html, opens, "" if closing else name)
        if name == "blockquote":
            quoted = max(quoted + (-1 if closing else 1), 0)
        if name in _LINES:
            said.append("\n> " if quoted else "\n")
        elif name in {"td", "th"}:
            said.append(" ")
    said.append(html[place:].replace("\n", " "))
    return UNSEEN.sub("", "\n".join(" ".join(unescape(line).split()) for line in "".join(said).split("\n")))


def _after(html: str, opens: int, name: str) -> int:
    """Where what is said goes on behind a tag, a comment, or all that stands in an element of _UNSAID; at the end where
    it is left open."""
    if name in _UNSAID:
        closing = _UNSAID[name].search(html, opens)
        ends = closing.start() if closing else -1
    else:
        ends = html.find("-->", opens) if html.startswith("<!--", opens) else opens
    place = html.find(">", ends) + 1 if ends >= 0 else 0
    return place or len(html)
