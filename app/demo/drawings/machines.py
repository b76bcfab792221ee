"""Bicycles, solar equipment, hardware and tools."""

import math
from collections.abc import Callable, Mapping

from app.demo.canvas import (
    COAL,
    STEEL,
    Canvas,
    Colour,
    Point,
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

CELL: Colour = (34, 54, 104)
BRASS: Colour = (200, 160, 84)


def _wheel(c: Canvas, x: float, y: float, r: float) -> None:
    c.line(oval(x, y, r, r), 22, COAL)
    c.line(oval(x, y, r - 1, r - 1), 5, lighter(COAL, 0.25))
    c.line(oval(x, y, r - 18, r - 18), 7, STEEL)
    for spoke in range(18):
        angle, lean = spoke * math.pi / 9, 0.16 if spoke % 2 else -0.16
        rim = (x + (r - 20) * math.cos(angle), y + (r - 20) * math.sin(angle))
        c.line(
            [(x + 14 * math.cos(angle + lean * 5), y + 14 * math.sin(angle + lean * 5)), rim], 1.5, deeper(STEEL, 0.1)
        )
    c.fill(oval(x, y, 20, 20), falling(STEEL))


def _bicycle(b: Brush, *, motor: bool) -> None:
    frame = b.body
    c = b.stand((350, 786, 210, 16), (870, 786, 210, 16))
    rear, front, crank, seat, head = (346.0, 584.0), (876.0, 584.0), (566.0, 596.0), (492.0, 318.0), (780.0, 296.0)
    for x, y in (rear, front):
        _wheel(c, x, y, 190)
    c.line([(rear[0], rear[1] - 34), (crank[0], crank[1] - 52)], 5, COAL)
    c.line([(rear[0], rear[1] + 34), (crank[0], crank[1] + 52)], 5, COAL)
    c.tube([crank, (rear[0], rear[1])], 18, frame)
    c.tube([(seat[0] + 6, seat[1] + 22), rear], 16, frame)
    c.tube([(head[0], head[1] - 34), (head[0] + 28, head[1] + 80), front], 20, deeper(frame, 0.1))
    c.tube([crank, (head[0] + 12, head[1] + 44)], 50 if motor else 28, frame)
    c.tube([(seat[0] + 8, seat[1] + 30), (head[0], head[1] + 6)], 24, frame)
    c.tube([(seat[0] - 12, seat[1] - 66), seat], 14, STEEL)
    c.tube([seat, crank], 24, frame)
    if motor:
        c.line([(604, 540), (746, 386)], 34, COAL)
        c.line([(616, 520), (650, 484)], 6, (110, 190, 140))
        c.fill(oval(*rear, 44, 44), falling(COAL))
    c.fill(
        path(
            "M 402 250 C 400 226 440 222 500 232 C 540 236 572 240 572 250 C 560 266 500 262 470 276 "
            "C 430 282 404 276 402 250 Z"
        ),
        falling(COAL),
    )
    c.tube(path("M 762 240 C 770 210 830 200 868 214 C 906 232 890 276 850 284"), 16, COAL)
    c.tube([(770, 262), (766, 236)], 18, STEEL)
    c.line(oval(*crank, 54, 54), 9, COAL)
    c.fill(oval(*crank, 40, 40), falling(STEEL))
    for arm in (0, 180):
        foot = turned_by([(crank[0] + 112, crank[1])], 62 + arm, *crank)[0]
        c.tube([crank, foot], 14, STEEL)
        c.fill(slab(foot[0] - 38, foot[1] - 9, 76, 18, 7), COAL)


def bicycle(b: Brush) -> None:
    _bicycle(b, motor=False)


def e_bike(b: Brush) -> None:
    _bicycle(b, motor=True)


def _gear(x: float, y: float, outer: float, teeth: int) -> list[Point]:
    points = []
    for step in range(teeth * 4):
        radius = outer if step % 4 in (1, 2) else outer * 0.93
        angle = step / (teeth * 4) * 2 * math.pi
        points.append((x + radius * math.cos(angle), y + radius * math.sin(angle)))
    return points


def bicycle_part(b: Brush) -> None:
    metal = b.usual(STEEL, COAL)
    c = b.stand((560, 780, 300, 24))
    c.fill(moved(_gear(560, 440, 300, 36), 8, 12), deeper(metal, 0.5))
    c.fill(_gear(560, 440, 300, 36), across(lighter(metal, 0.45), deeper(metal, 0.25)))
    c.fill(oval(560, 440, 246, 246), b.paper)
    for arm in range(5):
        angle = arm * 72 - 90
        c.fill(
            turned_by(path("M 522 400 L 540 168 L 580 168 L 598 400 Z"), angle + 90, 560, 440),
            across(lighter(metal, 0.3), deeper(metal, 0.1)),
        )
        [(x, y)] = turned_by([(560, 186)], angle + 90, 560, 440)
        c.fill(oval(x, y, 24, 24), falling(lighter(metal, 0.2)))
        c.fill(oval(x, y, 11, 11), b.body)
    c.fill(oval(560, 440, 118, 118), falling(metal))
    c.fill(turned_by(slab(528, 410, 64, 380, 32), -52, 560, 440), across(lighter(metal, 0.4), deeper(metal, 0.2)))
    c.fill(oval(560, 440, 62, 62), falling(deeper(metal, 0.2)))
    c.fill(oval(560, 440, 34, 34), b.body)
    [(x, y)] = turned_by([(560, 752)], -52, 560, 440)
    c.fill(slab(x - 80, y - 26, 160, 52, 14), falling(COAL))


def solar_panel(b: Brush) -> None:
    c = b.stand((600, 774, 430, 30))
    for left, right in ((250, 420), (800, 950)):
        c.tube([(left + 60, 300), (right + 50, 770)], 16, deeper(STEEL, 0.2))
    a, d, e, f = (220.0, 170.0), (900.0, 120.0), (1030.0, 700.0), (170.0, 772.0)

    def spot(u: float, v: float) -> Point:
        top = (a[0] + (d[0] - a[0]) * u, a[1] + (d[1] - a[1]) * u)
        low = (f[0] + (e[0] - f[0]) * u, f[1] + (e[1] - f[1]) * u)
        return top[0] + (low[0] - top[0]) * v, top[1] + (low[1] - top[1]) * v

    def patch(u0: float, v0: float, u1: float, v1: float) -> list[Point]:
        return [spot(u0, v0), spot(u1, v0), spot(u1, v1), spot(u0, v1)]

    c.fill(moved([a, d, e, f], 14, 14), deeper(STEEL, 0.45))
    c.fill([a, d, e, f], across(lighter(STEEL, 0.5), STEEL))
    c.fill(patch(0.018, 0.02, 0.982, 0.98), (226, 230, 234) if b.chance.random() < 0.4 else (24, 32, 52))
    cell = b.chance.choice((CELL, (24, 34, 66), (30, 44, 84)))
    for row in range(8):
        for column in range(6):
            u, v = 0.025 + column * 0.1585, 0.03 + row * 0.1177
            tone = lighter(cell, max(0.0, 0.26 - 0.02 * (row + column)))
            c.fill(patch(u, v, u + 0.152, v + 0.112), across(lighter(tone, 0.1), tone))
            for bar in (0.25, 0.5, 0.75):
                c.line([spot(u + 0.152 * bar, v), spot(u + 0.152 * bar, v + 0.112)], 1, lighter(cell, 0.4))
    c.fill([spot(0.02, 0.02), spot(0.42, 0.02), spot(0.12, 0.98), spot(0.02, 0.98)], (255, 255, 255), 0.1)


def inverter(b: Brush) -> None:
    shell = b.usual((232, 232, 228), (214, 218, 222), (60, 70, 84))
    c = b.stand((600, 792, 270, 22))
    for number in range(9):
        c.fill(slab(372 + number * 52, 120, 26, 60, 6), falling(STEEL))
    c.fill(slab(336, 150, 528, 560, 34), across(lighter(shell, 0.3), deeper(shell, 0.14)))
    c.fill(slab(336, 560, 528, 150, 34), across(lighter(b.body, 0.15), deeper(b.body, 0.2)))
    c.fill(slab(336, 560, 528, 60, 0.1), across(lighter(b.body, 0.15), deeper(b.body, 0.2)))
    c.fill(slab(470, 230, 260, 170, 16), falling(COAL))
    c.fill(slab(484, 244, 232, 142, 8), across((120, 196, 190), (88, 158, 162)))
    graph = [(496 + step * 26, 360 - 74 * math.exp(-((step - 4) ** 2) / 7)) for step in range(9)]
    c.fill([(496, 372), *graph, (704, 372)], (36, 88, 96), 0.5)
    c.line(graph, 4, (20, 62, 70))
    for number, colour in enumerate(((96, 190, 120), (222, 172, 66), (200, 90, 70))):
        c.fill(oval(540 + number * 60, 460, 11, 11), colour)
    for number in range(5):
        c.cylinder(420 + number * 90, 706, 752, 20, COAL, 0.2)
        c.line([(420 + number * 90, 756), (420 + number * 90, 790)], 11, COAL)


def storage_battery(b: Brush) -> None:
    b.stand((610, 640, 300, 110))
    iso = b.isometric(562, 492, 0.98)
    shell = b.usual((228, 228, 224), (206, 212, 218))
    for level in range(3):
        z = level * 148
        iso.box(0, 0, z, (340, 250, 140), shell)
        iso.on_left(24, 250, z + 20, 292, 100, falling(lighter(shell, 0.4), 0.05))
        for bar in range(5):
            lit = bar < 5 - level
            iso.on_left(46 + bar * 26, 250, z + 52, 18, 36, (88, 170, 120) if lit else deeper(shell, 0.15))
        iso.on_left(222, 250, z + 44, 70, 50, deeper(b.body, 0.1))
    iso.box(0, 0, 444, (340, 250, 18), b.body)


def mounting(b: Brush) -> None:
    c = b.stand((610, 640, 330, 110))
    iso = b.isometric(600, 400, 1.0)
    metal = b.usual(STEEL, lighter(STEEL, 0.2))
    for x in (40, 330):
        iso.box(x, 20, 0, (24, 24, 250), metal)
        iso.box(x, 400, 0, (24, 24, 90), metal)
        iso.box(x - 16, 4, 0, (56, 56, 10), deeper(metal, 0.15))
        iso.box(x - 16, 384, 0, (56, 56, 10), deeper(metal, 0.15))
        c.tube([iso.at(x + 12, -20, 268), iso.at(x + 12, 450, 92)], 22, metal)
    for y, z in ((40, 262), (160, 217), (280, 172), (400, 126)):
        c.tube([iso.at(-40, y, z), iso.at(430, y, z)], 24, lighter(metal, 0.15))
        for x in (52, 342):
            spot = iso.at(x, y, z + 6)
            c.fill(oval(*spot, 15, 12), falling(b.body))


def drill(b: Brush) -> None:
    c = b.stand((560, 786, 250, 24))
    c.tube([(930, 284), (1080, 284)], 18, STEEL)
    for ring in range(5):
        c.line([(966 + ring * 24, 276), (976 + ring * 24, 292)], 4, deeper(STEEL, 0.45))
    c.fill(path("M 800 226 L 900 246 Q 936 256 936 284 Q 936 312 900 322 L 800 342 Z"), lying(COAL))
    c.fill(
        path("M 296 196 Q 260 200 256 284 Q 258 366 300 374 L 760 366 Q 800 360 806 330 L 806 236 Q 800 206 760 202 Z"),
        lying(b.body),
    )
    c.fill(
        path("M 640 204 L 760 204 Q 804 208 806 236 L 806 330 Q 800 360 760 364 L 640 366 Z"), lying(deeper(COAL, 0.1))
    )
    c.fill(
        path("M 380 360 L 580 360 C 560 440 540 540 546 632 L 352 648 C 372 560 388 460 380 360 Z"),
        across(lighter(b.body, 0.2), deeper(b.body, 0.28)),
    )
    c.fill(
        path("M 404 392 L 470 386 C 456 470 446 560 446 630 L 376 636 C 394 560 410 470 404 392 Z"),
        across(lighter(COAL, 0.15), COAL),
    )
    c.fill(path("M 580 372 C 620 376 634 420 612 456 C 600 470 570 466 562 452 Z"), falling((176, 60, 44)))
    c.fill(
        path(
            "M 300 640 L 602 616 Q 626 616 630 640 L 636 744 Q 636 776 606 778 L 312 782 Q 284 780 284 752 "
            "L 282 664 Q 284 644 300 640 Z"
        ),
        falling(COAL),
    )
    c.fill(slab(318, 700, 284, 40, 8), falling(b.body))
    for vent in range(5):
        c.line([(330 + vent * 22, 256), (318 + vent * 22, 312)], 8, deeper(b.body, 0.45))


def hand_tools(b: Brush) -> None:
    c = b.stand((600, 470, 430, 300))
    c.fill(slab(190, 150, 820, 600, 40), falling(COAL, 0.08))
    c.fill(slab(214, 174, 772, 552, 24), falling(lighter(COAL, 0.12), 0.06))
    for number in range(6):
        size, x = 1 - number * 0.09, 300 + number * 118
        tall, y = 440 * size, 230
        c.fill(slab(x - 40, y - 22, 80, tall + 60, 36), deeper(COAL, 0.25))
        c.fill(slab(x - 14 * size, y + 50, 28 * size, tall - 90, 10), across(lighter(STEEL, 0.55), deeper(STEEL, 0.12)))
        jaw = path("M 0 64 C -38 52 -46 10 -30 -16 L -12 6 L -12 26 L 12 26 L 12 6 L 30 -16 C 46 10 38 52 0 64 Z")
        c.fill([(x + px * size, y + 8 + py * size) for px, py in jaw], across(lighter(STEEL, 0.6), deeper(STEEL, 0.15)))
        ring = y + tall - 10
        c.fill(oval(x, ring, 36 * size, 36 * size), across(lighter(STEEL, 0.6), deeper(STEEL, 0.15)))
        c.fill(oval(x, ring, 20 * size, 20 * size), deeper(COAL, 0.25))
        c.fill(slab(x - 6 * size, y + 150 * size, 12 * size, 120 * size, 6), b.body)


def _bolt(c: Canvas, x: float, foot: float, size: float, metal: Colour) -> None:
    half = [(44.0, foot - 380 * size), (44.0, foot - 12), (30.0, foot), (0.0, foot)]
    c.lathe(x, [(radius * size, y) for radius, y in half], metal)
    for ring in range(15):
        y = foot - 300 * size + ring * 20 * size
        c.line([(x - 46 * size, y), (x + 46 * size, y - 10 * size)], 5 * size, deeper(metal, 0.32))

    def head(*corners: Point) -> list[Point]:
        return [(x + px * size, foot + (py - 440) * size) for px, py in corners]

    c.fill(head((-100, 0), (-100, 70), (-44, 92), (-44, 22)), deeper(metal, 0.28))
    c.fill(head((-44, 22), (-44, 92), (56, 92), (56, 22)), across(lighter(metal, 0.4), metal))
    c.fill(head((56, 22), (56, 92), (100, 66), (100, 0)), deeper(metal, 0.38))
    top = head((-100, 0), (-44, 22), (56, 22), (100, 0), (44, -20), (-56, -20))
    c.fill(top, across(lighter(metal, 0.6), lighter(metal, 0.3)))


def _nut(c: Canvas, x: float, y: float, r: float, metal: Colour) -> None:
    angles = [math.radians(corner * 60 + 10) for corner in range(6)]
    hexagon = [(x + r * math.cos(angle), y + r * 0.62 * math.sin(angle)) for angle in angles]
    c.fill(moved(hexagon, 0, r * 0.5), deeper(metal, 0.4))
    c.fill(hexagon[:4] + moved(reversed(hexagon[:4]), 0, r * 0.5), across(deeper(metal, 0.1), deeper(metal, 0.42)))
    c.fill(hexagon, across(lighter(metal, 0.55), lighter(metal, 0.15)))
    c.fill(oval(x, y, r * 0.5, r * 0.31), deeper(metal, 0.55))
    c.fill(oval(x, y + 5, r * 0.44, r * 0.25, 0, 180), deeper(metal, 0.2))


def fasteners(b: Brush) -> None:
    metal = b.usual(STEEL, (190, 180, 150), (110, 118, 128))
    c = b.stand((420, 730, 240, 24), (820, 770, 270, 26))
    _bolt(c, 380, 690, 0.86, metal)
    _bolt(c, 560, 764, 1.0, metal)
    for x, y, r in ((800, 700, 96), (980, 740, 80), (830, 566, 74)):
        _nut(c, x, y, r, metal)


def lock(b: Brush) -> None:
    metal = b.usual(BRASS, STEEL, (70, 78, 90))
    c = b.stand((600, 782, 250, 26))
    c.tube(path("M 460 440 L 460 280 C 460 110 740 110 740 280 L 740 440"), 58, STEEL)
    c.fill(slab(380, 400, 440, 376, 54), across(lighter(metal, 0.45), deeper(metal, 0.28)))
    c.fill(slab(380, 400, 440, 60, 30), falling(lighter(metal, 0.3)))
    for line in range(4):
        c.line([(396, 520 + line * 62), (804, 520 + line * 62)], 3, deeper(metal, 0.22))
    c.fill(oval(600, 584, 62, 62), falling(deeper(metal, 0.2)))
    c.fill(oval(600, 584, 48, 48), across(lighter(metal, 0.55), metal))
    c.fill(oval(600, 572, 15, 15), COAL)
    c.fill(path("M 592 576 L 608 576 L 614 616 L 586 616 Z"), COAL)


DRAWINGS: Mapping[str, Callable[[Brush], None]] = {
    "bicycles": bicycle,
    "e-bikes": e_bike,
    "bicycle-parts": bicycle_part,
    "solar-panels": solar_panel,
    "inverters": inverter,
    "storage-batteries": storage_battery,
    "mounting": mounting,
    "power-tools": drill,
    "hand-tools": hand_tools,
    "fasteners": fasteners,
    "locks": lock,
}
