"""What is asked of verification."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, String, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.evidence import EvidenceLink, PrivatePart
from trust.identity import queries as identity
from trust.identity.models import Organisation
from trust.identity.queries import OrganisationView
from trust.verification.errors import RequestNotFound
from trust.verification.facts import PRIVATE, DocumentKind, Fact
from trust.verification.models import RegisterEntry, VerificationRequest, VerifiedFact
from trust.verification.states import OPEN, OVER, RequestState


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as its company and the platform see it; what is about persons stays sealed (see `looking`)."""

    id: UUID
    organisation_id: UUID
    submitted_by: UUID
    claims: dict[str, str]
    documents: list[dict[str, Any]]
    note: str
    state: RequestState
    created_at: datetime
    decided_at: datetime | None
    reason: str
    verdicts: dict[str, str]
    accepted: dict[str, Any]
    form: str
    renews: UUID | None
    unchanged: bool
    forgotten_at: datetime | None
    representative_sealed: bytes
    representative_mark: bytes
    private_sealed: bytes

    @property
    def claimed(self) -> list[Fact]:
        """The facts it is about."""
        always = {Fact.REPRESENTATIVE} if self.claims else set()
        return [fact for fact in Fact if fact in self.claims or fact in always]

    @property
    def asked_facts(self) -> frozenset[Fact]:
        """What more was asked of: facts."""
        return frozenset(Fact(name) for name, why in self.verdicts.items() if why and name in set(Fact))

    @property
    def asked_documents(self) -> dict[DocumentKind, str]:
        """What more was asked of: documents, and why."""
        prefix = "document_"
        named = {name.removeprefix(prefix): why for name, why in self.verdicts.items() if name.startswith(prefix)}
        return {DocumentKind(name): why for name, why in named.items() if why}


class FactView(NamedTuple):
    """A tuple, for a list's page takes dozens of them."""

    fact: Fact
    value: str
    method: str
    confirmed_at: datetime
    valid_until: datetime
    document: str

    @property
    def state(self) -> str:
        return "verified" if self.valid_until > clock.now() else "expired"


async def requests(tx: AsyncSession, organisation_id: UUID) -> list[RequestView]:
    """A company's requests, newest first."""
    rows = await tx.scalars(
        select(VerificationRequest)
        .where(VerificationRequest.organisation_id == organisation_id)
        .order_by(VerificationRequest.id.desc())
        .limit(20)
    )
    return [view(row) for row in rows]


async def request(tx: AsyncSession, request_id: UUID) -> RequestView:
    """Raises RequestNotFound."""
    row = await tx.get(VerificationRequest, request_id)
    if row is None:
        raise RequestNotFound
    return view(row)


async def request_for_update(tx: AsyncSession, request_id: UUID) -> VerificationRequest:
    """Locks the row. Raises RequestNotFound."""
    row = await tx.scalar(select(VerificationRequest).where(VerificationRequest.id == request_id).with_for_update())
    if row is None:
        raise RequestNotFound
    return row


async def to_forget(tx: AsyncSession, before: datetime, *, limit: int) -> list[UUID]:
    """Requests that were decided before that and not accepted, of companies that nobody holds."""
    query = select(VerificationRequest.id).where(
        VerificationRequest.state.in_(OVER),
        VerificationRequest.decided_at < before,
        VerificationRequest.forgotten_at.is_(None),
        ~func.held("verification_request", VerificationRequest.id),
    )
    return list(await tx.scalars(query.order_by(VerificationRequest.decided_at).limit(limit)))


async def of_those_who_left(tx: AsyncSession, before: datetime, *, limit: int) -> list[UUID]:
    """Accepted requests of companies that left before that, unless somebody holds them."""
    query = (
        select(VerificationRequest.id)
        .join(Organisation, Organisation.id == VerificationRequest.organisation_id)
        .where(
            Organisation.left_at < before,
            VerificationRequest.state == RequestState.ACCEPTED,
            VerificationRequest.forgotten_at.is_(None),
            ~func.held("verification_request", VerificationRequest.id),
        )
    )
    return list(await tx.scalars(query.order_by(VerificationRequest.id).limit(limit)))


