"""Who is screened: a company with its names and numbers, who signs for it, represents it and owns it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import literal_column, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Vault
from trust.access import GRANTS, Permission
from trust.identity.models import MemberRow, Organisation
from trust.screening.entries import Kind
from trust.screening.matching.scoring import Named, Owner
from trust.screening.models import NamedParty
from trust.verification import service as verifying
from trust.verification.models import VerificationRequest
from trust.verification.papers import context
from trust.verification.states import RequestState

SIGNING = [role.value for role, grants in GRANTS.items() if Permission.SIGN in grants]
_COMPANIES = select(
    Organisation.id,
    Organisation.name_original,
    Organisation.name_latin,
    Organisation.country,
    Organisation.registration_number,
    Organisation.lei,
).where(~Organisation.is_platform)
_SIGNATORIES = (
    select(MemberRow.organisation_id, MemberRow.name)
    .where(MemberRow.removed_at.is_(None), MemberRow.roles.overlap(SIGNING))
    .order_by(MemberRow.id)
)
_ACCEPTED = VerificationRequest.state == literal_column(f"'{RequestState.ACCEPTED}'")
_REQUESTS = (
    select(VerificationRequest)
    .where(VerificationRequest.forgotten_at.is_(None))
    .ext(distinct_on(VerificationRequest.organisation_id, _ACCEPTED))
    .order_by(VerificationRequest.organisation_id, _ACCEPTED, VerificationRequest.id.desc())
)
"""Of each company the newest request that is not accepted, and then the newest that is."""


async def parties(tx: AsyncSession, vault: Vault, ids: Sequence[UUID]) -> dict[UUID, list[Named]]:
    """Everybody to be screened of these companies, by company; the platform itself is not. Three queries."""
    found: defaultdict[UUID, list[Named]] = defaultdict(list)
    for id_, original, latin, country, number, lei in await tx.execute(_COMPANIES.where(Organisation.id.in_(ids))):
        texts = tuple(dict.fromkeys(name for name in (original, latin) if name))
        numbers = tuple(number for number in (number, lei) if number)
        found[id_].append(Named("company", texts, Kind.COMPANY, (country,), (), numbers))
    for id_, name in await tx.execute(_SIGNATORIES.where(MemberRow.organisation_id.in_(ids))):
        _add(found, id_, Named("signatory", (name,), Kind.PERSON))
    for request in await _requests(tx, ids):
        company = request.organisation_id
        if request.representative_sealed:
            name = vault.open(request.representative_sealed, context(company))
            _add(found, company, Named("representative", (name,), Kind.PERSON))
        for owner in verifying.private_of(vault, company, request.private_sealed).get("owners", ()):
            kind = Kind.PERSON if owner["kind"] == "person" else Kind.COMPANY
            held, controls = owner["share"], owner.get("controls", False)
            _add(found, company, Owner("owner", (owner["name"],), kind, (owner["country"],), (), (), held, controls))
    return dict(found)


async def _requests(tx: AsyncSession, ids: Sequence[UUID]) -> list[VerificationRequest]:
    """Each company's newest accepted request, and what it asked since: asking anew, or withdrawing, takes nobody out
    who was confirmed.
    """
    rows = await tx.scalars(_REQUESTS.where(VerificationRequest.organisation_id.in_(ids)))
    newest: dict[UUID, list[VerificationRequest]] = {}
    for row in rows:
        before = newest.setdefault(row.organisation_id, [])
        newest[row.organisation_id] = [row, *(other for other in before if other.id > row.id)]
    return [row for theirs in newest.values() for row in theirs]


def _add(found: dict[UUID, list[Named]], id_: UUID, named: Named) -> None:
    """Who is two things, or has the name of another of the same kind, is compared once, with the countries of both."""
    if id_ not in found:
        return
    for place, other in enumerate(found[id_]):
        if (other.texts, other.kind) == (named.texts, named.kind):
            countries = tuple(dict.fromkeys((*other.countries, *named.countries)))
            found[id_][place] = _both(replace(other, countries=countries), named)
            return
    found[id_].append(named)


def _both(one: Named, other: Named) -> Named:
    """One who is an owner among other things, or was stated so twice: with the larger share."""
    owns = [who for who in (one, other) if isinstance(who, Owner)]
    if not owns:
        return one
    who = (one.role, one.texts, one.kind, one.countries, one.born, one.identifiers)
    return Owner(*who, max(owner.share for owner in owns), any(owner.controls for owner in owns))


async def named_parties(tx: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[Named]]:
    """Who is named in deals, each by itself, as it is to be screened."""
    query = select(NamedParty).where(NamedParty.id.in_(ids)).order_by(NamedParty.id)
    return {
        row.id: [
            Named(
                "named",
                tuple(row.names),
                Kind(row.kind),
                (row.country,) if row.country else (),
                (),
                tuple(row.identifiers),
            )
        ]
        for row in await tx.scalars(query)
    }
