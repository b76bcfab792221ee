"""Preparing a report: one snapshot, sealed, its hash on the chain. A correction is the next one."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.periods import Period, day_of
from app.core.storage import FileStore
from app.statutory import gathering, queries
from app.statutory.errors import PeriodOver, PeriodRuns
from app.statutory.models import StatutoryFiling, StatutoryVersion
from app.statutory.rules import Kind
from app.statutory.snapshot import Snapshot, digest
from app.statutory.states import FILED, FilingMove, FilingState
from trust.access import Member, Permission, require
from trust.sealed import OPAQUE
from trust.verification import report_file, reports

JSON = "application/json"


def sealed_for(version_id: UUID) -> str:
    """The context under which a version's snapshot and receipt lie sealed."""
    return f"statutory_version:{version_id}"


@dataclass(frozen=True, slots=True)
class Desk:
    """What preparing needs beside the transaction.

    base_url  where the platform is; `zone`: in which it reports
    """

    store: FileStore
    vault: Vault
    base_url: str
    zone: str

    async def keep(self, version_id: UUID, data: bytes, name: str) -> dict[str, Any]:
        """Seal a snapshot and keep it; its receipt."""
        sealed = await asyncio.to_thread(self.vault.seal_bytes, data, sealed_for(version_id))
        stored = await self.store.put(sealed, content_type=OPAQUE)
        return {"key": stored.key, "name": name, "content_type": JSON, "size": len(data), "sha256": digest(data)}

    async def read(self, version: StatutoryVersion) -> Snapshot:
        """The snapshot of a version that has one."""
        if version.file is None:
            raise LookupError(f"version {version.id} has no snapshot of its own")
        sealed = await self.store.get(version.file["key"])
        return Snapshot.read(await asyncio.to_thread(self.vault.open_bytes, sealed, sealed_for(version.id)))


async def prepare(
    tx: AsyncSession, desk: Desk, filing_id: UUID, reason: str = "", *, by: Member | None
) -> StatutoryVersion:
    """Prepare a report, once more where it was before; `by` None for the job. Locks the report.

    raises  NotPermitted, FilingNotFound, IllegalMove; Invalid naming `reason` where a later version has none;
            PeriodRuns; PeriodOver; OperatorUnknown; BooksDiffer; RateMissing; NoRecipient
    """
    if by is not None:
        require(by, Permission.FILE_REPORTS)
    row = await queries.for_update(tx, filing_id)
    move = FilingMove.CORRECT if row.state in FILED else FilingMove.PREPARE
    row.check(move)
    before = await queries.newest(tx, row.id)
    if before is not None and not reason:
        raise Invalid(_("Say why it is prepared again."), field="reason")
    if row.last_day >= day_of(clock.now(), desk.zone) and row.kind != Kind.BASIC:
        raise PeriodRuns(_("Its period is not over yet."))
    make = _from_report if row.kind == Kind.IDENTITY else _from_domains
    version = await make(tx, desk, row, by)
    version.number, version.reason = (before.number if before else 0) + 1, reason
    tx.add(version)
    row.held_up = None
    row.move(move, by=by.id if by else None)
    await tx.flush()
    said = {"number": version.number, "digest": version.digest, "counts": version.counts, "reason": reason}
    await evidence.record(tx, row.itself, "statutory.prepared", said, actor=version.prepared_by)
    return version


async def adopt(tx: AsyncSession, filing_id: UUID) -> None:
    """Take particulars of sellers that were prepared elsewhere into the calendar; nothing where there are none, or
    where something is prepared already. Locks the report."""
    row = await queries.for_update(tx, filing_id)
    made = await reports.newest(tx, row.first_day)
    if made is None or row.state != FilingState.OPEN:
        return
    version = _of_report(row, made)
    version.number, version.reason = 1, ""
    tx.add(version)
    row.move(FilingMove.PREPARE, by=made.prepared_by)
    await tx.flush()
    said = {"number": 1, "digest": version.digest, "counts": version.counts, "reason": ""}
    await evidence.record(tx, row.itself, "statutory.prepared", said, actor=version.prepared_by)


async def _from_domains(tx: AsyncSession, desk: Desk, row: StatutoryFiling, by: Member | None) -> StatutoryVersion:
    filed = await _filed_before(tx, row)
    period = Period(row.first_day, row.last_day, desk.zone)
    last = await desk.read(filed) if filed is not None else None
    found = await gathering.snapshot(tx, Kind(row.kind), period, desk.base_url, last)
    id_, data = new_id(), found.written()
    kept = await desk.keep(id_, data, f"{row.kind}-{row.first_day}.json")
    return StatutoryVersion(
        id=id_,
        filing_id=row.id,
        file=kept,
        digest=kept["sha256"],
        counts=found.counts,
        findings=found.findings,
        prepared_by=by.id if by else None,
        prepared_at=clock.now(),
    )


async def _filed_before(tx: AsyncSession, row: StatutoryFiling) -> StatutoryVersion | None:
    """What was filed last of an earlier period: a correction is marked against the same as what it corrects."""
    query = (
        select(StatutoryVersion)
        .join(StatutoryFiling, StatutoryFiling.id == StatutoryVersion.filing_id)
        .where(StatutoryFiling.kind == row.kind, StatutoryFiling.first_day < row.first_day)
        .where(StatutoryVersion.filed_on.is_not(None), StatutoryVersion.file.is_not(None))
        .order_by(StatutoryFiling.first_day.desc(), StatutoryVersion.number.desc())
    )
    return await tx.scalar(query.limit(1))


async def _from_report(tx: AsyncSession, desk: Desk, row: StatutoryFiling, by: Member | None) -> StatutoryVersion:
    """Particulars of sellers are prepared and encrypted by `trust.verification.reports`."""
    if row.first_day != report_file.reported(day_of(clock.now(), desk.zone)):
        raise PeriodOver(_("Sellers are reported as they are today, for the last half-year alone."))
    await reports.prepare(tx, desk.store, desk.base_url, by=by, period=row.first_day)
    made = await reports.newest(tx, row.first_day)
    if made is None:
        raise LookupError("the report that was prepared is gone")
    return _of_report(row, made)


def _of_report(row: StatutoryFiling, made: reports.Made) -> StatutoryVersion:
    return StatutoryVersion(
        filing_id=row.id,
        report_id=made.id,
        digest=made.digest,
        counts={"sellers": made.sellers},
        findings=made.findings,
        prepared_by=made.prepared_by,
        prepared_at=made.prepared_at,
    )
