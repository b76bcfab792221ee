"""Figures and their parts in the reader's words."""

from datetime import date
from decimal import Decimal

from app.core.errors import NotFound
from app.core.i18n import N_, _, format_date, format_number
from app.indicators.definitions import Definition, Unit
from app.indicators.figures import groups
from app.indicators.figures.base import UNKNOWN, Cut
from listings import categories
from payments.membership.provinces import PROVINCES as MIDDLE_AND_WEST
from payments.membership.states import WAIVER_REASONS
from trust.authorities.states import ORGANS
from trust.cases.states import TOPICS, Topic
from trust.identity.words import country_name
from trust.incidents.states import GRADES, NATURES
from trust.quality import states as quality
from trust.restrictions.ladder import KINDS as MEASURES
from trust.restrictions.reasons import REASONS
from trust.rights.states import FAULTS
from trust.rights.states import KINDS as RIGHT_KINDS
from trust.verification.facts import DOCUMENTS, FACTS, DocumentKind, Fact

SPANS = {
    "month": N_("Month"),
    "quarter": N_("Quarter"),
    "year": N_("Year"),
    "r12m": N_("Twelve months"),
}
CLOSINGS = {
    groups.FIGURES: N_("Everything that is final at once"),
    groups.RENEWAL: N_("Renewal"),
    groups.DISPUTES: N_("Disputes"),
    groups.COMPLETION: N_("Completion"),
    groups.STANDING: N_("Verification, rights and lawful operation"),
}
CUTS = {
    "country": N_("Country"),
    "geo": N_("Region"),
    "role": N_("Role"),
    "known": N_("How the country is known"),
    "area": N_("Province"),
    "act": N_("What they did"),
    "category": N_("Category"),
    "chapter": N_("HS chapter"),
    "direction": N_("Direction"),
    "currency": N_("Currency"),
    "basis": N_("Basis"),
    "by": N_("Called off by"),
    "end": N_("Way it ended"),
    "grade": N_("Grade"),
    "source": N_("Source"),
    "registry": N_("Register"),
    "event": N_("What it was"),
    "why": N_("Reason"),
    "province": N_("Province"),
    "ruling": N_("Outcome"),
    "channel": N_("How they came"),
    "referrer": N_("Website"),
    "reason": N_("Why left out"),
    "plan": N_("Plan"),
    "terms": N_("Length of terms"),
    "topic": N_("Topic"),
    "side": N_("Side"),
    "kind": N_("Kind"),
    "age": N_("Age in days"),
    "renewing": N_("First time or again"),
    "fault": N_("What was not accepted"),
    "right": N_("Kind of right"),
    "office": N_("Where it is registered"),
    "ending": N_("Why without effect"),
    "wrong": N_("What is wrong with it"),
    "level": N_("Measure"),
    "institution": N_("What is there"),
    "report": N_("What was reported"),
    "organ": N_("Kind of authority"),
    "origin": N_("From where"),
    "nature": N_("Nature"),
    "cause": N_("Reason"),
    "since": N_("Since"),
}
KEYS: dict[str, dict[str, str]] = {
    "geo": {
        "mainland": N_("Mainland of China"),
        "near": N_("Hong Kong, Macao, Taiwan"),
        "overseas": N_("Other countries"),
        "unknown": N_("Not known"),
    },
    "role": {"buyer": N_("Buyers"), "seller": N_("Sellers"), "both": N_("Both")},
    "known": {"verified": N_("Verified"), "declared": N_("As they say themselves")},
    "act": {
        "ask": N_("Asked"),
        "answer": N_("Answered"),
        "list": N_("Put a product forward"),
        "quote": N_("Made an offer"),
        "sign": N_("Signed"),
        "pay": N_("Paid"),
        "ship": N_("Shipped"),
        "accept": N_("Accepted goods"),
        "complain": N_("Complained"),
    },
    "direction": {
        "export": N_("Exports from the mainland"),
        "import": N_("Imports to the mainland"),
        "domestic": N_("Within the mainland"),
        "offshore": N_("Between other places"),
    },
    "basis": {"gross": N_("With orders left out as one hand's")},
    "by": {"buyer": N_("Buyer"), "supplier": N_("Supplier"), "both": N_("Both, or nobody")},
    "end": {
        "cancelled": N_("Cancelled"),
        "terminated": N_("Ended by agreement"),
        "refunded": N_("Refunded"),
    },
    "ruling": {
        "buyer": N_("To the buyer"),
        "supplier": N_("To the supplier"),
        "shared": N_("Shared"),
        "ruled": N_("Ruled, and no money shared"),
        "settled": N_("Settled"),
        "withdrawn": N_("Withdrawn"),
        "open": N_("Still open"),
    },
    "channel": {
        "direct": N_("Direct"),
        "search": N_("Search engines"),
        "referral": N_("Other sites"),
        "paid": N_("Paid links"),
        "mail": N_("Mail"),
        "event": N_("Fairs and print"),
    },
    "reason": {
        "staff": N_("Staff of the platform"),
        "crawler": N_("Programs that say so, or say nothing"),
        "hosted": N_("From a data centre, without a script running"),
        "rate": N_("More than 60 views in a minute or 2,000 in a day"),
        "headless": N_("Browsers driven by a program"),
        "trap": N_("Followed the link that no person sees"),
        "reload": N_("The same page again within a second"),
    },
    "terms": {"short": N_("Shorter than twelve months")},
    "source": {key.value: label for key, label in quality.SOURCES.items()},
    "event": {key.value: label for key, label in quality.EVENTS.items()},
    "registry": {
        "cn": N_("Mainland China"),
        "madrid": N_("International register (Madrid)"),
        "abroad": N_("Elsewhere"),
    },
    "why": {key.value: label for key, label in WAIVER_REASONS.items()},
    "province": MIDDLE_AND_WEST,
    "side": {"buyer": N_("Buyer"), "supplier": N_("Supplier"), "visitor": N_("Visitor")},
    "kind": {"complaint": N_("Complaint"), "dispute": N_("Dispute"), "report": N_("Report")},
    "renewing": {"first": N_("First time"), "again": N_("Again")},
    "right": {kind.value: name for kind, name in RIGHT_KINDS.items()},
    "ending": {"refuse": N_("The evidence does not suffice"), "withdraw": N_("Taken back before it was decided")},
    "wrong": {fault.value: name for fault, name in FAULTS.items()},
    "level": {kind.value: name for kind, name in MEASURES.items()},
    "institution": {
        "rules": N_("Published rule"),
        "channel": N_("Channel for notices"),
        "counter": N_("Channel for counter-statements"),
        "repeat": N_("Points for whoever repeats"),
        "staff": N_("People who decide"),
        "registry": N_("Registry of rights"),
        "scan": N_("Search for registered marks in listings"),
    },
    "report": {
        "identity": N_("Particulars of sellers"),
        "tax": N_("Tax information of a quarter"),
        "basic": N_("Particulars of the platform"),
        "incident": N_("Reports after incidents"),
    },
    "organ": {organ.value: name for organ, name in ORGANS.items()},
    "origin": {"home": N_("Of China"), "foreign": N_("Of other countries")},
    "nature": {nature.value: name for nature, name in NATURES.items()},
    "grade": {grade.value: name for grade, name in GRADES.items()},
    "cause": {reason.code: reason.label for reason in REASONS.values()},
    "plan": {"standard": N_("Standard"), "premium": N_("Premium")},
}
PROVINCES = {
    "11": N_("Beijing"),
    "12": N_("Tianjin"),
    "13": N_("Hebei"),
    "14": N_("Shanxi"),
    "15": N_("Inner Mongolia"),
    "21": N_("Liaoning"),
    "22": N_("Jilin"),
    "23": N_("Heilongjiang"),
    "31": N_("Shanghai"),
    "32": N_("Jiangsu"),
    "33": N_("Zhejiang"),
    "34": N_("Anhui"),
    "35": N_("Fujian"),
    "36": N_("Jiangxi"),
    "37": N_("Shandong"),
    "41": N_("Henan"),
    "42": N_("Hubei"),
    "43": N_("Hunan"),
    "44": N_("Guangdong"),
    "45": N_("Guangxi"),
    "46": N_("Hainan"),
    "50": N_("Chongqing"),
    "51": N_("Sichuan"),
    "52": N_("Guizhou"),
    "53": N_("Yunnan"),
    "54": N_("Tibet"),
    "61": N_("Shaanxi"),
    "62": N_("Gansu"),
    "63": N_("Qinghai"),
    "64": N_("Ningxia"),
    "65": N_("Xinjiang"),
}
"""By the first two digits of an administrative division (GB/T 2260)."""
CURRENCIES = {"usd": "USD", "cny": "CNY"}


