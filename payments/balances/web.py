"""A supplier's statements: on a page, for a spreadsheet, on paper."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.config import Settings
from app.core.errors import Invalid
from app.core.i18n import _, format_exact
from app.core.money import Money
from app.core.periods import Period, day_of
from app.core.spreadsheets import write_csv
from app.core.web import Answer, HouseRouter, Tx
from payments.balances import papers, queries
from payments.balances.queries import Movement, Statement
from payments.words import part_name
from trust.access import CurrentMember, Member, Permission, require
from trust.identity import queries as identity

router = HouseRouter(tags=["payouts"])
FIRST_YEAR = 2000
LONGEST = 366  # days of one statement
MONTHS = 12  # offered on the page


class StatementQuery(BaseModel):
    """Which statement: a month, or the days from `first` to `last`; this month by default."""

    model_config = ConfigDict(extra="ignore")

    currency: Annotated[str, StringConstraints(pattern=r"^([A-Z]{3})?$")] = ""
    month: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2})?$")] = ""
    first: date | None = None
    last: date | None = None

    def period(self, today: date, zone: str) -> Period:
        """Raises Invalid for days that are no span, or too long a one."""
        if self.first is not None and self.last is not None:
            if not 0 <= (self.last - self.first).days <= LONGEST or self.first.year < FIRST_YEAR:
                raise Invalid(_("Choose a first and a last day, a year apart at most."), field="last")
            return Period(self.first, self.last, zone)
        if not self.month:
            return Period.month(today, zone)
        try:
            day = date.fromisoformat(f"{self.month}-01")
        except ValueError:
            day = None
        if day is None or not FIRST_YEAR <= day.year <= today.year + 1:
            raise Invalid(_("There is no such month."), field="month")
        return Period.month(day, zone)


class MovementOut(BaseModel):
    """One line: `change` on the balance, which is `balance` afterwards. `gross` and `fee` where a fee was taken."""

    entry_id: UUID
    at: datetime
    kind: str
    text: str
    order: str
    part: str
    gross: Money | None
    fee: Money | None
    change: Money
    balance: Money

    @classmethod
    def of(cls, movement: Movement) -> "MovementOut":
        return cls(
            entry_id=movement.entry_id,
            at=movement.at,
            kind=movement.kind,
            text=movement.text,
            order=str(movement.deal.id) if movement.deal else "",
            part=movement.part,
            gross=movement.gross,
            fee=movement.fee,
            change=movement.change,
            balance=movement.balance,
        )


class StatementOut(BaseModel):
    """`period` is a month or a span of days in `zone`; `sha256` is that of everything the statement says."""

    currency: str
    period: str
    zone: str
    first: date
    last: date
    opening: Money
    closing: Money
    sha256: str
    movements: list[MovementOut]


def _out(found: Statement) -> StatementOut:
    return StatementOut(
        currency=found.currency,
        period=str(found.period),
        zone=found.period.zone,
        first=found.period.first,
        last=found.period.last,
        opening=found.opening,
        closing=found.closing,
        sha256=found.digest,
        movements=[MovementOut.of(movement) for movement in found.movements],
    )


async def _found(
    request: Request, tx: AsyncSession, member: Member, asked: StatementQuery
) -> tuple[Statement, list[str]]:
    """The statement that was asked for, and the company's currencies. Raises NotPermitted, Invalid."""
    require(member, Permission.MANAGE_BANK)
    settings: Settings = request.app.state.settings
    period = asked.period(day_of(clock.now(), settings.reporting_zone), settings.reporting_zone)
    known = await queries.currencies(tx, member.organisation_id)
    currency = asked.currency or (known[0] if known else settings.reporting_currency)
    if asked.currency and currency not in known:
        raise Invalid(_("You have no money in this currency."), field="currency")
    return await queries.statement(tx, member.organisation_id, period, currency), known


@router.get("/statements", response_model=StatementOut)
async def show(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, asked: Annotated[StatementQuery, Query()]
) -> Response:
    """What the company had, everything that moved, and what it has."""
    found, known = await _found(request, tx, member, asked)
    today = Period.month(day_of(clock.now(), found.period.zone), found.period.zone)
    began = await queries.first_movement(tx, member.organisation_id)
    months = [today]
    while len(months) < MONTHS and began is not None and months[-1].begin > began:
        months.append(months[-1].previous_month)
    return answer.show(
        "payments/statement.html",
        _out(found),
        found=found,
        currencies=known,
        months=months,
        deals=[(m, part_name(m.part)) for m in found.movements],
        query=f"currency={found.currency}&first={found.period.first}&last={found.period.last}",
    )


@router.get("/statements.csv", include_in_schema=False)
async def show_csv(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, asked: Annotated[StatementQuery, Query()]
) -> Response:
    """The same for a spreadsheet, with plain decimals."""
    found, _known = await _found(request, tx, member, asked)
    heads = [_("Date"), _("What happened"), _("Order"), _("Payment"), _("Released"), _("Fee of the platform")]
    rows: list[list[object]] = [[format_exact(found.period.begin), _("Opening balance"), *_blank(5), found.opening]]
    rows += [_cells(movement) for movement in found.movements]
    rows.append([format_exact(found.period.end), _("Closing balance"), *_blank(5), found.closing])
    table = [[*row[:-1], row[-1].decimal, found.currency] for row in rows if isinstance(row[-1], Money)]
    data = write_csv([*heads, _("Movement"), _("Balance afterwards"), _("Currency")], table)
    return answer.file(data, f"statement-{_name(found)}.csv", "text/csv; charset=utf-8")


def _blank(cells: int) -> list[object]:
    return [None] * cells


def _cells(movement: Movement) -> list[object]:
    return [
        format_exact(movement.at),
        movement.text,
        movement.deal.number if movement.deal else "",
        part_name(movement.part),
        movement.gross.decimal if movement.gross else None,
        movement.fee.decimal if movement.fee else None,
        movement.change.decimal,
        movement.balance,
    ]


@router.get("/statements.pdf", include_in_schema=False)
async def show_pdf(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, asked: Annotated[StatementQuery, Query()]
) -> Response:
    """The same on paper, in English and Chinese."""
    found, _known = await _found(request, tx, member, asked)
    company = await identity.organisation(tx, member.organisation_id)
    settings: Settings = request.app.state.settings
    data = await papers.balance_pdf(found, company, font_dir=settings.font_dir)
    return answer.file(data, f"statement-{_name(found)}.pdf", "application/pdf", inline=True)


def _name(found: Statement) -> str:
    return f"{found.currency}-{str(found.period).replace('/', '-')}"
