"""Domains of e-mail addresses: whose they are nobody's own, and which look like another's."""

import unicodedata
from collections.abc import Iterable

from rapidfuzz.distance import DamerauLevenshtein

PUBLIC = frozenset((
    "126.com", "139.com", "163.com", "188.com", "189.cn", "21cn.com", "aliyun.com", "aol.com", "att.net", "bk.ru",
    "bol.com.br", "btinternet.com", "comcast.net", "daum.net", "email.com",
    "example.com", "example.net", "example.org", "fastmail.com", "foxmail.com", "free.fr",
    "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hanmail.net",
    "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.fr", "hotmail.it", "icloud.com", "inbox.ru", "laposte.net",
    "libero.it", "list.ru", "live.cn", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "naver.com",
    "orange.fr", "outlook.com", "outlook.de", "outlook.fr", "proton.me", "protonmail.com", "qq.com", "rediffmail.com",
    "seznam.cz", "sina.cn", "sina.com", "sohu.com", "t-online.de", "terra.com.br", "tom.com", "tutanota.com",
    "uol.com.br", "vip.163.com", "vip.qq.com", "vip.sina.com", "wanadoo.fr", "web.de", "wo.cn", "wp.pl", "yahoo.co.in",
    "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.cn", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru",
    "yeah.net", "ymail.com", "zoho.com",
))  # fmt: skip
"""Where anybody gets an address, and the three names that stand for nobody's (RFC 2606)."""
DISPOSABLE = frozenset((
    "10minutemail.com", "10minutemail.net", "20minutemail.com", "33mail.com", "burnermail.io", "discard.email",
    "dispostable.com", "emailondeck.com", "fakeinbox.com", "fakemail.net", "getairmail.com", "getnada.com",
    "grr.la", "guerrillamail.biz", "guerrillamail.com", "guerrillamail.de", "guerrillamail.net", "guerrillamail.org",
    "guerrillamailblock.com", "inboxkitten.com", "incognitomail.org", "jetable.org", "linshiyouxiang.net",
    "mail-temp.com", "mailcatch.com", "maildrop.cc", "mailinator.com", "mailnesia.com", "mailnull.com", "mintemail.com",
    "moakt.com", "mohmal.com", "mytemp.email", "nada.email", "sharklasers.com", "spam4.me", "spamgourmet.com",
    "temp-mail.io", "temp-mail.org", "tempail.com", "tempmail.com", "tempmail.net", "tempmailo.com",
    "tempr.email", "throwawaymail.com", "trashmail.com", "trashmail.de", "trashmail.net", "trbvm.com",
    "wegwerfmail.de", "wegwerfmail.net", "yopmail.com", "yopmail.fr", "yopmail.net",
))  # fmt: skip
"""Where an address is thrown away after use."""
_SECOND = frozenset(("co", "com", "net", "org", "gov", "edu", "ac", "or", "ne", "gob", "gen"))
_ALIKE = str.maketrans({
    "0": "o", "1": "l", "3": "e", "5": "s", "8": "b", "i": "l", "а": "a", "в": "b", "е": "e", "к": "k", "м": "m",
    "н": "h", "о": "o", "р": "p", "с": "c", "т": "t", "у": "y", "х": "x", "ѕ": "s", "і": "l", "ј": "j", "ԁ": "d",
    "ɡ": "g", "ո": "n", "ν": "v", "ο": "o", "ρ": "p", "α": "a", "-": "", "_": "",
})  # fmt: skip
"""Signs that the eye takes for one another."""
SHORTEST = 5
"""Shorter names are near too many others."""
LONG = 8
"""From here on two slips of the pen are still near."""


def domain_of(address: str) -> str:
    """What stands behind the @, in small letters and Unicode; "" where nothing does."""
    said = address.rpartition("@")[2].strip().casefold().strip(".")
    try:
        return said.encode("ascii").decode("idna") if "xn--" in said else said
    except UnicodeError:
        return said


def own(domain: str) -> str:
    """The domain, or "" where it is a public provider's or a throw-away one: it tells nobody apart."""
    return "" if _listed(domain, PUBLIC | DISPOSABLE) else domain


def disposable(domain: str) -> bool:
    return _listed(domain, DISPOSABLE)


def public(domain: str) -> bool:
    return _listed(domain, PUBLIC)


def _listed(domain: str, known: frozenset[str]) -> bool:
    """Also where it stands below a listed one."""
    parts = domain.split(".")
    return any(".".join(parts[place:]) in known for place in range(len(parts) - 1))


def label(domain: str) -> str:
    """The part of a domain that names somebody: `lantern` of mail.lantern.com.cn."""
    parts = [part for part in domain.split(".") if part]
    if len(parts) > 1:
        parts.pop()
    if len(parts) > 1 and parts[-1] in _SECOND:
        parts.pop()
    return parts[-1] if parts else ""


def looks_like(domain: str, others: Iterable[str]) -> tuple[str, int] | None:
    """The nearest of the other domains that this one could be taken for, and by how many signs they differ: 0 where the
    eye sees none, or where only the ending is another. None where none is near, or the domain is one of them.
    """
    name, known = label(domain), set(others)
    if domain in known or not own(domain):
        return None
    seen = _seen(name)
    found: list[tuple[int, str]] = []
    for other in known:
        theirs = label(other)
        if min(len(name), len(theirs)) < SHORTEST or not own(other):
            continue
        most = 2 if min(len(name), len(theirs)) >= LONG else 1
        distance = 0 if seen == _seen(theirs) else DamerauLevenshtein.distance(name, theirs, score_cutoff=most)
        if distance <= most:
            found.append((distance, other))
    return (min(found)[1], min(found)[0]) if found else None


def _seen(name: str) -> str:
    text = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in text if not unicodedata.combining(sign)).casefold()
    return plain.replace("rn", "m").replace("vv", "w").translate(_ALIKE)
