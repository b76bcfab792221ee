import pytest

from app.core.errors import Invalid
from orders.incoterms import INCOTERMS, Cover, Finding, Mode, Place, Rule, Severity, Side, check, refuse_errors

# Rule, ships only, named place, carriage, insurance, export, import (STANDARDS 4.2); s seller, b buyer
TABLE = """
EXW any  sellers_place       b none b b
FCA any  handover            b none s b
CPT any  destination         s none s b
CIP any  destination         s A    s b
DAP any  destination         s none s b
DPU any  destination         s none s b
DDP any  destination         s none s s
FAS ship port_of_shipment    b none s b
FOB ship port_of_shipment    b none s b
CFR ship port_of_destination s none s b
CIF ship port_of_destination s C    s b
"""
ROWS = [row.split() for row in TABLE.strip().splitlines()]
SIDES = {"s": Side.SELLER, "b": Side.BUYER}
ONLY_SHIPS = [Rule.FAS, Rule.FOB, Rule.CFR, Rule.CIF]


def said(
    rule: Rule, mode: Mode, place: str = "Yantian", locode: str | None = "CNYTN", buyer: str = "DE"
) -> list[tuple[Severity, str]]:
    found = check(rule, place, mode, locode, exporter_country="CN", importer_country=buyer)
    return [(finding.severity, finding.field) for finding in found]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_table_is_the_standards(row: list[str]) -> None:
    rule, mode, place, carriage, cover, export, import_ = row
    term = INCOTERMS[Rule(rule)]
    assert term.waterborne_only == (mode == "ship")
    assert (term.place, term.cover) == (Place(place), Cover(cover))
    sides = [term.carriage, term.export_clearance, term.import_clearance]
    assert sides == [SIDES[s] for s in (carriage, export, import_)]
    assert term.place_at_destination == place.endswith("destination")


def test_all_eleven_rules_are_there() -> None:
    assert set(INCOTERMS) == set(Rule)
    assert len(INCOTERMS) == 11


@pytest.mark.parametrize("rule", Rule)
@pytest.mark.parametrize("place", ["", "   "])
def test_a_place_is_mandatory(rule: Rule, place: str) -> None:
    assert (Severity.ERROR, "place") in said(rule, Mode.SEA, place)


@pytest.mark.parametrize("rule", ONLY_SHIPS)
@pytest.mark.parametrize("mode", [Mode.AIR, Mode.RAIL, Mode.ROAD, Mode.COURIER, Mode.MULTIMODAL])
def test_ship_rules_refuse_every_other_way(rule: Rule, mode: Mode) -> None:
    assert (Severity.ERROR, "mode") in said(rule, mode)


@pytest.mark.parametrize("rule", ONLY_SHIPS)
@pytest.mark.parametrize("mode", [Mode.SEA, Mode.INLAND_WATERWAY])
def test_ship_rules_take_ships(rule: Rule, mode: Mode) -> None:
    assert all(field != "mode" for _, field in said(rule, mode))


@pytest.mark.parametrize(
    ("rule", "instead"), [(Rule.FAS, "FCA"), (Rule.FOB, "FCA"), (Rule.CFR, "CPT"), (Rule.CIF, "CIP")]
)
def test_containers_under_ship_rules_get_advice(rule: Rule, instead: str) -> None:
    found = check(rule, "Port", Mode.SEA_CONTAINER, "CNYTN", exporter_country="CN", importer_country="CN")
    assert [(f.severity, f.field) for f in found] == [(Severity.WARNING, "mode")]
    assert instead in found[0].message


@pytest.mark.parametrize("rule", [rule for rule in Rule if rule not in ONLY_SHIPS])
@pytest.mark.parametrize("mode", Mode)
def test_the_other_rules_take_every_way(rule: Rule, mode: Mode) -> None:
    assert all(field != "mode" for _, field in said(rule, mode))


@pytest.mark.parametrize("rule", [Rule.EXW, Rule.DDP])
def test_rules_that_make_foreigners_declare_customs_are_warned_about(rule: Rule) -> None:
    assert said(rule, Mode.ROAD, locode=None) == [(Severity.WARNING, "rule")]
    assert said(rule, Mode.ROAD, locode=None, buyer="CN") == []


@pytest.mark.parametrize("locode", ["cnytn", "CNYT", "CN0TN", "ZZABC", "CN YTN", "中国深圳港"])
def test_a_wrong_locode_is_refused(locode: str) -> None:
    assert said(Rule.FCA, Mode.AIR, locode=locode) == [(Severity.ERROR, "locode")]


def test_a_port_without_locode_is_warned_about() -> None:
    assert said(Rule.FOB, Mode.SEA, locode=None) == [(Severity.WARNING, "locode")]


@pytest.mark.parametrize(
    ("rule", "locode", "warned"),
    [
        (Rule.CIF, "CNYTN", True),
        (Rule.CIF, "DEHAM", False),
        (Rule.CIF, "NLRTM", False),
        (Rule.FOB, "DEHAM", True),
        (Rule.FOB, "CNYTN", False),
        (Rule.FOB, "HKHKG", False),
    ],
)
def test_a_port_on_the_wrong_side_is_noticed(rule: Rule, locode: str, warned: bool) -> None:
    assert ((Severity.WARNING, "place") in said(rule, Mode.SEA, locode=locode)) == warned


def test_only_errors_are_refused() -> None:
    refuse_errors([Finding(Severity.WARNING, "rule", "mind this")])
    with pytest.raises(Invalid) as refused:
        refuse_errors([Finding(Severity.ERROR, "place", "where?"), Finding(Severity.ERROR, "mode", "how?")])
    assert refused.value.errors == {"place": "where?", "mode": "how?"}
