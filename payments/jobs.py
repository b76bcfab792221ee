"""Talking to providers, outside any transaction; and what looks after everything that got stuck."""

from datetime import datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, log, outbox
from app.core.jobs import JobContext, every, job
from app.core.runner import Again
from payments import proof, settling
from payments.chargebacks import jobs as chargebacks
from payments.gateway import (
    KINDS,
    Account,
    Dispute,
    Gateway,
    GatewayBusy,
    GatewayDeclined,
    GatewayRefused,
    GatewayUnknown,
    PayIn,
    Record,
)
from payments.hosted import HostedPage
from payments.operations import queries
from payments.operations import service as operating
from payments.operations.queries import OperationView
from payments.operations.service import Sending
from payments.operations.states import UNDER_WAY, OperationKind
from payments.payouts import accounts
from payments.payouts import service as payouts
from payments.runs import queries as runs
from trust.identity import queries as identity
from trust.risk.errors import OnHold

QUIET = timedelta(minutes=10)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
TILL_ARRIVED = timedelta(hours=1)
PAGE_OPEN = timedelta(hours=2)
CLOSED = "expired"  # how a pay-in fails whose page was closed, by time or by the buyer
SILENT = timedelta(days=7)
WITHHELD = timedelta(hours=1)
TO_SUPPLIERS = (OperationKind.TRANSFER, OperationKind.PAY_OUT)
logger = log.get("portolan.payments")


@job
async def send_operation(ctx: JobContext, operation_id: UUID) -> None:
    """Ask the provider for one planned operation and write down its answer. May run twice: the key makes it one.

    Raises Again while the answer is unknown or the provider busy.
    """
    await _ask(ctx, operation_id)


async def payment_page(ctx: JobContext, operation_id: UUID) -> str:
    """The address of the provider's page where this pay-in is paid, opened if it was not yet.

    Empty when nothing is to be paid there any more. Raises Again when the provider does not say.
    """
    told = await _ask(ctx, operation_id)
    return told.page if isinstance(told, PayIn) else ""


async def close_page(ctx: JobContext, operation_id: UUID) -> None:
    """Give up a pay-in whose page is open. If it was paid there meanwhile, the provider's word holds.

    Raises Again when the provider does not say; the page may then still be open.
    """
    seen = await _view(ctx, operation_id)
    if not seen.provider_ref:  # the answer was lost: what is there is found by its key
        await _ask(ctx, operation_id)
        seen = await _view(ctx, operation_id)
    if seen.state not in UNDER_WAY or not seen.provider_ref:
        return
    gateway: Gateway = ctx.gateway
    try:
        try:
            told = await gateway.cancel(seen.provider_ref, key=f"{seen.provider_key}:close")
        except GatewayRefused:
            told = await gateway.fetch(PayIn, seen.provider_ref)
    except (GatewayBusy, GatewayUnknown) as later:
        raise Again(FIRST_WAIT) from later
    await ctx.tx(settling.record, operation_id, told)


async def _view(ctx: JobContext, operation_id: UUID) -> OperationView:
    async with ctx.db.transaction(read_only=True) as tx:
        return await queries.operation(tx, operation_id)


async def _ask(ctx: JobContext, operation_id: UUID) -> Record | None:
    """What the provider says of an operation, written down; None when it said no, or nothing is to be asked."""
    if await _arriving(ctx, operation_id):
        raise Again(TILL_ARRIVED)
    try:
        sending = await ctx.tx(_begin, operation_id)
    except OnHold as held:
        raise Again(_till(held)) from held
    if sending is None:
        return None
    gateway: Gateway = ctx.gateway
    told: Record | None
    try:
        if sending.provider_ref:
            told = await gateway.fetch(_record_type(sending.kind), sending.provider_ref)
        elif sending.key_expired:
            told = await _look_up(ctx, sending)
        else:
            told = await _call(ctx, sending)
    except GatewayDeclined as no:
        await ctx.tx(settling.refused, operation_id, no.reason, no.pay_in_id)
    except GatewayRefused as no:
        logger.warning("gateway_refused", operation=str(operation_id), code=no.code, detail=no.detail)
        await ctx.tx(settling.refused, operation_id, no.code)
    except GatewayBusy as later:
        await ctx.tx(operating.note_busy, operation_id, str(later))
        raise Again(_wait(sending)) from later
    except GatewayUnknown as lost:
        await ctx.tx(operating.lose, operation_id, str(lost))
        raise Again(_wait(sending)) from lost
    else:
        if told is not None:
            await ctx.tx(settling.record, operation_id, told)
        return told
    return None


