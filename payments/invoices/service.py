"""Issuing invoices for fees, giving a fee back with a credit note.

A number is taken under a lock on its series and year, in the transaction that writes the invoice: a number that was
given is never lost, and two are never the same.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.config import Settings
from app.core.errors import Conflict, Invalid
from app.core.evidence import canonical_json
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.periods import Period, day_of
from app.core.subject import Subject
from payments.invoices import queries
from payments.invoices.models import FeeInvoice, FeeInvoiceLine
from payments.invoices.queries import Batch, Fee, InvoiceView
from payments.invoices.settings import IssuerSettings, issuer
from payments.ledger import chart
from payments.ledger.debts import recover
from payments.ledger.service import Entry, credit, debit, post
from trust.access import Member, Permission, require
from trust.identity import queries as identity

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:series, 0))")
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)


@dataclass(frozen=True, slots=True)
class Books:
    """Who issues, and where the platform's days begin."""

    issuer: IssuerSettings
    zone: str


def books(settings: Settings) -> Books:
    """Raises Conflict while nobody is named as issuer."""
    by = issuer(settings)
    if by is None:
        raise Conflict(_("Nobody is named as issuer of invoices. Set PORTOLAN_ISSUER_NAME and its like."))
    return Books(by, settings.reporting_zone)


async def issue_due(tx: AsyncSession, books: Books) -> list[UUID]:
    """Invoice every fee of the months that are over. Doing it again issues nothing new."""
    this_month = Period.month(day_of(clock.now(), books.zone), books.zone)
    return await _issue_all(tx, books, await queries.open_fees(tx, this_month.begin, books.zone), None)


async def issue_now(tx: AsyncSession, books: Books, organisation_id: UUID, *, by: Member) -> list[UUID]:
    """Invoice every fee of one supplier up to now. Raises NotPermitted, Conflict when there is none."""
    require(by, Permission.APPROVE_MONEY)
    batches = await queries.open_fees(tx, clock.now(), books.zone, organisation_id=organisation_id)
    issued = await _issue_all(tx, books, batches, by.id)
    if not issued:
        raise Conflict(_("Every fee of this supplier stands on an invoice."))
    return issued


async def _issue_all(tx: AsyncSession, books: Books, batches: Sequence[Batch], by: UUID | None) -> list[UUID]:
    """Invoices first, so that a credit note finds the one it belongs to."""
    issued = []
    for batch in batches:
        charged = [fee for fee in batch.fees if fee.fee.minor > 0]
        if charged:
            issued.append(await _issue(tx, books, batch, charged, by))
    for batch in batches:
        issued += [await _credit_note(tx, books, fee, by, reason="") for fee in batch.fees if fee.fee.minor < 0]
    return issued


@dataclass(frozen=True, slots=True)
class Charged:
    """A line of an invoice whose fee can still be given back."""

    invoice: InvoiceView
    subject: Subject
    milestone_id: UUID
    part: str
    amount: Money


async def line_to_give_back(tx: AsyncSession, invoice_id: UUID, position: int) -> Charged:
    """Raises InvoiceNotFound, Invalid for a line that is not there, Conflict when it was given back before."""
    found = await queries.invoice(tx, invoice_id)
    line = next((one for one in found.content["lines"] if one["position"] == position), None)
    if found.kind != "invoice" or line is None or not line["milestone"]:
        raise Invalid(_("There is no such line."), field="position")
    milestone_id, amount = UUID(line["milestone"]), Money(line["fee"]["amount_minor"], found.total.currency)
    if await _given_back(tx, milestone_id):
        raise Conflict(_("This fee was given back before."))
    return Charged(found, Subject.parse(line["subject"]), milestone_id, line["part"], amount)


