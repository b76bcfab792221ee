"""Whether goods may be listed, offered, agreed or sent: the lists in force, what people ruled, and licences on file.

At most seven statements whatever the number of lines and entries, and one where nothing is met; a word that is met for
the first time costs what a review costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import N_, _, current_locale
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from trust.access import Member
from trust.goods import licences, lists, statements
from trust.goods.errors import GoodsHeld, GoodsRefused, StatementNeeded
from trust.goods.events import GoodsConfirmed
from trust.goods.licences import Left, Taken
from trust.goods.matching import Goods, Hit
from trust.goods.models import ControlEntry, GoodsFinding
from trust.goods.states import FindingMove, FindingState, Kind, Point, binds
from trust.reviews import service as reviews

REVIEW_KIND = "goods"
SUBJECT = "goods_finding"
SHOWN = 2_000
"""So many characters of each text are kept for the reviewer."""
FIELDS = {
    "hs_code": N_("HS code"),
    "category": N_("Category"),
    "title_en": N_("Title in English"),
    "title_zh": N_("Title in Chinese"),
    "description_en": N_("Description in English"),
    "description_zh": N_("Description in Chinese"),
    "attributes": N_("Attributes"),
    "description": N_("Description"),
    "specification": N_("Specification"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """Goods of a deal. `quantity` and `value`: how much is agreed or goes now; None where nobody knows yet.

    total  of this line that will have gone then, this time included
    """

    goods: Goods
    quantity: Decimal | None = None
    unit: str = ""
    value: Money | None = None
    total: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done, and with what. `destinations`: countries the goods go to by the inquiry, the contract's place
    of delivery and its consignee; none while nobody knows.
    """

    point: Point
    lines: Sequence[Line]
    supplier: UUID
    subject: Subject
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Met:
    """A line that an entry met."""

    line: Line
    hit: Hit

    @property
    def key(self) -> tuple[UUID, bytes]:
        return self.hit.entry.id, self.line.goods.digest


async def check(tx: AsyncSession, asked: Asked, *, by: Member | None) -> list[Taken]:
    """What a shipment will take of which licence; for other points nothing that matters.

    Words alone never stop anything: they go to a reviewer, whose ruling is remembered for these very words.
    Raises GoodsRefused, GoodsHeld, StatementNeeded; at a shipment, licences stay locked until the transaction ends.
    """
    met = await _met(tx, asked)
    if not met:
        return []
    ruled = await _ruled(tx, asked.supplier, met)
    needs, new = [], []
    for one in met:
        state = ruled.get(one.key)
        if not _counts(one, state):
            if state is None:
                new.append(one)
        elif one.hit.entry.kind is Kind.PROHIBITED:
            raise _refused(one.hit, asked.point)
        elif binds(one.hit.entry.binds_from, asked.point):
            needs.append(one)
    taken = await _licensed(tx, asked, needs, by)
    for one in new:
        await note(tx, asked, one)
    return taken


async def _met(tx: AsyncSession, asked: Asked) -> list[Met]:
    book, day = await lists.book(tx), clock.now().date()
    there = asked.destinations
    return [Met(line, hit) for line in asked.lines for hit in book.hits(line.goods, day=day, destinations=there)]


async def _ruled(tx: AsyncSession, supplier: UUID, met: Sequence[Met]) -> dict[tuple[UUID, bytes], FindingState]:
    query = select(GoodsFinding.entry_id, GoodsFinding.digest, GoodsFinding.state).where(
        GoodsFinding.organisation_id == supplier, GoodsFinding.digest.in_({one.line.goods.digest for one in met})
    )
    return {(entry, digest): state for entry, digest, state in await tx.execute(query)}


async def controlled(tx: AsyncSession, asked: Asked) -> list[Met]:
    """What of these goods needs a licence or a statement at some point, as far as numbers and people say so."""
    met = await _met(tx, asked)
    ruled = await _ruled(tx, asked.supplier, met) if met else {}
    return [one for one in met if _counts(one, ruled.get(one.key)) and one.hit.entry.kind is not Kind.PROHIBITED]


def _counts(one: Met, state: FindingState | None) -> bool:
    return state != FindingState.CLEARED and (one.hit.certain or state == FindingState.CONFIRMED)


