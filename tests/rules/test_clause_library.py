"""Which clauses of the library are proposed for which goods."""

import pytest

from orders.contracts import library
from orders.contracts.terms import EDITION
from tests.factories import terms as make

MACHINES = {"warranty_machinery", "spare_parts", "installation"}


def proposed(hs_code: str) -> set[str]:
    p = make.particulars(lines=[make.line(hs_code=hs_code)])
    return {key for key, option in library.options(EDITION).items() if option.proposed(p)}


@pytest.mark.parametrize(
    "hs_code", ["853952", "851679", "940542", "851830"], ids=["bulb", "kettle", "lamp", "headphones"]
)
def test_what_nobody_installs_gets_no_clauses_for_machines(hs_code):
    assert proposed(hs_code).isdisjoint(MACHINES)
    assert "electronics" in proposed(hs_code)


@pytest.mark.parametrize(
    "hs_code", ["845811", "847710", "850213"], ids=["lathe", "injection moulding", "generating set"]
)
def test_machines_get_them(hs_code):
    assert proposed(hs_code) >= MACHINES


def test_batteries_are_proposed_where_goods_have_some():
    assert "batteries" in proposed("850760") & proposed("871160") & proposed("851830")
    assert "batteries" not in proposed("853952") | proposed("940542")
