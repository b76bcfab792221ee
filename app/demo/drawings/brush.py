"""What every drawing is given: the paper, the product's colour, its own source of chance, and a canvas."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.demo.canvas import Canvas, Colour, Halo, Isometric, Point, Shadow


@dataclass
class Brush:
    """A drawing calls `stand` once, which lays the paper and the soft shadow, and then draws with the rest.

    `body` is the product's colour; `named` says that somebody asked for it, so that a drawing whose goods have a
    usual colour keeps to that otherwise.
    """

    paper: Colour
    body: Colour
    named: bool
    chance: random.Random
    canvas: Canvas = field(init=False)

    def stand(self, *shadows: Shadow, halos: Iterable[Halo] = ()) -> Canvas:
        self.canvas = Canvas(self.paper, shadows, halos)
        return self.canvas

    def usual(self, *colours: Colour) -> Colour:
        """The colour asked for, else one of the usual ones."""
        return self.body if self.named else self.chance.choice(colours)

    def isometric(self, x: float, y: float, scale: float = 1) -> Isometric:
        return Isometric(self.canvas, x, y, scale)

    def gleam(self, points: Sequence[Point], opacity: float = 0.35) -> None:
        """A reflection of the window."""
        self.canvas.fill(points, (255, 255, 255), opacity)
