"""Companies that may be one hand's: what they share, as keyed hashes, and what follows from it.

A company could make itself linked to another by typing in what the other one has, and so be rid of its ratings. So what
was only typed counts nowhere before somebody confirmed it at the desk; numbers that a reviewer saw in a document count
between the two companies alone. Only confirmed links carry further, over `DEPTH` steps at most.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.credit.errors import LinkNotFound
from trust.credit.models import PartyLink
from trust.credit.states import LinkMove, LinkState
from trust.identity import queries as identity
from trust.identity.models import MemberRow, Organisation, SessionRow
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews.events import Verdict
from trust.reviews.states import ReviewState
from trust.risk.models import RiskTrait
from trust.risk.parties import plain
from trust.verification.facts import Fact
from trust.verification.models import VerificationRequest, VerifiedFact
from trust.verification.papers import context
from trust.verification.states import RequestState

REVIEW_KIND = "link"
DEPTH = 4
"""So many steps over confirmed links make companies related."""
NEAR = 2
"""So many steps from a found link are looked at for deals, to see whether it matters."""
MOST = 20
"""What more companies share says nothing: a registration agent's address, the way out of a network."""


class Reason(StrEnum):
    """What two companies share; STAFF when somebody at the desk learned of it otherwise."""

    BANK = "bank"
    NUMBER = "number"
    PERSON = "person"
    ADDRESS = "address"
    PHONE = "phone"
    DEVICE = "device"
    MAIL = "mail"
    STAFF = "staff"


REASONS = {
    Reason.BANK: N_("the same bank account was added"),
    Reason.NUMBER: N_("the same verified number (LEI, VAT, EORI)"),
    Reason.PERSON: N_("a representative or owner of the same name"),
    Reason.ADDRESS: N_("the same address"),
    Reason.PHONE: N_("the same telephone number"),
    Reason.DEVICE: N_("signed in with the same browser"),
    Reason.MAIL: N_("e-mail addresses of the same domain"),
    Reason.STAFF: N_("entered by staff"),
}
STRONG = frozenset({Reason.NUMBER})
VERDICTS = {LinkMove.CONFIRM: Verdict.ACCEPT, LinkMove.DISMISS: Verdict.REJECT}

_RELATED = text("""
    WITH RECURSIVE reach(id, depth) AS (
        SELECT CAST(:company AS uuid), 0
        UNION
        SELECT CASE WHEN l.a_id = r.id THEN l.b_id ELSE l.a_id END, r.depth + 1
          FROM reach r JOIN party_link l ON l.state = 'confirmed' AND (l.a_id = r.id OR l.b_id = r.id)
         WHERE r.depth < :depth)
    SELECT id FROM reach
    UNION
    SELECT CASE WHEN a_id = :company THEN b_id ELSE a_id END FROM party_link
     WHERE strong AND state = 'found' AND (a_id = :company OR b_id = :company)
""")
_SHARED = text("""
    WITH shared AS (
        SELECT kind, digest FROM risk_trait GROUP BY kind, digest HAVING count(*) BETWEEN 2 AND :most),
    pair AS (
        SELECT a.organisation_id AS a_id, b.organisation_id AS b_id, array_agg(DISTINCT a.kind::text) AS reasons
          FROM shared JOIN risk_trait a USING (kind, digest) JOIN risk_trait b USING (kind, digest)
         WHERE a.organisation_id < b.organisation_id
         GROUP BY 1, 2)
    SELECT pair.a_id, pair.b_id, pair.reasons FROM pair
      LEFT JOIN party_link l ON l.a_id = pair.a_id AND l.b_id = pair.b_id
     WHERE l.id IS NULL OR NOT l.reasons::text[] @> pair.reasons
     ORDER BY pair.a_id, pair.b_id LIMIT :limit
""")
_MATTERING = text("""
    WITH RECURSIVE reach(root, id, depth) AS (
        SELECT l.id, side.id, 0 FROM party_link l, LATERAL (VALUES (l.a_id), (l.b_id)) AS side(id)
         WHERE l.state = 'found'
        UNION
        SELECT r.root, CASE WHEN l.a_id = r.id THEN l.b_id ELSE l.a_id END, r.depth + 1
          FROM reach r JOIN party_link l ON l.state <> 'dismissed' AND (l.a_id = r.id OR l.b_id = r.id)
         WHERE r.depth < :near)
    SELECT DISTINCT x.root FROM reach x
      JOIN credit_entry e ON e.organisation_id = x.id
      JOIN reach y ON y.root = x.root AND y.id = e.other_id
     ORDER BY 1 LIMIT :limit
""")


