"""Product pictures of our own making: one drawing for each category of goods, varied by a seed.

Everything is computed here; nothing is taken from anywhere, and the same kind and seed give the same picture.
"""

import io
import random
from collections.abc import Callable, Iterable, Mapping

from PIL import Image

from app.demo.canvas import Colour
from app.demo.drawings import electronics, home, house, lights, machines, soft, trade
from app.demo.drawings.brush import Brush

PAPERS: tuple[Colour, ...] = (
    (250, 247, 240),
    (244, 236, 216),
    (230, 239, 242),
    (238, 234, 224),
    (228, 236, 228),
    (243, 232, 224),
)
COLOURS: Mapping[str, Colour] = {
    "white": (243, 241, 236),
    "black": (44, 50, 60),
    "grey": (134, 144, 154),
    "red": (186, 64, 42),
    "orange": (214, 122, 48),
    "yellow": (222, 172, 66),
    "green": (62, 122, 92),
    "blue": (52, 104, 152),
    "navy": (36, 62, 100),
    "purple": (112, 82, 138),
    "pink": (214, 150, 146),
    "brown": (132, 90, 62),
    "beige": (218, 198, 166),
    "natural": (196, 152, 104),
    "silver": (182, 188, 194),
    "transparent": (206, 222, 224),
}
"""The colour codes of the category tree, as this atelier mixes them."""

Draw = Callable[[Brush], None]
DRAWINGS: Mapping[str, Draw] = {
    **lights.DRAWINGS,
    **home.DRAWINGS,
    **house.DRAWINGS,
    **soft.DRAWINGS,
    **machines.DRAWINGS,
    **trade.DRAWINGS,
    **electronics.DRAWINGS,
}


def kinds() -> Iterable[str]:
    """What can be drawn: the slugs of all leaf categories."""
    return DRAWINGS.keys()


def paint(kind: str, seed: int, colour: str = "") -> Image.Image:
    """The picture of one product, 960 × 720 RGB.

    kind    a leaf category's slug; KeyError for any other
    seed    varies colours and details; the same seed gives the same pixels
    colour  a colour code of the category tree for the product's body, if it has one
    """
    chance = random.Random(f"{kind}:{seed}")  # noqa: S311  reproducible pictures, not secrets
    palette = list(COLOURS.values())
    body = COLOURS.get(colour) or chance.choice(palette[3:13])
    brush = Brush(paper=chance.choice(PAPERS), body=body, named=colour in COLOURS, chance=chance)
    DRAWINGS[kind](brush)
    return brush.canvas.finished()


def draw(kind: str, seed: int, colour: str = "") -> bytes:
    """The picture of `paint` as a JPEG file, as a camera would make it."""
    file = io.BytesIO()
    paint(kind, seed, colour).save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()
