"""One append-only hash chain per subject: what happened, in order, such that a later change shows.

hash = SHA-256(previous hash ‖ canonical bytes), where the canonical bytes hold subject, number, kind, data, actor and
time as JSON with sorted keys. The database computes the hash again in a trigger and refuses anything else; it refuses
UPDATE, DELETE and TRUNCATE altogether. Electronic Signature Law (PRC) art. 5, 6, 8: integrity from the final form.

What people wrote and who they are is not in the canonical bytes: there stands a commitment, SHA-256(salt ‖ JSON), and
salt and JSON lie beside the link. They can be erased when nothing was added to the chain for three years, and it still
holds: it says itself that they were. E-Commerce Law (PRC) art. 31, Personal Information Protection Law (PRC) art. 47,
GDPR art. 17.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    bindparam,
    delete,
    func,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.columns import moment, pk
from app.core.db import Base
from app.core.errors import Conflict
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money, UnitPrice
from app.core.subject import Subject

GENESIS = b"\x00" * 32
PERSONAL = frozenset({"title", "reason", "text", "note", "statement", "claims", "facts", "changes"})
"""Under these names a link says what people wrote or who they are; nothing else in a link may. Who carried the goods,
and the numbers of papers, are neither."""
KEPT = timedelta(days=3 * 365 + 1)
"""At least so long after the chain's last word; the database holds to three years by its own clock."""
COMMITTED = "committed"
ERASED = "evidence.erased"
SALT = 32


class StillKept(Conflict):
    """The law asks for these to be kept longer. Fact `until`: when they may be erased."""

    code = "still_kept"


class EvidenceLink(Base):
    __tablename__ = "evidence_link"
    __table_args__ = (
        Index("uq_evidence_link_subject_seq", "subject_type", "subject_id", "seq", unique=True),
        Index("ix_evidence_link_at", "at", postgresql_using="brin"),  # links come in the order of their time, nearly
    )

    id: Mapped[UUID] = pk()
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(60))
    canonical: Mapped[str] = mapped_column(Text)
    actor: Mapped[UUID | None]
    at: Mapped[datetime] = moment()
    previous: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class PrivatePart(Base):
    """One personal value of a link, as canonical JSON, with the salt of its commitment.

    It only comes, or goes for good once its chain says that it was erased (trigger).
    """

    __tablename__ = "evidence_private"

    link_id: Mapped[UUID] = mapped_column(ForeignKey("evidence_link.id", ondelete="RESTRICT"), primary_key=True)
    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(SALT))
    value: Mapped[str] = mapped_column(Text)


# Written once: nearly every change of anything passes here.
_APPEND = text("""
    SELECT append_links(CAST(:ids AS uuid[]), CAST(:types AS text[]), CAST(:subjects AS uuid[]), CAST(:kinds AS text[]),
                        CAST(:data AS text[]), CAST(:by AS uuid), CAST(:at AS timestamptz), CAST(:part_of AS int[]),
                        CAST(:names AS text[]), CAST(:salts AS bytea[]), CAST(:values AS text[]))
""")
_PRIVATE = (
    select(
        func.jsonb_object_agg(
            PrivatePart.name, func.jsonb_build_array(func.encode(PrivatePart.salt, "hex"), PrivatePart.value)
        )
    )
    .where(PrivatePart.link_id == EvidenceLink.id)
    .scalar_subquery()
    .label("private")
)
WRITTEN = select(
    EvidenceLink.subject_type,
    EvidenceLink.subject_id,
    EvidenceLink.seq,
    EvidenceLink.kind,
    EvidenceLink.canonical,
    EvidenceLink.actor,
    EvidenceLink.at,
    EvidenceLink.previous,
    EvidenceLink.hash,
    _PRIVATE,
)
"""Links as `judged` takes them; `private` is {name: [salt in hex, canonical JSON]} or None."""
_CHAIN = WRITTEN.where(
    EvidenceLink.subject_type == bindparam("type"), EvidenceLink.subject_id == bindparam("id")
).order_by(EvidenceLink.seq)
_LOCK = text("SELECT * FROM lock_chains(CAST(:types AS text[]), CAST(:ids AS uuid[]))")


