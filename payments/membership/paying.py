"""Money for memberships: from the company's balance at once, from a rail when its provider or two people say so.

Locks in the order company, order, operation, balances. What comes for an order that does not wait for it (any more)
goes back the way it came. The fee is the platform's own from the day it is received; a term that is refunded takes
back all of it.
"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict
from app.core.i18n import _, format_money
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import PaymentUnderWay, WrongAmount
from payments.ledger import chart
from payments.ledger.debts import recover
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.membership import queries, terms
from payments.membership.calendar import Place, today
from payments.membership.models import MembershipOrder
from payments.membership.queries import TermView
from payments.membership.states import Mark, OrderMove, OrderState, TermKind, VoidReason
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.models import Operation
from payments.operations.states import OperationKind, OperationMove, OperationState
from trust.access import Member, Scope, unbound
from trust.identity import queries as identity
from trust.risk import holds

SUBJECT = "membership"
"""Of the operations that carry a membership's money, with the order's id."""


async def locked(tx: AsyncSession, order_id: UUID) -> MembershipOrder:
    """An order, its company locked before it. Raises MembershipNotFound."""
    await terms.lock(tx, await queries.owner_of(tx, order_id))
    return await queries.order_for_update(tx, order_id)


async def from_balance(tx: AsyncSession, row: MembershipOrder, *, by: UUID | None) -> None:
    """Pay an order out of what the company has earned. The caller holds the locks.

    What may not be paid out may not be spent here either. Raises InsufficientFunds, Restricted, OnHold, Conflict.
    """
    party = row.organisation_id
    unbound((await identity.bound(tx, [party]))[party], Scope.PAYOUT)
    await holds.check_hold(tx, holds.payouts_of(party))
    at = await _place(tx, row)
    legs = [debit(chart.payable(party), row.fee), credit(chart.MEMBERSHIP_INCOME, row.fee)]
    entry_id = await post(tx, _entry(row, f"membership:{row.id}", "membership", legs, "paid from the balance", by))
    await _paid(tx, row, at, entry_id, by=by)


async def _place(tx: AsyncSession, row: MembershipOrder) -> Place[TermView]:
    """Where an order's term goes now: a renewal that comes after the days of grace begins anew. Raises Conflict."""
    at = await terms.next_place(tx, row.organisation_id, row.plan, row.months)
    upgrade = row.kind == TermKind.UPGRADE
    if upgrade != (at.kind is TermKind.UPGRADE) or (upgrade and at.source and at.source.id != row.source_id):
        raise Conflict(_("Your membership has changed since this was ordered."))
    if upgrade and row.starts_on is not None:
        return Place(at.kind, row.starts_on, at.ends_on, at.source)
    return at


async def _paid(
    tx: AsyncSession, row: MembershipOrder, at: Place[TermView], entry_id: UUID, *, by: UUID | None
) -> None:
    row.move(OrderMove.PAY, by=by)
    await tx.flush()
    term = await terms.begin_paid(tx, row, at, entry_id, by=by)
    said = {"plan": row.plan, "amount": format_money(row.fee), "until": term.ends_on.isoformat()}
    await terms.tell(tx, row.organisation_id, "paid", **said)


async def receive(
    tx: AsyncSession, operation: Operation, received: Money, *, cash: chart.Account, by: UUID | None
) -> None:
    """A rail has the money: the term begins, or it goes back the way it came. The caller holds the locks."""
    row = await queries.order_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    await tx.flush()
    waits = row.state == OrderState.OPEN and received == row.fee
    another = await queries.payment_under_way(tx, row.id) if waits else None
    try:
        at = await _place(tx, row) if waits else None
    except Conflict:
        at = None
    if at is None:
        await _send_back(tx, row, operation, received, cash, by)
        return
    if another is not None and another.state == OperationState.PLANNED:
        operating.conclude(another, OperationMove.CANCEL, by=by, note="paid another way")
    legs = [debit(cash, received), credit(chart.MEMBERSHIP_INCOME, received)]
    entry_id = await post(tx, _entry(row, f"membership:{row.id}", "membership", legs, "paid by the company", by))
    await _paid(tx, row, at, entry_id, by=by)


