"""What people read of risk: actions, groups, modes, points. Parties are told the group, never the rule."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Mode, Point

ACTIONS = {
    Action.ALLOW: N_("Noted"),
    Action.WARN: N_("Warned"),
    Action.HOLD: N_("Held"),
    Action.REVIEW: N_("To review"),
    Action.BLOCK: N_("Refused"),
}
GROUPS = {
    Group.IDENTITY: N_("Account and identity"),
    Group.PAYMENT: N_("Payment fraud"),
    Group.SELLER: N_("Seller fraud"),
    Group.OFF_PLATFORM: N_("Business outside the platform"),
    Group.INFORMATION: N_("Information and rights"),
    Group.BUYER: N_("Buyer fraud"),
    Group.LAUNDERING: N_("Money laundering"),
}
MODES = {Mode.LIVE: N_("Live"), Mode.SHADOW: N_("Shadow"), Mode.OFF: N_("Off"), Mode.TRIAL: N_("Trial")}
POINTS = {
    Point.MESSAGE: N_("Message"),
    Point.LISTING: N_("Listing"),
    Point.QUOTATION: N_("Quotation"),
    Point.CONTRACT: N_("Contract"),
    Point.AMENDMENT: N_("Amendment"),
    Point.DOCUMENTS: N_("Documents"),
    Point.BANK_CHANGE: N_("Bank account"),
    Point.PAYOUT: N_("Payout"),
    Point.REGISTRATION: N_("Registration"),
    Point.VERIFICATION: N_("Verification"),
    Point.RECEIPT: N_("Money received"),
    Point.REFUND: N_("Money sent back"),
    Point.CHARGEBACK: N_("Chargeback"),
    Point.SHIPMENT: N_("Shipment"),
    Point.FILE: N_("File"),
}
HELD = {
    Group.IDENTITY: N_("This waits while we check who stands behind it."),
    Group.PAYMENT: N_("This waits to protect you from payment fraud after a change of bank details."),
    Group.SELLER: N_("This waits because it is unusual for your company."),
    Group.OFF_PLATFORM: N_("This waits while we check it."),
    Group.INFORMATION: N_("This waits while we check what it says."),
    Group.BUYER: N_("This waits while we check it."),
    Group.LAUNDERING: N_("This waits while we check that goods, papers and payments agree."),
}
"""To the company whose thing is held."""
REFUSED = {
    Group.IDENTITY: N_("This cannot be done while we check who stands behind it."),
    Group.PAYMENT: N_("The account's holder is not your company. Payments go to accounts in its own name only."),
    Group.SELLER: N_("This is unusual for your company and has to be checked first."),
    Group.OFF_PLATFORM: N_(
        "Payment by crypto-currency, money transfer service or gift card cannot be asked for here. "
        "Take it out and send the text again."
    ),
    Group.INFORMATION: N_(
        "The text offers copies or replicas of another company's goods. They may not be offered here."
    ),
    Group.BUYER: N_(
        "The same text went to many suppliers today. Please write to each about its own goods, or send an RFQ."
    ),
    Group.LAUNDERING: N_("This cannot be done until goods, papers and payments agree."),
}
WARNED = {
    Group.IDENTITY: N_("Not everything that this company says of itself is confirmed."),
    Group.PAYMENT: N_("Something about payments is unusual here. Pay on the order's page alone."),
    Group.SELLER: N_(
        "Much of the price is paid before anything is shipped, to a supplier with little history here. Consider a "
        "smaller deposit, or payments against inspection."
    ),
    Group.OFF_PLATFORM: N_("What is agreed and paid outside Portolan is not protected."),
    Group.INFORMATION: N_("What is said of the goods could not be confirmed."),
    Group.BUYER: N_("Something about this buyer is unusual."),
    Group.LAUNDERING: N_("Say more exactly what the goods are: customs and banks will ask."),
}
"""To both parties, who go on at their own risk."""
