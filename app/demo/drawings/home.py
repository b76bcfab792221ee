"""Ceramics and kitchenware."""

from collections.abc import Callable, Mapping

from app.demo.canvas import (
    COAL,
    STEEL,
    Blend,
    Colour,
    across,
    deeper,
    falling,
    lighter,
    mix,
    oval,
    path,
    rounded,
    slab,
    turned_by,
)
from app.demo.drawings.brush import Brush

CREAM: Colour = (246, 242, 233)
WOOD: Colour = (178, 128, 82)


def mug(b: Brush) -> None:
    glaze = b.body
    c = b.stand((590, 758, 290, 36))
    c.tube(path("M 768 330 C 960 300 974 610 752 622"), 56, glaze)
    c.lathe(560, path("M 226 232 C 226 470 222 640 206 706 C 196 742 160 756 0 756"), glaze)
    style = b.chance.randrange(3)
    if style == 0:
        band = path("M 334 560 C 350 610 770 610 786 560 L 778 676 C 760 730 360 730 342 676 Z")
        c.fill(band, rounded(CREAM))
    elif style == 1:
        for row in range(3):
            for column in range(-3, 4):
                x = 560 + column * 62 * (1 - abs(column) * 0.03) + (row % 2) * 30
                c.fill(oval(x, 390 + row * 92 + 22 - abs(column) * 5, 13 - abs(column) * 1.6, 15), lighter(glaze, 0.62))
    c.fill(oval(560, 232, 226, 50), across(lighter(glaze, 0.45), lighter(glaze, 0.15)))
    c.fill(oval(560, 238, 204, 41), across(deeper(CREAM, 0.18), CREAM))
    c.fill(oval(560, 254, 176, 27), across((88, 56, 38), (122, 82, 54)))


def dinnerware(b: Brush) -> None:
    rim = b.body
    c = b.stand((560, 756, 420, 40), (930, 748, 150, 26))
    for number in range(4):
        y, r = 720 - number * 26, 372 - number * 14
        c.fill(oval(540, y + 12, r * 0.6, 40), deeper(CREAM, 0.3))
        c.fill(oval(540, y, r, 66), across(deeper(rim, 0.15), deeper(rim, 0.32)))
        c.fill(oval(540, y - 8, r, 66), across(lighter(CREAM, 0.4), deeper(CREAM, 0.1)))
        c.fill(oval(540, y - 8, r - 14, 62), across(rim, lighter(rim, 0.2)))
        c.fill(oval(540, y - 7, r - 26, 57), across(deeper(CREAM, 0.04), lighter(CREAM, 0.5)))
        c.fill(oval(540, y - 4, r * 0.68, 38), across(deeper(CREAM, 0.12), lighter(CREAM, 0.4)))
    c.lathe(540, path("M 226 432 C 216 560 150 618 96 628 L 96 640 L 0 640"), rim)
    c.fill(oval(540, 432, 226, 44), across(lighter(rim, 0.4), lighter(rim, 0.2)))
    c.fill(oval(540, 437, 208, 37), across(deeper(CREAM, 0.25), CREAM))
    c.tube(path("M 1020 580 C 1110 566 1112 690 1010 694"), 24, rim)
    c.lathe(930, path("M 108 530 C 108 640 104 700 84 738 L 0 744"), rim)
    c.fill(oval(930, 530, 108, 24), across(lighter(rim, 0.4), lighter(rim, 0.2)))
    c.fill(oval(930, 533, 96, 19), across(deeper(CREAM, 0.25), CREAM))


