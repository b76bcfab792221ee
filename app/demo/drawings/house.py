"""Furniture."""

from collections.abc import Callable, Mapping

from app.demo.canvas import (
    COAL,
    STEEL,
    Canvas,
    Colour,
    across,
    deeper,
    falling,
    lighter,
    oval,
    path,
    rounded,
    slab,
)
from app.demo.drawings.brush import Brush

OAK: Colour = (198, 154, 106)


def office_chair(b: Brush) -> None:
    c = b.stand((600, 796, 240, 22))
    for x, y in ((430, 770), (520, 790), (690, 790), (776, 768), (606, 742)):
        c.tube([(600, 700), (x, y - 26)], 20, COAL)
        c.fill(oval(x, y - 4, 21, 21), falling(deeper(COAL, 0.2)))
        c.fill(oval(x, y - 4, 8, 8), STEEL)
    c.cylinder(600, 560, 706, 20, STEEL, 0.2)
    c.cylinder(600, 640, 712, 30, COAL, 0.2)
    c.tube(path("M 640 560 C 780 560 786 440 772 330"), 24, COAL)
    c.fill(
        path(
            "M 470 120 Q 474 84 520 82 L 712 82 Q 756 84 760 120 C 786 240 780 360 752 448 "
            "Q 740 470 700 470 L 530 470 Q 492 470 480 448 C 452 360 446 240 470 120 Z"
        ),
        deeper(COAL, 0.1),
    )
    c.fill(
        path(
            "M 488 128 Q 492 102 528 100 L 702 100 Q 738 102 742 128 C 764 240 758 352 734 436 "
            "Q 724 450 696 450 L 536 450 Q 508 450 498 436 C 472 352 466 240 488 128 Z"
        ),
        across(lighter(b.body, 0.24), deeper(b.body, 0.22)),
    )
    for line in range(11):
        y = 132 + line * 29
        c.line(path(f"M {484 - line * 1} {y} Q 616 {y + 16} {746 + line * 1} {y}"), 2, deeper(b.body, 0.14))
    c.fill(
        path("M 486 330 C 560 350 670 350 746 330 L 742 384 C 670 404 560 404 492 384 Z"), falling(deeper(b.body, 0.2))
    )
    for x in (398, 796):
        c.tube([(x, 420), (x, 540)], 18, COAL)
        c.fill(slab(x - 62, 396, 124, 30, 15), falling(COAL))
    c.fill(
        path(
            "M 412 500 Q 416 470 460 468 L 740 468 Q 786 470 790 500 L 806 540 Q 806 580 760 582 L 440 582 "
            "Q 394 580 394 540 Z"
        ),
        falling(b.body, 0.2),
    )
    c.fill(path("M 394 540 Q 600 566 806 540 Q 806 580 760 582 L 440 582 Q 394 580 394 540 Z"), deeper(b.body, 0.3))


def table(b: Brush) -> None:
    wood = b.usual(OAK, (146, 102, 70), (214, 180, 138), (232, 228, 220))
    b.stand((600, 640, 390, 150))
    iso = b.isometric(584, 180, 1.0)
    leg = b.chance.choice((COAL, lighter(STEEL, 0.2), deeper(wood, 0.1)))
    for x, y in ((16.0, 16.0), (424.0, 16.0), (16.0, 304.0), (424.0, 304.0)):
        iso.box(x, y, -300, (26, 26, 300), leg)
        if (x, y) == (424, 16):
            iso.box(30, 28, -30, (400, 290, 30), deeper(leg, 0.2))
    iso.box(0, 0, 0, (470, 350, 26), wood)
    for line in range(9):
        grain = 20 + line * 38 + b.chance.uniform(-8, 8)
        middle = iso.at(200, grain + b.chance.uniform(-8, 8), 26)
        b.canvas.line([iso.at(4, grain, 26), middle, iso.at(466, grain, 26)], 1.6, deeper(lighter(wood, 0.25), 0.1))
    iso.box(300, 60, 26, (96, 70, 16), b.body)
    iso.box(306, 66, 42, (84, 60, 12), lighter(b.body, 0.6))


def _cushion(c: Canvas, x: float, y: float, w: float, h: float, colour: Colour) -> None:
    c.fill(
        path(
            f"M {x + 26} {y} Q {x + w / 2} {y - 14} {x + w - 26} {y} Q {x + w + 6} {y + 4} {x + w} {y + 34} "
            f"L {x + w} {y + h - 20} Q {x + w} {y + h} {x + w - 30} {y + h} L {x + 30} {y + h} "
            f"Q {x} {y + h} {x} {y + h - 20} L {x} {y + 34} Q {x - 6} {y + 4} {x + 26} {y} Z"
        ),
        falling(colour, 0.18),
    )


