"""Electronic accessories."""

from collections.abc import Callable, Mapping

from app.demo.canvas import (
    COAL,
    STEEL,
    Blend,
    Canvas,
    Colour,
    across,
    deeper,
    falling,
    lighter,
    moved,
    oval,
    path,
    rounded,
    slab,
    turned_by,
)
from app.demo.drawings.brush import Brush


def _plug(c: Canvas, x: float, y: float, lean: float, shell: Colour) -> None:
    def lay(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned_by(moved(points, x, y), lean, x, y)

    c.fill(lay(slab(150, -20, 66, 40, 14)), falling(STEEL, 0.4))
    c.fill(lay(slab(162, -6, 54, 12, 6)), deeper(STEEL, 0.6))
    c.fill(lay(slab(26, -34, 130, 68, 18)), falling(shell))
    c.fill(lay(slab(-34, -16, 64, 32, 10)), falling(deeper(shell, 0.2)))
    for ring in range(3):
        c.line(lay([(-22 + ring * 17, -15), (-22 + ring * 17, 15)]), 4, deeper(shell, 0.45))


def cable(b: Brush) -> None:
    c = b.stand((560, 640, 340, 90))
    shell = b.usual(COAL, (236, 236, 232))
    for ring in range(4):
        loop = oval(540, 470 - ring * 9, 286 - ring * 22, 190 - ring * 15)
        c.line(moved(loop, 0, 10), 24, deeper(b.body, 0.5))
        c.tube(loop, 24, b.body)
        for x, y in loop[::2]:
            c.line([(x - 5, y - 6), (x + 5, y + 6)], 2, deeper(b.body, 0.2))
    c.tube(path("M 540 662 C 700 690 760 640 840 690"), 24, b.body)
    c.tube(path("M 700 300 C 780 230 820 230 868 190"), 24, b.body)
    for lean in (80, 92):
        [(x, y)] = turned_by([(826, 470)], lean - 86, 540, 470)
        c.fill(slab(x - 52, y - 22 + lean - 80, 110, 26, 10), falling(shell))
    _plug(c, 862, 704, 14, shell)
    _plug(c, 886, 176, -38, shell)


def charger(b: Brush) -> None:
    shell = b.usual((238, 238, 234), (58, 64, 74), b.body)
    b.stand((600, 680, 300, 120))
    iso = b.isometric(600, 480, 1.0)
    for x in (70, 190):
        for step in range(2):
            iso.box(x, -96 + step * 2, 106, (26, 100, 26), STEEL)
    iso.box(0, 0, 0, (290, 250, 240), shell)
    for row in range(3):
        z = 170 - row * 62
        iso.on_left(70, 250, z, 130, 34, deeper(shell, 0.25))
        iso.on_left(78, 250, z + 6, 114, 22, deeper(COAL, 0.2))
        iso.on_left(94, 250, z + 13, 82, 7, b.body if row == 2 else STEEL)
    iso.on_right(290, 40, 90, 170, 60, deeper(shell, 0.32))
    iso.on_left(230, 250, 200, 14, 14, (96, 190, 120))


def power_bank(b: Brush) -> None:
    c = b.stand((600, 786, 270, 24))
    for x, y, lean, tone in ((690, 440, 12, deeper(b.body, 0.35)), (540, 450, -6, b.body)):
        body = slab(x - 160, y - 320, 320, 640, 52)
        c.fill(turned_by(moved(body, 16, 6), lean, x, y), deeper(tone, 0.5))
        c.fill(turned_by(body, lean, x, y), across(lighter(tone, 0.28), deeper(tone, 0.14)))
        c.fill(
            turned_by(slab(x - 160, y + 200, 320, 120, 52), lean, x, y), across(lighter(tone, 0.14), deeper(tone, 0.28))
        )
        for dot in range(4):
            [(px, py)] = turned_by([(x - 60 + dot * 40, y + 256)], lean, x, y)
            c.fill(oval(px, py, 9, 9), (150, 216, 170) if dot < 3 else deeper(tone, 0.4))
        c.fill(turned_by(slab(x - 62, y - 316, 124, 26, 10), lean, x, y), deeper(tone, 0.4))
        c.fill(turned_by(slab(x - 34, y - 312, 68, 16, 8), lean, x, y), (24, 28, 34))
        c.fill(
            turned_by(
                path(
                    f"M {x + 14} {y - 90} L {x - 44} {y + 14} L {x - 4} {y + 14} L {x - 20} {y + 92} "
                    f"L {x + 44} {y - 26} L {x + 2} {y - 26} Z"
                ),
                lean,
                x,
                y,
            ),
            lighter(tone, 0.5),
        )


def earphones(b: Brush) -> None:
    shell = b.body
    c = b.stand((600, 786, 320, 26))
    c.line(path("M 300 520 C 270 60 930 60 900 520"), 62, deeper(shell, 0.4))
    c.line(path("M 302 512 C 276 76 924 76 898 512"), 46, shell)
    c.line(path("M 320 420 C 340 130 860 130 880 420"), 12, lighter(shell, 0.35))
    c.line(path("M 366 250 C 460 108 740 108 834 250"), 56, COAL)
    c.line(path("M 372 246 C 466 112 734 112 828 246"), 18, lighter(COAL, 0.2))
    for x, side in ((300, 1), (900, -1)):
        c.fill(slab(x - 14, 430, 28, 130, 12), rounded(STEEL))
        c.fill(slab(x + (26 if side > 0 else -106), 470, 80, 300, 40), across(lighter(COAL, 0.16), deeper(COAL, 0.3)))
        for ring in range(5):
            y = 510 + ring * 54
            c.line([(x + side * 38, y), (x + side * 96, y + 10)], 3, deeper(COAL, 0.45))
        c.fill(
            slab(x - 62, 488, 116, 264, 56), Blend(((0, lighter(shell, 0.3)), (0.45, shell), (1, deeper(shell, 0.34))))
        )
        c.fill(slab(x - 40, 530, 62, 180, 31), across(deeper(shell, 0.1), lighter(shell, 0.12)))
        c.fill(oval(x - 9, 734, 5, 5), (150, 216, 170))


def phone_case(b: Brush) -> None:
    c = b.stand((600, 800, 300, 22))
    second = b.chance.choice(((222, 172, 66), (70, 110, 100), (214, 150, 146), (58, 64, 74), (206, 222, 224)))
    for x, y, lean, tone in ((740, 430, 12, second), (490, 440, -7, b.body)):

        def lay(
            points: list[tuple[float, float]], x: float = x, y: float = y, lean: float = lean
        ) -> list[tuple[float, float]]:
            return turned_by(moved(points, x, y), lean, x, y)

        shell = slab(-170, -345, 340, 690, 56)
        c.fill(lay(moved(shell, 12, 6)), deeper(tone, 0.5))
        c.fill(lay(shell), across(lighter(tone, 0.3), deeper(tone, 0.1)))
        c.fill(lay(slab(-156, -331, 312, 662, 44)), across(lighter(tone, 0.12), deeper(tone, 0.2)))
        c.fill(lay(slab(-138, -312, 150, 158, 42)), deeper(tone, 0.45))
        c.fill(lay(slab(-128, -302, 130, 138, 34)), falling(b.paper, 0.05))
        c.fill(lay(oval(0, 20, 92, 92)), lighter(tone, 0.16))
        c.fill(lay(oval(0, 20, 72, 72)), across(lighter(tone, 0.06), deeper(tone, 0.18)))
        c.fill(lay(slab(-14, 126, 28, 70, 12)), lighter(tone, 0.16))
        for z in (-150, -70):
            c.fill(lay(slab(164, z, 14, 62, 6)), deeper(tone, 0.3))


DRAWINGS: Mapping[str, Callable[[Brush], None]] = {
    "cables": cable,
    "chargers": charger,
    "power-banks": power_bank,
    "earphones": earphones,
    "phone-cases": phone_case,
}
