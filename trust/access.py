"""The one permission door: who is asking, and whether they may.

A member acts for one organisation. Roles give permissions; verification levels and restrictions take some away again.
An API key carries a subset of its member's permissions.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from app.core.errors import Forbidden, SignInNeeded
from app.core.i18n import N_, _


class Role(StrEnum):
    OWNER = "owner"
    SALES = "sales"
    PURCHASER = "purchaser"
    FINANCE = "finance"
    SIGNATORY = "signatory"
    MODERATOR = "moderator"
    COMPLIANCE = "compliance"
    FINANCE_STAFF = "finance_staff"
    EVALUATOR = "evaluator"
    ADMIN = "admin"


COMPANY_ROLES = (Role.OWNER, Role.SALES, Role.PURCHASER, Role.FINANCE, Role.SIGNATORY)
STAFF_ROLES = (Role.MODERATOR, Role.COMPLIANCE, Role.FINANCE_STAFF, Role.EVALUATOR, Role.ADMIN)
ROLE_LABELS = {
    Role.OWNER: N_("Owner"),
    Role.SALES: N_("Sales"),
    Role.PURCHASER: N_("Purchaser"),
    Role.FINANCE: N_("Finance"),
    Role.SIGNATORY: N_("Signatory"),
    Role.MODERATOR: N_("Moderator"),
    Role.COMPLIANCE: N_("Compliance"),
    Role.FINANCE_STAFF: N_("Platform finance"),
    Role.EVALUATOR: N_("Evaluator"),
    Role.ADMIN: N_("Administrator"),
}


class Permission(StrEnum):
    READ = "read"
    LIST_PRODUCTS = "list_products"
    PUBLISH_PRODUCTS = "publish_products"
    INQUIRE = "inquire"
    QUOTE = "quote"
    NEGOTIATE = "negotiate"
    SIGN = "sign"
    PAY = "pay"
    SHIP = "ship"
    ACCEPT_GOODS = "accept_goods"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_BANK = "manage_bank"
    VERIFY_COMPANY = "verify_company"
    MODERATE = "moderate"
    LEAD_MODERATION = "lead_moderation"
    READ_EVIDENCE = "read_evidence"
    SCREEN = "screen"
    JUDGE = "judge"
    SET_POLICY = "set_policy"
    ASSESS_RISK = "assess_risk"
    CHANGE_RISK = "change_risk"
    CONTROL_GOODS = "control_goods"
    KEEP_RECORDS = "keep_records"
    PUBLISH_RULES = "publish_rules"
    ANSWER_PRIVACY = "answer_privacy"
    REPORT_INCIDENTS = "report_incidents"
    HANDLE_INCIDENTS = "handle_incidents"
    ANSWER_AUTHORITIES = "answer_authorities"
    FILE_REPORTS = "file_reports"
    KEEP_QUALITY = "keep_quality"
    RESTRICT = "restrict"
    SUSPEND = "suspend"
    BOOK_MONEY = "book_money"
    APPROVE_MONEY = "approve_money"
    READ_INDICATORS = "read_indicators"
    KEEP_INDICATORS = "keep_indicators"
    LEAD_ASSESSMENT = "lead_assessment"
    ANSWER_ASSESSMENT = "answer_assessment"
    ADMINISTER = "administer"


P = Permission
_SELLING = {P.LIST_PRODUCTS, P.PUBLISH_PRODUCTS, P.QUOTE, P.NEGOTIATE, P.SHIP}
_BUYING = {P.INQUIRE, P.NEGOTIATE, P.ACCEPT_GOODS}
_REGISTERS = {P.REPORT_INCIDENTS, P.HANDLE_INCIDENTS, P.ANSWER_AUTHORITIES, P.KEEP_QUALITY, P.FILE_REPORTS}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(
        {P.READ, *_SELLING, *_BUYING, P.PAY, P.SIGN, P.MANAGE_MEMBERS, P.MANAGE_BANK, P.VERIFY_COMPANY}
    ),
    Role.SALES: frozenset({P.READ, *_SELLING}),
    Role.PURCHASER: frozenset({P.READ, *_BUYING}),
    Role.FINANCE: frozenset({P.READ, P.PAY, P.MANAGE_BANK}),
    Role.SIGNATORY: frozenset({P.READ, P.SIGN}),
    Role.MODERATOR: frozenset(
        {
            *(P.READ, P.MODERATE, P.SCREEN, P.ASSESS_RISK, P.READ_EVIDENCE, P.RESTRICT, P.JUDGE),
            P.REPORT_INCIDENTS,
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            *(P.READ, P.MODERATE, P.LEAD_MODERATION, P.READ_EVIDENCE, P.KEEP_RECORDS, P.PUBLISH_RULES),
            *(P.SCREEN, P.SET_POLICY, P.ASSESS_RISK, P.CHANGE_RISK, P.RESTRICT, P.SUSPEND, P.JUDGE),
            P.CONTROL_GOODS,
            P.ANSWER_PRIVACY,
            *_REGISTERS,
        }
    ),
    Role.FINANCE_STAFF: frozenset(
        {P.READ, P.BOOK_MONEY, P.APPROVE_MONEY, P.READ_EVIDENCE, P.REPORT_INCIDENTS, P.FILE_REPORTS}
    ),
    Role.EVALUATOR: frozenset({P.READ, P.READ_INDICATORS, P.LEAD_ASSESSMENT, P.REPORT_INCIDENTS}),
    Role.ADMIN: frozenset(
        {
            *(P.READ, P.ADMINISTER, P.READ_INDICATORS, P.KEEP_INDICATORS, P.MANAGE_MEMBERS, P.KEEP_RECORDS),
            *(P.PUBLISH_RULES, P.SET_POLICY, P.ANSWER_ASSESSMENT),
            *_REGISTERS,
        }
    ),
}
NEEDS_LEVEL: dict[Permission, int] = {P.PUBLISH_PRODUCTS: 2, P.SIGN: 2, P.INQUIRE: 1, P.QUOTE: 1}
"""The organisation's verification level without which a permission does not bind (TRUST: L1 contact, L2 entity)."""
STOPS_WHEN_LAPSED = frozenset({P.PUBLISH_PRODUCTS})
"""What an organisation does not do while its verification has lapsed, before its level falls."""


