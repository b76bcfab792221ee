"""Every closing counted a second time."""

from collections.abc import Callable
from datetime import date

from tests.golden import (
    brands,
    complaints,
    improvement,
    lawful,
    operator,
    quality,
    registration,
    renewal,
    rights,
    trade,
    traffic,
    users,
)
from tests.golden.raw import World
from tests.golden.telling import Key, Line, Stretch, Told

Chapter = Callable[[World, Stretch], Told]
CODES = frozenset(
    code
    for chapter in (
        *(operator, users, traffic, renewal, trade, rights),
        *(quality, registration, complaints, lawful, improvement, brands),
    )
    for code in chapter.CODES
)
"""Every figure that is counted here."""
CLOSINGS: dict[str, tuple[Chapter, ...]] = {
    "figures": (
        users.figures,
        traffic.figures,
        trade.figures,
        complaints.figures,
        quality.figures,
        improvement.figures,
        brands.figures,
    ),
    "disputes": (trade.disputes,),
    "completion": (trade.completion,),
    "standing": (operator.figures, users.members, rights.figures, registration.figures, lawful.figures),
}

ALL = ("renewal", *CLOSINGS)


def count(world: World, closing: str, stretch: Stretch, known: date) -> dict[Key, Line]:
    """`known`: the day on which it is counted, by which terms are matured."""
    if closing == "renewal":
        return renewal.figures(world, stretch, known).lines
    found: dict[Key, Line] = {}
    for chapter in CLOSINGS[closing]:
        found |= chapter(world, stretch).lines
    return found
