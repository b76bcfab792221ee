"""Numbers of products in memory: between two bounds are exactly those that looking at each finds."""

from array import array

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from listings.search.bitmaps import LEAST, MOST, STEPS, Column

NUMBERS = st.one_of(st.integers(0, 12), st.integers(0, 10**12))  # many alike, and hardly two


def column(numbers: list[int]) -> Column:
    order = sorted(range(len(numbers)), key=lambda place: (numbers[place], place))
    return Column(array("q", numbers), array("I", order))


def looked_at(numbers: list[int], found: BitMap, least: int, most: int) -> list[int]:
    return [place for place in found if least <= numbers[place] <= most]


@given(st.data(), st.lists(NUMBERS, max_size=STEPS * 6))
def test_bounds_find_what_looking_at_each_finds_also_after_changes(data: st.DataObject, numbers: list[int]) -> None:
    asked = column(numbers)
    everything = BitMap(range(len(numbers)))
    for _change in range(4):
        bound = st.sampled_from([LEAST, MOST, -1, *numbers])  # on the numbers themselves: there they are told apart
        least, most = data.draw(bound), data.draw(bound)
        found = BitMap(list(everything)[:: data.draw(st.integers(1, 4))])
        assert list(asked.within(found, least, most)) == looked_at(numbers, found, least, most)
        place, number, is_found = data.draw(st.integers(0, len(numbers))), data.draw(NUMBERS), data.draw(st.booleans())
        numbers[place : place + 1] = [number]
        asked.change(place, number, found=is_found)
        (everything.add if is_found else everything.discard)(place)
