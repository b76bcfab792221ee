"""Where one can go from every page, by who is signed in. Only addresses that exist."""

from functools import lru_cache
from typing import Any, NamedTuple

from fastapi import Request

from app.assessment.badge import Held
from app.core.i18n import _, current_locale
from trust.access import Member, Permission


class Link(NamedTuple):
    """One entry of a menu; with `method` "post" a button. `current`: the reader is there."""

    href: str
    label: str
    icon: str
    current: bool
    method: str = "get"


Links = dict[str, list[Link]]


def links(request: Request, member: Member | None) -> Links:
    """`nav`, `account_nav`, `footer_nav` and `badge_nav` for base.html."""
    return {**_menus(request, member), "badge_nav": _badge(request.app.state.badge.title)}


def _badge(title: Held | None) -> list[Link]:
    """The title that the platform holds, if any."""
    if title is None:
        return []
    name = title.name_zh if current_locale() == "zh-Hans" else title.name_en
    said = _("%(title)s, certificate %(number)s") % {"title": name, "number": title.certificate}
    return [Link("/assessment", said, "star", current=False)]


def _menus(request: Request, member: Member | None) -> Links:
    here, settings = request.scope["path"], request.app.state.settings
    sandbox = f"{settings.stripe_api_base}/" if settings.stripe_api_base else ""  # its own page is at its root
    development = settings.environment == "development"
    if member is not None:
        return _links(member, here, sandbox, development=development)
    anywhere = _visitors(current_locale(), "", sandbox, development=development)
    hrefs = (link.href for menu in anywhere.values() for link in menu)
    current = next((href for href in hrefs if _under(href, here)), "")
    return _visitors(current_locale(), current, sandbox, development=development)


def _under(href: str, here: str) -> bool:
    return here == href or (href not in {"/", "/about"} and here.startswith(f"{href}/"))


@lru_cache(maxsize=64)
def _visitors(locale: str, here: str, sandbox: str, *, development: bool) -> Links:
    """Most pages are a visitor's, and the entries of a visitor depend on no more than this."""
    return _links(None, here, sandbox, development=development)


def _links(member: Member | None, here: str, sandbox: str, *, development: bool) -> Links:
    def link(href: str, label: str, icon: str, method: str = "get") -> Link:
        return Link(href, label, icon, _under(href, here), method)

    footer = [
        link("/categories", _("Categories"), "box"),
        link("/verify", _("Check a document"), "shield"),
        link("/plans", _("Plans"), "star"),
        link("/rules", _("Rules"), "scale"),
        link("/about/disclosure", _("The operator"), "building"),
        link("/complaint", _("Complaints and reports"), "flag"),
        link("/rights", _("Intellectual property"), "shield"),
        link("/transparency", _("Transparency"), "eye"),
        link("/assessment", _("Title and assessment"), "star"),
        link("/api/docs", _("API"), "file"),
        link("/privacy", _("Privacy"), "eye"),
        link("/about", _("About Portolan"), "compass"),
    ]
    footer += [link("/dev/mail", _("Kept mail"), "message")] if development else []
    footer += [link(sandbox, _("Payment sandbox"), "money")] if development and sandbox else []
    if member is None:
        account = [link("/session/new", _("Sign in"), "user"), link("/register", _("Register"), "building")]
        nav = [link("/products", _("Products"), "search"), link("/categories", _("Categories"), "box")]
        return {"nav": nav, "account_nav": account, "footer_nav": footer}
    nav = _staff(member, link) if member.is_staff else _company(member, link)
    account = [
        link("/account", _("Preferences"), "user"),
        link("/security", _("Security"), "key"),
        link("/settings/privacy", _("Privacy"), "eye"),
        *([] if member.is_staff else [link("/company", _("Company"), "building")]),
        *([link("/members", _("Members"), "team")] if member.may(Permission.MANAGE_MEMBERS) else []),
        *([link("/approvals", _("Approvals"), "check")] if member.buys and member.may(Permission.PAY) else []),
        *([link("/bundles", _("Evidence bundles"), "scale")] if _reads_evidence(member) else []),
        *([] if member.is_staff else _own_files(link)),
        *([link("/membership", _("Membership"), "star")] if _pays_for_selling(member) else []),
        *([link("/my/figures", _("Your figures"), "eye")] if _lists(member) else []),
        *([link("/licences", _("Licences"), "file")] if _lists(member) else []),
        link("/session/removal", _("Sign out"), "logout", method="post"),
    ]
    return {"nav": nav, "account_nav": account, "footer_nav": footer}


