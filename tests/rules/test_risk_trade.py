"""Rules about what is shown, carried and paid, on both sides of each threshold; nothing but facts in."""

from decimal import Decimal

import pytest

from trust.risk.engine import Action, Mode, Point, Setting, decide
from trust.risk.facts import ContractFacts, DocumentFacts, ListingFacts
from trust.risk.known import (
    CarriageKnown,
    CertificateKnown,
    CompletionFacts,
    ListingKnown,
    PictureKnown,
    RatingFacts,
    TextKnown,
    TradeKnown,
    UnheardFacts,
)
from trust.risk.rules.catalogue import RULES

PARAMETERS = {
    "INF-01": {"bits": 6, "let_pass": ["licensor"]},
    "INF-02": {"percent": 85, "shingles": 120, "own_percent": 90, "own_times": 5},
    "INF-03": {"let_pass": ["Apple"], "hours": 168},
    "INF-06": {"others": 20, "percent": 10, "fits": 1},
    "INF-08": {"days": 0},
    "INF-09": {"a_day": 10},
    "INF-10": {"signs": 2},
    "TBML-01": {"others": 20, "z": 350, "percent": 50, "above_usd": 20000},
    "TBML-04": {"orders": 1},
    "TBML-05": {"days": 14, "hours": 168},
    "TBML-06": {"hubs": ["AE", "KZ"], "let_pass": ["AE-OM"]},
    "TBML-07": {"hops": 4, "round": 5},
    "TBML-08": {"payload_kg": 28500, "cubic_metres": 87, "lightest": 10, "heaviest": 20000},
    "TBML-09": {"days": 60, "above_usd": 1000000, "customers": 3},
    "TBML-10": {"links": 1},
    "TBML-11": {"orders": 3, "above_usd": 50000},
}


def asked(code, facts, mode=Mode.LIVE, **changed):
    [point] = RULES[code].points
    return decide(point, facts, RULES.values(), {code: Setting(code, mode, PARAMETERS[code] | changed)})


def listing(**known):
    return ListingFacts("Ceramic mug", Decimal(1), known=ListingKnown(**known))


def picture(bits, *, holder=False, company="other"):
    return PictureKnown("aa/mine", "bb/theirs", company, bits, holder)


def wrote(alike, *, shingles=200, own=False):
    return TextKnown("en", "product", "other", alike, shingles, "the same words", own)


def contract(cents=3_000_000, **known):
    return ContractFacts(cents, Decimal(0), 0, known=TradeKnown(**known))


def papers(**known):
    return DocumentFacts(known=CarriageKnown(**known))


def others(number):
    return [Decimal(95 + place % 11) for place in range(number)]


def route(loading, discharge, destination, origins=("CN",)):
    return papers(supplier="CN", origins=origins, loading=loading, discharge=discharge, destination=destination)


def load(gross, cubic, containers=0):
    return papers(gross=Decimal(gross), cubic=Decimal(cubic), containers=containers)


