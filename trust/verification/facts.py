"""The facts that make a company known, how each is checked, and for how long it holds.

Level 2 means that the legal entity is confirmed (`ENTITY`); level 3, its bank account or its site as well (`BEYOND`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.i18n import N_, _, format_date, format_money
from app.core.money import Money
from trust.identity.words import country_name


class Fact(StrEnum):
    LEGAL_NAME = "legal_name"
    REGISTRATION = "registration"
    ADDRESS = "address"
    REPRESENTATIVE = "representative"
    SCOPE = "scope"
    CAPITAL = "capital"
    ESTABLISHED = "established"
    OWNERS = "owners"
    AUTHORITY = "authority"
    TRADE = "trade"
    EORI = "eori"
    LEI = "lei"
    VAT = "vat"
    BANK = "bank"
    SITE = "site"


class DocumentKind(StrEnum):
    LICENCE = "licence"
    AUTHORITY = "authority"
    SITE = "site"
    OTHER = "other"


class Form(StrEnum):
    """What sort of company it is; it decides what is asked."""

    LIMITED = "limited"
    SHARES = "shares"
    PARTNERSHIP = "partnership"
    SOLE = "sole"
    BRANCH = "branch"
    OTHER = "other"


FACTS = {
    Fact.LEGAL_NAME: N_("Legal name"),
    Fact.REGISTRATION: N_("Registration number"),
    Fact.ADDRESS: N_("Registered address"),
    Fact.REPRESENTATIVE: N_("Legal representative"),
    Fact.SCOPE: N_("Business scope"),
    Fact.CAPITAL: N_("Registered capital"),
    Fact.ESTABLISHED: N_("Established on"),
    Fact.OWNERS: N_("Beneficial owners"),
    Fact.AUTHORITY: N_("Authority to sign"),
    Fact.TRADE: N_("Manufacturer or trader"),
    Fact.EORI: N_("EORI number"),
    Fact.LEI: N_("LEI"),
    Fact.VAT: N_("VAT number"),
    Fact.BANK: N_("Bank account"),
    Fact.SITE: N_("Site"),
}
DOCUMENTS = {
    DocumentKind.LICENCE: N_("Business licence or register extract"),
    DocumentKind.AUTHORITY: N_("Authority of the member who acts for the company"),
    DocumentKind.SITE: N_("Photograph or document of the factory or office"),
    DocumentKind.OTHER: N_("Other document"),
}
METHODS = {
    "document": N_("Document read by the platform"),
    "check_digit": N_("Check digits and document"),
    "register": N_("Compared with the public register"),
    "bank": N_("Account in the company's name, confirmed by a second person"),
    "payout": N_("Account in the company's name, and a payout arrived there"),
    "micro_deposit": N_("Account in the company's name, proved by a small transfer"),
    "visit": N_("Visited by the platform"),
    "representative": N_("Visited by a representative of the platform"),
}
FORMS = {
    Form.LIMITED: N_("Limited company"),
    Form.SHARES: N_("Company limited by shares"),
    Form.PARTNERSHIP: N_("Partnership"),
    Form.SOLE: N_("Sole proprietor"),
    Form.BRANCH: N_("Branch of a company"),
    Form.OTHER: N_("Another form"),
}
TRADES = {"manufacturer": N_("Manufacturer"), "trader": N_("Trader"), "both": N_("Manufacturer and trader")}

ENTITY = (Fact.LEGAL_NAME, Fact.REGISTRATION, Fact.ADDRESS, Fact.REPRESENTATIVE)
"""Without these no legal entity is confirmed."""
BEYOND = frozenset({Fact.BANK, Fact.SITE})
"""Either of them, beside the entity, makes level 3. They are confirmed on ways of their own, not by a request."""
CLAIMED = "bank"
"""The way of a bank account that two members of the company have named and nothing outside has shown: a fact with its
own words, on which no level rests."""
PRIVATE = frozenset({Fact.REPRESENTATIVE, Fact.OWNERS, Fact.AUTHORITY})
"""Facts about persons: shown to the company and the platform, never on public pages (PIPL art. 28-30)."""
SEEN_IN = {
    Fact.AUTHORITY: DocumentKind.AUTHORITY,
    Fact.TRADE: DocumentKind.SITE,
}
"""The document in which a fact is read, where that is not the licence."""

GOOD_FOR = timedelta(days=182)
"""Re-verified at least every six months (Measures for Supervision of Online Trading (PRC) art. 24)."""
EXPECTED_WITHIN = timedelta(hours=24)
BENEFICIAL = 2500
"""Basis points from which a holder is a beneficial owner (PBC/SAMR Order 2024 No. 3 art. 6; FATF Recommendation 24)."""
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Asking:
    """Facts asked of companies of one form in one place; what is not `needed` may be left out.

    since    the first day it is asked so
    country  "" for companies of every other country than China
    """

    since: date
    country: str
    forms: frozenset[Form]
    needed: frozenset[Fact]


_SHARED = frozenset({Form.LIMITED, Form.SHARES})
HOME = "CN"
ASKED = (
    # What stands on every Chinese licence (Regulations on Registration of Market Entities (PRC) art. 8).
    Asking(date(2026, 1, 1), "CN", frozenset(Form), frozenset({Fact.SCOPE, Fact.ESTABLISHED})),
    Asking(date(2026, 1, 1), "CN", _SHARED, frozenset({Fact.CAPITAL, Fact.OWNERS})),
    # Whoever deals with listed owners' companies deals with them (31 CFR 589.406 and its like): screened like others'.
    Asking(date(2026, 11, 23), "", frozenset(Form) - {Form.SOLE}, frozenset({Fact.OWNERS})),
)


def needed(country: str, form: Form, on: date) -> frozenset[Fact]:
    """What a company of this form and country has to state beyond `ENTITY`."""
    where = {country} if country == HOME else {country, ""}
    rules = (rule for rule in ASKED if rule.since <= on and rule.country in where and form in rule.forms)
    return frozenset[Fact]().union(*(rule.needed for rule in rules))


def said(fact: Fact, value: str) -> str:
    """A kept value in the reader's words. Amounts are kept as `500000000 CNY` in minor units, days as ISO 8601."""
    if not value:
        return ""
    match fact:
        case Fact.CAPITAL:
            minor, currency = value.split()
            return format_money(Money(int(minor), currency))
        case Fact.ESTABLISHED:
            return format_date(date.fromisoformat(value))
        case Fact.TRADE:
            return _(TRADES[value])
        case Fact.BANK:
            return country_name(value)
    return value
