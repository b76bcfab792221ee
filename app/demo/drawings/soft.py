"""Textiles and clothing, and toys."""

import math
from collections.abc import Callable, Mapping

from app.demo.canvas import (
    COAL,
    Blend,
    Colour,
    across,
    deeper,
    falling,
    lighter,
    lying,
    moved,
    oval,
    path,
    slab,
    turned_by,
)
from app.demo.drawings.brush import Brush

LINEN: Colour = (240, 234, 222)
BRICKS: tuple[Colour, ...] = (
    (196, 66, 44),
    (222, 172, 66),
    (52, 112, 160),
    (70, 140, 98),
    (238, 236, 228),
    (216, 122, 52),
)


def t_shirt(b: Brush) -> None:
    cloth = b.body
    c = b.stand((600, 812, 250, 18))
    shape = path(
        "M 480 120 C 540 172 660 172 720 120 C 800 140 880 180 930 220 L 1016 404 L 880 466 L 838 396 "
        "C 832 520 838 680 848 788 C 700 806 500 806 352 788 C 362 680 368 520 362 396 L 320 466 "
        "L 184 404 L 270 220 C 320 180 400 140 480 120 Z"
    )
    c.fill(shape, across(lighter(cloth, 0.2), deeper(cloth, 0.14)))
    for fold in (
        "M 362 396 C 372 340 380 300 372 262 C 396 310 392 380 376 470 Z",
        "M 838 396 C 828 340 820 300 828 262 C 804 310 808 380 824 470 Z",
    ):
        c.fill(path(fold), deeper(cloth, 0.24), 0.8)
    for fold in (
        "M 430 790 C 450 700 470 640 452 560 C 486 640 476 720 462 794 Z",
        "M 700 796 C 716 700 760 640 790 560 C 782 650 750 720 738 794 Z",
        "M 560 500 C 600 520 660 520 700 480 C 670 540 600 546 560 500 Z",
    ):
        c.fill(path(fold), deeper(cloth, 0.2), 0.35)
    c.fill(path("M 480 120 C 540 172 660 172 720 120 L 700 114 C 650 148 550 148 500 114 Z"), deeper(cloth, 0.45))
    c.line(path("M 474 124 C 530 196 670 196 726 124"), 13, lighter(cloth, 0.08))
    c.line(path("M 464 132 C 526 212 674 212 736 132"), 2, deeper(cloth, 0.25))
    for hem in ("M 196 384 L 330 446", "M 1004 384 L 870 446", "M 354 766 C 500 786 700 786 846 766"):
        c.line(path(hem), 2, deeper(cloth, 0.28))


def towels(b: Brush) -> None:
    c = b.stand((600, 776, 400, 30))
    tones = [b.body, lighter(b.body, 0.35), LINEN, lighter(b.body, 0.6)]
    b.chance.shuffle(tones)
    foot = 776.0
    for level, tone in enumerate(tones):
        tall, left, right = 118 - level * 4, 232 + level * 12, 968 - level * 10
        top = foot - tall
        c.fill(slab(left, top, right - left, tall, tall * 0.42), falling(tone, 0.2))
        for fold in range(1, 3):
            y = top + tall * fold / 3
            c.line(
                path(f"M {left + 40} {y} Q {(left + right) / 2} {y + 7} {right - 14} {y - 2}"), 4, deeper(tone, 0.26)
            )
            c.line(
                path(f"M {left + 40} {y + 5} Q {(left + right) / 2} {y + 12} {right - 14} {y + 3}"),
                3,
                lighter(tone, 0.3),
            )
        for band in (0, 16):
            c.fill(slab(right - 170 + band, top + 4, 7, tall - 8, 3), lighter(tone, 0.5), 0.55)
        for dot in range(150):
            x, y = b.chance.uniform(left + 40, right - 30), b.chance.uniform(top + 10, foot - 10)
            c.line([(x, y), (x + 3, y + 3)], 2, lighter(tone, 0.3) if dot % 2 else deeper(tone, 0.1))
        foot = top + 6


