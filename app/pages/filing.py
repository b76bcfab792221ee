"""Where complaints and reports begin: what they are about is known by the address of its page."""

import re
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock, limits
from app.core.errors import NotFound
from app.core.i18n import _, gettext
from app.core.ids import new_id
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from listings import queries as listings
from listings.service import REVIEW_SUBJECT
from orders.contracts import queries as contracts
from orders.deals import queries as orders
from orders.negotiation import queries as negotiation
from trust.access import CurrentMember, MaybeMember, Member, Permission, require
from trust.cases import exhibits, filing, queries, statistics
from trust.cases.errors import BadFiling
from trust.cases.filing import About, Filing
from trust.cases.periods import PUBLISHED, spelled
from trust.cases.report_web import opens
from trust.cases.schemas import CaseOut, ComplaintIn, ReportIn, ReportOut
from trust.cases.states import KINDS, TOPICS, Kind, Side
from trust.identity import queries as identity
from trust.verification import queries as verification

router = HouseRouter(tags=["cases"])
_PAGE = re.compile(r"^/(orders|inquiries|products|suppliers)/([A-Za-z0-9-]+)(/|$)")


class FiguresOut(BaseModel):
    """Of one kind of case in the quarter that begins on `quarter`; null: fewer than five."""

    model_config = ConfigDict(from_attributes=True)

    quarter: date
    kind: Kind
    received: int | None
    ended: int | None
    decided: int | None
    upheld: int | None
    median_days: int | None
    in_time: int | None
    satisfied: int | None


async def about(tx: AsyncSession, address: str, member: Member | None) -> About:
    """What stands at an address of this site, for a case against who answers for it. A visitor's and a report's are
    public things. Raises BadFiling, also for what the asker may not know of.
    """
    try:
        found = _PAGE.match(urlsplit(address).path)
        if found is not None:
            return await _found(tx, found[1], found[2], member)
    except (NotFound, ValueError):
        pass
    raise BadFiling(_("There is nothing at this address that a case can be about."), field="about")


async def _found(tx: AsyncSession, place: str, name: str, member: Member | None) -> About:
    """Raises NotFound, ValueError."""
    if place == "suppliers":
        company = await identity.by_slug(tx, name)
        asked = await verification.requests(tx, company.id)
        origins = tuple(Subject("verification_request", request.id) for request in asked)
        subject = Subject("organisation", company.id)
        return About(subject, company.name_latin, f"/suppliers/{name}", company.id, origins=origins)
    id_ = UUID(name)
    if place == "products":
        product = await listings.published(tx, id_)
        origins = (Subject(REVIEW_SUBJECT, product.revision_id),)
        subject = Subject("product", id_)
        return About(subject, product.title, f"/products/{id_}", product.organisation_id, origins=origins)
    if member is None:
        raise NotFound
    party = member.organisation_id
    if place == "orders":
        order = await orders.order(tx, id_, party=party)
        side = "buyer" if party == order.buyer_id else "supplier"
        rules = (await contracts.contract(tx, order.contract_id)).rules
        title, other = f"{order.number} {order.title}", order.other(party)
        return About(order.subject, title, f"/orders/{id_}", other, side, rules=rules)
    inquiry = await negotiation.inquiry(tx, id_, party=party)
    side = "buyer" if party == inquiry.buyer_id else "supplier"
    other = inquiry.supplier_id if side == "buyer" else inquiry.buyer_id
    return About(Subject("inquiry", id_), inquiry.title, f"/inquiries/{id_}", other, side)


@router.get("/complaint", response_model=list[FiguresOut])
async def channels(request: Request, answer: Answer, tx: Tx) -> Response:
    """How to complain and report, how long it takes, and how it went so far."""
    figures = await statistics.by_quarter(tx, clock.now(), request.app.state.settings.reporting_zone)
    out = [FiguresOut.model_validate(row) for row in figures]
    return answer.show(
        "trust/complaint.html",
        out,
        figures=figures,
        periods=PUBLISHED,
        spelled=spelled,
        kinds=KINDS,
        least=statistics.LEAST,
    )


async def _shown(tx: AsyncSession, address: str, member: Member | None) -> dict[str, Any]:
    """The thing that a form is about, when its address came with the link."""
    thing = company = None
    if address:
        thing = await about(tx, address, member)
        company = await identity.organisation(tx, thing.respondent_id)
    return {"thing": thing, "company": company, "topics": [(t.value, gettext(label)) for t, label in TOPICS.items()]}


@router.get("/cases/new", include_in_schema=False)
async def complaint_form(answer: Answer, tx: Tx, member: CurrentMember, about: str = "") -> Response:
    """The form of a complaint."""
    require(member, Permission.NEGOTIATE)
    return answer.show("trust/complaint_form.html", None, **await _shown(tx, about, member))


@router.post("/cases", response_model=CaseOut)
async def complain(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[ComplaintIn, Submitted(ComplaintIn)],
) -> Response:
    """Complain of another company."""
    require(member, Permission.NEGOTIATE)
    state = request.app.state
    await limits.hit(state.db, f"complaints:{member.organisation_id}", at_most=20, per_minutes=1440)
    thing = await about(tx, data.about, member)
    id_ = new_id()
    files = await exhibits.keep(state.files, state.vault, id_, data.files)
    said = Filing(data.topic, data.statement, data.wanted, files, id=id_)
    case = await filing.complain(tx, thing, said, zone=state.settings.reporting_zone, by=member)
    out = CaseOut.of(await queries.file(tx, case, Side.COMPLAINANT))
    text = _("Sent in. Within a working day we say whether we take it up.")
    return answer.done(f"/cases/{case.id}", out, created=True, flash=text)


@router.get("/reports/new", include_in_schema=False)
async def report_form(answer: Answer, tx: Tx, member: MaybeMember, about: str = "") -> Response:
    """The form of a report; nobody needs an account for it."""
    return answer.show("trust/report_form.html", None, **await _shown(tx, about, None))


@router.post("/reports", response_model=ReportOut)
@not_replayed
async def report(request: Request, answer: Answer, tx: Tx, data: Annotated[ReportIn, Submitted(ReportIn)]) -> Response:
    """Report something. The answer holds the access code, which is kept nowhere."""
    state = request.app.state
    address = request.client.host if request.client else ""
    await limits.hit(state.db, f"reports:{address}", at_most=10, per_minutes=60)
    thing = await about(tx, data.about, None)
    id_ = uuid4()  # one in time's order would tell the reported when it was written
    files = await exhibits.keep(state.files, state.vault, id_, data.files)
    said = Filing(data.topic, data.statement, files=files, id=id_)
    zone = state.settings.reporting_zone
    case, code = await filing.report(tx, state.vault, thing, said, contact=data.contact, zone=zone)
    shown = CaseOut.of(await queries.file(tx, case, Side.COMPLAINANT))
    out = ReportOut(**shown.model_dump(), code=filing.grouped(code))
    return opens(answer.done("/reports/mine", out, created=True), request, code)
