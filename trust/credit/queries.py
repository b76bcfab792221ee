"""What is asked of credit files: entries with what they did, appeals, links, files taken along."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.i18n import _
from trust.credit import linking, scoring
from trust.credit.errors import EntryNotFound, ExportNotFound, LinkNotFound
from trust.credit.kinds import LABELS, Kind, said
from trust.credit.models import CreditAppeal, CreditEntry, CreditExport, PartyLink
from trust.credit.scoring import PARTS, Entry, Part, Rules, Score
from trust.credit.states import AppealState, LinkState
from trust.identity.models import Organisation

MOST = 5_000
"""So many entries, the latest, are scored; nobody has more that still count."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as people read it. `moved`: by how many tenths of a point it moves which scores now.

    linked     it does not count, for the other side is linked to the company
    corrected  it does not count, for it was wrong or was undone
    """

    id: UUID
    source: str
    kind: Kind
    at: datetime
    facts: dict[str, Any]
    corrects: UUID | None
    moved: tuple[tuple[Part, int], ...]
    linked: bool
    corrected: bool

    @property
    def label(self) -> str:
        return _(LABELS[self.kind])

    @property
    def said(self) -> str:
        return said(self.kind, self.facts)

    @property
    def effect(self) -> str:
        """In the reader's words, such as "Commercial +1.5"; "" where it moves nothing."""
        return ", ".join(f"{_(PARTS[part])} {shown(tenths)}" for part, tenths in self.moved)


def shown(tenths: int) -> str:
    """A number of tenths with its sign, such as +1.5 or −20."""
    sign, size = ("−" if tenths < 0 else "+"), abs(tenths)
    return f"{sign}{size // 10}.{size % 10}" if size % 10 else f"{sign}{size // 10}"


@dataclass(frozen=True, slots=True)
class File:
    """A company's whole file as of a moment."""

    organisation_id: UUID
    as_of: datetime
    rules: Rules
    scores: tuple[Score, ...]
    entries: tuple[Entry, ...]
    related: frozenset[UUID]

    def views(self, entries: Sequence[Entry]) -> list[EntryView]:
        moved: dict[UUID, list[tuple[Part, int]]] = {}
        for score in self.scores:
            for effect in score.effects:
                moved.setdefault(effect.entry.id, []).append((score.part, effect.tenths))
        unlinked = {entry.id for entry in scoring.counted(self.entries, frozenset())}
        plain = {Kind.CORRECTION, Kind.RESTRICTION_UNDONE}
        return [
            EntryView(
                id=entry.id,
                source=entry.source,
                kind=entry.kind,
                at=entry.at,
                facts=entry.facts,
                corrects=entry.corrects,
                moved=tuple(moved.get(entry.id, ())),
                linked=entry.other in self.related,
                corrected=entry.id not in unlinked and entry.kind not in plain,
            )
            for entry in entries
        ]

    def page(self, *, offset: int, limit: int) -> list[EntryView]:
        """Newest first."""
        return self.views(self.entries[offset : offset + limit])


async def file(tx: AsyncSession, organisation_id: UUID) -> File:
    """Entries newest first, and the scores that follow from them by the rules of today. Two queries."""
    query = (
        select(CreditEntry)
        .where(CreditEntry.organisation_id == organisation_id)
        .order_by(CreditEntry.at.desc(), CreditEntry.id.desc())
        .limit(MOST)
    )
    entries = [_entry(row) for row in await tx.scalars(query)]
    related = await linking.related(tx, organisation_id)
    now = clock.now()
    rules = scoring.rules_of(now.date())
    scores = scoring.scores(entries, related, now, rules)
    return File(organisation_id, now, rules, tuple(scores), tuple(entries), related)


def _entry(row: CreditEntry) -> Entry:
    return Entry(row.id, row.source, Kind(row.kind), row.at, row.facts, row.other_id, row.corrects)


async def entry(tx: AsyncSession, entry_id: UUID, *, of: UUID | None = None) -> tuple[EntryView, UUID]:
    """An entry with its company; `of`: a company that may see its own. Raises EntryNotFound."""
    row = await tx.get(CreditEntry, entry_id)
    if row is None or (of is not None and row.organisation_id != of):
        raise EntryNotFound(_("There is no such entry in your credit file."))
    whole = await file(tx, row.organisation_id)
    return whole.views([_entry(row)])[0], row.organisation_id


@dataclass(frozen=True, slots=True)
class AppealView:
    id: UUID
    entry_id: UUID
    organisation_id: UUID
    text: str
    state: AppealState
    filed_at: datetime
    due_at: datetime
    decided_at: datetime | None
    outcome: str
    made_by: UUID | None


_APPEAL = select(CreditAppeal, CreditEntry.made_by).join(CreditEntry, CreditEntry.id == CreditAppeal.entry_id)


async def appeal_of(tx: AsyncSession, entry_id: UUID) -> AppealView | None:
    row = (await tx.execute(_APPEAL.where(CreditAppeal.entry_id == entry_id))).first()
    return _appeal(*row) if row else None


