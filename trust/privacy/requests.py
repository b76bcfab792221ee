"""Requests of persons about their own data: filed by anybody, confirmed by who reads the letter, followed by a link.

What a person wrote and who they are lies sealed; of the two links only their marks are kept. The time to answer runs
from the confirmation: before, nobody knows whose request it is. PIPL art. 44-50; GDPR art. 12, 15-21.
"""

import json
from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto, evidence, outbox, post
from app.core.crypto import Vault
from app.core.i18n import N_, _, current_locale, speaking
from app.core.ids import new_id, reference
from app.core.jobs import JobContext, job
from trust.cases.clocks import Length, due
from trust.identity import queries as identity
from trust.identity.models import MemberRow
from trust.privacy.errors import LinkSpent, RequestNotFound
from trust.privacy.models import Erasure, PrivacyRequest
from trust.privacy.periods import ANSWER, CONFIRM, EXTENSION_MONTHS, TARGET
from trust.privacy.states import NAMES, Kind, RequestMove, RequestState
from trust.reviews import service as reviews

EMAIL = "privacy:email"
QUEUE = "privacy"
LETTER = "privacy_request"
WHY = N_("Somebody gave this address for a request about personal data on Portolan.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, in their own words."""

    kind: Kind
    name: str
    email: str
    statement: str


def sealed_for(id_: UUID) -> str:
    """The context under which the words of a request lie sealed."""
    return f"privacy_request:{id_}"


def mark_of(vault: Vault, email: str) -> bytes:
    return vault.mark(email.strip().lower(), EMAIL)


async def file(tx: AsyncSession, vault: Vault, asked: Asked, *, zone: str) -> tuple[PrivacyRequest, str]:
    """Keep a request until its link is opened; whoever reads letters at the address can confirm it.

    returns  the request, and the token of the link, which is for the letter alone and kept nowhere else
    """
    id_, token, now = new_id(), crypto.new_token(), clock.now()
    said = {"name": asked.name, "email": asked.email, "statement": asked.statement}
    row = PrivacyRequest(
        id=id_,
        number=reference("DR", id_),
        kind=asked.kind,
        sealed=vault.seal(json.dumps(said, ensure_ascii=False), sealed_for(id_)),
        email_mark=mark_of(vault, asked.email),
        locale=current_locale(),
        zone=zone,
        confirm_mark=crypto.mark(token),
        filed_at=now,
        confirm_until=now + CONFIRM,
    )
    tx.add(row)
    await tx.flush()
    path = f"/privacy/requests/confirmation?token={token}"
    await write(tx, vault, row, "confirm", path=path)
    return row, token


async def awaiting(tx: AsyncSession, token: str, *, lock: bool = False) -> PrivacyRequest:
    """The request that this link of a letter confirms. Raises LinkSpent."""
    query = select(PrivacyRequest).where(
        PrivacyRequest.confirm_mark == crypto.mark(token),
        PrivacyRequest.state == RequestState.FILED,
        PrivacyRequest.confirm_until > clock.now(),
    )
    row = await tx.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise LinkSpent(_("This link was used already or has expired. Please send the request again."))
    return row


async def confirm(tx: AsyncSession, vault: Vault, token: str) -> str:
    """The address is the person's: the time to answer begins. Returns the key of the status page, which is kept nowhere
    but in the letter. Locks the request. Raises LinkSpent."""
    row = await awaiting(tx, token, lock=True)
    key, now = crypto.new_token(), clock.now()
    member_id = await whose(tx, person(vault, row)["email"])
    row.link_mark, row.confirmed_at = crypto.mark(key), now
    row.due_at, row.target_at = ends(now, ANSWER, row.zone), ends(now, TARGET, row.zone)
    row.member_id = member_id
    row.move(RequestMove.CONFIRM, by=row.member_id)
    said = {"request": row.kind, "due": row.due_at, "words": commitment(vault, row, person(vault, row)["statement"])}
    await evidence.record(tx, row.itself, "privacy.asked", said, actor=row.member_id)
    await reviews.open(
        tx,
        kind=QUEUE,
        subject=row.itself,
        organisation_id=await _desk_of(tx, row.member_id),
        title=f"{row.number} {row.kind}",
        within=row.target_at - now,
    )
    await write(tx, vault, row, "received", path=f"/privacy/requests/{key}")
    return key


def commitment(vault: Vault, row: PrivacyRequest, words: str) -> str:
    """What the chain keeps of words that lie sealed: they can be held against it, and not be read there."""
    return vault.mark(words, sealed_for(row.id)).hex()


def ends(began: datetime, length: Length, zone: str) -> datetime:
    """The first moment after a time that never stands still."""
    found = due(began, length, zone)
    if found is None:
        raise ValueError("it stands still")
    return found


def later(moment: datetime, zone: str, months: int = EXTENSION_MONTHS) -> datetime:
    """The same hour of the same day so many months later, in `zone`; the last day of a shorter month."""
    local = moment.astimezone(ZoneInfo(zone)) - timedelta(microseconds=1)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return (local.replace(year=year, month=month + 1, day=day) + timedelta(microseconds=1)).astimezone(moment.tzinfo)


async def whose(tx: AsyncSession, email: str) -> UUID | None:
    """The member with this address: the present one, else who left last and was not erased."""
    query = select(MemberRow.id).where(MemberRow.email == email.strip().lower())
    erased = select(Erasure.id).where(Erasure.member_id == MemberRow.id, Erasure.state == "done")
    query = query.where(~erased.exists()).order_by(MemberRow.removed_at.is_not(None), MemberRow.removed_at.desc())
    return await tx.scalar(query.limit(1))


async def _desk_of(tx: AsyncSession, member_id: UUID | None) -> UUID:
    """The company in whose name the queue shows it: the person's, or the platform's own where they have none."""
    if member_id is not None:
        return (await identity.member_view(tx, member_id)).organisation_id
    return await identity.platform_id(tx)


def person(vault: Vault, row: PrivacyRequest) -> dict[str, str]:
    """Name, address and words; empty once they were erased."""
    if row.sealed is None:
        return {"name": "", "email": "", "statement": ""}
    found: dict[str, str] = json.loads(vault.open(row.sealed, sealed_for(row.id)))
    return found


def opened(vault: Vault, row: PrivacyRequest, sealed: bytes | None) -> str:
    """The answer, or why it takes longer; "" where there is none."""
    return vault.open(sealed, sealed_for(row.id)) if sealed else ""


async def by_key(tx: AsyncSession, key: str, *, lock: bool = False) -> PrivacyRequest:
    """The request whose status page this key opens. Raises RequestNotFound."""
    query = select(PrivacyRequest).where(PrivacyRequest.link_mark == crypto.mark(key))
    row = await tx.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise RequestNotFound(_("There is no such request. Look for the link in our letter once more."))
    return row


async def withdraw(tx: AsyncSession, key: str) -> PrivacyRequest:
    """The person takes the request back. Locks it. Raises RequestNotFound, IllegalMove."""
    row = await by_key(tx, key, lock=True)
    row.move(RequestMove.WITHDRAW, by=row.member_id)
    row.ended_at = clock.now()
    await evidence.record(tx, row.itself, "privacy.withdrawn", {}, actor=row.member_id)
    await reviews.drop(tx, row.itself, by=row.member_id)
    return row


async def write(tx: AsyncSession, vault: Vault, row: PrivacyRequest, what: str, *, path: str = "") -> None:
    """A letter to the person, in their language: confirm or received."""
    who, context = _letter(vault, row, what, path=path)
    await post.send(tx, to=who, locale=row.locale, template=LETTER, context=context)


async def write_sealed(tx: AsyncSession, row: PrivacyRequest, what: str) -> None:
    """A letter with what was answered, or why it takes longer. Its words stay out of the queue: they lie sealed."""
    await outbox.enqueue(tx, send_sealed, request_id=row.id, what=what)


@job
async def send_sealed(ctx: JobContext, request_id: UUID, what: str) -> None:
    """Open the words and send them. Run twice, it sends twice; of an erased request there is nothing to send."""
    vault = ctx.settings.vault
    async with ctx.db.transaction(read_only=True) as tx:
        row = await tx.get_one(PrivacyRequest, request_id)
    sealed = row.extension_sealed if what == "extended" else row.answer_sealed
    if row.sealed is None or sealed is None:
        return
    who, context = _letter(vault, row, what, words=opened(vault, row, sealed))
    await post.deliver(ctx, to=who, locale=row.locale, template=LETTER, context=context)


def _letter(
    vault: Vault, row: PrivacyRequest, what: str, *, path: str = "", words: str = ""
) -> tuple[str, dict[str, str]]:
    """The address, and what the letter says."""
    who = person(vault, row)
    with speaking(row.locale):
        context = {
            "what": what,
            "number": row.number,
            "kind": _(NAMES[Kind(row.kind)]),
            "recipient": who["name"],
            "path": path,
            "words": words,
            "due": f"{row.due_at:%Y-%m-%d %H:%M} UTC" if row.due_at else "",
            "state": str(row.state),
            "why": _(WHY),
        }
    return who["email"], context
