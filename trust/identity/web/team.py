"""The people of a company: the list, roles, removal and invitations."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.i18n import _, current_locale
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.access import CurrentMember, Permission, require
from trust.identity import queries, words
from trust.identity.schemas import (
    LONGEST_TOKEN,
    AcceptanceIn,
    InvitationIn,
    InvitationOut,
    MemberOut,
    RolesIn,
    SigningAuthorityIn,
    TeamOut,
)
from trust.identity.service import authority, team
from trust.identity.service.team import InvitationView
from trust.identity.web.door import address_of, limit

router = HouseRouter(tags=["members"])
people = HouseRouter(include_in_schema=False)
PAGE = "/members"
CURRENCIES = ("USD", "EUR", "CNY", "GBP", "HKD", "JPY")
"""In which a bound can be set."""


class Accepted(BaseModel):
    member_id: UUID


@router.get("/members", response_model=TeamOut)
async def members(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """The members of your company and, for those who manage them, the open invitations."""
    manages = member.may(Permission.MANAGE_MEMBERS)
    options = words.role_options(team.roles_for(member))
    out = TeamOut(
        members=[
            MemberOut.model_validate(row, from_attributes=True)
            for row in await queries.members(tx, member.organisation_id)
        ],
        invitations=[_invitation(row) for row in await team.invitations(tx, member.organisation_id)] if manages else [],
    )
    return answer.show(
        "identity/members.html",
        out,
        manages=manages,
        role_label=words.role_label,
        role_options=options,
        meanings=[(label, meaning) for _value, label, meaning in options],
    )


def _invitation(row: InvitationView) -> InvitationOut:
    return InvitationOut.model_validate(row, from_attributes=True)


@people.get("/members/{member_id}")
async def member_page(answer: Answer, tx: Tx, member: CurrentMember, member_id: UUID) -> Response:
    """One colleague, with the forms that change what they may do."""
    require(member, Permission.MANAGE_MEMBERS)
    colleague = await team.colleague(tx, member_id, by=member)
    return answer.show(
        "identity/member.html",
        MemberOut.model_validate(colleague, from_attributes=True),
        role_options=words.role_options(team.roles_for(member)),
        role_label=words.role_label,
        authority=await authority.of_member(tx, member_id),
        currencies=CURRENCIES,
    )


@router.post("/members/{member_id}/authority")
async def grant_authority(
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    member_id: UUID,
    data: Annotated[SigningAuthorityIn, Submitted(SigningAuthorityIn)],
) -> Response:
    """Up to what amount, and until when, a colleague who may sign does so for the company; from now on."""
    require(member, Permission.MANAGE_MEMBERS)
    await team.colleague(tx, member_id, by=member)
    await authority.grant(tx, member_id, limit=data.money, until=data.until, by=member)
    return answer.done(f"/members/{member_id}", flash=_("The authority to sign is changed."))


@router.post("/members/{member_id}/roles")
async def give_roles(
    answer: Answer, tx: Tx, member: CurrentMember, member_id: UUID, data: Annotated[RolesIn, Submitted(RolesIn)]
) -> Response:
    """Give a colleague exactly these roles."""
    await team.give_roles(tx, member_id, data.roles, by=member)
    colleague = await queries.member_view(tx, member_id)
    return answer.done(
        PAGE, MemberOut.model_validate(colleague, from_attributes=True), flash=_("The roles are changed.")
    )


@router.post("/members/{member_id}/removal", include_in_schema=False)
@router.delete("/members/{member_id}")
async def remove(answer: Answer, tx: Tx, member: CurrentMember, member_id: UUID) -> Response:
    """A colleague leaves: their sessions and keys end at once."""
    await team.remove(tx, member_id, by=member)
    return answer.done("/" if member_id == member.id else PAGE, flash=_("The member is removed."))


@router.post("/invitations", response_model=InvitationOut)
async def invite(
    request: Request,
    answer: Answer,
    tx: Tx,
    member: CurrentMember,
    data: Annotated[InvitationIn, Submitted(InvitationIn)],
) -> Response:
    """Invite somebody by mail to join your company, with the roles they shall have."""
    require(member, Permission.MANAGE_MEMBERS)
    await limit(request, "invite", member.organisation_id, at_most=30, per_minutes=60)
    invitation = await team.invite(tx, data.email, data.roles, by=member)
    return answer.done(PAGE, _invitation(invitation), created=True, flash=_("The invitation is on its way."))


@router.post("/invitations/{invitation_id}/withdrawal", include_in_schema=False)
@router.delete("/invitations/{invitation_id}")
async def withdraw(answer: Answer, tx: Tx, member: CurrentMember, invitation_id: UUID) -> Response:
    """The link of an invitation opens nothing any more."""
    await team.withdraw(tx, invitation_id, by=member)
    return answer.done(PAGE, flash=_("The invitation is withdrawn."))


@people.get("/invitations/acceptance")
async def acceptance_page(answer: Answer, tx: Tx, token: Annotated[str, Query(max_length=LONGEST_TOKEN)]) -> Response:
    invitation = await team.invited(tx, token)
    return answer.show(
        "identity/accept.html", asdict(invitation), token=token, invitation=invitation, role_label=words.role_label
    )


@router.post("/invitations/acceptance")
@not_replayed
async def accept(
    request: Request, answer: Answer, tx: Tx, data: Annotated[AcceptanceIn, Submitted(AcceptanceIn)]
) -> Response:
    """Become a member by the token of an invitation."""
    await limit(request, "accept", address_of(request), at_most=60, per_minutes=60)
    member_id = await team.accept(tx, data.token, name=data.name, password=data.password, locale=current_locale())
    return answer.done(
        "/session/new", Accepted(member_id=member_id), created=True, flash=_("You are a member now. Please sign in.")
    )
