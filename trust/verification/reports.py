"""Preparing identity reports, for whom, and who fetched them: each on its evidence chain."""

import hashlib
from collections import Counter
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from cryptography import x509
from sqlalchemy import ColumnElement, String, Subquery, and_, false, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.identity.models import MemberRow, Organisation
from trust.verification import levels, report_file
from trust.verification.errors import NoRecipient, ReportNotFound
from trust.verification.models import IdentityReport, ReportRecipient
from trust.verification.report_file import FINDINGS, Checked, Seller

_MEASURE: ColumnElement[str] = literal_column(
    "(SELECT CASE WHEN bool_or(r.kind = 'terminated') THEN 'terminated' WHEN bool_or(r.kind = 'full') THEN 'suspended'"
    " END FROM restriction r WHERE r.organisation_id = organisation.id AND r.state = 'in_force')",
    String,
)
"""What stands against a seller: its cooperation ended, or it is suspended."""


@dataclass(frozen=True, slots=True)
class ReportView:
    id: UUID
    period: date
    number: int
    recipient: str
    sellers: int
    findings: dict[str, int]
    digest: str
    prepared_by: str
    prepared_at: datetime


@dataclass(frozen=True, slots=True)
class Made:
    """A report as it was prepared; `prepared_by` None where the job did."""

    id: UUID
    sellers: int
    findings: dict[str, int]
    digest: str
    prepared_by: UUID | None
    prepared_at: datetime


async def add_recipient(tx: AsyncSession, name: str, pem: bytes, *, by: Member) -> UUID:
    """The authority that gets the reports from now on. Raises NotPermitted, Invalid naming `certificate`."""
    require(by, Permission.KEEP_RECORDS)
    found = report_file.certificate(pem, clock.now())
    row = ReportRecipient(
        name=name,
        certificate=pem.decode("ascii"),
        fingerprint=report_file.fingerprint(found),
        added_by=by.id,
        added_at=clock.now(),
    )
    tx.add(row)
    await tx.flush()
    said = {"fingerprint": row.fingerprint, "recipient": name}
    await evidence.record(tx, Subject("report_recipient", row.id), "report.recipient_added", said, actor=by.id)
    return row.id


async def recipient(tx: AsyncSession) -> ReportRecipient | None:
    """Whoever gets the reports now."""
    return await tx.scalar(select(ReportRecipient).order_by(ReportRecipient.id.desc()).limit(1))


def _sellers() -> Subquery:
    """Each seller with its first member, until when its legal entity is confirmed, and each of FINDINGS as a column."""
    first = (
        select(MemberRow.organisation_id, MemberRow.name, MemberRow.email)
        .where(MemberRow.removed_at.is_(None))
        .ext(distinct_on(MemberRow.organisation_id))
        .order_by(MemberRow.organisation_id, MemberRow.id)
    ).subquery()
    ends, name = levels.ends(), func.coalesce(first.c.name, "")
    number = func.upper(func.regexp_replace(Organisation.registration_number, r"\s", "", "g"))
    found = {
        "no_address": Organisation.address == "",
        "no_contact": name == "",
        "no_phone": Organisation.phone == "",
        "no_number": number == "",
        "double_number": and_(number != "", func.count().over(partition_by=[Organisation.country, number]) > 1),
        "not_verified": ends.c.until.is_(None),
        "expired": func.coalesce(ends.c.until <= clock.now(), false()),
    }
    return (
        select(
            Organisation.id,
            Organisation.name_original.label("name"),
            Organisation.name_latin.label("latin"),
            Organisation.country,
            Organisation.registration_kind.label("kind"),
            Organisation.registration_number.label("number"),
            Organisation.address,
            name.label("contact"),
            Organisation.phone,
            func.coalesce(first.c.email, "").label("email"),
            Organisation.slug.label("shop"),
            func.coalesce(_MEASURE, Organisation.state).label("state"),
            ends.c.until,
            *(said.label(finding) for finding, said in found.items()),
        )
        .outerjoin(first, first.c.organisation_id == Organisation.id)
        .outerjoin(ends, ends.c.organisation_id == Organisation.id)
        .where(Organisation.sells, ~Organisation.is_platform)
    ).subquery()


async def sellers(tx: AsyncSession, *, wrong: bool = False, limit: int | None = None) -> list[Checked]:
    """Sellers as they are reported, with what is missing or double, in the order of their names: all of them, or with
    `wrong` those of which something is.
    """
    seller = _sellers()
    query = select(seller).order_by(seller.c.latin, seller.c.id).limit(limit)
    if wrong:
        query = query.where(_wrong(seller))
    return [
        Checked(
            Seller(**{field.name: row[field.name] for field in fields(Seller)}),
            tuple(name for name in FINDINGS if row[name]),
        )
        for row in (await tx.execute(query)).mappings()
    ]


