"""Paying suppliers out: their balance goes in transit when they ask, and is gone when their bank has it."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.rates import Rate
from app.core.subject import Subject
from payments import proof as proofs
from payments.errors import BankAccountNotFound, CoolingOff, PayoutsStopped
from payments.events import PayoutFailed, PayoutSettled
from payments.ledger import chart, fx
from payments.ledger.debts import recover
from payments.ledger.fx import Exchange
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.models import Operation
from payments.operations.states import OperationKind, OperationMove
from payments.payouts import guarding, queries
from payments.payouts.models import Payout
from payments.payouts.parts import Part, next_part
from payments.payouts.states import PayoutMove, PayoutState
from trust.access import Member, NotVerified, Permission, Scope, barring, require, unbound
from trust.identity import queries as identity
from trust.screening import standing
from trust.screening.states import Point
from trust.verification.events import BankAccountConfirmed

LEVEL = 2  # legal entity confirmed


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a payout goes: a bank account of the company, or (None) its account at the provider."""

    bank_account_id: UUID | None
    provider: str
    account_ref: str = ""
    connected_account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sold:
    """What of the balance is sold for a payout in another currency, and at which rate."""

    amount: Money
    rate: Rate
    quote_id: UUID


async def request_payout(
    tx: AsyncSession, amount: Money, *, bank_account_id: UUID | None, by: Member, sold: Sold | None = None
) -> UUID:
    """Send a part of the supplier's balance on its way; returns the payout's id.

    bank_account_id  None: over the company's account at the provider
    sold             what `amount` is bought with, where the balance is in another currency
    Raises NotPermitted, NotVerified, Restricted, PayoutsStopped after a failed proof, BankAccountNotFound, CoolingOff,
    Invalid, PartyStopped, InsufficientFunds when the balance is smaller, OnHold while the company's payouts or this
    account are held.
    """
    require(by, Permission.MANAGE_BANK)
    if by.level < LEVEL:
        raise NotVerified(_("Your company must be verified first. Open Verification to send the documents."))
    unbound((await identity.bound(tx, [by.organisation_id]))[by.organisation_id], Scope.PAYOUT)
    if amount.minor <= 0:
        raise Invalid(_("Please enter an amount above zero."), field="amount")
    if not await proofs.last_one_held(tx):
        raise PayoutsStopped(_("Payouts are stopped while our books are checked. Your balance is safe."))
    await standing.check(tx, Point.PAYOUT, by.organisation_id, currency=amount.currency)
    target = await _destination(tx, amount, bank_account_id, by)
    payout = Payout(
        id=new_id(),
        organisation_id=by.organisation_id,
        amount=amount,
        bank_account_id=target.bank_account_id,
        connected_account_id=target.connected_account_id,
        state=PayoutState.REQUESTED,
        requested_by=by.id,
    )
    await guarding.check_payout(tx, payout, by=by)
    tx.add(payout)
    await tx.flush()
    if sold is not None:
        await fx.exchange(tx, _exchange(payout, sold, by.id))
    else:
        legs = [debit(chart.payable(by.organisation_id), amount), credit(chart.IN_TRANSIT, amount)]
        await post(tx, _entry(payout, "pay_out", legs, "payout requested by the supplier", by.id))
    if target.bank_account_id is None:
        await _hand_on(tx, payout, target.provider, target.account_ref, by=by.id)
    else:
        await _plan(tx, payout, OperationKind.PAY_OUT, target.provider, by=by.id, send=False)
    return payout.id


async def withheld(tx: AsyncSession, payout_ids: Collection[UUID], *, lock: bool = True) -> set[UUID]:
    """Those of these payouts whose company may not be paid out now: it is restricted, or like somebody on a list.

    lock  whoever places such a restriction meanwhile waits for this transaction; not for pages
    """
    going = await queries.companies(tx, payout_ids)
    companies = {company for company, _currency in going.values()}
    bound = await (identity.bound if lock else identity.bound_now)(tx, companies)
    barred = {company for company in companies if barring(bound[company], Scope.PAYOUT) is not None}
    stopped = {
        (company, currency)
        for currency in sorted({currency for _company, currency in going.values()})
        for company in await standing.stopped(tx, Point.PAYOUT, companies, currency=currency)
    }
    return {id_ for id_, whose in going.items() if whose[0] in barred or whose in stopped}


