"""What a report says in both languages."""

from collections.abc import Callable
from functools import cache

from app.core.i18n import N_, _, speaking
from app.indicators import words
from app.indicators.definitions import CHAPTERS, Definition
from app.indicators.figures.base import WHOLE, Cut
from app.indicators.reporting.snapshot import Pair

FORMS = {
    "json": N_("Locked data (JSON)"),
    "csv": N_("Tables as text (CSV)"),
    "xlsx": N_("Workbook (XLSX)"),
    "pdf": N_("Document, sealed (PDF)"),
}


def both(word: Callable[[], str]) -> Pair:
    """A text that is made anew in each language."""
    found = []
    for locale in ("en", "zh-Hans"):
        with speaking(locale):
            found.append(word())
    return Pair(en=found[0], zh=found[1])


@cache
def said(message: str) -> Pair:
    """A message of the catalogue."""
    return both(lambda: _(message))


def plain(text: str) -> Pair:
    """A text that is the same in both: a code, a day, a number."""
    return Pair(en=text, zh=text)


@cache
def part(cut: Cut) -> Pair:
    """One part of a figure."""
    return both(lambda: words.key_name(cut) if cut != WHOLE else _("All"))


@cache
def cut_name(cut: str) -> Pair:
    return said(words.CUTS[cut]) if cut in words.CUTS else plain(cut)


def unit(known: Definition, cut: Cut) -> Pair:
    return both(lambda: words.unit_of(known, cut))


def state(revision: int) -> Pair:
    return both(lambda: words.revision_name(revision))


def span(name: str) -> Pair:
    return said(words.SPANS[name])


def closing(name: str) -> Pair:
    return said(words.CLOSINGS[name])


def chapter(code: str) -> Pair:
    names = {one.value: name for one, name in CHAPTERS.items()}
    return said(names[code]) if code in names else plain(code)
