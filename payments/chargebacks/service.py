"""Chargebacks: the buyer's bank takes a payment back, and each unit is borne by exactly one party until it decides.

Taken first is what has not left the deal. What had been released is the supplier's: what was set aside for this, then
its balance, and the rest it owes; later releases settle that debt. What the buyer already had back, the buyer owes.
While the bank only asks, the same is set aside from the supplier's balance and nothing leaves.
"""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments import payers
from payments.chargebacks import queries
from payments.chargebacks.models import Chargeback
from payments.chargebacks.states import OVER, ChargebackMove, ChargebackState, DefenceState
from payments.escrow import charging_back
from payments.escrow import queries as escrows
from payments.escrow.charging_back import Taken
from payments.escrow.queries import EscrowView
from payments.events import ChargebackEnded, ChargebackOpened, DefenceWanted
from payments.gateway import EVIDENCE_LENGTH, Dispute, DisputeState
from payments.ledger import chart
from payments.ledger import queries as ledger
from payments.ledger.debts import recover
from payments.ledger.service import Entry, Leg, credit, debit, post
from payments.membership.paying import SUBJECT as MEMBERSHIP
from payments.operations import queries as operations
from payments.operations.models import Operation
from payments.operations.states import OperationKind
from trust.access import Member, Permission, require

TAKEN, BACK = "taken back by the buyer's bank", "decided for the supplier by the buyer's bank"


async def record(tx: AsyncSession, provider: str, told: Dispute) -> bool:
    """What the provider says of a dispute now. Told again, or told late, it changes nothing.

    Locks the milestone, then the chargeback. Returns False for a dispute about a payment that we know nothing of,
    and for a membership's: it is of no deal, so the provider's line of it is settled by two people (reconciliation).
    """
    paid = await operations.by_ref(tx, provider, OperationKind.PAY_IN, told.pay_in_id)
    if paid is None or paid.subject_type == MEMBERSHIP:
        return False
    deal = await escrows.escrow_of(tx, paid.part_id)
    await escrows.locked_many(tx, [paid.part_id])
    row = await _row(tx, provider, told, paid, deal)
    if row.state in OVER:
        return True
    row.due_by = told.due_by
    taken = told.taken if told.state is not DisputeState.WON else Money.zero(told.amount.currency)
    if row.state == ChargebackState.ASKED and taken:
        row.move(ChargebackMove.TAKE, by=None)
        if not told.submitted:
            row.defence_state = DefenceState.NONE  # what was said of a question is not said of what was taken
        await _take(tx, row, deal, taken)
    match told.state:
        case DisputeState.WON:
            await _win(tx, row, deal)
        case DisputeState.LOST:
            row.move(ChargebackMove.LOSE, by=None)
            await _set_free(tx, row, deal)
            await _end(tx, row, deal)
        case _ if row.state == ChargebackState.ASKED:
            await _set_aside(tx, row, deal)
    return True


async def _row(tx: AsyncSession, provider: str, told: Dispute, paid: Operation, deal: EscrowView) -> Chargeback:
    """Its row, made when it is first heard of, with an event."""
    id_ = await tx.scalar(
        insert(Chargeback)
        .values(
            id=new_id(),
            provider=provider,
            dispute_ref=told.id,
            operation_id=paid.id,
            milestone_id=paid.part_id,
            amount_minor=told.amount.minor,
            amount_currency=told.amount.currency,
            reason=told.reason[:60],
            state=ChargebackState.ASKED,
            defence={},
            opened_at=told.created,
        )
        .on_conflict_do_nothing(index_elements=["provider", "dispute_ref"])
        .returning(Chargeback.id)
    )
    row = await queries.by_dispute_for_update(tx, provider, told.id)
    if id_ is not None:
        subject = Subject(paid.subject_type, paid.subject_id)
        said = {"chargeback": row.id, "amount": row.amount, "reason": row.reason, "due_by": told.due_by}
        await evidence.record(tx, subject, "chargeback_opened", said, actor=None)
        await outbox.publish(tx, ChargebackOpened(subject, row.id, row.milestone_id, row.amount))
        await payers.count_dispute(tx, Subject("chargeback", row.id), deal.buyer_id)
    return row


