"""Drafts: what a company has typed and uploaded so far, sealed whole, one a company, gone after ninety days."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.crypto import Vault
from trust.access import Member, Permission, require
from trust.retention import service as retention
from trust.verification.models import VerificationDraft
from trust.verification.papers import context


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, by the form's names, and the documents that came with it."""

    typed: dict[str, Any]
    documents: list[dict[str, Any]]
    saved_at: datetime


async def save(
    tx: AsyncSession, vault: Vault, typed: dict[str, object], documents: list[dict[str, Any]], *, by: Member
) -> None:
    """Keep what was typed in place of what was kept before; documents of the kinds that come anew are replaced."""
    require(by, Permission.VERIFY_COMPANY)
    sealed = vault.seal(json.dumps(typed), context(by.organisation_id))
    row = await _row(tx, by.organisation_id)
    if row is None:
        row = VerificationDraft(organisation_id=by.organisation_id, documents=[])
        tx.add(row)
    kept = joined(row.documents, documents)
    await retention.give_up(tx, {d["key"] for d in row.documents} - {d["key"] for d in kept})
    row.sealed, row.documents, row.saved_by, row.saved_at = sealed, kept, by.id, clock.now()


async def of(tx: AsyncSession, vault: Vault, organisation_id: UUID) -> Draft | None:
    row = await tx.get(VerificationDraft, organisation_id)
    if row is None:
        return None
    return Draft(json.loads(vault.open(row.sealed, context(organisation_id))), row.documents, row.saved_at)


async def take(tx: AsyncSession, organisation_id: UUID) -> list[dict[str, Any]]:
    """The draft's documents, for a request that takes its place: the draft is gone."""
    row = await _row(tx, organisation_id)
    if row is None:
        return []
    await tx.delete(row)
    return row.documents


def joined(earlier: Iterable[dict[str, Any]], newer: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Documents of before and of now; the newer take the place of earlier ones of their kind."""
    kinds = {document["kind"] for document in newer}
    return [*(document for document in earlier if document["kind"] not in kinds), *newer]


async def old(tx: AsyncSession, before: datetime, *, limit: int) -> list[UUID]:
    """Companies whose drafts nobody has touched since."""
    query = select(VerificationDraft.organisation_id).where(VerificationDraft.saved_at < before)
    return list(await tx.scalars(query.limit(limit)))


async def discard(tx: AsyncSession, organisation_id: UUID, *, before: datetime | None = None) -> None:
    """Erase a draft with its documents; with `before`, only one that was not touched since."""
    row = await _row(tx, organisation_id)
    if row is None or (before is not None and row.saved_at >= before):
        return
    await retention.give_up(tx, {document["key"] for document in row.documents})
    await tx.execute(delete(VerificationDraft).where(VerificationDraft.organisation_id == organisation_id))


async def discard_saved_by(tx: AsyncSession, member_id: UUID) -> None:
    """Erase the draft that this member saved last, if there is one."""
    query = select(VerificationDraft.organisation_id).where(VerificationDraft.saved_by == member_id)
    for organisation_id in list(await tx.scalars(query)):
        await discard(tx, organisation_id)


async def _row(tx: AsyncSession, organisation_id: UUID) -> VerificationDraft | None:
    query = select(VerificationDraft).where(VerificationDraft.organisation_id == organisation_id)
    return await tx.scalar(query.with_for_update())