async def appeal(tx: AsyncSession, appeal_id: UUID) -> AppealView:
    """Raises EntryNotFound."""
    row = (await tx.execute(_APPEAL.where(CreditAppeal.id == appeal_id))).first()
    if row is None:
        raise EntryNotFound(_("There is no such appeal."))
    return _appeal(*row)


async def appeals(tx: AsyncSession, entries: Sequence[UUID]) -> dict[UUID, AppealView]:
    """The appeals against these entries, by entry; one query."""
    rows = await tx.execute(_APPEAL.where(CreditAppeal.entry_id.in_(entries)))
    return {row.entry_id: _appeal(row, made_by) for row, made_by in rows}


def _appeal(row: CreditAppeal, made_by: UUID | None) -> AppealView:
    return AppealView(
        id=row.id,
        entry_id=row.entry_id,
        organisation_id=row.organisation_id,
        text=row.text,
        state=AppealState(row.state),
        filed_at=row.filed_at,
        due_at=row.due_at,
        decided_at=row.decided_at,
        outcome=row.outcome,
        made_by=made_by,
    )


async def is_corrected(tx: AsyncSession, entry_id: UUID) -> bool:
    return await tx.scalar(select(CreditEntry.id).where(CreditEntry.corrects == entry_id)) is not None


@dataclass(frozen=True, slots=True)
class LinkView:
    id: UUID
    a_id: UUID
    a_name: str
    b_id: UUID
    b_name: str
    reasons: tuple[str, ...]
    strong: bool
    state: LinkState
    found_at: datetime
    decided_at: datetime | None
    words: str


_A, _B = aliased(Organisation), aliased(Organisation)
_LINK = (
    select(PartyLink, _A.name_latin.label("a"), _B.name_latin.label("b"))
    .join(_A, _A.id == PartyLink.a_id)
    .join(_B, _B.id == PartyLink.b_id)
)


async def links(
    tx: AsyncSession, *, state: LinkState | None, company: UUID | None = None, offset: int, limit: int
) -> tuple[list[LinkView], int]:
    """Links, newest first, and how many there are."""
    where = [] if state is None else [PartyLink.state == state]
    if company is not None:
        where.append(or_(PartyLink.a_id == company, PartyLink.b_id == company))
    total = (await tx.execute(select(func.count()).select_from(PartyLink).where(*where))).scalar_one()
    rows = await tx.execute(_LINK.where(*where).order_by(PartyLink.id.desc()).offset(offset).limit(limit))
    return [_link(*row) for row in rows], total


async def link(tx: AsyncSession, link_id: UUID) -> LinkView:
    """Raises LinkNotFound."""
    row = (await tx.execute(_LINK.where(PartyLink.id == link_id))).first()
    if row is None:
        raise LinkNotFound(_("There is no such link."))
    return _link(*row)


def _link(row: PartyLink, a_name: str, b_name: str) -> LinkView:
    return LinkView(
        id=row.id,
        a_id=row.a_id,
        a_name=a_name,
        b_id=row.b_id,
        b_name=b_name,
        reasons=tuple(row.reasons),
        strong=row.strong,
        state=LinkState(row.state),
        found_at=row.found_at,
        decided_at=row.decided_at,
        words=row.words,
    )


@dataclass(frozen=True, slots=True)
class ExportView:
    """`kept`: it can still be fetched."""

    id: UUID
    organisation_id: UUID
    asked_at: datetime
    made_at: datetime | None
    kept: bool
    content_hash: str
    pdf_hash: str


_EXPORT = select(
    CreditExport.id,
    CreditExport.organisation_id,
    CreditExport.asked_at,
    CreditExport.made_at,
    CreditExport.content.is_not(None),
    CreditExport.content_hash,
    CreditExport.pdf_hash,
)


async def exports(tx: AsyncSession, organisation_id: UUID, *, limit: int = 10) -> list[ExportView]:
    """The latest files a company took along, newest first."""
    query = _EXPORT.where(CreditExport.organisation_id == organisation_id).order_by(CreditExport.id.desc())
    return [ExportView(*row) for row in await tx.execute(query.limit(limit))]


async def known_export(tx: AsyncSession, digest: str) -> ExportView | None:
    """The file taken along, JSON or PDF, whose SHA-256 this is."""
    query = _EXPORT.where(or_(CreditExport.content_hash == digest, CreditExport.pdf_hash == digest))
    row = (await tx.execute(query.where(CreditExport.made_at.is_not(None)))).first()
    return ExportView(*row) if row else None


async def content(tx: AsyncSession, export_id: UUID, *, of: UUID) -> CreditExport:
    """A company's own file, with its bytes. Raises ExportNotFound, also once they are gone."""
    row = await tx.get(CreditExport, export_id)
    if row is None or row.organisation_id != of or row.content is None:
        raise ExportNotFound(_("There is no such file, or it is not kept any more."))
    return row
