"""Roles, permissions, countries and time zones in the reader's words."""

from babel import Locale

from app.core import i18n
from app.core.i18n import N_, _, current_locale
from app.core.security import ZONES
from trust.access import ROLE_LABELS, Permission, Role
from trust.identity.registration import COUNTRIES, Kind

ROLE_MEANINGS = {
    Role.OWNER: N_("May do everything for the company, and decides who else may."),
    Role.SALES: N_("Lists products, answers inquiries, sends quotations and ships."),
    Role.PURCHASER: N_("Sends inquiries, negotiates and accepts goods."),
    Role.FINANCE: N_("Pays, and keeps the company's bank account."),
    Role.SIGNATORY: N_("Signs contracts in the company's name."),
    Role.MODERATOR: N_("Reviews companies and products before they are shown."),
    Role.COMPLIANCE: N_("Reviews companies, screening results and restrictions."),
    Role.FINANCE_STAFF: N_("Books incoming bank transfers; a second person approves."),
    Role.EVALUATOR: N_("Reads indicators and reports, and assesses the platform."),
    Role.ADMIN: N_("Manages staff and settings."),
}
SCOPE_LABELS = {
    Permission.READ: N_("Read what you can read"),
    Permission.LIST_PRODUCTS: N_("Write product drafts"),
    Permission.PUBLISH_PRODUCTS: N_("Publish products"),
    Permission.INQUIRE: N_("Send inquiries"),
    Permission.QUOTE: N_("Send quotations"),
    Permission.NEGOTIATE: N_("Negotiate"),
    Permission.SIGN: N_("Prepare signatures"),
    Permission.PAY: N_("Start payments"),
    Permission.SHIP: N_("Record shipments"),
    Permission.ACCEPT_GOODS: N_("Accept goods"),
    Permission.MANAGE_MEMBERS: N_("Manage members"),
    Permission.MANAGE_BANK: N_("Manage bank accounts"),
    Permission.VERIFY_COMPANY: N_("Edit company details and verification"),
    Permission.MODERATE: N_("Review companies and products"),
    Permission.LEAD_MODERATION: N_("Lead the moderators"),
    Permission.READ_EVIDENCE: N_("Have the evidence of any deal packed"),
    Permission.SCREEN: N_("Take in sanctions lists and look names up"),
    Permission.JUDGE: N_("Judge complaints, reports and disputes"),
    Permission.SET_POLICY: N_("Set what sanctions lists mean"),
    Permission.ASSESS_RISK: N_("See rules of risk and let go what is held"),
    Permission.CHANGE_RISK: N_("Change rules of risk"),
    Permission.CONTROL_GOODS: N_("Decide about controlled goods, licences and end users"),
    Permission.KEEP_RECORDS: N_("Hold records that would be erased"),
    Permission.REPORT_INCIDENTS: N_("Report incidents"),
    Permission.HANDLE_INCIDENTS: N_("Handle incidents"),
    Permission.ANSWER_AUTHORITIES: N_("Answer requests of authorities"),
    Permission.FILE_REPORTS: N_("Prepare and file statutory reports"),
    Permission.KEEP_QUALITY: N_("Keep the register of quality and brand work"),
    Permission.RESTRICT: N_("Restrict companies"),
    Permission.SUSPEND: N_("Suspend companies and end cooperation"),
    Permission.BOOK_MONEY: N_("Book incoming transfers"),
    Permission.APPROVE_MONEY: N_("Approve bookings"),
    Permission.READ_INDICATORS: N_("Read indicators"),
    Permission.KEEP_INDICATORS: N_("Correct and explain indicators"),
    Permission.LEAD_ASSESSMENT: N_("Assess the platform"),
    Permission.ANSWER_ASSESSMENT: N_("Answer for the platform when it is assessed"),
    Permission.PUBLISH_RULES: N_("Publish rules"),
    Permission.ANSWER_PRIVACY: N_("Answer requests about personal data"),
    Permission.ADMINISTER: N_("Manage settings"),
}
KIND_LABELS = {
    Kind.USCC: N_("Unified social credit code"),
    Kind.VAT: N_("VAT number"),
    Kind.LEI: N_("LEI"),
    Kind.REGISTRY: N_("Company register number"),
}
LEVEL_LABELS = (
    N_("Not confirmed"),
    N_("Contact confirmed"),
    N_("Legal entity verified"),
    N_("Entity, bank account and site verified"),
)


def role_label(role: str) -> str:
    return _(ROLE_LABELS[Role(role)])


def role_options(roles: tuple[Role, ...]) -> list[tuple[str, str, str]]:
    """(value, label, what it means) for a set of checkboxes."""
    return [(role.value, _(ROLE_LABELS[role]), _(ROLE_MEANINGS[role])) for role in roles]


def scope_label(scope: str) -> str:
    return _(SCOPE_LABELS[Permission(scope)])


def kind_label(kind: str) -> str:
    return _(KIND_LABELS[Kind(kind)])


def level_label(level: int) -> str:
    return _(LEVEL_LABELS[level])


def countries() -> list[tuple[str, str]]:
    """(code, name) of every country, in the order of the reader's language."""
    names = _territories()
    return sorted(((code, names[code]) for code in COUNTRIES), key=lambda pair: pair[1])


country_name = i18n.country_name


def _territories() -> dict[str, str]:
    found: dict[str, str] = dict(Locale.parse(current_locale().replace("-", "_")).territories)
    return found


def zones() -> list[tuple[str, list[tuple[str, str]]]]:
    """Time zones by continent: (continent, [(IANA name, place)])."""
    grouped: dict[str, list[tuple[str, str]]] = {"UTC": [("UTC", "UTC")]}
    for zone in sorted(ZONES):
        area, slash, place = zone.partition("/")
        if slash and area not in {"Etc", "SystemV", "posix", "right"}:
            grouped.setdefault(area, []).append((zone, place.replace("_", " ").replace("/", ", ")))
    return list(grouped.items())