async def forgotten_count(tx: AsyncSession) -> int:
    """How many were forgotten so far."""
    query = select(func.count()).where(VerificationRequest.forgotten_at.is_not(None))
    return (await tx.execute(query)).scalar_one()


async def to_erase(tx: AsyncSession, before: datetime, *, limit: int) -> list[UUID]:
    """Requests forgotten whose chains still have what the company claimed, for as long as the law asks for that."""
    private = (
        select(PrivatePart.link_id)
        .join(EvidenceLink, EvidenceLink.id == PrivatePart.link_id)
        .where(EvidenceLink.subject_type == "verification_request", EvidenceLink.subject_id == VerificationRequest.id)
    )
    query = select(VerificationRequest.id).where(
        VerificationRequest.forgotten_at.is_not(None), VerificationRequest.decided_at < before, private.exists()
    )
    return list(await tx.scalars(query.where(~func.held("verification_request", VerificationRequest.id)).limit(limit)))


async def newest_accepted(tx: AsyncSession, organisation_id: UUID) -> UUID | None:
    """The verification by which the platform knows who this company is."""
    query = select(VerificationRequest.id).where(
        VerificationRequest.organisation_id == organisation_id, VerificationRequest.state == RequestState.ACCEPTED
    )
    return await tx.scalar(query.order_by(VerificationRequest.id.desc()).limit(1))


async def pending(tx: AsyncSession, organisation_id: UUID) -> RequestView | None:
    """The request that is under review, or waits for an answer."""
    query = select(VerificationRequest).where(
        VerificationRequest.organisation_id == organisation_id, VerificationRequest.state.in_(OPEN)
    )
    row = await tx.scalar(query)
    return None if row is None else view(row)


async def noted(tx: AsyncSession, organisation_id: UUID, since: datetime) -> RegisterEntry | None:
    """What was last written down of a company's register since then, whichever request it was for."""
    query = (
        select(RegisterEntry)
        .join(VerificationRequest, VerificationRequest.id == RegisterEntry.request_id)
        .where(VerificationRequest.organisation_id == organisation_id, RegisterEntry.looked_at > since)
    )
    return await tx.scalar(query.order_by(RegisterEntry.looked_at.desc()).limit(1))


async def screenshots(tx: AsyncSession, request_id: UUID) -> set[str]:
    """Keys of the pictures of registers that were kept for a request."""
    query = select(RegisterEntry.screenshot).where(RegisterEntry.request_id == request_id)
    return {key for key in await tx.scalars(query) if key}


# Written once, and over the tables' own columns, which are read faster than the model's.
_fact = VerifiedFact.__table__.c
_NEWEST = (
    select(
        _fact.organisation_id,
        _fact.fact,
        _fact.value,
        _fact.method,
        _fact.confirmed_at,
        _fact.valid_until,
        _fact.document,
    )
    .where(_fact.organisation_id == func.any(bindparam("organisations", type_=ARRAY(Uuid))))
    .ext(distinct_on(_fact.organisation_id, _fact.fact))
    .order_by(_fact.organisation_id, _fact.fact, _fact.confirmed_at.desc())
)
_newest = _NEWEST.subquery("newest")
_COMPANIES = (
    select(
        *identity.COLUMNS,
        *(_newest.c[name] for name in ("fact", "value", "method", "confirmed_at", "valid_until", "document")),
    )
    .select_from(Organisation.__table__.outerjoin(_newest, _newest.c.organisation_id == Organisation.id))
    .where(Organisation.__table__.c.id == func.any(bindparam("organisations", type_=ARRAY(Uuid))))
    .order_by(Organisation.__table__.c.id, _newest.c.fact)
)
_WIDTH = len(identity.COLUMNS)
_FACTS = {fact.value: fact for fact in Fact}