async def _licensed(tx: AsyncSession, asked: Asked, needs: Sequence[Met], by: Member | None) -> list[Taken]:
    """Find a licence for each of these. Raises GoodsHeld, StatementNeeded."""
    if not needs:
        return []
    shipping = asked.point is Point.SHIPMENT
    found = await licences.lefts(tx, asked.supplier, lock=shipping)
    taken: dict[tuple[UUID, int], Taken] = {}
    for one in needs:
        left = _fitting(found, asked, one, taken)
        if left is None:
            raise _held(asked, one, by)
        line = one.line
        if line.quantity is not None and line.value is not None and (left.licence, line.goods.position) not in taken:
            left.take(line.quantity, line.value)
            taken[left.licence, line.goods.position] = Taken(
                left.licence, line.goods.position, line.quantity, line.unit, line.value
            )
    if shipping:
        await _stated(tx, asked, needs)
    return list(taken.values()) if shipping else []


def _fitting(found: Sequence[Left], asked: Asked, one: Met, taken: dict[tuple[UUID, int], Taken]) -> Left | None:
    line, day = one.line, clock.now().date()
    for left in found:
        if not left.terms.covers(one.hit.entry, line.goods.hs_code, asked.destinations, day):
            continue
        counted = line.quantity is None or line.value is None or (left.licence, line.goods.position) in taken
        if counted or left.takes(line.quantity or Decimal(0), line.unit, line.value or Money(0, "USD")):
            return left
    return None


async def _stated(tx: AsyncSession, asked: Asked, needs: Sequence[Met]) -> None:
    dual = {one.line.goods.position: one for one in needs if one.hit.entry.kind is Kind.DUAL_USE}
    if not dual:
        return
    known = await statements.accepted(tx, asked.subject.id)
    for position, one in dual.items():
        said = known.get(position)
        if said is None or not said.covers(one.line.goods.hs_code, one.line.total, one.line.unit):
            raise StatementNeeded(
                f"{sentence(one.hit)} "
                + _("The buyer's statement of end user and end use has to be accepted before these goods are shipped."),
                reason=one.hit.entry.code,
                address=f"/orders/{asked.subject.id}/end-use",
            )


def sentence(hit: Hit) -> str:
    """Where it stands and what is said of it, in the reader's language."""
    return f"{label(hit.field)} “{hit.matched}”: {told(hit.entry.text_en, hit.entry.text_zh)}"


def told(en: str, zh: str) -> str:
    return zh if current_locale().startswith("zh") else en


def label(field: str) -> str:
    """What a field is called: "HS code", or "Line 2, HS code"."""
    first, _dot, rest = field.partition(".")
    if first != "lines":
        return _(FIELDS[first])
    number, _dot, name = rest.partition(".")
    return _("Line %(number)s, %(field)s") % {"number": int(number) + 1, "field": _(FIELDS[name])}


def _facts(hit: Hit) -> dict[str, str]:
    return {"reason": hit.entry.code, "kind": str(hit.entry.kind), "source": hit.entry.source, "at": hit.field}


def _refused(hit: Hit, point: Point) -> GoodsRefused:
    # Only the form of a quotation has this field; elsewhere the sentence names it.
    field = hit.field if point is Point.QUOTATION else None
    return GoodsRefused(f"{sentence(hit)} ({hit.entry.source})", field=field, **_facts(hit))


def _held(asked: Asked, one: Met, by: Member | None) -> GoodsHeld:
    own = by is not None and by.organisation_id == asked.supplier
    text = (
        _("Hand in a licence that covers these goods under “Licences”; once it is accepted, go on here.")
        if own
        else _("It waits until the supplier has a licence for it on file.")
    )
    address = {"address": "/licences"} if own else {}
    error = GoodsHeld(f"{sentence(one.hit)} {text}", **_facts(one.hit), **address)
    error.leaves = partial(_leave, asked=asked, one=one)
    return error


async def _leave(tx: AsyncSession, *, asked: Asked, one: Met) -> None:
    await note(tx, asked, one)