async def _take(tx: AsyncSession, row: Chargeback, deal: EscrowView, taken: Money) -> None:
    currency, supplier = taken.currency, deal.supplier_id
    purses = await ledger.locked_balances(tx, [*_of_deal(deal.subject), *_of_supplier(supplier)], currency)
    cash = chart.psp(row.provider)
    ours = await _brought_by(tx, row)
    released = await _released(tx, row) if ours else 0
    part = Taken(Money.zero(currency), Money.zero(currency))
    if ours:
        part = await charging_back.take_back(tx, row.milestone_id, taken, cash=cash, cause=row.id, reason=TAKEN)
    left = taken.minor - part.whole.minor
    of_supplier = min(left, released)
    of_reserve = min(of_supplier, row.reserved_minor)
    of_payable = min(of_supplier - of_reserve, purses[chart.payable(supplier).code].minor)
    row.taken_minor = taken.minor
    row.from_held_minor, row.from_due_minor = part.held.minor, part.due.minor
    row.from_reserve_minor, row.from_payable_minor = of_reserve, of_payable
    row.from_supplier_minor, row.from_buyer_minor = of_supplier - of_reserve - of_payable, left - of_supplier
    row.reserved_minor -= of_reserve
    await tx.flush()
    supplier_owes, buyer_owes = chart.receivable(supplier), chart.receivable(deal.buyer_id)
    legs = [
        debit(chart.reserve(supplier), Money(row.from_reserve_minor, currency)),
        debit(chart.payable(supplier), Money(row.from_payable_minor, currency)),
        debit(supplier_owes, Money(row.from_supplier_minor, currency)),
        credit(cash, Money(of_supplier, currency)),
    ]
    await _post(tx, row, "chargeback", legs, supplier, TAKEN)
    owed = Money(row.from_buyer_minor, currency)
    await _post(tx, row, "chargeback_twice", [debit(buyer_owes, owed), credit(cash, owed)], deal.buyer_id, TAKEN)
    await _set_free(tx, row, deal)


async def _win(tx: AsyncSession, row: Chargeback, deal: EscrowView) -> None:
    currency, supplier = row.amount.currency, deal.supplier_id
    theirs, ours = chart.receivable(deal.buyer_id), chart.receivable(supplier)
    purses = await ledger.locked_balances(tx, [*_of_deal(deal.subject), *_of_supplier(supplier), theirs], currency)
    cash = chart.psp(row.provider)
    row.move(ChargebackMove.WIN, by=None)
    row.returned_minor = row.taken_minor
    part = Taken(Money(row.from_held_minor, currency), Money(row.from_due_minor, currency))
    await charging_back.put_back(tx, row.milestone_id, part, cash=cash, cause=row.id, reason=BACK)
    whole = row.from_reserve_minor + row.from_payable_minor + row.from_supplier_minor
    still_owed = min(row.from_supplier_minor, purses[ours.code].minor)
    legs = [
        debit(cash, Money(whole, currency)),
        credit(ours, Money(still_owed, currency)),
        credit(chart.payable(supplier), Money(whole - still_owed, currency)),
    ]
    await _post(tx, row, "chargeback_undone", legs, supplier, BACK)
    still_owed = min(row.from_buyer_minor, purses[theirs.code].minor)  # a buyer that sells may have settled it
    back = [
        debit(cash, Money(row.from_buyer_minor, currency)),
        credit(theirs, Money(still_owed, currency)),
        credit(chart.payable(deal.buyer_id), Money(row.from_buyer_minor - still_owed, currency)),
    ]
    await _post(tx, row, "chargeback_twice_undone", back, deal.buyer_id, BACK)
    await _set_free(tx, row, deal)
    await _end(tx, row, deal)


async def _end(tx: AsyncSession, row: Chargeback, deal: EscrowView) -> None:
    row.ended_at = clock.now()
    won = row.state == ChargebackState.WON
    said = {"chargeback": row.id, "won": won, "amount": row.amount}
    await evidence.record(tx, deal.subject, "chargeback_ended", said, actor=None)
    await outbox.publish(tx, ChargebackEnded(deal.subject, row.id, row.milestone_id, row.amount, won))


async def _set_aside(tx: AsyncSession, row: Chargeback, deal: EscrowView) -> None:
    """While the bank only asks: as much of the supplier's balance as had been released of this payment."""
    if row.reserved_minor or not await _brought_by(tx, row):
        return
    currency, supplier = row.amount.currency, deal.supplier_id
    purses = await ledger.locked_balances(tx, _of_supplier(supplier), currency)
    beyond = max(0, row.amount.minor - await _left_in_deal(tx, row))
    part = min(beyond, await _released(tx, row), purses[chart.payable(supplier).code].minor)
    row.reserved_minor = part
    aside = Money(part, currency)
    legs = [debit(chart.payable(supplier), aside), credit(chart.reserve(supplier), aside)]
    await _post(tx, row, "set_aside", legs, supplier, "the buyer's bank asks about a payment")


async def _set_free(tx: AsyncSession, row: Chargeback, deal: EscrowView) -> None:
    """What was set aside and not needed is the supplier's again."""
    free = Money(row.reserved_minor, row.amount.currency)
    row.reserved_minor = 0
    legs = [debit(chart.reserve(deal.supplier_id), free), credit(chart.payable(deal.supplier_id), free)]
    await _post(tx, row, "set_free", legs, deal.supplier_id, "no longer needed for a chargeback")
    await recover(tx, deal.supplier_id, row.amount.currency)


