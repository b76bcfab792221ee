"""Packages for an authority: composed of a scope, looked through and agreed by a second person, given through one.

The ZIP lies sealed. Where the organ sent a certificate, what leaves is encrypted for it (CMS EnvelopedData, RFC 5652,
as identity reports are); else the ZIP itself, to one person, with the reason.
"""

import asyncio
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.i18n import _
from app.core.ids import new_id
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.access import Member
from trust.authorities import service
from trust.authorities.errors import FetchedByAnother, NotUnderReview, PartNotFound, SecondPersonNeeded
from trust.authorities.models import AuthorityPackage, AuthorityRequest, AuthorityTelling
from trust.authorities.states import PackageState, PairMove, Part, RequestState
from trust.identity.service import require_step_up
from trust.notices import service as notices
from trust.notices.service import Words
from trust.privacy import looks
from trust.verification import report_file

LONGEST = timedelta(days=366)
MOST_ORDERS = 50
KEPT = timedelta(days=90)
"""Ours: so long the file can be fetched again; its hashes stay."""
SEALED = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be given: a company with days, or orders by their numbers; never all of anything."""

    company: UUID | None
    orders: tuple[str, ...]
    first: date | None
    last: date | None
    parts: tuple[Part, ...]

    def said(self) -> dict[str, Any]:
        return {
            "company": self.company and str(self.company),
            "orders": list(self.orders),
            "first": self.first and self.first.isoformat(),
            "last": self.last and self.last.isoformat(),
            "parts": [str(part) for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Composed:
    """What was read of a scope: files by name, and the companies whose data they are."""

    files: Mapping[str, bytes]
    companies: frozenset[UUID]


async def under_review(tx: AsyncSession, request_id: UUID, by: Member) -> AuthorityRequest:
    """Raises NotUnderReview, ApprovalNeeded: asked before anything is read for a package."""
    row = await service.for_update(tx, request_id, by)
    await service.check_approved(tx, row)
    if row.state != RequestState.REVIEW:
        raise NotUnderReview(_("Packages are made while a request is under review."))
    return row


async def keep(
    tx: AsyncSession,
    store: FileStore,
    vault: Vault,
    request_id: UUID,
    scope: Scope,
    composed: Composed,
    pem: bytes | None,
    *,
    by: Member,
) -> UUID:
    """Pack what was composed, seal it, and keep it for a second person. Raises as `under_review`; Invalid naming
    `certificate`."""
    row = await under_review(tx, request_id, by)
    now, id_ = clock.now(), new_id()
    to = report_file.certificate(pem, now) if pem is not None else None
    files = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(composed.files.items())
    ]
    manifest = {"request": row.number, "document": row.document_number, "composed_at": now.isoformat()}
    packed = await asyncio.to_thread(_pack, composed.files, manifest | {"scope": scope.said(), "files": files})
    sealed = await asyncio.to_thread(vault.seal_bytes, packed, service.sealed_for(row.id))
    stored = await store.put(sealed, content_type=SEALED)
    sent = await asyncio.to_thread(report_file.encrypted, packed, to) if to else packed
    sent_key = (await store.put(sent, content_type="application/pkcs7-mime")).key if to else ""
    package = AuthorityPackage(
        id=id_,
        request_id=row.id,
        scope=scope.said(),
        files=files,
        size=len(packed),
        digest=hashlib.sha256(packed).hexdigest(),
        file_key=stored.key,
        fingerprint=report_file.fingerprint(to) if to else "",
        sent_digest=hashlib.sha256(sent).hexdigest(),
        sent_key=sent_key,
        composed_by=by.id,
    )
    tx.add(package)
    await tx.flush()
    tx.add_all(AuthorityTelling(package_id=id_, organisation_id=company) for company in composed.companies)
    said = {"package": id_, "zip": package.digest, "sent": package.sent_digest, "scope": scope.said()}
    await evidence.record(tx, row.itself, "authority.composed", said, actor=by.id)
    return id_


def _pack(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> bytes:
    held = io.BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
        for name, data in sorted(files.items()):
            archive.writestr(name, data)
    return held.getvalue()


async def _locked(
    tx: AsyncSession, request_id: UUID, package_id: UUID, by: Member
) -> tuple[AuthorityRequest, AuthorityPackage]:
    row = await service.for_update(tx, request_id, by)
    query = select(AuthorityPackage).where(AuthorityPackage.id == package_id, AuthorityPackage.request_id == row.id)
    package = await tx.scalar(query.with_for_update())
    if package is None:
        raise PartNotFound(_("There is no such package."))
    return row, package


async def decide(tx: AsyncSession, request_id: UUID, package_id: UUID, move: PairMove, *, by: Member) -> None:
    """Another person lets it leave, or refuses. Raises SecondPersonNeeded, IllegalMove, ApprovalNeeded."""
    row, package = await _locked(tx, request_id, package_id, by)
    package.check(move)
    if package.composed_by == by.id:
        raise SecondPersonNeeded(_("You composed this yourself. Another person has to decide."))
    if move is PairMove.AGREE:
        await under_review(tx, request_id, by)
    package.decided_by, package.decided_at = by.id, clock.now()
    package.move(move, by=by.id)
    kind = "authority.agreed" if move is PairMove.AGREE else "authority.package_refused"
    await evidence.record(tx, row.itself, kind, {"package": package.id}, actor=by.id)


async def open_file(
    tx: AsyncSession,
    store: FileStore,
    vault: Vault,
    request_id: UUID,
    package_id: UUID,
    name: str,
    purpose: str,
    *,
    by: Member,
) -> bytes:
    """One file of a package, for whoever decides on it: a look at the data of the companies in it, which is written
    down before it is shown. Raises PartNotFound."""
    row, package = await _locked(tx, request_id, package_id, by)
    if name not in {file["name"] for file in package.files}:
        raise PartNotFound(_("There is no such file."))
    packed = await _packed(store, vault, row, package)
    await _looked(tx, row, package, purpose, by)
    await evidence.record(tx, row.itself, "authority.opened", {"package": package.id, "note": purpose}, actor=by.id)
    with ZipFile(io.BytesIO(packed)) as archive:
        return archive.read(name)


async def _packed(store: FileStore, vault: Vault, row: AuthorityRequest, package: AuthorityPackage) -> bytes:
    if not package.file_key:
        raise PartNotFound(_("This file is not kept any more."))
    sealed = await store.get(package.file_key)
    return await asyncio.to_thread(vault.open_bytes, sealed, service.sealed_for(row.id))


async def _looked(tx: AsyncSession, row: AuthorityRequest, package: AuthorityPackage, purpose: str, by: Member) -> None:
    if row.secret and not _tellable(row):
        return  # the company would read of it; the request's own chain has who looked, and why
    for company in await _companies(tx, package.id):
        looks.note(tx, looks.AUTHORITY, row.number, purpose, by=by, organisation_id=company)


def _tellable(row: AuthorityRequest) -> bool:
    return row.tell_after is None or row.tell_after <= clock.now().date()


async def _companies(tx: AsyncSession, package_id: UUID) -> list[UUID]:
    query = select(AuthorityTelling.organisation_id).where(AuthorityTelling.package_id == package_id)
    return list(await tx.scalars(query.order_by(AuthorityTelling.organisation_id)))


async def give(
    tx: AsyncSession,
    store: FileStore,
    vault: Vault,
    request_id: UUID,
    package_id: UUID,
    purpose: str,
    *,
    zone: str,
    by: Member,
) -> tuple[bytes, str]:
    """What leaves, and its name, to the one person who fetches it first; the companies in it are told, at once or from
    the day on that the request allows. Raises StepUpNeeded, IllegalMove, FetchedByAnother, PartNotFound."""
    await require_step_up(tx, by)
    row, package = await _locked(tx, request_id, package_id, by)
    package.check(PairMove.GIVE)
    if package.state != PackageState.GIVEN:
        await under_review(tx, request_id, by)
    if package.given_to not in (None, by.id):
        raise FetchedByAnother(_("A colleague has fetched this package; it leaves through one person."))
    data = await store.get(package.sent_key) if package.sent_key else await _packed(store, vault, row, package)
    if package.state != PackageState.GIVEN:
        package.given_to, package.given_at = by.id, clock.now()
    package.move(PairMove.GIVE, by=by.id)
    await _schedule(tx, package, row, zone)
    await _looked(tx, row, package, purpose, by)
    said = {"package": package.id, "sent": package.sent_digest, "note": purpose}
    await evidence.record(tx, row.itself, "authority.given", said, actor=by.id)
    return data, f"{row.number}-{package.digest[:8]}" + (".p7m" if package.sent_key else ".zip")


async def _schedule(tx: AsyncSession, package: AuthorityPackage, row: AuthorityRequest, zone: str) -> None:
    """When the companies in it are told; fetched again, that stays."""
    begins = datetime.combine(row.tell_after, time(), ZoneInfo(zone)) if row.tell_after else clock.now()
    query = select(AuthorityTelling).where(
        AuthorityTelling.package_id == package.id, AuthorityTelling.tell_at.is_(None)
    )
    for telling in await tx.scalars(query.with_for_update()):
        telling.tell_at = max(begins, clock.now())


async def tell_due(tx: AsyncSession, *, limit: int = 50) -> int:
    """Tell the next companies whose time has come; how many."""
    query = (
        select(AuthorityTelling, AuthorityPackage, AuthorityRequest)
        .join(AuthorityPackage, AuthorityPackage.id == AuthorityTelling.package_id)
        .join(AuthorityRequest, AuthorityRequest.id == AuthorityPackage.request_id)
        .where(AuthorityTelling.told_at.is_(None), AuthorityTelling.tell_at <= clock.now())
        .order_by(AuthorityTelling.tell_at, AuthorityTelling.organisation_id)
        .limit(limit)
        .with_for_update(of=AuthorityTelling, skip_locked=True)
    )
    found = (await tx.execute(query)).all()
    for telling, package, row in found:
        words = _words(row, package)
        await notices.tell(tx, package.itself, telling.organisation_id, words, to=notices.OWNERS)
        telling.told_at = clock.now()
        said = {"package": package.id, "company": telling.organisation_id}
        await evidence.record(tx, Subject(row.SUBJECT, row.id), "authority.told", said, actor=None)
    return len(found)


def _words(row: AuthorityRequest, package: AuthorityPackage) -> Words:
    given = f"{package.given_at:%Y-%m-%d}"
    en = (
        f"On {given} we gave data of your company to {row.organ} ({row.country}), as the law asks."
        f" Its document: {row.document_number}. Legal basis: {row.basis}."
        " Two of our people checked that no more was given than was asked for. Write to us about it with the number"
        f" {row.number}; how to ask what we keep, and how to complain, stands at /privacy."
    )
    zh = (
        f"我们已于 {given} 依法向{row.organ}（{row.country}）提供贵公司的数据。"
        f"文书编号：{row.document_number}。法律依据：{row.basis}。"
        "提供前已由两名人员核对，提供范围不超出要求。"
        f"如有疑问，请注明编号 {row.number} 与我们联系；查询我们保存的数据及投诉方式见 /privacy。"
    )
    return Words("Data of your company were given to an authority", "贵公司的数据已提供给主管机关", en, zh)
