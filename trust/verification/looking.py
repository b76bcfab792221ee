"""Looking at what is kept sealed: who, at what, when and why is written down before anything is shown.

The company reads in its own log who of the platform looked; compliance can search all of it. Copies bear the name of
who looks, the time and the purpose across every page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.crypto import Vault
from app.core.db import outside_transaction
from app.core.errors import Gone, Invalid
from app.core.i18n import N_, _
from app.core.storage import FileStore
from trust.access import Member, Permission, require
from trust.identity.models import MemberRow, Organisation
from trust.verification import queries
from trust.verification.errors import DocumentNotFound, RequestNotFound
from trust.verification.models import SiteVisit, VerificationLook
from trust.verification.papers import context, marked
from trust.verification.queries import RequestView
from trust.verification.service import private_of

LOOKS = {
    "document": N_("Document"),
    "persons": N_("Names of persons"),
    "register": N_("Page of the register"),
    "visit": N_("Report of a visit"),
}
OWN = "own document"
"""The purpose of a company that looks at what it handed in itself."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A copy that may leave: its bytes, name and content type."""

    data: bytes
    name: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A look that is written down: at which file of whose, with which words across it. `bound_to`: to what the vault
    binds the file, where that is not its company's verification."""

    organisation_id: UUID
    kept: dict[str, Any]
    words: tuple[str, ...]
    bound_to: str = ""


@dataclass(frozen=True, slots=True)
class Persons:
    """What is sealed of a request: names of people."""

    representative: str
    owners: list[dict[str, Any]]
    signatories: list[str]


@dataclass(frozen=True, slots=True)
class LookView:
    organisation_id: UUID
    company: str
    what: str
    name: str
    who: str
    staff: bool
    purpose: str
    at: datetime


async def request_seen(tx: AsyncSession, request_id: UUID, *, by: Member) -> RequestView:
    """A request, for its company or the platform's reviewers. Raises RequestNotFound."""
    found = await queries.request(tx, request_id)
    if found.organisation_id != by.organisation_id and not by.may(Permission.MODERATE):
        raise RequestNotFound
    return found


def document(tx: AsyncSession, request: RequestView, number: int, *, purpose: str, by: Member) -> Seen:
    """A look at a document that was handed in. Raises RequestNotFound, DocumentNotFound, Gone, Invalid."""
    if not 0 <= number < len(request.documents):
        _check_kept(request)
        raise DocumentNotFound
    kept = request.documents[number]
    why = _look(tx, request, "document", kept["name"], purpose, by)
    return _seen(request.organisation_id, kept, why, by)


def screenshot(tx: AsyncSession, request: RequestView, kept: dict[str, Any], *, purpose: str, by: Member) -> Seen:
    """A look at the register's page as a reviewer kept it."""
    require(by, Permission.MODERATE)
    why = _look(tx, request, "register", kept["name"], purpose, by)
    return _seen(request.organisation_id, kept, why, by)


def visit_document(tx: AsyncSession, visit: SiteVisit, number: int, *, purpose: str, by: Member) -> Seen:
    """A look at a visit's report or photograph."""
    if not 0 <= number < len(visit.documents):
        raise DocumentNotFound
    kept = visit.documents[number]
    why = _purpose(visit.organisation_id, purpose, by)
    _write(tx, visit.organisation_id, None, "visit", kept["name"], why, by)
    return _seen(visit.organisation_id, kept, why, by)


def _seen(company: UUID, kept: dict[str, Any], why: str, by: Member) -> Seen:
    return Seen(company, kept, (by.name, f"{clock.now():%Y-%m-%d %H:%M} UTC", why))


async def copy(store: FileStore, vault: Vault, seen: Seen, *, font_dir: Path) -> Shown:
    """The marked copy, once the look is written for good: drawing it takes seconds, which no transaction waits for.

    Raises NotShown, Busy.
    """
    outside_transaction("drawing a copy")
    kept = seen.kept
    data = vault.open_bytes(await store.get(kept["key"]), seen.bound_to or context(seen.organisation_id))
    made, content_type = await marked(data, kept["content_type"], seen.words, font_dir=font_dir)
    name = kept["name"] if content_type == kept["content_type"] else kept["name"].rpartition(".")[0] + ".jpg"
    return Shown(made, name, content_type)