async def _destination(tx: AsyncSession, amount: Money, bank_account_id: UUID | None, by: Member) -> Destination:
    if bank_account_id is None:
        account = await queries.connected(tx, by.organisation_id)
        if account is None or not account.usable:
            raise BankAccountNotFound(_("Please add an account to be paid to first."))
        return Destination(None, account.provider, account.provider_ref, account.id)
    row = await queries.bank_account(tx, bank_account_id, organisation_id=by.organisation_id)
    if row.confirmed_at is None:
        raise CoolingOff(_("A second member of your company has to confirm this account first."))
    if row.usable_from > clock.now():
        raise CoolingOff(_("A new bank account takes payouts 72 hours after it was confirmed."))
    if row.removal_asked_by is not None:
        raise CoolingOff(_("A member of your company has asked to remove this account."))
    if row.currency != amount.currency:
        raise Invalid(_("This bank account takes another currency."), field="bank_account_id")
    return Destination(row.id, operating.BANK)


async def _plan(
    tx: AsyncSession,
    payout: Payout,
    kind: OperationKind,
    provider: str,
    *,
    by: UUID | None,
    parent_ref: str = "",
    part: Part | None = None,
    send: bool = True,
) -> None:
    part = part or Part(payout.amount, Subject("organisation", payout.organisation_id), "")
    plan = operating.Plan(
        kind=kind,
        provider=provider,
        subject=part.subject,
        part_id=payout.id,
        amount=part.amount,
        by=by,
        reference=f"PAYOUT {payout.id.hex[-8:].upper()}",
        parent_ref=parent_ref,
        source_ref=part.source_ref,
    )
    await operating.plan(tx, plan, send=send)


async def _hand_on(tx: AsyncSession, payout: Payout, provider: str, account_ref: str, *, by: UUID | None) -> None:
    """Plan the next transfer to the supplier's account at the provider, one after another; with the last of them there,
    the pay-out to its bank. Locks the supplier's account."""
    await queries.connected_for_update(tx, account_id=payout.connected_account_id)
    there = await operations.confirmed_amount_of_part(tx, payout.id, OperationKind.TRANSFER)
    rest = payout.amount - Money(there, payout.amount.currency)
    if rest.minor > 0:
        part = await next_part(tx, payout, rest, provider=provider)
        await _plan(tx, payout, OperationKind.TRANSFER, provider, by=by, parent_ref=account_ref, part=part)
        return
    payout.move(PayoutMove.TRANSFER, by=by)
    await _plan(tx, payout, OperationKind.PAY_OUT, provider, by=by, parent_ref=account_ref)


async def transferred(tx: AsyncSession, operation: Operation) -> None:
    """The provider has handed a part of the money to the supplier's account there: the next part follows, or the
    pay-out to the bank. What arrives after the payout failed by hand is taken back."""
    payout = await queries.payout_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.CONFIRM)
    if payout.state == PayoutState.FAILED:
        await _take_back(tx, payout, None)
    elif payout.state != PayoutState.RETURNING:  # else it is taken back after the others
        await _hand_on(tx, payout, operation.provider, operation.parent_ref, by=None)


async def settled(tx: AsyncSession, operation: Operation, *, cash: chart.Account, by: UUID | None = None) -> None:
    """The supplier's bank has the money."""
    payout = await queries.payout_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.CONFIRM, by=by)
    payout.move(PayoutMove.SETTLE, by=by)
    payout.ended_at = clock.now()
    legs = [debit(chart.IN_TRANSIT, payout.amount), credit(cash, payout.amount)]
    await post(tx, _entry(payout, "settle_pay_out", legs, "arrived at the supplier's bank", by))
    await outbox.publish(tx, PayoutSettled(payout.organisation_id, payout.id, payout.amount))
    account = await queries.bank_account_of(tx, payout.id)
    if account is not None and account.removed_at is None:
        await outbox.publish(tx, BankAccountConfirmed(account.organisation_id, account.id, account.country, "payout"))