NONE = Action.ALLOW
CASES = [
    # a picture of others: six bits of 64 may differ; a right holder's is refused, unless that one lets it pass
    ("INF-01", listing(pictures=[picture(6)]), Action.REVIEW),
    ("INF-01", listing(pictures=[picture(7)]), NONE),
    ("INF-01", listing(pictures=[picture(0, holder=True)]), Action.BLOCK),
    ("INF-01", listing(pictures=[picture(0), picture(5, holder=True)]), Action.BLOCK),
    ("INF-01", listing(pictures=[picture(0, holder=True, company="licensor")]), Action.REVIEW),
    ("INF-01", listing(), NONE),
    # a text of others: from 85 % on, and long enough to tell anything
    ("INF-02", listing(texts=[wrote(85)]), Action.REVIEW),
    ("INF-02", listing(texts=[wrote(84)]), NONE),
    ("INF-02", listing(texts=[wrote(100, shingles=120)]), Action.REVIEW),
    ("INF-02", listing(texts=[wrote(100, shingles=119)]), NONE),
    ("INF-02", listing(texts=[wrote(100, shingles=60), wrote(90, shingles=130)]), Action.REVIEW),
    ("INF-02", listing(texts=[wrote(100, own=True)] * 4), NONE),
    ("INF-03", listing(marks=["Lamy"]), Action.HOLD),
    ("INF-03", listing(marks=["APPLE"]), NONE),
    ("INF-03", listing(), NONE),
    ("INF-06", listing(heading="7117", headings={"6912": 19, "7117": 1}, fits=0), Action.REVIEW),
    ("INF-06", listing(heading="7117", headings={"6912": 18, "7117": 2}, fits=0), NONE),
    ("INF-06", listing(heading="7117", headings={"6912": 19}, fits=0), NONE),
    ("INF-06", listing(heading="7117", headings={"6912": 40}, fits=1), NONE),
    ("INF-06", listing(heading="7117", headings={"6912": 40}, fits=None), NONE),
    ("INF-06", listing(unit="KGM", statutory=["H87"], unit_fits=False), Action.REVIEW),
    ("INF-06", listing(unit="H87", statutory=["H87"]), NONE),
    ("INF-08", listing(certificates=[CertificateKnown("CE", "0123", -1)]), Action.WARN),
    ("INF-08", listing(certificates=[CertificateKnown("CE", "0123", 0)]), NONE),
    ("INF-08", listing(certificates=[CertificateKnown("CE", "yes", None)]), Action.WARN),
    ("INF-08", listing(certificates=[CertificateKnown("CE", "", None)]), NONE),
    ("INF-09", RatingFacts(related=True, today=0), Action.REVIEW),
    ("INF-09", RatingFacts(related=False, today=11), Action.REVIEW),
    ("INF-09", RatingFacts(related=False, today=10), NONE),
    ("INF-10", CompletionFacts(related=True, carried=False), Action.REVIEW),
    ("INF-10", CompletionFacts(related=False, carried=False, hops=3), Action.REVIEW),
    ("INF-10", CompletionFacts(related=True, carried=True), NONE),
    ("INF-10", CompletionFacts(related=False, carried=False), NONE),
    # over and under the market; a small deal only by the robust z
    ("TBML-01", contract(prices=[(Decimal(151), others(25))]), Action.REVIEW),
    ("TBML-01", contract(prices=[(Decimal(49), others(25))]), Action.REVIEW),
    ("TBML-01", contract(prices=[(Decimal(110), others(25))]), NONE),
    ("TBML-01", contract(prices=[(Decimal(151), others(19))]), NONE),
    ("TBML-01", contract(1_000, prices=[(Decimal(300), others(25))]), Action.REVIEW),
    ("TBML-01", contract(2_000_100, prices=[(Decimal(151), [*map(Decimal, range(50, 150, 4))])]), Action.REVIEW),
    ("TBML-01", contract(2_000_000, prices=[(Decimal(151), [*map(Decimal, range(50, 150, 4))])]), NONE),
    ("TBML-01", contract(None, prices=[(Decimal(900), others(25))]), NONE),
    ("TBML-04", papers(lading_again=1, strangers=1), Action.BLOCK),
    ("TBML-04", papers(lading_again=1), Action.REVIEW),
    ("TBML-04", papers(container_again=1), Action.REVIEW),
    ("TBML-04", papers(), NONE),
    ("TBML-05", UnheardFacts(14, transport_paper=False, delivered=False), Action.HOLD),
    ("TBML-05", UnheardFacts(13, transport_paper=False, delivered=False), NONE),
    ("TBML-05", UnheardFacts(99, transport_paper=True, delivered=False), NONE),
    ("TBML-05", UnheardFacts(99, transport_paper=False, delivered=True), NONE),
    ("TBML-06", route("CN", "DE", "DE"), NONE),
    ("TBML-06", route("CN", "NL", "DE"), NONE),
    ("TBML-06", route("CN", "AE", "DE"), Action.REVIEW),
    ("TBML-06", route("CN", "AE", "AE"), NONE),
    ("TBML-06", route("CN", "AE", "OM"), NONE),
    ("TBML-06", route("KZ", "DE", "DE"), Action.REVIEW),
    ("TBML-06", route("KZ", "DE", "DE", origins=("KZ",)), NONE),
    ("TBML-06", route("CN", "CN", "DE"), Action.REVIEW),
    ("TBML-06", papers(), NONE),
    ("TBML-07", contract(hops=2), Action.REVIEW),
    ("TBML-07", contract(hops=4), Action.REVIEW),
    ("TBML-07", contract(hops=0, round=5), Action.REVIEW),
    ("TBML-07", contract(round=4), NONE),
    ("TBML-08", load(28_500, 30, 1), NONE),
    ("TBML-08", load(28_501, 30, 1), Action.REVIEW),
    ("TBML-08", load(20_000, 87, 1), NONE),
    ("TBML-08", load(20_000, "87.1", 1), Action.REVIEW),
    ("TBML-08", load(57_000, 60, 2), NONE),
    ("TBML-08", load(100, 10), NONE),
    ("TBML-08", load(99, 10), Action.REVIEW),
    ("TBML-08", load(20_001, 1), Action.REVIEW),
    ("TBML-08", load(0, 0), NONE),
    ("TBML-09", contract(days_here=59, grown=100_000_001, customers=3), Action.REVIEW),
    ("TBML-09", contract(days_here=60, grown=100_000_001, customers=3), NONE),
    ("TBML-09", contract(days_here=59, grown=100_000_000, customers=3), NONE),
    ("TBML-09", contract(days_here=59, grown=100_000_001, customers=4), NONE),
    ("TBML-10", contract(related=True), Action.REVIEW),
    ("TBML-10", contract(), NONE),
    ("TBML-11", contract(5_000_001, chapters=["85"], former=["69"], orders=3), Action.WARN),
    ("TBML-11", contract(5_000_000, chapters=["85"], former=["69"], orders=3), NONE),
    ("TBML-11", contract(5_000_001, chapters=["85"], former=["69"], orders=2), NONE),
    ("TBML-11", contract(5_000_001, chapters=["69"], former=["69", "85"], orders=3), NONE),
]  # fmt: skip


