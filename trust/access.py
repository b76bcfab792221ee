"""The one permission door: who is asking, and whether they may.

A member acts for one organisation. Roles give permissions; verification levels and restrictions take some away again.
An API key carries a subset of its member's permissions.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
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
    READ_EVIDENCE = "read_evidence"
    SCREEN = "screen"
    ASSESS_RISK = "assess_risk"
    CHANGE_RISK = "change_risk"
    KEEP_RECORDS = "keep_records"
    BOOK_MONEY = "book_money"
    APPROVE_MONEY = "approve_money"
    READ_INDICATORS = "read_indicators"
    ADMINISTER = "administer"


P = Permission
_SELLING = {P.LIST_PRODUCTS, P.PUBLISH_PRODUCTS, P.QUOTE, P.NEGOTIATE, P.SHIP}
_BUYING = {P.INQUIRE, P.NEGOTIATE, P.ACCEPT_GOODS}
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(
        {P.READ, *_SELLING, *_BUYING, P.PAY, P.SIGN, P.MANAGE_MEMBERS, P.MANAGE_BANK, P.VERIFY_COMPANY}
    ),
    Role.SALES: frozenset({P.READ, *_SELLING}),
    Role.PURCHASER: frozenset({P.READ, *_BUYING}),
    Role.FINANCE: frozenset({P.READ, P.PAY, P.MANAGE_BANK}),
    Role.SIGNATORY: frozenset({P.READ, P.SIGN}),
    Role.MODERATOR: frozenset({P.READ, P.MODERATE, P.SCREEN, P.ASSESS_RISK, P.READ_EVIDENCE}),
    Role.COMPLIANCE: frozenset(
        {P.READ, P.MODERATE, P.SCREEN, P.ASSESS_RISK, P.CHANGE_RISK, P.READ_EVIDENCE, P.KEEP_RECORDS}
    ),
    Role.FINANCE_STAFF: frozenset({P.READ, P.BOOK_MONEY, P.APPROVE_MONEY, P.READ_EVIDENCE}),
    Role.EVALUATOR: frozenset({P.READ, P.READ_INDICATORS}),
    Role.ADMIN: frozenset({P.READ, P.ADMINISTER, P.READ_INDICATORS, P.MANAGE_MEMBERS, P.KEEP_RECORDS}),
}
NEEDS_LEVEL: dict[Permission, int] = {P.PUBLISH_PRODUCTS: 2, P.SIGN: 2, P.INQUIRE: 1, P.QUOTE: 1}
"""The organisation's verification level without which a permission does not bind (TRUST: L1 contact, L2 entity)."""


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

    def may(self, permission: Permission) -> bool:
        return may(self, permission)


class NotVerified(Forbidden):
    """The organisation's verification level is too low for this."""

    code = "not_verified"


class NotPermitted(Forbidden):
    """None of the member's roles (or the API key's scopes) allows this."""

    code = "not_permitted"


def granted(member: Member) -> frozenset[Permission]:
    """What the member's roles and key allow, verification aside."""
    by_role = frozenset[Permission]().union(*(GRANTS[role] for role in member.roles))
    return by_role if member.scopes is None else by_role & member.scopes


def may(member: Member, permission: Permission) -> bool:
    return permission in granted(member) and member.level >= NEEDS_LEVEL.get(permission, 0)


def require(member: Member, permission: Permission) -> None:
    """Raises NotPermitted or NotVerified, saying what the member can do about it."""
    if permission not in granted(member):
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
