"""What happens to a report that is prepared: it is fetched, sent, filed with a receipt, put off, or found not due."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Gone, Invalid
from app.core.i18n import _
from app.core.periods import day_of
from app.core.subject import Subject
from app.statutory import queries
from app.statutory.errors import (
    FilingNotFound,
    NobodyToEncryptFor,
    NothingProposed,
    NothingToFile,
    SecondPersonNeeded,
)
from app.statutory.models import StatutoryFiling, StatutoryRecipient, StatutoryVersion
from app.statutory.preparing import Desk
from app.statutory.snapshot import archive, digest
from app.statutory.states import FILED, FilingMove
from trust.access import Member, Permission, require
from trust.privacy import looks
from trust.verification import report_file, reports


@dataclass(frozen=True, slots=True)
class Receipt:
    """That an authority took a report in. `paper`: receipt of the sealed document, if there is one."""

    number: str
    day: date
    paper: dict[str, Any] | None = None


async def to_file(tx: AsyncSession, filing_id: UUID, *, by: Member) -> tuple[StatutoryFiling, StatutoryVersion]:
    """The report, locked, and its newest version where that is not filed yet.

    Raises NotPermitted, FilingNotFound, NothingToFile.
    """
    require(by, Permission.FILE_REPORTS)
    row = await queries.for_update(tx, filing_id)
    version = await queries.newest(tx, row.id)
    if version is None or version.filed_on is not None:
        raise NothingToFile(_("There is no version that waits to be filed."))
    return row, version


async def file(
    tx: AsyncSession, filing_id: UUID, receipt: Receipt, *, findings_seen: bool, zone: str, by: Member
) -> None:
    """Write down that the newest version was filed: late where its day lies after the last one. Locks the report.

    raises  as `to_file`, IllegalMove, SecondPersonNeeded; Invalid naming `filed_on` for a day that cannot be, or
            `findings_seen` where something is wrong with sellers and nobody says that it was seen
    """
    row, version = await to_file(tx, filing_id, by=by)
    if version.prepared_by == by.id:
        raise SecondPersonNeeded(_("Somebody else files what you prepared."))
    if receipt.day > day_of(clock.now(), zone):
        raise Invalid(_("This day lies in the future."), field="filed_on")
    if receipt.day < day_of(version.prepared_at, zone):
        raise Invalid(_("This day lies before the version was prepared."), field="filed_on")
    if version.findings and not findings_seen:
        raise Invalid(_("Say that the findings were looked at."), field="findings_seen")
    late = row.state not in FILED and receipt.day > row.until
    row.move(FilingMove.FILE_LATE if late else FilingMove.FILE, by=by.id)
    version.filed_on, version.filed_by, version.filed_at = receipt.day, by.id, clock.now()
    version.receipt_number = receipt.number
    if receipt.paper is not None:
        version.receipt = receipt.paper
    row.waiver_by, row.waiver_reason = None, ""
    await tx.flush()
    said = {"number": version.number, "day": receipt.day, "receipt": receipt.number, "late": late}
    said |= {"file": receipt.paper["sha256"] if receipt.paper else None}
    await evidence.record(tx, row.itself, "statutory.filed", said, actor=by.id)


async def fail(tx: AsyncSession, filing_id: UUID, reason: str, *, by: Member) -> None:
    """Write down that the newest version could not be sent: it waits to be sent again. Raises as `to_file`."""
    row, version = await to_file(tx, filing_id, by=by)
    said = {"number": version.number, "reason": reason}
    await evidence.record(tx, row.itself, "statutory.failed", said, actor=by.id)


async def defer(
    tx: AsyncSession, filing_id: UUID, to: date, reason: str, reference: str, *, zone: str, by: Member
) -> None:
    """An authority has put the report off. Locks it.

    raises  NotPermitted, FilingNotFound, IllegalMove; Invalid naming `deferred_to` for a day before today or no later
            than the one it is due on now
    """
    require(by, Permission.FILE_REPORTS)
    row = await queries.for_update(tx, filing_id)
    row.check(FilingMove.DEFER)
    if to <= row.until or to < day_of(clock.now(), zone):
        raise Invalid(_("It has to be a later day than the one it is due on."), field="deferred_to")
    before, row.deferred_to = row.until, to
    row.move(FilingMove.DEFER, by=by.id)
    await tx.flush()
    said = {"before": before, "to": to, "reference": reference, "reason": reason}
    await evidence.record(tx, row.itself, "statutory.deferred", said, actor=by.id)


async def propose_waiver(tx: AsyncSession, filing_id: UUID, reason: str, *, by: Member) -> None:
    """Say that the report is not due; a second person agrees. Raises IllegalMove, NothingProposed where it was said."""
    require(by, Permission.FILE_REPORTS)
    row = await queries.for_update(tx, filing_id)
    row.check(FilingMove.LET_GO)
    if row.waiver_by is not None:
        raise NothingProposed(_("Somebody has proposed that already."))
    row.waiver_by, row.waiver_reason = by.id, reason
    await tx.flush()
    await evidence.record(tx, row.itself, "statutory.waiver_proposed", {"reason": reason}, actor=by.id)


async def agree_waiver(tx: AsyncSession, filing_id: UUID, *, by: Member) -> None:
    """It is not due, as a second person finds. Raises IllegalMove, NothingProposed, SecondPersonNeeded."""
    row = await _proposed(tx, filing_id, by)
    if row.waiver_by == by.id:
        raise SecondPersonNeeded(_("Somebody else agrees to what you proposed."))
    row.waived_by = by.id
    row.move(FilingMove.LET_GO, by=by.id)
    await tx.flush()
    await evidence.record(tx, row.itself, "statutory.waived", {}, actor=by.id)


async def refuse_waiver(tx: AsyncSession, filing_id: UUID, *, by: Member) -> None:
    """It stays due; who proposed it may say so too. Raises IllegalMove, NothingProposed."""
    row = await _proposed(tx, filing_id, by)
    row.waiver_by, row.waiver_reason = None, ""
    await tx.flush()
    await evidence.record(tx, row.itself, "statutory.waiver_refused", {}, actor=by.id)


async def _proposed(tx: AsyncSession, filing_id: UUID, by: Member) -> StatutoryFiling:
    require(by, Permission.FILE_REPORTS)
    row = await queries.for_update(tx, filing_id)
    row.check(FilingMove.LET_GO)
    if row.waiver_by is None:
        raise NothingProposed(_("Nobody says that it is not due."))
    return row


async def add_recipient(tx: AsyncSession, name: str, pem: bytes, *, by: Member) -> UUID:
    """The tax authority's certificate from now on. Raises NotPermitted, Invalid naming `certificate`."""
    require(by, Permission.FILE_REPORTS)
    found = report_file.certificate(pem, clock.now())
    row = StatutoryRecipient(
        name=name,
        certificate=pem.decode("ascii"),
        fingerprint=report_file.fingerprint(found),
        added_by=by.id,
        added_at=clock.now(),
    )
    tx.add(row)
    await tx.flush()
    said = {"fingerprint": row.fingerprint, "recipient": name}
    await evidence.record(tx, Subject("statutory_recipient", row.id), "statutory.recipient_added", said, actor=by.id)
    return row.id