async def related(tx: AsyncSession, organisation_id: UUID) -> frozenset[UUID]:
    """The companies whose deals with this one, and ratings of it, do not count."""
    found = await tx.scalars(_RELATED, {"company": organisation_id, "depth": DEPTH})
    return frozenset(found) - {organisation_id}


_PAIRS = text("""
    WITH RECURSIVE reach(root, id, depth) AS (
        SELECT side.id, side.id, 0 FROM party_link l, LATERAL (VALUES (l.a_id), (l.b_id)) AS side(id)
         WHERE l.state = 'confirmed'
        UNION
        SELECT r.root, CASE WHEN l.a_id = r.id THEN l.b_id ELSE l.a_id END, r.depth + 1
          FROM reach r JOIN party_link l ON l.state = 'confirmed' AND (l.a_id = r.id OR l.b_id = r.id)
         WHERE r.depth < :depth)
    SELECT DISTINCT root, id FROM reach WHERE root < id
    UNION
    SELECT a_id, b_id FROM party_link WHERE strong AND state = 'found'
""")


async def pairs(tx: AsyncSession) -> frozenset[frozenset[UUID]]:
    """Every two companies whose deals with each other do not count, as `related` has it for one."""
    return frozenset(frozenset(row) for row in await tx.execute(_PAIRS, {"depth": DEPTH}))


async def remember(tx: AsyncSession, vault: Vault, companies: Sequence[UUID]) -> None:
    """Write down, as keyed hashes, what these companies can be known again by."""
    said: set[tuple[str, str, UUID]] = set()
    for row in await tx.execute(_PARTICULARS.where(Organisation.id.in_(companies), ~Organisation.is_platform)):
        said |= {("address", row.address, row.id), ("phone", row.phone, row.id)}
    for of, number in await tx.execute(_NUMBERS.where(VerifiedFact.organisation_id.in_(companies))):
        said.add(("number", number, of))
    for of, *persons in await tx.execute(_ACCEPTED.where(VerificationRequest.organisation_id.in_(companies))):
        said |= {("person", name, of) for name in _persons(vault, of, *persons)}
    known = [(kind, vault.mark(kept, f"risk_trait:{kind}"), of) for kind, v, of in said if (kept := plain(kind, v))]
    said |= {("mail", row.email, row.organisation_id) for row in await tx.execute(_MAILS, {"ids": list(companies)})}
    devices = await tx.execute(_DEVICES.where(MemberRow.organisation_id.in_(companies)))
    known += [("device", row.device, row.organisation_id) for row in devices]
    rows = [
        {"kind": kind, "digest": digest, "organisation_id": of, "since": clock.now()}
        for kind, digest, of in sorted(set(known))
    ]
    if rows:
        await tx.execute(insert(RiskTrait).on_conflict_do_nothing(), rows)


