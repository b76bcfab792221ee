"""What people read of risk: actions, groups, modes, points. Parties read what to mind, never a rule or a threshold."""

from app.core.i18n import N_
from trust.risk.engine import Action, Group, Mode, Point
from trust.risk.texts import Kind

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
    Group.OPERATIONS: N_("Running the platform"),
}
MODES = {Mode.LIVE: N_("Live"), Mode.SHADOW: N_("Shadow"), Mode.OFF: N_("Off"), Mode.TRIAL: N_("Trial")}
POINTS = {
    Point.MESSAGE: N_("Message"),
    Point.LISTING: N_("Listing"),
    Point.PICTURE: N_("Pictures"),
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
    Point.CARRIAGE: N_("Goods on their way"),
    Point.RATING: N_("Rating"),
    Point.COMPLETION: N_("Completed order"),
    Point.EXPORT: N_("Export"),
    Point.EXCLUSION: N_("Exclusion of a company"),
    Point.LOGIN: N_("Sign-in"),
    Point.ARRIVAL: N_("Sign-in from another country"),
    Point.EDIT: N_("Publication or another price"),
    Point.LETTER: N_("Answer by mail"),
}
FOUND = {
    Kind.PHONE: N_("telephone number"),
    Kind.EMAIL: N_("e-mail address"),
    Kind.HANDLE: N_("messenger account"),
    Kind.URL: N_("address on the web"),
    Kind.OUTSIDE: N_("business outside the platform"),
    Kind.IBAN: N_("bank account"),
    Kind.SWIFT: N_("bank code"),
    Kind.ACCOUNT: N_("account to pay to"),
    Kind.CHANGED: N_("change of bank details"),
    Kind.WALLET: N_("wallet of a crypto-currency"),
    Kind.TRANSFER: N_("payment by money transfer or crypto-currency"),
    Kind.URGENT: N_("hurry or secrecy"),
}
"""What was found in a text or a picture."""
HELD = {
    Group.IDENTITY: N_("This waits while we check who stands behind it."),
    Group.PAYMENT: N_("This waits to protect you from payment fraud after a change of bank details."),
    Group.SELLER: N_("This waits because it is unusual for your company."),
    Group.OFF_PLATFORM: N_("This waits while we check it."),
    Group.INFORMATION: N_("This waits while we check what it says."),
    Group.BUYER: N_("This waits while we check it."),
    Group.LAUNDERING: N_("This waits while we check that goods, papers and payments agree."),
    Group.OPERATIONS: N_(
        "Far more documents and lists were taken out with your account today than is usual for your work, so nothing "
        "more can be taken out for now. Everything else goes on. If it was not you, change your password; if you need "
        "them, write to the platform’s compliance: its address is on the page about the operator."
    ),
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
    Group.OPERATIONS: N_("More was taken out than is usual. This has to be checked first."),
}
WARNED = {
    Group.IDENTITY: N_("Not everything that this company says of itself is confirmed."),
    Group.PAYMENT: N_("Something about payments is unusual here. Pay on the order's page alone."),
    Group.SELLER: N_("Something about this supplier is unusual. Agree on an inspection before shipment."),
    Group.OFF_PLATFORM: N_("What is agreed and paid outside Portolan is not protected."),
    Group.INFORMATION: N_("What is said of the goods could not be confirmed."),
    Group.BUYER: N_("Something about this buyer is unusual."),
    Group.LAUNDERING: N_("Say more exactly what the goods are and what they are for: customs and banks will ask."),
    Group.OPERATIONS: N_("Something about how this account is used is unusual."),
}
"""To both parties, who go on at their own risk: where a rule has no sentence of its own."""
WARNED_BY = {
    "ADV-01": N_(
        "Much is to be paid before anything is shipped, to a supplier with little history here. Consider a smaller "
        "deposit, or payments against inspection."
    ),
    "ADV-02": N_(
        "A price is far below that of like goods. Such deals go wrong more often than others: ask why it is so low, "
        "and agree on an inspection before shipment."
    ),
    "ADV-05": N_("The shipment left later than agreed. Ask the supplier for the carrier's confirmation."),
    "BUY-03": N_(
        "The clauses on the letter of credit let one side alone decide whether it is paid. Have your bank read them."
    ),
    "ID-03": N_("The company uses an e-mail address that anybody can open. Check it by a telephone number you know."),
    "ID-05": N_("The supplier was established only lately, and this is a large order. Consider to begin smaller."),
    "ID-07": N_("These goods are not among what the supplier is registered for. Ask who makes them."),
    "TBML-02": N_("Say more exactly what the goods are: their kind, material and use. Customs and banks will ask."),
    "TBML-11": N_("Goods of this kind are new to the buyer. Say in the contract what they are for."),
}
"""The same of one rule, to both parties of a contract; what else a rule finds people look at, and nobody is told."""