def sofa(b: Brush) -> None:
    fabric = b.body
    c = b.stand((600, 760, 470, 30))
    for x in (210, 330, 870, 990):
        c.fill(path(f"M {x - 14} 690 L {x + 14} 690 L {x + 8} 768 L {x - 8} 768 Z"), rounded(OAK))
    c.fill(slab(170, 300, 860, 400, 60), falling(deeper(fabric, 0.22)))
    for number in range(2):
        _cushion(c, 236 + number * 366, 316, 358, 260, fabric)
    c.fill(slab(190, 640, 820, 66, 22), falling(deeper(fabric, 0.2)))
    for number in range(2):
        _cushion(c, 232 + number * 370, 530, 366, 120, lighter(fabric, 0.1))
    for x in (126, 964):
        c.fill(slab(x, 420, 110, 286, 50), across(lighter(fabric, 0.22), deeper(fabric, 0.24)))
        c.fill(slab(x + 8, 424, 94, 60, 30), falling(lighter(fabric, 0.16)))
    accent = b.chance.choice(((222, 172, 66), (186, 64, 42), (230, 226, 216), (96, 130, 120)))
    _cushion(c, 262, 400, 176, 160, accent)
    for line in range(1, 5):
        c.line([(264 + line * 35, 412), (264 + line * 35, 552)], 2, deeper(accent, 0.16))


def garden_set(b: Brush) -> None:
    wood = b.usual(OAK, (150, 110, 78), (120, 126, 130))
    c = b.stand((430, 776, 300, 24), (920, 780, 190, 20))
    for x in (250, 560):
        c.tube([(x, 470), (x - 20, 770)], 22, wood)
        c.tube([(x + 90, 520), (x + 110, 770)], 22, wood)
    c.fill(
        path("M 250 150 Q 256 120 290 120 L 560 120 Q 592 120 598 150 L 640 540 L 214 540 Z"),
        falling(deeper(wood, 0.12)),
    )
    for slat in range(6):
        left, right = 272 + slat * 54, 260 + slat * 62
        c.fill([(left, 136), (left + 44, 136), (right + 40, 530), (right - 14, 530)], across(lighter(wood, 0.25), wood))
    c.fill(
        path(
            "M 244 470 L 616 470 Q 650 480 656 530 L 660 566 Q 656 590 620 590 L 232 590 Q 200 588 202 560 "
            "L 208 520 Q 214 476 244 470 Z"
        ),
        falling(lighter(b.body, 0.12), 0.2),
    )
    c.fill(
        path("M 203 540 Q 430 566 659 540 L 660 566 Q 656 590 620 590 L 232 590 Q 200 588 202 560 Z"),
        deeper(b.body, 0.22),
    )
    for x in (150, 640):
        c.fill(slab(x, 420, 76, 30, 13), falling(lighter(wood, 0.15)))
        c.tube([(x + 38, 450), (x + 38, 620)], 20, wood)
    for x in (830, 920, 1010):
        c.tube([(920, 590), (x, 776)], 18, wood)
    c.cylinder(920, 566, 590, 150, wood, 0.2)
    c.cylinder(900, 480, 556, 34, (226, 236, 236), 0.24)
    c.fill(oval(900, 500, 31, 8), (236, 178, 86))


def shelving(b: Brush) -> None:
    frame = b.usual(COAL, (84, 94, 106), (196, 200, 204))
    c = b.stand((600, 740, 330, 80))
    iso = b.isometric(566, 560, 1.0)
    goods = (b.body, OAK, (222, 172, 66), (62, 122, 92), (206, 200, 190))
    for x, y in ((0, 0), (380, 0), (0, 150)):
        iso.box(x, y, 0, (16, 16, 480), frame)
    for level in range(4):
        z = 40 + level * 140
        iso.box(0, 0, z, (396, 166, 14), OAK)
        place = 26.0
        while level < 3 and place < 300:
            w, h = b.chance.uniform(60, 100), b.chance.uniform(50, 98)
            iso.box(place, 34, z + 14, (w, 96, h), b.chance.choice(goods))
            place += w + b.chance.uniform(12, 40)
    iso.box(380, 150, 0, (16, 16, 480), frame)
    c.line([iso.at(396, 8, 60), iso.at(396, 158, 180)], 3, deeper(frame, 0.2))


DRAWINGS: Mapping[str, Callable[[Brush], None]] = {
    "office-chairs": office_chair,
    "tables": table,
    "sofas": sofa,
    "garden-furniture": garden_set,
    "shelving": shelving,
}