_MAILS = text("""
    SELECT DISTINCT ON (organisation_id, split_part(email, '@', 2)) organisation_id, email FROM member
     WHERE organisation_id = ANY (:ids) AND removed_at IS NULL
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))
_PARTICULARS = select(Organisation.id, Organisation.address, Organisation.phone)
_NUMBERS = select(VerifiedFact.organisation_id, VerifiedFact.value).where(
    VerifiedFact.fact.in_([Fact.LEI, Fact.VAT, Fact.EORI])
)
_ACCEPTED = select(
    VerificationRequest.organisation_id, VerificationRequest.representative_sealed, VerificationRequest.private_sealed
).where(VerificationRequest.state == RequestState.ACCEPTED)
_DEVICES = (
    select(MemberRow.organisation_id, SessionRow.device)
    .join(SessionRow, SessionRow.member_id == MemberRow.id)
    .join(Organisation, Organisation.id == MemberRow.organisation_id)
    .where(func.length(SessionRow.device) > 0, ~Organisation.is_platform)
    .distinct()
)


def _persons(vault: Vault, organisation_id: UUID, representative: bytes, private: bytes) -> Iterable[str]:
    """Representative and owners, whose names are sealed for their company."""
    sealed_for = context(organisation_id)
    if representative:
        yield vault.open(representative, sealed_for)
    if private:
        for owner in json.loads(vault.open(private, sealed_for)).get("owners", ()):
            yield owner["name"]


async def find(tx: AsyncSession, *, limit: int = 500) -> int:
    """Make links of what companies share; how many are new, or known by something more. A link that was dismissed comes
    up again only by what was not known then.
    """
    pairs = list(await tx.execute(_SHARED, {"most": MOST, "limit": limit}))
    for a, b, reasons in pairs:
        await _note(tx, a, b, reasons)
    return len(pairs)


async def _note(tx: AsyncSession, a: UUID, b: UUID, reasons: Collection[str]) -> PartyLink:
    """Make or extend the link of two companies, in the order of their ids; it is locked."""
    first = {"id": new_id(), "a_id": a, "b_id": b, "reasons": sorted(reasons), "strong": bool(STRONG & set(reasons))}
    fresh = first | {"state": LinkState.FOUND, "found_at": clock.now(), "words": ""}
    await tx.execute(insert(PartyLink).values(fresh).on_conflict_do_nothing(index_elements=["a_id", "b_id"]))
    query = select(PartyLink).where(PartyLink.a_id == a, PartyLink.b_id == b).with_for_update()
    row = (await tx.scalars(query.execution_options(populate_existing=True))).one()
    if more := set(reasons) - set(row.reasons):
        row.reasons = sorted({*row.reasons, *more})
        row.strong = row.strong or bool(STRONG & more)
        if row.state == LinkState.DISMISSED:
            row.move(LinkMove.FIND_AGAIN, by=None, note=", ".join(sorted(more)))
            row.decided_by, row.decided_at, row.words = None, None, ""
    await tx.flush()
    return row


async def flag(tx: AsyncSession, *, limit: int = 200) -> int:
    """Put links that nobody has decided into the queue where companies around them dealt with each other; how many."""
    ids = list(await tx.scalars(_MATTERING, {"near": NEAR, "limit": limit}))
    rows = list(await tx.scalars(select(PartyLink).where(PartyLink.id.in_(ids)).order_by(PartyLink.id)))
    names = await identity.organisations(tx, {side for row in rows for side in (row.a_id, row.b_id)})
    for row in rows:
        title = f"{names[row.a_id].name_latin} – {names[row.b_id].name_latin}"
        about = Subject(PartyLink.SUBJECT, row.id)
        await reviews.open(tx, kind=REVIEW_KIND, subject=about, organisation_id=row.a_id, title=title)
    return len(rows)


async def decide(tx: AsyncSession, link_id: UUID, move: LinkMove, words: str, *, by: Member) -> None:
    """Confirm a link, or dismiss it: what counts of both files changes with it. Its place in the queue is decided too.

    Locks the link. Raises NotPermitted, LinkNotFound, IllegalMove, NotYours while a colleague has it.
    """
    require(by, Permission.ASSESS_RISK)
    row = await tx.scalar(select(PartyLink).where(PartyLink.id == link_id).with_for_update())
    if row is None:
        raise LinkNotFound(_("There is no such link."))
    await _decide(tx, row, move, words, by)
    about = Subject(PartyLink.SUBJECT, row.id)
    waiting = await desk.pending(tx, about)
    if waiting is not None:
        if waiting.state == ReviewState.OPEN:
            await reviews.claim(tx, waiting.id, by=by)
        await reviews.decide(tx, waiting.id, verdict=VERDICTS[move], reason=words, by=by)


async def _decide(tx: AsyncSession, row: PartyLink, move: LinkMove, words: str, by: Member) -> None:
    row.move(move, by=by.id, note=words)
    row.decided_by, row.decided_at, row.words = by.id, clock.now(), words
    await tx.flush()
    said = {"a": row.a_id, "b": row.b_id, "reasons": row.reasons, "state": str(row.state), "reason": words}
    await evidence.record(tx, Subject(PartyLink.SUBJECT, row.id), "link.decided", said, actor=by.id)


async def link(tx: AsyncSession, one: UUID, other: UUID, words: str, *, by: Member) -> UUID:
    """Staff learned that two companies are one hand's: confirmed at once. Raises NotPermitted, Invalid, IllegalMove."""
    require(by, Permission.ASSESS_RISK)
    known = await identity.organisations(tx, [one, other])
    if len(known) < 2 or any([await identity.is_platform(tx, side) for side in known]):
        raise Invalid(_("Name two companies, other than the platform."), field="other")
    row = await _note(tx, min(one, other), max(one, other), [Reason.STAFF])
    await _decide(tx, row, LinkMove.CONFIRM, words, by)
    return row.id
