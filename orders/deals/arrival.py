"""From which day on a buyer may say that goods do not come. Pure; the periods are dated, each with its source.

Goods that were not handed over are late once the contract's last day of shipment has passed. Goods that were, are on
their way for some time; a contract agrees no day of arrival, so the time is counted from the hand-over. It ends no
sale and settles whose risk the voyage was (Incoterms): it only says from when on somebody may ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from app.core.i18n import N_
from orders.deals.queries import LineView, OrderView, ShipmentView
from orders.incoterms import Mode

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Voyage:
    """Days after the hand-over to the carrier, and where they come from (a message id)."""

    days: int
    source: str


_SEA = Voyage(60, N_("sixty days, after which goods count as lost under the Hamburg Rules, article 5(3)"))
_ROAD = Voyage(60, N_("sixty days from the hand-over, after which goods count as lost under the CMR, article 20(1)"))
_RAIL = Voyage(60, N_("the time of carriage and thirty days, after which goods are lost under the CIM, article 29"))
_AIR = Voyage(14, N_("a week for the flight, and the seven days of the Montreal Convention, article 13(3)"))
VOYAGES: Mapping[date, Mapping[Mode, Voyage]] = MappingProxyType(
    {
        date(2024, 1, 1): MappingProxyType(
            {
                Mode.SEA: _SEA,
                Mode.SEA_CONTAINER: _SEA,
                Mode.INLAND_WATERWAY: _SEA,
                Mode.MULTIMODAL: _SEA,
                Mode.ROAD: _ROAD,
                Mode.RAIL: _RAIL,
                Mode.AIR: _AIR,
                Mode.COURIER: _AIR,
            }
        )
    }
)
"""By the day from which they hold. Hamburg: United Nations Convention on the Carriage of Goods by Sea, 1978. CMR:
Geneva, 1956; sixty days where no time was agreed. CIM: COTIF 1999, appendix B; a wagon load over 11,000 km takes 29
days by its article 16. Montreal: 1999."""


def voyage(mode: Mode, on: date) -> Voyage:
    """How long goods are given that travel like this under an order placed on that day."""
    held = [since for since in VOYAGES if since <= on]
    return VOYAGES[max(held) if held else min(VOYAGES)][mode]


def claim_from(order: OrderView, lines: Sequence[LineView], shipments: Sequence[ShipmentView], mode: Mode) -> date:
    """The first day on which the buyer may claim."""
    first = order.ship_by + ONE_DAY
    if order.no_claim_before is not None:
        first = max(first, order.no_claim_before)
    on_their_way = [s.shipped_on for s in shipments if s.delivered_at is None]
    if on_their_way and all(line.shipped >= line.least for line in lines):
        first = max(first, max(on_their_way) + timedelta(days=voyage(mode, order.created_at.date()).days) + ONE_DAY)
    return first
