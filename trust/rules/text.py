"""The text of a rule: a title and numbered clauses, in English and Chinese. Pure.

It is written one language at a time, the same numbers in both:

    # Title
    ## 1. Heading of the clause
    What it says, in as many paragraphs as it takes.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from app.core import evidence
from app.core.difference import MOST_COMPARISONS, Run, compared
from app.core.i18n import _
from trust.rules.errors import BadText

LANGUAGES = ("en", "zh")
MOST_CLAUSES = 60
LONGEST = 40_000
"""Characters of a text in one language."""
_CLAUSE = re.compile(r"^## ([1-9]\d?(?:\.[1-9]\d?)?)\.? +(\S.*)$")
_LIKE_A_HEADING = re.compile(r"^#+")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and marks that turn text round unseen."""

Pair = dict[str, str]
"""The same said in both languages."""


@dataclass(frozen=True, slots=True)
class Clause:
    """`number` such as 3 or 3.1; unique in its text."""

    number: str
    heading: Pair
    text: Pair


@dataclass(frozen=True, slots=True)
class Text:
    title: Pair
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, content: dict[str, Any]) -> Self:
        """Inverse of `content`."""
        return cls(content["title"], tuple(Clause(**clause) for clause in content["clauses"]))

    def content(self) -> dict[str, Any]:
        clauses = [{"number": c.number, "heading": c.heading, "text": c.text} for c in self.clauses]
        return {"title": self.title, "clauses": clauses}

    def clause(self, number: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.number == number), None)

    def written(self, language: str) -> str:
        """As `read` takes it."""
        parts = [f"# {self.title[language]}"]
        parts += [f"## {c.number}. {c.heading[language]}\n\n{c.text[language]}" for c in self.clauses]
        return "\n\n".join(parts) + "\n"


@dataclass(frozen=True, slots=True)
class Changed:
    """A passage that is not the same in two texts, in one language. `number` is "" for the title."""

    number: str
    language: str
    runs: tuple[Run, ...]


def canonical(code: str, number: int, text: Text) -> str:
    """The one way to write a version; its SHA-256 is the version's hash."""
    return evidence.canonical_json({"code": code, "number": number, **text.content()})


def digest(code: str, number: int, text: Text) -> str:
    return hashlib.sha256(canonical(code, number, text).encode()).hexdigest()


def read(en: str, zh: str) -> Text:
    """Raises BadText naming the field (`en` or `zh`) and what is wrong with it."""
    said = {language: _parsed(written, language) for language, written in (("en", en), ("zh", zh))}
    numbers = {language: [number for number, _heading, _text in clauses] for language, (_t, clauses) in said.items()}
    if numbers["en"] != numbers["zh"]:
        raise BadText(_("The clauses are not those of the English text."), field="zh")
    clauses = tuple(
        Clause(number, {"en": heading, "zh": chinese[1]}, {"en": words, "zh": chinese[2]})
        for (number, heading, words), chinese in zip(said["en"][1], said["zh"][1], strict=True)
    )
    return Text({language: title for language, (title, _clauses) in said.items()}, clauses)


def _parsed(written: str, language: str) -> tuple[str, list[tuple[str, str, str]]]:
    """Title, and clauses as number, heading and text."""
    lines = written.replace("\r\n", "\n").strip().split("\n")
    if len(written) > LONGEST:
        raise BadText(_("The text is too long."), field=language)
    if _UNSEEN.search(written.replace("\r\n", "\n")):
        raise BadText(_("Please write plain text."), field=language)
    if not lines[0].startswith("# ") or not lines[0][2:].strip():
        raise BadText(_("The first line is “# ” and the title."), field=language)
    clauses: list[tuple[str, str, list[str]]] = []
    for line in lines[1:]:
        if found := _CLAUSE.match(line.rstrip()):
            clauses.append((found[1], found[2].strip(), []))
        elif _LIKE_A_HEADING.match(line) or (not clauses and line.strip()):
            message = _("A clause begins with a line such as “## 1. Heading”: %(line)s")
            raise BadText(message % {"line": line[:60]}, field=language)
        elif clauses:
            clauses[-1][2].append(line.rstrip())
    _check(clauses, language)
    return lines[0][2:].strip(), [(number, heading, "\n".join(said).strip()) for number, heading, said in clauses]


def _check(clauses: Sequence[tuple[str, str, list[str]]], language: str) -> None:
    order = [tuple(map(int, number.split("."))) for number, _heading, _said in clauses]
    if not 1 <= len(clauses) <= MOST_CLAUSES:
        message = _("A text has at least one clause and at most %(most)s.") % {"most": MOST_CLAUSES}
        raise BadText(message, field=language)
    if order != sorted(set(order)):
        raise BadText(_("The clauses’ numbers do not go upwards."), field=language)
    for number, _heading, said in clauses:
        if not "".join(said).strip():
            raise BadText(_("Clause %(number)s says nothing.") % {"number": number}, field=language)


def differences(before: Text | None, after: Text) -> list[Changed]:
    """Every passage that is not the same, in the order of the newer text; what went stands where it stood."""
    was = {c.number: c for c in before.clauses} if before else {}
    now = {c.number: c for c in after.clauses}
    numbers = sorted({*was, *now}, key=lambda number: tuple(map(int, number.split("."))))
    left, found = MOST_COMPARISONS, []
    for language in LANGUAGES:
        pairs = [("", before.title[language] if before else "", after.title[language])]
        pairs += [(n, _whole(was.get(n), language), _whole(now.get(n), language)) for n in numbers]
        for number, old, new in pairs:
            if old != new:
                runs, left = compared(old, new, left)
                found.append(Changed(number, language, runs))
    return sorted(found, key=lambda one: ["", *numbers].index(one.number))


def _whole(clause: Clause | None, language: str) -> str:
    return f"{clause.number}. {clause.heading[language]}\n{clause.text[language]}" if clause else ""
