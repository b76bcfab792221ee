"""Reading what is written in pictures: lines of text and codes, each with its place.

It is done in a process beside this one (see `app.core.workshop`), within bounds of time and memory: what opens a
stranger's file may hang, grow or fall.
"""

import json
from dataclasses import dataclass
from typing import Protocol

from app.core.workshop import JobFailed, Limits, Workshop

LIMITS = Limits(cpu_seconds=60, wall_seconds=180.0, memory_bytes=1536 * 2**20)
"""Five pages take some 15 s of a processor and 1,200 MB of address space, of which half is memory."""
SHOP = Workshop("app.core.reading.worker", most=1, jobs=50)


class Unreadable(Exception):
    """Nothing can be read from a file: it is damaged, of no known kind, or took too long. Its text is for operators."""


@dataclass(frozen=True, slots=True)
class Place:
    """An upright rectangle, in thousandths of the picture's width and height from its upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text. `percent`: how sure the reader is; `tall`: its letters, in thousandths of the longer edge."""

    text: str
    percent: int
    tall: int
    place: Place


@dataclass(frozen=True, slots=True)
class Code:
    """A code and what it says. `kind` as zxing names it: QRCode, DataMatrix, EAN13 …; `tall` as of a line."""

    text: str
    kind: str
    tall: int
    place: Place


@dataclass(frozen=True, slots=True)
class Page:
    lines: tuple[Line, ...] = ()
    codes: tuple[Code, ...] = ()


class PictureReader(Protocol):
    async def read(self, data: bytes) -> list[Page]:
        """What stands in a JPEG, PNG or WebP picture (one page), or on the first pages of a PDF. Raises Unreadable."""
        ...


class ReaderApart:
    """Reads with models that this installation carries; nothing leaves it."""

    def __init__(self, shop: Workshop = SHOP, limits: Limits = LIMITS) -> None:
        self._shop, self._limits = shop, limits

    async def read(self, data: bytes) -> list[Page]:
        try:
            told = await self._shop.do(data, self._limits)
        except JobFailed as problem:
            raise Unreadable(str(problem)) from problem
        return [
            Page(
                tuple(Line(text, percent, tall, Place(*at)) for text, percent, tall, at in page["lines"]),
                tuple(Code(text, kind, tall, Place(*at)) for text, kind, tall, at in page["codes"]),
            )
            for page in json.loads(told)
        ]
