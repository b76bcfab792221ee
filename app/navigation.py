"""Where one can go from every page, by who is signed in. Only addresses that exist."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from app.core.i18n import _
from trust.access import Member, Permission


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a menu; with `method` "post" a button. `current`: the reader is there."""

    href: str
    label: str
    icon: str
    current: bool
    method: str = "get"


def links(request: Request, member: Member | None) -> dict[str, list[Link]]:
    """`nav`, `account_nav` and `footer_nav` for base.html."""
    here = request.url.path

    def link(href: str, label: str, icon: str, method: str = "get") -> Link:
        return Link(href, label, icon, here == href or (href != "/" and here.startswith(f"{href}/")), method)

    footer = [
        link("/categories", _("Categories"), "box"),
        link("/api/docs", _("API"), "file"),
        link("/about", _("About Portolan"), "compass"),
    ]
    settings = request.app.state.settings
    if settings.environment == "development":
        footer.append(link("/dev/mail", _("Kept mail"), "message"))
        if settings.stripe_api_base:  # the sandbox; its own page is at its root
            footer.append(link(f"{settings.stripe_api_base}/", _("Payment sandbox"), "money"))
    if member is None:
        account = [link("/session/new", _("Sign in"), "user"), link("/register", _("Register"), "building")]
        nav = [link("/products", _("Products"), "search"), link("/categories", _("Categories"), "box")]
        return {"nav": nav, "account_nav": account, "footer_nav": footer}
    nav = _staff(member, link) if member.is_staff else _company(member, link)
    account = [
        link("/account", _("Preferences"), "user"),
        link("/security", _("Security"), "key"),
        *([] if member.is_staff else [link("/company", _("Company"), "building")]),
        *([link("/members", _("Members"), "team")] if member.may(Permission.MANAGE_MEMBERS) else []),
        *([link("/approvals", _("Approvals"), "check")] if member.buys and member.may(Permission.PAY) else []),
        *([] if member.is_staff else [link("/verification", _("Verification"), "shield")]),
        link("/session/removal", _("Sign out"), "logout", method="post"),
    ]
    return {"nav": nav, "account_nav": account, "footer_nav": footer}


def _company(member: Member, link: Any) -> list[Link]:
    nav = [link("/products", _("Products"), "search")]
    if member.sells and member.may(Permission.LIST_PRODUCTS):
        nav.append(link("/my/products", _("My products"), "box"))
    nav += [
        link("/inquiries", _("Inquiries"), "message"),
        *([link("/rfqs", _("RFQs"), "rfq")] if member.buys else []),
        link("/contracts", _("Contracts"), "contract"),
        link("/orders", _("Orders"), "ship"),
    ]
    if (member.sells and member.may(Permission.MANAGE_BANK)) or (member.buys and member.may(Permission.PAY)):
        nav.append(link("/money", _("Money"), "money"))
    return nav


def _staff(member: Member, link: Any) -> list[Link]:
    nav = [link("/products", _("Products"), "search")]
    if member.may(Permission.MODERATE):
        nav.append(link("/moderation", _("Moderation"), "queue"))
    if member.may(Permission.BOOK_MONEY):
        nav.append(link("/finance", _("Finance"), "money"))
    return nav
