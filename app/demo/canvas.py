"""A small drawing board: smooth shapes with shading on a sheet of 1200 × 900 units, drawn double and reduced.

The picture is 960 × 720 pixels: more would not be seen in drawings as smooth as these, and costs time for each.

Light falls from the upper left. Points are in units, the origin at the upper left.
"""

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]
Shadow = tuple[float, float, float, float]
Halo = tuple[float, float, float, Colour]

WIDTH, HEIGHT = 1200, 900
PIXELS = 960, 720
SAMPLES = 2
SCALE = SAMPLES * PIXELS[0] / WIDTH
GROUND = 8
"""The backdrop is drawn this many times smaller, then enlarged: it has no edges to lose."""
INK: Colour = (20, 35, 58)
WHITE: Colour = (255, 255, 255)
STEEL: Colour = (176, 184, 192)
COAL: Colour = (46, 54, 66)
GLOW: Colour = (255, 226, 150)
COMMAND = re.compile(r"([MLQCZ])([^MLQCZ]*)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Blend:
    """Colours along a line, from left to right or (`upright`) from top to bottom; positions run from 0 to 1."""

    stops: tuple[tuple[float, Colour], ...]
    upright: bool = False

    def strip(self) -> Image.Image:
        colours = [self._at(place / 127) for place in range(128)]
        strip = Image.new("RGB", (128, 1))
        strip.putdata(colours)
        return strip.transpose(Image.Transpose.ROTATE_270) if self.upright else strip

    def spread(self, width: int, height: int) -> Image.Image:
        """The blend over so many pixels: smooth along the line, and the line repeated."""
        along = (1, height) if self.upright else (width, 1)
        line = self.strip().resize(along, Image.Resampling.BILINEAR)
        return line.resize((width, height), Image.Resampling.NEAREST)

    def _at(self, place: float) -> Colour:
        for (low, first), (high, second) in itertools.pairwise(self.stops):
            if place <= high:
                return mix(first, second, (place - low) / (high - low))
        return self.stops[-1][1]


Paint = Colour | Blend


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour, the rest of the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def lighter(colour: Colour, share: float = 0.25) -> Colour:
    return mix(colour, WHITE, share)


def deeper(colour: Colour, share: float = 0.25) -> Colour:
    return mix(colour, INK, share)


def rounded(colour: Colour) -> Blend:
    """The shading of an upright cylinder."""
    return Blend(
        (
            (0, deeper(colour, 0.30)),
            (0.10, deeper(colour, 0.08)),
            (0.28, lighter(colour, 0.38)),
            (0.40, lighter(colour, 0.12)),
            (0.62, colour),
            (0.92, deeper(colour, 0.36)),
            (1, deeper(colour, 0.26)),
        )
    )


def lying(colour: Colour) -> Blend:
    """The shading of a cylinder on its side."""
    return Blend(rounded(colour).stops, upright=True)


def falling(colour: Colour, depth: float = 0.16) -> Blend:
    """A face that is brighter above."""
    return Blend(((0, lighter(colour, depth)), (1, deeper(colour, depth))), upright=True)


def across(first: Colour, second: Colour) -> Blend:
    return Blend(((0, first), (1, second)))


def oval(x: float, y: float, rx: float, ry: float, start: float = 0, end: float = 360) -> list[Point]:
    """An ellipse or an arc of one, by degrees clockwise from the right."""
    steps = max(8, int(abs(end - start) / 4))
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(x + rx * math.cos(angle), y + ry * math.sin(angle)) for angle in angles]


def slab(x: float, y: float, width: float, height: float, radius: float) -> list[Point]:
    """A rectangle with round corners."""
    left, top, right, bottom = x + radius, y + radius, x + width - radius, y + height - radius
    return [
        *oval(right, bottom, radius, radius, 0, 90),
        *oval(left, bottom, radius, radius, 90, 180),
        *oval(left, top, radius, radius, 180, 270),
        *oval(right, top, radius, radius, 270, 360),
    ]