async def _begin(tx: AsyncSession, operation_id: UUID) -> Sending | None:
    """As `operating.begin`, but what pays out a company that may not be paid out stays planned. Raises Again for it."""
    part_id = await queries.planned_part(tx, operation_id, TO_SUPPLIERS)
    if part_id is not None and await payouts.withheld(tx, [part_id]):
        raise Again(WITHHELD)
    return await operating.begin(tx, operation_id)


async def _arriving(ctx: JobContext, operation_id: UUID) -> bool:
    """Whether a pay-out must wait: transfers reach the account at once, their money when its charge is available.

    What the account will never have is not waited for: the provider refuses it, and says why.
    """
    async with ctx.db.transaction(read_only=True) as tx:
        planned = await queries.planned_pay_out(tx, operation_id)
    if planned is None:
        return False
    account, amount = planned
    gateway: Gateway = ctx.gateway
    try:
        there = (await gateway.balance(account=account)).get(amount.currency)
    except (GatewayBusy, GatewayUnknown) as later:
        raise Again(FIRST_WAIT) from later
    except GatewayRefused:
        return False
    return there is not None and there.available < amount <= there.available + there.pending


def _till(held: OnHold) -> timedelta:
    """When to ask again about what is held: at its end, or before, as people may let it go."""
    left = datetime.fromisoformat(held.facts["until"]) - clock.now()
    return max(FIRST_WAIT, min(left, LONGEST_WAIT))


async def _look_up(ctx: JobContext, sending: Sending) -> Record | None:
    """After the provider has forgotten the key: what it made under it, if anything. Nothing found becomes a task."""
    gateway: Gateway = ctx.gateway
    parent = str(sending.subject) if sending.kind is OperationKind.TRANSFER else sending.parent_ref
    kind = _record_type(sending.kind)
    found: Record | None = await gateway.find_by_metadata(
        kind, sending.key, since=sending.first_sent_at - QUIET, parent=parent
    )
    if found is None:
        await ctx.tx(operating.lose, sending.id, "not found at the provider", escalate=True)
    return found


async def _call(ctx: JobContext, asked: Sending) -> Record:
    gateway: Gateway = ctx.gateway
    await _refuse_undeclared(gateway, asked)
    match asked.kind:
        case OperationKind.PAY_IN:
            return await gateway.pay_in(
                asked.amount,
                subject=str(asked.subject),
                reference=asked.reference,
                key=asked.key,
                method=asked.method or None,
                page=None if asked.method else _page(ctx, asked),
            )
        case OperationKind.REFUND | OperationKind.RETURN:
            return await gateway.refund(asked.parent_ref, asked.amount, key=asked.key)
        case OperationKind.TRANSFER:
            return await gateway.transfer(
                asked.amount,
                to_account=asked.parent_ref,
                group=str(asked.subject),
                key=asked.key,
                source=asked.source_ref,
            )
        case OperationKind.REVERSAL:
            return await gateway.reverse(asked.parent_ref, asked.amount, key=asked.key)
        case OperationKind.PAY_OUT:
            return await gateway.pay_out(asked.parent_ref, asked.amount, key=asked.key)
        case OperationKind.MICRO_DEPOSIT:
            raise GatewayRefused("by_bank_only", asked.key)
        case _:
            assert_never(asked.kind)


async def _refuse_undeclared(gateway: Gateway, asked: Sending) -> None:
    """What a provider has not declared it can do is never sent, whoever planned it. Raises GatewayRefused.

    Where accounts can be opened is asked before one is (`accounts.connect`).
    """
    can = gateway.capabilities
    match asked.kind:
        case OperationKind.PAY_IN if not can.takes(asked.amount):
            raise GatewayRefused("amount_not_taken", str(asked.amount))
        case OperationKind.REFUND | OperationKind.RETURN if not can.partial_refund:
            if asked.amount != (await gateway.fetch(PayIn, asked.parent_ref)).received:
                raise GatewayRefused("partial_refund_unsupported", str(asked.amount))
        case OperationKind.REVERSAL if not can.reversal:
            raise GatewayRefused("reversal_unsupported", asked.parent_ref)
    if not can.moves(asked.amount):
        raise GatewayRefused("amount_unsupported", str(asked.amount))


