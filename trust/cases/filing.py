"""How a case begins: a company complains, somebody reports, a party of an order asks us to decide a dispute."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault, mark
from app.core.db import constraint
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.cases import desk, exhibits, telling, timing
from trust.cases.errors import AlreadyFiled, BadFiling
from trust.cases.exhibits import Kept
from trust.cases.models import Case
from trust.cases.periods import ANSWER, DECISION, INTAKE, ClockName
from trust.cases.states import CaseMove, CaseState, Kind, Side, Topic
from trust.identity import queries as identity

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base 32, as in app.core.ids
CODE = 16


@dataclass(frozen=True, slots=True)
class About:
    """What a case is about, as the domain knows it that owns the thing.

    path     of its page
    side     who the complainant is in the deal: buyer, supplier or visitor
    origins  things whose earlier reviewers may not judge the case
    rules    the versions of our rules that bind the deal, by code; of anything else none: those in force
    """

    subject: Subject
    title: str
    path: str
    respondent_id: UUID
    side: str = "visitor"
    origins: tuple[Subject, ...] = ()
    rules: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filing:
    """What is said. `id` is the case's own, known before, for files are sealed for it."""

    topic: Topic
    statement: str
    wanted: str = ""
    files: list[Kept] = field(default_factory=list)
    amount: Money | None = None
    checklist: tuple[tuple[str, str], ...] = ()
    id: UUID = field(default_factory=new_id)


async def complain(tx: AsyncSession, about: About, filing: Filing, *, zone: str, by: Member) -> Case:
    """A company complains of another; the desk says within a working day whether it is taken up.

    Raises BadFiling, AlreadyFiled.
    """
    require(by, Permission.NEGOTIATE)
    case = _case(Kind.COMPLAINT, about, filing, zone)
    case.complainant_id, case.filed_by = by.organisation_id, by.id
    await _open(tx, case, filing, by=by)
    await timing.begin(tx, case, ClockName.INTAKE, INTAKE)
    await desk.queue(tx, case)
    return case


async def report(
    tx: AsyncSession, vault: Vault, about: About, filing: Filing, *, contact: str, zone: str
) -> tuple[Case, str]:
    """Anybody reports something, without an account. Returns the case and the access code, which is kept nowhere.

    contact  how to reach the reporter, if they want: sealed, and never shown to the reported side
    """
    code = "".join(secrets.choice(_ALPHABET) for _place in range(CODE))
    case = _case(Kind.REPORT, about, filing, zone)
    case.side, case.code_mark = "visitor", mark(code)
    case.contact_sealed = vault.seal(contact, exhibits.sealed_for(case.id)) if contact else None
    await _open(tx, case, filing, by=None)
    await timing.begin(tx, case, ClockName.INTAKE, INTAKE)
    await desk.queue(tx, case)
    return case, code


def grouped(code: str) -> str:
    """An access code as people write it down."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def plain_code(typed: str) -> str:
    """An access code as people type it: any case, any gaps, and letters that look like figures."""
    bare = "".join(c for c in typed.upper() if c.isalnum())
    return bare.translate(str.maketrans("OIL", "011"))


async def dispute(tx: AsyncSession, about: About, filing: Filing, *, zone: str, by: Member) -> Case:
    """A party of an order whose money stands frozen asks us to decide. It needs no taking up: the other side was told
    of it by the order, and answers at once. Raises BadFiling, AlreadyFiled.
    """
    case = _case(Kind.DISPUTE, about, filing, zone)
    case.complainant_id, case.filed_by = by.organisation_id, by.id
    await _open(tx, case, filing, by=by)
    await take_up(tx, case, by=None)
    return case


async def take_up(tx: AsyncSession, case: Case, *, by: UUID | None) -> None:
    """The respondent learns of it and answers; for a report, the desk looks first."""
    now = clock.now()
    case.move(CaseMove.TAKE_UP if case.kind == Kind.REPORT else CaseMove.ACCEPT, by=by)
    case.accepted_at = now
    await timing.stop(tx, case, ClockName.INTAKE)
    if case.state == CaseState.ANSWERING:
        await ask_respondent(tx, case)
        await telling.respondent(tx, case, "opened")
    else:
        await desk.queue(tx, case)


async def ask_respondent(tx: AsyncSession, case: Case) -> None:
    """Its time to answer begins, on its own country's calendar."""
    case.told_at = case.told_at or clock.now()
    country = (await identity.organisation(tx, case.respondent_id)).country
    await timing.begin(tx, case, ClockName.ANSWER, timing.on_calendar_of(ANSWER, country))


def _case(kind: Kind, about: About, filing: Filing, zone: str) -> Case:
    return Case(
        id=filing.id,
        number=Subject(Case.SUBJECT, filing.id).number,
        kind=kind,
        topic=filing.topic,
        subject_type=about.subject.type,
        subject_id=about.subject.id,
        title=about.title[:300],
        path=about.path,
        origins=[str(origin) for origin in about.origins],
        rules=dict(about.rules),
        side=about.side,
        respondent_id=about.respondent_id,
        statement=filing.statement,
        wanted=filing.wanted,
        amount=filing.amount,
        checklist=[list(entry) for entry in filing.checklist],
        zone=zone,
        state=CaseState.OPENED,
        round=1,
    )


async def _open(tx: AsyncSession, case: Case, filing: Filing, *, by: Member | None) -> None:
    """Write the case, its files, and the first link of its chain; its time to a decision begins."""
    if await identity.is_platform(tx, case.respondent_id) or case.complainant_id == case.respondent_id:
        raise BadFiling(_("There is no other company that could answer this."), field="about")
    await _insert(tx, case)
    files = await exhibits.add(
        tx,
        case,
        filing.files,
        side=Side.COMPLAINANT,
        audience=Side.COMPLAINANT if case.kind == Kind.REPORT else "",
        by=by.id if by else None,
    )
    said = {
        "kind": str(case.kind),
        "topic": str(case.topic),
        "about": str(case.about),
        "respondent": case.respondent_id,
        "statement": case.statement,
        "claims": case.wanted,
        "exhibits": {row.label: row.sha256 for row in files},
    }
    await evidence.record(tx, case.itself, "case.opened", said, actor=by.id if by else None)
    await timing.begin(tx, case, ClockName.DECISION, DECISION)


async def _insert(tx: AsyncSession, case: Case) -> None:
    try:
        async with tx.begin_nested():
            tx.add(case)
    except IntegrityError as error:
        if constraint(error) != "uq_case_file_open":
            raise
        raise AlreadyFiled(
            _("Your company has an open case about this already. Add what is new to that one.")
        ) from None


async def open_about(tx: AsyncSession, subject: Subject, kind: Kind) -> Case | None:
    """The case of this kind about a thing that is not over yet. Locks it."""
    query = select(Case).where(Case.subject_type == subject.type, Case.subject_id == subject.id, Case.kind == kind)
    return await tx.scalar(query.where(Case.ended_at.is_(None)).order_by(Case.id).limit(1).with_for_update())
