"""Scores by hand: each sum and mean of these can be done on paper."""

import ast
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.credit import scoring
from trust.credit.kinds import HOW, LABELS, Kind, said
from trust.credit.scoring import MEANS, PARTS, VERSIONS, Entry, Part, rules_of, scores
from trust.restrictions.ladder import Kind as Rung
from trust.restrictions.points import Breach
from trust.verification.facts import Fact

NOW = datetime(2027, 6, 1, tzinfo=UTC)
RULES = VERSIONS[0]
YEAR = timedelta(days=365)
NOBODY: frozenset[UUID] = frozenset()


def entry(kind: Kind, *, ago: timedelta = timedelta(days=10), other: UUID | None = None, **facts: Any) -> Entry:
    id_ = uuid4()
    return Entry(id_, f"test:{id_}", kind, NOW - ago, facts, other)


def deal(**more: Any) -> Entry:
    return entry(Kind.DEAL_DONE, how="accepted", **more)


def rated(goods: int, service: int, time: int, **more: Any) -> Entry:
    return entry(Kind.RATED, goods=goods, service=service, time=time, **more)


def of(part: Part, *entries: Entry, related: frozenset[UUID] = NOBODY) -> int | None:
    return next(s.value for s in scores(entries, related, NOW, RULES) if s.part is part)


def test_nothing_known_is_no_number():
    assert [s.value for s in scores([], NOBODY, NOW, RULES)] == [None] * 5


def test_identity_is_the_sum_of_what_is_confirmed_now():
    facts = {name: entry(Kind.FACT_VERIFIED, fact=name, method="document") for name in ("registration", "address")}
    assert of(Part.IDENTITY, *facts.values()) == 35
    over = entry(Kind.FACT_EXPIRED, ago=timedelta(days=1), fact="address")
    assert of(Part.IDENTITY, *facts.values(), over) == 20
    again = entry(Kind.FACT_VERIFIED, ago=timedelta(), fact="address", method="document")
    assert of(Part.IDENTITY, *facts.values(), over, again) == 35
    # All of it ended: that is known, and worth nothing.
    gone = entry(Kind.FACT_EXPIRED, ago=timedelta(), fact="registration")
    assert of(Part.IDENTITY, *facts.values(), over, gone) == 0


def test_a_confirmed_fact_does_not_age():
    assert of(Part.IDENTITY, entry(Kind.FACT_VERIFIED, ago=9 * YEAR, fact="registration", method="register")) == 20


def test_commercial_is_a_mean_drawn_to_the_middle():
    assert of(Part.COMMERCIAL, deal(), deal()) is None
    # (3 x 100 + 5 x 50) / 8 = 68.75
    assert of(Part.COMMERCIAL, deal(), deal(), deal()) == 69
    # With a delivery a week late (50) and one of 31 days (0): (300 + 50 + 0 + 250) / 10 = 60
    week, month = entry(Kind.DELIVERED_LATE, days=7), entry(Kind.DELIVERED_LATE, days=31)
    assert of(Part.COMMERCIAL, deal(), deal(), deal(), week, month) == 60
    # 8 days late is worth 20: (300 + 20 + 250) / 9 = 63.3
    assert of(Part.COMMERCIAL, deal(), deal(), deal(), entry(Kind.DELIVERED_LATE, days=8)) == 63


@pytest.mark.parametrize(
    ("stars", "expected"),
    # (300 + value + 250) / 9 with the value (sum - 3) * 25 // 3
    [((5, 5, 5), 72), ((1, 1, 1), 61), ((3, 3, 3), 67), ((5, 4, 3), 69)],
)
def test_stars_are_worth_nothing_to_a_hundred(stars, expected):
    assert of(Part.COMMERCIAL, deal(), deal(), deal(), rated(*stars)) == expected


def test_what_is_older_counts_half_each_year_and_at_last_nothing():
    weights = [
        RULES.weight(NOW - age, NOW) for age in (0 * YEAR, YEAR - timedelta(seconds=1), YEAR, 4 * YEAR, 5 * YEAR)
    ]
    assert weights == [1, 1, Fraction(1, 2), Fraction(1, 16), 0]
    # Three deals a year old: (3 x 0.5 x 100 + 250) / 6.5 = 61.5
    assert of(Part.COMMERCIAL, *(deal(ago=YEAR) for _ in range(3))) == 62
    assert of(Part.COMMERCIAL, *(deal(ago=5 * YEAR) for _ in range(3))) is None


def test_bank_knows_account_payments_and_what_was_taken_back():
    account = entry(Kind.FACT_VERIFIED, fact="bank", method="bank")
    assert of(Part.BANK) is None
    assert of(Part.BANK, account) == 70  # (2 x 100 + 3 x 50) / 5
    lost = entry(Kind.CHARGEBACK, side="supplier", lost=True)
    assert of(Part.BANK, account, lost) == 44  # (200 + 0 + 150) / 8 = 43.75
    assert of(Part.BANK, account, entry(Kind.CHARGEBACK, side="supplier", lost=False)) == 70
    assert of(Part.BANK, account, entry(Kind.FACT_EXPIRED, ago=timedelta(), fact="bank")) is None