async def failed(tx: AsyncSession, operation: Operation, reason: str, *, by: UUID | None = None) -> None:
    """A transfer, payout or reversal definitely did not happen.

    What reached the supplier's account at the provider is taken back from there first, transfer by transfer. A reversal
    that is refused leaves it there, for people to settle.
    """
    payout = await queries.payout_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.FAIL, by=by, note=reason)
    payout.failure = reason
    if operation.kind != OperationKind.REVERSAL:
        await _take_back(tx, payout, by)


async def came_back(tx: AsyncSession, operation: Operation, reason: str) -> None:
    """The provider had called the payout paid, and the supplier's bank has refused it after all."""
    payout = await queries.payout_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.BOUNCE, note=reason)
    payout.failure, payout.ended_at = reason, None
    legs = [debit(chart.psp(operation.provider), payout.amount), credit(chart.IN_TRANSIT, payout.amount)]
    await post(tx, _entry(payout, "unsettle_pay_out", legs, reason, None))
    await _take_back(tx, payout, None)


async def _take_back(tx: AsyncSession, payout: Payout, by: UUID | None) -> None:
    """Take the next transfer back; once all are, the money is in the supplier's balance again."""
    await tx.flush()
    made = await operations.transfer_to_reverse(tx, payout.id)
    if made is None:
        if payout.state != PayoutState.FAILED:
            await _give_back(tx, payout, payout.failure, by)
        return
    if payout.state not in (PayoutState.RETURNING, PayoutState.FAILED):
        payout.move(PayoutMove.RETURN, by=by, note=payout.failure)
    part = Part(made.amount, Subject(made.subject_type, made.subject_id), made.source_ref)
    await _plan(tx, payout, OperationKind.REVERSAL, made.provider, by=by, parent_ref=made.provider_ref, part=part)


async def bounced(
    tx: AsyncSession, operation: Operation, reason: str, sources: list[Leg], *, by: UUID | None = None
) -> None:
    """The supplier's bank sent the money back: it is in the supplier's balance again.

    sources  the debits that say where the money is now; together the whole payout
    """
    payout = await queries.payout_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.BOUNCE, by=by, note=reason)
    payout.move(PayoutMove.BOUNCE, by=by, note=reason)
    payout.failure = reason
    legs = [*sources, credit(chart.payable(payout.organisation_id), payout.amount)]
    await post(tx, _entry(payout, "bounce_pay_out", legs, reason, by))
    await recover(tx, payout.organisation_id, payout.amount.currency)
    await outbox.publish(tx, PayoutFailed(payout.organisation_id, payout.id, payout.amount, reason))


async def returned(tx: AsyncSession, operation: Operation) -> None:
    """The provider has taken one transfer back from the supplier's account there."""
    payout = await queries.payout_for_update(tx, operation.part_id)
    operating.conclude(operation, OperationMove.CONFIRM)
    await _take_back(tx, payout, None)


async def _give_back(tx: AsyncSession, payout: Payout, reason: str, by: UUID | None) -> None:
    payout.move(PayoutMove.FAIL, by=by, note=reason)
    payout.ended_at = clock.now()
    legs = [debit(chart.IN_TRANSIT, payout.amount), credit(chart.payable(payout.organisation_id), payout.amount)]
    await post(tx, _entry(payout, "reverse_pay_out", legs, reason, by))
    await recover(tx, payout.organisation_id, payout.amount.currency)
    await outbox.publish(tx, PayoutFailed(payout.organisation_id, payout.id, payout.amount, reason))


def _exchange(payout: Payout, sold: Sold, by: UUID) -> Exchange:
    return Exchange(
        key=f"exchange_pay_out:{payout.id}",
        kind="exchange_pay_out",
        source=chart.payable(payout.organisation_id),
        sold=sold.amount,
        target=chart.IN_TRANSIT,
        bought=payout.amount,
        rate=sold.rate,
        reason="payout in another currency, as quoted",
        actor=by,
        subject=Subject("organisation", payout.organisation_id),
        part_id=payout.id,
        facts={"quote": str(sold.quote_id)},
    )


def _entry(payout: Payout, kind: str, legs: list[Leg], reason: str, by: UUID | None) -> Entry:
    return Entry(
        key=f"{kind}:{payout.id}",
        kind=kind,
        legs=legs,
        reason=reason,
        actor=by,
        subject=Subject("organisation", payout.organisation_id),
        part_id=payout.id,
    )
