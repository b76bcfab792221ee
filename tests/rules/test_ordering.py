"""Rows in order, however many."""

from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.indicators import ordering
from app.indicators.ordering import Ordered


@pytest.fixture(autouse=True, scope="module")
def _small_runs():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordering, "RUN", 5)
        patch.setattr(ordering, "AT_ONCE", 2)
        yield


@given(st.lists(st.tuples(st.integers(0, 9), st.integers())))
def test_what_comes_out_is_what_sorting_in_memory_gives(rows):
    with Ordered(key=itemgetter(0)) as found:
        for row in rows:
            found.add(row)
        assert list(found) == sorted(rows, key=itemgetter(0)), "equal ones as they came, too"
