"""I-05 Transactions."""

from dataclasses import replace

from app.core.i18n import N_
from app.indicators.definitions.base import (
    COHORT,
    DEALS,
    FLOW,
    LINKED,
    NOTHING,
    ORDERS,
    D,
    Definition,
    U,
)
from app.indicators.figures import groups


def _amounts(
    code: str, name: str, formula: str, left_out: str = LINKED, *, main: bool = False
) -> tuple[Definition, ...]:
    """In their own currencies, which do not add up, and in dollars and yuan by the rate of the contract's day."""
    one = D(f"{code}.usd", name, U.MONEY, formula, FLOW, left_out, DEALS, main=main)
    return (one, replace(one, code=f"{code}.cny", main=False), replace(one, code=f"{code}.currency", main=False))


TRADE = (
    D("I-05.1", ORDERS, U.COUNT, N_("Orders whose contract came into force."), FLOW, LINKED, DEALS, main=True),
    D("I-05.1.linked", N_("Orders left out as one hand's"), U.COUNT,
      N_("Orders between companies that are confirmed to be one hand's."), FLOW, NOTHING, DEALS),
    *_amounts("I-05.2", N_("Turnover contracted"),
              N_("The totals of contracts that came into force, in each currency and by that day's reference rate."),
              main=True),
    *_amounts("I-05.2.linked", N_("Turnover left out as one hand's"),
              N_("The totals of orders between companies that are confirmed to be one hand's."), NOTHING),
    D("I-05.3", N_("Orders paid"), U.COUNT, N_("Orders of which the first money was received."), FLOW, LINKED, DEALS),
    *_amounts("I-05.3.amount", N_("Turnover of orders paid"), N_("The totals of orders paid.")),
    D("I-05.4", N_("Orders completed"), U.COUNT,
      N_("Orders whose goods were accepted, expressly or by silence past the window."), FLOW, LINKED, DEALS, main=True),
    *_amounts("I-05.4.amount", N_("Turnover of orders completed"), N_("The totals of orders completed.")),
    D("I-05.4.rate", N_("Completion rate"), U.PERCENT,
      N_("Of the orders contracted in the period, those completed within 180 days."), COHORT, LINKED, DEALS,
      N_("Orders completed within 180 days"), ORDERS, closing=groups.COMPLETION),
    *_amounts("I-05.5", N_("Foreign trade turnover"),
              N_("Turnover contracted where one side is in the mainland and the other is not: exports and imports."),
              main=True),
    D("I-05.6", N_("Average order"), U.MONEY, N_("Turnover contracted in dollars, divided by its orders."), FLOW,
      LINKED, DEALS, N_("Turnover in dollars"), ORDERS),
    D("I-05.6.median", N_("Median order"), U.MONEY,
      N_("Half of the orders are larger, half are smaller; in dollars."), FLOW, LINKED, DEALS),
    D("I-05.7", N_("Orders called off"), U.COUNT,
      N_("Orders that ended after the contract without being completed: cancelled, ended by agreement, or refunded."),
      FLOW, LINKED, DEALS),
    *_amounts("I-05.7.amount", N_("Turnover of orders called off"), N_("The totals of orders called off.")),
    D("I-05.8", N_("Dispute rate"), U.PERCENT,
      N_("Of the orders contracted in the period, those with a dispute until 90 days after they were over."),
      COHORT, LINKED, DEALS, N_("Orders with at least one dispute"), ORDERS, main=True, closing=groups.DISPUTES),
    D("I-05.8.amount", N_("Dispute rate by turnover"), U.PERCENT,
      N_("The same by the orders' totals in dollars."), COHORT, LINKED, DEALS,
      N_("Turnover of orders with a dispute"), N_("Turnover contracted"), closing=groups.DISPUTES),
    D("I-05.8.rulings", N_("Disputes by outcome"), U.COUNT,
      N_("Orders with a dispute, by who got the money that was held, or how it ended."), COHORT, LINKED, DEALS,
      closing=groups.DISPUTES),
    D("I-05.9", N_("Buyers who came again"), U.PERCENT,
      N_("Of the buyers with an order contracted, those with two or more. The figure of twelve months is meant."),
      FLOW, LINKED, DEALS, N_("Buyers with two orders and more"), N_("Buyers with an order")),
    D("I-05.10", N_("Share of the ten largest sellers"), U.PERCENT,
      N_("Of the turnover contracted in dollars, what the ten largest sellers have."), FLOW, LINKED, DEALS,
      N_("Turnover of the ten largest"), N_("Turnover contracted")),
    D("I-05.10.hhi", N_("Concentration of sellers"), U.NUMBER,
      N_("Herfindahl-Hirschman index: the sum of the squares of all sellers' shares, from 0 to 10,000."), FLOW, LINKED,
      DEALS, N_("Sum of squared turnovers, times 10,000"), N_("Square of all turnover")),
    D("I-05.without_rate", N_("Orders without a reference rate"), U.COUNT,
      N_("Orders contracted on a day without a rate for their currency; they are in no sum of dollars or yuan."),
      FLOW, LINKED, DEALS),
)  # fmt: skip
