"""What a line of the bank's statement means, judged from what we know; pure, so that every case can be tried out.

Money is booked without a person only when a reference of ours leads to a payment that is due, the amount is exactly
that, it comes from the buyer, and it is not over the limit. What merely looks alike is never booked: it is proposed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.core.money import Money
from payments.cases.states import CaseKind
from payments.escrow.funding import FUNDABLE
from payments.escrow.reference import read
from payments.escrow.states import MilestoneState
from payments.names import same_company
from payments.operations.states import OperationKind, OperationState
from payments.statements.models import BankLine
from payments.statements.states import Direction

_REFERENCE = re.compile(r"R[\s.\-/]*F(?:[\s.\-/]*\d){20}(?!\d)", re.IGNORECASE | re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-/]+")
_CHARGES, _INTEREST = {"CHRG", "FEES", "COMM", "COME"}, {"INTR", "CINT", "DINT"}
"""Sub-families of the bank transaction code (ISO 20022 external codes)."""

Reason = dict[str, Any]


class Outcome(StrEnum):
    FUND = "fund"
    CASE = "case"
    CONFIRM = "confirm"
    BOUNCE = "bounce"
    COST = "cost"
    INTEREST = "interest"
    BY_HAND = "by_hand"
    MEMBERSHIP = "membership"


@dataclass(slots=True)
class Target:
    """A payment that a reference of ours leads to. `standing` is its state; `busy`: it is being paid another way."""

    milestone_id: UUID
    reference: str
    amount: Money
    standing: MilestoneState
    buyer_id: UUID
    buyer_names: tuple[str, ...]
    busy: bool = False


@dataclass(slots=True)
class Payment:
    """A payment of ours that went to the bank in a file."""

    operation_id: UUID
    kind: OperationKind
    amount: Money
    standing: OperationState
    part_id: UUID


@dataclass(slots=True)
class Fee:
    """An order for a membership that a reference of ours leads to; `due` until it is paid."""

    order_id: UUID
    amount: Money
    company_id: UUID
    company_names: tuple[str, ...]
    due: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What we know beforehand of the lines that are judged together.

    targets   by reference
    expected  by amount: what is due, for lines without a reference
    seen      (mark of an account, company whose money came from it)
    payments  by EndToEndId; batches: by the group's id in our file
    by_hand   (direction, the bank's number, amount) of what people booked before the statement came
    fees      by reference
    limits    the highest amount of a currency, in minor units, that is booked without a person; absent: none is
    """

    targets: dict[str, Target] = field(default_factory=dict)
    expected: dict[Money, list[Target]] = field(default_factory=dict)
    seen: frozenset[tuple[bytes, UUID]] = frozenset()
    payments: dict[str, Payment] = field(default_factory=dict)
    batches: dict[str, list[Payment]] = field(default_factory=dict)
    by_hand: frozenset[tuple[Direction, str, Money]] = frozenset()
    fees: dict[str, Fee] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a line, and why. `reasons` are kept; `kind` is of a case."""

    outcome: Outcome
    reasons: list[Reason]
    kind: CaseKind | None = None
    target: Target | None = None
    payments: tuple[Payment, ...] = ()
    fee: Fee | None = None


def judge(line: BankLine, known: Known) -> Verdict:
    """The verdict on one line. What it settles is settled in `known` for the lines after it."""
    if line.bank_ref and (line.direction, line.bank_ref, line.amount) in known.by_hand:
        return Verdict(Outcome.BY_HAND, [{"code": "by_hand", "bank_ref": line.bank_ref}])
    return _credit(line, known) if line.direction == Direction.CREDIT else _debit(line, known)


@lru_cache(maxsize=10_000)  # a line's words are asked about when it is looked up and when it is judged
def references_in(words: str) -> tuple[str, ...]:
    """Every valid reference of ours in a text, whatever stands between its signs; each once."""
    found = (read(_SEPARATORS.sub("", match[0]).upper()) for match in _REFERENCE.finditer(words))
    return tuple(dict.fromkeys(reference for reference in found if reference))


def _places(line: BankLine) -> Iterator[tuple[str, tuple[str, ...]]]:
    for code, words in (
        ("found_structured", line.reference),
        ("found_text", line.remittance),
        ("found_end_to_end", line.end_to_end),
    ):
        found = references_in(words)
        if found:
            yield code, found


def _credit(line: BankLine, known: Known) -> Verdict:
    if line.returned:
        return _came_back(line, known)
    places = list(_places(line))
    for code, found in places:
        targets = [known.targets[reference] for reference in found if reference in known.targets]
        if len(targets) == 1:
            return _paid(line, targets[0], known, [{"code": code, "reference": targets[0].reference}])
        if targets:
            reasons = [{"code": "several_references", "references": ", ".join(t.reference for t in targets)}]
            return Verdict(Outcome.CASE, reasons, CaseKind.UNKNOWN_REFERENCE)
    bank_s = _of_the_bank(line, Outcome.COST) or _membership(line, places, known)
    if bank_s is not None:
        return bank_s
    if places:
        reason = {"code": "foreign_reference", "reference": places[0][1][0]}
        return Verdict(Outcome.CASE, [reason], CaseKind.UNKNOWN_REFERENCE)
    return _looks_like(line, known)


def _membership(line: BankLine, places: list[tuple[str, tuple[str, ...]]], known: Known) -> Verdict | None:
    """Exactly the fee that one of our references asks for, from the company itself; anything else is for people."""
    for code, found in places:
        fees = [known.fees[reference] for reference in found if reference in known.fees]
        if len(fees) != 1:
            continue
        (fee,) = fees
        theirs = same_company(line.name, fee.company_names) or (line.mark, fee.company_id) in known.seen
        within = line.amount.minor <= known.limits.get(line.amount.currency, -1)
        if fee.due and line.amount == fee.amount and theirs and within:
            fee.due = False
            reference = next(reference for reference in found if reference in known.fees)
            reasons: list[Reason] = [{"code": code, "reference": reference}, {"code": "all_fits"}]
            return Verdict(Outcome.MEMBERSHIP, reasons, fee=fee)
    return None


def _looks_like(line: BankLine, known: Known) -> Verdict:
    """Without a reference: the one payment of this amount and this payer that is due, if any, is proposed."""
    none = {"code": "no_reference"}
    alike = [t for t in known.expected.get(line.amount, []) if not list(_about_the_sender(line, t, known))]
    if len(alike) != 1:
        return Verdict(Outcome.CASE, [none], CaseKind.UNKNOWN_REFERENCE)
    like = {"code": "looks_like", "reference": alike[0].reference}
    return Verdict(Outcome.CASE, [none, like], CaseKind.UNKNOWN_REFERENCE, alike[0])


def _paid(line: BankLine, target: Target, known: Known, found: list[Reason]) -> Verdict:
    """A reference of ours stands on it: whatever keeps it from being booked makes a case, the gravest first."""
    faults = [*_about_the_payment(line, target), *_about_the_sender(line, target, known)]
    limit = known.limits.get(line.amount.currency, -1)
    if not faults and line.amount.minor > limit:
        over = {"code": "over_limit", "limit": _told(Money(max(limit, 0), line.amount.currency))}
        faults = [(CaseKind.LARGE, over)]
    if faults:
        return Verdict(Outcome.CASE, [*found, *(reason for _kind, reason in faults)], faults[0][0], target)
    target.standing = MilestoneState.FUNDED
    return Verdict(Outcome.FUND, [*found, {"code": "all_fits"}], target=target)


def _about_the_payment(line: BankLine, target: Target) -> Iterator[tuple[CaseKind, Reason]]:
    agreed = _told(target.amount)
    if line.amount.currency != target.amount.currency:
        yield CaseKind.WRONG_CURRENCY, {"code": "wrong_currency", "agreed": agreed}
    elif target.standing == MilestoneState.CANCELLED:
        yield CaseKind.LATE, {"code": "no_longer_due"}
    elif target.standing not in FUNDABLE:
        yield CaseKind.PAID_TWICE, {"code": "paid_before"}
    elif target.busy:
        yield CaseKind.PAID_TWICE, {"code": "paid_otherwise"}
    elif line.amount < target.amount:
        yield CaseKind.UNDERPAID, {"code": "too_little", "agreed": agreed}
    elif line.amount > target.amount:
        yield CaseKind.OVERPAID, {"code": "too_much", "agreed": agreed}


def _about_the_sender(line: BankLine, target: Target, known: Known) -> Iterator[tuple[CaseKind, Reason]]:
    seen = line.mark is not None and (line.mark, target.buyer_id) in known.seen
    if seen or same_company(line.name, target.buyer_names):
        return
    if not line.name:
        yield CaseKind.WRONG_SENDER, {"code": "no_sender"}
    elif target.buyer_names:
        yield CaseKind.WRONG_SENDER, {"code": "wrong_sender", "sender": line.name, "buyer": target.buyer_names[0]}
    else:
        yield CaseKind.WRONG_SENDER, {"code": "buyer_not_verified"}


def _came_back(line: BankLine, known: Known) -> Verdict:
    """A payment of ours that the receiver's bank returned, or a charge that our bank gives back."""
    payment = known.payments.get(line.end_to_end)
    why = {"code": "returned", "why": line.reason}
    if payment is None:
        return _of_the_bank(line, Outcome.COST) or Verdict(
            Outcome.CASE, [why, {"code": "not_ours"}], CaseKind.CAME_BACK
        )
    if payment.standing != OperationState.CONFIRMED:
        return Verdict(Outcome.CASE, [why, {"code": "not_sent"}], CaseKind.CAME_BACK, payments=(payment,))
    if payment.amount != line.amount:
        less = {"code": "came_back_less", "sent": _told(payment.amount)}
        return Verdict(Outcome.CASE, [why, less], CaseKind.CAME_BACK, payments=(payment,))
    payment.standing = OperationState.FAILED
    return Verdict(Outcome.BOUNCE, [why], CaseKind.CAME_BACK, payments=(payment,))


