"""What is different between two texts, word by word: runs of words that stayed, went and came. Pure.

The runs give the old text and the new one again (`old`, `new`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

_HAN = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+|\s+|[^\w\s]")
"""English by words, Chinese by characters, everything else by signs; together they are the whole text."""
MOST_COMPARISONS = 1_000_000
"""Of pairs of words, in one comparison of two documents: some tenths of a second. What is left then is told whole."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words that stayed, went or came."""

    kind: Literal["same", "gone", "new"]
    text: str


def old(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs if run.kind != "new")


def new(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in runs if run.kind != "gone")


def compared(a: str, b: str, left: int = MOST_COMPARISONS) -> tuple[tuple[Run, ...], int]:
    """What stayed, went and came from `a` to `b`, and how many comparisons of words are left of `left`."""
    one, other = _TOKEN.findall(a), _TOKEN.findall(b)
    ahead = _common(one, other)
    behind = _common(one[ahead:][::-1], other[ahead:][::-1])
    gone, came = one[ahead : len(one) - behind], other[ahead : len(other) - behind]
    cost = len(gone) * len(came)
    middle = list(_words(gone, came)) if cost <= left else [Run("gone", "".join(gone)), Run("new", "".join(came))]
    runs = [Run("same", "".join(one[:ahead])), *middle, Run("same", "".join(one[len(one) - behind :]))]
    return tuple(run for run in runs if run.text), left - cost if cost <= left else left


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """How many tokens both begin with."""
    return next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _words(gone: list[str], came: list[str]) -> Iterator[Run]:
    """Runs of what went, came and stayed. A mere space between two changes belongs to them: it reads better so."""
    went, new_ = "", ""
    blocks = SequenceMatcher(None, gone, came, autojunk=False).get_opcodes()
    for n, (kind, i, j, k, m) in enumerate(blocks):
        text = "".join(gone[i:j])
        if kind == "equal" and (text.strip() or not 0 < n < len(blocks) - 1):
            yield from (Run("gone", went), Run("new", new_), Run("same", text))
            went, new_ = "", ""
        else:
            went, new_ = went + text, new_ + "".join(came[k:m])
    yield from (Run("gone", went), Run("new", new_))
