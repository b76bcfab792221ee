"""The gate: which agreements the company has yet to accept, what is different, and what it accepted so far."""

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from app.core.i18n import _, current_locale
from app.core.web import Answer, HouseRouter, Submitted, Tx, local_path
from trust.access import CurrentMember
from trust.rules import accepting, queries, text
from trust.rules.codes import LABELS
from trust.rules.schemas import AcceptanceOut, AgreementsIn, AgreementsOut, VersionOut
from trust.rules.web import language

router = HouseRouter(tags=["rules"])


@router.get("/agreements", response_model=AgreementsOut)
async def agreements(
    answer: Answer, tx: Tx, member: CurrentMember, onward: Annotated[str, Query(alias="next", max_length=2000)] = ""
) -> Response:
    """What the company has yet to accept, word by word against what it accepted last."""
    due = [] if member.is_staff else await queries.due(tx, member.organisation_id, sells=member.sells)
    accepted = await queries.accepted(tx, member.organisation_id)
    shown = []
    for view in due:
        last = await queries.last_accepted(tx, member.organisation_id, view.code)
        shown.append((view, last, text.differences(last.text, view.text) if last else []))
    out = AgreementsOut(
        due=[VersionOut.of(view) for view in due],
        accepted=[AcceptanceOut(**{n: getattr(one, n) for n in AcceptanceOut.model_fields}) for one in accepted],
    )
    return answer.show(
        "rules/agreements.html",
        out,
        shown=shown,
        versions=accepting.shown(due),
        accepted=accepted,
        labels=LABELS,
        may=queries.may_agree(member),
        next=local_path(onward),
        language=language(),
    )


@router.post("/agreements", response_model=AgreementsOut)
async def accept(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[AgreementsIn, Submitted(AgreementsIn)],
) -> Response:
    """Accept them for the company."""
    address = request.client.host if request.client else ""
    await accepting.accept(
        tx, data.versions, accepted=data.accepted, locale=current_locale(), address=address, by=member
    )
    accepted = await queries.accepted(tx, member.organisation_id)
    out = AgreementsOut(
        due=[],
        accepted=[AcceptanceOut(**{n: getattr(one, n) for n in AcceptanceOut.model_fields}) for one in accepted],
    )
    return answer.done(local_path(data.next) or "/agreements", out, flash=_("Accepted for your company."))
