"""What can be wrong with money, each fact with its own name."""

from app.core.errors import Conflict, Invalid, NotFound, Unavailable


class EscrowNotFound(NotFound):
    """No such escrow or milestone, or none that the asker may know of."""

    code = "escrow_not_found"


class OperationNotFound(NotFound):
    code = "operation_not_found"


class PayoutNotFound(NotFound):
    code = "payout_not_found"


class BankAccountNotFound(NotFound):
    code = "bank_account_not_found"


class MicroDepositNotFound(NotFound):
    code = "micro_deposit_not_found"


class BookingNotFound(NotFound):
    code = "booking_not_found"


class HoldingNotFound(NotFound):
    code = "holding_not_found"


class LineNotFound(NotFound):
    code = "line_not_found"


class StatementNotFound(NotFound):
    code = "statement_not_found"


class StatementRefused(Invalid):
    """A file that is no statement of ours, or not the next one, or does not add up."""

    code = "statement_refused"


class StatementKnown(Conflict):
    """This statement was imported before."""

    code = "statement_known"


class CaseNotFound(NotFound):
    """No such case, or no such decision of one."""

    code = "case_not_found"


class ApprovalNotFound(NotFound):
    """No such decision, or none that the asker's company takes."""

    code = "approval_not_found"


class RunNotFound(NotFound):
    code = "run_not_found"


class RunUnfit(Conflict):
    """A payment file that is not what the bank's schema says, or not the one that was approved."""

    code = "run_unfit"


class InvoiceNotFound(NotFound):
    code = "invoice_not_found"


class EscrowMismatch(Conflict):
    """The escrow of this subject was opened before, with other terms."""

    code = "escrow_mismatch"


class BadPlan(Invalid):
    """Milestones or fee terms that cannot be kept."""

    code = "bad_plan"


class EntryKeyReused(Conflict):
    """An entry of this key exists and says something else."""

    code = "entry_key_reused"


class InsufficientFunds(Conflict):
    """The account does not hold this much."""

    code = "insufficient_funds"


class BadDivision(Invalid):
    """The parts of a division do not add up to what is held."""

    code = "bad_division"


class PaymentUnderWay(Conflict):
    """A payment for this milestone is already on its way."""

    code = "payment_under_way"


class RailUnavailable(Conflict):
    """This way of paying is not set up here."""

    code = "rail_unavailable"


class WrongAmount(Invalid):
    """A transfer whose amount or currency is not the one that was agreed."""

    code = "wrong_amount"


class SamePerson(Conflict):
    """Who booked cannot approve."""

    code = "same_person"


class CoolingOff(Conflict):
    """A new bank account is not used in its first 72 hours."""

    code = "cooling_off"


class ChargebackNotFound(NotFound):
    code = "chargeback_not_found"


class PayoutsStopped(Unavailable):
    """The books' last proof failed; nothing is paid out until it is clear why."""

    code = "payouts_stopped"


class MembershipNotFound(NotFound):
    """No such term, order or waiver, or none of the asker's company."""

    code = "membership_not_found"
