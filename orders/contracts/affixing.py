"""What was signed gets into the document: each signature in the order it was given, the platform's seal, a timestamp.

Signing is an act of a person, recorded at once; the mark in the document is made from that record afterwards, and may
be made again from the beginning of its step whenever something fails in between. The document of a contract never goes
back: a step is kept only if the document is still the one it was made from.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import Certificate
from pyhanko.sign.timestamps import TimeStamper
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.jobs import JobContext
from app.core.signing.documents import signed, signed_by_own, timestamped
from app.core.signing.own import OwnCertificate
from app.core.signing.timestamps import NoTimestamp, with_first
from app.core.subject import Subject
from orders.contracts import queries, service, signing
from orders.contracts.errors import DocumentBusy
from orders.contracts.models import Contract, Signature
from orders.contracts.queries import ContractView, SignatureView
from orders.contracts.signing import FIELD_OF, SEAL, Shown
from orders.contracts.terms import Party
from trust.verification import queries as verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be kept of one step: the document it began with and the one it made, and what became of it.

    side         whose signature it was, or `platform`; empty for a mere timestamp
    archived_at  when a timestamp over the whole document was made, if one was
    """

    before: str
    file_key: str
    kind: str
    side: str = ""
    certificate: Certificate | None = None
    archived_at: datetime | None = None


async def further(ctx: JobContext, contract_id: UUID) -> bool:
    """Do the next step of this contract's document. False when nothing is left to do.

    Raises NoTimestamp when the document is complete but no timestamp authority answers.
    """
    async with ctx.db.transaction(read_only=True) as tx:
        contract = await queries.contract(tx, contract_id)
    if not contract.file_key or not signing.fields(contract.terms.edition):
        return False
    document: bytes = await ctx.files.get(contract.file_key)
    waiting = next((s for s in contract.signatures if s.affixed_at is None), None)
    if waiting is not None:
        step = await _affixed(ctx, contract, document, waiting)
    elif contract.sealed_at is None:
        if len(contract.signatures) < len(FIELD_OF):
            return False
        step = await _sealed(ctx, contract, document)
    elif contract.archived_at is None:
        step = await _archived(ctx, contract, document)
    else:
        return False
    await ctx.tx(keep, contract.id, step)
    return True


async def renew(ctx: JobContext, contract_id: UUID) -> None:
    """A new timestamp over all that is in the document, before the last one can no longer be checked."""
    async with ctx.db.transaction(read_only=True) as tx:
        contract = await queries.contract(tx, contract_id)
    document: bytes = await ctx.files.get(contract.file_key)
    await ctx.tx(keep, contract.id, await _archived(ctx, contract, document))


async def _affixed(ctx: JobContext, contract: ContractView, document: bytes, given: SignatureView) -> Step:
    party: Party = contract.terms.buyer if given.side == "buyer" else contract.terms.supplier
    async with ctx.db.transaction(read_only=True) as tx:
        verified = await verification.newest_accepted(tx, given.organisation_id)
    who = signing.person(party, name=given.name, title=given.title, verification=verified, authority=given.authority)
    credential = await asyncio.to_thread(ctx.authority.certify, who)
    shown = Shown(
        name=given.name, company=party.name, consent_hash=given.consent_hash, reason=f"consent {given.consent_hash}"
    )
    act = await signing.act(
        contract.terms, FIELD_OF[given.side], credential, shown=shown, font_dir=ctx.settings.font_dir
    )
    made = await _with_time(ctx, lambda stamper: signed(document, act, credential, ctx.authority, stamper=stamper))
    kept = await ctx.files.put(made.document, content_type="application/pdf")
    return Step(
        before=contract.file_key,
        file_key=kept.key,
        kind="contract.affixed",
        side=given.side,
        certificate=credential.certificate,
    )


async def by_own(tx: AsyncSession, ctx: JobContext, contract_id: UUID, side: str, own: OwnCertificate) -> None:
    """Put the signature that was given in this transaction into the document, with the signatory's own certificate.

    Here and not in the job, which would have to be handed the key. The caller holds the contract; what is made is kept
    with the signature or not at all. Raises DocumentBusy while the other side's is on its way.
    """
    contract = await queries.contract(tx, contract_id)
    given = next(s for s in contract.signatures if s.side == side)
    if any(s.affixed_at is None for s in contract.signatures if s.side != side):
        raise DocumentBusy(
            _("The other side's signature is being put into the document. Please try again in a moment.")
        )
    party: Party = contract.terms.buyer if side == "buyer" else contract.terms.supplier
    shown = Shown(
        name=given.name, company=party.name, consent_hash=given.consent_hash, reason=f"consent {given.consent_hash}"
    )
    place = FIELD_OF[side]
    act = await signing.act(contract.terms, place, own.credential, shown=shown, font_dir=ctx.settings.font_dir)
    made = await signed_by_own(await ctx.files.get(contract.file_key), act, own)
    kept = await ctx.files.put(made, content_type="application/pdf")
    step = Step(
        before=contract.file_key,
        file_key=kept.key,
        kind="contract.affixed",
        side=side,
        certificate=own.credential.certificate,
    )
    await keep(tx, contract_id, step)