async def note(tx: AsyncSession, asked: Asked, one: Met) -> UUID | None:
    """Write down that an entry met goods, and ask a reviewer; None where somebody has done so."""
    goods, hit = one.line.goods, one.hit
    row = {
        "id": new_id(),
        "organisation_id": asked.supplier,
        "entry_id": hit.entry.id,
        "digest": goods.digest,
        "subject_type": asked.subject.type,
        "subject_id": asked.subject.id,
        "title": goods.title[:300],
        "field": hit.field,
        "matched": hit.matched[:200],
        "certain": hit.certain,
        "said": {"hs_code": goods.hs_code} | {field: text[:SHOWN] for field, text in goods.texts if text},
        "state": FindingState.OPEN,
        "reason": "",
        "found_at": clock.now(),
    }
    made = await tx.execute(insert(GoodsFinding).values(row).on_conflict_do_nothing().returning(GoodsFinding.id))
    found = made.scalar()
    if found is None:
        return None
    title = f"{goods.title} · {hit.entry.code}"
    await reviews.open(
        tx, kind=REVIEW_KIND, subject=Subject(SUBJECT, found), organisation_id=asked.supplier, title=title
    )
    return found


async def rule(tx: AsyncSession, finding_id: UUID, *, meant: bool, reason: str, by: UUID) -> None:
    """A reviewer says whether the goods are what the entry means; it holds for these words. Locks the finding."""
    row = await tx.scalar(select(GoodsFinding).where(GoodsFinding.id == finding_id).with_for_update())
    move = FindingMove.CONFIRM if meant else FindingMove.CLEAR
    if row is None or not row.can(move):
        return
    row.move(move, by=by, note=reason)
    row.reason, row.decided_by, row.decided_at = reason, by, clock.now()
    entry = await tx.get_one(ControlEntry, row.entry_id)
    said = {"entry": row.entry_id, "digest": row.digest.hex(), "reason": reason}
    kind = "finding.confirmed" if meant else "finding.cleared"
    await evidence.record(tx, Subject(SUBJECT, row.id), kind, said, actor=by)
    if meant:
        about = Subject(row.subject_type, row.subject_id)
        await outbox.publish(tx, GoodsConfirmed(row.id, row.entry_id, about, entry.kind == Kind.PROHIBITED))


async def unruled(tx: AsyncSession, found: Sequence[tuple[Asked, Met]]) -> list[tuple[Asked, Met]]:
    """Those about which nobody has ruled that they are not what the entry means. One statement for all."""
    if not found:
        return []
    digests = {one.line.goods.digest for _asked, one in found}
    cleared = select(GoodsFinding.organisation_id, GoodsFinding.entry_id, GoodsFinding.digest).where(
        GoodsFinding.digest.in_(digests), GoodsFinding.state == FindingState.CLEARED
    )
    known = {tuple(row) for row in await tx.execute(cleared)}
    return [(asked, one) for asked, one in found if (asked.supplier, *one.key) not in known]


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding as its reviewer and its company see it."""

    id: UUID
    subject: Subject
    title: str
    field: str
    matched: str
    certain: bool
    said: dict[str, str]
    state: FindingState
    reason: str
    code: str
    kind: Kind
    source: str
    text_en: str
    text_zh: str

    @property
    def told(self) -> str:
        return told(self.text_en, self.text_zh)


_FINDINGS = select(GoodsFinding, ControlEntry).join(ControlEntry, ControlEntry.id == GoodsFinding.entry_id)


def _view(row: GoodsFinding, entry: ControlEntry) -> FindingView:
    return FindingView(
        id=row.id,
        subject=Subject(row.subject_type, row.subject_id),
        title=row.title,
        field=row.field,
        matched=row.matched,
        certain=row.certain,
        said=row.said,
        state=row.state,
        reason=row.reason,
        code=entry.code,
        kind=Kind(entry.kind),
        source=entry.source,
        text_en=entry.text_en,
        text_zh=entry.text_zh,
    )


async def finding(tx: AsyncSession, finding_id: UUID) -> FindingView | None:
    row = (await tx.execute(_FINDINGS.where(GoodsFinding.id == finding_id))).first()
    return _view(*row) if row else None


async def findings_of(
    tx: AsyncSession, organisation_id: UUID, *, offset: int = 0, limit: int = 24
) -> tuple[list[FindingView], int]:
    """What is certain or confirmed of a company's goods, the newest first; words that only hint are not told."""
    wanted = (
        GoodsFinding.organisation_id == organisation_id,
        GoodsFinding.certain | (GoodsFinding.state == FindingState.CONFIRMED),
    )
    total = await tx.scalar(select(func.count()).select_from(GoodsFinding).where(*wanted)) or 0
    rows = await tx.execute(_FINDINGS.where(*wanted).order_by(GoodsFinding.id.desc()).offset(offset).limit(limit))
    return [_view(*row) for row in rows], total
