"""Letters on their way in: what an Internet message says, and what the mail server found out about its sender.

Everything in a letter is written by whoever sent it, so it is read by what takes time in proportion to its length and
never fails in other ways than `BadLetter`. Whether the sender's domain stands behind it is the mail server's finding:
only that saw where it came from. It writes it on top as Authentication-Results (RFC 8601), under its own name.

Only the head is read here: it tells whose answer it is. What the letter says is read by `app.core.contents`.
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256

import authres
from authres import dmarc

from app.core.charsets import words
from app.core.errors import Invalid
from app.core.i18n import _

LONGEST_HEAD = 256_000
"""Bytes of all headers together; mail servers allow for less."""
LONGEST = 100_000
"""Characters of one header that are looked at."""
LONGEST_FINDINGS = 10_000
"""Of one Authentication-Results, which takes longer to read."""
MOST_ADDRESSES = 100
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
BROKEN = (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError)
"""What the standard library raises over letters that nobody should have written."""
_RESULTS = authres.FeatureContext(dmarc)
_END = re.compile(rb"(?>\r\n|\r|\n)(?>\r\n|\r|\n)")
_AUTOMATIC = frozenset({"bulk", "junk", "list", "auto_reply"})
_MACHINES = ("x-autoreply", "x-autorespond", "x-auto-reply", "list-id")
_ABSENT = re.compile(
    r"\W*(自动回复|自動回覆|自動回復|automatic reply|auto ?reply|out of office|automatische antwort|abwesenheit"
    r"|réponse automatique|respuesta automática|risposta automatica)\b.*",
    re.IGNORECASE,
)
"""How a subject begins where a holiday notice does not say so as RFC 3834 asks."""


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

    digest      SHA-256 of its bytes, in hex
    message_id  SHA-256 of what its program named it by (RFC 5322 §3.6.4), in hex; "" where it did not, or twice. A
                letter that comes by two ways, or again, differs in its bytes and not in this
    to          addresses it is for
    sender      the From address; "" where there is none, or more than one
    reply_to    where answers are asked to go in place of that; "" where nowhere else
    automatic   no person wrote it (RFC 3834): a holiday notice, a bounce, a list
    Addresses are as `address` writes them.
    """

    digest: str
    message_id: str
    to: tuple[str, ...]
    sender: str
    reply_to: str
    automatic: bool
    proof: Proof


def read(raw: bytes, authority: str) -> Incoming:
    """The head of a letter as the mail server handed it over.

    authority  the name under which that server writes its findings (authserv-id); another's are not believed
    Raises BadLetter.
    """
    try:
        message = message_from_bytes(_head(raw), policy=policy.compat32)
        sender = _sender(message)
        reply_to = _addresses(message, "reply-to")
        return Incoming(
            digest=sha256(raw).hexdigest(),
            message_id=_message_id(message),
            to=tuple(_addresses(message, "delivered-to", "x-original-to", "envelope-to", "to", "cc")),
            sender=sender,
            reply_to=next((one for one in reply_to if one != sender), ""),
            automatic=_automatic(message),
            proof=_proof(message, authority, sender.rpartition("@")[2]),
        )
    except BROKEN as broken:
        raise BadLetter(_("This letter cannot be read.")) from broken


def address(said: str) -> str:
    """An address as it is compared: small letters, and its domain as the network writes it (RFC 5891)."""
    local, _at, host = said.strip().rpartition("@")
    return f"{local.lower() if local.isascii() else local}@{_host(host)}"[:320]


def _host(said: str) -> str:
    try:
        return said[:253].encode("idna").decode("ascii").lower()
    except UnicodeError:
        return said[:253].casefold()


def _head(raw: bytes) -> bytes:
    end = _END.search(raw, 0, LONGEST_HEAD)
    if end is None and len(raw) > LONGEST_HEAD:
        raise ValueError("the head is too long")
    return raw[: end.end()] if end else raw


def _header(message: Message, name: str) -> list[str]:
    return [UNSEEN.sub("", str(value)[:LONGEST]) for value in message.get_all(name, [])]


def _addresses(message: Message, *names: str) -> list[str]:
    values = [value for name in names for value in _header(message, name)]
    found = [address(said) for _name, said in getaddresses(values)[:MOST_ADDRESSES] if "@" in said]
    return list(dict.fromkeys(found))


def _sender(message: Message) -> str:
    found = _addresses(message, "from")
    return found[0] if len(found) == 1 and len(_header(message, "from")) == 1 else ""


def _message_id(message: Message) -> str:
    said = {value.strip() for value in _header(message, "message-id")} - {""}
    return sha256(said.pop().encode()).hexdigest() if len(said) == 1 else ""


def _automatic(message: Message) -> bool:
    said = [value.strip().casefold() for value in _header(message, "auto-submitted")]
    kinds = {value.strip().casefold() for value in _header(message, "precedence")}
    return (
        any(value.strip() == "<>" for value in _header(message, "return-path"))
        or not kinds.isdisjoint(_AUTOMATIC)
        or any(value and not value.startswith("no") for value in said)
        or any(name in message for name in _MACHINES)
        or message.get_content_type() == "multipart/report"
        or any(_ABSENT.match(words(value[:1000])) for value in _header(message, "subject"))
    )


def _proof(message: Message, authority: str, domain: str) -> Proof:
    """What stands under the server's name, from the topmost finding down to the next Received.

    Servers take away what came with a letter under their own name (RFC 8601 §5); what still did stands below.
    """
    found: list[authres.AuthenticationResult] = []
    for name, value in message.items():
        if found and name.casefold() == "received":
            break
        if name.casefold() == "authentication-results":
            found += _results(str(value)[:LONGEST_FINDINGS], authority)
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
        names = [_host(name.rpartition("@")[2]) for name in named]
        if outcome == "pass" and any(_same_house(name, domain) for name in names):
            aligned.add(method)
    return Proof(said.get("spf", ""), said.get("dkim", ""), said.get("dmarc", ""), frozenset(aligned))


_NAMED = {"spf": ("mailfrom",), "dkim": ("d", "i"), "dmarc": ("from",)}
"""Which property tells for what domain a method passed."""


def _same_house(one: str, other: str) -> bool:
    return bool(one and other) and (one == other or one.endswith(f".{other}") or other.endswith(f".{one}"))
