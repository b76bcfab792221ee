"""The moderation desk: one queue for everything that a person must look at, each kind shown by its own panel."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from listings import categories
from listings import queries as listings
from listings.form import counted, country_name
from orders.negotiation import queries as negotiation
from trust.access import CurrentMember, Permission, require
from trust.identity import queries as identity
from trust.reviews import queries, service
from trust.reviews.events import Verdict
from trust.reviews.queries import Item
from trust.reviews.states import ReviewState
from trust.risk import queries as risk
from trust.risk.service import REVIEW_PREFIX
from trust.risk.words import ACTIONS, MODES
from trust.verification import queries as verification
from trust.verification import service as verifying
from trust.verification.facts import DOCUMENTS, FACTS, Fact

router = HouseRouter(tags=["moderation"])

KINDS = {"verification": N_("Verification"), "product": N_("Product"), "risk": N_("Risk")}
STATES = {
    ReviewState.OPEN: N_("Open"),
    ReviewState.CLAIMED: N_("Claimed"),
    ReviewState.DECIDED: N_("Decided"),
    ReviewState.DROPPED: N_("Withdrawn"),
}
VERDICTS = {"accept": N_("Accepted"), "reject": N_("Refused"), "more": N_("More asked")}


class ItemOut(BaseModel):
    id: UUID
    kind: str
    subject: str
    title: str
    organisation_id: UUID
    state: ReviewState
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


async def _verification_panel(tx: AsyncSession, item: Item) -> dict[str, Any]:
    request = await verification.request(tx, item.subject.id)
    company = await identity.organisation(tx, item.organisation_id)
    member = await identity.member_view(tx, request.submitted_by)
    return {
        "panel": "moderation/_verification.html",
        "request": request,
        "company": company,
        "submitter": member,
        "fact_names": FACTS,
        "document_names": DOCUMENTS,
        "earlier": await verification.requests(tx, company.id),
    }


async def _product_panel(tx: AsyncSession, item: Item) -> dict[str, Any]:
    listing = await listings.revision(tx, item.subject.id)
    said = listing.content
    return {
        "panel": "moderation/_product.html",
        "listing": listing,
        "category": categories.category(said.category).name,
        "moq": counted(said.moq, said.unit),
    }


async def _risk_panel(tx: AsyncSession, item: Item) -> dict[str, Any]:
    """What rules found of the thing, what was written under the mask, and the company's history."""
    about = Subject(item.subject.type.removeprefix(REVIEW_PREFIX), item.subject.id)
    found = await risk.hits_of_subject(tx, about)
    known = {hit.id for hit in found}
    return {
        "panel": "moderation/_risk.html",
        "found": found,
        "original": await negotiation.originals(tx, about.id) if about.type == "inquiry" else [],
        "company_hits": [hit for hit in await risk.hits_of_company(tx, item.organisation_id) if hit.id not in known],
        "action_words": ACTIONS,
        "mode_words": MODES,
    }


PANELS: dict[str, Callable[[AsyncSession, Item], Awaitable[dict[str, Any]]]] = {
    "verification": _verification_panel,
    "product": _product_panel,
    "risk": _risk_panel,
}


@router.get("/moderation", response_model=list[ItemOut])
async def queue(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    kind: str = "",
    state: str = "waiting",
) -> Response:
    """The queue, most urgent first."""
    require(member, Permission.MODERATE)
    kind = kind if kind in KINDS else ""
    state = state if state in {"waiting", "open", "claimed", "decided"} else "waiting"
    items = await _items(tx, kind, state, page)
    return answer.show(
        "moderation/desk.html", [ItemOut.of(i) for i in items], item=None, **await _desk(tx, items, kind, state, page)
    )


async def _items(tx: AsyncSession, kind: str, state: str, page: PageQuery) -> list[Item]:
    return await queries.queue(tx, kind=kind, state=state, offset=page.offset, limit=page.per_page)


async def _desk(tx: AsyncSession, items: list[Item], kind: str, state: str, page: PageQuery) -> dict[str, Any]:
    waiting = await queries.waiting(tx)
    return {
        "items": items,
        "kinds": KINDS,
        "states": STATES,
        "verdicts": VERDICTS,
        "kind": kind,
        "state": state,
        "waiting": waiting,
        "page": page,
        "left": {item.id: _left(item) for item in items},
        "country_name": country_name,
    }


def _left(item: Item) -> int:
    """How much of the service level is left, in percent; 0 when it is overdue."""
    whole = (item.due_at - item.opened_at).total_seconds() or 1
    return max(0, min(100, round(100 * (item.due_at - clock.now()).total_seconds() / whole)))


@router.get("/moderation/{review_id}", response_model=ItemOut)
async def item(answer: Answer, tx: Tx, member: CurrentMember, review_id: UUID) -> Response:
    """One item with everything needed to decide it, and what was decided of it before."""
    require(member, Permission.MODERATE)
    found = await queries.item(tx, review_id)
    page = PageQuery(page=1, per_page=50)
    items = await _items(tx, "", "waiting", page)
    earlier = await queries.decisions(tx, found.subject)
    panel = await PANELS[found.kind](tx, found)
    return answer.show(
        "moderation/desk.html",
        ItemOut.of(found),
        item=found,
        decisions=earlier,
        mine=found.claimed_by == member.id,
        **panel,
        **await _desk(tx, items, "", "waiting", page),
    )


@router.post("/moderation/{review_id}/claim", response_model=ItemOut)
async def claim(answer: Answer, tx: Tx, member: CurrentMember, review_id: UUID) -> Response:
    """Take an item."""
    await service.claim(tx, review_id, by=member)
    return await _done(answer, tx, review_id, f"/moderation/{review_id}", "")


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
    require(member, Permission.MODERATE)
    facts = await _judged(tx, review_id, data)
    await service.decide(tx, review_id, verdict=data.verdict, reason=data.reason, facts=facts, by=member)
    return await _done(answer, tx, review_id, "/moderation", _("Decided. The company was told."))


async def _judged(tx: AsyncSession, review_id: UUID, data: DecisionIn) -> dict[str, str]:
    """Facts of a verification: acceptance needs every one accepted. Other kinds have none."""
    found = await queries.item(tx, review_id)
    if found.kind != "verification":
        return {}
    facts = {fact.value: data.facts.get(fact, "").strip() for fact in Fact}
    if data.verdict is Verdict.ACCEPT and any(facts.values()):
        raise Invalid(_("A fact is refused: choose “Refuse” or “Ask for more”."), field="verdict")
    return facts


@router.post("/moderation/{review_id}/representative", include_in_schema=False)
async def representative(request: Request, answer: Answer, tx: Tx, member: CurrentMember, review_id: UUID) -> Response:
    """Show the legal representative's name once; looking is written down."""
    found = await queries.item(tx, review_id)
    name = await verifying.read_representative(tx, request.app.state.vault, found.subject.id, by=member)
    return answer.done(
        f"/moderation/{review_id}", {"name": name}, flash=_("Legal representative: %(name)s") % {"name": name}
    )


async def _done(answer: Answer, tx: AsyncSession, review_id: UUID, where: str, text: str) -> Response:
    await tx.flush()
    return answer.done(where, ItemOut.of(await queries.item(tx, review_id)), flash=text)
