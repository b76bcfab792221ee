"""Payment runs: one person chooses what is paid, another approves the file, and only then it can be had."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.db import constraint
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id, reference
from app.core.storage import FileStore
from app.core.subject import Subject
from payments import proof, settling
from payments.bank import queries as bookings
from payments.bank.settings import BankSettings
from payments.errors import PayoutsStopped, RailUnavailable, RunUnfit, SamePerson
from payments.operations import queries as operations
from payments.operations import service as operating
from payments.operations.queries import OperationView
from payments.operations.service import BANK
from payments.operations.states import OperationKind, OperationMove, OperationState
from payments.payouts import service as payouts
from payments.runs import pain, queries
from payments.runs.destinations import Destination, destinations, is_iban
from payments.runs.models import PaymentRun, RunDownload, RunItem
from payments.runs.pain import Order, Transfer
from payments.runs.states import RunMove, RunState
from trust.access import Member, Permission, require

MOST_PAYMENTS = 1000
SAID = {
    OperationKind.PAY_OUT: "",
    OperationKind.REFUND: "REFUND ",
    OperationKind.RETURN: "",
    OperationKind.MICRO_DEPOSIT: "",
}


@dataclass(frozen=True, slots=True)
class Means:
    """What making a file needs: the store, the vault that opens account numbers, and our own account."""

    files: FileStore
    vault: Vault
    account: BankSettings | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which payments, when, and in which version of the message."""

    operation_ids: Sequence[UUID]
    execute_on: date
    message: str = pain.MESSAGES[0]


async def make(tx: AsyncSession, means: Means, wanted: Wanted, *, by: Member) -> UUID:
    """Make a run and its file. Locks the operations.

    Raises NotPermitted, RailUnavailable without an account of ours, Invalid naming `operations` or `execute_on`,
    Conflict for what is paid, in another run or booked by hand, OnHold for what is held, RunUnfit.
    """
    require(by, Permission.BOOK_MONEY)
    if means.account is None:
        raise RailUnavailable(_("No bank account of ours is set up here."))
    if wanted.execute_on < clock.now().date():
        raise Invalid(_("The day lies in the past."), field="execute_on")
    seen = await payable(tx, wanted.operation_ids)
    known = await destinations(tx, seen)
    lacking = [operation.reference for operation in seen if operation.id not in known]
    if lacking:
        message = _("It is not known to which account this goes: %(references)s. Send it by hand.")
        raise Invalid(message % {"references": ", ".join(lacking)}, field="operations")
    id_ = new_id()
    number = reference("PR", id_)
    pairs = [(operation, known[operation.id]) for operation in seen]
    transfers = [_transfer(operation, to, means.vault) for operation, to in pairs]
    order = Order(number, wanted.message, clock.now(), wanted.execute_on, transfers)
    data = await asyncio.to_thread(pain.build, order, means.account)
    sealed = means.vault.seal_bytes(data, sealed_for(id_))
    stored = await means.files.put(sealed, content_type="application/octet-stream")
    run = PaymentRun(
        id=id_,
        number=number,
        message=wanted.message,
        execute_on=wanted.execute_on,
        file_key=stored.key,
        sha256=hashlib.sha256(data).hexdigest(),
        state=RunState.MADE,
        made_by=by.id,
    )
    await _add(tx, run, pairs, transfers)
    await _record(tx, run, "payment_run.made", by)
    return id_


def sealed_for(run_id: UUID) -> str:
    """The context under which a run's file lies sealed."""
    return f"payment_run:{run_id}"


async def payable(tx: AsyncSession, operation_ids: Sequence[UUID]) -> list[OperationView]:
    """The payments, locked, if all of them can be put into a run now. Raises what `make` raises for them."""
    wanted = sorted(set(operation_ids))
    if not wanted or len(wanted) > MOST_PAYMENTS:
        raise Invalid(_("Please choose between 1 and 1,000 payments."), field="operations")
    rows = [await settling.locked(tx, operation_id) for operation_id in wanted]
    for row in rows:
        await operating.check_going(tx, row)
    seen = [operations.view(row) for row in rows]
    await _check_withheld(tx, [operation.part_id for operation in seen])
    busy = await queries.live_operations(tx, wanted) | await bookings.waiting_for(tx, wanted)
    for operation in seen:
        if operation.provider != BANK or operation.kind not in SAID or operation.state != OperationState.PLANNED:
            raise Conflict(_("%(reference)s does not wait for a bank transfer.") % {"reference": operation.reference})
        if operation.id in busy:
            message = _("%(reference)s stands in another run, or was booked by hand.")
            raise Conflict(message % {"reference": operation.reference})
    return seen


async def _check_withheld(tx: AsyncSession, part_ids: Sequence[UUID]) -> None:
    if await payouts.withheld(tx, part_ids):
        raise Conflict(_("A company in this run may not be paid out at present. Leave its payment out."))