def _wrong(seller: Subquery) -> ColumnElement[bool]:
    return or_(*(seller.c[name] for name in FINDINGS))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many sellers there are, of how many something is wrong, and how often each of FINDINGS is, if at all."""

    sellers: int
    wrong: int
    findings: dict[str, int]


async def counts(tx: AsyncSession) -> Counts:
    seller = _sellers()
    each = [func.count().filter(seller.c[name]).label(name) for name in FINDINGS]
    query = select(func.count().label("sellers"), func.count().filter(_wrong(seller)).label("wrong"), *each)
    row = (await tx.execute(query.select_from(seller))).one()._mapping
    return Counts(row["sellers"], row["wrong"], {name: row[name] for name in FINDINGS if row[name]})


async def prepare(
    tx: AsyncSession, store: FileStore, base_url: str, *, by: Member | None, period: date | None = None
) -> UUID:
    """Prepare the report over the half-year before this one, or over the one that begins on `period`, once more if need
    be; `by` None for the job.

    Raises NotPermitted, NoRecipient, Invalid when the recipient's certificate is over.
    """
    if by is not None:
        require(by, Permission.KEEP_RECORDS)
    to = await recipient(tx)
    if to is None:
        raise NoRecipient(_("Add the authority's certificate first: the report is encrypted for it."))
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("identity_report", 0))))
    now = clock.now()
    period = period or report_file.reported(now.date())
    found = await sellers(tx)
    plain = report_file.table(found, base_url)
    sealed = report_file.encrypted(plain, report_file.certificate(to.certificate.encode(), now))
    kept = await store.put(sealed, content_type="application/pkcs7-mime")
    report = IdentityReport(
        period=period,
        number=1 + (await tx.scalar(select(func.count()).where(IdentityReport.period == period)) or 0),
        recipient_id=to.id,
        sellers=len(found),
        findings=dict(Counter(name for one in found for name in one.findings)),
        digest=hashlib.sha256(plain).hexdigest(),
        file_key=kept.key,
        prepared_by=by.id if by else None,
        prepared_at=now,
    )
    tx.add(report)
    await tx.flush()
    said = {"period": period.isoformat(), "number": report.number, "table": report.digest, "file": kept.sha256}
    said |= {"recipient": to.fingerprint, "sellers": report.sellers}
    await evidence.record(tx, Subject("identity_report", report.id), "report.prepared", said, actor=report.prepared_by)
    return report.id


async def newest(tx: AsyncSession, period: date) -> Made | None:
    """The report on a half-year that was prepared last, by the half-year's first day."""
    query = select(IdentityReport).where(IdentityReport.period == period).order_by(IdentityReport.number.desc())
    row = await tx.scalar(query.limit(1))
    if row is None:
        return None
    return Made(row.id, row.sellers, row.findings, row.digest, row.prepared_by, row.prepared_at)


async def is_due(tx: AsyncSession) -> bool:
    """Whether somebody is to get a report over the half-year before this one, and none was prepared."""
    period = report_file.reported(clock.now().date())
    made = await tx.scalar(select(IdentityReport.id).where(IdentityReport.period == period).limit(1))
    to = await recipient(tx)
    return made is None and to is not None and usable(to)


def usable(to: ReportRecipient) -> bool:
    """Whether a report can be encrypted for it today."""
    try:
        report_file.certificate(to.certificate.encode(), clock.now())
    except Invalid:
        return False
    return True


async def fetch(tx: AsyncSession, store: FileStore, report_id: UUID, *, by: Member) -> tuple[bytes, str]:
    """The encrypted file and its name; that it was fetched is on its chain. Raises NotPermitted, ReportNotFound."""
    require(by, Permission.KEEP_RECORDS)
    report = await tx.get(IdentityReport, report_id)
    if report is None:
        raise ReportNotFound
    await evidence.record(tx, Subject("identity_report", report.id), "report.downloaded", {}, actor=by.id)
    return await store.get(report.file_key), f"identity-report-{report.period:%Y-%m}-{report.number}.p7m"


async def reports(tx: AsyncSession, *, offset: int, limit: int) -> tuple[list[ReportView], int]:
    """Reports, newest first, and how many there are."""
    total = (await tx.execute(select(func.count()).select_from(IdentityReport))).scalar_one()
    rows = await tx.execute(
        select(IdentityReport, ReportRecipient.name, MemberRow.name)
        .join(ReportRecipient, ReportRecipient.id == IdentityReport.recipient_id)
        .outerjoin(MemberRow, MemberRow.id == IdentityReport.prepared_by)
        .order_by(IdentityReport.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [
        ReportView(r.id, r.period, r.number, to, r.sellers, r.findings, r.digest, who or "", r.prepared_at)
        for r, to, who in rows
    ], total


def subject_of(found: ReportRecipient) -> str:
    """To whom the certificate was issued."""
    return x509.load_pem_x509_certificate(found.certificate.encode()).subject.rfc4514_string()