def test_conduct_begins_at_a_hundred_and_loses_what_was_found():
    deals = [deal() for _ in range(3)]
    assert of(Part.SYSTEM, *deals) == 100
    assert of(Part.SYSTEM, deal(), deal()) is None
    upheld = entry(Kind.COMPLAINT_UPHELD, topic="quality")
    assert of(Part.SYSTEM, upheld) == 85  # bad news is known at once
    assert of(Part.SYSTEM, *deals, upheld, entry(Kind.POINTS, breach="ip", points=6)) == 73
    assert of(Part.SYSTEM, *deals, entry(Kind.RESTRICTED, rung="terminated"), upheld) == 0
    assert of(Part.SYSTEM, *deals, entry(Kind.COMPLAINT_UPHELD, ago=YEAR, topic="quality")) == 93  # 100 - 7.5, rounded


def test_a_restriction_undone_on_appeal_costs_nothing():
    placed = entry(Kind.RESTRICTED, rung="full")
    undone = entry(Kind.RESTRICTION_UNDONE, ago=timedelta(), rung="full", of=placed.source)
    assert of(Part.SYSTEM, *(deal() for _ in range(3)), placed, undone) == 100


@pytest.mark.parametrize(("share", "expected"), [(100, 100), (60, 92), (1, 92), (0, 80)])
def test_disputes_cost_by_their_outcome(share, expected):
    assert of(Part.JUDICIAL, *(deal() for _ in range(3)), entry(Kind.DISPUTE_RULED, share=share)) == expected


def test_an_authority_s_decision_leaves_nothing():
    assert of(Part.JUDICIAL, entry(Kind.FINDING)) == 0


def test_what_happened_with_linked_companies_does_not_count():
    friend = uuid4()
    washed = [deal(other=friend) for _ in range(3)] + [rated(5, 5, 5, other=friend)]
    assert of(Part.COMMERCIAL, *washed) == 72  # (4 x 100 + 250) / 9
    assert of(Part.COMMERCIAL, *washed, related=frozenset({friend})) is None
    assert of(Part.COMMERCIAL, *washed, *(deal() for _ in range(3)), related=frozenset({friend})) == 69


def test_a_corrected_entry_does_not_count():
    wrong = entry(Kind.COMPLAINT_UPHELD, topic="quality")
    counter = Entry(uuid4(), "correction", Kind.CORRECTION, NOW, {"of": wrong.source}, corrects=wrong.id)
    assert of(Part.SYSTEM, *(deal() for _ in range(3)), wrong, counter) == 100


KINDS = st.sampled_from(
    [Kind.DEAL_DONE, Kind.DELIVERED_ON_TIME, Kind.DEAL_REFUNDED, Kind.FINDING, Kind.COMPLAINT_UPHELD]
)


@given(st.lists(st.tuples(KINDS, st.integers(0, 3000)), max_size=30), st.randoms())
def test_the_order_of_entries_does_not_matter_and_effects_add_up(drawn, chance):
    made = [entry(kind, ago=timedelta(days=days), how="silence") for kind, days in drawn]
    found = scores(made, NOBODY, NOW, RULES)
    chance.shuffle(made)
    assert scores(made, NOBODY, NOW, RULES) == found
    for score in found:
        whole = score.base + sum(effect.points for effect in score.effects)
        assert score.value is None or score.value == max(0, min(100, int(whole + Fraction(1, 2))))


def test_every_kind_and_part_has_its_words():
    assert set(LABELS) == set(Kind)
    assert set(PARTS) == set(MEANS) == set(Part)
    assert set(HOW) == set(RULES.done)


def test_every_fact_rung_and_breach_can_be_said():
    assert set(RULES.identity) | {"bank"} == set(Fact)
    assert sum(RULES.identity.values()) >= 100
    assert set(RULES.rungs) | {Rung.REMIND} == set(Rung)
    for fact in Fact:
        assert said(Kind.FACT_VERIFIED, {"fact": fact, "method": "document"})
    for breach in Breach:
        assert said(Kind.POINTS, {"breach": breach, "points": 2})


def test_rules_are_dated():
    assert [rules.version for rules in VERSIONS] == list(range(1, len(VERSIONS) + 1))
    assert rules_of(VERSIONS[0].since) is VERSIONS[0]
    assert rules_of(VERSIONS[0].since - timedelta(days=9)) is VERSIONS[0]


def test_nothing_a_company_pays_for_enters_a_score():
    """No entry has a kind for it, and what makes scores knows neither payments nor plans."""
    words = {"membership", "plan", "fee", "invoice", "subscription", "payments"}
    assert not words & {part for kind in Kind for part in kind.split("_")}
    for file in (scoring.__file__, Path(scoring.__file__).parent / "kinds.py"):
        tree = ast.parse(Path(file).read_text())
        known = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
        known |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
        assert {
            name.split(".")[0] for name in known if name.split(".")[0] in {"payments", "orders", "listings"}
        } == set()
        assert {name for name in known if name.startswith("trust.")} <= {
            "trust.credit.kinds",
            "trust.restrictions.ladder",
            "trust.restrictions.points",
            "trust.verification.facts",
        }