NEW_BUSINESS = frozenset({P.PUBLISH_PRODUCTS, P.INQUIRE, P.QUOTE, P.SIGN})
"""What needs the agreements in force accepted. Whatever carries a signed deal on does not: E-Commerce Law art. 34."""


class Standing(StrEnum):
    """Whether a company is here, leaves, or has left (`trust.leaving`)."""

    HERE = "here"
    LEAVING = "leaving"
    LEFT = "left"


AFTER_LEAVING = frozenset({P.READ, P.MANAGE_BANK})
"""What remains to the members of a company that has left: to read, and to be paid what may still come in."""


class Scope(StrEnum):
    """What a restriction takes away from a company. No place is sold here and nobody is lent money, so that advertising
    and finance come with a suspension alone: under one no membership is renewed by itself."""

    PUBLISH = "publish"
    QUOTE = "quote"
    MESSAGE_FIRST = "message_first"
    RECEIVE_ORDER = "receive_order"
    PAYOUT = "payout"
    ADS = "ads"
    FINANCE = "finance"


BARRED_BY: dict[Permission, Scope] = {
    P.PUBLISH_PRODUCTS: Scope.PUBLISH,
    P.QUOTE: Scope.QUOTE,
    P.INQUIRE: Scope.MESSAGE_FIRST,
}
"""Permissions that a restriction takes away whole. New deals and payouts are one step of a wider permission: their
services ask `unbound`."""
SCOPE_LABELS = {
    Scope.PUBLISH: N_("publish products"),
    Scope.QUOTE: N_("send quotations"),
    Scope.MESSAGE_FIRST: N_("send inquiries"),
    Scope.RECEIVE_ORDER: N_("enter into new deals"),
    Scope.PAYOUT: N_("be paid out"),
    Scope.ADS: N_("advertise"),
    Scope.FINANCE: N_("use financing"),
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A restriction that binds a company now. `until` None: until it is lifted."""

    id: UUID
    scopes: frozenset[Scope]
    until: datetime | None


def binding(kept: Iterable[Mapping[str, Any]], now: datetime) -> tuple[Bound, ...]:
    """Those of a company's restrictions, as `organisation.bound` keeps them, that bind at a moment: one that has run
    out does so no longer, whether or not its job has come by."""
    found = [
        Bound(
            UUID(one["id"]),
            frozenset(Scope(scope) for scope in one["scopes"]),
            datetime.fromisoformat(one["until"]) if one["until"] else None,
        )
        for one in kept
    ]
    return tuple(one for one in found if one.until is None or one.until > now)


def barring(bound: Iterable[Bound], scope: Scope) -> Bound | None:
    """The restriction that takes a scope away, the one that lasts longest where there are several."""
    found = [one for one in bound if scope in one.scopes]
    return max(found, key=lambda one: (one.until is None, one.until and one.until.timestamp()), default=None)


@dataclass(frozen=True, slots=True)
class Member:
    """Who is asking. A frozen value: it travels between domains, its rows do not."""

    id: UUID
    organisation_id: UUID
    organisation_name: str
    name: str
    email: str
    country: str
    level: int
    roles: frozenset[Role]
    locale: str = "en"
    is_staff: bool = False
    buys: bool = True
    sells: bool = True
    session_id: UUID | None = None
    scopes: frozenset[Permission] | None = None
    agreement_due: bool = False
    bound: tuple[Bound, ...] = ()
    lapsed: bool = False
    standing: Standing = Standing.HERE

    def may(self, permission: Permission) -> bool:
        return may(self, permission)


class NotVerified(Forbidden):
    """The organisation's verification level is too low for this."""

    code = "not_verified"


class AgreementNeeded(Forbidden):
    """An agreement in force has yet to be accepted for the company. Fact `address`: where."""

    code = "agreement_needed"


class VerificationLapsed(NotVerified):
    """The organisation's verification has been over for longer than the days of grace."""

    code = "verification_lapsed"


class NotPermitted(Forbidden):
    """None of the member's roles (or the API key's scopes) allows this."""

    code = "not_permitted"


class CompanyLeaving(Forbidden):
    """The member's company is leaving: it begins nothing new. Fact `address`: where it may stay after all."""

    code = "company_leaving"


class CompanyLeft(NotPermitted):
    """The member's company has left: they may read and take along what is theirs."""

    code = "company_left"


class Restricted(Forbidden):
    """A restriction of the company stands against it. Facts: `restriction`, `until`, `address` to read and appeal."""

    code = "restricted"


def granted(member: Member) -> frozenset[Permission]:
    """What the member's roles and key allow, verification aside."""
    by_role = frozenset[Permission]().union(*(GRANTS[role] for role in member.roles))
    if member.standing is Standing.LEFT:
        by_role &= AFTER_LEAVING
    return by_role if member.scopes is None else by_role & member.scopes


def entitled(member: Member, permission: Permission) -> bool:
    """Whether role, key and verification allow it; what ends or finishes something is not barred by a restriction."""
    lapsed = member.lapsed and permission in STOPS_WHEN_LAPSED
    return permission in granted(member) and member.level >= NEEDS_LEVEL.get(permission, 0) and not lapsed


def may(member: Member, permission: Permission) -> bool:
    scope = BARRED_BY.get(permission)
    free = scope is None or (barring(member.bound, scope) is None and member.standing is Standing.HERE)
    return entitled(member, permission) and free


def require(member: Member, permission: Permission, *, under_way: bool = False) -> None:
    """Raises NotPermitted, NotVerified, CompanyLeaving, AgreementNeeded or Restricted, saying what the member can do
    about it.

    under_way  it carries on a deal that was signed, or ends what was begun: the agreements of then hold for it, and no
               restriction counts
    """
    entitle(member, permission)
    if under_way:
        return
    if permission in NEW_BUSINESS:
        agreed(member)
    if scope := BARRED_BY.get(permission):
        unbound(member.bound, scope)


def agreed(member: Member) -> None:
    """Raises AgreementNeeded while the company owes its consent to an agreement in force, and CompanyLeaving for one
    that leaves, which owes none any more."""
    if member.standing is not Standing.HERE:
        raise CompanyLeaving(_("Your company is leaving Portolan: it begins nothing new."), address="/company/leaving")
    if member.agreement_due:
        message = _("Your company has to accept the agreements in force before new business.")
        raise AgreementNeeded(message, address="/agreements")


def unbound(bound: Iterable[Bound], scope: Scope) -> None:
    """Raises Restricted, naming the restriction, until when it lasts, and where to read and appeal."""
    against = barring(bound, scope)
    if against is None:
        return
    said = {"what": _(SCOPE_LABELS[scope]), "day": f"{against.until:%Y-%m-%d %H:%M} UTC" if against.until else ""}
    raise Restricted(
        _("A restriction stands against it: until %(day)s your company may not %(what)s.") % said
        if against.until
        else _("A restriction stands against it: until it is lifted, your company may not %(what)s.") % said,
        restriction=str(against.id),
        scope=scope.value,
        until=against.until.isoformat() if against.until else None,
        address=f"/restrictions/{against.id}",
    )


def entitle(member: Member, permission: Permission) -> None:
    """Raises NotPermitted or NotVerified: role, key and level alone."""
    if permission not in granted(member):
        if member.standing is Standing.LEFT and any(permission in GRANTS[role] for role in member.roles):
            raise CompanyLeft(_("Your company has left Portolan: you can read, and take along what is yours."))
        raise NotPermitted(_("Your role does not allow this. Ask an owner of your company."), permission=permission)
    needed = NEEDS_LEVEL.get(permission, 0)
    if member.level < needed:
        raise NotVerified(
            _("Please confirm your e-mail address first.")
            if needed == 1
            else _("Your company must be verified first. Open Verification to send the documents."),
            level=member.level,
            needed=needed,
        )
    if member.lapsed and permission in STOPS_WHEN_LAPSED:
        raise VerificationLapsed(_("Your company's verification has expired. Open Verification to renew it."))


async def maybe_member(request: Request) -> Member | None:
    """Whoever the entrance recognised; None for a visitor."""
    member: Member | None = request.state.member
    return member


async def current_member(request: Request) -> Member:
    """Raises SignInNeeded for a visitor."""
    member: Member | None = request.state.member
    if member is None:
        raise SignInNeeded(_("Please sign in first."))
    return member


MaybeMember = Annotated[Member | None, Depends(maybe_member)]
CurrentMember = Annotated[Member, Depends(current_member)]
