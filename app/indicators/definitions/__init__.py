"""What each figure means: one registry, of versions with the day from which each holds.

A figure is stored with the version by which it was counted. A definition is never changed: another version follows it.
"""

from collections.abc import Iterable
from datetime import date

from app.indicators.definitions.base import CHAPTERS, Chapter, Definition, Unit
from app.indicators.definitions.complaints import COMPLAINTS
from app.indicators.definitions.lawful import LAWFUL
from app.indicators.definitions.operator import OPERATOR
from app.indicators.definitions.registration import REGISTRATION
from app.indicators.definitions.renewal import RENEWAL
from app.indicators.definitions.rights import RIGHTS
from app.indicators.definitions.trade import TRADE
from app.indicators.definitions.traffic import TRAFFIC
from app.indicators.definitions.users import USERS

__all__ = ["CHAPTERS", "DEFINITIONS", "Chapter", "Definition", "Unit", "latest", "on"]
DEFINITIONS: tuple[Definition, ...] = (
    *OPERATOR,
    *USERS,
    *TRAFFIC,
    *RENEWAL,
    *TRADE,
    *RIGHTS,
    *REGISTRATION,
    *COMPLAINTS,
    *LAWFUL,
)


def on(day: date) -> dict[str, Definition]:
    """The definitions in force on a day, by code, in their order."""
    return latest(one for one in DEFINITIONS if one.since <= day)


def latest(definitions: Iterable[Definition]) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for one in definitions:
        if one.code not in found or (found[one.code].since, found[one.code].version) <= (one.since, one.version):
            found[one.code] = one
    return found
