"""Invoices for the platform's fees: a supplier's own, and all of them for finance."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.config import Settings
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from payments.approvals import queries as approvals
from payments.invoices import approving, papers, queries, service
from payments.invoices.queries import InvoiceView
from payments.invoices.settings import issuer
from payments.schemas import Reason
from payments.words import part_name
from trust.access import CurrentMember, Member, Permission, require
from trust.exports.counting import counted
from trust.exports.service import Kind as Exported
from trust.identity import queries as identity

router = HouseRouter(tags=["invoices"])


class InvoiceOut(BaseModel):
    """`credited` is what credit notes have given back of an invoice; `credits` is a credit note's invoice."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    number: str
    first: date
    last: date
    total: Money
    credited: Money
    credits: UUID | None
    issued_at: datetime


class InvoicesOut(BaseModel):
    invoices: list[InvoiceOut]
    total: int


class WholeInvoiceOut(InvoiceOut):
    """With everything that is printed; `digest` is the SHA-256 of `content` as JSON with sorted keys and no spaces."""

    content: dict[str, Any]
    digest: str


class IssueIn(BaseModel):
    """Whose fees are to be invoiced now."""

    organisation_id: UUID


class GiveBackIn(BaseModel):
    """Which line's fee is given back, and why; the supplier reads that."""

    position: int
    reason: Reason


@router.get("/invoices", response_model=InvoicesOut)
async def mine(tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """The company's invoices and credit notes, newest first."""
    require(member, Permission.MANAGE_BANK)
    rows, total = await queries.invoices(tx, member.organisation_id, offset=page.offset, limit=page.per_page)
    return answer.show("payments/invoices.html", _list(rows, total), page=page, kinds=_kinds())


@router.get("/invoices/{invoice_id}", response_model=WholeInvoiceOut)
async def show(invoice_id: UUID, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """One invoice with its lines; for its company and for finance."""
    found = await _readable(tx, invoice_id, member)
    tax_note = papers.TAX[found.content["tax"]]
    lines = [
        {
            "position": line["position"],
            "order": line["order"],
            "href": "/{0.type}s/{0.id}".format(Subject.parse(line["subject"])) if line["milestone"] else "/membership",
            "milestone": line["milestone"],
            "part": part_name(line["part"]),
            "on": datetime.fromisoformat(line["at"]),
            "released": papers.money_of(line["released"]),
            "fee": papers.money_of(line["fee"]),
        }
        for line in found.content["lines"]
    ]
    waiting = await approvals.waiting_for(tx, [UUID(line["milestone"]) for line in lines if line["milestone"]])
    return answer.show(
        "payments/invoice.html",
        WholeInvoiceOut.model_validate(found),
        lines=lines,
        kinds=_kinds(),
        tax=_(tax_note),
        may_give_back=member.may(Permission.APPROVE_MONEY)
        and found.kind == "invoice"
        and all(line["milestone"] for line in lines),
        waiting=[a for a in waiting.values() if a.kind == approving.FEE_BACK] if member.is_staff else [],
        back=(_("Invoices"), "/finance/invoices" if member.is_staff else "/invoices"),
    )


@router.get("/invoices/{invoice_id}/document.pdf", include_in_schema=False, dependencies=[counted(Exported.INVOICES)])
async def document(invoice_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """The invoice on paper."""
    found = await _readable(tx, invoice_id, member)
    settings: Settings = request.app.state.settings
    data = await papers.invoice_pdf(found, font_dir=settings.font_dir)
    return answer.file(data, f"{found.number}.pdf", "application/pdf", inline=True)


@router.get("/finance/invoices", response_model=InvoicesOut)
async def everybodys(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, page: Annotated[PageQuery, Query()]
) -> Response:
    """All invoices, and the fees that stand on none yet."""
    require(member, Permission.BOOK_MONEY)
    settings: Settings = request.app.state.settings
    rows, total = await queries.invoices(tx, offset=page.offset, limit=page.per_page)
    waiting = await queries.open_fees(tx, clock.now(), settings.reporting_zone)
    companies = await identity.organisations(
        tx, [r.organisation_id for r in rows] + [w.organisation_id for w in waiting]
    )
    return answer.show(
        "payments/finance_invoices.html",
        _list(rows, total),
        rows=rows,
        waiting=waiting,
        companies=companies,
        page=page,
        kinds=_kinds(),
        may_issue=member.may(Permission.APPROVE_MONEY) and issuer(settings) is not None,
        unnamed=issuer(settings) is None,
    )


@router.post("/finance/invoices")
async def issue(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[IssueIn, Submitted(IssueIn)]
) -> Response:
    """Invoice a supplier's fees up to now, without waiting for the first of the month."""
    require(member, Permission.APPROVE_MONEY)
    issued = await service.issue_now(tx, service.books(request.app.state.settings), data.organisation_id, by=member)
    ids = [str(id_) for id_ in issued]
    return answer.done("/finance/invoices", {"ids": ids}, created=True, flash=_("The invoice was issued."))


@router.post("/finance/invoices/{invoice_id}/credit-notes")
async def give_back(
    invoice_id: UUID,
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[GiveBackIn, Submitted(GiveBackIn)],
) -> Response:
    """Propose to give the fee of a line back to the supplier's balance; another person has to agree."""
    await approving.ask(tx, invoice_id, data.position, request.app.state.settings, by=member, reason=data.reason)
    return answer.done(f"/invoices/{invoice_id}", flash=_("Proposed. A second person has to agree."))


async def _readable(tx: AsyncSession, invoice_id: UUID, member: Member) -> InvoiceView:
    """Raises NotPermitted, InvoiceNotFound for another company's."""
    if member.is_staff:
        require(member, Permission.BOOK_MONEY)
        return await queries.invoice(tx, invoice_id)
    require(member, Permission.MANAGE_BANK)
    return await queries.invoice(tx, invoice_id, party=member.organisation_id)


def _list(rows: list[InvoiceView], total: int) -> InvoicesOut:
    return InvoicesOut(invoices=[InvoiceOut.model_validate(row) for row in rows], total=total)


def _kinds() -> dict[str, str]:
    return {kind: _(label) for kind, label in papers.KINDS.items()}
