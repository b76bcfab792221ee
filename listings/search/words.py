"""Cutting text into words for search: any mixture of Chinese and scripts that put spaces between words.

Latin words are only normalised and lower-cased; their stems are the index's affair. For Chinese the index holds
*every* dictionary word a text contains, overlapping ones too, and every single character; a query is cut once,
into the likeliest words. A query word is thus a dictionary word or a single character, and every text in which
the query stands literally holds all of its words, wherever a different context would have drawn the borders.

The dictionary is that of `jieba`, read as a file: importing the package would cost 65 MB in every process for a
model of unknown words, which a search that also indexes single characters does not need. Words of our trade that
the dictionary lacks stand in `listings/data/words.json`.
"""

import json
import math
import re
import threading
import unicodedata
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

OWN_WORDS = Path(__file__).parent.parent / "data" / "words.json"
TEXT_LIMIT = 20_000
"""Characters of a text that are indexed."""
QUERY_LIMIT = 200
"""Characters of a query that are looked at."""
QUERY_WORDS = 24
LONGEST_WORD = 8
RAREST = 5
"""Words counted less often in jieba's corpus are mostly names: two thirds of its entries."""

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
# A run of Chinese, or one word of another script; `3.5` and `1,200` stay whole.
RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?:(?![{HAN}])[^\W_])+(?:[.,](?=\d)(?<=\d.)\d+)*")


class Dictionary:
    """Chinese words with their log probabilities."""

    def __init__(self, counts: dict[str, int]) -> None:
        total = math.log(sum(counts.values()))
        self._weight = {word: math.log(count) - total for word, count in counts.items()}
        self._unknown = -total

    @classmethod
    def load(cls) -> "Dictionary":
        counts = dict.fromkeys(json.loads(OWN_WORDS.read_text(encoding="utf-8")), 1000)
        path = Path(str(distribution("jieba").locate_file("jieba/dict.txt")))
        with path.open(encoding="utf-8") as file:
            for line in file:
                word, count, _kind = line.split(" ")
                if int(count) >= RAREST and len(word) <= LONGEST_WORD and not word.isascii():
                    counts.setdefault(word, int(count))
        return cls(counts)

    def all_words(self, run: str) -> Iterator[str]:
        """Every word in a run of Chinese, overlapping ones too, and every single character."""
        for start, char in enumerate(run):
            yield char
            for end in range(start + 2, min(start + LONGEST_WORD, len(run)) + 1):
                if run[start:end] in self._weight:
                    yield run[start:end]

    def likeliest(self, run: str) -> list[str]:
        """The run cut once, into the words whose probabilities have the greatest product."""
        best: list[tuple[float, int]] = [(0.0, 0)] * len(run) + [(0.0, len(run))]
        for start in range(len(run) - 1, -1, -1):
            ends = range(start + 1, min(start + LONGEST_WORD, len(run)) + 1)
            best[start] = max(
                (self._weight.get(run[start:end], self._unknown) + best[end][0], end)
                for end in ends
                if end == start + 1 or run[start:end] in self._weight
            )
        words, start = [], 0
        while start < len(run):
            end = best[start][1]
            words.append(run[start:end])
            start = end
        return words


_loading = threading.Lock()
_dictionary: Dictionary | None = None


def dictionary() -> Dictionary:
    """The dictionary, loaded when the first Chinese text is met (half a second, 20 MB), once for all threads."""
    global _dictionary
    if _dictionary is None:
        with _loading:
            if _dictionary is None:
                _dictionary = Dictionary.load()
    return _dictionary


def normal(text: str) -> str:
    """One way of writing: compatibility forms folded (full-width, ligatures), lower case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def index_text(text: str) -> str:
    """The words of `text` to be indexed, parted by spaces, in the order they occur and as often."""
    words: list[str] = []
    for run in RUN.finditer(normal(text[:TEXT_LIMIT])):
        words.extend(dictionary().all_words(run[0]) if run["han"] else [run[0]])
    return " ".join(words)


def query_tokens(query: str) -> list[str]:
    """The words to search for, in order, each once; none for a query of blanks and signs."""
    words: list[str] = []
    for run in RUN.finditer(normal(query[:QUERY_LIMIT])):
        words.extend(dictionary().likeliest(run[0]) if run["han"] else [run[0]])
    return list(dict.fromkeys(words))[:QUERY_WORDS]