def tiles(b: Brush) -> None:
    stone = b.usual((206, 200, 190), (150, 156, 160), (222, 214, 200), (118, 128, 136), (188, 150, 118))
    c = b.stand((600, 590, 380, 150))
    iso = b.isometric(600, 330, 1.0)
    for level in range(4):
        shift = b.chance.uniform(-10, 10)
        iso.box(shift, -shift, level * 34, (400, 400, 26), stone)
    top = 3 * 34 + 26
    iso.box(0, 0, top + 8, (400, 400, 24), stone)
    z = top + 32
    if b.chance.random() < 0.5:
        for _ in range(7):
            x, y = b.chance.uniform(0, 330), b.chance.uniform(20, 380)
            vein = [
                iso.at(min(400, x + step * 26), min(396, max(4, y + b.chance.uniform(-22, 22))), z) for step in range(6)
            ]
            c.line(vein, b.chance.choice((1.5, 2.5, 4)), deeper(stone, 0.16))
    else:
        for i in range(4):
            for j in range(4):
                tone = lighter(stone, 0.5) if (i + j) % 2 else deeper(stone, 0.35)
                x, y = i * 100, j * 100
                corners = ((x + 50, y), (x + 100, y + 50), (x + 50, y + 100), (x, y + 50))
                c.fill([iso.at(px, py, z) for px, py in corners], tone)
    c.fill([iso.at(0, 400, z), iso.at(0, 220, z), iso.at(220, 400, z)], (255, 255, 255), 0.12)


def vase(b: Brush) -> None:
    c = b.stand((600, 772, 210, 30))
    for lean, leaf in ((-130, (120, 140, 110)), (20, (96, 124, 100)), (150, (140, 150, 116))):
        stem = path(f"M 600 330 Q {600 + lean * 0.2} 200 {600 + lean} 70")
        c.line(stem, 5, deeper(leaf, 0.3))
        for step in range(4, len(stem), 3):
            x, y = stem[step]
            for side in (-1, 1):
                c.fill(turned_by(oval(x + side * 27, y, 30, 12), side * -38 + lean * 0.15, x, y), falling(leaf))
    shape = b.chance.choice(
        (
            "M 66 290 C 60 340 54 370 84 410 C 190 480 210 620 120 740 Q 112 772 0 776",
            "M 92 290 C 60 360 150 400 172 520 C 180 640 130 720 112 756 Q 100 776 0 778",
        )
    )
    c.lathe(600, path(shape), b.body)
    neck = 66 if "M 66" in shape else 92
    c.fill(oval(600, 290, neck, 15), across(lighter(b.body, 0.4), b.body))
    c.fill(oval(600, 292, neck - 10, 10), deeper(b.body, 0.55))
    for x, y in ((590, 290),):
        c.line([(x + 10, y + 2), (x + 12, y - 30)], 5, (84, 104, 80))


def kettle(b: Brush) -> None:
    body = b.usual(STEEL, (52, 60, 70), (186, 64, 42), (235, 230, 220))
    c = b.stand((590, 772, 300, 34))
    c.tube(path("M 790 300 C 960 280 960 560 800 640"), 52, COAL)
    c.fill(
        path("M 386 420 C 320 380 300 330 268 286 L 336 262 C 362 300 392 320 430 330 Z"),
        across(lighter(body, 0.2), deeper(body, 0.1)),
    )
    c.lathe(590, path("M 138 244 C 190 330 224 520 228 690 L 228 716 L 0 720"), body)
    c.fill(path("M 362 712 L 818 712 L 826 752 Q 826 772 800 772 L 380 772 Q 354 772 354 752 Z"), rounded(COAL))
    c.fill(oval(590, 246, 138, 26), across(lighter(COAL, 0.3), COAL))
    c.lathe(590, path("M 120 236 C 112 206 70 190 26 186 L 0 186 L 0 246 L 120 246"), body)
    c.cylinder(590, 160, 184, 30, COAL, 0.3)
    c.fill(slab(472, 470, 34, 150, 17), deeper(body, 0.3))
    c.fill(slab(477, 540, 24, 74, 12), (148, 190, 214))
    c.fill(slab(690, 742, 50, 16, 8), (220, 120, 60))


