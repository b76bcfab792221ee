"""One append-only hash chain per subject: what happened, in order, such that a later change shows.

hash = SHA-256(previous hash ‖ canonical bytes), where the canonical bytes hold subject, number, kind, data, actor and
time as JSON with sorted keys. The database computes the hash again in a trigger and refuses anything else; it refuses
UPDATE, DELETE and TRUNCATE altogether. Electronic Signature Law (PRC) art. 5, 6, 8: integrity from the final form.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, String, Table, Text, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.columns import moment, pk
from app.core.db import Base
from app.core.ids import new_id
from app.core.money import Money, UnitPrice
from app.core.subject import Subject

GENESIS = b"\x00" * 32


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


# Written once: nearly every change of anything passes here.
_APPEND = insert(cast(Table, EvidenceLink.__table__))
_LOCK = text("SELECT * FROM lock_chains(CAST(:types AS text[]), CAST(:ids AS uuid[]))")


@dataclass(frozen=True, slots=True)
class Link:
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
    """As `record`, for (subject, kind, data) of several chains, in as many statements as one takes."""
    subjects = sorted({subject for subject, _kind, _data in facts}, key=str)
    asked = {"types": [subject.type for subject in subjects], "ids": [subject.id for subject in subjects]}
    heads = {Subject(row.type, row.id): (row.seq, row.hash) for row in await tx.execute(_LOCK, asked)}
    rows: list[dict[str, Any]] = []
    for subject, kind, data in facts:
        seq, previous = heads.get(subject, (0, GENESIS))
        rows.append(_next(subject, kind, data, seq + 1, previous, actor))
        heads[subject] = (seq + 1, rows[-1]["hash"])
    await tx.flush()
    await tx.execute(_APPEND, rows if len(rows) > 1 else rows[0])


def _next(
    subject: Subject, kind: str, data: dict[str, Any], seq: int, previous: bytes, actor: UUID | None
) -> dict[str, Any]:
    at = clock.now()
    canonical = canonical_json(
        {"subject": str(subject), "seq": seq, "kind": kind, "data": data, "actor": actor, "at": at}
    )
    return {
        "id": new_id(),
        "subject_type": subject.type,
        "subject_id": subject.id,
        "seq": seq,
        "kind": kind,
        "canonical": canonical,
        "actor": actor,
        "at": at,
        "previous": previous,
        "hash": chained(previous, canonical),
    }


def chained(previous: bytes, canonical: str) -> bytes:
    return hashlib.sha256(previous + canonical.encode()).digest()


async def chain(tx: AsyncSession, subject: Subject) -> list[Link]:
    """All links of a subject, oldest first."""
    return [_link(row) for row in await _rows(tx, subject)]


async def written(tx: AsyncSession, subject: Subject) -> list[tuple[Link, str]]:
    """All links of a subject, oldest first, each with its canonical bytes (UTF-8)."""
    return [(_link(row), row.canonical) for row in await _rows(tx, subject)]


async def verify(tx: AsyncSession, subject: Subject) -> Verdict:
    """Recompute every hash of a chain. Finds any changed byte, missing, added or reordered link but a cut tail."""
    return judged(subject, await _rows(tx, subject))


def judged(subject: Subject, rows: Sequence[Any]) -> Verdict:
    """The verdict over a chain's rows in the order of their numbers."""
    previous = GENESIS
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
    return Verdict(True, len(rows))


async def count(tx: AsyncSession, subject: Subject) -> int:
    query = select(func.count()).where(EvidenceLink.subject_type == subject.type, EvidenceLink.subject_id == subject.id)
    return (await tx.execute(query)).scalar_one()


async def _rows(tx: AsyncSession, subject: Subject) -> list[EvidenceLink]:
    query = (
        select(EvidenceLink)
        .where(EvidenceLink.subject_type == subject.type, EvidenceLink.subject_id == subject.id)
        .order_by(EvidenceLink.seq)
    )
    return list(await tx.scalars(query))


def _link(row: EvidenceLink) -> Link:
    return Link(row.seq, row.kind, json.loads(row.canonical)["data"], row.actor, row.at, row.hash.hex())
