"""The evidence of a contract or an order as people read it: what happened, who did it, when; and that it is whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence, transparency
from app.core.evidence import Link, Verdict
from app.core.i18n import _
from app.core.subject import Subject
from app.core.transparency import Inclusion
from orders.bundles import deal as deals
from orders.bundles.words import INTERNAL, KINDS
from trust.identity import queries as identity

SPOKEN = ("reason", "text")
"""Under these names a link keeps what a person wrote."""


@dataclass(frozen=True, slots=True)
class Step:
    """One link in words. `data` is empty where it is the platform's alone."""

    seq: int
    kind: str
    title: str
    who: str
    text: str
    at: datetime
    hash: str
    previous: str
    data: dict[str, Any]
    actor: UUID | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """`holds`: the chain still has the end that was published; None before anything of it was."""

    steps: list[Step]
    verdict: Verdict
    logged: Inclusion | None
    holds: bool | None


async def timeline(tx: AsyncSession, subject: Subject, *, party: UUID) -> Timeline:
    """The chain of a contract or order, checked now. The caller has loaded it as a party."""
    links = await evidence.chain(tx, subject)
    logged = await transparency.inclusion(tx, subject)
    companies = await identity.companies_of(tx, {link.actor for link in links if link.actor})
    names = {id_: view.name_latin for id_, view in (await identity.organisations(tx, companies.values())).items()}
    previous = [evidence.GENESIS.hex(), *(link.hash for link in links)]
    return Timeline(
        steps=[
            _step(link, before, names.get(companies.get(link.actor, link.actor), "") if link.actor else "", party)
            for link, before in zip(links, previous, strict=False)
        ],
        verdict=await evidence.verify(tx, subject),
        logged=logged,
        holds=None if logged is None else logged.agrees(subject, links),
    )


def _step(link: Link, previous: str, who: str, party: UUID) -> Step:
    withheld = deals.withheld(link.kind, party=party)
    data = {} if withheld else link.data
    return Step(
        seq=link.seq,
        kind=link.kind,
        title=_(INTERNAL if withheld else KINDS.get(link.kind, INTERNAL)),
        who=who or _("The platform"),
        text=next((str(data[name]) for name in SPOKEN if isinstance(data.get(name), str)), ""),
        at=link.at,
        hash=link.hash,
        previous=previous,
        data=data,
        actor=link.actor,
        withheld=withheld,
    )