def cookware(b: Brush) -> None:
    body = b.usual(STEEL, (58, 64, 74), (156, 60, 44), (70, 110, 100))
    c = b.stand((560, 770, 360, 36), (1000, 762, 140, 20))
    c.tube([(800, 486), (1120, 452)], 34, COAL)
    for x in (286, 834):
        c.tube(
            path(f"M {x} 470 C {x + (-70 if x < 500 else 70)} 450 {x + (-70 if x < 500 else 70)} 540 {x} 530"), 26, COAL
        )
    c.cylinder(560, 430, 742, 280, body, 0.16)
    c.fill(oval(560, 742, 280, 44, 20, 160), deeper(body, 0.3))
    c.fill(oval(560, 430, 292, 50), across(lighter(STEEL, 0.6), deeper(STEEL, 0.1)))
    c.fill(
        path("M 274 424 C 300 330 440 300 560 300 C 680 300 820 330 846 424 C 800 470 320 470 274 424 Z"),
        Blend(
            (
                (0, deeper(STEEL, 0.05)),
                (0.3, lighter(STEEL, 0.7)),
                (0.55, lighter(STEEL, 0.25)),
                (1, deeper(STEEL, 0.2)),
            )
        ),
    )
    b.gleam(path("M 340 404 C 370 346 450 322 520 318 C 440 344 404 372 392 412 Z"), 0.5)
    c.cylinder(560, 244, 302, 34, COAL, 0.26)
    c.cylinder(560, 232, 248, 48, COAL, 0.26)


def knives(b: Brush) -> None:
    grip = b.usual((58, 48, 42), (44, 50, 60), (120, 78, 50))
    c = b.stand((600, 772, 350, 30))
    c.fill(
        path("M 356 470 L 844 430 L 884 772 L 316 772 Z"),
        Blend(((0, lighter(WOOD, 0.2)), (0.7, WOOD), (1, deeper(WOOD, 0.25)))),
    )
    c.fill(path("M 356 470 L 420 402 L 880 366 L 844 430 Z"), across(lighter(WOOD, 0.5), lighter(WOOD, 0.25)))
    c.fill(path("M 844 430 L 880 366 L 930 720 L 884 772 Z"), falling(deeper(WOOD, 0.35)))
    for line in range(6):
        y = 510 + line * 46
        c.line(path(f"M {348 - line * 5} {y} Q 600 {y - 34} {850 + line * 5} {y - 30}"), 2, deeper(WOOD, 0.12))
    for x, y, tall, lean in (
        (430, 436, 190, -10),
        (530, 428, 230, -5),
        (636, 420, 250, 0),
        (742, 410, 210, 6),
        (826, 400, 170, 11),
    ):
        c.fill(turned_by(slab(x - 5, y - 34, 12, 42, 2), lean, x, y), across(lighter(STEEL, 0.5), deeper(STEEL, 0.2)))
        c.fill(turned_by(slab(x - 21, y - tall - 26, 42, tall, 16), lean, x, y), rounded(grip))
        for rivet in (0.25, 0.5, 0.75):
            [(rx, ry)] = turned_by([(x, y - 26 - tall * rivet)], lean, x, y)
            c.fill(oval(rx, ry, 6, 6), lighter(STEEL, 0.5))


def flask(b: Brush) -> None:
    c = b.stand((500, 786, 140, 22), (760, 786, 150, 24))
    second = mix(b.body, b.chance.choice((CREAM, COAL, STEEL)), 0.75)
    for x, top, radius, colour in ((500, 250, 108, b.body), (760, 350, 122, second)):
        c.lathe(
            x,
            path(
                f"M {radius * 0.72} {top} C {radius * 0.8} {top + 40} {radius} {top + 60} {radius} {top + 130} "
                f"L {radius} 756 Q {radius} 784 0 790"
            ),
            colour,
        )
        c.cylinder(x, top - 96, top + 4, radius * 0.72, STEEL if x < 600 else COAL, 0.2)
        c.fill(slab(x - radius * 0.72, top - 14, radius * 1.44, 16, 4), rounded(deeper(STEEL, 0.1)))
        c.fill(slab(x - 4, top + 240, 8, 150, 4), lighter(colour, 0.55))
    c.tube(path("M 690 286 C 690 190 830 190 830 286"), 16, COAL)


DRAWINGS: Mapping[str, Callable[[Brush], None]] = {
    "mugs": mug,
    "dinnerware": dinnerware,
    "tiles": tiles,
    "vases": vase,
    "kettles": kettle,
    "cookware": cookware,
    "knives": knives,
    "vacuum-flasks": flask,
}
