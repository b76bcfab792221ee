"""What moderators did, in public: items decided and measures taken, quarter by quarter."""

from datetime import date

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core import clock
from app.core.web import Answer, HouseRouter, Tx
from app.pages.panels import KINDS
from trust.cases.statistics import LEAST
from trust.restrictions.ladder import KINDS as RUNGS
from trust.reviews import statistics

router = HouseRouter(tags=["transparency"])


class DecidedOut(BaseModel):
    """Items of one kind decided in a quarter; null where there are too few to be told.

    in_time  percent; hours: the median
    """

    model_config = ConfigDict(from_attributes=True)

    quarter: date
    kind: str
    decided: int | None
    refused: int | None
    in_time: int | None
    hours: int | None


class MeasuresOut(BaseModel):
    """Measures of one kind that took effect in a quarter; null where there are too few to be told."""

    model_config = ConfigDict(from_attributes=True)

    quarter: date
    kind: str
    placed: int | None
    appealed: int | None
    changed: int | None


class ModeratedOut(BaseModel):
    decided: list[DecidedOut]
    measures: list[MeasuresOut]


@router.get("/transparency/moderation", response_model=ModeratedOut)
async def show(request: Request, answer: Answer, tx: Tx) -> Response:
    """Items that were decided and measures that took effect, this quarter and the four before."""
    now, zone = clock.now(), request.app.state.settings.reporting_zone
    out = ModeratedOut(
        decided=[DecidedOut.model_validate(one) for one in await statistics.decided(tx, now, zone)],
        measures=[MeasuresOut.model_validate(one) for one in await statistics.measures(tx, now, zone, list(RUNGS))],
    )
    return answer.show("home/moderated.html", out, kinds=KINDS, rungs=RUNGS, least=LEAST)
