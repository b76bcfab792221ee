"""Choosing a plan and how to pay it. That it was paid is settled in `payments.membership.paying`."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from payments.errors import PaymentUnderWay
from payments.escrow.reference import reference_for
from payments.membership import paying, plans, queries, terms
from payments.membership.calendar import Place, share_left, today
from payments.membership.models import MembershipOrder
from payments.membership.queries import OrderView, TermView
from payments.membership.states import OrderMove, OrderState, TermKind
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.models import Operation
from payments.operations.queries import OperationView
from payments.operations.states import OperationKind, OperationMove, OperationState
from trust.access import Member, NotPermitted, Permission, require

Rail = Literal["stripe", "bank", "balance"]


@dataclass(frozen=True, slots=True)
class Offer:
    """What a term would cost a company today, and where it would go."""

    at: Place[TermView]
    plan: str
    months: int
    list_price: Money
    price: Money
    credit: Money
    waived: Money
    waiver_id: UUID | None

    @property
    def fee(self) -> Money:
        return self.price - self.credit - self.waived


def only_suppliers(by: Member) -> None:
    """Raises NotPermitted for whoever does not pay for a company that sells."""
    require(by, Permission.PAY)
    if not by.sells or by.is_staff:
        raise NotPermitted(_("Memberships are for companies that sell here."))


async def offer(tx: AsyncSession, organisation_id: UUID, plan: str, months: int, currency: str) -> Offer:
    """Raises PlanNotFound, Invalid for the currency, Conflict where no term can be taken now."""
    list_price = plans.price(await plans.on(tx, today()), plan, months, currency)
    at = await terms.next_place(tx, organisation_id, plan, months)
    nothing = Money.zero(currency)
    if at.kind is TermKind.UPGRADE and at.source is not None:
        begun = await queries.whole_from(tx, at.source)
        return _upgrade(at, at.source, begun, plan, months, list_price)
    waiver = await queries.waiver_to_use(tx, organisation_id, plan, months, currency)
    waived = list_price.share(waiver.basis_points) if waiver else nothing
    if not waived:
        waiver = None
    return Offer(at, plan, months, list_price, list_price, nothing, waived, waiver.id if waiver else None)


def _upgrade(at: Place[TermView], running: TermView, begun: date, plan: str, months: int, list_price: Money) -> Offer:
    """The days that are left at the new price, less what of the old one was paid for them; to the minor unit."""
    if running.value.currency != list_price.currency:
        raise Invalid(
            _("An upgrade is paid in the currency of the term it belongs to: %(currency)s.")
            % {"currency": running.value.currency},
            field="currency",
        )
    price = share_left(list_price, begun, running.ends_on, at.starts_on)
    credit = share_left(running.value, running.starts_on, running.ends_on, at.starts_on)
    if not credit < price:
        raise Conflict(_("Nothing would be left to pay. Choose this plan for the next term."))
    return Offer(at, plan, months, list_price, price, credit, Money.zero(price.currency), None)


async def order(
    tx: AsyncSession, plan: str, months: int, currency: str, rail: Rail, *, by: Member
) -> tuple[OrderView, OperationView | None]:
    """Order a term, in place of an order that is open; paid at once from the balance, or to be paid over a rail.

    Returns the order and the payment that waits for the company; None when it was paid from the balance.
    Locks the company. Raises NotPermitted, as `offer`, PaymentUnderWay, InsufficientFunds, OnHold.
    """
    only_suppliers(by)
    await terms.lock(tx, by.organisation_id)
    await _replace(tx, by)
    wanted = await offer(tx, by.organisation_id, plan, months, currency)
    if wanted.at.kind is TermKind.UPGRADE and rail == "bank":
        raise Invalid(_("An upgrade counts from today: pay it by card or from your balance."), field="rail")
    row = await write(tx, by.organisation_id, wanted, rail, ordered_by=by.id)
    if rail == "balance":
        await paying.from_balance(tx, row, by=by.id)
        return queries.order_view(row, None), None
    asked = await _plan(tx, row, rail, by=by.id)
    return queries.order_view(row, asked.id), operations.view(asked)


async def write(
    tx: AsyncSession,
    organisation_id: UUID,
    wanted: Offer,
    rail: Rail,
    *,
    ordered_by: UUID | None,
    choice_id: UUID | None = None,
) -> MembershipOrder:
    """The row of an order. The caller holds the company's lock, and no other order is open."""
    id_ = new_id()
    row = MembershipOrder(
        id=id_,
        organisation_id=organisation_id,
        kind=wanted.at.kind,
        plan=wanted.plan,
        months=wanted.months,
        source_id=wanted.at.source.id if wanted.at.source else None,
        starts_on=wanted.at.starts_on if wanted.at.kind is TermKind.UPGRADE else None,
        price=wanted.price,
        credit=wanted.credit,
        waived=wanted.waived,
        fee=wanted.fee,
        waiver_id=wanted.waiver_id,
        choice_id=choice_id,
        rail=rail,
        reference=reference_for(id_),
        state=OrderState.OPEN,
        ordered_by=ordered_by,
    )
    tx.add(row)
    await tx.flush()
    return row


