"""Checking all evidence against itself: every chain, the published log over them, and its timestamps.

What the owner of the database changes behind the guards is found here: a link that was changed does not fit its hash;
one whose hash was made to fit does not fit the next; a chain written anew, hashes and all, is not the one whose end was
published; a log written anew is not the one that was timestamped.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence, merkle
from app.core.evidence import WRITTEN, EvidenceLink
from app.core.signing.authority import Authority
from app.core.signing.timestamps import stamps
from app.core.subject import Subject
from app.core.transparency import LoggedHead, TreeHead, leaf_data

AT_ONCE = 5_000
_LINKS = WRITTEN.order_by(EvidenceLink.subject_type, EvidenceLink.subject_id, EvidenceLink.seq).execution_options(
    yield_per=AT_ONCE
)
_LEAVES = (
    select(LoggedHead.place, LoggedHead.subject_type, LoggedHead.subject_id, LoggedHead.seq, LoggedHead.head)
    .order_by(LoggedHead.place)
    .execution_options(yield_per=AT_ONCE)
)
_LOST = text("""
    SELECT DISTINCT ON (l.subject_type, l.subject_id) l.subject_type, l.subject_id, l.seq
      FROM logged_head l LEFT JOIN evidence_link e
        ON (e.subject_type, e.subject_id, e.seq) = (l.subject_type, l.subject_id, l.seq)
     WHERE e.hash IS DISTINCT FROM l.head
     ORDER BY l.subject_type, l.subject_id, l.seq
""")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, with what: a chain by its subject, or the log."""

    about: str
    reason: str


@dataclass
class Counts:
    """How much was looked at."""

    chains: int = 0
    links: int = 0
    roots: int = 0


async def chains(tx: AsyncSession, counts: Counts) -> AsyncIterator[Fault]:
    """Every chain, link by link. One chain is in memory at a time."""
    rows: list[Any] = []
    async for row in await tx.stream(_LINKS):
        if rows and (row.subject_type, row.subject_id) != (rows[0].subject_type, rows[0].subject_id):
            for fault in _judged(rows, counts):
                yield fault
            rows = []
        rows.append(row)
    for fault in _judged(rows, counts):
        yield fault


def _judged(rows: Sequence[Any], counts: Counts) -> list[Fault]:
    if not rows:
        return []
    subject = Subject(rows[0].subject_type, rows[0].subject_id)
    verdict = evidence.judged(subject, rows)
    counts.chains, counts.links = counts.chains + 1, counts.links + len(rows)
    return [] if verdict.whole else [Fault(str(subject), f"link {verdict.broken_at}: {verdict.reason}")]


async def log(tx: AsyncSession, authority: Authority, counts: Counts) -> AsyncIterator[Fault]:
    """Every published root from its leaves, its timestamp, and that every published end is still in its chain."""
    for kind, id_, seq in await tx.execute(_LOST):
        yield Fault(str(Subject(kind, id_)), f"link {seq}: not as it was published")
    heads = list(await tx.scalars(select(TreeHead).order_by(TreeHead.day)))
    for earlier, later in pairwise(heads):
        if later.size < earlier.size:
            yield Fault(f"root of {later.day}", "shorter than the one before")
    sizes = {head.size for head in heads}
    roots = {0: merkle.EMPTY}
    tree = merkle.Growing()
    async for leaf in await tx.stream(_LEAVES):
        if leaf.place != tree.size:
            yield Fault("log", f"leaf {tree.size} is missing")
            return
        tree.add(merkle.leaf(leaf_data(Subject(leaf.subject_type, leaf.subject_id), leaf.seq, leaf.head)))
        if tree.size in sizes:
            roots[tree.size] = tree.root
    for head in heads:
        counts.roots += 1
        if roots.get(head.size) != head.root:
            yield Fault(f"root of {head.day}", "not that of its leaves")
        if head.token is not None and not await stamps(head.token, head.root, authority):
            yield Fault(f"root of {head.day}", "not the one that was timestamped")


async def published(tx: AsyncSession, subject: Subject) -> list[Fault]:
    """Whether every published end of one chain is still in it."""
    logged = select(LoggedHead.seq, LoggedHead.head).where(
        LoggedHead.subject_type == subject.type, LoggedHead.subject_id == subject.id
    )
    hashes = {link.seq: link.hash for link in await evidence.chain(tx, subject)}
    return [
        Fault(str(subject), f"link {seq}: not as it was published")
        for seq, head in await tx.execute(logged.order_by(LoggedHead.seq))
        if hashes.get(seq) != head.hex()
    ]
