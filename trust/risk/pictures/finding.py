"""What the pages of a picture or a file give away: ways to reach people, accounts, codes; each with its place. Pure.

The words are judged by the same detectors as what people type (`trust.risk.texts`). What is found is kept with what
tells it apart from print that belongs to the goods: how tall it stands, how sure the reader was, whether the page is a
paper such as a certificate, whether it is a bare domain as brands print theirs. `counting` says what of it counts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from app.core.reading import Code, Line, Page, Place
from trust.risk import texts
from trust.risk.texts import BANK, CONTACT, MONEY, Kind

SOUGHT = CONTACT | BANK | MONEY
MOST = 40
SHORT = 20
"""So long is a line at most that only announces the next one: "WeChat ID:", "Contact us"."""
CARRYING = frozenset(("QRCode", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "PDF417"))
"""Codes that carry words. Those of goods and parcels (EAN, UPC, ITF, Code 128 …) are numbers of things."""
_PAPER = re.compile(
    r"certificat|test report|declaration of conformity|licen[cs]e no|accredit|registration no"
    r"|证书|检测报告|检验报告|测试报告|认证|营业执照|许可证|注册号",
    re.IGNORECASE,
)
PAPER_LINES = 8
"""A page with the words of a certificate and so many lines is one."""
_MESSENGERS = (
    "wechat.com", "weixin.qq.com", "work.weixin.qq.com", "wa.me", "whatsapp.com", "t.me", "telegram.me", "line.me",
    "qm.qq.com", "viber.com", "signal.me", "skype.com", "kakao.com", "zalo.me", "facebook.com", "instagram.com",
)  # fmt: skip
_PAYING = ("wxp://", "weixin://wxpay", "alipays://", "alipayqr://", "https://qr.alipay.com", "bitcoin:", "ethereum:")
_CARD = re.compile(r"^(?:mailto|tel|sms|smsto|whatsapp|weixin|skype|tg|mecard|begin:vcard|bizcard)\b", re.IGNORECASE)
_WEB = re.compile(r"^(?:https?://|www\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Seen:
    """Something found in a picture. `page` from 1; `said` with its signs covered; `host` of an address on the web.

    form  "text", "code", or "domain" for a bare one without http or www
    paper it stands on a certificate or the like
    """

    kind: Kind
    form: str
    page: int
    place: Place
    percent: int
    tall: int
    paper: bool
    host: str
    said: str

    def kept(self) -> dict[str, Any]:
        """JSON-able."""
        return {**asdict(self), "kind": self.kind.value}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Seen":
        return cls(**{**kept, "kind": Kind(kept["kind"]), "place": Place(**kept["place"])})


def found(pages: Sequence[Page]) -> list[Seen]:
    """In the order of the pages, codes after lines; no more than `MOST`."""
    seen: list[Seen] = []
    for number, page in enumerate(pages, start=1):
        paper = len(page.lines) >= PAPER_LINES and any(_PAPER.search(line.text) for line in page.lines)
        seen += [one for line in page.lines for one in _in_line(line, number, paper=paper)]
        seen += [one for pair in pairwise(page.lines) for one in _across(*pair, number, paper=paper)]
        seen += [one for code in page.codes for one in _in_code(code, number, paper=paper)]
    return seen[:MOST]


def _in_line(line: Line, page: int, *, paper: bool) -> list[Seen]:
    return [_seen(place.kind, line.text, place, line, page, paper=paper) for place in _places(line.text)]


def _across(first: Line, second: Line, page: int, *, paper: bool) -> list[Seen]:
    """What only shows where a line announces the next one."""
    if len(first.text) > SHORT or _places(first.text):
        return []
    alone = {place.kind for place in _places(second.text)}
    text = f"{first.text} {second.text}"
    after = [one for one in _places(text) if one.end > len(first.text) + 1 and one.kind not in alone]
    return [_seen(one.kind, text, one, second, page, paper=paper) for one in after]


def _places(text: str) -> list[texts.Found]:
    return [place for place in texts.find(text) if place.kind in SOUGHT]


def _seen(kind: Kind, text: str, place: texts.Found, at: Line | Code, page: int, *, paper: bool) -> Seen:
    words = text[place.start : place.end]
    bare = kind is Kind.URL and not _WEB.match(words)
    return Seen(
        kind=kind,
        form="domain" if bare else "text",
        page=page,
        place=at.place,
        percent=at.percent if isinstance(at, Line) else 100,
        tall=at.tall,
        paper=paper,
        host=_host(words) if kind is Kind.URL else "",
        said=texts.snippets(text, [place])[0],
    )


def _in_code(code: Code, page: int, *, paper: bool) -> list[Seen]:
    """A code to reach somebody by, to pay with, or to an address on the web: one finding each."""
    text = code.text.strip()
    kind = _kind(text) if code.kind.replace(" ", "") in CARRYING else None
    if kind is None:
        return []
    host = _host(text) if _WEB.match(text) else ""
    said = host or f"{text[:2]}•••"
    return [Seen(kind, "code", page, code.place, 100, code.tall, paper, host, said)]


def _kind(text: str) -> Kind | None:
    if text.lower().startswith(_PAYING):
        return Kind.ACCOUNT
    if _WEB.match(text):
        return Kind.HANDLE if _under(_host(text), _MESSENGERS) else Kind.URL
    if _CARD.match(text):
        return Kind.HANDLE
    return next((place.kind for place in _places(text)), None)


def _host(address: str) -> str:
    said = address if "//" in address else f"//{address}"
    try:
        return (urlsplit(said).hostname or "").removeprefix("www.")
    except ValueError:  # no address after all
        return ""


def _under(host: str, names: Iterable[str]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in names)


def counting(seen: Sequence[Seen], parameters: Mapping[str, Any]) -> list[Seen]:
    """What of it counts, by the parameters of INF-07.

    percent   how sure the reader has to be of a line
    tall      thousandths of the longer edge that what solicits, messengers and accounts stand tall at least
    print     the same for telephone, mail and web, which are also printed on boxes, labels and letterheads
    paper     the same for these on a certificate or the like; there, codes to the web do not count
    code      the same for a code to the web; one to a messenger counts from `tall` on
    let_pass  hosts, with all under them, that may be shown
    A bare domain, as brands print theirs, counts only beside something else that does.
    """
    sure = [one for one in seen if _counts(one, parameters)]
    return sure if any(one.form != "domain" for one in sure) else []


_PRINTED = frozenset((Kind.PHONE, Kind.EMAIL, Kind.URL))


def _counts(one: Seen, parameters: Mapping[str, Any]) -> bool:
    if one.percent < parameters["percent"] or _under(one.host, parameters["let_pass"]):
        return False
    if one.kind in _PRINTED and one.form == "code" and one.paper:
        return False
    least: int = parameters[_least(one)]
    return one.tall >= least


def _least(one: Seen) -> str:
    """The parameter that says how tall it has to stand."""
    if one.kind not in _PRINTED:
        return "tall"
    if one.form == "code":
        return "code"
    return "paper" if one.paper else "print"