def _own_files(link: Any) -> list[Link]:
    """What the platform keeps about a company, and tells it."""
    return [
        link("/notices", _("Notices"), "eye"),
        link("/cases", _("Complaints and disputes"), "dispute"),
        link("/credit", _("Credit file"), "star"),
        link("/verification", _("Verification"), "shield"),
        link("/restrictions", _("Restrictions"), "warning"),
    ]


def _pays_for_selling(member: Member) -> bool:
    return member.sells and not member.is_staff and member.may(Permission.PAY)


def _lists(member: Member) -> bool:
    return member.sells and member.may(Permission.LIST_PRODUCTS)


def _reads_evidence(member: Member) -> bool:
    return not member.is_staff or member.may(Permission.READ_EVIDENCE)


def _company(member: Member, link: Any) -> list[Link]:
    nav = [link("/products", _("Products"), "search")]
    if _lists(member):
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
    if member.may(Permission.SCREEN):
        nav.append(link("/screening", _("Screening"), "shield"))
    if member.may(Permission.PUBLISH_RULES):
        nav.append(link("/rulebook", _("Rule book"), "contract"))
    if member.may(Permission.ADMINISTER):
        nav.append(link("/signals", _("How things stand"), "clock"))
        nav.append(link("/operator", _("The operator"), "building"))
    if member.may(Permission.READ_INDICATORS):
        nav.append(link("/indicators", _("Indicators"), "star"))
        nav.append(link("/operator/records", _("Capital and penalties"), "building"))
        nav.append(link("/figures/traffic", _("Traffic"), "eye"))
        nav.append(link("/assessments", _("Assessment"), "check"))
    if member.may(Permission.RESTRICT):
        nav.append(link("/restrictions/desk", _("Restrictions"), "warning"))
        nav.append(link("/departures", _("Leaving"), "logout"))
    if member.may(Permission.ASSESS_RISK):
        nav.append(link("/risk", _("Risk"), "flag"))
        nav.append(link("/credit/links", _("Linked companies"), "team"))
    if member.may(Permission.JUDGE):
        nav.append(link("/rights/desk", _("Rights"), "shield"))
    if member.may(Permission.CONTROL_GOODS):
        nav.append(link("/goods", _("Controlled goods"), "box"))
    if member.may(Permission.ANSWER_PRIVACY):
        nav.append(link("/privacy/desk", _("Personal data"), "eye"))
    return nav + _registers(member, link)


def _registers(member: Member, link: Any) -> list[Link]:
    """What staff keep for authorities and for those who look at the platform from outside."""
    nav: list[Link] = []
    if member.may(Permission.REPORT_INCIDENTS):
        nav.append(link("/incidents", _("Incidents"), "warning"))
    if member.may(Permission.ANSWER_AUTHORITIES):
        nav.append(link("/authority-requests", _("Authorities"), "scale"))
    if member.may(Permission.FILE_REPORTS):
        nav.append(link("/statutory", _("Statutory reports"), "file"))
    if member.may(Permission.KEEP_QUALITY):
        nav.append(link("/quality", _("Quality and brands"), "seal"))
    if member.may(Permission.KEEP_RECORDS):
        nav.append(link("/oversight", _("Oversight"), "eye"))
        nav.append(link("/retention", _("Retention"), "clock"))
        nav.append(link("/identity-reports", _("Identity reports"), "user"))
    return nav
