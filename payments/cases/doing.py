"""Carrying out what two people decided: the money leaves suspense for where it belongs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments import payers, settling
from payments.bank.models import BankBooking
from payments.cases import queries
from payments.cases.models import BankCase, CaseDecision
from payments.cases.states import Action
from payments.errors import CaseNotFound
from payments.escrow import funding
from payments.escrow import queries as escrows
from payments.ledger import chart, fx
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.states import OperationKind
from payments.runs import queries as runs
from payments.statements import queries as statements
from payments.statements.words import return_reason
from trust.access import Member, Permission
from trust.identity.service import notify

PROVIDER = "stripe"


async def carry_out(
    tx: AsyncSession, case: BankCase, others: Sequence[BankCase], row: CaseDecision, *, by: Member
) -> None:
    """Move the money as decided. All are locked, and `options.check` has passed."""
    match Action(row.action):
        case Action.APPLY | Action.APPLY_TOGETHER:
            await _apply(tx, [case, *others], row, case.held, by)
        case Action.APPLY_AND_RETURN:
            milestone, _buyer = await escrows.with_buyer(tx, _named(row.milestone_id))
            await _apply(tx, [case], row, milestone.amount, by)
            await _send_back(tx, case, case.held - milestone.amount, by)
        case Action.SEND_BACK:
            await _send_back(tx, case, case.held, by)
        case Action.WRITE:
            await _write(tx, case, row)
        case Action.CARRIED_OUT:
            operation = await settling.locked(tx, _named(row.operation_id))
            await settling.confirm(tx, operation, received=-case.held, cash=chart.UNEXPLAINED, by=by.id)
            await runs.over(tx, [operation.id])
            await _tie(tx, [case], operation.id, None)
        case Action.COST:
            await _post(tx, case, row, [debit(chart.BANK_COST, -case.held), credit(chart.UNEXPLAINED, -case.held)])
        case Action.OFFSET:
            amount = max(case.held, -case.held)
            await _post(tx, case, row, [debit(chart.SUSPENSE, amount), credit(chart.UNEXPLAINED, amount)])
        case Action.PUT_BACK:
            await _put_back(tx, case, by)
        case Action.SWEPT:
            await _post(tx, case, row, [debit(chart.SUSPENSE, case.held), credit(chart.psp(PROVIDER), case.held)])
        case Action.EXCHANGED:
            await _exchange(tx, case, others[0], row, by)
        case Action.WAIT | Action.NOTE:
            pass


def _named(id_: UUID | None) -> UUID:
    if id_ is None:
        raise CaseNotFound(_("There is no such payment."))
    return id_


async def _apply(tx: AsyncSession, cases: Sequence[BankCase], row: CaseDecision, amount: Money, by: Member) -> None:
    if len(cases) > 1:
        amount = Money(sum(case.held.minor for case in cases), amount.currency)
    milestone_id = _named(row.milestone_id)
    await payers.check_payer(tx, milestone_id, await sender(tx, cases[0]), by=by)
    arrival = funding.Arrival(milestone_id, amount, await _ref(tx, cases[0]))
    (operation,) = await funding.receive_transfers(tx, [arrival], source=chart.SUSPENSE, by=by.id)
    _milestone, buyer_id = await escrows.with_buyer(tx, milestone_id)
    await _tie(tx, cases, operation.id, buyer_id)


async def _ref(tx: AsyncSession, case: BankCase) -> str:
    return (await statements.line_row(tx, case.line_id)).bank_ref if case.line_id else ""


async def sender(tx: AsyncSession, case: BankCase) -> str:
    """Whom the bank names as who sent it; "" where it does not say."""
    if case.line_id:
        return (await statements.line_row(tx, case.line_id)).name
    return (await tx.get_one(BankBooking, case.booking_id)).counterparty if case.booking_id else ""


async def _tie(tx: AsyncSession, cases: Sequence[BankCase], operation_id: UUID, payer_id: UUID | None) -> None:
    """The lines now say what became of them, and whose account that was."""
    for case in cases:
        if case.line_id:
            line = await statements.line_row(tx, case.line_id)
            line.operation_id, line.payer_id = operation_id, payer_id


async def _send_back(tx: AsyncSession, case: BankCase, amount: Money, by: Member) -> None:
    """Out of suspense, on its way. A provider's payment goes back through the provider, a transfer in a payment run."""
    entry = Entry(
        key=f"send_back:{case.id}",
        kind="send_back",
        legs=[debit(chart.SUSPENSE, amount), credit(chart.IN_TRANSIT, amount)],
        reason="sent back to the sender",
        actor=by.id,
        part_id=case.id,
    )
    await post(tx, entry)
    provider, parent_ref = operating.BANK, ""
    if case.operation_id and not case.line_id:
        paid = await operations.operation(tx, case.operation_id)
        if paid.kind is OperationKind.PAY_IN:
            provider, parent_ref = paid.provider, paid.provider_ref
    plan = operating.Plan(
        kind=OperationKind.RETURN,
        provider=provider,
        subject=Subject("bank_case", case.id),
        part_id=case.id,
        amount=amount,
        by=by.id,
        reference=f"RETURN {case.id.hex[-8:].upper()}",
        parent_ref=parent_ref,
    )
    await operating.plan(tx, plan, send=provider != operating.BANK)


async def _write(tx: AsyncSession, case: BankCase, row: CaseDecision) -> None:
    milestone, buyer_id = await escrows.with_buyer(tx, _named(case.milestone_id))
    context = {"letter": row.letter, "reference": milestone.reference}
    await notify(tx, buyer_id, Permission.PAY, "transfer_question", context)


async def _put_back(tx: AsyncSession, case: BankCase, by: Member) -> None:
    """What came back goes where it was before it left; what is missing of it, the banks kept."""
    operation = await settling.locked(tx, _named(case.operation_id))
    line = await statements.line_row(tx, case.line_id) if case.line_id else None
    sources = [debit(chart.SUSPENSE, case.held), debit(chart.BANK_COST, operation.amount - case.held)]
    await settling.bounce(tx, operation, return_reason(line.reason if line else ""), sources, by=by.id)
    await _tie(tx, [case], operation.id, None)


async def _exchange(tx: AsyncSession, case: BankCase, other: BankCase, row: CaseDecision, by: Member) -> None:
    """The bank's two lines close what was open between the currencies; what it gave more or less is gain or loss."""
    paid, bought, _pair = queries.sides(case.held, other.held)
    await fx.settle(
        tx,
        f"decide:{row.id}",
        paid,
        bought,
        actor=by.id,
        reference=f"{await _ref(tx, case)} {await _ref(tx, other)}".strip(),
        paid_from=chart.UNEXPLAINED,
        bought_on=chart.SUSPENSE,
    )


async def _post(tx: AsyncSession, case: BankCase, row: CaseDecision, legs: list[Leg]) -> None:
    entry = Entry(
        key=f"decide:{row.id}",
        kind=f"case_{row.action}",
        legs=legs,
        reason=row.reason[:400],
        actor=row.decided_by,
        part_id=case.id,
    )
    await post(tx, entry)