@dataclass(frozen=True, slots=True)
class Link:
    """`data` has None for a personal value that was erased."""

    seq: int
    kind: str
    data: dict[str, Any]
    actor: UUID | None
    at: datetime
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a chain holds; if not, the number of its first broken link and what is wrong with it."""

    whole: bool
    links: int
    broken_at: int | None = None
    reason: str = ""


def canonical_json(data: Any) -> str:
    """The one way to write `data`: sorted keys, no spaces, UTF-8 kept, no floats. Raises TypeError otherwise."""
    return json.dumps(_plain(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            raise TypeError("evidence carries no floats")
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(v) for v in value]
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case Money():
            return {"amount_minor": value.minor, "currency": value.currency}
        case UnitPrice():
            return {"amount": f"{value.amount:.6f}", "currency": value.currency}
        case bytes():
            return value.hex()
    return str(value)


async def record(tx: AsyncSession, subject: Subject, kind: str, data: dict[str, Any], *, actor: UUID | None) -> None:
    """Append one link to the subject's chain. Takes a transaction-long advisory lock on the chain."""
    await record_all(tx, [(subject, kind, data)], actor=actor)


async def record_all(
    tx: AsyncSession, facts: Sequence[tuple[Subject, str, dict[str, Any]]], *, actor: UUID | None
) -> None:
    """As `record`, for (subject, kind, data) of several chains, in one statement."""
    links: list[tuple[UUID, str, UUID, str, str]] = []
    parts: list[tuple[int, str, bytes, str]] = []
    for place, (subject, kind, data) in enumerate(facts, start=1):
        shown, private = _parted(data)
        links.append((new_id(), subject.type, subject.id, kind, canonical_json(shown)))
        parts += [(place, *part) for part in private]
    ids, types, subjects, kinds, written = zip(*links, strict=True)
    part_of, names, salts, values = zip(*parts, strict=True) if parts else ((), (), (), ())
    await tx.flush()
    await tx.execute(
        _APPEND,
        {
            "ids": ids,
            "types": types,
            "subjects": subjects,
            "kinds": kinds,
            "data": written,
            "by": actor,
            "at": clock.now(),
            "part_of": part_of,
            "names": names,
            "salts": salts,
            "values": values,
        },
    )


def _parted(data: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, bytes, str]]]:
    """What of a link all who follow the chain may see, and its personal parts: name, salt, canonical JSON. Nothing at
    all needs no hiding.
    """
    shown, parts = dict(data), []
    for name in sorted(PERSONAL & data.keys()):
        if data[name]:
            salt, value = secrets.token_bytes(SALT), canonical_json(data[name])
            shown[name] = {COMMITTED: commitment(salt, value)}
            parts.append((name, salt, value))
    return shown, parts


def commitment(salt: bytes, value: str) -> str:
    """SHA-256 in hex over the salt and the canonical JSON of a value."""
    return hashlib.sha256(salt + value.encode()).hexdigest()


async def erase(tx: AsyncSession, subject: Subject, *, basis: str, actor: UUID | None) -> int:
    """Erase all personal parts of a chain for good, which its next link says, also when there were none; how many
    there were. Locks the chain.

    basis   why they are kept no longer, in a word of ours: it stays
    raises  StillKept
    """
    await tx.execute(_LOCK, {"types": [subject.type], "ids": [subject.id]})
    rows = await _rows(tx, subject)
    private = [row for row in rows if row.private]
    if not rows or (not private and rows[-1].kind == ERASED):
        return 0
    until = max(row.at for row in rows if row.kind != ERASED) + KEPT
    if clock.now() < until:
        raise StillKept(_("This must be kept longer."), until=until.isoformat())
    links = [row.seq for row in private]
    await record(tx, subject, ERASED, {"links": links, "basis": basis}, actor=actor)
    whose = select(EvidenceLink.id).where(
        EvidenceLink.subject_type == subject.type, EvidenceLink.subject_id == subject.id, EvidenceLink.seq.in_(links)
    )
    await tx.execute(delete(PrivatePart).where(PrivatePart.link_id.in_(whose)))
    return sum(len(row.private) for row in private)


