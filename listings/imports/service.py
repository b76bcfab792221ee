"""Imports of products: a sheet is kept, read through, confirmed, and written in batches."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.errors import DomainError
from app.core.i18n import current_locale
from listings import queries as products
from listings import service
from listings.errors import NothingToSubmit
from listings.imports import queries
from listings.imports.events import ImportConfirmed, SheetUploaded
from listings.imports.models import Import
from listings.imports.rows import Entry, Fault
from listings.states import ImportMove, ImportState
from trust.access import Member, Permission, require
from trust.identity import queries as identity

ERRORS_KEPT = 1000


@dataclass(frozen=True, slots=True)
class Findings:
    """What reading a sheet through found: how many rows, how many of them do not fit, and the first faults."""

    total: int
    wrong: int
    faults: Sequence[Fault]


async def upload(tx: AsyncSession, file_key: str, filename: str, *, by: Member) -> Import:
    """Take in a sheet that is stored under `file_key`, and have it read through."""
    require(by, Permission.LIST_PRODUCTS)
    row = Import(
        organisation_id=by.organisation_id,
        member_id=by.id,
        filename=filename[:200],
        file_key=file_key,
        locale=current_locale(),
        errors=[],
    )
    tx.add(row)
    await tx.flush()
    await outbox.publish(tx, SheetUploaded(row.id))
    return row


async def record_findings(tx: AsyncSession, import_id: UUID, findings: Findings) -> None:
    """The dry run is through. Locks the import; nothing happens the second time."""
    row = await queries.import_for_update(tx, import_id)
    if row.state == ImportState.CHECKING:
        row.total, row.wrong = findings.total, findings.wrong
        row.errors = [asdict(fault) for fault in findings.faults[:ERRORS_KEPT]]
        row.move(ImportMove.PASS, by=None)


async def record_unreadable(tx: AsyncSession, import_id: UUID, problem: str) -> None:
    """The sheet as a whole cannot be read. Locks the import."""
    row = await queries.import_for_update(tx, import_id)
    if row.state == ImportState.CHECKING:
        row.problem = problem
        row.move(ImportMove.FAIL, by=None, note=problem)


async def confirm(tx: AsyncSession, import_id: UUID, *, send: bool, by: Member) -> Import:
    """Write the rows that fit; with `send`, put each into review. Locks the import. Raises IllegalMove."""
    require(by, Permission.PUBLISH_PRODUCTS if send else Permission.LIST_PRODUCTS)
    await queries.import_of(tx, import_id, organisation_id=by.organisation_id)
    row = await queries.import_for_update(tx, import_id)
    row.move(ImportMove.CONFIRM, by=by.id)
    row.send, row.member_id = send, by.id
    await outbox.publish(tx, ImportConfirmed(row.id))
    return row


async def discard(tx: AsyncSession, import_id: UUID, *, by: Member) -> Import:
    """Give up an import that was read through but not confirmed. Locks it. Raises IllegalMove."""
    require(by, Permission.LIST_PRODUCTS)
    await queries.import_of(tx, import_id, organisation_id=by.organisation_id)
    row = await queries.import_for_update(tx, import_id)
    row.move(ImportMove.DISCARD, by=by.id)
    return row


async def write_batch(tx: AsyncSession, import_id: UUID, rows: Sequence[Entry | None], size: int) -> int:
    """Write the next `size` rows, and count them in the same transaction; rows that do not fit (None) are passed over.

    Locks the import, so that two workers never write one row. Returns how many rows are left.
    """
    row = await queries.import_for_update(tx, import_id)
    if row.state != ImportState.RUNNING:
        return 0
    batch = rows[row.done : row.done + size]
    member = await _member(tx, row.member_id)
    known = await products.by_reference(tx, row.organisation_id, [entry.reference for entry in batch if entry])
    for entry in batch:
        if entry is not None:
            await _write(tx, row, entry, known.get(entry.reference), member)
    row.done += len(batch)
    left = len(rows) - row.done
    if left <= 0:
        row.finished_at = clock.now()
        row.move(ImportMove.FINISH, by=None)
    return left


async def _write(tx: AsyncSession, row: Import, entry: Entry, product_id: UUID | None, member: Member) -> None:
    """One product, in a savepoint: a row that the business refuses by now is told, and does not stop the others."""
    try:
        async with tx.begin_nested():
            await _save(tx, row, entry, product_id, member)
    except DomainError as error:
        row.wrong += 1
        row.errors = [*row.errors, asdict(Fault(entry.row, "", error.message))][:ERRORS_KEPT]


async def _save(tx: AsyncSession, row: Import, entry: Entry, product_id: UUID | None, member: Member) -> None:
    if product_id is None:
        product_id = (await service.create(tx, entry.content, reference=entry.reference, by=member)).id
        row.added += 1
    else:
        before = await products.newest(tx, product_id, reader=member)
        content = entry.content.model_copy(update={"pictures": before.content.pictures})
        await service.revise(tx, product_id, content, by=member)
        row.changed += 1
    if row.send:
        try:
            await service.submit(tx, product_id, by=member)
        except NothingToSubmit:
            return  # the sheet says what is live or under review already


async def _member(tx: AsyncSession, member_id: UUID) -> Member:
    """Who confirmed the import, with the rights they have now."""
    person = await identity.member_view(tx, member_id)
    company = await identity.organisation(tx, person.organisation_id)
    return Member(
        id=person.id,
        organisation_id=company.id,
        organisation_name=company.name_latin,
        name=person.name,
        email=person.email,
        country=company.country,
        level=company.level,
        roles=frozenset() if person.removed_at else frozenset(person.roles),
        locale=person.locale,
    )
