"""Papers of payments as PDF/A, in English and Chinese: what they are made of, and how they are set."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.core.i18n import format_money, speaking
from app.core.money import Money
from app.core.typesetting import legible, typeset
from app.core.workshop import Limits

PAPERS = Path(__file__).parent
LIMITS = Limits(cpu_seconds=30, wall_seconds=45)  # a year of a busy supplier runs over many pages

Pair = dict[str, str]


def both(said: Callable[[], str]) -> Pair:
    """What `said` says in English and in Chinese."""
    found = {}
    for key, locale in (("en", "en"), ("zh", "zh-Hans")):
        with speaking(locale):
            found[key] = said()
    return found


def figure(amount: Money) -> str:
    """`USD 1,250.00`, with a real minus."""
    with speaking("en"):
        return format_money(amount).replace("-", "−")


def day(value: date) -> dict[str, int]:
    return {"year": value.year, "month": value.month, "day": value.day}


def moment(value: datetime, zone: str) -> str:
    return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


async def set_paper(name: str, data: Mapping[str, Any], *, dated: date, font_dir: Path) -> bytes:
    """The paper `name`.typ with its data. What the font cannot print of people's words is shown as a box.

    dated   the day it is of: the same data of the same day give the same bytes
    raises  RenderingTooLong, RenderingFailed
    """
    timestamp = int(datetime.combine(dated, time(), ZoneInfo("UTC")).timestamp())
    printable = legible(dict(data), font_dir=font_dir)
    return await typeset(PAPERS / f"{name}.typ", printable, font_dir=font_dir, timestamp=timestamp, limits=LIMITS)