async def _sealed(ctx: JobContext, contract: ContractView, document: bytes) -> Step:
    credential = ctx.authority.seal
    reason = ", ".join(f"own certificate {one}" for one in sorted(contract.own_certificates))
    shown = Shown(name="Portolan", company=f"Contract {contract.number}", reason=reason)
    act = await signing.act(contract.terms, SEAL, credential, shown=shown, font_dir=ctx.settings.font_dir)
    made = await _with_time(ctx, lambda stamper: signed(document, act, credential, ctx.authority, stamper=stamper))
    if not await signing.complete(made.document, ctx.authority, contract.own_certificates):
        raise ValueError(f"the signatures in the document of {contract.number} do not hold")
    kept = await ctx.files.put(made.document, content_type="application/pdf")
    return Step(
        before=contract.file_key,
        file_key=kept.key,
        kind="contract.sealed",
        side="platform",
        certificate=credential.certificate,
        archived_at=clock.now() if made.in_time else None,
    )


async def _archived(ctx: JobContext, contract: ContractView, document: bytes) -> Step:
    later = await with_first(ctx.timestamps, lambda stamper: timestamped(document, ctx.authority, stamper=stamper))
    kept = await ctx.files.put(later, content_type="application/pdf")
    return Step(before=contract.file_key, file_key=kept.key, kind="contract.timestamped", archived_at=clock.now())


@dataclass(frozen=True, slots=True)
class _Made:
    document: bytes
    in_time: bool


async def _with_time(ctx: JobContext, work: Callable[[TimeStamper | None], Awaitable[bytes]]) -> _Made:
    """With a timestamp if any authority answers, else without: nobody's signature waits for somebody's clock."""
    try:
        return _Made(await with_first(ctx.timestamps, work), True)
    except NoTimestamp:
        return _Made(await work(None), False)


async def keep(tx: AsyncSession, contract_id: UUID, step: Step) -> None:
    """Write down one step. Does nothing when the document is no longer the one it was made from. Locks the contract."""
    contract = await queries.contract_for_update(tx, contract_id)
    if contract.file_key != step.before:
        return
    contract.file_key = step.file_key
    if step.archived_at is not None:
        contract.archived_at = step.archived_at
    if step.side == "platform":
        contract.sealed_at = clock.now()
    elif step.side:
        await _affix(tx, contract, step)
    file_hash = step.file_key.rpartition("/")[2]
    await service.remember(tx, contract, file_hash, step.kind)
    said = {"side": step.side, "file_hash": file_hash}
    if step.certificate is not None:
        said["certificate"] = step.certificate.fingerprint(hashes.SHA256()).hex()
    await evidence.record(tx, Subject("contract", contract.id), step.kind, said, actor=None)


async def _affix(tx: AsyncSession, contract: Contract, step: Step) -> None:
    signature = (
        await tx.scalars(select(Signature).where(Signature.contract_id == contract.id, Signature.side == step.side))
    ).one()
    if step.certificate is not None:
        signature.certificate = step.certificate.public_bytes(serialization.Encoding.DER)
    signature.affixed_at = clock.now()


async def unfinished(tx: AsyncSession, *, limit: int = 100) -> list[UUID]:
    """Contracts with a signature that is not in the document yet, without the seal, or without a timestamp over all."""
    open_ = or_(
        select(Signature.id).where(Signature.contract_id == Contract.id, Signature.affixed_at.is_(None)).exists(),
        and_(Contract.effective_at.is_not(None), Contract.archived_at.is_(None)),
    )
    query = select(Contract.id).where(Contract.file_key != "", open_).order_by(Contract.id).limit(limit)
    return list(await tx.scalars(query))


async def old(tx: AsyncSession, before: datetime, *, limit: int = 100) -> list[UUID]:
    """Contracts whose newest timestamp was made before that."""
    query = select(Contract.id).where(
        Contract.sealed_at.is_not(None), Contract.archived_at < before, Contract.file_key != ""
    )
    return list(await tx.scalars(query.order_by(Contract.archived_at).limit(limit)))
