"""The text of a rule: how it is written, what is refused, what is different."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.difference import new, old
from app.core.i18n import speaking
from tests.factories.rules import text
from trust.rules import shipped
from trust.rules.codes import Code
from trust.rules.errors import BadText
from trust.rules.shipped import NoText
from trust.rules.text import canonical, differences, digest, read

GOOD = "# Title\n\n## 1. One\n\nFirst.\n\nMore.\n\n## 2.1 Two\nSecond.\n"


def test_a_text_is_read_and_written_again():
    found = read(GOOD, GOOD.replace("Title", "标题"))
    assert [(c.number, c.heading["en"], c.text["en"]) for c in found.clauses] == [
        ("1", "One", "First.\n\nMore."),
        ("2.1", "Two", "Second."),
    ]
    assert found.title == {"en": "Title", "zh": "标题"}
    assert read(found.written("en"), found.written("zh")) == found


@pytest.mark.parametrize(
    ("en", "said"),
    [
        ("", "first line"),
        ("Title\n## 1. A\nb", "first line"),
        ("# \n## 1. A\nb", "first line"),
        ("# T", "at least one clause"),
        ("# T\nfloating words\n## 1. A\nb", "A clause begins"),
        ("# T\n### 1. A\nb", "A clause begins"),
        ("# T\n## One\nb", "A clause begins"),
        ("# T\n## 0. A\nb", "A clause begins"),
        ("# T\n## 1. A\n\n## 2. B\nb", "Clause 1 says nothing"),
        ("# T\n## 2. A\na\n## 1. B\nb", "go upwards"),
        ("# T\n## 1. A\na\n## 1. B\nb", "go upwards"),
        ("# T\n## 1. A\na\u202eb", "plain text"),
        ("# T\n## 1. A\na\x00b", "plain text"),
        ("# T\n" + "".join(f"## {n}. A\nb\n" for n in range(1, 62)), "at most 60"),
        ("# T\n## 1. A\n" + "b" * 40_000, "too long"),
    ],
)
def test_what_is_not_a_text_is_refused_with_its_field(en, said):
    with speaking("en"), pytest.raises(BadText, match=said) as refused:
        read(en, GOOD)
    assert list(refused.value.errors) == ["en"]


def test_both_languages_have_the_same_clauses():
    with pytest.raises(BadText) as refused:
        read(GOOD, GOOD + "\n## 3. 三\n三。\n")
    assert list(refused.value.errors) == ["zh"]


def test_the_hash_is_that_of_the_canonical_text():
    said = canonical("trading", 2, text("A."))
    assert json.loads(said)["clauses"][0]["text"] == {"en": "A.", "zh": "A."}
    assert digest("trading", 2, text("A.")) == hashlib.sha256(said.encode()).hexdigest()
    others = {digest("trading", 2, text("B.")), digest("trading", 3, text("A.")), digest("fees", 2, text("A."))}
    assert digest("trading", 2, text("A.")) not in others


@given(st.lists(st.sampled_from(["one", "two", "three four"]), min_size=1, max_size=5), st.data())
def test_differences_give_both_texts_again(before, data):
    after = data.draw(st.lists(st.sampled_from(["one", "two", "five"]), min_size=1, max_size=5))
    found = differences(text(*before), text(*after))
    assert {one.number for one in found} == {
        str(n) for n in range(1, max(len(before), len(after)) + 1) if before[n - 1 : n] != after[n - 1 : n]
    }
    for one in found:
        n = int(one.number)
        assert (old(one.runs).endswith(before[n - 1])) if n <= len(before) else not old(one.runs)
        assert (new(one.runs).endswith(after[n - 1])) if n <= len(after) else not new(one.runs)


def test_the_shipped_texts_are_whole_and_say_the_fee():
    found = shipped.texts(shipped.TEXTS, fee_basis_points=225)
    assert list(found) == list(Code)
    assert all("2.25%" in found[Code.FEES].clause("2").text[language] for language in ("en", "zh"))
    assert not any(shipped.FEE in str(said.content()) for said in found.values())


def test_a_folder_that_lacks_a_text_is_refused_whole(tmp_path):
    for path in shipped.TEXTS.iterdir():
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "fees.zh.md").write_text("# 收费\n")
    with pytest.raises(NoText, match=r"fees\.zh\.md"):
        shipped.texts(tmp_path, fee_basis_points=150)
    (tmp_path / "fees.zh.md").unlink()
    with pytest.raises(NoText, match="fees"):
        shipped.texts(tmp_path, fee_basis_points=150)
