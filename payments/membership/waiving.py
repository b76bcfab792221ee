"""Fees that are waived, and transfers that have come: one person of finance proposes, a second agrees."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.config import Settings
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.i18n import N_, _, format_money
from app.core.ids import new_id
from app.core.money import Money
from app.core.payload import Upload
from app.core.storage import FileStore
from app.core.subject import Subject
from payments.approvals import service as approvals
from payments.approvals.queries import ApprovalView
from payments.approvals.service import WORKS, Asked, Seen, Work
from payments.membership import paying, plans, queries, terms
from payments.membership.calendar import today
from payments.membership.models import MembershipWaiver
from payments.membership.provinces import PROVINCES
from payments.membership.queries import order_for_update
from payments.membership.states import WaiverMove, WaiverReason, WaiverState
from payments.statements import queries as statements
from payments.statements.states import Direction
from trust import sealed
from trust.access import Member, Permission, require
from trust.identity import queries as identity

WAIVER, TRANSFER = "membership_waiver", "membership_transfer"
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A waiver as somebody asks for it. `percent` of the price, 1 to 100."""

    organisation_id: UUID
    plan: str
    months: int
    currency: str
    percent: int
    reason: WaiverReason
    province: str
    note: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The document that a waiver rests on, sealed for the waiver that will have this id."""

    waiver_id: UUID
    key: str
    name: str
    content_type: str


def sealed_for(waiver_id: UUID) -> str:
    """The context under which a waiver's document is sealed."""
    return f"{WAIVER}:{waiver_id}"


async def keep_proof(store: FileStore, vault: Vault, given: Upload) -> Proof:
    """Seal the document and keep it, before any transaction. Raises as `trust.sealed.keep`, naming `proof`."""
    id_ = new_id()
    kept = await sealed.keep(store, vault, sealed_for(id_), given, field="proof")
    return Proof(id_, kept["key"], kept["name"], kept["content_type"])


async def open_proof(store: FileStore, vault: Vault, row: MembershipWaiver) -> bytes:
    return await sealed.opened(store, vault, sealed_for(row.id), row.proof_key)


async def propose(tx: AsyncSession, wanted: Wanted, proof: Proof, settings: Settings, *, by: Member) -> UUID:
    """Propose to waive a fee; a second person has to agree.

    Raises NotPermitted, OrganisationNotFound, Invalid for a company that sells nothing or a province that is none of
    the regions, PlanNotFound.
    """
    require(by, Permission.APPROVE_MONEY)
    company = await identity.organisation(tx, wanted.organisation_id)
    if not company.sells:
        raise Invalid(_("Memberships are for companies that sell here."), field="organisation_id")
    if (wanted.reason is WaiverReason.REGION) != bool(wanted.province) or (
        wanted.province and wanted.province not in PROVINCES
    ):
        raise Invalid(_("Name a province of the central or western regions, for this reason only."), field="province")
    price = plans.price(await plans.on(tx, today()), wanted.plan, wanted.months, wanted.currency)
    row = MembershipWaiver(
        id=proof.waiver_id,
        organisation_id=wanted.organisation_id,
        plan=wanted.plan,
        months=wanted.months,
        price=price,
        basis_points=wanted.percent * 100,
        reason=wanted.reason,
        province=wanted.province,
        note=wanted.note,
        proof_key=proof.key,
        proof_name=proof.name,
        proof_type=proof.content_type,
        state=WaiverState.PROPOSED,
        proposed_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    await approvals.ask(tx, Asked(kind=WAIVER, subject=Subject(WAIVER, row.id), reason=wanted.note), settings, by=by)
    return row.id


async def _waivable(tx: AsyncSession, asked: Asked) -> Seen:
    row = await queries.waiver_for_update(tx, asked.subject.id)
    row.check(WaiverMove.GRANT)
    return Seen(row.price.share(row.basis_points))


async def _grant(tx: AsyncSession, approval: ApprovalView, by: Member, settings: Settings) -> None:
    row = await queries.waiver_for_update(tx, approval.subject.id)
    await terms.lock(tx, row.organisation_id)
    row.move(WaiverMove.GRANT, by=by.id)
    await tx.flush()
    said = {
        "waiver": row.id,
        "plan": row.plan,
        "basis_points": row.basis_points,
        "reason": row.reason,
        "province": row.province,
        "proposed_by": row.proposed_by,
    }
    await evidence.record(tx, terms.home(row.organisation_id), "membership.waived", said, actor=by.id)
    if row.basis_points == WHOLE:
        await terms.begin_free(tx, row, by=by.id)
    waived = format_money(row.price.share(row.basis_points))
    await terms.tell(
        tx, row.organisation_id, "waived", plan=row.plan, amount=waived, automatic=row.basis_points == WHOLE
    )


async def book_transfer(
    tx: AsyncSession, order_id: UUID, *, bank_ref: str, sender: str, settings: Settings, by: Member
) -> None:
    """Say that a transfer for an order has come, as the bank's own books show it; a second person has to agree.

    Raises NotPermitted, MembershipNotFound, IllegalMove, Conflict for a line that a statement has shown already.
    """
    row = await order_for_update(tx, order_id)
    asked = Asked(
        kind=TRANSFER,
        subject=Subject("membership_order", row.id),
        reason=f"{bank_ref} · {sender}"[:400],
        wanted={"bank_ref": bank_ref, "sender": sender},
    )
    await approvals.ask(tx, asked, settings, by=by)


async def _transfer(tx: AsyncSession, asked: Asked) -> Seen:
    row = await paying.locked(tx, asked.subject.id)
    if await statements.carries(tx, asked.wanted["bank_ref"], Direction.CREDIT):
        raise Conflict(_("A statement has shown this transfer already: it has been booked, or has a case."))
    paying.check_transfer(row, row.fee)
    return Seen(row.fee)


async def _take(tx: AsyncSession, approval: ApprovalView, by: Member, settings: Settings) -> None:
    amount: Money = approval.amount
    await paying.receive_transfer(tx, approval.subject.id, amount, approval.wanted["bank_ref"], by=by.id)


WORKS[WAIVER] = Work(
    label=N_("Waive a membership's fee"),
    look=_waivable,
    do=_grant,
    asks=Permission.APPROVE_MONEY,
    agrees=Permission.APPROVE_MONEY,
    place=lambda _approval: "/finance/memberships",
)
WORKS[TRANSFER] = Work(
    label=N_("A transfer for a membership has come"),
    look=_transfer,
    do=_take,
    asks=Permission.BOOK_MONEY,
    agrees=Permission.APPROVE_MONEY,
    place=lambda _approval: "/finance/memberships",
)
