"""What a link of a chain says, in words for people."""

from app.core.i18n import N_
from orders.contracts.web import STEPS
from orders.deals.room import HAPPENED

NEGOTIATED = {
    "inquiry.sent": N_("Inquiry sent"),
    "inquiry.message": N_("Message written"),
    "inquiry.withdrawn": N_("Inquiry withdrawn"),
    "inquiry.declined": N_("Inquiry declined"),
    "inquiry.closed": N_("Inquiry closed"),
    "quotation.offered": N_("Offer made"),
    "quotation.accepted": N_("Offer accepted"),
    "quotation.rejected": N_("Offer rejected"),
    "quotation.expired": N_("Offer expired"),
}
KINDS = {**NEGOTIATED, **STEPS, **HAPPENED}
INTERNAL = N_("A step inside the platform")
"""What a party reads of the links that are the platform's alone."""
CHAINS = {"inquiry": N_("Negotiation"), "contract": N_("Contract"), "order": N_("Order")}
