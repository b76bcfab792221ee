"""The rules a platform must have, and its agreements.

The nine rules of MOFCOM announcement 2011 No. 18, 5.6; agreements with all members and with merchants (5.7, 6.2, 6.3;
E-Commerce Law (PRC) art. 32); the table of fees (art. 35).
"""

from enum import StrEnum

from app.core.i18n import N_


class Code(StrEnum):
    REGISTRATION = "registration"
    TRADING = "trading"
    DISCLOSURE = "disclosure"
    PRIVACY = "privacy"
    CONSUMERS = "consumers"
    ADVERTISING = "advertising"
    SAFETY = "safety"
    DISPUTES = "disputes"
    REPORTS = "reports"
    USER_AGREEMENT = "user-agreement"
    MERCHANT_AGREEMENT = "merchant-agreement"
    FEES = "fees"


RULES = tuple(Code)[:9]
AGREEMENTS = (Code.USER_AGREEMENT, Code.MERCHANT_AGREEMENT)
"""What a company accepts: the first every company, the second those that sell. The database knows them too
(`agreement_due`).
"""
LABELS = {
    Code.REGISTRATION: N_("Registration of members"),
    Code.TRADING: N_("Trading rules"),
    Code.DISCLOSURE: N_("Disclosure and review of information"),
    Code.PRIVACY: N_("Privacy and trade secrets"),
    Code.CONSUMERS: N_("Consumers’ rights"),
    Code.ADVERTISING: N_("Review of advertisements"),
    Code.SAFETY: N_("Safety of trade and backup of data"),
    Code.DISPUTES: N_("Settling disputes"),
    Code.REPORTS: N_("Reports of unwanted and unlawful content"),
    Code.USER_AGREEMENT: N_("User agreement"),
    Code.MERCHANT_AGREEMENT: N_("Merchant agreement"),
    Code.FEES: N_("Fees"),
}
