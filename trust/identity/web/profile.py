"""The company's own page, and how a member likes to read."""

from typing import Annotated

from starlette.responses import Response

from app.core.errors import Invalid
from app.core.i18n import LOCALES, _, speaking
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, Permission
from trust.identity import queries, registration, words
from trust.identity.schemas import CompanyOut, PreferencesIn, PreferencesOut, ProfileIn
from trust.identity.service import profile
from trust.identity.service.profile import Preferences, Profile
from trust.identity.web.door import remember

router = HouseRouter(tags=["company"])


@router.get("/company", response_model=CompanyOut)
async def company(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Your company: what is registered, and what it says of itself."""
    view = await queries.organisation(tx, member.organisation_id)
    return answer.show(
        "identity/company.html",
        CompanyOut.model_validate(view, from_attributes=True),
        edits=member.may(Permission.VERIFY_COMPANY),
        country=words.country_name(view.country),
        number_label=words.kind_label(view.registration_kind),
        level_label=words.level_label(view.level),
    )


@router.post("/company", response_model=CompanyOut)
async def describe(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[ProfileIn, Submitted(ProfileIn)]
) -> Response:
    """Change what the company says of itself; registered facts change by verification only."""
    await profile.describe(tx, _checked(data, member.country), by=member)
    view = await queries.organisation(tx, member.organisation_id)
    out = CompanyOut.model_validate(view, from_attributes=True)
    return answer.done("/company", out, flash=_("Saved."))


def _checked(data: ProfileIn, country: str) -> Profile:
    errors: dict[str, str] = {}
    phone = website = ""
    try:
        phone = registration.phone_number(data.phone, country)
    except Invalid as error:
        errors["phone"] = error.message
    try:
        website = registration.web_address(data.website)
    except Invalid as error:
        errors["website"] = error.message
    if not (data.buys or data.sells):
        errors["buys"] = _("Choose at least one: buy, sell, or both.")
    if errors:
        raise Invalid.many(errors, _("Please check the marked fields."))
    return Profile(phone, website, data.description.strip(), buys=data.buys, sells=data.sells)


@router.get("/account", response_model=PreferencesOut)
async def account(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Your name, language and time zone."""
    mine = await profile.preferences(tx, member.id)
    out = PreferencesOut(name=mine.name, email=member.email, locale=mine.locale, zone=mine.zone)
    return answer.show("identity/account.html", out, zones=words.zones(), languages=list(LOCALES.items()))


@router.post("/account", response_model=PreferencesOut)
async def prefer(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[PreferencesIn, Submitted(PreferencesIn)]
) -> Response:
    """Change your name, language and time zone."""
    await profile.prefer(tx, member.id, Preferences(data.name, data.locale, data.zone))
    out = PreferencesOut(name=data.name, email=member.email, locale=data.locale, zone=data.zone)
    with speaking(data.locale):
        response = answer.done("/account", out, flash=_("Saved."))
    remember(response, data.locale, data.zone)
    return response