def key_name(cut: Cut) -> str:
    """One part of a figure, such as a country, in the reader's words."""
    kind, key = cut
    match kind:
        case "country" | "office":
            return _("Not known") if key == UNKNOWN else country_name(key)
        case "category":
            return _category(key)
        case "area":
            return _(PROVINCES[key]) if key in PROVINCES else _("Not known")
        case "chapter":
            return _("Not known") if key == "00" else key
        case "topic":
            return _(TOPICS[Topic(key)]) if key in set(Topic) else key
        case "since":
            return format_date(date.fromisoformat(key))
        case "fault":
            return _fault(key)
        case "referrer" if key == "*":
            return _("All others")
    words = KEYS.get(kind, {})
    return _(words[key]) if key in words else key


def _fault(name: str) -> str:
    """A fact or document of a request to be verified, as its verdicts name them."""
    kind = name.removeprefix("document_")
    if kind != name and kind in set(DocumentKind):
        return _(DOCUMENTS[DocumentKind(kind)])
    return _(FACTS[Fact(name)]) if name in set(Fact) else _("Other")


def _category(slug: str) -> str:
    try:
        return str(categories.category(slug).name)
    except NotFound:
        return _("Not known")


def unit_of(known: Definition, cut: Cut) -> str:
    """The sign or word behind a figure: a currency, %, hours; "" for a count."""
    match known.unit:
        case Unit.PERCENT:
            return "%"
        case Unit.WAN:
            return _("ten thousand")
        case Unit.HOURS:
            return _("hours")
        case Unit.SECONDS:
            return _("seconds")
        case Unit.MONEY:
            return cut[1] if cut[0] == "currency" else CURRENCIES.get(known.code.rpartition(".")[2], "USD")
    return ""


def shown(value: Decimal | None, known: Definition, cut: Cut) -> str:
    """A figure as it is read: – where there is nothing to be said."""
    if value is None:
        return "–"
    if cut[0] == "institution":
        return _("Yes") if value else _("No")
    unit, number = unit_of(known, cut), format_number(value)
    if known.unit is Unit.PERCENT:
        return f"{number} %"
    return f"{unit} {number}" if known.unit is Unit.MONEY else f"{number} {unit}".strip()


def period_name(span: str, last: date) -> str:
    """`2026-10`, `2026 Q3`, `2025`, or `2025-11 – 2026-10`."""
    match span:
        case "quarter":
            return f"{last.year} Q{last.month // 3}"
        case "year":
            return f"{last.year}"
        case "r12m":
            first = date(last.year - (last.month < 12), last.month % 12 + 1, 1)
            return f"{first:%Y-%m} – {last:%Y-%m}"
    return f"{last:%Y-%m}"


def revision_name(revision: int) -> str:
    if not revision:
        return _("Provisional")
    return _("Final") if revision == 1 else _("Corrected, revision %(n)s") % {"n": revision}