async def _plan(tx: AsyncSession, row: MembershipOrder, rail: str, *, by: UUID) -> Operation:
    asked = operating.Plan(
        kind=OperationKind.PAY_IN,
        provider=rail,
        subject=Subject(paying.SUBJECT, row.id),
        part_id=row.id,
        amount=row.fee,
        by=by,
        reference=row.reference,
    )
    return await operating.plan(tx, asked, send=False)


async def _replace(tx: AsyncSession, by: Member) -> None:
    """An open order gives way to another, unless its payment is on its way."""
    row = await queries.open_order_for_update(tx, by.organisation_id)
    if row is not None:
        await _give_up(tx, row, by=by.id)


async def _give_up(tx: AsyncSession, row: MembershipOrder, *, by: UUID | None) -> None:
    asked = await queries.payment_under_way(tx, row.id)
    if asked is not None:
        if asked.state != OperationState.PLANNED:
            raise PaymentUnderWay(_("A payment for this is on its way. Wait until it has arrived or failed."))
        operating.conclude(asked, OperationMove.CANCEL, by=by, note="the order was given up")
    row.move(OrderMove.CANCEL, by=by)
    await tx.flush()


async def cancel(tx: AsyncSession, order_id: UUID, *, by: Member) -> None:
    """Give an unpaid order up. Raises NotPermitted, MembershipNotFound, PaymentUnderWay, IllegalMove."""
    only_suppliers(by)
    await terms.lock(tx, by.organisation_id)
    row = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    row.check(OrderMove.CANCEL)
    await _give_up(tx, row, by=by.id)


async def pay(tx: AsyncSession, order_id: UUID, rail: str, *, by: Member) -> OperationView:
    """Try an open order again, over this rail or another. Asking again returns the payment that is open.

    Locks the company. Raises NotPermitted, MembershipNotFound, PaymentUnderWay, IllegalMove once it is paid.
    """
    only_suppliers(by)
    await terms.lock(tx, by.organisation_id)
    row = await queries.order_for_update(tx, order_id, party=by.organisation_id)
    row.check(OrderMove.PAY)
    asked = await queries.payment_under_way(tx, row.id)
    if asked is not None and asked.provider == rail:
        return operations.view(asked)
    if row.kind == TermKind.UPGRADE and (rail == "bank" or row.starts_on != today()):
        raise Conflict(_("An upgrade counts from the day it is ordered. Please order it again."))
    if asked is not None:
        if asked.state != OperationState.PLANNED:
            raise PaymentUnderWay(_("A payment for this is on its way. Wait until it has arrived or failed."))
        operating.conclude(asked, OperationMove.CANCEL, by=by.id, note="another way of paying was chosen")
        await tx.flush()
    row.rail = rail
    return operations.view(await _plan(tx, row, rail, by=by.id))


async def choose_method(tx: AsyncSession, operation_id: UUID, method: str, *, by: Member) -> OperationView:
    """Pay a planned payment with one of the provider's methods. Raises MembershipNotFound, PaymentUnderWay."""
    only_suppliers(by)
    seen = await operations.operation(tx, operation_id)
    await terms.lock(tx, by.organisation_id)
    await queries.order_for_update(tx, seen.part_id, party=by.organisation_id)
    asked = await operations.operation_for_update(tx, operation_id)
    if asked.method == method or asked.provider == operating.BANK:
        return operations.view(asked)
    if asked.state != OperationState.PLANNED or asked.method:
        raise PaymentUnderWay(_("This payment is already on its way."))
    asked.method = method
    await operating.send_now(tx, asked)
    return operations.view(asked)
