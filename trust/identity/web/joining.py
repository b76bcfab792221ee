"""A company registers: the form, the letter, the confirmation, and what comes next."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.i18n import current_locale
from app.core.web import Answer, HouseRouter, Submitted, Tx, not_replayed
from trust.identity import registration, words
from trust.identity.schemas import LONGEST_TOKEN, CheckMail, RegistrationIn, TokenIn
from trust.identity.service import joining
from trust.identity.web.door import address_of, limit
from trust.rules import accepting

router = HouseRouter(tags=["registration"])
people = HouseRouter(include_in_schema=False)


class Confirmed(BaseModel):
    organisation_id: UUID
    member_id: UUID


@people.get("/register")
async def register_page(answer: Answer, tx: Tx) -> Response:
    agreements = await accepting.agreements(tx)
    return answer.show(
        "identity/register.html",
        countries=words.countries(),
        agreements=agreements,
        versions=accepting.shown(agreements),
        language="zh" if current_locale() == "zh-Hans" else "en",
    )


@router.post("/organisations")
@not_replayed
async def register(
    request: Request, answer: Answer, tx: Tx, data: Annotated[RegistrationIn, Submitted(RegistrationIn)]
) -> Response:
    """Register a company with its first member. The answer is the same for a known e-mail address: look at the mail."""
    await limit(request, "register", data.member.email, at_most=3, per_minutes=60, from_address=20)
    company = registration.company(registration.Claim(**data.company.model_dump()), prefix="company.")
    member = data.member
    locale = current_locale()
    given = await accepting.consent(tx, data.agreed, sells=company.sells, locale=locale, address=address_of(request))
    await joining.apply(
        tx, company, name=member.name, email=member.email, password=member.password, locale=locale, consent=given
    )
    return answer.done("/register/sent", CheckMail())


@people.get("/register/sent")
async def sent_page(answer: Answer, tx: Tx) -> Response:
    return answer.show("identity/mail_sent.html", CheckMail(), purpose="register")


@people.get("/registrations/confirmation")
async def confirmation_page(answer: Answer, tx: Tx, token: Annotated[str, Query(max_length=LONGEST_TOKEN)]) -> Response:
    """Shows what would be confirmed; confirms nothing, because mail scanners open links."""
    applied = await joining.applied(tx, token)
    return answer.show(
        "identity/confirm.html",
        asdict(applied),
        token=token,
        applied=applied,
        country=words.country_name(applied.country),
    )


@router.post("/registrations/confirmation")
@not_replayed
async def confirm(request: Request, answer: Answer, tx: Tx, data: Annotated[TokenIn, Submitted(TokenIn)]) -> Response:
    """Confirm the e-mail address by the token of the letter: company and member exist from now on."""
    await limit(request, "confirm", address_of(request), at_most=60, per_minutes=60)
    joined = await joining.confirm(tx, data.token)
    out = Confirmed(organisation_id=joined.organisation_id, member_id=joined.member_id)
    return answer.done("/welcome", out, created=True)


@people.get("/welcome")
async def welcome(answer: Answer, tx: Tx) -> Response:
    return answer.show("identity/welcome.html")