def bed_linen(b: Brush) -> None:
    c = b.stand((600, 772, 430, 32))
    tones = (b.body, lighter(b.body, 0.45), LINEN)
    foot = 772.0
    for tone, tall in zip(tones, (128, 104, 88), strict=True):
        top = foot - tall
        c.fill(slab(200, top, 800, tall, 46), falling(tone, 0.18))
        for fold in range(1, 4):
            y = top + tall * fold / 4
            c.line(path(f"M 250 {y} Q 560 {y + 9} 986 {y - 3}"), 3, deeper(tone, 0.18))
        foot = top + 6
    for x, y, tone, lean in ((250, 250, b.body, -4), (530, 262, lighter(b.body, 0.62), 4)):
        pillow = path(
            f"M {x + 10} {y + 10} Q {x + 200} {y - 30} {x + 390} {y + 6} "
            f"Q {x + 416} {y + 110} {x + 396} {y + 206} Q {x + 200} {y + 236} {x + 4} {y + 210} "
            f"Q {x - 20} {y + 110} {x + 10} {y + 10} Z"
        )
        c.fill(turned_by(pillow, lean, x + 200, y + 110), falling(tone, 0.2))
        c.line(
            turned_by(path(f"M {x + 34} {y + 34} Q {x + 200} {y + 4} {x + 366} {y + 30}"), lean, x + 200, y + 110),
            2,
            deeper(tone, 0.18),
        )
        c.line(
            turned_by(path(f"M {x + 30} {y + 186} Q {x + 200} {y + 208} {x + 370} {y + 184}"), lean, x + 200, y + 110),
            2,
            deeper(tone, 0.18),
        )


def fabric(b: Brush) -> None:
    c = b.stand((620, 770, 440, 30))
    tones = (b.body, lighter(b.body, 0.4), b.chance.choice(BRICKS), LINEN, deeper(b.body, 0.3))
    for (x, y), tone in zip(((210, 690), (250, 540), (290, 392)), tones, strict=False):
        c.fill([*oval(x, y, 34, 78, 90, 270), *oval(x + 690, y, 34, 78, 270, 450)], lying(tone))
        for line in range(26):
            c.line(
                [(x + 40 + line * 26, y - 77), (x + 40 + line * 26 + b.chance.uniform(0, 4), y - 30)],
                1,
                lighter(tone, 0.3),
            )
        c.fill(oval(x, y, 34, 78), across(lighter(tone, 0.3), deeper(tone, 0.12)))
        for ring in range(1, 5):
            c.line(oval(x, y, 34 - ring * 6, 78 - ring * 13), 2, deeper(tone, 0.28))
        c.fill(oval(x, y, 9, 18), (150, 116, 80))
    tone = tones[2]
    c.fill(
        path(
            "M 900 330 C 1010 350 1020 470 1010 560 C 1006 640 1040 690 1090 724 L 900 740 C 880 640 900 520 880 470 Z"
        ),
        across(lighter(tone, 0.3), deeper(tone, 0.25)),
    )
    for fold in ("M 940 350 C 980 460 950 600 990 730", "M 970 372 C 1000 480 990 600 1036 728"):
        c.line(path(fold), 4, deeper(tone, 0.28))


def blocks(b: Brush) -> None:
    b.stand((600, 650, 400, 150))
    iso = b.isometric(600, 380, 1.0)

    def brick(x: int, y: int, z: int, w: int, d: int, colour: Colour) -> None:
        unit, tall = 62, 72
        iso.box(x * unit, y * unit, z * tall, (w * unit, d * unit, tall), colour)
        for i in range(w):
            for j in range(d):
                px, py = iso.at((x + i + 0.5) * unit, (y + j + 0.5) * unit, (z + 1) * tall)
                b.canvas.cylinder(px, py - 13, py, 21, colour, 0.56)

    tones = list(BRICKS)
    b.chance.shuffle(tones)
    brick(0, 0, 0, 2, 4, tones[0])
    brick(2, 0, 0, 4, 2, tones[1])
    brick(2, 2, 0, 2, 2, tones[2])
    brick(0, 0, 1, 4, 2, tones[3])
    brick(0, 2, 1, 2, 2, tones[4])
    brick(0, 0, 2, 2, 2, tones[5])
    brick(0, 0, 3, 2, 2, tones[1])
    brick(5, 4, 0, 2, 2, tones[0])


