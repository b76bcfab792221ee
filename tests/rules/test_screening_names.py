"""Names of parties against names of lists: what is one and what is two, and why."""

from decimal import Decimal

import pytest

from tests.rules.screening_pairs import measured, ours, pairs, token_set
from trust.screening.entries import Entry, Kind, Name, Strength
from trust.screening.features import Feature
from trust.screening.matching.names import form, keys
from trust.screening.matching.scoring import Named, _aligned, likeness, score


def entry(*names: str, kind: Kind = Kind.COMPANY, weak: tuple[str, ...] = (), **known) -> Entry:
    said = (*(Name(n, Strength.PRIMARY) for n in names), *(Name(n, Strength.WEAK) for n in weak))
    return Entry("E-1", kind, said, **known)


def features(found) -> set[Feature]:
    return {reason.feature for reason in found.reasons}


def test_form_and_order_do_not_part_a_company_from_itself():
    found = score(
        Named("company", ("Shenzhen Foo Trading Co., Ltd.",), Kind.COMPANY),
        entry("FOO TRADING (SHENZHEN) COMPANY LIMITED"),
    )
    assert found.value == Decimal("1.000")
    assert [(r.feature, r.part) for r in found.reasons] == [(Feature.NAME, Decimal("1.000"))]


@pytest.mark.parametrize(
    ("text", "kind", "tokens"),
    [
        ("深圳灯塔贸易有限公司", Kind.COMPANY, ("shenzhen", "dengta", "trading")),
        ("深圳燈塔貿易股份有限公司", Kind.COMPANY, ("shenzhen", "dengta", "trading")),
        ("单雄信", Kind.PERSON, ("shan", "xiongxin")),
        ("欧阳小明", Kind.PERSON, ("ouyang", "xiaoming")),
        ("ООО Ромашка", Kind.COMPANY, ("romashka",)),
        ("L.L.C. Lantern", Kind.COMPANY, ("lantern",)),
        ("Company Limited", Kind.COMPANY, ("company",)),
        ("…", Kind.COMPANY, ()),
    ],
)
def test_a_name_is_read_in_latin_letters_without_its_form(text, kind, tokens):
    assert form(text, kind).tokens == tokens


def test_more_is_found_and_less_in_error_than_by_a_plain_ratio():
    assert len(pairs()) >= 500
    mine, plain = measured(ours), measured(token_set)
    assert mine.recall >= 0.97
    assert mine.precision >= 0.98
    assert mine.recall > plain.recall
    assert mine.precision > plain.precision


def test_whatever_is_alike_is_looked_for_under_a_common_key():
    lost = [p for p in pairs() if p.same and not keys(form(p.ours, p.kind)) & keys(form(p.theirs, p.kind))]
    assert [pair for pair in lost if ours(pair)] == []


def test_the_score_is_the_sum_of_its_reasons():
    party = Named("company", ("Lantern Harbour Trading",), Kind.COMPANY, ("CN",), ("1999",), ("91440300MA5DKX1F2N",))
    listed = entry(
        "Lantern Harbor Trading",
        countries=("Iran (Islamic Republic of)",),
        born=("1960/1965",),
        identifiers=("Registration ID 91440300MA5DKX1F2N",),
    )
    found = score(party, listed)
    assert features(found) == {
        Feature.NAME,
        Feature.COUNTRY_DIFFERS,
        Feature.BORN_DIFFERS,
        Feature.IDENTIFIER_AGREES,
    }
    assert found.value == min(sum(reason.part for reason in found.reasons), Decimal(1))
    assert found.secondary


def test_nothing_said_is_neither_agreed_nor_contradicted():
    found = score(Named("company", ("Lantern Harbour",), Kind.COMPANY), entry("Lantern Harbour", countries=("China",)))
    assert features(found) == {Feature.NAME}
    assert not found.secondary


@pytest.mark.parametrize(
    ("ours_", "theirs", "agrees"),
    [
        ("1961", "1961-04-02", True),
        ("1961-04-02", "1961-04-03", False),
        ("1962", "1960/1965", True),
        ("1966", "1960/1965", False),
    ],
)
def test_a_birth_agrees_as_exactly_as_both_know_it(ours_, theirs, agrees):
    found = score(
        Named("person", ("Orso Bellante",), Kind.PERSON, born=(ours_,)),
        entry("Orso Bellante", kind=Kind.PERSON, born=(theirs,)),
    )
    assert (Feature.BORN_AGREES in features(found)) is agrees
    assert (Feature.BORN_DIFFERS in features(found)) is not agrees


def test_a_weak_alias_says_less():
    party = Named("company", ("Lantern",), Kind.COMPANY)
    strong, weak = score(party, entry("Lantern")), score(party, entry("Meridian Glass", weak=("Lantern",)))
    assert strong.value - weak.value == Decimal("0.100")
    assert Feature.WEAK in features(weak)


@pytest.mark.parametrize("number", ["12345", "CN", "Passport"])
def test_a_short_number_is_nobody_s_alone(number):
    party = Named("company", ("Lantern",), Kind.COMPANY, identifiers=(number,))
    assert Feature.IDENTIFIER_AGREES not in features(score(party, entry("Lantern", identifiers=(f"No {number}",))))


@pytest.mark.parametrize("nothing", ["", "…", "((()))", "有限公司", "x" * 200])
def test_what_is_no_name_is_like_nothing(nothing):
    assert likeness(nothing, "Lantern Harbour Trading", Kind.COMPANY) < Decimal("0.5")
    assert likeness("Lantern Harbour Trading", nothing, Kind.COMPANY) < Decimal("0.5")


@pytest.mark.parametrize("least", [Decimal("0.500"), Decimal("0.700"), Decimal("0.900")])
def test_only_what_is_certain_to_be_less_is_given_up_early(least):
    """All labelled pairs, judged with a bound and without one: whatever reaches it is found, with the same score."""
    reached = 0
    for pair in pairs():
        entry = Entry("1", pair.kind, (Name(pair.theirs, Strength.PRIMARY),))
        named = Named("company", (pair.ours,), pair.kind)
        whole, early = score(named, entry), score(named, entry, least=least)
        assert early == (whole if whole is not None and whole.value >= least else None), pair
        reached += early is not None
    assert reached > 100


def test_names_that_have_nothing_in_common_are_given_up_before_they_are_aligned():
    ours, theirs = form("Kalomi Renbar", Kind.COMPANY), form("Vasnel Gorshi", Kind.COMPANY)
    assert _aligned(ours, theirs, person=False, needed=0.7) is None
    assert _aligned(ours, theirs, person=False, needed=0.0) is not None
