"""Every figure of the demo world, counted a second time from its raw rows (tests/golden)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from app.core import clock
from app.core.runner import drain
from app.demo import command
from app.demo.world import SMALL
from app.indicators import queries
from app.indicators.definitions import DEFINITIONS
from app.indicators.figures.base import Figure, spans
from app.indicators.jobs import count_what_is_due
from app.traffic.jobs import compute_changed_days
from tests.golden import counting, raw
from tests.golden.happening import Happening
from tests.golden.telling import Key, Line, Stretch

BUILT = datetime(2026, 12, 29, 3, tzinfo=UTC)
COUNTED = datetime(2027, 7, 10, 3, tzinfo=UTC)
"""Everything of 2026 is final by then."""
DECEMBER = date(2026, 12, 31)
ALIKE = Fraction(1, 10**28)
"""Sums and squares are written with forty digits, so numerators and denominators are the same to the last of few."""


def test_every_figure_has_a_second_account():
    assert {one.code for one in DEFINITIONS} == counting.CODES


@pytest.mark.timeout(1200)
async def test_every_figure_of_the_demo_world_is_what_its_raw_rows_make(app, ctx, settings):
    with clock.at(BUILT):
        await command.run(settings, SMALL, say=lambda _line: None)
    await Happening(app, ctx).all()
    with clock.at(COUNTED):
        await compute_changed_days(ctx)
        await drain(ctx)
        await count_what_is_due(ctx)
        await drain(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        world, closes = await raw.read(tx), await queries.closes_of(tx, await queries.months(tx))
        found = [(close, await queries.figures(tx, [close.id])) for close in closes]
    assert {close.closing for close in closes if close.last == DECEMBER and close.final} == set(counting.ALL)
    said: dict[str, int] = dict.fromkeys(counting.CODES, 0)
    wrong: list[str] = []
    for close, figures in found:
        for name, span in spans(close.last, settings.reporting_zone).items():
            theirs = lines(figures[name])
            ours = counting.count(world, close.closing, Stretch(span.first, span.last), close.known)
            wrong += [f"{close.closing} {close.last} {name} {one}" for one in differences(theirs, ours)]
            for (code, *_part), line in ours.items():
                said[code] += not _silent(line)
    assert not wrong, "\n".join([f"{len(wrong)} figures differ", *wrong[:40]])
    silent = sorted(code for code, number in said.items() if not number)
    assert not silent, (
        f"{len(silent)} of {len(said)} figures say nothing; add what they are of to tests/golden/happening"
    )


def lines(figures: list[Figure]) -> dict[Key, Line]:
    return {
        (one.code, *one.cut): (_exact(one.value), _exact(one.numerator), _exact(one.denominator)) for one in figures
    }


def _exact(number: object) -> Fraction | None:
    return None if number is None else Fraction(str(number))


def differences(theirs: Mapping[Key, Line], ours: Mapping[Key, Line]) -> Iterator[str]:
    """What the platform says, and what the rows say. A line of noughts is as good as none."""
    for key in sorted(theirs.keys() | ours.keys()):
        their, our = theirs.get(key, (None,) * 3), ours.get(key, (None,) * 3)
        if not (_silent(their) and _silent(our)) and not _alike(their, our):
            yield f"{' '.join(key)}: {_told(their)}, the rows make {_told(our)}"


def _silent(line: Line) -> bool:
    return not any(line)


def _alike(one: Line, other: Line) -> bool:
    """The same value, of the same."""
    return one[0] == other[0] and all(
        a == b or (a is not None and b is not None and abs(a - b) <= abs(b) * ALIKE)
        for a, b in zip(one[1:], other[1:], strict=True)
    )


def _told(line: Line) -> str:
    return " / ".join("nothing" if number is None else str(float(number)) for number in line)


@pytest.mark.parametrize("place", range(3))
def test_a_figure_that_is_wrong_by_one_is_told(place):
    line: Line = (Fraction(50), Fraction(1), Fraction(2))
    forged = tuple(number + 1 if n == place else number for n, number in enumerate(line) if number is not None)
    key: Key = ("I-09.4", "", "")
    assert not list(differences({key: line}, {key: line}))
    assert len(list(differences({key: forged}, {key: line}))) == 1
    assert len(list(differences({}, {key: line}))) == len(list(differences({key: line}, {}))) == 1
