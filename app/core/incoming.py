"""Letters on their way in: what an Internet message says, and what the mail server found out about its sender.

Everything in a letter is written by whoever sent it, so it is read by what takes time in proportion to its length and
never fails in other ways than `BadLetter`. Whether the sender's domain stands behind it is the mail server's finding:
only that saw where it came from. It writes it on top as Authentication-Results (RFC 8601), under its own name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256
from html.parser import HTMLParser

import authres
from authres import dmarc

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.payload import Upload

MARK = "##-"
"""Begins the line of our letters above which the answer is written."""
MOST_PARTS = 200
LONGEST = 100_000
"""Characters of a text that are looked at."""
_RESULTS = authres.FeatureContext(dmarc)
_AUTOMATIC = frozenset({"bulk", "junk", "list", "auto_reply"})
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BROKEN = (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949"}
"""What mail programs say, and what they write."""


class BadLetter(Invalid):
    """These bytes are no Internet message that can be read."""

    code = "bad_letter"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the mail server found: results of RFC 8601 (`pass`, `fail`, `none`…), "" where it did not look.

    aligned  the methods that passed for the very domain of the From address, or one above or below it (RFC 7489 §3.1)
    """

    spf: str = ""
    dkim: str = ""
    dmarc: str = ""
    aligned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Incoming:
    """One letter.

    digest     SHA-256 of its bytes, in hex
    to         every address it is for, in small letters
    sender     the From address in small letters; "" where there is none, or more than one
    reply_to   where answers are asked to go in place of that; "" where nowhere else
    automatic  no person wrote it (RFC 3834): a holiday notice, a bounce, a list
    text       what was written above what it answers
    """

    digest: str
    to: tuple[str, ...]
    sender: str
    reply_to: str
    automatic: bool
    proof: Proof
    text: str
    files: tuple[Upload, ...]


def read(raw: bytes, authority: str) -> Incoming:
    """A letter as the mail server handed it over.

    authority  the name under which that server writes its findings (authserv-id); another's are not believed
    Raises BadLetter.
    """
    try:
        message = message_from_bytes(raw, policy=policy.compat32)
        sender = _sender(message)
        reply_to = _addresses(message, "reply-to")
        return Incoming(
            digest=sha256(raw).hexdigest(),
            to=tuple(_addresses(message, "delivered-to", "x-original-to", "envelope-to", "to", "cc")),
            sender=sender,
            reply_to=next((address for address in reply_to if address != sender), ""),
            automatic=_automatic(message),
            proof=_proof(message, authority, sender.rpartition("@")[2]),
            text=newly_written(_text(message)),
            files=tuple(_files(message)),
        )
    except _BROKEN as broken:
        raise BadLetter(_("This letter cannot be read.")) from broken


def _header(message: Message, name: str) -> list[str]:
    return [str(value)[:LONGEST] for value in message.get_all(name, [])]


def _addresses(message: Message, *names: str) -> list[str]:
    values = [value for name in names for value in _header(message, name)]
    found = [address.strip().casefold() for _name, address in getaddresses(values)]
    return list(dict.fromkeys(address for address in found if "@" in address))


def _sender(message: Message) -> str:
    found = _addresses(message, "from")
    return found[0] if len(found) == 1 and len(_header(message, "from")) == 1 else ""


def _automatic(message: Message) -> bool:
    said = " ".join(_header(message, "auto-submitted")).strip().casefold()
    kind = " ".join(_header(message, "precedence")).strip().casefold()
    bounced = any(value.strip() == "<>" for value in _header(message, "return-path"))
    return bounced or kind in _AUTOMATIC or not (said == "" or said.startswith("no"))


def _proof(message: Message, authority: str, domain: str) -> Proof:
    """What stands under the server's name, from the topmost finding down to the next Received.

    Servers take away what came with a letter under their own name (RFC 8601 §5); what still did stands below.
    """
    found: list[authres.AuthenticationResult] = []
    for name, value in message.items():
        if found and name.casefold() == "received":
            break
        if name.casefold() == "authentication-results":
            found += _results(str(value)[:LONGEST], authority)
    return _found(found, domain)


def _results(value: str, authority: str) -> list[authres.AuthenticationResult]:
    try:
        said = _RESULTS.parse(f"Authentication-Results: {value}")
    except authres.AuthResError:
        return []
    trusted = authority and str(said.authserv_id).casefold() == authority.casefold()
    return list(said.results) if trusted else []


def _found(results: list[authres.AuthenticationResult], domain: str) -> Proof:
    """Of several results of one method a pass counts, for a letter may have many signatures; of DMARC a fail."""
    said: dict[str, str] = {}
    aligned: set[str] = set()
    for result in results:
        method, outcome = str(result.method).casefold(), str(result.result).casefold()
        if said.get(method) != ("fail" if method == "dmarc" else "pass"):
            said[method] = outcome
        named = [str(p.value) for p in result.properties if p.name in _NAMED.get(method, ())]
        names = [name.rpartition("@")[2].casefold() for name in named]
        if outcome == "pass" and any(_same_house(name, domain) for name in names):
            aligned.add(method)
    return Proof(said.get("spf", ""), said.get("dkim", ""), said.get("dmarc", ""), frozenset(aligned))


