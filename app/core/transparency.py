"""The public log over all evidence: what stood at the end of each chain on each day, under one published root.

Whoever runs the platform could write a chain anew from its beginning, hashes and all. Not after its end was logged: the
root of each day is published with timestamps, and each root can be shown to continue the one before (RFC 9162 §2.1).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from sqlalchemy import BigInteger, Date, Index, LargeBinary, SmallInteger, String, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, merkle
from app.core.columns import moment
from app.core.db import Base
from app.core.evidence import Link
from app.core.merkle import Node, Range
from app.core.subject import Subject

SETTLES = timedelta(hours=1)
"""A link carries the time when it was made; after this long every transaction of the day before has come to its end."""
LOOKED_BACK = timedelta(days=2)
LOG = "transparency-log"


class LoggedHead(Base):
    """The end of one chain when a day was over. Insert-only; `place` counts from 0 without a gap."""

    __tablename__ = "logged_head"
    __table_args__ = (Index("uq_logged_head_subject", "subject_type", "subject_id", "seq", unique=True),)

    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    head: Mapped[bytes] = mapped_column(LargeBinary(32))


class TreeNode(Base):
    """A complete subtree of the log: see `app.core.merkle`. Insert-only."""

    __tablename__ = "tree_node"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class TreeHead(Base):
    """The log as it was published for a day (UTC). `token` is an RFC 3161 timestamp of the root, set once."""

    __tablename__ = "tree_head"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[datetime] = moment()
    token: Mapped[bytes | None] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a chain ended with `head` at link `seq` is leaf `place` of the tree of `size` leaves with this root."""

    day: date
    size: int
    root: bytes
    place: int
    seq: int
    head: bytes
    path: tuple[bytes, ...]

    def holds(self, subject: Subject) -> bool:
        data = leaf_data(subject, self.seq, self.head)
        return merkle.includes(self.root, self.size, self.place, merkle.leaf(data), self.path)

    def agrees(self, subject: Subject, links: Sequence[Link]) -> bool:
        """The chain as it is now still has the end that was logged: nobody wrote it anew, or cut it off."""
        there = len(links) >= self.seq and links[self.seq - 1].hash == self.head.hex()
        return there and self.holds(subject)


def leaf_data(subject: Subject, seq: int, head: bytes) -> bytes:
    """What a leaf says, in UTF-8: `contract:<id> 7 <hash in hexadecimal>`."""
    return f"{subject} {seq} {head.hex()}".encode()


# Ends of chains that have grown since they were logged; a chain that is being written to now is logged tomorrow.
# By number first, then the hash of that link: so only numbers are sorted, however many links there are.
_LOG = text("""
    INSERT INTO logged_head (place, subject_type, subject_id, seq, head)
    SELECT :size - 1 + row_number() OVER (ORDER BY grown.subject_type, grown.subject_id),
           grown.subject_type, grown.subject_id, grown.seq, link.hash
      FROM (SELECT subject_type, subject_id, max(seq) AS seq FROM evidence_link
             WHERE at >= :since AND at < :until GROUP BY subject_type, subject_id) AS grown
      JOIN evidence_link link USING (subject_type, subject_id, seq)
     WHERE NOT EXISTS (SELECT FROM logged_head l WHERE l.subject_type = grown.subject_type
                          AND l.subject_id = grown.subject_id AND l.seq >= grown.seq)
""")
# The hashes of RFC 9162 §2.1.1, made where the leaves lie: see `leaf_data` and `app.core.merkle`.
_LEAVES = text(r"""
    INSERT INTO tree_node (level, place, hash)
    SELECT 0, place, sha256('\x00'::bytea || convert_to(
               subject_type || '\:' || subject_id || ' ' || seq || ' ' || encode(head, 'hex'), 'UTF8'))
      FROM logged_head WHERE place >= :size
""")
_PARENTS = text(r"""
    INSERT INTO tree_node (level, place, hash)
    SELECT lower.level + 1, lower.place / 2, sha256('\x01'::bytea || lower.hash || upper.hash)
      FROM tree_node lower JOIN tree_node upper ON upper.level = lower.level AND upper.place = lower.place + 1
     WHERE lower.level = :below AND lower.place >= 2 * :first AND lower.place < 2 * :end AND lower.place % 2 = 0
""")
_MEMORY = text("SET LOCAL work_mem = '128MB'")


async def publish(tx: AsyncSession, day: date) -> bool:
    """Log the ends of all chains as of the end of `day` (UTC) and write down its root. False when that was done before.

    Locks the log. Raises ValueError before the day is over and settled, or when a later day was published.
    """
    until = datetime.combine(day + timedelta(days=1), time(), UTC)
    if clock.now() < until + SETTLES:
        raise ValueError("the day is not over")
    await tx.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:log, 0))"), {"log": LOG})
    last = await newest(tx)
    if last is not None and last.day >= day:
        if last.day == day or await tx.get(TreeHead, day) is not None:
            return False
        raise ValueError("a later day was published")
    since = datetime.combine(last.day, time(), UTC) - LOOKED_BACK if last else datetime.min.replace(tzinfo=UTC)
    size = last.size if last else 0
    await tx.execute(_MEMORY)
    await tx.execute(_LOG, {"size": size, "since": since, "until": until})
    size = await _grow(tx, size)
    root = (await _hashes(tx, [(0, size)]))[0]
    tx.add(TreeHead(day=day, size=size, root=root, made_at=clock.now(), token=None))
    return True


