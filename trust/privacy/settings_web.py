"""A member's own data: consents, a copy to take along, being erased, and who of the platform looked."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Tx, not_replayed
from trust.access import ROLE_LABELS, CurrentMember, Member, Permission
from trust.identity.web.door import TheVault, limit, people_only
from trust.privacy import consents, erasing, exporting, looks, queries
from trust.privacy.schemas import (
    ConsentOut,
    ErasureOut,
    ExportOut,
    LookOut,
    PreviewOut,
    RequestOut,
    SettingsOut,
    StaysOut,
)
from trust.privacy.web import WORDS

router = HouseRouter(tags=["privacy"])
PAGE = "/settings/privacy"
ROLES = {str(role): label for role, label in ROLE_LABELS.items()}


@router.get("/settings/privacy", response_model=SettingsOut)
async def settings(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Your consents, copies of your data, and who looked at it."""
    choices = await consents.choices(tx, member.id)
    made = await exporting.of_member(tx, member.id)
    awaited = await erasing.open_one(tx, member.id)
    asked = await queries.of_member(tx, member.id)
    seen, total = await looks.of_member(tx, member, offset=page.offset, limit=page.per_page)
    out = SettingsOut(
        consents=[ConsentOut.of(choice) for choice in choices],
        exports=[ExportOut.of(row) for row in made],
        erasure=ErasureOut.of(awaited) if awaited else None,
        requests=[RequestOut.of(row) for row in asked],
        looks=[LookOut.of(look) for look in seen],
        total_looks=total,
    )
    return answer.show(
        "privacy/settings.html",
        out,
        choices=choices,
        looks=seen,
        page=page,
        whats=looks.WHATS,
        roles=ROLES,
        documents=not member.is_staff and member.may(Permission.VERIFY_COMPANY),
        **WORDS,
    )


@router.post("/settings/privacy/consents/{purpose}", response_model=ConsentOut)
async def give(answer: Answer, tx: Tx, member: CurrentMember, purpose: str) -> Response:
    """Agree to one purpose."""
    await consents.give(tx, purpose, by=member)
    return answer.done(PAGE, await _choice(tx, member, purpose), flash=_("You agreed. You can withdraw it here."))


@router.post("/settings/privacy/consents/{purpose}/withdrawal", response_model=ConsentOut)
async def withdraw(answer: Answer, tx: Tx, member: CurrentMember, purpose: str) -> Response:
    """Agree to a purpose no more."""
    await consents.withdraw(tx, purpose, by=member)
    return answer.done(PAGE, await _choice(tx, member, purpose), flash=_("Withdrawn. It holds from now on."))


async def _choice(tx: Tx, member: Member, purpose: str) -> ConsentOut:
    await tx.flush()
    return next(ConsentOut.of(one) for one in await consents.choices(tx, member.id) if one.purpose.code == purpose)


@router.post("/settings/privacy/exports", response_model=ExportOut)
async def export(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Have everything about you packed; needs step-up, and three times a day at most."""
    people_only(member)
    await limit(request, "personal-export", member.id, at_most=3, per_minutes=1440)
    row = await exporting.ask(tx, by=member)
    return answer.done(f"{PAGE}/exports/{row.id}", ExportOut.of(row), created=True)


@router.get("/settings/privacy/exports/{personal_export_id}", response_model=ExportOut)
async def one_export(answer: Answer, tx: Tx, member: CurrentMember, personal_export_id: UUID) -> Response:
    """How far a copy of your data is."""
    row = await exporting.own(tx, personal_export_id, by=member)
    return answer.show("privacy/export_status.html", ExportOut.of(row), block="status", row=row)


@router.post("/settings/privacy/exports/{personal_export_id}/copy", include_in_schema=False)
@not_replayed
async def copy(
    request: Request, answer: Answer, tx: Tx, vault: TheVault, member: CurrentMember, personal_export_id: UUID
) -> Response:
    """The ZIP; needs step-up, and is written down."""
    await exporting.own(tx, personal_export_id, by=member)
    await limit(request, "personal-export-copy", member.id, at_most=20, per_minutes=60)
    data = await exporting.fetch(tx, request.app.state.files, vault, personal_export_id, by=member)
    return answer.file(data, "portolan-personal-data.zip", "application/zip")


@router.get("/settings/privacy/erasure", response_model=PreviewOut)
async def preview(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """What goes and what the law keeps, before you decide."""
    stays = await erasing.stays(tx, member.id)
    hindrance = await erasing.hindrance(tx, member.id)
    awaited = await erasing.open_one(tx, member.id)
    out = PreviewOut(
        hindrance=hindrance,
        stays=[StaysOut.of(one) for one in stays],
        awaited=ErasureOut.of(awaited) if awaited else None,
    )
    return answer.show("privacy/erasure.html", out, stays=stays, awaited=awaited)


@router.post("/settings/privacy/erasure", response_model=ErasureOut)
async def erase(request: Request, answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Be erased in seven days; needs step-up."""
    people_only(member)
    await limit(request, "erasure", member.id, at_most=10, per_minutes=1440)
    row = await erasing.ask(tx, by=member)
    text = _("Your account is erased in seven days. Until then you can call it off here.")
    return answer.done(f"{PAGE}/erasure", ErasureOut.of(row), created=True, flash=text)


@router.post("/settings/privacy/erasure/cancellation")
async def stay(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Stay after all."""
    people_only(member)
    await erasing.cancel(tx, by=member)
    return answer.done(PAGE, {"cancelled": True}, flash=_("Called off. Nothing of yours is erased."))
