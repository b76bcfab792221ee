"""The stored reasons of a verdict as sentences, in the reader's language."""

from typing import Any

from app.core.i18n import N_, _, format_money
from app.core.money import Money

SENTENCES = {
    "found_structured": N_("The reference %(reference)s stands in the structured field."),
    "found_text": N_("The reference %(reference)s stands in the free text."),
    "found_end_to_end": N_("The reference %(reference)s stands in the sender's own reference."),
    "all_fits": N_("Amount, payment and sender are as agreed."),
    "several_references": N_("Several references of ours stand on it: %(references)s."),
    "foreign_reference": N_("The reference %(reference)s is well-formed, but is none of ours."),
    "no_reference": N_("No reference of ours stands on it."),
    "looks_like": N_("Amount and payer are those of one payment that is due: %(reference)s."),
    "wrong_currency": N_("%(agreed)s was agreed; this is another currency."),
    "no_longer_due": N_("What it pays for is no longer due."),
    "paid_before": N_("What it pays for is paid already."),
    "paid_otherwise": N_("What it pays for is being paid another way just now."),
    "too_little": N_("It is less than agreed: %(agreed)s."),
    "too_much": N_("It is more than agreed: %(agreed)s."),
    "wrong_sender": N_("The sender “%(sender)s” is not the buyer “%(buyer)s”, and the account was not seen before."),
    "no_sender": N_("The bank names no sender, and the account was not seen before."),
    "buyer_not_verified": N_("The buyer's name is not verified, and the account was not seen before."),
    "over_limit": N_("All fits, but above %(limit)s a person has to agree."),
    "returned": N_("A payment came back: %(why)s"),
    "not_ours": N_("No payment of ours has this end-to-end reference."),
    "not_sent": N_("The payment that it names was not confirmed as sent, or came back before."),
    "came_back_less": N_("It is less than we had sent: %(sent)s."),
    "return_failed": N_("The money was to go back to its sender and did not get there: %(why)s"),
    "our_payment": N_("It carried out our payment %(reference)s."),
    "our_batch": N_("It carried out our group of payments %(reference)s."),
    "not_awaited": N_("Our payment %(reference)s was not awaiting a debit."),
    "other_amount": N_("Our payment %(reference)s was for %(sent)s."),
    "unknown_debit": N_("No payment of ours explains it."),
    "taken_back": N_("The bank took back what it had credited: %(why)s"),
    "bank_charge": N_("The bank's own charge."),
    "bank_interest": N_("The bank's interest."),
    "by_hand": N_("It was booked by hand before, under the bank's number %(bank_ref)s."),
}

RETURN_REASONS = {
    "AC01": N_("the account number is wrong."),
    "AC02": N_("the debtor's account number is wrong."),
    "AC03": N_("the account number does not fit the bank."),
    "AC04": N_("the account is closed."),
    "AC06": N_("the account is blocked."),
    "AC13": N_("the kind of account does not take such payments."),
    "AG01": N_("the account may not receive such payments."),
    "AG02": N_("the bank's operation code is wrong."),
    "AM02": N_("the amount is over what is allowed."),
    "AM03": N_("the currency is not taken."),
    "AM05": N_("the bank holds it for a duplicate."),
    "AM09": N_("the amount is not the one expected."),
    "BE01": N_("name and account do not belong together."),
    "BE04": N_("the receiver's address is missing or wrong."),
    "BE05": N_("the sender is not recognised."),
    "BE06": N_("the receiver is not known at that bank."),
    "BE07": N_("the sender's address is missing or wrong."),
    "CNOR": N_("the receiver's bank cannot be reached this way."),
    "CUST": N_("the receiver asked for it."),
    "DUPL": N_("it was a duplicate."),
    "ED05": N_("the banks could not settle it."),
    "ERIN": N_("a required option is not supported."),
    "FOCR": N_("it was called back."),
    "FRAD": N_("fraud is suspected."),
    "MD07": N_("the receiver has died."),
    "MS02": N_("the receiver gave no reason."),
    "MS03": N_("the receiver's bank gave no reason."),
    "NOAS": N_("nobody answered."),
    "RC01": N_("the bank's code is wrong."),
    "RC04": N_("the receiver's bank does not exist."),
    "RR01": N_("rules of law ask for the sender's account or name."),
    "RR02": N_("rules of law ask for the sender's name or address."),
    "RR03": N_("rules of law ask for the receiver's name or address."),
    "RR04": N_("rules of law forbid it."),
    "TECH": N_("a technical fault."),
    "TM01": N_("it came too late in the day."),
    "UPAY": N_("it was not owed."),
}
"""ISO 20022 external return reasons, to be read after "A payment came back:"."""
UNTOLD = N_("the bank gives no reason.")


def return_reason(code: str) -> str:
    """An ISO reason code in words, with the code itself; a bank's own words as they are."""
    if code in RETURN_REASONS:
        return f"{_(RETURN_REASONS[code])} ({code})"
    return code or _(UNTOLD)


def sentence(reason: dict[str, Any]) -> str:
    """One stored reason; amounts in it are JSON money."""
    facts = {name: _shown(name, value) for name, value in reason.items() if name != "code"}
    said = SENTENCES[reason["code"]]
    return _(said) % facts


def _shown(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return format_money(Money(value["amount_minor"], value["currency"]))
    return return_reason(str(value)) if name == "why" else str(value)
