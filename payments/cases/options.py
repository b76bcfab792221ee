"""What can be done about a case, and whether a proposal can be carried out as things stand."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.money import Money
from payments.cases import queries
from payments.cases.models import BankCase, CaseDecision
from payments.cases.queries import CaseView
from payments.cases.states import Action, CaseKind
from payments.errors import WrongAmount
from payments.escrow import queries as escrows
from payments.escrow.funding import FUNDABLE
from payments.escrow.queries import MilestoneView
from payments.ledger import fx
from payments.operations import queries as operations
from payments.operations.queries import OperationView
from payments.operations.states import OperationKind, OperationState
from payments.statements import queries as statements
from payments.statements.queries import LineView
from trust.identity import queries as identity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that the money may be for. `named`: the case's own reasons lead to it."""

    milestone: MilestoneView
    buyer_id: UUID
    buyer: str
    named: bool
    due: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What people need beside the case to decide it."""

    line: LineView | None
    operation: OperationView | None
    candidates: list[Candidate]
    parts: list[CaseView]
    opposite: list[CaseView]
    other_side: list[CaseView]
    payments: list[OperationView]
    actions: list[Action]


async def surroundings(tx: AsyncSession, seen: CaseView) -> Surroundings:
    """The line, what it may be for, the other parts of the same payment, and what can be done."""
    line = await statements.line(tx, seen.line_id) if seen.line_id else None
    operation = await operations.operation(tx, seen.operation_id) if seen.operation_id else None
    candidates = await _candidates(tx, seen)
    parts = await queries.of_milestone(tx, seen.milestone_id) if seen.milestone_id else []
    others = [part for part in parts if part.id != seen.id and part.held.currency == seen.held.currency]
    opposite = await queries.opposite(tx, seen)
    payments = await operations.bank_payments_of(tx, -seen.held, operations.BY_BANK) if seen.held.minor < 0 else []
    other_side = await queries.other_side(tx, seen)
    found = Surroundings(line, operation, candidates, others, opposite, other_side, payments, [])
    found.actions.extend(_actions(seen, found))
    return found


async def _candidates(tx: AsyncSession, seen: CaseView) -> list[Candidate]:
    if seen.held.minor <= 0 or (seen.operation_id and not seen.line_id):
        return []
    found = [(milestone, buyer, False) for milestone, buyer in await escrows.due_in(tx, [seen.held])]
    if seen.milestone_id:
        milestone, buyer_id = await escrows.with_buyer(tx, seen.milestone_id)
        found = [(milestone, buyer_id, True), *(f for f in found if f[0].id != milestone.id)]
    companies = await identity.organisations(tx, {buyer_id for _milestone, buyer_id, _named in found})
    return [
        Candidate(milestone, buyer_id, companies[buyer_id].name_latin, named, milestone.state in FUNDABLE)
        for milestone, buyer_id, named in found[:10]
    ]


def _actions(seen: CaseView, around: Surroundings) -> list[Action]:
    """What the page offers; `check` has the last word."""
    own = [c.milestone for c in around.candidates if c.due and c.milestone.amount.currency == seen.held.currency]
    if seen.held.minor < 0:
        offered = {
            Action.CARRIED_OUT: bool(around.payments),
            Action.OFFSET: bool(around.opposite),
            Action.COST: True,
        }
    elif not seen.held:
        offered = {Action.NOTE: True}
    else:
        named = any(m.id == seen.milestone_id for m in own)
        less = named and any(m.id == seen.milestone_id and m.amount > seen.held for m in own)
        offered = {
            Action.APPLY: any(m.amount == seen.held for m in own),
            Action.APPLY_AND_RETURN: any(m.amount < seen.held for m in own),
            Action.APPLY_TOGETHER: less and bool(around.parts),
            Action.WAIT: less,
            Action.PUT_BACK: seen.line_id is not None and around.operation is not None,
            Action.SEND_BACK: True,
            Action.OFFSET: bool(around.opposite),
            Action.SWEPT: seen.milestone_id is None and seen.kind is CaseKind.UNKNOWN_REFERENCE,
        }
    offered[Action.EXCHANGED] = bool(around.other_side)
    offered[Action.WRITE] = seen.milestone_id is not None
    return [action for action in Action if offered.get(action)]


async def check(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    """Raises Invalid, WrongAmount or Conflict unless the decision can be carried out now."""
    await _CHECKS[Action(row.action)](tx, case, others, row)


Check = Callable[[AsyncSession, BankCase, Sequence[BankCase], CaseDecision], Awaitable[None]]


async def _apply(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    milestone = await _due(tx, case, row)
    whole = Money(sum(part.held.minor for part in (case, *others)), case.held.currency)
    if any(part.held.currency != case.held.currency or part.held.minor <= 0 for part in others):
        raise Invalid(_("Only money in the same currency can be applied together."), field="others")
    if whole != milestone.amount:
        raise WrongAmount(_("This is not the amount that was agreed."), field="milestone_id")


async def _apply_and_return(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    milestone = await _due(tx, case, row)
    if milestone.amount.currency != case.held.currency or milestone.amount >= case.held:
        raise WrongAmount(_("It is not more than the amount that was agreed."), field="milestone_id")
    await _send_back(tx, case, others, row)


async def _due(tx: AsyncSession, case: BankCase, row: CaseDecision) -> MilestoneView:
    if row.milestone_id is None:
        raise Invalid(_("Please choose the payment."), field="milestone_id")
    if case.held.minor <= 0 or (case.line_id is None and case.booking_id is None):
        raise Conflict(_("This case holds no transfer that could be applied."))
    milestone, _buyer = await escrows.with_buyer(tx, row.milestone_id)
    if milestone.state not in FUNDABLE:
        raise Conflict(_("What it pays for is paid, or is no longer due."))
    return milestone


async def _wait(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    row.milestone_id = case.milestone_id
    milestone = await _due(tx, case, row)
    if milestone.amount.currency != case.held.currency or milestone.amount <= case.held:
        raise WrongAmount(_("Nothing is missing of the amount that was agreed."), field="action")


async def _send_back(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if case.held.minor <= 0:
        raise Conflict(_("This case holds no money that could go back."))
    if row.sealed is not None or (case.operation_id and not case.line_id and not await _is_return(tx, case)):
        return
    line = await statements.line_row(tx, case.line_id) if case.line_id else None
    if line is None or line.sealed is None or not line.bank_code:
        message = _("The bank does not say from which account and bank it came. Please give both.")
        raise Invalid(message, field="number")


async def _is_return(tx: AsyncSession, case: BankCase) -> bool:
    """Whether the case is about money that was sent back before: it needs an account again."""
    if case.operation_id is None:
        return False
    return (await operations.operation(tx, case.operation_id)).kind is OperationKind.RETURN


async def _write(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if case.milestone_id is None:
        raise Conflict(_("It is not known whom to write to."))
    if not row.letter.strip():
        raise Invalid(_("Please write the letter."), field="letter")


async def _note(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if case.held:
        raise Conflict(_("This case holds money; say where it goes."))


async def _carried_out(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if row.operation_id is None:
        raise Invalid(_("Please choose the payment."), field="operation_id")
    seen = await operations.operation(tx, row.operation_id)
    awaited = seen.state in (OperationState.PLANNED, OperationState.SENT)
    if seen.provider != "bank" or seen.kind not in operations.BY_BANK or not awaited:
        raise Conflict(_("This payment does not wait for a debit."))
    if seen.amount != -case.held:
        raise WrongAmount(_("The payment was for another amount."), field="operation_id")


async def _cost(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if case.held.minor >= 0:
        raise Conflict(_("Only a debit can be the bank's charge."))


async def _offset(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if len(others) != 1 or others[0].held != -case.held or not case.held:
        raise WrongAmount(_("The two amounts do not cancel each other."), field="others")


async def _put_back(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if case.operation_id is None or case.held.minor <= 0:
        raise Conflict(_("No payment of ours is known that came back."))
    seen = await operations.operation(tx, case.operation_id)
    if seen.state is not OperationState.CONFIRMED or seen.kind not in operations.BY_BANK:
        raise Conflict(_("The payment was not confirmed as sent, or came back before."))
    if seen.amount.currency != case.held.currency or seen.amount < case.held:
        raise WrongAmount(_("More came back than was sent."), field="action")


async def _swept(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if case.held.minor <= 0 or case.kind != CaseKind.UNKNOWN_REFERENCE:
        raise Conflict(_("This is not a payment of the provider."))


async def _exchanged(tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision) -> None:
    if len(others) != 1 or not case.held or (case.held.minor < 0) == (others[0].held.minor < 0):
        raise Invalid(_("Choose the line that the bank booked for it in the other currency."), field="others")
    paid, bought, _pair = queries.sides(case.held, others[0].held)
    if paid.currency == bought.currency:
        raise Invalid(_("Choose the line that the bank booked for it in the other currency."), field="others")
    await fx.check_settles(tx, paid, bought)


_CHECKS: dict[Action, Check] = {
    Action.APPLY: _apply,
    Action.APPLY_TOGETHER: _apply,
    Action.APPLY_AND_RETURN: _apply_and_return,
    Action.WAIT: _wait,
    Action.SEND_BACK: _send_back,
    Action.WRITE: _write,
    Action.NOTE: _note,
    Action.CARRIED_OUT: _carried_out,
    Action.COST: _cost,
    Action.OFFSET: _offset,
    Action.PUT_BACK: _put_back,
    Action.SWEPT: _swept,
    Action.EXCHANGED: _exchanged,
}