async def give_back(
    tx: AsyncSession, books: Books, invoice_id: UUID, position: int, *, by: Member, reason: str
) -> UUID:
    """Give the fee of one line of an invoice back to the supplier's balance, and issue the credit note; returns that.

    From the page this goes through `payments.invoices.approving`: it takes two people. Raises NotPermitted and as
    `line_to_give_back`.
    """
    require(by, Permission.APPROVE_MONEY)
    await _lock(tx, books.issuer.series)
    line = await line_to_give_back(tx, invoice_id, position)
    supplier = line.invoice.organisation_id
    entry_id = await post(
        tx,
        Entry(
            key=f"fee_back:{line.milestone_id}",
            kind="fee_back",
            legs=[debit(chart.FEE_INCOME, line.amount), credit(chart.payable(supplier), line.amount)],
            reason=reason,
            actor=by.id,
            subject=line.subject,
            part_id=line.milestone_id,
            facts={"invoice": line.invoice.number},
        ),
    )
    await recover(tx, supplier, line.amount.currency)
    nothing = Money.zero(line.amount.currency)
    fee = Fee(entry_id, clock.now(), supplier, line.subject, line.milestone_id, line.part, nothing, -line.amount)
    return await _credit_note(tx, books, fee, by.id, reason=reason)


async def _given_back(tx: AsyncSession, milestone_id: UUID) -> bool:
    query = (
        select(func.count())
        .select_from(FeeInvoiceLine)
        .join(FeeInvoice, FeeInvoice.id == FeeInvoiceLine.invoice_id)
        .where(FeeInvoiceLine.milestone_id == milestone_id, FeeInvoice.kind == "credit_note")
    )
    return bool((await tx.execute(query)).scalar_one())


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be issued: fees of one supplier and currency; a credit note names the invoice it takes back from."""

    kind: str
    fees: Sequence[Fee]
    first: date
    last: date
    credited: InvoiceView | None = None
    reason: str = ""

    @property
    def total(self) -> Money:
        return Money(sum(abs(fee.fee.minor) for fee in self.fees), self.fees[0].fee.currency)


async def _issue(tx: AsyncSession, books: Books, batch: Batch, fees: Sequence[Fee], by: UUID | None) -> UUID:
    today = day_of(clock.now(), books.zone)
    last = min(batch.period.last, today)
    return await _write(tx, books, Draft("invoice", fees, batch.period.first, last), by)


async def _credit_note(tx: AsyncSession, books: Books, fee: Fee, by: UUID | None, *, reason: str) -> UUID:
    invoice_id = await queries.invoice_of(tx, fee.milestone_id) if fee.milestone_id else None
    if invoice_id is None:
        raise LookupError(f"the fee of milestone {fee.milestone_id} was given back before it was invoiced")
    day = day_of(fee.at, books.zone)
    credited = await queries.invoice(tx, invoice_id)
    return await _write(tx, books, Draft("credit_note", [fee], day, day, credited, reason), by)


async def issue_membership(tx: AsyncSession, books: Books, fee: Fee, first: date, last: date) -> UUID:
    """The invoice of a membership that was paid. The same entry is invoiced once. Returns the invoice."""
    await _lock(tx, books.issuer.series)
    before = await queries.invoice_with(tx, fee.entry_id)
    return before or await _write(tx, books, Draft("invoice", [fee], first, last), None)


async def credit_membership(tx: AsyncSession, books: Books, fee: Fee, paid_by: UUID, reason: str) -> UUID | None:
    """The credit note of a membership that was refunded; None while the entry `paid_by` stands on no invoice yet."""
    await _lock(tx, books.issuer.series)
    before = await queries.invoice_with(tx, fee.entry_id)
    invoice_id = await queries.invoice_with(tx, paid_by)
    if before or invoice_id is None:
        return before
    day, credited = day_of(fee.at, books.zone), await queries.invoice(tx, invoice_id)
    return await _write(tx, books, Draft("credit_note", [fee], day, day, credited, reason), None)


async def _write(tx: AsyncSession, books: Books, draft: Draft, by: UUID | None) -> UUID:
    await _lock(tx, books.issuer.series)
    now = clock.now()
    issued_on = day_of(now, books.zone)
    sequence = await _next(tx, books.issuer.series, issued_on.year)
    number = f"{books.issuer.series}-{issued_on.year}-{sequence:06d}"
    content = await _content(tx, books, draft, number, issued_on)
    row = FeeInvoice(
        id=new_id(),
        kind=draft.kind,
        series=books.issuer.series,
        year=issued_on.year,
        sequence=sequence,
        number=number,
        organisation_id=draft.fees[0].organisation_id,
        first=draft.first,
        last=draft.last,
        total=draft.total,
        credits=draft.credited.id if draft.credited else None,
        content=content,
        digest=hashlib.sha256(canonical_json(content).encode()).hexdigest(),
        issued_by=by,
        issued_at=now,
    )
    tx.add(row)
    await tx.flush()
    tx.add_all(_stands_on(row.id, position, fee) for position, fee in enumerate(draft.fees, start=1))
    await tx.flush()
    return row.id


def _stands_on(invoice_id: UUID, position: int, fee: Fee) -> FeeInvoiceLine:
    return FeeInvoiceLine(
        invoice_id=invoice_id,
        position=position,
        entry_id=fee.entry_id,
        milestone_id=fee.milestone_id,
        fee=Money(abs(fee.fee.minor), fee.fee.currency),
    )


async def _content(tx: AsyncSession, books: Books, draft: Draft, number: str, issued_on: date) -> dict[str, Any]:
    """Everything that is printed, as JSON."""
    total = draft.total
    return {
        "kind": draft.kind,
        "number": number,
        "issued_on": issued_on.isoformat(),
        "first": draft.first.isoformat(),
        "last": draft.last.isoformat(),
        "credits": draft.credited.number if draft.credited else "",
        "reason": draft.reason,
        "total": {"amount_minor": total.minor, "currency": total.currency},
        "lines": [_line(position, fee) for position, fee in enumerate(draft.fees, start=1)],
        **await _parties(tx, books.issuer, draft.fees[0].organisation_id),
    }


def _line(position: int, fee: Fee) -> dict[str, Any]:
    return {
        "position": position,
        "subject": str(fee.subject),
        "order": fee.subject.number,
        "part": fee.part,
        "milestone": str(fee.milestone_id or ""),
        "at": fee.at.isoformat(timespec="seconds"),
        "released": {"amount_minor": fee.released.minor, "currency": fee.released.currency},
        "fee": {"amount_minor": abs(fee.fee.minor), "currency": fee.fee.currency},
    }


async def _parties(tx: AsyncSession, issuer: IssuerSettings, organisation_id: UUID) -> dict[str, Any]:
    customer = await identity.organisation(tx, organisation_id)
    return {
        "issuer": {
            "name": issuer.name,
            "latin": issuer.name_latin or issuer.name,
            "address": issuer.address,
            "country": issuer.country,
            "registration": issuer.registration,
            "tax_id": issuer.tax_id,
        },
        "customer": {
            "name": customer.name_original,
            "latin": customer.name_latin,
            "address": customer.address,
            "country": customer.country,
            "registration": customer.registration_number,
        },
        "tax": tax_note(issuer.country, customer.country),
    }


def tax_note(issuer_country: str, customer_country: str) -> str:
    """Which sentence about tax an invoice carries: `domestic`, `reverse_charge` (a customer in the EU) or `abroad`."""
    if issuer_country == customer_country:
        return "domestic"
    return "reverse_charge" if customer_country in EU else "abroad"


async def _lock(tx: AsyncSession, series: str) -> None:
    """One at a time within a series, until the transaction ends."""
    await tx.execute(_LOCK, {"series": f"fee_invoice:{series}"})


async def _next(tx: AsyncSession, series: str, year: int) -> int:
    query = select(func.coalesce(func.max(FeeInvoice.sequence), 0)).where(
        FeeInvoice.series == series, FeeInvoice.year == year
    )
    return int((await tx.execute(query)).scalar_one()) + 1