@dataclass(frozen=True, slots=True)
class KnownCompany:
    """A company and what is confirmed of it, as far as the public may know."""

    company: OrganisationView
    facts: tuple[FactView, ...]


async def known(tx: AsyncSession, organisations: Iterable[UUID]) -> dict[UUID, KnownCompany]:
    """Those of `organisations` that exist, with their public facts, in one query."""
    wanted = list(set(organisations))
    if not wanted:
        return {}
    companies: dict[UUID, OrganisationView] = {}
    facts: dict[UUID, list[FactView]] = {}
    for row in await tx.execute(_COMPANIES, {"organisations": wanted}):
        id_, confirmed = row[0], row[_WIDTH]
        if id_ not in companies:
            companies[id_] = identity.organisation_of(row)
        if confirmed is not None and (fact := _FACTS[confirmed]) not in PRIVATE:
            facts.setdefault(id_, []).append(FactView(fact, *row[_WIDTH + 1 :]))
    return {id_: KnownCompany(company, tuple(facts.get(id_, ()))) for id_, company in companies.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """A company and when the newest public fact of it that still holds was confirmed."""

    company: OrganisationView
    since: datetime | None


_current = (
    select(_fact.confirmed_at, _fact.valid_until)
    .where(
        _fact.organisation_id == Organisation.__table__.c.id,
        _fact.fact != func.all(bindparam("private", sorted(PRIVATE), type_=ARRAY(String))),
    )
    .ext(distinct_on(_fact.fact))
    .order_by(_fact.fact, _fact.confirmed_at.desc())
    .correlate(Organisation.__table__)
    .lateral("newest")
)
_STANDING = select(
    *identity.COLUMNS,
    select(func.max(_current.c.confirmed_at)).where(_current.c.valid_until > bindparam("now")).scalar_subquery(),
).where(Organisation.__table__.c.id == func.any(bindparam("organisations", type_=ARRAY(Uuid))))


async def standing(tx: AsyncSession, organisations: Iterable[UUID]) -> dict[UUID, Standing]:
    """As `known`, for lists: one row each, whatever is confirmed of them."""
    wanted = list(set(organisations))
    rows: Iterable[Any] = await tx.execute(_STANDING, {"organisations": wanted, "now": clock.now()}) if wanted else ()
    return {row[0]: Standing(identity.organisation_of(row), row[_WIDTH]) for row in rows}


async def facts(tx: AsyncSession, organisation_id: UUID, *, public: bool = True) -> list[FactView]:
    """The newest confirmation of each fact of a company; without private ones for the public."""
    return (await facts_of(tx, [organisation_id], public=public)).get(organisation_id, [])


async def facts_of(
    tx: AsyncSession, organisations: Iterable[UUID], *, public: bool = True
) -> dict[UUID, list[FactView]]:
    """As `facts`, for many companies in one query."""
    found: dict[UUID, list[FactView]] = {}
    for row in await tx.execute(_NEWEST, {"organisations": list(set(organisations))}):
        fact = Fact(row.fact)
        if public and fact in PRIVATE:
            continue
        view = FactView(fact, row.value, row.method, row.confirmed_at, row.valid_until, row.document)
        found.setdefault(row.organisation_id, []).append(view)
    return found


def view(row: VerificationRequest) -> RequestView:
    return RequestView(
        id=row.id,
        organisation_id=row.organisation_id,
        submitted_by=row.submitted_by,
        claims=row.claims,
        documents=row.documents,
        note=row.note,
        state=RequestState(row.state),
        created_at=row.created_at,
        decided_at=row.decided_at,
        reason=row.reason,
        verdicts=row.verdicts,
        accepted=row.accepted,
        form=row.form,
        renews=row.renews,
        unchanged=row.unchanged,
        forgotten_at=row.forgotten_at,
        representative_sealed=row.representative_sealed,
        representative_mark=row.representative_mark,
        private_sealed=row.private_sealed,
    )
