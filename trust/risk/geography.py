"""How far two countries are from each other at the least, as the crow flies: from a table of our own, without places.

`data/countries.csv`: code, latitude and longitude of the middle in degrees, and how far from there the country reaches,
in kilometres, rounded up. Islands far off belong to their country's reach unless they have a code of their own.
"""

from functools import cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

TABLE = Path(__file__).parent / "data" / "countries.csv"
EARTH = 6371
"""Its mean radius in kilometres."""


@cache
def _countries() -> dict[str, tuple[float, float, int]]:
    rows = (line.split(",") for line in TABLE.read_text().splitlines())
    return {code: (radians(float(north)), radians(float(east)), int(reach)) for code, north, east, reach in rows}


def apart(one: str, other: str) -> int:
    """Whole kilometres between the nearest points of two countries, rather too few than too many; 0 where they touch,
    are the same, or one is not in the table.
    """
    known = _countries()
    if one not in known or other not in known:
        return 0
    (north, east, reach), (there_north, there_east, there_reach) = known[one], known[other]
    half = sin((north - there_north) / 2) ** 2 + cos(north) * cos(there_north) * sin((east - there_east) / 2) ** 2
    return max(0, int(2 * EARTH * asin(min(1.0, sqrt(half)))) - reach - there_reach)
