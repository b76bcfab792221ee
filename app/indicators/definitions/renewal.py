"""I-04 Renewal rate."""

from dataclasses import replace

from app.core.i18n import N_
from app.indicators.definitions.base import (
    COUNTED,
    DUE,
    NOTHING,
    RENEWED,
    TERMS,
    VOID,
    D,
    Definition,
    U,
)
from app.indicators.figures import groups


def _term(code: str, name: str, formula: str) -> Definition:
    return D(f"I-04.{code}", name, U.COUNT, formula, DUE, NOTHING, TERMS)


RENEWAL = tuple(replace(one, closing=groups.RENEWAL) for one in (
    D("I-04", N_("Renewal rate"), U.PERCENT,
      N_("Of the paid terms of twelve months and more that came due, those followed by a paid term that begins within"
         " 30 days."), DUE, VOID, TERMS, RENEWED, COUNTED, main=True),
    D("I-04.net", N_("Renewal rate, net"), U.PERCENT,
      N_("The same without the terms that the platform ended by a sanction and that were not renewed."),
      DUE, VOID, TERMS, RENEWED, N_("Terms that came due, without void and sanctioned ones"), main=True),
    D("I-04.revenue", N_("Renewal rate by fees"), U.PERCENT,
      N_("What the renewed terms cost for twelve months at list price, of what all cost; in each currency."),
      DUE, VOID, TERMS, N_("Annual fees of renewed terms"), N_("Annual fees of all that count")),
    D("I-04.matured", N_("Renewal rate of what is matured"), U.PERCENT,
      N_("The renewal rate of the terms whose 30 days were over when this was counted."),
      DUE, VOID, TERMS, RENEWED, COUNTED),
    _term("due", N_("Terms that came due"), N_("Paid terms that came to their last day.")),
    _term("early", N_("Renewed early"), N_("Terms whose next was paid more than 30 days before the last day.")),
    _term("on_time", N_("Renewed on time"), N_("Terms whose next was paid in the last 30 days.")),
    _term("grace", N_("Renewed in the days of grace"), N_("Terms whose next was paid within 30 days after the end.")),
    _term("win_back", N_("Won back"), N_("Terms followed by a paid one after more than 30 days; no renewal.")),
    _term("waived", N_("Followed by a term that was waived"), N_("The next term cost nothing; no renewal.")),
    _term("none", N_("Not renewed"), N_("Terms that nothing followed.")),
    _term("voided", N_("Void"), N_("Terms that do not count, such as after a full refund.")),
    _term("sanctioned", N_("Ended by a sanction"), N_("Terms that the platform ended and that were not renewed.")),
    _term("upgraded", N_("Renewed to a larger plan"), N_("Renewed terms whose next has a larger plan.")),
    _term("downgraded", N_("Renewed to a smaller plan"), N_("Renewed terms whose next has a smaller plan.")),
))  # fmt: skip
