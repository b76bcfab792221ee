"""What a text gives away: ways to reach people, accounts to pay to, and words that go with fraud. Pure.

A text is read as people write around such rules: full-width signs, spaced digits, digits as words, "at" and "dot".
Numbers that trade is full of (HS codes, orders, prices, dates, quantities) are let pass: a run of digits counts as a
telephone number only where its form or the words before it say so.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from stdnum import bic, iban


class Kind(StrEnum):
    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    URL = "url"
    OUTSIDE = "outside"
    IBAN = "iban"
    SWIFT = "swift"
    ACCOUNT = "account"
    CHANGED = "changed"
    WALLET = "wallet"
    TRANSFER = "transfer"
    URGENT = "urgent"


CONTACT = frozenset((Kind.PHONE, Kind.EMAIL, Kind.HANDLE, Kind.URL, Kind.OUTSIDE))
BANK = frozenset((Kind.IBAN, Kind.SWIFT, Kind.ACCOUNT, Kind.CHANGED))
MONEY = frozenset((Kind.TRANSFER, Kind.WALLET))
AROUND = 24
"""So many signs before and after a found place are shown with it."""


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A place of the text as it was written, from `start` to before `end`."""

    start: int
    end: int
    kind: Kind


def find(text: str) -> list[Found]:
    """Everything a text gives away, in its order."""
    plain, places = _plain(text)
    found = {
        Found(places[start], places[end - 1] + 1, kind)
        for kind, spans in ((kind, finder(plain)) for kind, finder in _FINDERS)
        for start, end in spans
    }
    numbers = [place for place in found if place.kind in {Kind.IBAN, Kind.ACCOUNT, Kind.WALLET}]
    return sorted(place for place in found if place.kind is not Kind.PHONE or not _within(place, numbers))


def _within(place: Found, others: list[Found]) -> bool:
    return any(other.start <= place.start and place.end <= other.end for other in others)


def masked(text: str, found: list[Found]) -> str:
    """The text with everything that was found covered, each place by a bar of one length: what it hid is not told."""
    out, at = [], 0
    for place in found:
        if place.end <= at or place.kind is Kind.URGENT:
            continue
        if place.start >= at:
            out += [text[at : place.start], "█████"]
        at = place.end
    return "".join([*out, text[at:]])


def snippets(text: str, found: list[Found], *, most: int = 5) -> list[str]:
    """The first found places, each with a few words around it: what gives something away but for its first two signs,
    and every digit, are covered.
    """
    shown = list(re.sub(r"\d", "•", text))
    for place in find(text):
        if place.kind not in _WORDS:
            shown[place.start + 2 : place.end] = "•" * max(0, place.end - place.start - 2)
    return ["".join(shown[max(0, place.start - AROUND) : place.end + AROUND]) for place in found[:most]]


def digest(text: str) -> str:
    """The same for texts that differ in case, width and spaces alone."""
    return hashlib.sha256(" ".join(_plain(text)[0].casefold().split()).encode()).hexdigest()


_WORDS = frozenset((Kind.OUTSIDE, Kind.CHANGED, Kind.TRANSFER, Kind.URGENT))
_HIDDEN = frozenset(("Cf", "Mn", "Me"))
"""Signs that do not show, and marks laid over others, by Unicode's general category: who reads `1̶3̶8̶` reads 138."""


def _plain(text: str) -> tuple[str, list[int]]:
    """The text in one width without invisible signs, and for each sign of it its place in what was written."""
    out: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        if unicodedata.category(sign) in _HIDDEN:
            continue
        for plain in unicodedata.normalize("NFKC", sign):
            out.append(plain)
            places.append(place)
    return "".join(out), places


Spans = Iterator[tuple[int, int]]