async def _grow(tx: AsyncSession, size: int) -> int:
    """Make the subtrees that the leaves from `size` on complete; how many leaves there are then."""
    end = (await tx.scalar(select(func.coalesce(func.max(LoggedHead.place) + 1, 0)))) or 0
    await tx.execute(_LEAVES, {"size": size})
    for level in range(1, end.bit_length()):
        reach = {"below": level - 1, "first": size >> level, "end": end >> level}
        await tx.execute(_PARENTS, reach)
    return end


async def _nodes(tx: AsyncSession, wanted: Iterable[Node]) -> dict[Node, bytes]:
    asked = list(wanted)
    if not asked:
        return {}
    query = select(TreeNode.level, TreeNode.place, TreeNode.hash).where(
        tuple_(TreeNode.level, TreeNode.place).in_(asked)
    )
    return {(level, place): hash_ for level, place, hash_ in await tx.execute(query)}


async def _hashes(tx: AsyncSession, ranges: Sequence[Range]) -> list[bytes]:
    nodes = await _nodes(tx, {node for range_ in ranges for node in merkle.cover(*range_)})
    return [merkle.hash_of(range_, nodes) for range_ in ranges]


async def newest(tx: AsyncSession) -> TreeHead | None:
    return await tx.scalar(select(TreeHead).order_by(TreeHead.day.desc()).limit(1))


async def tree_heads(tx: AsyncSession, *, offset: int = 0, limit: int = 50) -> list[TreeHead]:
    """Published days, newest first."""
    return list(await tx.scalars(select(TreeHead).order_by(TreeHead.day.desc()).offset(offset).limit(limit)))


async def tree_head(tx: AsyncSession, day: date) -> TreeHead | None:
    return await tx.get(TreeHead, day)


async def inclusion(tx: AsyncSession, subject: Subject) -> Inclusion | None:
    """The proof that the newest logged end of a chain is in the newest tree; None when it was never logged."""
    found = await inclusions(tx, subject, limit=1)
    return found[0] if found else None


async def inclusions(tx: AsyncSession, subject: Subject, *, limit: int | None = None) -> list[Inclusion]:
    """The proofs that the logged ends of a chain are in the newest tree, the newest end first."""
    tree = await newest(tx)
    logged = list(
        await tx.scalars(
            select(LoggedHead)
            .where(LoggedHead.subject_type == subject.type, LoggedHead.subject_id == subject.id)
            .order_by(LoggedHead.seq.desc())
            .limit(limit)
        )
    )
    if tree is None or not logged:
        return []
    proofs = [merkle.inclusion(end.place, tree.size) for end in logged]
    nodes = await _nodes(tx, {node for proof in proofs for range_ in proof for node in merkle.cover(*range_)})
    paths = [tuple(merkle.hash_of(range_, nodes) for range_ in proof) for proof in proofs]
    return [
        Inclusion(tree.day, tree.size, tree.root, end.place, end.seq, end.head, path)
        for end, path in zip(logged, paths, strict=True)
    ]


async def heads_since(tx: AsyncSession, day: date) -> list[tuple[TreeHead, list[bytes]]]:
    """The published days from `day` on, the oldest first, each with the proof that it continues the one before."""
    heads = list(await tx.scalars(select(TreeHead).where(TreeHead.day >= day).order_by(TreeHead.day)))
    proofs = [merkle.consistency(a.size, b.size) if a.size else [] for a, b in pairwise(heads)]
    nodes = await _nodes(tx, {node for proof in proofs for range_ in proof for node in merkle.cover(*range_)})
    paths = [[merkle.hash_of(range_, nodes) for range_ in proof] for proof in proofs]
    return list(zip(heads, [[], *paths], strict=False))


async def unbroken(tx: AsyncSession, trees: Sequence[TreeHead]) -> dict[date, bool]:
    """Whether each of these, newest first, continues the one after it in the list, by its day; in one reading."""
    pairs = [(later, earlier) for later, earlier in pairwise(trees) if earlier.size]
    proofs = [merkle.consistency(earlier.size, later.size) for later, earlier in pairs]
    nodes = await _nodes(tx, {node for proof in proofs for range_ in proof for node in merkle.cover(*range_)})
    told = {later.day: True for later, _earlier in pairwise(trees)}  # anything continues the empty tree
    for (later, earlier), proof in zip(pairs, proofs, strict=True):
        try:
            path = [merkle.hash_of(range_, nodes) for range_ in proof]
        except KeyError:  # a node is gone
            path = [merkle.EMPTY]
        told[later.day] = merkle.continues(earlier.size, earlier.root, later.size, later.root, path)
    return told


async def consistency(tx: AsyncSession, first: int, second: int) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of that of `second`. Raises ValueError."""
    last = await newest(tx)
    if last is None or second > last.size:
        raise ValueError("the log is not that long")
    return await _hashes(tx, merkle.consistency(first, second))
