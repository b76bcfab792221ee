"""What a listing was found to be like, beside it: for people to judge with their own eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from trust.identity import queries as identity
from trust.risk.queries import HitView

MOST = 4


@dataclass(frozen=True, slots=True)
class Beside:
    """Keys of two pictures, or the id of the listing whose text is like this one's; and whose the other is."""

    company: str
    slug: str
    picture: str = ""
    other: str = ""
    listing: str = ""


async def beside(tx: AsyncSession, hits: Sequence[HitView]) -> list[Beside]:
    """Of the latest hits, each pair once."""
    found = {_pair(hit): hit for hit in reversed(hits) if "company" in hit.inputs}
    companies = await identity.organisations(tx, {UUID(hit.inputs["company"]) for hit in found.values()})
    shown = []
    for (picture, other, listing), hit in list(found.items())[-MOST:]:
        company = companies[UUID(hit.inputs["company"])]
        shown.append(Beside(company.name_latin, company.slug, picture, other, listing))
    return shown


def _pair(hit: HitView) -> tuple[str, str, str]:
    said = hit.inputs
    return said.get("picture", ""), said.get("other", ""), said.get("listing", "")
