"""Companies accept agreements: when they register, and again before new business once an agreement has changed.

Deals under way stay under what was in force when they were signed; see `trust.access.require`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from trust.access import Member
from trust.rules import queries
from trust.rules.errors import ConsentNeeded, ForPeople, MayNotAgree, NotTheText
from trust.rules.models import Acceptance
from trust.rules.queries import VersionView


@dataclass(frozen=True, slots=True)
class Consent:
    """What was accepted: which versions, read in which language, from which address, when."""

    versions: tuple[UUID, ...]
    locale: str
    address: str
    at: datetime

    def data(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "versions": [str(version) for version in self.versions],
            "locale": self.locale,
            "address": self.address,
            "at": self.at.isoformat(),
        }

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """Inverse of `data`."""
        at = datetime.fromisoformat(data["at"])
        return cls(tuple(UUID(version) for version in data["versions"]), data["locale"], data["address"], at)


async def agreements(tx: AsyncSession, *, sells: bool = True) -> list[VersionView]:
    """The agreements in force that a company which joins accepts."""
    standing = await queries.all_in_force(tx, clock.now().date())
    return [standing[code] for code in queries.wanted_of(sells=sells) if code in standing]


def shown(views: Sequence[VersionView]) -> str:
    """What a form says of the versions it shows: their ids with commas between."""
    return ",".join(str(view.id) for view in views)


async def consent(tx: AsyncSession, said: str, *, sells: bool, locale: str, address: str) -> Consent:
    """What somebody who registers accepts, having been shown `said`.

    Raises ConsentNeeded unless all that is needed was, as when a text has changed meanwhile.
    """
    wanted = await agreements(tx, sells=sells)
    if not {str(view.id) for view in wanted} <= set(said.split(",")):
        raise ConsentNeeded(_("Please accept the agreements."), field="agreed")
    return Consent(tuple(view.id for view in wanted), locale, address, clock.now())


async def record(tx: AsyncSession, given: Consent, *, organisation_id: UUID, member_id: UUID, way: str) -> None:
    """Write down what a company accepted; what it accepted before stays as it was."""
    for version_id in given.versions:
        view = await queries.version(tx, version_id)
        made = await tx.scalar(
            insert(Acceptance)
            .values(
                id=new_id(),
                version_id=version_id,
                organisation_id=organisation_id,
                member_id=member_id,
                digest=view.digest,
                locale=given.locale,
                way=way,
                at=given.at,
            )
            .on_conflict_do_nothing(index_elements=["organisation_id", "version_id"])
            .returning(Acceptance.id)
        )
        if made is None:
            continue
        said = {
            "organisation": organisation_id,
            "code": view.code,
            "number": view.number,
            "digest": view.digest,
            "locale": given.locale,
            "way": way,
            "at": given.at,
            "facts": {"address": given.address},
        }
        await evidence.record(tx, Subject("rule_acceptance", made), "agreement.accepted", said, actor=member_id)


async def accept(tx: AsyncSession, said: str, *, accepted: bool, locale: str, address: str, by: Member) -> None:
    """Accept for the company all agreements that it has yet to.

    said    the ids of the versions that were shown, with commas between
    raises  ForPeople for an API key, MayNotAgree, ConsentNeeded, NotTheText
    """
    if by.session_id is None:
        raise ForPeople(_("An API key cannot do this. Sign in with your browser."))
    if not queries.may_agree(by):
        raise MayNotAgree(_("An owner or signatory of your company accepts agreements."))
    if not accepted:
        raise ConsentNeeded(_("Please tick that your company accepts."), field="accepted")
    due = await queries.due(tx, by.organisation_id, sells=by.sells)
    if {str(view.id) for view in due} - set(said.split(",")):
        raise NotTheText(_("An agreement has changed meanwhile. Please read it again."))
    given = Consent(tuple(view.id for view in due), locale, address, clock.now())
    await record(tx, given, organisation_id=by.organisation_id, member_id=by.id, way="page")