async def _post(
    tx: AsyncSession,
    row: Chargeback,
    kind: str,
    legs: list[Leg],
    organisation_id: UUID,
    reason: str,
    actor: UUID | None = None,
) -> None:
    """An entry between us and one company; none when nothing moves."""
    if not any(leg.amount for leg in legs):
        return
    await post(
        tx,
        Entry(
            key=f"{kind}:{row.id}:{organisation_id}",
            kind=kind,
            legs=legs,
            reason=reason,
            actor=actor,
            subject=Subject("organisation", organisation_id),
            part_id=row.id,
        ),
    )


def _of_deal(subject: Subject) -> list[chart.Account]:
    return [chart.escrow(subject), chart.frozen(subject), chart.refund_due(subject)]


def _of_supplier(supplier_id: UUID) -> list[chart.Account]:
    return [chart.payable(supplier_id), chart.reserve(supplier_id), chart.receivable(supplier_id)]


async def _brought_by(tx: AsyncSession, row: Chargeback) -> bool:
    """Whether the disputed payment is the one that the milestone lives from; another lies in suspense, or went back."""
    return await ledger.posted(tx, f"fund:{row.operation_id}")


async def _released(tx: AsyncSession, row: Chargeback) -> int:
    """What of the milestone the supplier got, the fee included, and no earlier chargeback took."""
    milestone, _buyer = await escrows.with_buyer(tx, row.milestone_id)
    return milestone.released.minor - await queries.taken_of_released(tx, row.milestone_id)


async def _left_in_deal(tx: AsyncSession, row: Chargeback) -> int:
    milestone, _buyer = await escrows.with_buyer(tx, row.milestone_id)
    return milestone.held.minor + milestone.due_back.minor


async def defend(tx: AsyncSession, chargeback_id: UUID, defence: dict[str, str], *, by: Member) -> None:
    """Tell the buyer's bank our side, once: it takes no second letter.

    Raises NotPermitted, ChargebackNotFound, Conflict when it is over or was answered, Invalid naming the field.
    """
    require(by, Permission.APPROVE_MONEY)
    row = await queries.chargeback_for_update(tx, chargeback_id)
    if row.state in OVER or row.defence_state not in (DefenceState.NONE, DefenceState.REFUSED):
        raise Conflict(_("The bank has been told already, or has decided."))
    if row.due_by is not None and row.due_by < clock.now():
        raise Conflict(_("The bank takes no evidence any more."))
    if not defence.get("statement", "").strip():
        raise Invalid(_("Please say what happened."), field="statement")
    for name, said in defence.items():
        if len(said) > EVIDENCE_LENGTH:
            raise Invalid(_("This is too long."), field=name)
    row.defence, row.defence_state = defence, DefenceState.PLANNED
    deal = await escrows.escrow_of(tx, row.milestone_id)
    await evidence.record(
        tx, deal.subject, "chargeback_defended", {"chargeback": row.id, "statement": defence}, actor=by.id
    )
    await outbox.publish(tx, DefenceWanted(row.id))


async def answered(tx: AsyncSession, chargeback_id: UUID, state: DefenceState) -> None:
    """The provider has passed our letter on, or refused it."""
    row = await queries.chargeback_for_update(tx, chargeback_id)
    if row.defence_state == DefenceState.PLANNED:
        row.defence_state = state


async def owed(tx: AsyncSession, chargeback_id: UUID) -> Money:
    """What the supplier and the buyer still owe for a lost chargeback. Locks it and their accounts.

    Raises ChargebackNotFound, Conflict when nothing is owed, or it is not decided yet.
    """
    row = await queries.chargeback_for_update(tx, chargeback_id)
    debts = await _debts(tx, row)
    total = Money(sum(owed.minor for _party, owed in debts), row.amount.currency)
    if row.state != ChargebackState.LOST or row.written_off_minor or not total:
        raise Conflict(_("Nothing is owed for this, or it is not decided yet."))
    return total


async def write_off(tx: AsyncSession, chargeback_id: UUID, *, by: Member, reason: str) -> None:
    """The platform bears what is still owed; two people agreed to it (`payments.chargebacks.approving`)."""
    total = await owed(tx, chargeback_id)
    row = await queries.chargeback_for_update(tx, chargeback_id)
    for party, lost in await _debts(tx, row):
        legs = [debit(chart.LOSS, lost), credit(chart.receivable(party), lost)]
        await _post(tx, row, "write_off", legs, party, reason[:400], actor=by.id)
    row.written_off_minor = total.minor
    await tx.flush()


async def _debts(tx: AsyncSession, row: Chargeback) -> list[tuple[UUID, Money]]:
    """Who still owes how much of it; later releases may have settled a part."""
    deal = await escrows.escrow_of(tx, row.milestone_id)
    currency, found = row.amount.currency, list[tuple[UUID, Money]]()
    for party, part in ((deal.supplier_id, row.from_supplier_minor), (deal.buyer_id, row.from_buyer_minor)):
        purse = await ledger.locked_balances(tx, [chart.receivable(party)], currency)
        found.append((party, Money(min(part, purse[chart.receivable(party).code].minor), currency)))
    return found
