"""Everything about one member, to take along: each kind of record as JSON, and one page to read it all.

The ZIP lies sealed in the store and leaves it for its member alone, who proves once more who they are, for seven days.
PIPL art. 45; GDPR art. 15, 20.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox, post, templates
from app.core.crypto import Vault
from app.core.db import Base
from app.core.i18n import _, direction, speaking
from app.core.jobs import JobContext
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.access import Member
from trust.identity import queries as identity
from trust.identity.service import audit, require_step_up
from trust.privacy.errors import ExportNotFound
from trust.privacy.events import ExportAsked
from trust.privacy.models import PersonalExport
from trust.privacy.periods import EXPORT_KEPT
from trust.privacy.records import RECORDS, Records
from trust.privacy.states import ExportMove, ExportState

FORMAT = "portolan-personal-data/1"
AT_ONCE = 1000
SHOWN = 200
"""So many rows of each kind stand on the page to read; the JSON has all."""
_environment = templates.environment()


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of record, as the page shows it."""

    title: str
    file: str
    count: int
    rows: list[dict[str, Any]]


def sealed_for(export_id: UUID) -> str:
    return f"personal_export:{export_id}"


async def ask(tx: AsyncSession, *, by: Member) -> PersonalExport:
    """Have everything packed; the one that is being packed, if one is. Raises StepUpNeeded, ForPeopleOnly."""
    await require_step_up(tx, by)
    await identity.lock_member(tx, by.id)
    under_way = await tx.scalar(
        select(PersonalExport).where(PersonalExport.member_id == by.id, PersonalExport.state == ExportState.MAKING)
    )
    if under_way is not None:
        return under_way
    row = PersonalExport(member_id=by.id, expires_at=clock.now() + EXPORT_KEPT)
    tx.add(row)
    await tx.flush()
    audit(tx, by.organisation_id, by.id, "personal_export_asked", export=str(row.id))
    await outbox.publish(tx, ExportAsked(row.id))
    return row


async def own(tx: AsyncSession, export_id: UUID, *, by: Member, lock: bool = False) -> PersonalExport:
    """Raises ExportNotFound for another's, whoever asks."""
    query = select(PersonalExport).where(PersonalExport.id == export_id, PersonalExport.member_id == by.id)
    row = await tx.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise ExportNotFound(_("There is no such copy of your data."))
    return row


async def of_member(tx: AsyncSession, member_id: UUID) -> list[PersonalExport]:
    """The latest ones first."""
    query = select(PersonalExport).where(PersonalExport.member_id == member_id)
    return list(await tx.scalars(query.order_by(PersonalExport.id.desc()).limit(5)))


async def fetch(tx: AsyncSession, store: FileStore, vault: Vault, export_id: UUID, *, by: Member) -> bytes:
    """The ZIP, which goes on record. Raises StepUpNeeded, ForPeopleOnly, ExportNotFound once its time is over."""
    await require_step_up(tx, by)
    row = await own(tx, export_id, by=by, lock=True)
    if row.state != ExportState.READY or row.expires_at <= clock.now():
        raise ExportNotFound(_("This copy of your data is not kept any more. Ask for another one."))
    row.fetched += 1
    audit(tx, by.organisation_id, by.id, "personal_export_fetched", export=str(row.id))
    return await asyncio.to_thread(vault.open_bytes, await store.get(row.file_key), sealed_for(row.id))


async def pack(ctx: JobContext, export_id: UUID) -> None:
    """Make the ZIP and keep it sealed; cut off anywhere, it begins again. Run twice, what is kept first stays."""
    async with ctx.db.transaction(read_only=True) as tx:
        row = await tx.get_one(PersonalExport, export_id)
        person = await identity.member_view(tx, row.member_id)
    if row.state != ExportState.MAKING or person.removed_at is not None:
        return
    held = io.BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive, speaking(person.locale):
        told = []
        for number, one in enumerate(RECORDS):
            await ctx.tx(_advance, export_id, number)
            async with ctx.db.transaction(read_only=True) as tx:
                told.append(await _write(tx, archive, one, row.member_id))
        archive.writestr("index.html", _page(told, person.name, person.locale))
        archive.writestr("about.json", _about(told, row))
    vault = ctx.settings.vault
    packed = held.getvalue()
    sealed = await asyncio.to_thread(vault.seal_bytes, packed, sealed_for(export_id))
    stored = await ctx.files.put(sealed, content_type="application/octet-stream")
    if not await ctx.tx(_finish, export_id, stored.key, len(packed)):
        await ctx.files.delete(stored.key)


