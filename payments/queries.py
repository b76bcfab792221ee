"""What others may ask about a deal's money: where it stands, and every movement in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import N_, _, format_exact
from app.core.money import Money
from app.core.spreadsheets import write_csv
from app.core.subject import Subject
from payments.escrow import queries as escrows
from payments.escrow.queries import EscrowView, MilestoneView
from payments.ledger import queries as ledger
from payments.ledger.chart import Kind
from payments.ledger.queries import Sum

CHARGED_BACK = ("charge_back", "charge_back_undone")
"""Entries by which a buyer's bank took held money back, and gave it back."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Where money stands. funded = held + frozen + released + fees + refund_due + refunded + charged_back, to the unit.

    released      what the supplier got, the fee not included
    charged_back  what the buyer's bank took back while it was held
    """

    funded: Money
    held: Money
    frozen: Money
    released: Money
    fees: Money
    refund_due: Money
    refunded: Money
    charged_back: Money


@dataclass(frozen=True, slots=True)
class MilestonePosition:
    milestone: MilestoneView
    figures: Figures


@dataclass(frozen=True, slots=True)
class Position:
    """A deal's money; `agreed` is what the contract says is to be paid. `milestones` are in the contract's order."""

    subject: Subject
    agreed: Money
    funded: Money
    held: Money
    frozen: Money
    released: Money
    fees: Money
    refund_due: Money
    refunded: Money
    charged_back: Money
    milestones: tuple[MilestonePosition, ...]


async def money_position(tx: AsyncSession, subject: Subject) -> Position:
    """Raises EscrowNotFound."""
    escrow = await escrows.escrow(tx, subject)
    return _position(escrow, await ledger.sums(tx, [subject]))


async def positions(tx: AsyncSession, subjects: Sequence[Subject]) -> dict[Subject, Position]:
    """The positions of those subjects that have an escrow, in two queries however many there are."""
    if not subjects:
        return {}
    found = await escrows.escrows(tx, subjects)
    booked: dict[Subject, list[Sum]] = {}
    for entry in await ledger.sums(tx, list(found)) if found else []:
        booked.setdefault(entry.subject, []).append(entry)
    return {subject: _position(escrow, booked.get(subject, [])) for subject, escrow in found.items()}


def _position(escrow: EscrowView, booked: list[Sum]) -> Position:
    whole = _figures(booked, escrow.currency)
    parts = tuple(
        MilestonePosition(m, _figures([s for s in booked if s.part_id == m.id], escrow.currency))
        for m in escrow.milestones
    )
    return Position(
        subject=escrow.subject,
        agreed=escrow.agreed,
        funded=whole.funded,
        held=whole.held,
        frozen=whole.frozen,
        released=whole.released,
        fees=whole.fees,
        refund_due=whole.refund_due,
        refunded=whole.refunded,
        charged_back=whole.charged_back,
        milestones=parts,
    )


def _figures(booked: list[Sum], currency: str) -> Figures:
    def net(kind: Kind, *entries: str) -> Money:
        legs = [s for s in booked if s.account_kind is kind and (not entries or s.entry_kind in entries)]
        return Money(sum(s.increased.minor - s.decreased.minor for s in legs), currency)

    funded = sum(s.increased.minor for s in booked if s.account_kind is Kind.ESCROW and s.entry_kind == "fund")
    back = [s for s in booked if s.account_kind is Kind.REFUND_DUE and s.entry_kind in ("repay", "bounce")]
    refunded = sum(s.decreased.minor - s.increased.minor for s in back)
    return Figures(
        funded=Money(funded, currency),
        held=net(Kind.ESCROW),
        frozen=net(Kind.ESCROW_FROZEN),
        released=net(Kind.PAYABLE),
        fees=net(Kind.FEE_INCOME),
        refund_due=net(Kind.REFUND_DUE),
        refunded=Money(refunded, currency),
        charged_back=-net(Kind.PSP, *CHARGED_BACK),
    )


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement in plain words.

    said    what happened, to be translated: `text` is that in the reader's language
    amount  how much moved, always positive
    change  what that did to the money held: positive when it came in, negative when it left, zero when it had left
            before (a refund arriving) or stays held (a dispute)
    held    what is held afterwards, frozen money included
    """

    entry_id: UUID
    at: datetime
    said: str
    part: str
    amount: Money
    change: Money
    held: Money

    @property
    def text(self) -> str:
        return _(self.said)


