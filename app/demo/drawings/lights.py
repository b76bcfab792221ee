"""Lighting."""

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

from app.demo.canvas import COAL, GLOW, STEEL, WHITE, Blend, Colour, deeper, falling, lighter, moved, oval, path, slab
from app.demo.drawings.brush import Brush

TINTS: tuple[Colour, ...] = (GLOW, (255, 244, 222), (224, 240, 255))


def bulb(b: Brush) -> None:
    glow = b.chance.choice(TINTS)
    c = b.stand((600, 768, 190, 26), halos=[(600, 330, 300, glow)])
    glass = path("M 0 118 C 120 118 212 214 212 330 C 212 424 150 470 132 540 L 0 540 Z")
    c.lathe(600, glass, lighter(glow, 0.35))
    b.gleam(path("M 446 330 C 446 246 492 186 552 164 C 506 214 486 262 484 332 Q 466 352 446 330 Z"), 0.55)
    c.lathe(
        600, path("M 132 536 L 132 566 C 124 612 108 634 92 654 L 0 654 Z"), b.usual((236, 236, 232), (206, 212, 216))
    )
    for level in range(4):
        c.fill(
            slab(600 - 84, 652 + level * 22, 168, 26, 12),
            Blend(((0, deeper(STEEL, 0.4)), (0.3, lighter(STEEL, 0.6)), (0.6, STEEL), (1, deeper(STEEL, 0.5)))),
        )
    c.fill(path("M 530 738 L 670 738 C 656 764 632 772 600 772 C 568 772 544 764 530 738 Z"), COAL)


def strip(b: Brush) -> None:
    glow = b.chance.choice((*TINTS, (255, 120, 110), (120, 200, 255)))
    c = b.stand((600, 500, 330, 150), (860, 706, 220, 22))
    turns = 3.4
    spiral = []
    for step in range(341):
        angle, radius = step / 340 * turns * 2 * math.pi, 120 + 62 * step / 340 * turns
        spiral.append((560 + radius * math.cos(angle), 440 + 0.52 * radius * math.sin(angle)))
    spiral += [(x, y) for x, y in path(f"M {spiral[-1][0]} {spiral[-1][1]} Q 640 700 860 690 Q 960 684 1060 640")][1:]
    c.line(moved(spiral, 0, 16), 42, (206, 204, 198))
    c.line(moved(spiral, 0, 10), 42, (226, 224, 218))
    c.line(spiral, 42, (250, 249, 245))
    passed = 0.0
    for (ax, ay), (bx, by) in pairwise(spiral):
        passed += math.hypot(bx - ax, by - ay)
        if passed > 36:
            passed = 0.0
            c.fill(oval(bx, by, 26, 17), glow, 0.35)
            c.fill(slab(bx - 12, by - 7, 24, 14, 4), lighter(glow, 0.35))
            c.fill(slab(bx - 7, by - 4, 14, 8, 3), lighter(glow, 0.75))
    c.fill(slab(1036, 612, 72, 46, 10), falling(COAL))
    c.line([(1100, 634), (1180, 612)], 7, COAL)
    c.line([(1100, 644), (1186, 636)], 7, (170, 58, 44))


def floodlight(b: Brush) -> None:
    shell = b.usual(COAL, (78, 88, 100))
    glow = b.chance.choice(TINTS)
    c = b.stand((600, 786, 330, 30), halos=[(600, 420, 420, glow)])
    c.tube(path("M 300 420 L 300 700 Q 300 770 370 770 L 830 770 Q 900 770 900 700 L 900 420"), 34, STEEL)
    for number in range(13):
        c.fill(slab(320 + number * 44, 156, 22, 60, 6), falling(deeper(shell, 0.2)))
    c.fill(slab(276, 196, 648, 480, 36), falling(shell))
    c.fill(slab(318, 236, 564, 400, 18), deeper(shell, 0.5))
    for row in range(5):
        for column in range(8):
            x, y = 336 + column * 67, 254 + row * 75
            c.fill(slab(x, y, 58, 64, 10), Blend(((0, lighter(glow, 0.1)), (0.5, lighter(glow, 0.7)), (1, glow)), True))
            c.fill(oval(x + 29, y + 32, 12, 12), (255, 255, 250))
    b.gleam([(318, 236), (560, 236), (400, 636), (318, 636)], 0.13)
    for x in (300, 900):
        c.fill(oval(x, 432, 36, 36), deeper(shell, 0.3))
        c.fill(oval(x - 3, 429, 24, 24), falling(lighter(shell, 0.2)))


def solar_light(b: Brush) -> None:
    post = b.usual(COAL, (70, 76, 82), (110, 88, 66))
    c = b.stand((440, 776, 150, 20), (800, 796, 190, 24), halos=[(440, 402, 170, GLOW), (800, 328, 210, GLOW)])
    for x, foot, size in ((440, 776, 0.8), (800, 796, 1.0)):
        top = foot - 560 * size
        c.cylinder(x, top + 150 * size, foot - 8, 34 * size, post, 0.2)
        c.fill(oval(x, foot - 6, 70 * size, 16 * size), falling(deeper(post, 0.15)))
        c.cylinder(x, top + 40 * size, top + 146 * size, 92 * size, lighter(GLOW, 0.45), 0.2)
        for offset in (-62, -22, 22, 62):
            c.fill(slab(x + offset * size - 4, top + 44 * size, 8 * size, 116 * size, 3), deeper(post, 0.05))
        c.cylinder(x, top + 146 * size, top + 164 * size, 98 * size, post, 0.2)
        c.cylinder(x, top + 2 * size, top + 40 * size, 112 * size, post, 0.2)
        c.fill(oval(x, top, 86 * size, 16 * size), Blend(((0, (70, 104, 160)), (1, (24, 40, 82)))))
        for offset in (-44, 0, 44):
            c.line([(x + offset * size, top - 13 * size), (x + offset * size, top + 13 * size)], 1.6, (128, 152, 190))


def table_lamp(b: Brush) -> None:
    c = b.stand((560, 782, 230, 26))
    c.fill(path("M 706 372 L 1010 372 L 1130 776 L 640 776 Z"), Blend(((0, (255, 236, 186)), (1, b.paper)), True), 0.55)
    c.cylinder(540, 752, 772, 190, b.body, 0.16)
    c.tube([(540, 742), (430, 470)], 26, STEEL)
    c.tube([(430, 470), (730, 250)], 26, STEEL)
    for x, y in ((430, 470), (540, 742)):
        c.fill(oval(x, y, 30, 30), falling(deeper(b.body, 0.2)))
        c.fill(oval(x - 4, y - 4, 13, 13), lighter(STEEL, 0.5))
    c.fill(
        path("M 776 196 C 730 196 700 226 700 262 C 690 300 684 340 668 384 L 1044 384 C 1000 280 900 196 776 196 Z"),
        Blend(((0, deeper(b.body, 0.1)), (0.35, lighter(b.body, 0.35)), (0.6, b.body), (1, deeper(b.body, 0.35)))),
    )
    c.fill(oval(856, 384, 188, 28), Blend(((0, GLOW), (0.5, WHITE), (1, GLOW))))
    c.fill(oval(728, 226, 34, 34), falling(deeper(b.body, 0.25)))


DRAWINGS: Mapping[str, Callable[[Brush], None]] = {
    "led-bulbs": bulb,
    "led-strips": strip,
    "floodlights": floodlight,
    "solar-lights": solar_light,
    "table-lamps": table_lamp,
}