_NAMED = {"spf": ("mailfrom",), "dkim": ("d", "i"), "dmarc": ("from",)}
"""Which property tells for what domain a method passed."""


def _same_house(one: str, other: str) -> bool:
    return bool(one and other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))


def _leaves(message: Message) -> Iterator[Message]:
    for place, part in enumerate(message.walk()):
        if place > MOST_PARTS:
            raise ValueError("too many parts")
        if not part.is_multipart():
            yield part


def _attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _text(message: Message) -> str:
    """The first plain text, or the first page of HTML as text."""
    parts = [part for part in _leaves(message) if not _attached(part)]
    plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    if plain is not None:
        return _decoded(plain)
    page = next((part for part in parts if part.get_content_type() == "text/html"), None)
    return _Page.text(_decoded(page)) if page is not None else ""


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    charset = str(part.get_content_charset() or "utf-8").casefold()
    body = data[: 4 * LONGEST] if isinstance(data, bytes) else b""
    try:
        text = body.decode(_CHARSETS.get(charset, charset), "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST]


def _files(message: Message) -> Iterator[Upload]:
    for part in _leaves(message):
        data = part.get_payload(decode=True)
        if _attached(part) and isinstance(data, bytes):
            name = str(make_header(decode_header(part.get_filename() or "")))
            yield Upload(_UNSEEN.sub("", name).replace("\n", " ")[:200], part.get_content_type(), data)


class _Page(HTMLParser):
    """The words of a page of HTML; what it quotes is left out."""

    LINES = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "hr", "table"})
    UNSAID = frozenset({"style", "script", "head", "title", "blockquote"})

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.unsaid = 0

    @classmethod
    def text(cls, html: str) -> str:
        page = cls()
        page.feed(html)
        page.close()
        lines = ("".join(page.words)).split("\n")
        return "\n".join(" ".join(line.split()) for line in lines)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  theirs
        self.unsaid += tag in self.UNSAID
        if tag in self.LINES:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.unsaid = max(self.unsaid - (tag in self.UNSAID), 0)
        if tag in self.LINES:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unsaid:
            self.words.append(" ".join(data.split("\n")))


_ORIGINAL = re.compile(r"[-_ ]*(original message|original-nachricht|原始邮件|原邮件|转发邮件)[-_ ]*", re.IGNORECASE)
_RULE = re.compile(r"[-_=* ]{5,}")
_FROM = re.compile(r"[>* ]*(from|发件人|von|de|da)\*? ?[:：].*", re.IGNORECASE)
_HEAD = re.compile(
    r"[>* ]*(from|sent|to|cc|date|subject|reply-to|发件人|发送时间|收件人|抄送|日期|时间|主题|回复"
    r"|von|gesendet|an|datum|betreff|de|enviado|para|asunto|envoyé|à|objet|da|inviato|a|oggetto)\*? ?[:：].*",
    re.IGNORECASE,
)
_SAID = re.compile(r".*(\d{4}|@).*")
LONGEST_ATTRIBUTION = 3
"""Lines of “On Monday … wrote:”."""


def newly_written(text: str) -> str:
    """A letter's text without what it answers, and without a signature.

    Our letters carry a line that begins with MARK: from there on all is quoted, and what a mail program set over it
    goes too. Where somebody took that line away, what is quoted at the end goes.
    """
    lines = text.split("\n")
    ends = next((place for place, line in enumerate(lines) if MARK in line or _ORIGINAL.fullmatch(line[:200])), None)
    said = lines[:ends]
    said = said[: next((place for place, line in enumerate(said) if line in {"-- ", "--"}), None)]
    _strip(said)
    heading = next((place for place, line in enumerate(reversed(said)) if not _HEAD.fullmatch(line.strip()[:500])), 0)
    if heading > 1 and any(_FROM.fullmatch(line.strip()[:500]) for line in said[-heading:]):
        del said[-heading:]
        _strip(said)
    del said[len(said) - _attribution(said) :]
    _strip(said)
    return "\n".join(line.rstrip() for line in said).strip()


def _strip(said: list[str]) -> None:
    """Take away what is empty or quoted at the end."""
    while said and (not (bare := said[-1].strip()) or bare.startswith(">") or _RULE.fullmatch(bare[:500])):
        said.pop()


def _attribution(said: list[str]) -> int:
    """Over how many of the last lines somebody is said to have written something."""
    if not said or not said[-1].rstrip().endswith((":", "：")):
        return 0
    for count in range(1, LONGEST_ATTRIBUTION + 1):
        if count > len(said) or not said[-count].strip():
            return 0
        if _SAID.fullmatch(said[-count][:500]):
            return count
    return 0
