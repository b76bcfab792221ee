"""Who else takes part in a deal: consignee, notify party, carrier, ship, bank, payer and payee.

Each is kept once by its particulars, whoever names it; a clearance therefore holds for the same ship in every deal. It
stands for no company: what stops is the contract, order, account or case in which it is named.
"""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, outbox
from app.core.ids import new_id
from app.core.subject import Subject
from trust.screening.entries import Kind
from trust.screening.events import PartyNamed
from trust.screening.models import Match, NamedIn, NamedParty
from trust.screening.states import STANDING

_SHIP = re.compile(r"^(?:m\s*[/.]?\s*[vt]\.?|s\s*[/.]?\s*s\.?)\s+(?=\S)", re.IGNORECASE)
"""What stands before a ship's name and is no part of it: motor vessel, motor tanker, steamship."""


class Role(StrEnum):
    CONSIGNEE = "consignee"
    NOTIFY = "notify"
    CARRIER = "carrier"
    VESSEL = "vessel"
    BANK = "bank"
    PAYER = "payer"
    PAYEE = "payee"


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody as named. `country` is "" where nobody says; `identifiers` as in NamedParty."""

    role: Role
    name: str
    country: str = ""
    identifiers: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        return Kind.VESSEL if self.role is Role.VESSEL else Kind.COMPANY

    @property
    def called(self) -> str:
        """The name alone: a number stands in for a ship or bank that is known by that only."""
        name = " ".join(self.name.split())
        name = _SHIP.sub("", name) if self.role is Role.VESSEL else name
        return name or " ".join(self.identifiers[:1])

    def digest(self) -> str:
        said = [self.kind, self.called.casefold(), self.country, sorted(self.identifiers)]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def vessel(name: str, imo: str) -> Said:
    """A ship by its name, its IMO number, or both; the number was checked by whoever took it in."""
    return Said(Role.VESSEL, name, identifiers=(f"IMO {imo}",) if imo else ())


def bank(code: str, country: str) -> Said:
    """A bank by its BIC, of which the first eight signs name it, or by the code of its country's clearing."""
    return Said(Role.BANK, "", country, (f"BIC {code[:8]}" if code[:6].isalpha() else f"CNAPS {code}",))


async def name(
    tx: AsyncSession,
    about: Subject,
    said: Sequence[Said],
    *,
    organisation_id: UUID,
    instead_of: Collection[Role] = (),
) -> None:
    """Note who takes part in something; the worker compares who is new within moments. May be said twice.

    instead_of  roles whose former bearers are not that any more; unless a match of theirs stands, which another name
                does not undo
    """
    known = {one.digest(): one for one in said if one.called}
    if known:
        await _know(tx, known)
        rows = await tx.execute(select(NamedParty.digest, NamedParty.id).where(NamedParty.digest.in_(known)))
        ids = {digest: id_ for digest, id_ in rows}  # noqa: C416  rows are no pairs
        links = [
            {
                "subject_type": about.type,
                "subject_id": about.id,
                "role": one.role.value,
                "named_id": ids[one.digest()],
                "organisation_id": organisation_id,
                "label": about.number,
                "named_at": clock.now(),
            }
            for one in said
            if one.called
        ]
        again = insert(NamedIn).on_conflict_do_update(
            index_elements=["subject_type", "subject_id", "role", "named_id"], set_={"ended_at": None}
        )
        await tx.execute(again, sorted(links, key=lambda link: (link["role"], str(link["named_id"]))))
    if instead_of:
        named = [ids[one.digest()] for one in said if one.called] if known else []
        stands = select(Match.id).where(Match.named_id == NamedIn.named_id, Match.state.in_(STANDING)).exists()
        await tx.execute(
            update(NamedIn)
            .where(NamedIn.subject_type == about.type, NamedIn.subject_id == about.id, NamedIn.ended_at.is_(None))
            .where(NamedIn.role.in_(instead_of), NamedIn.named_id.not_in(named), ~stands)
            .values(ended_at=clock.now())
        )


async def _know(tx: AsyncSession, said: dict[str, Said]) -> None:
    rows = [
        {
            "id": new_id(),
            "digest": digest,
            "kind": one.kind.value,
            "names": [one.called],
            "country": one.country,
            "identifiers": sorted(one.identifiers),
            "created_at": clock.now(),
        }
        for digest, one in sorted(said.items())
    ]
    put = insert(NamedParty).values(rows).on_conflict_do_nothing().returning(NamedParty.digest)
    new = list(await tx.scalars(put))
    if new:
        await outbox.publish(tx, PartyNamed(new))


async def carry(tx: AsyncSession, before: Subject, after: Subject) -> None:
    """Who is named in one thing is named in another that follows from it, such as the order of a contract."""
    query = select(NamedIn, NamedParty).join(NamedParty, NamedParty.id == NamedIn.named_id)
    query = query.where(NamedIn.subject_type == before.type, NamedIn.subject_id == before.id)
    rows = (await tx.execute(query.where(NamedIn.ended_at.is_(None)))).all()
    said: dict[UUID, list[Said]] = {}
    for link, party in rows:
        one = Said(Role(link.role), party.names[0], party.country, tuple(party.identifiers))
        said.setdefault(link.organisation_id, []).append(one)
    for organisation_id, theirs in said.items():
        await name(tx, after, theirs, organisation_id=organisation_id)
