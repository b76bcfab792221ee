"""What listed owners hold is added up as the lists' own law says."""

from decimal import Decimal
from uuid import UUID

import pytest

from trust.screening.entries import Entry, Kind, Name, Strength
from trust.screening.matching.scoring import Named, Owner, score
from trust.screening.owning import Like, owned

ENTRY = UUID(int=7)


def like(name: str, share: int, *, controls: bool = False, of: str = "ofac-sdn", sure: str = "1.000") -> Like:
    owner = Owner("owner", (name,), Kind.PERSON, share=share, controls=controls)
    return Like(owner, of, ENTRY, Decimal(sure))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([like("A", 5000)], ["A 50 % = 50 %"]),
        ([like("A", 4999)], []),
        ([like("A", 2500), like("B", 2500)], ["A 25 % + B 25 % = 50 %"]),
        ([like("A", 2500), like("A", 2500)], []),  # one owner, found twice
        ([like("A", 2500), like("B", 2500, of="ofac-consolidated")], ["A 25 % + B 25 % = 50 %"]),
        ([like("A", 2500), like("B", 2500, of="un")], []),  # two authorities
        ([like("A", 5000, of="eu")], []),  # more than a half there
        ([like("A", 5001, of="eu")], ["A 50.01 % = 50.01 %"]),
        ([like("A", 0, controls=True, of="eu")], ["A 0 % = 0 %; A controls"]),
        ([like("A", 0, controls=True)], []),  # OFAC: control alone does not block
        ([like("A", 6000), like("B", 6000)], ["A 60 % + B 60 % = 100 %"]),
    ],
)
def test_what_is_enough(found, said):
    assert [one.said for one in owned(found)] == said


def test_it_is_as_sure_as_its_least_sure_owner():
    [found] = owned([like("A", 3000, sure="0.980"), like("B", 2500, sure="0.860")])
    assert (found.score, found.by.owner.texts) == (Decimal("0.860"), ("A",))


def test_another_share_makes_nobody_another():
    a, b = like("A", 3000).owner, like("A", 6000, controls=True).owner
    assert a.digest() == b.digest() == Named("owner", ("A",), Kind.PERSON).digest()


SHIP = ("Vessel Registration Identification IMO 9074729",)


@pytest.mark.parametrize(
    ("kind", "name", "ours", "theirs", "expected"),
    [
        (Kind.VESSEL, "Quiet Morning", "IMO 9074729", SHIP, "1.000"),
        (Kind.VESSEL, "Sea Bear", "IMO 9074729", SHIP, "1.000"),
        (Kind.VESSEL, "Sea Bear", "IMO 9176187", SHIP, "0.750"),  # another ship of the same name
        (Kind.VESSEL, "Sea Bear", "", SHIP, "1.000"),
        (Kind.VESSEL, "Quiet Morning", "IMO 9176187", SHIP, None),
        (Kind.COMPANY, "BIC COBADEFF", "BIC COBADEFF", ("SWIFT/BIC COBADEFFXXX",), "1.000"),
        (Kind.COMPANY, "BIC COBADEFF", "BIC COBADEFF", ("SWIFT/BIC COBADEDD",), None),
        (Kind.COMPANY, "BIC 9074729", "BIC 9074729", SHIP, None),  # a number alone is no ship's
    ],
)
def test_a_number_that_is_one_subject_s_alone(kind, name, ours, theirs, expected):
    entry = Entry(
        "V-1",
        Kind.VESSEL if theirs == SHIP else Kind.COMPANY,
        (Name("SEA BEAR", Strength.PRIMARY),),
        identifiers=theirs,
    )
    found = score(Named("named", (name,), kind, (), (), (ours,) if ours else ()), entry, least=Decimal("0.7"))
    assert (str(found.value) if found else None) == expected


def test_a_ship_s_name_is_no_company_s():
    entry = Entry("C-1", Kind.COMPANY, (Name("SEA BEAR", Strength.PRIMARY),))
    found = score(Named("named", ("Sea Bear",), Kind.VESSEL), entry)
    assert found is not None
    assert (str(found.value), [reason.feature for reason in found.reasons]) == ("0.880", ["name", "kind"])