_RELEASED, _FEE, _SET_ASIDE = N_("Released to the supplier"), N_("Fee of the platform"), N_("Set aside for the buyer")
_CHARGED_BACK, _BACK_AGAIN = N_("Taken back by the buyer's bank"), N_("Back from the buyer's bank")
WORDS: dict[tuple[str, Kind], tuple[str, int]] = {
    ("fund", Kind.ESCROW): (N_("Paid by the buyer, held"), 1),
    ("release", Kind.PAYABLE): (_RELEASED, -1),
    ("release", Kind.FEE_INCOME): (_FEE, -1),
    ("divide", Kind.PAYABLE): (_RELEASED, -1),
    ("divide", Kind.FEE_INCOME): (_FEE, -1),
    ("divide", Kind.REFUND_DUE): (_SET_ASIDE, -1),
    ("refund", Kind.REFUND_DUE): (_SET_ASIDE, -1),
    ("repay", Kind.REFUND_DUE): (N_("Sent back to the buyer"), 0),
    ("bounce", Kind.REFUND_DUE): (N_("Came back from the buyer's bank, to be sent again"), 0),
    ("freeze", Kind.ESCROW_FROZEN): (N_("Frozen by a dispute"), 0),
    ("thaw", Kind.ESCROW): (N_("No longer frozen"), 0),
    ("fee_back", Kind.PAYABLE): (N_("Fee of the platform given back"), 0),
    ("charge_back", Kind.ESCROW): (_CHARGED_BACK, -1),
    ("charge_back", Kind.ESCROW_FROZEN): (_CHARGED_BACK, -1),
    ("charge_back", Kind.REFUND_DUE): (_CHARGED_BACK, 0),
    ("charge_back_undone", Kind.ESCROW): (_BACK_AGAIN, 1),
    ("charge_back_undone", Kind.ESCROW_FROZEN): (_BACK_AGAIN, 1),
    ("charge_back_undone", Kind.REFUND_DUE): (_BACK_AGAIN, 0),
    ("suspend", Kind.SUSPENSE): (N_("Received beside the agreement, under inquiry"), 0),
}
"""(kind of entry, kind of account) → what it means to the parties, and its sign on what is held. Others mirror it."""


async def statement(tx: AsyncSession, subject: Subject) -> list[StatementLine]:
    """Every movement of a deal's money in plain words, oldest first; the same for both parties.

    Raises EscrowNotFound.
    """
    escrow = await escrows.escrow(tx, subject)
    kinds = {m.id: m.kind for m in escrow.milestones}
    held = Money.zero(escrow.currency)
    lines: list[StatementLine] = []
    for leg in await ledger.postings_of(tx, subject):
        if (leg.entry_kind, leg.account_kind) not in WORDS:
            continue
        text, sign = WORDS[leg.entry_kind, leg.account_kind]
        amount = leg.amount if leg.amount.minor > 0 else -leg.amount
        change = Money(sign * amount.minor, amount.currency)
        held += change
        part = kinds.get(leg.part_id, "") if leg.part_id else ""
        lines.append(StatementLine(leg.entry_id, leg.at, text, part, amount, change, held))
    return lines


def as_csv(lines: Sequence[StatementLine]) -> bytes:
    """The statement as a spreadsheet reads it, with plain decimals."""
    heads = [_("Date"), _("What happened"), _("Payment"), _("Amount"), _("Movement"), _("Held afterwards")]
    rows: list[list[object]] = [
        [
            format_exact(line.at),
            line.text,
            line.part,
            *(amount.decimal for amount in (line.amount, line.change, line.held)),
            line.amount.currency,
        ]
        for line in lines
    ]
    return write_csv([*heads, _("Currency")], rows)