def persons(tx: AsyncSession, vault: Vault, request: RequestView, *, purpose: str, by: Member) -> Persons:
    """Representative, owners and signatories. Raises RequestNotFound, Gone, Invalid without a purpose."""
    _check_kept(request)
    _look(tx, request, "persons", "", purpose, by)
    return _opened(vault, request)


def own_persons(vault: Vault, request: RequestView, *, by: Member) -> Persons:
    """The same for the company that said it. Raises RequestNotFound for another's."""
    if by.organisation_id != request.organisation_id:
        raise RequestNotFound
    return _opened(vault, request)


def _opened(vault: Vault, request: RequestView) -> Persons:
    held = private_of(vault, request.organisation_id, request.private_sealed)
    name = vault.open(request.representative_sealed, context(request.organisation_id))
    return Persons(name, held.get("owners", []), held.get("signatories", []))


def _check_kept(request: RequestView) -> None:
    if request.forgotten_at is not None:
        raise Gone(_("What this company sent in was erased when the time to keep it was over."))


def _look(tx: AsyncSession, request: RequestView, what: str, name: str, purpose: str, by: Member) -> str:
    why = _purpose(request.organisation_id, purpose, by)
    _write(tx, request.organisation_id, request.id, what, name, why, by)
    return why


def _purpose(company: UUID, purpose: str, by: Member) -> str:
    """Whose own it is need not say why. Raises NotPermitted, RequestNotFound for
    strangers, Invalid where nothing is said.
    """
    if by.organisation_id == company:
        require(by, Permission.VERIFY_COMPANY)
        return OWN
    if not by.may(Permission.MODERATE):
        raise RequestNotFound
    if len(purpose.strip()) < 3:
        raise Invalid(_("Say what you look at this for."), field="purpose")
    return purpose.strip()


def _write(
    tx: AsyncSession, company: UUID, request_id: UUID | None, what: str, name: str, why: str, by: Member
) -> None:
    tx.add(
        VerificationLook(
            organisation_id=company,
            request_id=request_id,
            what=what,
            name=name,
            member_id=by.id,
            purpose=why,
            at=clock.now(),
        )
    )


async def looks(
    tx: AsyncSession, *, organisation_id: UUID | None = None, called: str = "", offset: int, limit: int
) -> tuple[list[LookView], int]:
    """The newest looks first, and how many there are; of one company, or by a piece of a company's, reader's or
    file's name.
    """
    joined = select(func.count()).select_from(VerificationLook)
    joined = _within(joined, organisation_id, called)
    total = (await tx.execute(joined)).scalar_one()
    query: Select[Any] = _within(
        select(VerificationLook, Organisation.name_latin, MemberRow.name, MemberRow.organisation_id),
        organisation_id,
        called,
    )
    rows = await tx.execute(query.order_by(VerificationLook.id.desc()).offset(offset).limit(limit))
    return [
        LookView(
            look.organisation_id, company, look.what, look.name, who, of != look.organisation_id, look.purpose, look.at
        )
        for look, company, who, of in rows
    ], total


def _within(query: Any, organisation_id: UUID | None, called: str) -> Any:
    query = query.join(Organisation, Organisation.id == VerificationLook.organisation_id)
    query = query.join(MemberRow, MemberRow.id == VerificationLook.member_id)
    if organisation_id is not None:
        query = query.where(VerificationLook.organisation_id == organisation_id)
    if called:
        columns: Sequence[Any] = (
            Organisation.name_latin,
            Organisation.name_original,
            MemberRow.name,
            VerificationLook.name,
        )
        query = query.where(or_(*(column.icontains(called, autoescape=True) for column in columns)))
    return query