_CUE = (
    r"(?:\b(?:tel|phone|telephone|mobile|mob|cell|call(?: me| us)?(?: at| on)?|ring|sms"
    r"|text me|hotline|fax|contact(?: me| us)?)"
    r"|whats ?app|wechat|telegram|viber|电话|手机|座机|联系方式|联系我|联系号码|致电|打给我|热线|传真|短信|微信|加我)"
)
_NO_PHONE_BEFORE = re.compile(
    r"(?:\bno\.?|#|№|order|contract|invoice|tracking|awb|b/l|bl|container|hs(?: code)?|sku"
    r"|model|item|ref(?:erence)?|serial|batch|lot|po|cas"
    r"|licen[cs]e|certificate|registration|uscc|单号|订单号?|合同号?|编号|型号|批号|运单|货号|箱号|提单|发票|证书|海关|税号"
    r"|信用代码)\s*(?:号|no\.?|number)?\s*[:：#]?\s*$",
    re.IGNORECASE,
)
_UNIT_AFTER = re.compile(
    r"^\s*(?:pcs|pieces|units?|sets?|kg|kgs|tons?|tonnes|mt|m2|m3|cbm|usd|eur|cny|rmb|dollars?"
    r"|件|个|套|只|箱|吨|公斤|千克|元|美元|米|片|支)",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"(?<![\w.,+-])(?:\+|00)[1-9](?:[ ().\-/]{0,2}\d){7,14}(?![\w])")
