"""Statements on paper, in both languages, with the hash of what they say."""

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from app.core.evidence import canonical_json
from app.core.i18n import N_, _
from app.core.money import Money
from app.core.subject import Subject
from payments.balances.queries import Movement, Statement
from payments.papers.setting import Pair, both, day, figure, moment, set_paper
from payments.queries import StatementLine
from payments.words import part_name
from trust.identity.queries import OrganisationView

TITLE, DEAL_TITLE = N_("Statement of account"), N_("Statement of an order")
NOTE = N_(
    "Every line is an entry in the books of the platform. The hash at the foot of the page is that of all lines: two "
    "copies that carry the same hash say the same."
)
EMPTY = N_("Nothing moved in this time.")
DEAL_EMPTY = N_("No money has moved yet.")
HEADS = (
    N_("Date and time"),
    N_("What happened"),
    N_("Released, less the fee"),
    N_("Movement"),
    N_("Balance afterwards"),
)
DEAL_HEADS = (N_("Date and time"), N_("What happened"), N_("Movement"), N_("Held afterwards"))


def said(message: str) -> Pair:
    """A message in both languages."""
    return both(lambda: _(message))


def _fact(label: str, value: str) -> dict[str, Any]:
    return {"label": said(label), "value": value}


def names(company: OrganisationView) -> str:
    """`深圳灯笼有限公司 · Shenzhen Lantern Co.`, or the one name there is."""
    return " · ".join(dict.fromkeys((company.name_original, company.name_latin)))


async def balance_pdf(found: Statement, company: OrganisationView, *, font_dir: Path) -> bytes:
    """A supplier's statement as PDF/A. The same statement gives the same bytes. Raises RenderingFailed."""
    zone, period = found.period.zone, found.period
    data = {
        "number": f"{period} {found.currency}",
        "digest": found.digest,
        "title": said(TITLE),
        "date": day(period.last),
        "facts": [
            _fact(N_("Company"), names(company)),
            _fact(N_("Registration number"), company.registration_number),
            _fact(N_("Period"), f"{period.first} – {period.last} ({zone})"),
            _fact(N_("Opening balance"), figure(found.opening)),
            _fact(N_("Added"), figure(found.added)),
            _fact(N_("Taken"), figure(-found.taken)),
            _fact(N_("Closing balance"), figure(found.closing)),
        ],
        "heads": [said(head) for head in HEADS],
        "rows": [_row(movement, zone) for movement in found.movements],
        "closing": _fact(N_("Closing balance"), figure(found.closing)),
        "empty": said(EMPTY),
        "note": said(NOTE),
    }
    return await set_paper("balance", data, dated=period.last, font_dir=font_dir)


def _row(movement: Movement, zone: str) -> dict[str, Any]:
    return {
        "at": moment(movement.at, zone),
        "text": both(lambda: movement.text),
        "deal": movement.deal.number if movement.deal else "",
        "part": both(lambda: part_name(movement.part)),
        "gross": figure(movement.gross) if movement.gross else "",
        "fee": figure(movement.fee) if movement.fee else "",
        "change": figure(movement.change),
        "balance": figure(movement.balance),
    }


async def deal_pdf(
    subject: Subject,
    lines: Sequence[StatementLine],
    facts: Sequence[tuple[str, str]],
    *,
    dated: date,
    zone: str,
    font_dir: Path,
) -> bytes:
    """The statement of one deal's money as PDF/A; `facts` are (message, value). Raises RenderingFailed."""
    told = [[line.entry_id, line.at, line.said, line.change, line.held] for line in lines]
    data = {
        "number": subject.number,
        "digest": hashlib.sha256(canonical_json([str(subject), told]).encode()).hexdigest(),
        "title": said(DEAL_TITLE),
        "date": day(dated),
        "facts": [_fact(label, value) for label, value in facts],
        "heads": [said(head) for head in DEAL_HEADS],
        "rows": [_deal_row(line, zone) for line in lines],
        "empty": said(DEAL_EMPTY),
        "note": said(NOTE),
    }
    return await set_paper("deal", data, dated=dated, font_dir=font_dir)


def _deal_row(line: StatementLine, zone: str) -> dict[str, Any]:
    moved: Money = line.change or line.amount
    return {
        "at": moment(line.at, zone),
        "text": both(lambda: line.text),
        "part": both(lambda: part_name(line.part)),
        "change": figure(moved),
        "held": figure(line.held),
    }
