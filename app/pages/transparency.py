"""The public log over all evidence: its roots, their timestamps, and that each continues the one before."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from app.core import transparency
from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, Tx

router = HouseRouter(tags=["transparency"])
DAYS = 31


class NoSuchDay(NotFound):
    """Nothing was published for this day."""

    code = "no_such_day"


class NoSuchTree(Invalid):
    """The log never had this size, or not in this order."""

    code = "no_such_tree"


class TreeHeadOut(BaseModel):
    """The log as published for a day (UTC): `size` leaves under `root` (SHA-256, RFC 9162 §2.1)."""

    day: date
    size: int
    root: str
    made_at: datetime
    timestamped: bool


class ConsistencyOut(BaseModel):
    """Hashes that prove that the tree of `first` leaves is the beginning of that of `second` (RFC 9162 §2.1.4)."""

    first: int
    second: int
    path: list[str]


class Sizes(BaseModel):
    first: int = Field(ge=1, le=2**62)
    second: int = Field(ge=1, le=2**62)


@router.get("/transparency", response_model=list[TreeHeadOut])
async def roots(answer: Answer, tx: Tx) -> Response:
    """The roots of the last days, newest first; each is checked to continue the one before."""
    found = await transparency.tree_heads(tx, limit=DAYS + 1)
    out = [
        TreeHeadOut(day=t.day, size=t.size, root=t.root.hex(), made_at=t.made_at, timestamped=t.token is not None)
        for t in found[:DAYS]
    ]
    return answer.show("home/transparency.html", out, continued=await transparency.unbroken(tx, found))


@router.get("/transparency/consistency", response_model=ConsistencyOut)
async def consistency(answer: Answer, tx: Tx, sizes: Annotated[Sizes, Query()]) -> Response:
    """The proof between two sizes of the log, for programs: always JSON."""
    try:
        path = await transparency.consistency(tx, sizes.first, sizes.second)
    except ValueError as error:
        raise NoSuchTree(_("The log never had this size, or not in this order."), field="second") from error
    out = ConsistencyOut(first=sizes.first, second=sizes.second, path=[step.hex() for step in path])
    return answer.file(out.model_dump_json().encode(), "consistency.json", "application/json", inline=True)


@router.get("/transparency/{day}/timestamp.tst", include_in_schema=False)
async def timestamp(answer: Answer, tx: Tx, day: date) -> Response:
    """The timestamp token of a day's root (RFC 3161, DER)."""
    tree = await transparency.tree_head(tx, day)
    if tree is None or tree.token is None:
        raise NoSuchDay
    return answer.file(tree.token, f"root-{day}.tst", "application/timestamped-data")