def _debit(line: BankLine, known: Known) -> Verdict:
    if line.returned:
        return Verdict(Outcome.CASE, [{"code": "taken_back", "why": line.reason}], CaseKind.UNKNOWN_DEBIT)
    payment = known.payments.get(line.end_to_end)
    if payment is not None and payment.standing == OperationState.SENT and payment.amount == line.amount:
        return _sent([payment], {"code": "our_payment", "reference": line.end_to_end})
    batch = [p for p in known.batches.get(line.batch, []) if p.standing == OperationState.SENT]
    whole = sum(p.amount.minor for p in batch)
    if batch and Money(whole, batch[0].amount.currency) == line.amount:
        return _sent(batch, {"code": "our_batch", "reference": line.batch})
    if payment is not None:
        state = "not_awaited" if payment.standing != OperationState.SENT else "other_amount"
        reason = {"code": state, "reference": line.end_to_end, "sent": _told(payment.amount)}
        return Verdict(Outcome.CASE, [reason], CaseKind.UNKNOWN_DEBIT, payments=(payment,))
    return _of_the_bank(line, Outcome.COST) or Verdict(
        Outcome.CASE, [{"code": "unknown_debit"}], CaseKind.UNKNOWN_DEBIT
    )


def _sent(payments: list[Payment], reason: Reason) -> Verdict:
    for payment in payments:
        payment.standing = OperationState.CONFIRMED
    return Verdict(Outcome.CONFIRM, [reason], payments=tuple(payments))


def _of_the_bank(line: BankLine, otherwise: Outcome) -> Verdict | None:
    """The bank's own charges and interest, by its transaction code."""
    family = line.code.rpartition("/")[2]
    if family in _CHARGES:
        return Verdict(Outcome.COST, [{"code": "bank_charge"}])
    if family in _INTEREST:
        earned = line.direction == Direction.CREDIT
        return Verdict(Outcome.INTEREST if earned else otherwise, [{"code": "bank_interest"}])
    return None


def _told(amount: Money) -> dict[str, Any]:
    return {"amount_minor": amount.minor, "currency": amount.currency}
