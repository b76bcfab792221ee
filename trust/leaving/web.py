"""Addresses of leaving: what is open and what becomes of it, the word that the company leaves, and the desk's list."""

from typing import Annotated, Any

from fastapi import Query, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Member, NotPermitted, Permission, Role, Standing, require
from trust.identity import service as people
from trust.identity.parting import read_until
from trust.identity.web.door import limit
from trust.leaving import matters, queries, service
from trust.leaving.periods import notice
from trust.leaving.schemas import AnnounceIn, DepartureOut, DeparturesOut, DeparturesQuery, LeavingOut, MatterOut
from trust.leaving.states import LABELS
from trust.retention.classes import CASES, DEAL, SELLER_IDENTITY
from trust.rules.codes import LABELS as RULES
from trust.rules.web import language

router = HouseRouter(tags=["leaving"])
PAGE = service.PAGE
KEPT = (DEAL, CASES, SELLER_IDENTITY)
"""Of what the law keeps, what a company asks about first; `/settings/privacy/erasure` tells each member the rest."""


@router.get("/company/leaving", response_model=LeavingOut)
async def leaving(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """What is open of the company, what becomes of it if it leaves, and where its leaving stands."""
    _of_company(member)
    found = await _open(tx, member)
    view = await queries.standing(tx, member.organisation_id)
    out = LeavingOut(
        departure=DepartureOut.of(view) if view else None, matters=[MatterOut.of(matter) for matter in found]
    )
    now = clock.now()
    closes = now + notice(now.date())
    return answer.show(
        "leaving/company.html",
        out,
        view=view,
        matters=found,
        waits=[matter for matter in found if matter.waits],
        changes=await queries.announced_changes(tx) if view is None else [],
        owner=Role.OWNER in member.roles,
        left=member.standing is Standing.LEFT,
        proven=member.session_id is not None and await people.stepped_up(tx, member),
        closes=closes,
        reads=(read_until(now) - now).days,
        keeps=KEPT,
        rule_labels=RULES,
        language=language(),
    )


@router.post("/company/leaving", response_model=DepartureOut)
async def announce(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[AnnounceIn, Submitted(AnnounceIn)],
) -> Response:
    """Say that the company leaves; an owner, with step-up."""
    await _a_few_times(request, member)
    await service.announce(tx, data.change_id, confirmed=data.confirmed, by=member)
    text = _("Your company leaves. Your members and partners are told, and your shop says so from now on.")
    return await _done(answer, tx, member, text)


@router.post("/company/leaving/withdrawal", response_model=DepartureOut)
async def stay(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Stay after all; an owner, with step-up."""
    await _a_few_times(request, member)
    row = await service.stay(tx, by=member)
    await tx.flush()
    [view] = [one for one in await queries.of_company(tx, member.organisation_id) if one.id == row.id]
    return answer.done(PAGE, DepartureOut.of(view), flash=_("Your company stays. Its products come back."))


async def _a_few_times(request: Request, member: Member) -> None:
    """Whoever goes to and fro writes to all its partners each time: ten times a day at most. Raises TooMany."""
    _of_company(member)
    require(member, Permission.MANAGE_MEMBERS)
    await limit(request, "departure", member.organisation_id, at_most=10, per_minutes=1440)


def _of_company(member: Member) -> None:
    require(member, Permission.READ)
    if member.is_staff:
        raise NotPermitted(_("This is for companies that trade here."))


async def _open(tx: AsyncSession, member: Member) -> list[matters.Matter]:
    """Told to owners, who may read all of it anyway."""
    if Role.OWNER not in member.roles or member.standing is Standing.LEFT:
        return []
    return await matters.open_matters(tx, member.organisation_id)


async def _done(answer: Any, tx: AsyncSession, member: Member, text: str) -> Response:
    await tx.flush()
    view = await queries.standing(tx, member.organisation_id)
    done: Response = answer.done(PAGE, DepartureOut.of(view) if view else None, flash=text)
    return done


@router.get("/departures", response_model=DeparturesOut)
async def departures(
    answer: Answer, tx: Tx, member: CurrentMember, asked: Annotated[DeparturesQuery, Query()]
) -> Response:
    """For the desk: companies that leave, those that have left, and those that stayed."""
    require(member, Permission.RESTRICT)
    found, total = await queries.departures(tx, asked.show, offset=asked.offset, limit=asked.per_page)
    out = DeparturesOut(departures=[DepartureOut.of(view) for view in found], total=total)
    return answer.show(
        "leaving/desk.html",
        out,
        found=found,
        total=total,
        asked=asked,
        labels=LABELS,
        now=clock.now(),
        rule_labels=RULES,
        language=language(),
    )