def _page(ctx: JobContext, asked: Sending) -> HostedPage:
    """The same whenever it is asked for: a key goes with one content."""
    home = f"{ctx.settings.base_url}/payments/{asked.id}"
    return HostedPage(paid_to=f"{home}/page", left_to=home, until=asked.first_sent_at + PAGE_OPEN)


def _record_type(kind: OperationKind) -> type[Any]:
    return settling.RECORDS[kind]


def _wait(asked: Sending) -> timedelta:
    return min(FIRST_WAIT * (1 << min(asked.attempts - 1, 10)), LONGEST_WAIT)


@job
async def read_webhook(ctx: JobContext, event_id: UUID) -> None:
    """Ask the provider for the object that a webhook was about. What the webhook itself says is not believed."""
    async with ctx.db.transaction(read_only=True) as tx:
        event = await queries.webhook(tx, event_id)
    kind = KINDS.get(event.object_kind)
    if kind is None or not event.object_id:
        return
    gateway: Gateway = ctx.gateway
    try:
        told: Record = await gateway.fetch(_any(kind), event.object_id)
    except (GatewayBusy, GatewayUnknown) as later:
        raise Again(FIRST_WAIT) from later
    except GatewayRefused:
        logger.warning("webhook_of_nothing", object_kind=event.object_kind, object_id=event.object_id)
        return
    if isinstance(told, Account):
        await ctx.tx(accounts.record_told, told)
        return
    if isinstance(told, Dispute):
        await chargebacks.take_in(ctx, told)
        return
    operation_id = await ctx.tx(_operation_of, event.provider, told, event.object_kind)
    if operation_id is not None:
        await ctx.tx(settling.record, operation_id, told)


def _any(kind: type[Record]) -> type[Any]:
    return kind


async def _operation_of(tx: AsyncSession, provider: str, told: Record, kind: str) -> UUID | None:
    """By our own key, which the object carries; an answer that was lost never told us the object's id."""
    by_key = await queries.id_by_key(tx, told.key) if told.key else None
    return by_key or await queries.id_by_ref(tx, provider, kind, told.id)


@job
async def open_account(ctx: JobContext, account_id: UUID) -> None:
    """Open a supplier's account at the provider, or look at it again."""
    seen, organisation_id, country = await ctx.tx(accounts.account_view, account_id)
    async with ctx.db.transaction(read_only=True) as tx:
        company = await identity.organisation(tx, organisation_id)
        people = await identity.members(tx, organisation_id)
    gateway: Gateway = ctx.gateway
    try:
        if seen.provider_ref:
            account = await gateway.fetch(Account, seen.provider_ref)
        else:
            account = await gateway.open_account(
                country=country,
                email=people[0].email,
                name=company.name_latin,
                reference=f"organisation:{organisation_id}",
                key=f"account:{account_id}",
            )
    except (GatewayBusy, GatewayUnknown) as later:
        raise Again(FIRST_WAIT) from later
    except GatewayRefused as no:
        await ctx.tx(accounts.account_refused, account_id, no.code)
        return
    await ctx.tx(accounts.record_account, account_id, account)


@every(minutes=10)
async def sweep_operations(ctx: JobContext) -> None:
    """Ask again about every operation of which nothing final was heard: a lost webhook or job loses nothing."""
    async with ctx.db.transaction() as tx:
        for operation_id in await queries.overdue(tx, quiet=QUIET):
            await outbox.enqueue(tx, send_operation, operation_id=operation_id)


@every(hours=24)
async def ask_about_silent_transfers(ctx: JobContext) -> None:
    """Bank payments that no statement has shown after a week are for people: the bank may have refused the file."""
    await ctx.tx(runs.escalate_silent, SILENT)


@every(hours=24)
async def prove_books(ctx: JobContext) -> None:
    """The daily proof."""
    made = await ctx.tx(proof.prove, by=None)
    if not made.holds:
        broken = [i["name"] for i in made.invariants if not i["holds"]]
        logger.error("proof_failed", broken=broken)
