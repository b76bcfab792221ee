"""The difference of two texts: it gives the new text and the old one again, and is nothing where they are equal."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.difference import MOST_COMPARISONS, Run, compared, new, old
from orders.contracts import clauses
from orders.contracts.difference import FURTHER, Compared, changes, compare, passages
from orders.contracts.places import REST, places
from orders.contracts.revising import Adjustments, adjusted
from orders.contracts.terms import ContractTerms
from tests.factories.terms import line, particulars

TERMS = clauses.draw_up(particulars())
TEXTS = st.text(alphabet="ab 甲乙。,.\n7𠀋é", max_size=40)
WORDS = st.text(alphabet="ab 甲乙7,.", max_size=30).map(lambda said: f"x{said}")
ADJUSTMENTS = st.builds(
    Adjustments,
    latest=st.none() | st.integers(0, 300).map(lambda n: date(2026, 12, 28) + timedelta(days=n)),
    packing_en=st.none() | WORDS,
    packing_zh=st.none() | WORDS,
    inspector=st.none() | st.sampled_from(["seller", "buyer"]),
    acceptance_days=st.none() | st.integers(1, 60),
    apparent_days=st.none() | st.integers(1, 60),
    hidden_days=st.none() | st.integers(60, 700),
    documents=st.none() | st.lists(st.sampled_from(["packing_list", "certificate_of_origin"]), min_size=1),
    law=st.none() | st.sampled_from(["DE", "SG"]),
    cisg_excluded=st.none() | st.booleans(),
    institution=st.none() | st.sampled_from(["CIETAC", "ICC"]),
    arbitrators=st.none() | st.sampled_from([1, 3]),
    prevailing_language=st.none() | st.sampled_from(["en", "zh"]),
    special_en=st.none() | WORDS,
    special_zh=st.none() | WORDS,
)


def applied(compared: list[Compared], side: str) -> dict[tuple[str, str], dict[str, str]]:
    """The text of one side, by place and language, as the difference has it."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for one in compared:
        passage = one.before if side == "before" else one.after
        if passage is None:
            continue
        told = {part.language: (old if side == "before" else new)(part.runs) for part in one.parts}
        both = {language: told.get(language, told.get("", passage.said(language))) for language in ("en", "zh")}
        found[passage.place, passage.key] = both
    return found


def written(terms: ContractTerms) -> dict[tuple[str, str], dict[str, str]]:
    return {(p.place, p.key): {language: p.said(language) for language in ("en", "zh")} for p in passages(terms)}


@settings(max_examples=40)
@given(ADJUSTMENTS, ADJUSTMENTS)
def test_applying_the_difference_gives_either_text(first: Adjustments, second: Adjustments) -> None:
    before = adjusted(TERMS, first)
    after = adjusted(before, second)
    compared = compare(before, after)
    assert applied(compared, "after") == written(after)
    assert applied(compared, "before") == written(before)
    assert list(applied(compared, "after")) == list(written(after)), "in the order of the newer text"
    assert (before == after) == (not changes(compared)), "whatever differs is told"


@given(TEXTS, TEXTS)
def test_any_two_texts(a: str, b: str) -> None:
    runs, left = compared(a, b, MOST_COMPARISONS)
    assert (old(runs), new(runs)) == (a, b)
    assert all(run.text for run in runs)
    assert (a == b) == all(run.kind == "same" for run in runs)
    assert left <= MOST_COMPARISONS


def told(a: str, b: str) -> list[tuple[str, str]]:
    return [(run.kind, run.text) for run in compared(a, b, MOST_COMPARISONS)[0]]


def test_english_goes_by_words_and_chinese_by_characters() -> None:
    assert told("within 7 days of delivery", "within 10 days of delivery") == [
        ("same", "within "),
        ("gone", "7"),
        ("new", "10"),
        ("same", " days of delivery"),
    ]
    assert told("交货后七日内验收", "交货后十日内验收") == [
        ("same", "交货后"),
        ("gone", "七"),
        ("new", "十"),
        ("same", "日内验收"),
    ]


def test_neighbouring_words_are_one_change() -> None:
    assert told("in five wooden crates", "in six plastic crates") == [
        ("same", "in "),
        ("gone", "five wooden"),
        ("new", "six plastic"),
        ("same", " crates"),
    ]


def test_what_would_take_too_long_is_told_whole() -> None:
    a, b = "甲乙" * 2_000, "乙丙" * 2_000
    assert compared(a, b, MOST_COMPARISONS) == ((Run("gone", a), Run("new", b)), MOST_COMPARISONS)


def test_a_clause_that_comes_stands_at_its_place() -> None:
    after = adjusted(TERMS, Adjustments(special_en="No transhipment at Busan."))
    [change] = changes(compare(TERMS, after))
    assert (change.before, change.passage.place) == (None, "article-special_terms")
    [gone] = changes(compare(after, TERMS))
    assert gone.after is None
    assert places(after, "en")["article-special_terms"].endswith(". Special terms")


def test_goods_are_compared_line_by_line() -> None:
    dearer = clauses.draw_up(particulars(lines=[line(), line("5000", "0.9", unit="SET", hs_code="940599")]))
    touched = {change.passage.place for change in changes(compare(TERMS, dearer))}
    assert touched == {"line-2", "goods", "payments"}


def test_every_passage_has_a_place_and_a_name() -> None:
    known = places(TERMS, "en")
    assert [p for p in passages(TERMS) if p.place not in known] == []
    assert [p.key for p in passages(TERMS) if p.label == FURTHER or p.place == REST] == []