_CUED = re.compile(_CUE + r"[^\d\n]{0,14}?((?:\+|00)?\(?\d(?:[ ().\-/_*]{0,2}\d){6,14})(?!\d)", re.IGNORECASE)
_CHINESE_MOBILE = re.compile(r"(?<![\d.,-])(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?![\d.,]*\d)")
_SPACED = re.compile(r"(?<![\d.])1[ ._*-]{1,2}[3-9](?:[ ._*-]{1,2}\d){9}(?!\d)")
_ZH_DIGITS = dict(zip("零〇一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "001234567891123456789", strict=True))
_ZH_RUN = re.compile(rf"[{''.join(_ZH_DIGITS)}\d](?:[ -]?[{''.join(_ZH_DIGITS)}\d]){{9,14}}")
_EN_DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_EN_RUN = re.compile(rf"\b{_EN_DIGIT}(?:[\s,-]+{_EN_DIGIT}){{6,}}\b", re.IGNORECASE)


def _phones(text: str) -> Spans:
    for found in _NUMBERS.finditer(text):
        if not _NO_PHONE_BEFORE.search(text[max(0, found.start() - 30) : found.start()]):
            yield found.span()
    for found in _CUED.finditer(text):
        yield found.span(1)
    for pattern in (_CHINESE_MOBILE, _SPACED):
        for found in pattern.finditer(text):
            if not _NO_PHONE_BEFORE.search(text[max(0, found.start() - 30) : found.start()]) and not _UNIT_AFTER.match(
                text[found.end() : found.end() + 12]
            ):
                yield found.span()
    for found in _ZH_RUN.finditer(text):
        digits = "".join(_ZH_DIGITS.get(sign, sign) for sign in found[0] if sign.isalnum())
        if any(sign in _ZH_DIGITS for sign in found[0]) and re.match(r"(?:86)?1[3-9]\d{9}$|0\d{9,11}$", digits):
            yield found.span()
    for found in _EN_RUN.finditer(text):
        yield found.span()


_TOP = (
    r"(?:com|cn|net|org|de|uk|io|co|hk|info|biz|shop|store|me|cc|vip|top|xyz|eu|fr|ru|in|tw|jp"
    r"|kr|us|site|online|link|ly)"
)
_AT_SIGN = r"(?:\s*@\s*|\s*[(\[{<]\s*(?:at|@|a)\s*[)\]}>]\s*|\s*艾特\s*|\s*#at#\s*)"
_DOT_SIGN = r"(?:\s*\.\s*|\s*[(\[{<]\s*(?:dot|\.)\s*[)\]}>]\s*|\s+dot\s+|\s*点\s*)"
_LOCAL = r"(?<![\w.+-])[\w.+-]{1,64}"
_EMAIL = re.compile(
    rf"{_LOCAL}{_AT_SIGN}[\w-]{{1,63}}(?:{_DOT_SIGN}[\w-]{{1,63}}){{0,4}}?{_DOT_SIGN}{_TOP}\b", re.IGNORECASE
)
_SPELT_EMAIL = re.compile(
    rf"{_LOCAL}\s+at\s+[\w-]{{1,63}}(?:\s+dot\s+[\w-]{{1,63}}){{0,4}}?\s+dot\s+{_TOP}\b", re.IGNORECASE
)
_PLAIN_EMAIL = re.compile(rf"{_LOCAL}@[\w-]{{1,63}}(?:\.[\w-]{{1,63}})+", re.IGNORECASE)


def _emails(text: str) -> Spans:
    for pattern in (_PLAIN_EMAIL, _EMAIL, _SPELT_EMAIL):
        yield from (found.span() for found in pattern.finditer(text))


_URL = re.compile(
    r"\b(?:https?://|www\.)[^\s<>，。；、）]+"
    r"|(?<![@\w.-])[a-z0-9][a-z0-9-]{1,40}(?:\.[a-z0-9-]{2,40})?\.(?:com|cn|net|org|shop|store"
    r"|io|biz|info|top|xyz|vip|cc|me)(?:/[^\s<>，。；、）]*)?(?![\w.@-])",
    re.IGNORECASE,
)
_KNOWN_SITES = re.compile(
    r"(?:^|[/.])(?:iso|iec|unece|wto|wcoomd|iccwbo|fda|europa|customs|gov|samr|cnca|astm|gs1"
    r"|portolan)(?:\.[a-z]+)*(?:/|$)|\.gov\b|\.edu\b|\.int\b",
    re.IGNORECASE,
)


def _urls(text: str) -> Spans:
    for found in _URL.finditer(text):
        if not _KNOWN_SITES.search(found[0]):
            yield found.span()


_ID = r"([a-z0-9][\w\-.+]{4,30})"
_APP = (
    r"(?:wechat|weixin|we chat|wei xin|whats ?app|telegram|skype|viber|kakao ?talk|kakao"
    r"|signal|微信|薇信|威信|维信|企业微信|v信|飞书|钉钉|电报)"
)
_SHORT_APP = r"(?:wx|vx|qq|tg|line|w\.?x|v\.?x|扣扣|企鹅号)"
_NAMED = re.compile(
    rf"{_APP}\s*(?:(?:id|号码?|no\.?|number|account|name|is|me at|me on)\s*)*[:=：是为]?\s*@?{_ID}",
    re.IGNORECASE | re.ASCII,
)
_SHORT_NAMED = re.compile(
    rf"(?<![a-z0-9])(?:{_SHORT_APP})\s*(?:id|号码?|no\.?|number)?\s*[:=：]\s*@?{_ID}"
    rf"|(?<![a-z0-9])(?:{_SHORT_APP})\s*(?:id|号码?)\s*@?{_ID}|(?<![a-z0-9])(?:wx|vx|qq"
    rf"|扣扣)\s?(\d{{5,12}})\b",
    re.IGNORECASE | re.ASCII,
)
_SOLICIT = re.compile(
    rf"(?:add|find|reach|message|msg|text|ping|contact|chat|talk|write|call)\s+(?:to\s+)?(?:me"
    rf"|us|with me|with us)?\s*(?:on|at|via|by|through|over|in|using)?\s*(?:my|our)?\s*{_APP}"
    rf"|(?:my|our)\s+(?:whats ?app|wechat|telegram|skype|viber)\b(?!\s*(?:pay|store|shop|mini))"
    rf"|(?:let'?s|move|continue|switch|go)\s+(?:\w+\s+){{0,3}}(?:to|on|over)\s+{_APP}"
    r"|(?:加|添加|留)(?:我|下|个|一下|你|您|我的|您的)*\s*(?:微信|薇信|v信|vx|wx|qq|v\b)"
    r"|(?:微信|电话|qq)(?:聊|沟通|联系|详谈|私聊)|加个?v\b",
    re.IGNORECASE,
)


def _handles(text: str) -> Spans:
    for pattern in (_NAMED, _SHORT_NAMED):
        for found in pattern.finditer(text):
            said = next(part for part in found.groups() if part)
            cued = re.search(r"[:=：是为@]|\b(?:id|is|me at|me on)\b|号", found[0][: -len(said)], re.IGNORECASE)
            if cued or re.search(r"[\d_]", said):
                yield found.span()
    yield from (found.span() for found in _SOLICIT.finditer(text))


_OUTSIDE = re.compile(
    r"outside (?:of )?(?:the |this |your )?(?:platform|portolan|web ?site|system)"
    r"|off[- ]?platform|without (?:the |this )?platform"
    r"|(?:pay|transfer|wire|remit|send)(?: the money| the deposit| it)? (?:to )?(?:me"
    r"|us) direct(?:ly)?|pay(?:ment)? direct(?:ly)? to (?:me|us|our|my)"
    r"|(?:deal|trade|work|contract|do business) direct(?:ly)? (?:with us )?(?:outside|instead of|and (?:save|avoid))"
    r"|(?:avoid|save|skip|bypass|get around|no need (?:for|to pay))(?: on| paying)?(?: the"
    r"| this| portolan'?s?| platform'?s?)* (?:platform|portolan)?(?:'s)? ?(?:fees?|commission"
    r"|escrow|platform)\b"
    r"|私下(?:交易|付款|转账|联系|谈|成交|打款|支付)|线下(?:付款|交易|转账|打款|支付|成交)|绕过?(?:开|过)?(?:平台|托管)|(?:不走|不通过|跳过"
    r"|避开|脱离)(?:平台|托管)|平台(?:外|以外|之外)(?:交易|付款|联系|打款|成交)?"
    r"|省(?:下|掉|去)?(?:平台)?(?:手续费|佣金|服务费)|直接(?:打款|转账|汇款|付款)(?:给|到)(?:我|公司|私人)?",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"(?:new|changed?|different|updated?|another|alternative|other)\s+(?:bank(?:ing)?"
    r"|beneficiary|payment|remittance)\s+(?:account|details?|information|info|instructions?"
    r"|data)"
    r"|(?:new|another|different)\s+(?:account\s+(?:number|for\s+(?:the\s+)?(?:payment|deposit"
    r"|balance|transfer))|iban|bank to pay|beneficiary)"
    r"|change of (?:bank|beneficiary|account|payment details)|chang(?:e|ed|ing) (?:our"
    r"|the) (?:bank|bank account|account|beneficiary|payment details)"
    r"|(?:bank )?account (?:is|was|has been|is being) (?:frozen|blocked|audited|under audit"
    r"|closed|changed)|account (?:is )?under (?:audit|review by the tax)"
    r"|do not (?:use|pay to) (?:the |our )?(?:old|previous|former) (?:bank )?account"
    r"|pay (?:in)?to (?:this|the following|our (?:new|other|hong kong"
    r"|personal)) (?:bank )?account"
    r"|新(?:的)?(?:银行)?(?:账户|账号|帐号|帐户|收款账户|银行)|(?:更换|变更|更改|换了?|改了?)(?:一下|成|为)?(?:了)?(?:银行|收款"
    r"|公司)?(?:账户|账号|帐号|帐户|收款人|收款信息|收款行)"
    r"|(?:账户|账号|帐号|帐户)(?:已|被|正在|有|要)?(?:经)?(?:变更|更换|冻结|审计|改了|停用)|(?:打|汇|转|付)(?:款)?(?:到|至"
    r"|给)(?:我|以下|下面|这个|新|另|法人|老板|个人|香港)(?:的|们|一个)?(?:个人)?(?:账户|账号|帐号|帐户|卡|私人)",
    re.IGNORECASE,
)
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,32}")
_SWIFT = re.compile(
    r"(?:swift|bic)(?:\s*/\s*(?:swift"
    r"|bic))?[^a-z0-9\n]{0,4}(?:code)?[^a-z0-9\n]{0,6}([a-z]{6}[a-z0-9]{2}(?:[a-z0-9]{3})?)\b",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"(?:账号|帐号|账户|帐户|卡号|户头|\baccount\s*(?:no\.?|number|#|num)|\ba/c(?:\s*no\.?)?"
    r"|\bacct\.?(?:\s*no\.?)?|\bacc\s*no\.?"
    r"|\bbeneficiary account)[^\d\n]{0,18}(\d(?:[ -]?\d){7,31})(?!\d)",
    re.IGNORECASE,
)


def _ibans(text: str) -> Spans:
    for found in _IBAN.finditer(text):
        for length in range(found.end() - found.start(), 14, -1):
            said = text[found.start() : found.start() + length]
            if said[-1].isalnum() and iban.is_valid(said):
                yield found.start(), found.start() + length
                break


def _swifts(text: str) -> Spans:
    for found in _SWIFT.finditer(text):
        if bic.is_valid(found[1]):
            yield found.span(1)


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_WALLET = re.compile(r"\b(?:0x[0-9a-fA-F]{40}|bc1[ac-hj-np-z02-9]{25,60}|[13T][1-9A-HJ-NP-Za-km-z]{25,34})\b")


def _wallets(text: str) -> Spans:
    for found in _WALLET.finditer(text):
        if found[0].startswith(("0x", "bc1")) or _base58check(found[0]):
            yield found.span()


def _base58check(said: str) -> bool:
    """Whether the last four bytes are the checksum of the 21 before them."""
    number = 0
    for sign in said:
        number = number * 58 + _BASE58.index(sign)
    try:
        data = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]


