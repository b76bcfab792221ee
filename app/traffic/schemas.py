"""What the figures of traffic look like from outside."""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class Asked(BaseModel):
    """Which days, both included; the last thirty where nothing is said."""

    first: date | None = Field(None, ge=date(2000, 1, 1), le=date(9000, 1, 1))
    last: date | None = Field(None, ge=date(2000, 1, 1), le=date(9000, 1, 1))


class FiguresOut(BaseModel):
    """I-03.1 to I-03.5. Percentages have two decimals and are null where there is nothing to divide by.

    visitors   of one day: different ones; of more days: each day's, added up. `daily_visitors` is their mean
    members    different ones who were signed in
    overseas   visits that began outside the mainland, `near` of them in Hong Kong, Macao or Taiwan
    """

    model_config = ConfigDict(from_attributes=True)

    day: date
    days: int
    views: int
    visits: int
    visitors: int
    members: int
    daily_visitors: Decimal | None
    overseas: int
    near: int
    overseas_percent: Decimal | None
    unknown: int
    unknown_percent: Decimal | None
    depth: Decimal | None
    mean_seconds: int | None
    bounces: int
    bounce_percent: Decimal | None
    bots: int
    staff: int
    reloads: int


class ShareOut(BaseModel):
    """A part of a facet; `*` stands for all that are too small to be kept by name."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    label: str = ""
    views: int
    visits: int
    percent: Decimal | None


class TrafficOut(BaseModel):
    """`rows` are days, or months where the span has more than 62 days. `dropped` views found no room,
    `killed` processes ended without writing what they had."""

    first: date
    last: date
    zone: str
    by: str
    total: FiguresOut
    rows: list[FiguresOut]
    countries: list[ShareOut]
    referrers: list[ShareOut]
    channels: list[ShareOut]
    sources: list[ShareOut]
    browsers: list[ShareOut]
    pages: list[ShareOut]
    left_out: list[ShareOut]
    dropped: int
    killed: int
