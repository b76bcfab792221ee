"""Where a visit comes from: the site that refers, the campaign that a link names, and of which kind that is."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

LONGEST_HOST = 100
LONGEST_WORD = 60
HOST = re.compile(r"[a-z0-9.-]+")
NOT_A_WORD = re.compile(r"[^\w .+-]")
SEARCH = re.compile(
    r"(?:^|\.)(?:google|bing|baidu|yahoo|yandex|duckduckgo|ecosia|naver|sogou|so|sm|qwant|startpage|seznam)\.[a-z.]{2,6}$"
)
PAID = {
    "cpc",
    "ppc",
    "cpm",
    "cpv",
    "paid",
    "paidsearch",
    "paid_social",
    "display",
    "banner",
    "affiliate",
    "retargeting",
}
MAIL = {"email", "e-mail", "mail", "newsletter"}
EVENT = {"event", "fair", "exhibition", "offline", "print", "qr"}
CLICKS = {"gclid", "msclkid", "bd_vid", "yclid", "dclid"}
"""What advertisers' own links carry."""


@dataclass(frozen=True, slots=True)
class Source:
    """`referrer` is a host or ""; the words are of the link (utm_*), lower case; `channel` is of which kind it is."""

    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    channel: str = "direct"


def source(referer: str, query: str, *, own: str) -> Source:
    """Of a `Referer` and a query string, however broken. `own`: our host, which refers to nothing."""
    host = _host(referer)
    host = "" if host == own.partition(":")[0].lower() else host
    said = _said(query)
    words = {name: _word(said.get(f"utm_{name}", "")) for name in ("source", "medium", "campaign")}
    channel = _channel(host, words["source"], words["medium"], paid=bool(CLICKS & said.keys()))
    return Source(host, **words, channel=channel)


def _host(referer: str) -> str:
    try:
        host = (urlsplit(referer[:2000]).hostname or "").lower()
    except ValueError:
        return ""
    return host if len(host) <= LONGEST_HOST and HOST.fullmatch(host) else ""


def _said(query: str) -> dict[str, str]:
    if "utm_" not in query and "id=" not in query:
        return {}
    try:
        return dict(reversed(parse_qsl(query[:2000], max_num_fields=50)))  # the first of several
    except ValueError:
        return {}


def _word(text: str) -> str:
    return NOT_A_WORD.sub("", text.strip().lower())[:LONGEST_WORD].strip()


def _channel(host: str, source: str, medium: str, *, paid: bool) -> str:
    if paid or medium in PAID:
        return "paid"
    if medium in MAIL:
        return "mail"
    if medium in EVENT:
        return "event"
    if SEARCH.search(host):
        return "search"
    return "referral" if host or source else "direct"