_ALWAYS = re.compile(
    r"western ?union|money ?gram|\bria money|\busdt\b|\busdc\b|\btrc-?20\b|\berc-?20\b"
    r"|perfect money|web ?money|西联(?:汇款)?|速汇金|泰达币|虚拟(?:货)?币|加密货币|数字币(?:付|支付|转)",
    re.IGNORECASE,
)
_COIN = re.compile(
    r"\b(?:bitcoins?|btc|ethereum|eth|crypto(?:currenc(?:y|ies))?|tether|litecoin|binance)\b"
    r"|(?:gift|itunes|steam|google play|amazon|prepaid|vanilla) ?cards?\b|比特币|以太坊|礼品卡|购物卡|充值卡",
    re.IGNORECASE,
)
_PAYING = re.compile(
    r"\b(?:pay(?:ment|able|s|ing)?|paid|transfer|send|remit|deposit|accept|via|through|settle"
    r"|in exchange)\b|付|支付|转账|打款|汇款|收款|结算|用",
    re.IGNORECASE,
)
_GOODS_AFTER = re.compile(
    r"^[\s-]*(?:box(?:es)?|holders?|printing|sleeves?|envelopes?|packaging|stands?|display"
    r"|miners?|mining|wallet case|keychains?|stickers?|size|paper|machine|盒|套|包装|印刷|架|矿机|卡套"
    r"|尺寸)",
    re.IGNORECASE,
)