def _transfer(operation: OperationView, to: Destination, vault: Vault) -> Transfer:
    account = vault.open(to.sealed, to.context)
    return Transfer(
        end_to_end=pain.end_to_end_id(operation.kind, operation.provider_key),
        amount=operation.amount,
        holder=to.holder or "NOTPROVIDED",
        account=account,
        iban=is_iban(account),
        bank_code=to.bank_code,
        country=to.country,
        text=f"{SAID[operation.kind]}{operation.reference}",
    )


async def _add(
    tx: AsyncSession,
    run: PaymentRun,
    pairs: Sequence[tuple[OperationView, Destination]],
    transfers: Sequence[Transfer],
) -> None:
    tx.add(run)
    await tx.flush()
    for (operation, to), transfer in zip(pairs, transfers, strict=True):
        tx.add(
            RunItem(
                run_id=run.id,
                operation_id=operation.id,
                end_to_end=transfer.end_to_end,
                batch=pain.batch_id(run.number, operation.amount.currency),
                amount=operation.amount,
                holder=to.holder[:200],
                masked=to.masked,
            )
        )
    try:
        await tx.flush()
    except IntegrityError as error:
        if constraint(error) != "uq_payment_run_item_live":
            raise
        raise Conflict(_("One of these payments stands in another run by now.")) from error


async def approve(tx: AsyncSession, run_id: UUID, *, by: Member) -> None:
    """A second person agrees with the file. Raises NotPermitted, RunNotFound, SamePerson, IllegalMove, PayoutsStopped
    after a failed proof, Conflict when a payment of it does not wait any more."""
    require(by, Permission.APPROVE_MONEY)
    run = await queries.run_for_update(tx, run_id)
    if run.made_by == by.id:
        raise SamePerson(_("You made this run yourself. Another person has to approve it."))
    run.check(RunMove.APPROVE)
    await _check_going(tx, run)
    run.approved_by, run.approved_at = by.id, clock.now()
    run.move(RunMove.APPROVE, by=by.id)
    await _record(tx, run, "payment_run.approved", by)


async def _check_going(tx: AsyncSession, run: PaymentRun) -> None:
    if not await proof.last_one_held(tx):
        raise PayoutsStopped(_("Payments are stopped until a proof of the books holds again."))
    items = await queries.items(tx, run.id)
    await _check_withheld(tx, await operations.parts(tx, [item.operation_id for item in items]))
    if any(item.state != OperationState.PLANNED for item in items):
        raise Conflict(_("A payment of this run does not wait any more. Call the run off and make another."))
    for item in sorted(items, key=lambda item: item.operation_id):
        await operating.check_going(tx, await settling.locked(tx, item.operation_id))


async def call_off(tx: AsyncSession, run_id: UUID, *, by: Member) -> None:
    """Before it was downloaded a run can be called off; its payments wait for another. Raises IllegalMove."""
    require(by, Permission.BOOK_MONEY)
    run = await queries.run_for_update(tx, run_id)
    run.move(RunMove.CALL_OFF, by=by.id)
    run.called_off_by = by.id
    await tx.execute(update(RunItem).where(RunItem.run_id == run.id).values(live=False))
    await _record(tx, run, "payment_run.called_off", by)


async def download(tx: AsyncSession, means: Means, run_id: UUID, *, by: Member) -> tuple[str, bytes]:
    """The file's name and bytes, for the bank. The first time its payments are on their way; every time is logged.

    Raises NotPermitted, RunNotFound, IllegalMove before approval, PayoutsStopped, Conflict, RunUnfit when the file in
    the store is not the one that was approved.
    """
    require(by, Permission.BOOK_MONEY)
    run = await queries.run_for_update(tx, run_id)
    if run.state != RunState.SENT:
        run.check(RunMove.SEND)
        await _check_going(tx, run)
        for item in await queries.items(tx, run.id):
            (await settling.locked(tx, item.operation_id)).move(OperationMove.SEND, by=by.id)
        run.move(RunMove.SEND, by=by.id)
    data = means.vault.open_bytes(await means.files.get(run.file_key), sealed_for(run.id))
    if hashlib.sha256(data).hexdigest() != run.sha256:
        raise RunUnfit(_("The file in the store is not the one that was approved."))
    tx.add(RunDownload(run_id=run.id, member_id=by.id, at=clock.now()))
    await _record(tx, run, "payment_run.downloaded", by)
    return f"{run.number}.xml", data


async def _record(tx: AsyncSession, run: PaymentRun, kind: str, by: Member) -> None:
    said = {"number": run.number, "sha256": run.sha256, "message": run.message}
    await evidence.record(tx, Subject("payment_run", run.id), kind, said, actor=by.id)