@pytest.mark.parametrize(("code", "facts", "action"), CASES)
def test_both_sides_of_each_threshold(code, facts, action):
    found = asked(code, facts)
    assert found.action is action
    assert len(found.hits) == (action is not NONE)
    for hit in found.hits:
        again = RULES[code].judge(hit.inputs, PARAMETERS[code])
        assert again == hit.judged  # what was stored is enough to judge it again


@pytest.mark.parametrize("code", sorted(PARAMETERS))
def test_in_shadow_nothing_follows(code):
    facts = next(facts for of, facts, action in CASES if of == code and action is not NONE)
    found = asked(code, facts, Mode.SHADOW)
    assert [hit.acts for hit in found.hits] == [False]
    assert found.action is Action.ALLOW
    assert found.hours == 0


def test_every_rule_of_these_groups_has_both_sides():
    for code in PARAMETERS:
        assert {action is NONE for of, _facts, action in CASES if of == code} == {True, False}, code


def test_own_texts_again_and_again_are_noted_and_others_only_looked_at():
    four, five = (listing(texts=[wrote(90, own=True)] * times) for times in (4, 5))
    assert asked("INF-02", four).hits == ()
    [hit] = asked("INF-02", five).hits
    assert hit.judged.action is Action.ALLOW


def test_a_hold_for_a_mark_stops_that_listing_alone():
    [hit] = asked("INF-03", listing(marks=["Lamy"])).hits
    assert hit.judged.itself
    assert hit.judged.hours == 168


def test_what_was_judged_with_a_wider_net_is_judged_again_with_a_narrower_one():
    [hit] = asked("INF-01", listing(pictures=[picture(5)])).hits
    assert RULES["INF-01"].judge(hit.inputs, {"bits": 4, "let_pass": []}) is None
    [hit] = asked("TBML-07", contract(hops=4)).hits
    assert RULES["TBML-07"].judge(hit.inputs, {"hops": 3, "round": 5}) is None


def test_the_points_at_which_these_rules_are_asked():
    points = {point for code in PARAMETERS for point in RULES[code].points}
    assert points == {
        Point.LISTING,
        Point.RATING,
        Point.COMPLETION,
        Point.CONTRACT,
        Point.DOCUMENTS,
        Point.CARRIAGE,
    }