def chained(previous: bytes, canonical: str) -> bytes:
    return hashlib.sha256(previous + canonical.encode()).digest()


async def chain(tx: AsyncSession, subject: Subject) -> list[Link]:
    """All links of a subject, oldest first."""
    return [_link(row) for row in await _rows(tx, subject)]


async def written(tx: AsyncSession, subject: Subject) -> list[tuple[Link, Any]]:
    """All links of a subject, oldest first, each with its row of `WRITTEN`."""
    return [(_link(row), row) for row in await _rows(tx, subject)]


async def verify(tx: AsyncSession, subject: Subject) -> Verdict:
    """Recompute every hash of a chain. Finds any changed byte, missing, added or reordered link but a cut tail."""
    return judged(subject, await _rows(tx, subject))


def judged(subject: Subject, rows: Sequence[Any]) -> Verdict:
    """The verdict over a chain's rows of `WRITTEN` in the order of their numbers."""
    previous = GENESIS
    chain: list[dict[str, Any]] = []
    for number, row in enumerate(rows, start=1):
        if row.seq != number:
            return Verdict(False, len(rows), number, "missing")
        if row.previous != previous or row.hash != chained(previous, row.canonical):
            return Verdict(False, len(rows), number, "hash")
        said = json.loads(row.canonical)
        shown = (row.kind, row.seq, str(subject), row.actor and str(row.actor), _plain(row.at))
        if shown != (said["kind"], said["seq"], said["subject"], said["actor"], said["at"]):
            return Verdict(False, len(rows), number, "columns")
        previous = row.hash
        chain.append(said)
    erased = _erased(chain)
    for row, said in zip(rows, chain, strict=True):
        if not _fits(said["data"], row.private or {}, gone=row.seq in erased):
            return Verdict(False, len(rows), row.seq, "private")
    return Verdict(True, len(rows))


def _erased(chain: Sequence[dict[str, Any]]) -> set[int]:
    """The numbers of links of which a later one says that their personal parts are gone.

    Whoever may write to a chain may write anything under that kind: only what was said after the time to keep them
    counts, and not what is said in the future.
    """
    found: set[int] = set()
    last, now = datetime.min.replace(tzinfo=UTC), clock.now()
    for said in chain:
        at, links = datetime.fromisoformat(said["at"]), said["data"].get("links")
        if said["kind"] != ERASED:
            last = max(last, at)
        elif isinstance(links, list) and last + KEPT <= at <= now:
            found.update(number for number in links if isinstance(number, int) and number < said["seq"])
    return found


def _fits(data: Mapping[str, Any], private: Mapping[str, Sequence[str]], *, gone: bool) -> bool:
    """Each personal part is what its commitment says, and all are there or all are gone."""
    committed = {name: value[COMMITTED] for name, value in data.items() if _is_commitment(value)}
    found = {name: commitment(bytes.fromhex(salt), value) for name, (salt, value) in private.items()}
    return found == ({} if gone else committed)


def _is_commitment(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {COMMITTED}


async def count(tx: AsyncSession, subject: Subject) -> int:
    query = select(func.count()).where(EvidenceLink.subject_type == subject.type, EvidenceLink.subject_id == subject.id)
    return (await tx.execute(query)).scalar_one()


async def _rows(tx: AsyncSession, subject: Subject) -> Sequence[Any]:
    return (await tx.execute(_CHAIN, {"type": subject.type, "id": subject.id})).all()


def _link(row: Any) -> Link:
    data = json.loads(row.canonical)["data"]
    private = row.private or {}
    for name in [name for name, value in data.items() if _is_commitment(value)]:
        data[name] = json.loads(private[name][1]) if name in private else None
    return Link(row.seq, row.kind, data, row.actor, row.at, row.hash.hex())
