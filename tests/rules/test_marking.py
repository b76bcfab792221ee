import re
from html import escape

from hypothesis import given
from hypothesis import strategies as st

from listings.search.marking import marked, piece, spans
from listings.search.meili import CLOSE, OPEN, _marks

WORDS = st.text(alphabet="abMUg-_ 7.", max_size=60)


@given(WORDS, st.lists(st.text(alphabet="abmug7", min_size=1, max_size=3), max_size=3))
def test_plain_text_is_marked_as_any_other(text: str, stems: list[str]) -> None:
    word_by_word = spans("杯 " + text, stems)  # beside Chinese every word is looked at by itself
    assert spans(text, stems) == [(start - 2, end - 2) for start, end in word_by_word]


@given(
    st.text(alphabet="abMUg-_ 7.&<'", max_size=60),
    st.lists(st.text(alphabet="abmug7", min_size=1, max_size=3), max_size=3),
)
def test_what_is_marked_reads_as_before(text: str, stems: list[str]) -> None:
    """Marks apart, it is the text escaped; and what is marked are exactly the spans."""
    html = marked(text, stems)
    assert html.replace("<mark>", "").replace("</mark>", "") == escape(text)
    assert re.findall("<mark>(.*?)</mark>", html) == [escape(text[start:end]) for start, end in spans(text, stems)]


def test_meilisearch_tells_what_it_found_in_titles() -> None:
    found = f"{OPEN}Ceramic{CLOSE} mug"
    rows = [{"_formatted": {"title_en": found, "title_zh": f"{OPEN}陶瓷{CLOSE}杯"}}]
    assert marked("Ceramics & mugs", _marks(rows)) == "<mark>Ceramics</mark> &amp; mugs"
    assert marked("陶瓷杯", _marks(rows)) == "<mark>陶瓷</mark>杯"
    assert _marks([{"_formatted": {"title_en": f"{OPEN}{CLOSE}", "title_zh": ""}}]) == ()


def test_a_word_is_marked_whole_and_its_text_escaped() -> None:
    assert marked("Mugs & <cups>", ["mug"]) == "<mark>Mugs</mark> &amp; &lt;cups&gt;"
    assert marked("smug", ["mug"]) == "smug"
    assert marked("陶瓷马克杯", ["马克"]) == "陶瓷<mark>马克</mark>杯"


def test_the_piece_shows_the_first_word_found() -> None:
    text = "Long words before it. " * 20 + "Here is the mug."
    assert "<mark>mug</mark>" in piece(text, ["mug"])
    assert piece(text, []).startswith("Long words")
