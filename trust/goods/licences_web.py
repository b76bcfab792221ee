"""Addresses of licences: the supplier's own, and those that compliance reads."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.money import CURRENCIES
from app.core.states import history
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, not_replayed
from trust.access import CurrentMember, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.goods import checking, licences, papers
from trust.goods.schemas import LicenceDecisionIn, LicenceIn, LicenceOut, LicencesOut
from trust.goods.states import FINDINGS, FORMS, KINDS, LICENCE_MOVES, LICENCES, LicenceMove, LicenceState
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.words import country_name
from trust.verification.shown import copied, may_open

router = HouseRouter(tags=["controlled goods"])
WORDS: dict[str, Any] = {"forms": FORMS, "states": LICENCES, "country_name": country_name}
DONE = {
    LicenceMove.ACCEPT: "licence_accepted",
    LicenceMove.REFUSE: "licence_refused",
    LicenceMove.SUSPEND: "licence_suspended",
    LicenceMove.RESTORE: "licence_accepted",
}
"""What the company is told, by templates/mail/control_news."""


class LicencesQuery(PageQuery):
    state: Literal["submitted", "accepted", "refused", "suspended"] = "submitted"


@router.get("/licences", response_model=LicencesOut)
async def mine(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """The company's licences with what is left of them, and what waits for one."""
    require(member, Permission.LIST_PRODUCTS)
    party = member.organisation_id
    found, total = await licences.licences(tx, organisation_id=party, offset=page.offset, limit=page.per_page)
    met, _count = await checking.findings_of(tx, party, limit=20)
    out = LicencesOut(licences=[LicenceOut.of(one) for one in found], total=total)
    return answer.show(
        "goods/licences.html",
        out,
        found=found,
        met=met,
        page=page,
        today=clock.now().date(),
        company=await identity.organisation(tx, party),
        form_options=[(key.value, _(label)) for key, label in FORMS.items()],
        currency_options=[(code, code) for code in sorted(CURRENCIES)],
        kinds=KINDS,
        findings=FINDINGS,
        **WORDS,
    )


@router.post("/licences", response_model=LicenceOut)
async def hand_in(
    request: Request, answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[LicenceIn, Submitted(LicenceIn)]
) -> Response:
    """Hand a licence in; somebody of compliance reads it."""
    require(member, Permission.LIST_PRODUCTS)
    state = request.app.state
    context = licences.context(member.organisation_id)
    document = await papers.keep(state.files, state.vault, context, data.document, field="document")
    made = await licences.hand_in(tx, data.terms(), document, by=member)
    out = LicenceOut.of(await licences.licence(tx, made, reader=member))
    text = _("Handed in. Somebody reads it, and you get a mail.")
    return answer.done(f"/licences/{made}", out, created=True, flash=text)


@router.get("/licences/{goods_licence_id}", response_model=LicenceOut)
async def one(answer: Answer, tx: Tx, member: CurrentMember, goods_licence_id: UUID) -> Response:
    """One licence, for its holder and for compliance."""
    found = await licences.licence(tx, goods_licence_id, reader=member)
    return answer.show(
        "goods/licence.html",
        LicenceOut.of(found),
        licence=found,
        today=clock.now().date(),
        keeper=member.may(Permission.CONTROL_GOODS) and found.organisation_id != member.organisation_id,
        past=await history(tx, Subject("goods_licence", found.id)),
        moves=[move for move in LicenceMove if (found.state, move) in LICENCE_MOVES],
        **WORDS,
    )


@router.post("/licences/{goods_licence_id}/document", include_in_schema=False, dependencies=[counted(Exported.GOODS)])
@not_replayed
async def document(request: Request, answer: Answer, tx: Tx, member: CurrentMember, goods_licence_id: UUID) -> Response:
    """The document that was handed in; for the platform's people a marked copy. That they look at it is written down,
    hence a post.
    """
    found = await licences.licence(tx, goods_licence_id, reader=member)
    if found.organisation_id != member.organisation_id:
        await may_open(request, member)
        return copied(request, answer, await licences.look(tx, found, by=member))
    data = await licences.document(request.app.state.files, request.app.state.vault, found)
    return answer.file(data, found.document["name"], found.document["content_type"])


@router.get("/goods/licences", response_model=LicencesOut)
async def to_read(answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[LicencesQuery, Query()]) -> Response:
    """Licences of all companies in a state; those that wait, the longest waiting first."""
    require(member, Permission.CONTROL_GOODS)
    found, total = await licences.licences(
        tx, state=LicenceState(asked.state), offset=asked.offset, limit=asked.per_page
    )
    out = LicencesOut(licences=[LicenceOut.of(one) for one in found], total=total)
    today = clock.now().date()
    return answer.show("goods/desk_licences.html", out, found=found, page=asked, today=today, **WORDS)


@router.post("/goods/licences/{goods_licence_id}/decision", response_model=LicenceOut)
async def decide(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    goods_licence_id: UUID,
    data: Annotated[LicenceDecisionIn, Submitted(LicenceDecisionIn)],
) -> Response:
    """Accept, refuse, suspend or restore a licence; the company is told."""
    move = LicenceMove(data.move)
    company = await licences.decide(tx, goods_licence_id, move, reason=data.reason, by=member)
    found = await licences.licence(tx, goods_licence_id, reader=member)
    await _tell(tx, company, DONE[move], found.terms.number, data.reason, goods_licence_id)
    return answer.done(f"/licences/{goods_licence_id}", LicenceOut.of(found), flash=_("Decided. The company was told."))


async def _tell(tx: AsyncSession, company: UUID, news: str, name: str, reason: str, licence_id: UUID) -> None:
    context = {"news": news, "name": name, "day": "", "reason": reason, "path": f"/licences/{licence_id}"}
    await people.notify(tx, company, Permission.LIST_PRODUCTS, "control_news", context)