async def _send_back(
    tx: AsyncSession, row: MembershipOrder, operation: Operation, amount: Money, cash: chart.Account, by: UUID | None
) -> None:
    """What nobody waits for any more: over a provider it is refunded, a transfer is added to the company's balance."""
    if operation.provider == operating.BANK:
        legs = [debit(cash, amount), credit(chart.payable(row.organisation_id), amount)]
        await post(tx, _entry(row, f"membership_beside:{operation.id}", "membership_beside", legs, "not due", by))
        await recover(tx, row.organisation_id, amount.currency)
    else:
        legs = [debit(cash, amount), credit(chart.refund_due(Subject(SUBJECT, row.id)), amount)]
        await post(tx, _entry(row, f"membership_beside:{operation.id}", "membership_beside", legs, "not due", by))
        await _plan_refund(tx, row, operation, amount, by)
    await terms.tell(tx, row.organisation_id, "sent_back", plan=row.plan, amount=format_money(amount))


async def _plan_refund(tx: AsyncSession, row: MembershipOrder, paid: Operation, amount: Money, by: UUID | None) -> None:
    plan = operating.Plan(
        kind=OperationKind.REFUND,
        provider=paid.provider,
        subject=Subject(SUBJECT, row.id),
        part_id=row.id,
        amount=amount,
        by=by,
        parent_ref=paid.provider_ref,
    )
    await operating.plan(tx, plan)


def check_transfer(row: MembershipOrder, amount: Money) -> None:
    """Whether a bank transfer is what an order waits for. Raises IllegalMove, WrongAmount."""
    row.check(OrderMove.PAY)
    if amount != row.fee:
        raise WrongAmount(_("This is not the amount that was agreed."), field="amount")


async def receive_transfer(tx: AsyncSession, order_id: UUID, amount: Money, ref: str, *, by: UUID | None) -> UUID:
    """A bank transfer has come: two people say so, or the bank's statement. Returns the operation.

    Raises MembershipNotFound, IllegalMove, WrongAmount, PaymentUnderWay while it is being paid by card.
    """
    row = await locked(tx, order_id)
    check_transfer(row, amount)
    asked = await queries.payment_under_way(tx, row.id)
    if asked is not None and asked.provider != operating.BANK:
        if asked.state != OperationState.PLANNED:
            raise PaymentUnderWay(_("A payment for this is on its way. Wait until it has arrived or failed."))
        operating.conclude(asked, OperationMove.CANCEL, by=by, note="paid by bank transfer")
        await tx.flush()
        asked = None
    if asked is None:
        plan = operating.Plan(
            kind=OperationKind.PAY_IN,
            provider=operating.BANK,
            subject=Subject(SUBJECT, row.id),
            part_id=row.id,
            amount=row.fee,
            by=by,
            reference=row.reference,
        )
        asked = await operating.plan(tx, plan, send=False)
    asked.provider_ref = ref[:255]
    await receive(tx, asked, amount, cash=chart.bank("main"), by=by)
    return asked.id


async def pay_in_failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None) -> None:
    """The provider says no: the order waits for another try. The caller holds the locks."""
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    row = await queries.order_for_update(tx, operation.part_id)
    if row.state == OrderState.OPEN and row.ordered_by is None:
        await terms.tell(tx, row.organisation_id, "failed", plan=row.plan, amount=format_money(row.fee))


