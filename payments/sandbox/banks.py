"""Test bank accounts, by the numbers and tokens Stripe gives them, and how money sent to or taken from them fails."""

MESSAGES = {
    "no_account": "The bank account could not be located.",
    "account_closed": "The bank account has been closed.",
    "insufficient_funds": "The bank account has insufficient funds.",
    "debit_not_authorized": "Debits from this bank account are not authorised.",
    "invalid_currency": "The bank account cannot take this currency.",
    "could_not_process": "The bank could not process this payment.",
}
_ENDINGS = {
    "11111116": "no_account",
    "11111113": "account_closed",
    "22222227": "insufficient_funds",
    "33333335": "debit_not_authorized",
    "44444440": "invalid_currency",
    # IBANs of any country of the euro area
    "0532013001": "no_account",
    "0532013002": "account_closed",
    "0532013003": "insufficient_funds",
    "0532013004": "debit_not_authorized",
    "0532013005": "invalid_currency",
    # tokens
    "_noAccount": "no_account",
    "_accountClosed": "account_closed",
    "_insufficientFunds": "insufficient_funds",
    "_debitNotAuthorized": "debit_not_authorized",
    "_invalidCurrency": "invalid_currency",
}
HARMLESS = frozenset({"could_not_process"})  # says nothing against the account


def failure(named: str) -> str:
    """How a payment to or from this account number, IBAN or bank token fails; empty if it does not."""
    return next((code for ending, code in _ENDINGS.items() if named.endswith(ending)), "")
