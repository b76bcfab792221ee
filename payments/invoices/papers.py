"""Invoices and credit notes on paper, in both languages, from what was kept when they were issued."""

from datetime import date
from pathlib import Path
from typing import Any

from app.core.i18n import N_, _
from app.core.money import Money
from payments.invoices.queries import InvoiceView
from payments.papers.setting import Pair, both, day, figure, set_paper
from payments.words import part_name

KINDS = {"invoice": N_("Invoice for platform fees"), "credit_note": N_("Credit note for platform fees")}
TAX = {
    "domestic": N_(
        "No tax amount stands on this invoice. The tax invoice of the issuer's country, in mainland China the fapiao, "
        "follows separately."
    ),
    "reverse_charge": N_(
        "Reverse charge: value added tax is to be accounted for by the recipient of the service "
        "(Directive 2006/112/EC, Article 196)."
    ),
    "abroad": N_(
        "Service to a business in another country: no tax is charged here. The recipient follows its own law."
    ),
}
"""What an invoice says about tax, by `service.tax_note`. A statement of how it was made out, not tax advice."""
PAID = N_("Nothing is to be paid: the fees were taken when the money was released.")
BACK = N_("Nothing is to be done: the amount was added to your balance.")
FEE_PAID = N_("Nothing is to be paid: the fee was received on the day of this line.")
FEE_BACK = N_("Nothing is to be done: the amount goes back the way it came, or was added to your balance.")


def _said(message: str) -> Pair:
    return both(lambda: _(message))


def money_of(data: dict[str, Any]) -> Money:
    return Money(data["amount_minor"], data["currency"])


async def invoice_pdf(found: InvoiceView, *, font_dir: Path) -> bytes:
    """The invoice as PDF/A; the same bytes each time. Raises RenderingFailed."""
    content = found.content
    tax_note = TAX[content["tax"]]
    issued = date.fromisoformat(content["issued_on"])
    facts = [
        (N_("Number"), found.number),
        (N_("Date"), issued.isoformat()),
        (N_("Period"), f"{found.first} – {found.last}"),
    ]
    if content["credits"]:
        facts.append((N_("Takes back from"), content["credits"]))
    if content["reason"]:
        facts.append((N_("Reason"), content["reason"]))
    data = {
        "number": found.number,
        "digest": found.digest,
        "title": _said(KINDS[found.kind]),
        "date": day(issued),
        "issuer": _party(N_("Issued by"), content["issuer"]),
        "customer": _party(N_("Issued to"), content["customer"]),
        "facts": [{"label": _said(label), "value": value} for label, value in facts],
        "heads": [_said(head) for head in (N_("Date"), N_("Order and payment"), N_("Released"), N_("Fee"))],
        "rows": [_row(line) for line in content["lines"]],
        "total": {"label": _said(N_("Total")), "value": figure(found.total)},
        "paid": _said(closing(found)),
        "tax": _said(tax_note),
    }
    return await set_paper("invoice", data, dated=issued, font_dir=font_dir)


def closing(found: InvoiceView) -> str:
    """The sentence that says what is to be done: nothing, and why."""
    membership = not found.content["lines"][0]["milestone"]
    if found.kind == "invoice":
        return FEE_PAID if membership else PAID
    return FEE_BACK if membership else BACK


def _party(role: str, said: dict[str, str]) -> dict[str, Any]:
    numbers = dict.fromkeys(number for number in (said["registration"], said.get("tax_id", "")) if number)
    lines = [said["address"], said["country"], *numbers]
    return {
        "role": _said(role),
        "name": said["name"],
        "latin": said["latin"],
        "lines": [line for line in lines if line],
    }


def _row(line: dict[str, Any]) -> dict[str, Any]:
    released = money_of(line["released"])
    return {
        "at": line["at"][:10],
        "order": line["order"],
        "part": both(lambda: part_name(line["part"])),
        "released": figure(released) if released else "",
        "fee": figure(money_of(line["fee"])),
    }
