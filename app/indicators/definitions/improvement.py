"""I-11 Quality improvement."""

from app.core.i18n import N_
from app.indicators.definitions.base import FLOW, LINKED, NOTHING, D, Definition, U
from app.indicators.definitions.quality import INSPECTIONS, LOTS, OFFERS, WITHDRAWN

AGAINST = N_("The period against the same one a year before; both are counted from the same rows.")
DOLLARS, DOLLARS_BEFORE = N_("Turnover in dollars"), N_("Turnover in dollars a year before")


def _change(
    code: str, name: str, formula: str, left_out: str, sheets: tuple[str, ...], bases: tuple[str, str]
) -> Definition:
    """Numerator and denominator are how much each of the two measures rests on."""
    return D(code, name, U.NUMBER, formula, AGAINST, left_out, sheets, *bases, main=True)


IMPROVEMENT = (
    _change("I-11.1", N_("Change of inspections passed"), N_("Inspections passed (I-07.2), in points of percent."),
            WITHDRAWN, INSPECTIONS, (N_("Sample inspections"), N_("Sample inspections a year before"))),
    _change("I-11.2", N_("Change of turnover returned"), N_("Turnover returned (I-07.3), in points of percent."),
            LINKED, LOTS, (N_("Dollars of orders ended"), N_("Dollars of orders ended a year before"))),
    _change("I-11.3", N_("Change of quality complaints"),
            N_("Quality complaints for each thousand orders completed (I-07.3)."), LINKED, LOTS,
            (N_("Orders completed"), N_("Orders completed a year before"))),
    _change("I-11.4", N_("Change of listings with the certificate asked for"),
            N_("Listings with the certificate asked for (I-07.1), in points of percent."), NOTHING, OFFERS,
            (N_("Listings that need one"), N_("Listings that needed one a year before"))),
    _change("I-11.5", N_("Change of turnover tested by a third party"),
            N_("Turnover tested by a third party (I-11.5.share), in points of percent."), LINKED, LOTS,
            (DOLLARS, DOLLARS_BEFORE)),
    D("I-11.5.share", N_("Turnover tested by a third party"), U.PERCENT,
      N_("Of the dollars contracted, those of orders with a third party's report or certificate that the goods"
         " conform."), FLOW, LINKED, LOTS, N_("Turnover with a report"), DOLLARS),
    D("I-11.6", N_("Unit values within a year"), U.NUMBER,
      N_("Fisher index, 100 for no change: of goods of the same HS6 and unit in both periods, the geometric mean of"
         " what last year's quantities cost at this year's dollars for a unit (Laspeyres), and this year's at last"
         " year's (Paasche)."), AGAINST, LINKED, ("line",), DOLLARS, DOLLARS_BEFORE, main=True),
    D("I-11.6.matched", N_("Turnover that is matched"), U.PERCENT,
      N_("Of the turnover of both periods, that of goods whose HS6 and unit occur in both."), AGAINST, LINKED,
      ("line",), N_("Turnover of matched goods"), N_("Turnover of both periods")),
    D("I-11.7", N_("Companies guided"), U.COUNT,
      N_("Companies that were guided in the quality of their goods, each once."), FLOW, WITHDRAWN, ("guided",),
      main=True),
)  # fmt: skip
