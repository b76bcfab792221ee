"""Marks the words found in a text, and cuts the piece of it that shows them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape

from listings.search.words import HAN, normal

PIECE = 180
CHINESE = re.compile(f"[{HAN}]+")
WORD = re.compile(rf"[{HAN}]+|(?:(?![{HAN}])[^\W_])+")


def spans(text: str, stems: Sequence[str]) -> list[tuple[int, int]]:
    """Where `stems` stand in `text`: a Latin word is marked whole when it begins with one, Chinese as it stands."""
    if not stems:
        return []
    if text.isascii():
        return [match.span() for match in _latin(tuple(stems)).finditer(text)]
    found: list[tuple[int, int]] = []
    for match in WORD.finditer(text):
        word = normal(match[0])
        for stem in stems:
            if stem.isascii() or not CHINESE.fullmatch(stem):
                if word.startswith(stem):
                    found.append(match.span())
            else:
                at = word.find(stem)
                while at >= 0:
                    found.append((match.start() + at, match.start() + at + len(stem)))
                    at = word.find(stem, at + 1)
    return _merged(found)


@lru_cache(maxsize=256)
def _latin(stems: tuple[str, ...]) -> re.Pattern[str]:
    """Words in plain ASCII that begin with a stem: what `normal` would fold there is only their case."""
    wanted = "|".join(re.escape(stem) for stem in stems)
    return re.compile(rf"(?<![^\W_])((?:{wanted})[^\W_]*)", re.IGNORECASE | re.ASCII)


def _merged(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def marked(text: str, stems: Sequence[str]) -> str:
    """Escaped HTML of `text` with every found word in <mark>."""
    if stems and text.isascii() and escape(text) == text:  # as most titles are: no need to know where each word stands
        parts = _latin(tuple(stems)).split(text)
        parts[1::2] = [f"<mark>{word}</mark>" for word in parts[1::2]]
        return "".join(parts)
    return _html(text, spans(text, stems))


def piece(text: str, stems: Sequence[str]) -> str:
    """Escaped HTML of about PIECE characters around the first word found; the beginning when none is."""
    flat = " ".join(text.split())
    found = spans(flat, stems)
    start = max(0, found[0][0] - PIECE // 3) if found else 0
    if start:
        start = flat.find(" ", start, found[0][0]) + 1 or start
    end = min(len(flat), start + PIECE)
    inside = [(a - start, b - start) for a, b in found if a >= start and b <= end]
    cut = _html(flat[start:end], inside)
    return ("… " if start else "") + cut + (" …" if end < len(flat) else "")


def _html(text: str, found: list[tuple[int, int]]) -> str:
    if not found:
        return escape(text)
    parts, last = [], 0
    for start, end in found:
        parts += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
        last = end
    return "".join([*parts, escape(text[last:])])
