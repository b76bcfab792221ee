"""Names of payments, in the reader's language."""

from app.core.i18n import N_, _

PARTS = {
    "deposit": N_("Deposit"),
    "production": N_("Progress payment"),
    "inspection": N_("Payment on inspection"),
    "shipment": N_("Payment against documents"),
    "balance": N_("Balance"),
    "membership_standard": N_("Membership: Standard"),
    "membership_premium": N_("Membership: Premium"),
}


def part_name(kind: str) -> str:
    """What a milestone is called; a word we do not know stands as it is."""
    return _(PARTS[kind]) if kind in PARTS else kind
