"""I-01 Registered capital."""

from dataclasses import replace

from app.core.i18n import N_
from app.indicators.definitions.base import (
    AT_END,
    NOTHING,
    D,
    U,
)
from app.indicators.figures import groups

AS_STATED = N_(
    "Exactly as on the operator's licence, in ten thousands of its currency, without conversion. The parts name the"
    " currency, and since which day each amount was so that stood in the period; the rows name the registration number"
    " and the SHA-256 of the licence."
)

OPERATOR = tuple(replace(one, closing=groups.STANDING) for one in (
    D("I-01.1", N_("Registered capital, subscribed"), U.WAN, AS_STATED, AT_END, NOTHING, ("capital",), main=True),
    D("I-01.2", N_("Registered capital, paid in"), U.WAN, AS_STATED, AT_END, NOTHING, ("capital",)),
))  # fmt: skip
