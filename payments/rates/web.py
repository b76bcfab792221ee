"""Finance and the table of rates: what it holds, and taking a file over after a dry run."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.responses import Response

from app.core import clock
from app.core.config import Settings
from app.core.i18n import _n, format_number
from app.core.money import Money
from app.core.payload import Upload
from app.core.periods import day_of
from app.core.rates import Published, due, newest_day, published
from app.core.storage import FileStore
from app.core.web import Answer, HouseRouter, Submitted, Tx
from payments.ledger import fx
from payments.rates import reading, service
from trust.access import CurrentMember, Permission, require

router = HouseRouter(tags=["finance"])
DIGEST = r"^[0-9a-f]{64}$"
Digest = Annotated[str, Path(pattern=DIGEST)]
MOST_SHOWN = 50


class RateFileIn(BaseModel):
    """A file of rates, multipart field `file`."""

    file: Upload


class TakeOverIn(BaseModel):
    """`digest`: the SHA-256 of a file that was checked; `correct`: believe it where it says something else than we."""

    digest: Annotated[str, StringConstraints(pattern=DIGEST)]
    correct: bool = False


class RateOut(BaseModel):
    """One `base` is `rate` `quote`."""

    base: str
    quote: str
    day: date
    rate: Decimal
    source: str
    published_at: datetime


class OpenOut(BaseModel):
    """`sold` was taken from suppliers' balances, `bought` promised for it."""

    model_config = ConfigDict(from_attributes=True)

    sold: Money
    bought: Money


class RatesOut(BaseModel):
    """The rates of the newest day. `stale`: those of `due`, the last working day before today, are missing.

    open  what the bank has still to change
    """

    newest: date | None
    due: date
    stale: bool
    rates: list[RateOut]
    open: list[OpenOut]


class FaultOut(BaseModel):
    line: int
    message: str


class CheckOut(BaseModel):
    """What a file would do. Nothing is written before it is taken over."""

    digest: str
    new: int
    changed: int
    same: int
    left_out: int
    faults: list[FaultOut]
    differences: list[FaultOut]


def _out(row: Published) -> RateOut:
    return RateOut(
        base=row.base,
        quote=row.quote,
        day=row.day,
        rate=row.rate.normalize(),
        source=row.source,
        published_at=row.published_at,
    )


@router.get("/finance/rates", response_model=RatesOut)
async def show(request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """The rates of the newest day, whether they are late, and what the bank has still to change."""
    require(member, Permission.BOOK_MONEY)
    settings: Settings = request.app.state.settings
    newest = await newest_day(tx)
    wanted = due(day_of(clock.now(), settings.reporting_zone))
    rows = await published(tx, newest, newest) if newest else []
    out = RatesOut(
        newest=newest,
        due=wanted,
        stale=newest is None or newest < wanted,
        rates=[_out(row) for row in rows],
        open=[OpenOut.model_validate(one) for one in await fx.open_positions(tx)],
    )
    return answer.show("payments/rates.html", out)


@router.post("/finance/rates/files")
async def check(
    request: Request, answer: Answer, member: CurrentMember, data: Annotated[RateFileIn, Submitted(RateFileIn)]
) -> Response:
    """Keep a file that can be read; its page says what it would do."""
    require(member, Permission.BOOK_MONEY)
    reading.read(data.file.data)
    files: FileStore = request.app.state.files
    stored = await files.put(data.file.data, content_type="application/octet-stream")
    return answer.done(f"/finance/rates/files/{stored.sha256}", {"digest": stored.sha256}, created=True)


@router.get("/finance/rates/files/{digest}", response_model=CheckOut)
async def dry_run(digest: Digest, request: Request, tx: Tx, answer: Answer, member: CurrentMember) -> Response:
    """What the file would do."""
    require(member, Permission.BOOK_MONEY)
    made = await service.plan(tx, reading.read(await _file(request, digest)))
    out = CheckOut(
        digest=digest,
        new=len(made.new),
        changed=len(made.changed),
        same=made.same,
        left_out=made.left_out,
        faults=[FaultOut(line=number, message=text) for number, text in made.faults[:MOST_SHOWN]],
        differences=[
            FaultOut(line=line.number, message=service.differs(line, here)) for line, here in made.changed[:MOST_SHOWN]
        ],
    )
    return answer.show("payments/rates_file.html", out, days=sorted({line.day for line in made.new}))


@router.post("/finance/rates")
async def take_over(
    request: Request, tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[TakeOverIn, Submitted(TakeOverIn)]
) -> Response:
    """Take over a file that was checked."""
    require(member, Permission.BOOK_MONEY)
    sheet = reading.read(await _file(request, data.digest))
    made = await service.load(tx, sheet, correct=data.correct, by=member)
    written = len(made.new) + len(made.changed)
    flash = _n("%(n)s rate was taken over.", "%(n)s rates were taken over.", written) % {"n": format_number(written)}
    return answer.done("/finance/rates", {"new": len(made.new), "corrected": len(made.changed)}, flash=flash)


async def _file(request: Request, digest: str) -> bytes:
    """Raises FileMissing."""
    files: FileStore = request.app.state.files
    return await files.get(f"{digest[:2]}/{digest}")