async def fetch(tx: AsyncSession, desk: Desk, filing_id: UUID, version_id: UUID, *, by: Member) -> tuple[bytes, str]:
    """A version's tables, encrypted for the authority, and the file's name. It is a look at people's data.

    raises  NotPermitted; FilingNotFound; Gone; NobodyToEncryptFor; Invalid where the certificate is over
    """
    row = await queries.filing(tx, filing_id, by=by)
    version = await queries.version(tx, row.id, version_id)
    if version.forgotten_at is not None:
        raise Gone(_("Its time is over, and it was erased."), remains=[(_("SHA-256"), version.digest)])
    name = f"{row.kind}-{row.first_day}-{version.number}.p7m"
    looks.note(tx, looks.STATUTORY, str(row.itself), f"statutory report {name}", by=by)
    if version.report_id is not None:
        data, _name = await reports.fetch(tx, desk.store, version.report_id, by=by)
        said = {"number": version.number, "file": digest(data)}
    else:
        to = await queries.recipient(tx)
        if to is None:
            raise NobodyToEncryptFor(_("Add the tax authority's certificate first: the file is encrypted for it."))
        certificate = report_file.certificate(to.certificate.encode(), clock.now())
        packed = await asyncio.to_thread(archive, await desk.read(version))
        data = await asyncio.to_thread(report_file.encrypted, packed, certificate)
        said = {"number": version.number, "tables": digest(packed), "file": digest(data), "recipient": to.fingerprint}
    await evidence.record(tx, row.itself, "statutory.downloaded", said, actor=by.id)
    return data, name


async def receipt_of(tx: AsyncSession, filing_id: UUID, version_id: UUID, *, by: Member) -> dict[str, Any]:
    """The receipt of a version's document; that it was opened is on the chain. Raises NotPermitted, FilingNotFound."""
    row = await queries.filing(tx, filing_id, by=by)
    version = await queries.version(tx, row.id, version_id)
    if version.receipt is None:
        raise FilingNotFound(_("There is no document."))
    await evidence.record(tx, row.itself, "statutory.receipt_opened", {"number": version.number}, actor=by.id)
    return version.receipt
