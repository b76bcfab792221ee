"""Taking rates over from a file: all of it or nothing; what is here already stays as it is."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.rates import FxRate, Published, published
from payments.rates.reading import Line, Sheet
from trust.access import Member, Permission, require

BATCH = 1000
AHEAD = timedelta(days=1)
"""How far a file's day may lie ahead of ours: it is already tomorrow in Auckland."""


@dataclass(slots=True)
class Plan:
    """What a file would do: rates that are new, rates that say something else than ours, and how many say the same."""

    new: list[Line] = field(default_factory=list)
    changed: list[tuple[Line, Published]] = field(default_factory=list)
    same: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)
    left_out: int = 0


async def plan(tx: AsyncSession, sheet: Sheet) -> Plan:
    """Compare a file with the table; changes nothing."""
    made = Plan(faults=list(sheet.faults), left_out=sheet.left_out)
    days = [line.day for line in sheet.lines]
    known: dict[tuple[object, str, str], Published] = {}
    if days:
        known = {(row.day, row.base, row.quote): row for row in await published(tx, min(days), max(days))}
    latest = clock.now().date() + AHEAD
    for line in sheet.lines:
        here = known.get((line.day, line.base, line.quote))
        if line.day > latest:
            made.faults.append((line.number, _("This day has not come yet.")))
        elif here is None:
            made.new.append(line)
        elif (here.rate, here.source) == (line.rate, line.source):
            made.same += 1
        else:
            made.changed.append((line, here))
    return made


async def load(tx: AsyncSession, sheet: Sheet, *, correct: bool, by: Member | None) -> Plan:
    """Write what is new; with `correct` also what says something else, each as a row that names the old one.

    by  None: the command line
    Raises NotPermitted; Invalid when a line is wrong, or differs and `correct` was not said.
    """
    if by is not None:
        require(by, Permission.BOOK_MONEY)
    made = await plan(tx, sheet)
    if made.faults:
        number, message = made.faults[0]
        raise Invalid(_("Row %(row)s: %(message)s") % {"row": number, "message": message}, field="file")
    if made.changed and not correct:
        line, here = made.changed[0]
        raise Invalid(differs(line, here), field="correct")
    who = by.id if by else None
    rows = [_row(line, None, who) for line in made.new] + [_row(line, here.id, who) for line, here in made.changed]
    for start in range(0, len(rows), BATCH):
        await tx.execute(insert(FxRate).values(rows[start : start + BATCH]))
    return made


def differs(line: Line, here: Published) -> str:
    """The sentence about a line that says something else than the table."""
    facts = {
        "row": line.number,
        "pair": f"{line.base}/{line.quote}",
        "new": _plain(line.rate),
        "old": _plain(here.rate),
    }
    return _("Row %(row)s: %(pair)s is %(new)s in the file and %(old)s here.") % facts


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def _row(line: Line, replaces: UUID | None, by: UUID | None) -> dict[str, object]:
    return {
        "id": new_id(),
        "base": line.base,
        "quote": line.quote,
        "day": line.day,
        "rate": line.rate,
        "source": line.source,
        "published_at": line.published_at,
        "replaces": replaces,
        "imported_by": by,
        "created_at": clock.now(),
    }