def bear(b: Brush) -> None:
    fur = b.usual((168, 118, 78), (206, 170, 128), (140, 132, 128), (222, 204, 186))
    pale = lighter(fur, 0.5)
    c = b.stand((600, 794, 250, 24))

    def ball(x: float, y: float, rx: float, ry: float, tone: Colour, lean: float = 0) -> None:
        c.fill(
            turned_by(oval(x, y, rx, ry), lean, x, y),
            Blend(((0, lighter(tone, 0.26)), (0.5, tone), (1, deeper(tone, 0.26)))),
        )
        for _ in range(int(rx * ry / 90)):
            angle, reach = b.chance.uniform(0, 2 * math.pi), math.sqrt(b.chance.uniform(0, 1))
            [(px, py)] = turned_by([(x + rx * reach * math.cos(angle), y + ry * reach * math.sin(angle))], lean, x, y)
            c.line([(px, py), (px + 2, py + 6)], 2, lighter(tone, 0.16) if angle > 2.6 else deeper(tone, 0.1))

    for x in (470, 730):
        ball(x, 166, 62, 62, fur)
        c.fill(oval(x, 172, 36, 36), deeper(pale, 0.12))
    for x, lean in ((416, 38), (784, -38)):
        ball(x, 520, 62, 128, fur, lean)
    ball(600, 580, 190, 200, fur)
    c.fill(oval(600, 610, 118, 138), Blend(((0, lighter(pale, 0.3)), (1, deeper(pale, 0.08)))))
    for x, lean in ((452, 20), (748, -20)):
        ball(x, 724, 96, 76, fur, lean)
        c.fill(oval(x, 724, 56, 46), deeper(pale, 0.06))
    ball(600, 274, 182, 162, fur)
    c.fill(oval(600, 330, 86, 68), Blend(((0, lighter(pale, 0.35)), (1, deeper(pale, 0.06)))))
    c.fill(path("M 566 302 Q 600 288 634 302 Q 630 332 600 340 Q 570 332 566 302 Z"), COAL)
    c.line(path("M 600 340 L 600 358 Q 574 382 556 362 M 600 358 Q 626 382 644 362"), 5, COAL)
    for x in (530, 670):
        c.fill(oval(x, 258, 17, 19), (32, 30, 34))
        c.fill(oval(x - 5, 251, 5, 5), (250, 250, 250))
    c.fill(path("M 500 428 Q 600 470 700 428 L 706 462 Q 600 506 494 462 Z"), falling(b.body))
    c.fill(path("M 560 452 L 606 462 L 590 570 L 540 560 Z"), falling(deeper(b.body, 0.1)))


def puzzle(b: Brush) -> None:
    tones = list(BRICKS)
    b.chance.shuffle(tones)
    c = b.stand((600, 480, 380, 300))
    size = 178

    def piece(x: float, y: float, sides: tuple[int, int, int, int], tone: Colour, lean: float = 0) -> None:
        corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
        outline = []
        for side, (start, end) in enumerate(zip(corners, corners[1:] + corners[:1], strict=True)):
            outline += [start]
            if sides[side]:
                mx, my = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
                ox, oy = ((0, -1), (1, 0), (0, 1), (-1, 0))[side]
                bump = sides[side] * 26
                away = math.degrees(math.atan2(oy * sides[side], ox * sides[side]))
                turn = 1 if sides[side] > 0 else -1
                outline += oval(mx + ox * bump, my + oy * bump, 31, 31, away - turn * 125, away + turn * 125)
        outline = turned_by(outline, lean, x + size / 2, y + size / 2)
        c.fill(moved(outline, 5, 9), deeper(tone, 0.45))
        c.fill(outline, across(lighter(tone, 0.22), deeper(tone, 0.06)))

    places = [(column, row) for row in range(3) for column in range(4) if (column, row) != (3, 2)]
    for column, row in places:
        tone = tones[(column * 2 + row) % len(tones)]
        sides = (
            0 if row == 0 else (1 if (row + column) % 2 else -1),
            0 if column == 3 else (1 if (row + column) % 2 == 0 else -1),
            0 if row == 2 else (1 if (row + column) % 2 else -1),
            0 if column == 0 else (1 if (row + column) % 2 == 0 else -1),
        )
        piece(210 + column * size, 160 + row * size, sides, tone)
    piece(850, 590, (1, 0, 0, -1), tones[0], 18)


DRAWINGS: Mapping[str, Callable[[Brush], None]] = {
    "t-shirts": t_shirt,
    "towels": towels,
    "bed-linen": bed_linen,
    "fabrics": fabric,
    "building-blocks": blocks,
    "plush-toys": bear,
    "puzzles": puzzle,
}