def _transfers(text: str) -> Spans:
    yield from (found.span() for found in _ALWAYS.finditer(text))
    for found in _COIN.finditer(text):
        near = text[max(0, found.start() - 30) : found.start()] + " | " + text[found.end() : found.end() + 20]
        if _PAYING.search(near) and not _GOODS_AFTER.match(text[found.end() : found.end() + 24]):
            yield found.span()


_URGENT = re.compile(
    r"\burgent(?:ly)?\b|\bimmediately\b|\bright away\b|\basap\b|\btoday only\b|\bby (?:today"
    r"|tonight|tomorrow)\b|\bwithin (?:the|an|one|two|24) hours?\b"
    r"|\bconfidential(?:ly)?\b|\bsecret(?:ly)?\b|\b(?:don'?t|do not) (?:tell|call|inform"
    r"|mention)\b|\bbetween (?:us|you and me)\b|\bkeep (?:this|it) (?:quiet|private)\b"
    r"|紧急|加急|立即|马上|立刻|赶紧|今天(?:之内|以内|内|就|必须)|保密|不要(?:告诉|声张|打电话|联系)|别(?:告诉|声张|打电话)|务必今天",
    re.IGNORECASE,
)


def _matches(pattern: re.Pattern[str], group: int = 0) -> Callable[[str], Spans]:
    return lambda text: (found.span(group) for found in pattern.finditer(text))


_FINDERS = (
    (Kind.PHONE, _phones),
    (Kind.EMAIL, _emails),
    (Kind.URL, _urls),
    (Kind.HANDLE, _handles),
    (Kind.OUTSIDE, _matches(_OUTSIDE)),
    (Kind.IBAN, _ibans),
    (Kind.SWIFT, _swifts),
    (Kind.ACCOUNT, _matches(_ACCOUNT, 1)),
    (Kind.CHANGED, _matches(_CHANGED)),
    (Kind.WALLET, _wallets),
    (Kind.TRANSFER, _transfers),
    (Kind.URGENT, _matches(_URGENT)),
)
