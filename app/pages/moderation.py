"""The moderation desk: one queue for everything that a person must look at, each kind shown by its own panel."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.errors import Conflict, Invalid
from app.core.i18n import N_, _, format_ago, ngettext
from app.core.payload import as_list
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from app.pages.panels import BULK, KINDS, OWN_DECISION, OWN_PAGE, PANELS
from listings import queries as listings
from listings.form import country_name
from listings.states import ProductState
from orders.deals import queries as orders
from trust.access import CurrentMember, Member, Permission, require
from trust.identity import queries as identity
from trust.leaving import queries as leaving
from trust.leaving.states import LABELS as LEAVING
from trust.reviews import queries, service, wording
from trust.reviews.events import Verdict
from trust.reviews.queries import Item
from trust.reviews.states import Priority, ReviewState
from trust.verification import guarding
from trust.verification import queries as verification
from trust.verification import service as verifying

router = HouseRouter(tags=["moderation"])

STATES = {
    ReviewState.OPEN: N_("Open"),
    ReviewState.CLAIMED: N_("Claimed"),
    ReviewState.DECIDED: N_("Decided"),
    ReviewState.DROPPED: N_("Withdrawn"),
}
VERDICTS = {"accept": N_("Accepted"), "reject": N_("Refused"), "more": N_("More asked")}
PRIORITIES = {
    Priority.URGENT: N_("Urgent"),
    Priority.HIGH: N_("High"),
    Priority.NORMAL: N_("Normal"),
    Priority.LOW: N_("Low"),
}
SHOWS = ("waiting", "open", "claimed", "mine", "decided")


class ItemOut(BaseModel):
    id: UUID
    kind: str
    subject: str
    title: str
    organisation_id: UUID
    state: ReviewState
    priority: Priority
    opened_at: datetime
    due_at: datetime
    claimed_by: UUID | None
    verdict: str
    reason: str

    @classmethod
    def of(cls, item: Item) -> "ItemOut":
        plain = {n: getattr(item, n) for n in cls.model_fields if n != "subject"}
        return cls(**plain, subject=str(item.subject))


class DecisionIn(BaseModel):
    """`facts` judges each fact by itself: "" accepts it, anything else is the reason for refusing it."""

    verdict: Verdict
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    facts: dict[str, Annotated[str, Field(max_length=500)]] = {}


class NextIn(BaseModel):
    """`kind`: of this kind alone, or of any."""

    kind: str = ""


class ManyIn(BaseModel):
    """Items to refuse for one reason."""

    ids: Annotated[list[UUID], BeforeValidator(as_list)] = []
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""


class RefusedOut(BaseModel):
    """`passed_over`: a colleague has or had them, or their kind is not refused in bulk."""

    done: int
    passed_over: int


class PriorityIn(BaseModel):
    priority: Priority


class QueueQuery(PageQuery):
    """`state` is one of SHOWS: mine are those that the reader has claimed."""

    kind: str = ""
    state: str = "waiting"

    @property
    def of_kind(self) -> str:
        return self.kind if self.kind in KINDS else ""

    @property
    def shown(self) -> str:
        return self.state if self.state in SHOWS else "waiting"


@router.get("/moderation", response_model=list[ItemOut])
async def queue(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[QueueQuery, Query()]) -> Response:
    """The queue, most urgent first."""
    require(member, Permission.MODERATE)
    items = await _items(tx, asked, member)
    if answer.json:
        return answer.show("moderation/desk.html", [ItemOut.of(i) for i in items])
    return answer.show("moderation/desk.html", item=None, **await _desk(tx, items, asked, member))


async def _items(tx: AsyncSession, asked: QueueQuery, member: Member) -> list[Item]:
    mine = asked.shown == "mine"
    return await queries.queue(
        tx,
        kind=asked.of_kind,
        state="claimed" if mine else asked.shown,
        claimed_by=member.id if mine else None,
        offset=asked.offset,
        limit=asked.per_page,
    )


async def _desk(tx: AsyncSession, items: list[Item], asked: QueueQuery, member: Member) -> dict[str, Any]:
    waiting, claimed = await queries.desk(tx, KINDS, member.id)
    return {
        "items": tuple(items),
        "kinds": KINDS,
        "states": STATES,
        "verdicts": VERDICTS,
        "priorities": PRIORITIES,
        "priorities_said": [(int(priority), _(label)) for priority, label in PRIORITIES.items()],
        "takes_next": asked.of_kind not in OWN_PAGE,
        "bulk": asked.of_kind in BULK and asked.shown in {"waiting", "open"},
        "kind": asked.of_kind,
        "state": asked.shown,
        "waiting": waiting,
        "counted": queries.COUNTED,
        "claimed": claimed,
        "page": asked,
        "left": tuple(_left(item) for item in items),
        "ago": tuple(format_ago(item.due_at) for item in items),
        "country_name": country_name,
    }


def _left(item: Item) -> int:
    """How much of the service level is left, in percent; 0 when it is overdue."""
    whole = (item.due_at - item.opened_at).total_seconds() or 1
    return max(0, min(100, round(100 * (item.due_at - clock.now()).total_seconds() / whole)))


@router.post("/moderation/next", response_model=ItemOut)
async def claim_next(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[NextIn, Submitted(NextIn)]
) -> Response:
    """Take the most urgent item that nobody has."""
    wanted = {data.kind} if data.kind in KINDS else set(KINDS)
    claimed = await service.claim_next(tx, kinds=wanted - OWN_PAGE, by=member)
    return await _done(answer, tx, claimed, f"/moderation/{claimed}", "")


@router.post("/moderation/refusals", response_model=RefusedOut)
async def refuse_many(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[ManyIn, Submitted(ManyIn)]
) -> Response:
    """Refuse many items for one reason; each company reads it."""
    refused = await service.refuse_many(tx, data.ids, kinds=BULK, reason=data.reason, by=member)
    text = ngettext("%(num)d item refused.", "%(num)d items refused.", refused.done) % {"num": refused.done}
    if refused.passed_over:
        others = ngettext("%(num)d was passed over.", "%(num)d were passed over.", refused.passed_over)
        text = f"{text} {others % {'num': refused.passed_over}}"
    out = RefusedOut(done=refused.done, passed_over=refused.passed_over)
    return answer.done(f"/moderation?kind={BULK[0]}", out, flash=text)


class ItemQuery(BaseModel):
    """`wording`: one whose text the reason begins with."""

    wording: UUID | None = None


@router.get("/moderation/{review_id}", response_model=ItemOut)
async def item(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    review_id: UUID,
    asked: Annotated[ItemQuery, Query()],
) -> Response:
    """One item with everything needed to decide it, and what else is known of its company."""
    require(member, Permission.MODERATE)
    found, own = await queries.item_for(tx, review_id, member)
    page = QueueQuery()
    items = await _items(tx, page, member)
    wordings = await wording.offered(tx, found.kind)
    return answer.show(
        "moderation/desk.html",
        ItemOut.of(found),
        item=found,
        mine=found.claimed_by == member.id,
        own=own,
        added=await queries.added(tx, found),
        own_decision=found.kind in OWN_DECISION | OWN_PAGE,
        own_page=found.kind in OWN_PAGE,
        wordings=wordings,
        chosen=next((w for w in wordings if w.id == asked.wording), None),
        **await _company(tx, found),
        **await PANELS[found.kind](request, tx, found),
        **await _desk(tx, items, page, member),
    )


async def _company(tx: AsyncSession, item: Item) -> dict[str, Any]:
    """What else is known of the company whose thing it is."""
    states = await listings.count_by_state(tx, item.organisation_id)
    deals, contested = await orders.deals_of(tx, item.organisation_id)
    past = tuple(await queries.of_company(tx, item.organisation_id))
    return {
        "about": await identity.organisation(tx, item.organisation_id),
        "published": states.get(ProductState.PUBLISHED, 0),
        "deals": deals,
        "contested": contested,
        "past": past,
        "past_ago": tuple(format_ago(one.decided_at or one.opened_at) for one in past),
        "departures": await leaving.of_company(tx, item.organisation_id),
        "departure_states": LEAVING,
    }


@router.post("/moderation/{review_id}/claim", response_model=ItemOut)
async def claim(answer: Answer, tx: Tx, member: CurrentMember, review_id: UUID) -> Response:
    """Take an item."""
    await _decided_here(tx, review_id, member)
    await service.claim(tx, review_id, by=member)
    return await _done(answer, tx, review_id, f"/moderation/{review_id}", "")


@router.post("/moderation/{review_id}/priority", response_model=ItemOut)
async def prioritise(
    answer: Answer, tx: Tx, member: CurrentMember, review_id: UUID, data: Annotated[PriorityIn, Submitted(PriorityIn)]
) -> Response:
    """Move an item forward or back in the queue."""
    await service.prioritise(tx, review_id, data.priority, by=member)
    return await _done(answer, tx, review_id, f"/moderation/{review_id}", _("The queue has it in its new place."))


@router.post("/moderation/{review_id}/return", response_model=ItemOut)
async def give_back(answer: Answer, tx: Tx, member: CurrentMember, review_id: UUID) -> Response:
    """Give a claimed item back to the queue."""
    await service.give_back(tx, review_id, by=member)
    return await _done(answer, tx, review_id, "/moderation", _("The item is in the queue again."))


@router.post("/moderation/{review_id}/decision", response_model=ItemOut)
async def decide(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    review_id: UUID,
    data: Annotated[DecisionIn, Submitted(DecisionIn)],
) -> Response:
    """Decide a claimed item; the company is told with the reason."""
    await _decided_here(tx, review_id, member)
    facts = await _judged(tx, review_id, data)
    await service.decide(tx, review_id, verdict=data.verdict, reason=data.reason, facts=facts, by=member)
    return await _done(answer, tx, review_id, "/moderation", _("Decided. The company was told."))


async def _decided_here(tx: AsyncSession, review_id: UUID, member: Member) -> None:
    """Raises Conflict for a thing that has a page of its own to be decided on."""
    require(member, Permission.MODERATE)
    if (await queries.item(tx, review_id)).kind in OWN_PAGE:
        raise Conflict(_("This is claimed and decided on its own page."))


async def _judged(tx: AsyncSession, review_id: UUID, data: DecisionIn) -> dict[str, str]:
    """Facts and documents of a verification, as its rules want them judged. Other kinds have none."""
    found = await queries.item(tx, review_id)
    if found.kind in OWN_DECISION:
        raise Invalid(_("This is decided by the form in its panel."), field="verdict")
    if found.kind != "verification":
        return {}
    if data.verdict is Verdict.ACCEPT:
        await guarding.check_accepted(tx, found.organisation_id)
    return verifying.judged(await verification.request(tx, found.subject.id), data.facts, data.verdict)


async def _done(answer: Answer, tx: AsyncSession, review_id: UUID, where: str, text: str) -> Response:
    await tx.flush()
    return answer.done(where, ItemOut.of(await queries.item(tx, review_id)), flash=text)
