"""The facts that make a company known, and how each is checked. Level 2 means: the legal entity is confirmed."""

from datetime import timedelta
from enum import StrEnum

from app.core.i18n import N_


class Fact(StrEnum):
    LEGAL_NAME = "legal_name"
    REGISTRATION = "registration"
    ADDRESS = "address"
    REPRESENTATIVE = "representative"


class DocumentKind(StrEnum):
    LICENCE = "licence"
    AUTHORITY = "authority"
    OTHER = "other"


FACTS = {
    Fact.LEGAL_NAME: N_("Legal name"),
    Fact.REGISTRATION: N_("Registration number"),
    Fact.ADDRESS: N_("Registered address"),
    Fact.REPRESENTATIVE: N_("Legal representative"),
}
DOCUMENTS = {
    DocumentKind.LICENCE: N_("Business licence or register extract"),
    DocumentKind.AUTHORITY: N_("Authority of the member who acts for the company"),
    DocumentKind.OTHER: N_("Other document"),
}
METHODS = {"document": N_("Document read by the platform"), "check_digit": N_("Check digits and document")}
GOOD_FOR = timedelta(days=182)
"""Re-verified at least every six months (Measures for Supervision of Online Trading (PRC) art. 24)."""
EXPECTED_WITHIN = timedelta(hours=24)
PRIVATE = frozenset({Fact.REPRESENTATIVE})
"""Facts about a person: shown to the company and the platform, never on public pages (PIPL art. 28-30)."""