def path(description: str) -> list[Point]:
    """An outline in the manner of SVG: M, L, Q, C, Z with absolute coordinates."""
    points: list[Point] = []
    for command, body in COMMAND.findall(description):
        numbers = [float(number) for number in NUMBER.findall(body)]
        corners = list(zip(numbers[::2], numbers[1::2], strict=True))
        count = {"Q": 2, "C": 3}.get(command, 1)
        for first in range(0, len(corners), count):
            group = corners[first : first + count]
            points += group if count == 1 else _bend(points[-1:] + group)
    return points


def _bend(corners: Sequence[Point]) -> list[Point]:
    """A Bézier curve of any degree by De Casteljau, without its first point."""
    bent = []
    for step in range(1, 17):
        share, level = step / 16, list(corners)
        while len(level) > 1:
            level = [
                (ax + (bx - ax) * share, ay + (by - ay) * share) for (ax, ay), (bx, by) in itertools.pairwise(level)
            ]
        bent.append(level[0])
    return bent


def moved(points: Iterable[Point], dx: float, dy: float) -> list[Point]:
    return [(x + dx, y + dy) for x, y in points]


def turned_by(points: Iterable[Point], degrees: float, x: float = 600, y: float = 450) -> list[Point]:
    """Rotated clockwise about (x, y)."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [(x + (px - x) * cos - (py - y) * sin, y + (px - x) * sin + (py - y) * cos) for px, py in points]


class Canvas:
    """The sheet being drawn on. Later shapes cover earlier ones."""

    def __init__(self, paper: Colour, shadows: Iterable[Shadow], halos: Iterable[Halo]) -> None:
        """`shadows` are ellipses (x, y, rx, ry) soft on the ground below the goods, `halos` the light (x, y,
        radius, colour) around lamps."""
        backdrop = Blend(
            ((0, lighter(paper, 0.6)), (0.6, paper), (0.74, deeper(paper, 0.035)), (1, lighter(paper, 0.15))), True
        )
        ground = backdrop.spread(WIDTH // GROUND, HEIGHT // GROUND)
        for x, y, radius, colour in halos:
            self._soften(ground, oval(x, y, radius, radius), colour, 170, 7)
        for x, y, rx, ry in shadows:
            broad = ry > 60  # something wide seen from above: its shadow is faint
            self._soften(ground, oval(x, y, rx, ry), INK, 58 if broad else 105, 6 if broad else 3)
        full = ground.resize(PIXELS, Image.Resampling.BILINEAR)
        self._image = full.resize((PIXELS[0] * SAMPLES, PIXELS[1] * SAMPLES), Image.Resampling.NEAREST)

    @staticmethod
    def _soften(ground: Image.Image, points: Iterable[Point], colour: Colour, strength: int, blur: float) -> None:
        mask = Image.new("L", ground.size)
        ImageDraw.Draw(mask).polygon([(x / GROUND, y / GROUND) for x, y in points], fill=strength)
        ground.paste(colour, mask=mask.filter(ImageFilter.GaussianBlur(blur)))

    def fill(self, points: Sequence[Point], paint: Paint, opacity: float = 1) -> None:
        """Fill an outline; a blend stretches over the outline's own width or height."""
        drawn = [(x * SCALE, y * SCALE) for x, y in points]
        left, top = (math.floor(min(axis)) for axis in zip(*drawn, strict=True))
        right, bottom = (math.ceil(max(axis)) + 1 for axis in zip(*drawn, strict=True))
        if opacity == 1 and not isinstance(paint, Blend):
            ImageDraw.Draw(self._image).polygon(drawn, fill=paint)
            return
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in drawn], fill=round(255 * opacity))
        if isinstance(paint, Blend):
            self._image.paste(paint.spread(*mask.size), (left, top), mask)
        else:
            self._image.paste(paint, (left, top, right, bottom), mask)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """A line with round joints and ends."""
        pen = ImageDraw.Draw(self._image)
        drawn = [(x * SCALE, y * SCALE) for x, y in points]
        pen.line(drawn, fill=colour, width=max(1, round(width * SCALE)), joint="curve")
        if width > 2:
            for x, y in (drawn[0], drawn[-1]):
                pen.circle((x, y), width * SCALE / 2 - 0.5, fill=colour)

    def tube(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        """A round bar along a line: dark rim, body, and a thread of light."""
        self.line(points, width, deeper(colour, 0.38))
        self.line(moved(points, -width * 0.05, -width * 0.05), width * 0.78, colour)
        self.line(moved(points, -width * 0.14, -width * 0.16), width * 0.26, lighter(colour, 0.42))

    def lathe(self, x: float, half: Sequence[Point], colour: Colour) -> None:
        """A body of revolution about the vertical at `x`; `half` gives (radius, y) from top to bottom."""
        outline = [(x + radius, y) for radius, y in half] + [(x - radius, y) for radius, y in reversed(half)]
        self.fill(outline, rounded(colour))

    def cylinder(self, x: float, top: float, bottom: float, radius: float, colour: Colour, flat: float = 0.22) -> None:
        """An upright cylinder with its lid seen a little from above; `flat` is the lid's height to its width."""
        self.fill(
            oval(x, bottom, radius, radius * flat, 0, 180) + oval(x, top, radius, radius * flat, 180, 0),
            rounded(colour),
        )
        self.fill(oval(x, top, radius, radius * flat), across(lighter(colour, 0.4), lighter(colour, 0.08)))

    def finished(self) -> Image.Image:
        return self._image.reduce(SAMPLES)


class Isometric:
    """Boxes seen from above, in a corner's view: x runs down right, y down left, z up."""

    def __init__(self, canvas: Canvas, x: float, y: float, scale: float = 1) -> None:
        self._canvas, self._x, self._y, self._scale = canvas, x, y, scale

    def at(self, x: float, y: float, z: float = 0) -> Point:
        s = self._scale
        return self._x + (x - y) * 0.866 * s, self._y + (x + y) * 0.5 * s - z * s

    def box(
        self,
        x: float,
        y: float,
        z: float,
        size: tuple[float, float, float],
        colour: Colour,
        *,
        top: Paint | None = None,
    ) -> None:
        """A box with its far lower corner at (x, y, z); `size` along x, y and z."""
        w, d, h = size
        at, fill = self.at, self._canvas.fill
        left = [at(x, y + d, z), at(x + w, y + d, z), at(x + w, y + d, z + h), at(x, y + d, z + h)]
        right = [at(x + w, y, z), at(x + w, y + d, z), at(x + w, y + d, z + h), at(x + w, y, z + h)]
        fill(left, falling(colour, 0.07))
        fill(right, falling(deeper(colour, 0.24), 0.07))
        self.sheet(x, y, z + h, w, d, top or across(lighter(colour, 0.34), lighter(colour, 0.18)))

    def sheet(self, x: float, y: float, z: float, w: float, d: float, paint: Paint) -> None:
        """A flat rectangle at height z."""
        at = self.at
        self._canvas.fill([at(x, y, z), at(x + w, y, z), at(x + w, y + d, z), at(x, y + d, z)], paint)

    def on_left(self, x: float, y: float, z: float, w: float, h: float, paint: Paint) -> None:
        """A rectangle on the face that looks left: w along x, h up."""
        at = self.at
        self._canvas.fill([at(x, y, z), at(x + w, y, z), at(x + w, y, z + h), at(x, y, z + h)], paint)

    def on_right(self, x: float, y: float, z: float, d: float, h: float, paint: Paint) -> None:
        """A rectangle on the face that looks right: d along y, h up."""
        at = self.at
        self._canvas.fill([at(x, y, z), at(x, y + d, z), at(x, y + d, z + h), at(x, y, z + h)], paint)
