"""The operator's page, and where administrators write it."""

from dataclasses import asdict
from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Submitted, Tx
from trust.access import CurrentMember, MaybeMember, Permission, require
from trust.rules import disclosure
from trust.rules.disclosure import Facts, Licence

router = HouseRouter(tags=["operator"])
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class FactsIn(BaseModel):
    name: Line
    registration: Line
    address: Line
    postcode: Line
    phone: Line
    email: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]
    service_address: Line
    complaints: Line


class LicenceIn(BaseModel):
    """`valid_to`: the last day; left out where it does not end."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    issuer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    valid_from: date
    valid_to: date | None = None
    verified_url: Annotated[str, Field(max_length=300)] = ""


class LicenceOut(BaseModel):
    id: UUID
    name: str
    number: str
    issuer: str
    valid_from: date
    valid_to: date | None
    verified_url: str


class DisclosureOut(BaseModel):
    """`operator` is null before it has said anything."""

    operator: FactsIn | None
    licences: list[LicenceOut]


async def _out(tx: AsyncSession) -> tuple[DisclosureOut, list[disclosure.LicenceView]]:
    facts, licences = await disclosure.facts(tx), await disclosure.licences(tx)
    out = DisclosureOut(
        operator=FactsIn(**asdict(facts)) if facts else None,
        licences=[LicenceOut(**{name: getattr(one, name) for name in LicenceOut.model_fields}) for one in licences],
    )
    return out, licences


@router.get("/about/disclosure", response_model=DisclosureOut)
async def show(answer: Answer, tx: Tx, member: MaybeMember) -> Response:
    """Who runs this Portolan, with which licences, and how to reach them."""
    out, licences = await _out(tx)
    may = member is not None and member.may(Permission.ADMINISTER)
    return answer.show("rules/disclosure.html", out, licences=licences, may=may)


@router.get("/operator", response_model=DisclosureOut)
async def edit(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Where the operator's page is written."""
    require(member, Permission.ADMINISTER)
    out, licences = await _out(tx)
    return answer.show("rules/operator.html", out, licences=licences)


@router.post("/operator", response_model=DisclosureOut)
async def say(answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[FactsIn, Submitted(FactsIn)]) -> Response:
    """Publish what the operator says of itself."""
    await disclosure.say(tx, Facts(**data.model_dump()), by=member)
    return answer.done("/operator", (await _out(tx))[0], flash=_("Published."))


@router.post("/operator/licences", response_model=DisclosureOut)
async def add(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[LicenceIn, Submitted(LicenceIn)]
) -> Response:
    """Put a licence on the page."""
    await disclosure.add(tx, Licence(**data.model_dump()), by=member)
    return answer.done("/operator", (await _out(tx))[0], created=True, flash=_("Published."))


@router.post("/operator/licences/{licence_id}/ending", response_model=DisclosureOut)
async def end(answer: Answer, tx: Tx, member: CurrentMember, licence_id: UUID) -> Response:
    """Take a licence off the page."""
    await disclosure.end(tx, licence_id, by=member)
    await tx.flush()
    return answer.done("/operator", (await _out(tx))[0], flash=_("Taken off the page."))
