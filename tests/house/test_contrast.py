"""Every pair of colours that carries words reaches 4.5:1, every mark that carries meaning 3:1, by day and by night."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "app/static/css/tokens.css"
THEMES = ("day", "night")
GROUNDS = ("paper", "sheet", "shoal")
STATES = ("settled", "waiting", "refused", "dispute", "neutral")

WORDS = [
    *((ink, ground) for ink in ("ink", "ink-soft", "link", *STATES) for ground in GROUNDS),
    *((state, f"{state}-tint") for state in STATES),
    *((ink, f"{state}-tint") for ink in ("ink", "ink-soft") for state in STATES),
    ("ink", "land"),
    ("paper", "ink"),
    ("paper", "settled"),
    ("paper", "refused"),
    ("paper", "dispute"),
    ("vermilion", "paper"),
    ("vermilion", "sheet"),
    ("on-vermilion", "vermilion"),
    ("on-vermilion", "vermilion-deep"),
]
MARKS = [
    *(("ink-line", ground) for ground in ("paper", "sheet")),
    *(("ring", ground) for ground in GROUNDS),
    ("held-fill", "sheet"),
    ("released-fill", "sheet"),
]


def colours() -> dict[str, tuple[str, str]]:
    """Token name → its colour by day and by night, as #rrggbb."""
    pairs = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", TOKENS.read_text())
    return {name: (day, night) for name, day, night in pairs}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it, 0 (black) to 1 (white)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_can_be_read(ink: str, ground: str, theme: str) -> None:
    tokens, at = colours(), THEMES.index(theme)
    assert contrast(tokens[ink][at], tokens[ground][at]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_can_be_seen(mark: str, ground: str, theme: str) -> None:
    tokens, at = colours(), THEMES.index(theme)
    assert contrast(tokens[mark][at], tokens[ground][at]) >= 3