async def refund(tx: AsyncSession, term_id: UUID, *, by: Member) -> None:
    """Give a term back in full within the cooling-off time: it is void from now on, and what it allowed ends.

    Money that came by card goes back to it; what came from the balance or by transfer is added to the balance.
    Locks the company. Raises MembershipNotFound, Conflict when it is too late, or another term follows it.
    """
    await terms.lock(tx, by.organisation_id)
    term = await queries.term(tx, term_id, party=by.organisation_id)
    check_refundable(term, await terms.counted(tx, by.organisation_id))
    if term.order_id is None:
        raise LookupError(f"term {term.id} was paid without an order")
    row = await queries.order_for_update(tx, term.order_id)
    paid = await operations.confirmed_of_part(tx, row.id, OperationKind.PAY_IN)
    over_provider = paid is not None and paid.provider != operating.BANK
    owed = chart.refund_due(Subject(SUBJECT, row.id)) if over_provider else chart.payable(by.organisation_id)
    legs = [debit(chart.MEMBERSHIP_INCOME, term.fee), credit(owed, term.fee)]
    entry = _entry(row, f"membership_back:{row.id}", "membership_back", legs, "refunded in the cooling-off time", by.id)
    entry_id = await post(tx, entry)
    await terms.mark(tx, term, Mark.VOID, reason=VoidReason.COOLING_OFF, by=by.id, entry_id=entry_id)
    if over_provider and paid is not None:
        await _plan_refund(tx, row, paid, term.fee, by.id)
    else:
        await recover(tx, by.organisation_id, term.fee.currency)
    said = {"plan": term.plan, "amount": format_money(term.fee), "automatic": over_provider}
    await terms.tell(tx, by.organisation_id, "refunded", **said)


def check_refundable(term: TermView, counted: list[TermView]) -> None:
    """Raises Conflict for a term that is not given back (any more)."""
    until = term.refundable_until
    if term.void or until is None or today() > until:
        raise Conflict(_("The time in which this term is given back is over."))
    if any(one.source_id == term.id for one in counted):
        raise Conflict(_("Another term follows this one. Give that one back first."))


async def refunded(tx: AsyncSession, operation: Operation, *, cash: chart.Account, by: UUID | None) -> None:
    """The provider has sent it back. The caller holds the locks."""
    row = await queries.order_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    legs = [debit(chart.refund_due(Subject(SUBJECT, row.id)), operation.amount), credit(cash, operation.amount)]
    await post(tx, _entry(row, f"repay:{operation.id}", "repay", legs, "sent back to the company", by))


async def refund_failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None) -> None:
    """The provider could not send it back, so it is added to the company's balance. The caller holds the locks."""
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    await _to_balance(tx, operation, [debit(chart.refund_due(_subject(operation)), operation.amount)], reason, by)


async def refund_bounced(
    tx: AsyncSession, operation: Operation, reason: str, sources: list[Leg], *, by: UUID | None
) -> None:
    """The payer's bank sent it back to us: it is added to the company's balance. The caller holds the locks."""
    operating.conclude(operation, OperationMove.BOUNCE, by=by, note=reason)
    await _to_balance(tx, operation, sources, reason, by)


async def _to_balance(tx: AsyncSession, operation: Operation, sources: list[Leg], reason: str, by: UUID | None) -> None:
    row = await queries.order_for_update(tx, operation.part_id)
    legs = [*sources, credit(chart.payable(row.organisation_id), operation.amount)]
    await post(tx, _entry(row, f"refund_kept:{operation.id}", "membership_refund_kept", legs, reason, by))
    await recover(tx, row.organisation_id, operation.amount.currency)


def _subject(operation: Operation) -> Subject:
    return Subject(operation.subject_type, operation.subject_id)


def _entry(row: MembershipOrder, key: str, kind: str, legs: list[Leg], reason: str, by: UUID | None) -> Entry:
    """Under the company, as a payout is: there is no deal that it belongs to."""
    return Entry(
        key=key,
        kind=kind,
        legs=legs,
        reason=reason,
        actor=by,
        subject=Subject("organisation", row.organisation_id),
        part_id=row.id,
        facts={"membership": str(row.id)},
    )
