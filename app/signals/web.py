"""How things stand, for administrators: every signal with its course, the alarms, and the limits."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _, _n, format_number
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx
from app.signals import queries, watching
from app.signals.catalogue import AREAS, SIGNALS, Unit
from app.signals.schemas import AlarmOut, LimitIn, SignalOut
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["signals"])
COURSE = timedelta(days=3)
SHOWN = 20


@router.get("/signals", response_model=list[SignalOut])
async def show(answer: Answer, tx: Tx, member: CurrentMember) -> Response:
    """Every signal with its last value and limit; raised ones first in the page."""
    require(member, Permission.ADMINISTER)
    out = await _out(tx)
    found, _total = await queries.alarms(tx, offset=0, limit=SHOWN)
    return answer.show(
        "operations/signals.html",
        out,
        known=SIGNALS,
        areas=AREAS,
        courses=await queries.courses(tx, clock.now() - COURSE),
        limits=await queries.limits_set(tx, limit=SHOWN),
        alarms=[AlarmOut.model_validate(row) for row in found],
        told=told,
    )


@router.get("/signals/alarms", response_model=list[AlarmOut])
async def alarms(answer: Answer, tx: Tx, member: CurrentMember, page: Annotated[PageQuery, Query()]) -> Response:
    """Every alarm there was, the newest first."""
    require(member, Permission.ADMINISTER)
    found, total = await queries.alarms(tx, offset=page.offset, limit=page.per_page)
    out = [AlarmOut.model_validate(row) for row in found]
    return answer.show("operations/alarms.html", out, known=SIGNALS, page=page, total=total, told=told)


@router.post("/signals/limits", response_model=list[SignalOut])
async def limit(
    answer: Answer, tx: Tx, member: CurrentMember, data: Annotated[LimitIn, Submitted(LimitIn)]
) -> Response:
    """Set another limit; it counts from the next reading on."""
    await watching.limit(tx, data.code, data.most, data.reason, by=member)
    return answer.done("/signals", await _out(tx), created=True, flash=_("The limit was set."))


async def _out(tx: AsyncSession) -> list[SignalOut]:
    newest, limits, standing = await queries.newest(tx), await queries.limits(tx), await queries.standing(tx)
    found = []
    for code, signal in SIGNALS.items():
        last, alarm = newest.get(code), standing.get(code)
        found.append(
            SignalOut(
                code=code,
                area=signal.area,
                name=_(signal.name),
                unit=signal.unit,
                value=last.value if last else None,
                counted=last.counted if last else None,
                usual=last.usual if last else None,
                limit=limits[code],
                raised=alarm is not None,
                since=alarm.began_at if alarm else None,
                read_at=last.at if last else None,
            )
        )
    return found


def told(unit: Unit, value: Decimal) -> str:
    """A value with its unit, in the reader's words."""
    short, whole = round(value, 1), round(value)
    number = format_number(short.normalize() + 0 if short % 1 else whole)
    match unit:
        case Unit.MINUTES:
            return _n("%(n)s minute", "%(n)s minutes", whole) % {"n": number}
        case Unit.HOURS:
            return _n("%(n)s hour", "%(n)s hours", whole) % {"n": number}
        case Unit.DAYS:
            return _n("%(n)s day", "%(n)s days", whole) % {"n": number}
    return number
