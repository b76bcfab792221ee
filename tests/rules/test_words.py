"""What is written is found by what is asked, in Chinese, English and any mixture of the two."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listings.search import words
from listings.search.words import Dictionary, dictionary, index_text, query_tokens

TRADE = "太阳能庭院灯不锈钢真空保温杯一次性丁腈手套牛皮纸袋瓦楞纸箱山地自行车磷酸铁锂储能电池研究生命起源的"
chinese = st.text(alphabet=st.sampled_from(TRADE), max_size=30)


def found(query: str, text: str) -> bool:
    tokens = query_tokens(query)
    return bool(tokens) and set(tokens) <= set(index_text(text).split())


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("保温杯", "不锈钢真空保温杯 500ml"),
        ("太阳能灯", "户外太阳能庭院灯"),
        ("灯", "户外太阳能庭院灯"),
        ("LED灯带", "12V LED 灯带, IP65"),
        ("led strip ip65", "LED strip, 12 V, IP65"),
        ("ＬＥＤ　Ｓｔｒｉｐ", "LED strip"),
        ("ip65防水", "防水等级 IP65"),
        ("m8 螺栓", "M8 不锈钢螺栓"),
        ("strasse", "Straße"),
        ("3.5", "plug 3.5mm"),
        ("usb-c", "USB-C cable"),
        ("чашка", "Керамическая Чашка"),
    ],
)
def test_the_query_finds_the_text(query: str, text: str) -> None:
    assert found(query, text)


@pytest.mark.parametrize(("query", "text"), [("瓷砖", "陶瓷马克杯"), ("lamp", "lampshade"), ("5", "3.5 mm")])
def test_the_query_does_not_find_another_text(query: str, text: str) -> None:
    assert not found(query, text)


@given(before=chinese, query=chinese.filter(bool), after=chinese)
def test_every_text_in_which_the_query_stands_is_found(before: str, query: str, after: str) -> None:
    assert found(query, before + query + after)


@given(st.text())
def test_any_text_finds_itself_and_is_cut_into_clean_words(text: str) -> None:
    tokens = query_tokens(text)
    assert set(tokens) <= set(index_text(text).split())
    assert not any(char.isspace() or char < " " for token in tokens for char in token)


def test_a_query_is_cut_into_the_likeliest_words() -> None:
    assert query_tokens("研究生命起源") == ["研究", "生命", "起源"]
    assert query_tokens("不锈钢马克杯批发") == ["不锈钢", "马克杯", "批发"]


def test_a_known_word_is_not_taken_apart_but_an_unknown_one_is() -> None:
    small = Dictionary({"保温": 10, "保温杯": 10, "杯": 10})
    assert small.likeliest("保温杯饕") == ["保温杯", "饕"]
    assert list(small.all_words("保温杯")) == ["保", "保温", "保温杯", "温", "杯"]


@pytest.mark.parametrize("query", ["", "   ", "—·!?", "\x00\x01", "🙂", "\ud800"])
def test_a_query_of_blanks_and_signs_holds_no_words(query: str) -> None:
    assert query_tokens(query) == []
    assert index_text(query) == ""


def test_texts_and_queries_are_bounded() -> None:
    assert index_text("a" * 20_000 + " b") == "a" * 20_000
    assert query_tokens("x " * 99 + "yy zz") == ["x", "yy"]
    assert len(query_tokens(" ".join(f"w{n}" for n in range(60)))) == words.QUERY_WORDS


def test_a_word_asked_twice_counts_once() -> None:
    assert query_tokens("LED led Led") == ["led"]


def test_the_dictionary_is_loaded_once_whoever_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_dictionary", None)
    seen: list[Dictionary] = []
    threads = [threading.Thread(target=lambda: seen.append(dictionary())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert all(one is seen[0] for one in seen)
