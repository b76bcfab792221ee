"""Addresses of the desk: links between companies, and appeals against entries."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Permission, require
from trust.credit import linking, queries, service
from trust.credit.schemas import AppealOut, DecisionIn, LinkDecisionIn, LinkIn, LinkOut, LinksQuery
from trust.credit.states import LINK_LABELS
from trust.identity import queries as identity
from trust.identity.errors import OrganisationNotFound

router = HouseRouter(tags=["credit"])


@router.get("/credit/links", response_model=list[LinkOut])
async def links(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[LinksQuery, Query()]) -> Response:
    """Companies that share something, newest first, and what was decided of it."""
    require(member, Permission.ASSESS_RISK)
    found, total = await queries.links(tx, state=asked.state, offset=asked.offset, limit=asked.per_page)
    return answer.show(
        "trust/credit_links.html",
        [LinkOut.of(view) for view in found],
        found=found,
        total=total,
        asked=asked,
        labels=LINK_LABELS,
        reasons=linking.REASONS,
    )


@router.post("/credit/links", response_model=LinkOut)
async def link(answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[LinkIn, Submitted(LinkIn)]) -> Response:
    """Enter that two companies are one hand's."""
    require(member, Permission.ASSESS_RISK)
    one, other = await _company(tx, data.one, "one"), await _company(tx, data.other, "other")
    if one == other:
        raise Invalid(_("Name two companies, other than the platform."), field="other")
    made = await linking.link(tx, one, other, data.words, by=member)
    out = LinkOut.of(await queries.link(tx, made))
    text = _("Linked. Deals and ratings between them do not count any more.")
    return answer.done("/credit/links", out, created=True, flash=text)


async def _company(tx: AsyncSession, called: str, field: str) -> UUID:
    """By the address of its page, or the last part of it."""
    slug = called.split("?")[0].rstrip("/").removesuffix("/credit").rsplit("/", 1)[-1].lower()
    try:
        return (await identity.by_slug(tx, slug.replace("\x00", ""))).id
    except OrganisationNotFound:
        raise Invalid(_("No company's page has this address."), field=field) from None


@router.get("/credit/links/{link_id}", response_model=LinkOut)
async def one_link(answer: Answer, tx: Tx, member: CurrentMember, link_id: UUID) -> Response:
    """One link, with the form to decide it."""
    require(member, Permission.ASSESS_RISK)
    view = await queries.link(tx, link_id)
    return answer.show(
        "trust/credit_link.html",
        LinkOut.of(view),
        link=view,
        companies=await identity.organisations(tx, [view.a_id, view.b_id]),
        labels=LINK_LABELS,
        reasons=linking.REASONS,
    )


@router.post("/credit/links/{link_id}/decision", response_model=LinkOut)
async def decide_link(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    link_id: UUID,
    data: Annotated[LinkDecisionIn, Submitted(LinkDecisionIn)],
) -> Response:
    """Confirm a link, or dismiss it."""
    await linking.decide(tx, link_id, data.outcome, data.words, by=member)
    out = LinkOut.of(await queries.link(tx, link_id))
    return answer.done(f"/credit/links/{link_id}", out, flash=_("Decided. Both files follow it from now on."))


@router.post("/credit/appeals/{objection_id}/decision", response_model=AppealOut)
async def decide_appeal(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    objection_id: UUID,
    data: Annotated[DecisionIn, Submitted(DecisionIn)],
) -> Response:
    """Decide an appeal against an entry; the company is told with the reason."""
    await service.decide(tx, objection_id, data.outcome, data.reason, by=member)
    view = await queries.appeal(tx, objection_id)
    return answer.done(
        f"/credit/entries/{view.entry_id}", AppealOut.of(view), flash=_("Decided. The company was told.")
    )
