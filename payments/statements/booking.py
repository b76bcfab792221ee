"""Booking the lines of a statement: all of a batch in one transaction, in as few statements as it takes.

The money of every line is in the books at once: held for its payment, gone where we sent it, or in suspense with a
case.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.money import Money
from payments import settling
from payments.bank import queries as bookings
from payments.cases.opening import NewCase, open_cases
from payments.cases.states import CaseKind
from payments.escrow import funding
from payments.escrow import queries as escrows
from payments.escrow.queries import MilestoneView
from payments.ledger import chart
from payments.ledger.service import Entry, Leg, credit, debit, post_all
from payments.membership import paying
from payments.membership import queries as memberships
from payments.microdeposits import sending
from payments.operations import queries as operations
from payments.operations.states import OperationKind
from payments.runs import queries as runs
from payments.statements import queries
from payments.statements.matching import Fee, Known, Outcome, Target, Verdict, judge, references_in
from payments.statements.models import BankLine, StatementFile
from payments.statements.states import Direction, FileMove, FileState, LineStatus
from payments.statements.words import return_reason
from trust.identity import queries as identity

BANK = chart.bank("main")
VERIFIED = 2  # the level from which a company's registered name is confirmed
Judged = tuple[BankLine, Verdict]


async def book_batch(tx: AsyncSession, file_id: UUID, size: int, limits: dict[str, int]) -> int:
    """Judge and book the next `size` lines of a kept file; how many are left. Locks the file, and what they pay.

    limits  the highest amount of each currency, in minor units, that is booked without a person
    """
    file = await queries.file_for_update(tx, file_id)
    if file.state != FileState.BOOKING:
        return 0
    lines = await queries.new_lines(tx, file_id, size)
    known = await gather(tx, lines, limits)
    judged = [(line, judge(line, known)) for line in lines]
    await _book(tx, file, judged)
    file.done += len(lines)
    left = file.total - file.done
    if left <= 0 or not lines:
        file.finished_at = clock.now()
        file.move(FileMove.FINISH, by=file.uploaded_by)
        return 0
    return left


async def gather(tx: AsyncSession, lines: Sequence[BankLine], limits: dict[str, int]) -> Known:
    """All that must be known to judge these lines, in a few queries."""
    words = [words for line in lines for words in (line.reference, line.remittance, line.end_to_end)]
    references = {reference for text in words for reference in references_in(text)}
    return Known(
        targets=await _targets(tx, references),
        seen=await queries.seen_accounts(tx, [line.mark for line in lines if line.mark]),
        payments=await runs.payments_by_end_to_end(tx, {line.end_to_end for line in lines if line.end_to_end}),
        batches=await runs.payments_by_batch(tx, {line.batch for line in lines if line.batch}),
        expected=await _expected(tx, lines),
        fees=await _fees(tx, references),
        by_hand=await bookings.booked_by_hand(tx, {line.bank_ref for line in lines if line.bank_ref}),
        limits=limits,
    )


async def _targets(tx: AsyncSession, references: Iterable[str]) -> dict[str, Target]:
    found = await _as_targets(tx, await escrows.by_references(tx, list(references)))
    return {target.reference: target for target in found}


async def _fees(tx: AsyncSession, references: Iterable[str]) -> dict[str, Fee]:
    """Memberships that wait for a transfer with one of these references, of companies whose name is confirmed."""
    found = await memberships.by_references(tx, list(references))
    companies = await identity.organisations(tx, [order.organisation_id for order in found])
    fees = {}
    for order in found:
        company = companies[order.organisation_id]
        names = (company.name_latin, company.name_original) if company.level >= VERIFIED else ()
        fees[order.reference] = Fee(order.id, order.fee, company.id, tuple(name for name in names if name))
    return fees


async def _expected(tx: AsyncSession, lines: Sequence[BankLine]) -> dict[Money, list[Target]]:
    """What is due in exactly the amounts of those lines that name no reference."""
    amounts = {
        line.amount
        for line in lines
        if line.direction == Direction.CREDIT
        and not references_in(f"{line.reference} {line.remittance} {line.end_to_end}")
    }
    expected: dict[Money, list[Target]] = {}
    for target in await _as_targets(tx, await escrows.due_in(tx, amounts)):
        expected.setdefault(target.amount, []).append(target)
    return expected


async def _as_targets(tx: AsyncSession, found: Sequence[tuple[MilestoneView, UUID]]) -> list[Target]:
    companies = await identity.organisations(tx, {buyer_id for _milestone, buyer_id in found})
    asked = await operations.open_of_parts(tx, [m.id for m, _buyer in found], OperationKind.PAY_IN)
    targets: list[Target] = []
    for milestone, buyer_id in found:
        buyer, open_ = companies[buyer_id], asked.get(milestone.id)
        names = (buyer.name_latin, buyer.name_original) if buyer.level >= VERIFIED else ()
        targets.append(
            Target(
                milestone_id=milestone.id,
                reference=milestone.reference,
                amount=milestone.amount,
                standing=milestone.state,
                buyer_id=buyer_id,
                buyer_names=tuple(dict.fromkeys(name for name in names if name)),
                busy=open_ is not None and open_.provider != "bank" and open_.state != "planned",
            )
        )
    return targets


async def _book(tx: AsyncSession, file: StatementFile, judged: Sequence[Judged]) -> None:
    by_outcome: dict[Outcome, list[Judged]] = {}
    for line, verdict in judged:
        by_outcome.setdefault(verdict.outcome, []).append((line, verdict))
    await _fund(tx, by_outcome.get(Outcome.FUND, []))
    for line, verdict in judged:  # after what asks the database most, so that each line is written once
        line.reasons = verdict.reasons
        line.status = LineStatus.CASE if verdict.outcome is Outcome.CASE else LineStatus.BOOKED
        if verdict.target is not None:
            line.milestone_id = verdict.target.milestone_id
    await _membership(tx, by_outcome.get(Outcome.MEMBERSHIP, []))
    await _confirm(tx, by_outcome.get(Outcome.CONFIRM, []))
    await _suspend(tx, by_outcome.get(Outcome.CASE, []), file.uploaded_by)
    await _bounce(tx, by_outcome.get(Outcome.BOUNCE, []))
    of_the_bank = [*by_outcome.get(Outcome.COST, []), *by_outcome.get(Outcome.INTEREST, [])]
    await post_all(tx, [_of_the_bank(line, verdict) for line, verdict in of_the_bank])
    await tx.flush()


async def _fund(tx: AsyncSession, judged: Sequence[Judged]) -> None:
    pairs = [(line, verdict.target) for line, verdict in judged if verdict.target is not None]
    arrivals = [funding.Arrival(t.milestone_id, line.amount, line.bank_ref) for line, t in pairs]
    if not arrivals:
        return
    done = await funding.receive_transfers(tx, arrivals, source=BANK, by=None)
    for (line, target), operation in zip(pairs, done, strict=True):
        line.operation_id, line.payer_id = operation.id, target.buyer_id


async def _membership(tx: AsyncSession, judged: Sequence[Judged]) -> None:
    for line, verdict in judged:
        if verdict.fee is not None:
            line.operation_id = await paying.receive_transfer(
                tx, verdict.fee.order_id, line.amount, line.bank_ref, by=None
            )
            line.payer_id = verdict.fee.company_id


async def _confirm(tx: AsyncSession, judged: Sequence[Judged]) -> None:
    for line, verdict in judged:
        for payment in verdict.payments:
            operation = await settling.locked(tx, payment.operation_id)
            operation.provider_ref = line.bank_ref
            if payment.kind is OperationKind.MICRO_DEPOSIT and len(verdict.payments) == 1:
                await sending.name_holder(tx, operation, line.name)
            await settling.confirm(tx, operation, received=payment.amount)
            line.operation_id = operation.id
        await runs.over(tx, [payment.operation_id for payment in verdict.payments])


async def _bounce(tx: AsyncSession, judged: Sequence[Judged]) -> None:
    """What came back is where it was before it left; the case only tells, or for a return holds the money again."""
    for line, verdict in judged:
        (payment,) = verdict.payments
        operation = await settling.locked(tx, payment.operation_id)
        await settling.bounce(tx, operation, return_reason(line.reason), [debit(BANK, line.amount)])
        line.operation_id = operation.id
        if payment.kind is not OperationKind.RETURN:
            held = Money.zero(line.amount.currency)
            await open_cases(tx, [_case(line, verdict, held, operation.id)])


async def _suspend(tx: AsyncSession, judged: Sequence[Judged], uploaded_by: UUID) -> None:
    entries, cases = [], []
    for line, verdict in judged:
        incoming = line.direction == Direction.CREDIT
        account = chart.SUSPENSE if incoming else chart.UNEXPLAINED
        legs = [debit(BANK, line.amount), credit(account, line.amount)]
        if not incoming:
            legs = [debit(account, line.amount), credit(BANK, line.amount)]
        entries.append(_entry(line, "suspend_line", legs))
        operation_id = verdict.payments[0].operation_id if verdict.payments else None
        held = line.amount if incoming else -line.amount
        apply_by = uploaded_by if verdict.kind is CaseKind.LARGE else None
        cases.append(_case(line, verdict, held, operation_id, apply_by))
    await post_all(tx, entries)
    await open_cases(tx, cases)


def _case(
    line: BankLine, verdict: Verdict, held: Money, operation_id: UUID | None, apply_by: UUID | None = None
) -> NewCase:
    if verdict.kind is None:
        raise LookupError(f"the verdict on line {line.id} names no kind of case")
    return NewCase(
        kind=verdict.kind,
        held=held,
        reasons=verdict.reasons,
        line_id=line.id,
        operation_id=operation_id,
        milestone_id=verdict.target.milestone_id if verdict.target else None,
        apply_by=apply_by,
    )


def _of_the_bank(line: BankLine, verdict: Verdict) -> Entry:
    account = chart.BANK_INTEREST if verdict.outcome is Outcome.INTEREST else chart.BANK_COST
    if line.direction == Direction.CREDIT:
        return _entry(line, "bank_interest", [debit(BANK, line.amount), credit(account, line.amount)])
    return _entry(line, "bank_cost", [debit(account, line.amount), credit(BANK, line.amount)])


def _entry(line: BankLine, kind: str, legs: list[Leg]) -> Entry:
    return Entry(
        key=f"{kind}:{line.id}",
        kind=kind,
        legs=legs,
        reason=f"{line.name}: {line.reference or line.remittance}"[:400],
        actor=None,
        part_id=line.id,
        facts={"bank_ref": line.bank_ref, "value_date": line.value_on.isoformat()},
    )
