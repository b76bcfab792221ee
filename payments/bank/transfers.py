"""How to pay one milestone by bank transfer, on a page and on paper: inside the deal, for its buyer alone."""

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import N_, _, current_locale, format_date, format_money
from app.core.money import Money
from app.core.typesetting import typeset
from app.core.web import Answer, HouseRouter, Tx
from payments.bank.settings import BankSettings, platform_account
from payments.errors import EscrowNotFound, RailUnavailable
from payments.escrow import queries as escrows
from payments.escrow.funding import FUNDABLE
from payments.escrow.reference import grouped
from trust.access import CurrentMember, Member, Permission

router = HouseRouter(tags=["payments"])
WARNING = N_("Bank details never come by mail or chat. The order's own page alone names the account to pay to.")
TEMPLATE = Path(__file__).with_name("templates") / "transfer.typ"


@dataclass(frozen=True, slots=True)
class Instructions:
    """`reference` is as it is typed, `printed` in groups of four. `due` is whether it still waits to be paid."""

    holder: str
    bank_name: str
    iban: str
    bic: str
    amount: Money
    reference: str
    printed: str
    due_on: date | None
    due: bool
    home: str


class TransferOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    holder: str
    bank_name: str
    iban: str
    bic: str
    amount: Money
    reference: str
    due_on: date | None
    due: bool


async def instructions(tx: AsyncSession, milestone_id: UUID, account: BankSettings | None, by: Member) -> Instructions:
    """For the deal's buyer and for finance. Raises EscrowNotFound for all others, RailUnavailable."""
    escrow = await escrows.escrow_of(tx, milestone_id)
    if escrow.buyer_id != by.organisation_id and not by.may(Permission.BOOK_MONEY):
        raise EscrowNotFound(_("There is no such payment."))
    if account is None:
        raise RailUnavailable(_("This way of paying is not set up here."))
    milestone = next(m for m in escrow.milestones if m.id == milestone_id)
    return Instructions(
        holder=account.holder,
        bank_name=account.name,
        iban=account.iban,
        bic=account.bic,
        amount=milestone.amount,
        reference=milestone.reference,
        printed=grouped(milestone.reference),
        due_on=milestone.due_on,
        due=milestone.state in FUNDABLE,
        home=f"/{escrow.subject.type}s/{escrow.subject.id}",
    )


@router.get("/milestones/{milestone_id}/transfer", response_model=TransferOut)
async def show(milestone_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """Where to transfer to, how much, by when, and what to write on it."""
    found = await instructions(tx, milestone_id, platform_account(request.app.state.settings), member)
    pdf = f"/milestones/{milestone_id}/transfer.pdf"
    return answer.show("payments/transfer.html", TransferOut.model_validate(found), found=found, pdf=pdf)


@router.get("/milestones/{milestone_id}/transfer.pdf")
async def on_paper(milestone_id: UUID, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """The same as a PDF, in the reader's language."""
    settings = request.app.state.settings
    found = await instructions(tx, milestone_id, platform_account(settings), member)
    document = await typeset(TEMPLATE, sheet(found), font_dir=settings.font_dir, timestamp=int(clock.now().timestamp()))
    return answer.file(document, f"{found.reference}.pdf", "application/pdf")


def sheet(found: Instructions) -> dict[str, Any]:
    """What the template prints: a title, rows of label and value, and the warning."""
    said = asdict(found)
    by_when = format_date(found.due_on) if found.due_on else _("as the contract says")
    return {
        "lang": "zh" if current_locale() == "zh-Hans" else "en",
        "title": _("Transfer instructions"),
        "rows": [
            [_("Amount"), format_money(found.amount).replace("\u00a0", " ")],
            [_("Due"), by_when],
            [_("Account holder"), said["holder"]],
            [_("IBAN"), _fours(found.iban)],
            [_("BIC"), said["bic"]],
            [_("Bank"), said["bank_name"]],
        ],
        "reference": [_("Reference"), found.printed],
        "exactly": _("Transfer exactly this amount with exactly this reference."),
        "warning": _(
            "Bank details never come by mail or chat. The order's own page alone names the account to pay to."
        ),
        "address": found.home,
    }


def _fours(iban: str) -> str:
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))