async def _advance(tx: AsyncSession, export_id: UUID, done: int) -> None:
    row = (await tx.scalars(select(PersonalExport).where(PersonalExport.id == export_id).with_for_update())).one()
    row.done, row.total = done, len(RECORDS)


async def _write(tx: AsyncSession, archive: ZipFile, one: Records, member_id: UUID) -> Told:
    """Every row of a kind into its file, a piece at a time."""
    name, count, shown = f"{one.name}.json", 0, []
    with archive.open(name, "w") as file:
        file.write(b"[")
        async for row in _rows(tx, one, member_id):
            file.write(b",\n" if count else b"\n")
            file.write(json.dumps(row, ensure_ascii=False).encode())
            if count < SHOWN:
                shown.append(row)
            count += 1
        file.write(b"\n]\n")
    return Told(one.title.said, name, count, shown)


async def _rows(tx: AsyncSession, one: Records, member_id: UUID) -> AsyncIterator[dict[str, Any]]:
    table = Base.metadata.tables[one.table]
    names = [name for name in (*(("id",) if "id" in table.c else ()), one.at, *one.columns) if name in table.c]
    query = select(*(table.c[name] for name in dict.fromkeys(names))).where(table.c[one.owner] == member_id)
    found = await tx.stream(query.order_by(table.c[one.at]).execution_options(yield_per=AT_ONCE))
    async for row in found:
        yield {name: _own(plain(value)) for name, value in row._mapping.items()}


def _own(value: Any) -> Any:
    """Without the address of somebody else whom this member invited, as the log has it."""
    return {key: inner for key, inner in value.items() if key != "email"} if isinstance(value, dict) else value


def plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    match value:
        case None | bool() | int() | str() if not isinstance(value, Enum):
            return value
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case bytes():
            return value.hex()
        case Decimal() | UUID():
            return str(value)
    return plain(value.model_dump(mode="json")) if hasattr(value, "model_dump") else str(value)


def _page(told: list[Told], name: str, locale: str) -> str:
    values = {"told": told, "name": name, "made_at": clock.now(), "shown": SHOWN, "locale": locale}
    return _environment.get_template("privacy/export.html").render(values | {"dir": direction(locale)})


def _about(told: list[Told], row: PersonalExport) -> str:
    files = {one.file: {"title": one.title, "rows": one.count} for one in told}
    said = {
        "format": FORMAT,
        "export": str(row.id),
        "member": str(row.member_id),
        "made_at": clock.now().isoformat(timespec="seconds"),
        "files": files,
    }
    return json.dumps(said, ensure_ascii=False, indent=1)


async def _finish(tx: AsyncSession, export_id: UUID, key: str, size: int) -> bool:
    """The ZIP is there: its member gets a letter. False when another run was faster."""
    row = (await tx.scalars(select(PersonalExport).where(PersonalExport.id == export_id).with_for_update())).one()
    if row.state != ExportState.MAKING:
        return row.file_key == key
    row.done = row.total = len(RECORDS)
    row.file_key, row.size, row.expires_at = key, size, clock.now() + EXPORT_KEPT
    row.move(ExportMove.FINISH, by=None)
    said = {"member": row.member_id, "size": size}
    await evidence.record(tx, Subject(row.SUBJECT, row.id), "personal_export.made", said, actor=None)
    reader = await identity.member_view(tx, row.member_id)
    facts = {
        "recipient": reader.name,
        "path": f"/settings/privacy/exports/{row.id}",
        "until": f"{row.expires_at:%Y-%m-%d %H:%M} UTC",
    }
    await post.send(tx, to=reader.email, locale=reader.locale, template="personal_export_ready", context=facts)
    return True


async def expire(tx: AsyncSession, export_id: UUID) -> str:
    """Its time is over; the key of the file that can go, or ""."""
    row = (await tx.scalars(select(PersonalExport).where(PersonalExport.id == export_id).with_for_update())).one()
    key, row.file_key = row.file_key, ""
    if row.can(ExportMove.EXPIRE):
        row.move(ExportMove.EXPIRE, by=None)
    return key


async def past(tx: AsyncSession, *, limit: int) -> list[UUID]:
    query = select(PersonalExport.id).where(PersonalExport.state != ExportState.GONE)
    return list(await tx.scalars(query.where(PersonalExport.expires_at <= clock.now()).limit(limit)))
