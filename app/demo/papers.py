"""Papers of the demo world: specimens, drawn here, of what companies hand in and goods travel with."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 827, 1169  # A4 at 100 pixels to the inch
MARGIN = 80
INK = (28, 44, 64)
MARK = (214, 206, 190)


@cache
def _font(font_dir: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(next(iter(sorted(font_dir.glob("NotoSansSC*.ttf"))))), size)


@cache
def _sheet(font_dir: Path) -> Image.Image:
    """The page without its text: the word SPECIMEN across it, and the rule below the title."""
    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, HEIGHT - 260), "SPECIMEN", font=_font(font_dir, 120), fill=MARK)
    pen.line((MARGIN, MARGIN + 60, WIDTH - MARGIN, MARGIN + 60), fill=INK, width=3)
    return page


def paper(title: str, lines: Sequence[str], *, font_dir: Path) -> bytes:
    """One page as PDF: a title, lines of text, and the word SPECIMEN across it."""
    page = _sheet(font_dir).copy()
    pen = ImageDraw.Draw(page)
    pen.text((MARGIN, MARGIN), title, font=_font(font_dir, 34), fill=INK)
    for number, line in enumerate(lines):
        pen.text((MARGIN, MARGIN + 100 + 44 * number), line, font=_font(font_dir, 22), fill=INK)
    file = io.BytesIO()
    page.save(file, "PDF", resolution=100)
    return file.getvalue()
