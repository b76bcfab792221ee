"""For what a company can be restricted: a dated catalogue, each reason with the rule it rests on.

A reason is never changed or taken out, for old restrictions name it: it gets `until`, and another one takes its place.
"""

from dataclasses import dataclass
from datetime import date

from app.core.i18n import N_

FIRST = date(2026, 11, 22)


@dataclass(frozen=True, slots=True)
class Reason:
    """`illegal`: an act against the law, so that the measure is published (E-Commerce Law (PRC) art. 36). `found`: only
    an authority's final decision says so."""

    code: str
    label: str
    rule: str
    illegal: bool = False
    found: bool = False
    since: date = FIRST
    until: date | None = None


_ALL = (
    Reason(
        "false_information",
        N_("False or misleading information"),
        N_("E-Commerce Law (PRC) art. 17: full, true, accurate and timely information."),
        illegal=True,
    ),
    Reason(
        "invented_trades",
        N_("Invented trades or ratings"),
        N_("E-Commerce Law (PRC) art. 17: no fictitious transactions, no invented reviews."),
        illegal=True,
    ),
    Reason(
        "intellectual_property",
        N_("Infringement of intellectual property"),
        N_("E-Commerce Law (PRC) art. 42 and 45: necessary measures against infringement."),
        illegal=True,
    ),
    Reason(
        "prohibited_goods",
        N_("Goods that must not be traded"),
        N_("E-Commerce Law (PRC) art. 13 and 29: no prohibited goods or services."),
        illegal=True,
    ),
    Reason(
        "not_verified_again",
        N_("Particulars not confirmed again in time"),
        N_("E-Commerce Law (PRC) art. 27: particulars are verified at regular times."),
    ),
    Reason(
        "no_answer",
        N_("No answer to the platform or to a complaint"),
        N_("Platform rules: questions of the platform are answered in the time they name."),
    ),
    Reason(
        "unclear_payment",
        N_("Unclear account or payment"),
        N_("Platform rules: money goes to and comes from the company's own account."),
    ),
    Reason(
        "repeated_breaches",
        N_("Repeated breaches"),
        N_("Platform rules: points of the last twelve months reached a threshold."),
    ),
    Reason(
        "smuggling", N_("Smuggling"), N_("Final decision of an authority: Customs Law (PRC)."), illegal=True, found=True
    ),
    Reason(
        "fx_evasion",
        N_("Evasion of foreign exchange control"),
        N_("Final decision of an authority: Foreign Exchange Regulations (PRC)."),
        illegal=True,
        found=True,
    ),
    Reason(
        "tax_evasion",
        N_("Tax evasion"),
        N_("Final decision of an authority: Tax Collection Law (PRC)."),
        illegal=True,
        found=True,
    ),
    Reason("fraud", N_("Fraud"), N_("Final decision of an authority: Criminal Law (PRC)."), illegal=True, found=True),
    Reason(
        "counterfeits",
        N_("Counterfeit or substandard goods"),
        N_("Final decision of an authority: Product Quality Law and Trademark Law (PRC)."),
        illegal=True,
        found=True,
    ),
)
REASONS = {reason.code: reason for reason in _ALL}


def offered(on: date, *, found: bool = False) -> list[Reason]:
    """What can be given as a reason on a day; `found`, the kinds of an authority's decision."""
    return [r for r in _ALL if r.found is found and r.since <= on and (r.until is None or on < r.until)]
