"""Statements in: a file is taken in, read through and kept whole or not at all."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.crypto import Vault
from app.core.db import constraint
from app.core.i18n import _, current_locale, format_date, format_money
from app.core.ids import new_id
from app.core.storage import FileStore
from payments.bank.settings import BankSettings
from payments.errors import StatementKnown, StatementRefused
from payments.events import StatementUploaded
from payments.statements import queries
from payments.statements.camt import Head
from payments.statements.entry import Line
from payments.statements.models import BankLine, Statement, StatementFile
from payments.statements.states import FileMove, FileState, LineStatus
from trust.access import Member, Permission, require

FILE_CONTEXT = "statement_file"
ACCOUNT_CONTEXT = "bank_line:account"
_SHOWN = 4
_ADD_LINES = insert(cast(Table, BankLine.__table__))


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it lies in the store: sealed under `key`; `sha256` of its own bytes."""

    key: str
    sha256: str
    filename: str


async def keep(store: FileStore, vault: Vault, data: bytes, filename: str) -> Sent:
    """Put a file into the store, sealed."""
    sealed = await asyncio.to_thread(vault.seal_bytes, data, FILE_CONTEXT)
    stored = await store.put(sealed, content_type="application/octet-stream")
    return Sent(stored.key, hashlib.sha256(data).hexdigest(), filename)


async def take_in(tx: AsyncSession, sent: Sent, *, by: Member) -> UUID:
    """Take in a file and have it read. Raises NotPermitted, StatementKnown."""
    require(by, Permission.BOOK_MONEY)
    await refuse_known(tx, sent.sha256)
    row = StatementFile(
        id=new_id(),
        filename=sent.filename[:200],
        file_key=sent.key,
        sha256=sent.sha256,
        locale=current_locale(),
        state=FileState.READING,
        uploaded_by=by.id,
    )
    tx.add(row)
    try:
        await tx.flush()
    except IntegrityError as error:
        if constraint(error) != "uq_statement_file_sha256":
            raise
        raise StatementKnown(_("This file is being imported just now.")) from error
    await outbox.publish(tx, StatementUploaded(row.id))
    return row.id


async def refuse_known(tx: AsyncSession, sha256: str) -> None:
    """Raises StatementKnown if a file with these bytes was imported."""
    known = await queries.kept_under(tx, sha256)
    if known is not None:
        raise _known(format_date(known.created_at))


def _known(day: str) -> StatementKnown:
    return StatementKnown(_("You have imported this statement on %(date)s.") % {"date": day}, imported_on=day)


async def refuse_strange(tx: AsyncSession, head: Head, ours: BankSettings | None) -> None:
    """Raises StatementRefused for a statement that is not of our account or currencies, StatementKnown."""
    if ours is None or head.account != "".join(ours.iban.split()).upper():
        shown = f"···· {head.account[-_SHOWN:]}"
        message = _("This statement is of the account %(account)s, which is not ours.")
        raise StatementRefused(message % {"account": shown}, field="file")
    if head.currency not in ours.currencies:
        message = _("This statement is in %(currency)s, a currency in which we keep no account.")
        raise StatementRefused(message % {"currency": head.currency}, field="file")
    imported = await queries.known_as(tx, head.account, head.currency, head.bank_id)
    if imported is not None:
        raise _known(format_date(imported))


async def begin_statement(tx: AsyncSession, file_id: UUID, head: Head, ours: BankSettings | None) -> UUID:
    """Add the statement itself. Holds off other imports of the same account until the transaction ends.

    Raises StatementRefused when it does not continue the one before it, and what `refuse_strange` raises.
    """
    chain = f"bank_statement:{head.account}:{head.currency}"
    await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:chain, 0))"), {"chain": chain})
    await refuse_strange(tx, head, ours)
    before = await queries.latest(tx, head.account, head.currency)
    if before is not None:
        _check_chain(before, head)
    row = Statement(
        id=new_id(),
        file_id=file_id,
        previous_id=before.id if before else None,
        account=head.account,
        currency=head.currency,
        bank_id=head.bank_id,
        sequence=head.sequence,
        from_on=head.from_on,
        to_on=head.to_on,
        opening=head.opening,
        closing=head.closing,
    )
    tx.add(row)
    await tx.flush()
    return row.id


def _check_chain(before: Statement, head: Head) -> None:
    if head.opening != before.closing:
        message = _("It opens with %(opening)s, but the statement before closed with %(closing)s: one is missing.")
        facts = {"opening": format_money(head.opening), "closing": format_money(before.closing)}
        raise StatementRefused(message % facts, field="file")
    if head.sequence is None or before.sequence is None:
        return
    new_year = bool(before.to_on and head.to_on and head.to_on.year > before.to_on.year and head.sequence == 1)
    if head.sequence != before.sequence + 1 and not new_year:
        message = _("It is number %(found)s of this account; the next one should be number %(expected)s.")
        facts_ = {"found": head.sequence, "expected": before.sequence + 1}
        raise StatementRefused(message % facts_, field="file")


async def add_lines(tx: AsyncSession, vault: Vault, statement_id: UUID, lines: Iterable[Line]) -> None:
    """Add lines to a statement of the same transaction, the accounts of the other sides sealed."""
    rows = [_row(vault, statement_id, line) for line in lines]
    if rows:
        await tx.execute(_ADD_LINES, rows)


def _row(vault: Vault, statement_id: UUID, line: Line) -> dict[str, Any]:
    id_, said = new_id(), line.detail
    return {
        "id": id_,
        "statement_id": statement_id,
        "number": line.number,
        "direction": line.direction,
        "returned": line.returned,
        "amount_minor": line.amount.minor,
        "amount_currency": line.amount.currency,
        "booked_on": line.booked_on,
        "value_on": line.value_on,
        "bank_ref": said.bank_ref,
        "end_to_end": said.end_to_end,
        "batch": said.batch,
        "reference": said.reference,
        "remittance": said.remittance,
        "name": said.name,
        "bank_code": said.bank_code,
        "country": said.country or (said.account[:2] if said.account[:2].isalpha() else ""),
        "sealed": vault.seal(said.account, seal_context(id_)) if said.account else None,
        "masked": f"···· {said.account[-_SHOWN:]}" if said.account else "",
        "mark": vault.mark(said.account, ACCOUNT_CONTEXT) if said.account else None,
        "code": said.code[:40],
        "reason": said.reason,
        "status": LineStatus.NEW,
        "reasons": [],
    }


def seal_context(line_id: UUID) -> str:
    return f"{ACCOUNT_CONTEXT}:{line_id}"


async def kept(tx: AsyncSession, file_id: UUID, total: int) -> None:
    """The whole file is in; its lines can be booked. Nothing happens the second time."""
    row = await queries.file_for_update(tx, file_id)
    row.total = total
    row.move(FileMove.KEEP, by=row.uploaded_by)


async def refused(tx: AsyncSession, file_id: UUID, problem: str) -> None:
    """Nothing of the file was kept. Nothing happens when it is read already."""
    row = await queries.file_for_update(tx, file_id)
    if row.state == FileState.READING:
        row.problem, row.finished_at = problem, clock.now()
        row.move(FileMove.REFUSE, by=None, note=problem)


async def note_read(tx: AsyncSession, file_id: UUID, lines: int) -> None:
    """How far reading is; in a transaction of its own, so that it can be seen meanwhile."""
    await tx.execute(
        update(StatementFile)
        .where(StatementFile.id == file_id, StatementFile.state == FileState.READING)
        .values(total=lines)
    )
