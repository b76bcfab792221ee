"""Packaging and medical disposables."""

from collections.abc import Callable, Mapping

from app.demo.canvas import (
    COAL,
    STEEL,
    WHITE,
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

KRAFT: Colour = (200, 162, 116)
CLINIC: tuple[Colour, ...] = ((140, 188, 214), (236, 240, 242), (150, 200, 186))


def carton(b: Brush) -> None:
    board = b.usual(KRAFT, (188, 148, 104), (226, 220, 210))
    b.stand((600, 640, 380, 140))
    iso = b.isometric(590, 440, 1.0)
    iso.box(0, 0, 0, (340, 300, 230), board)
    iso.sheet(0, 128, 230, 340, 44, across(deeper(board, 0.04), deeper(board, 0.12)))
    iso.on_right(340, 128, 150, 44, 80, deeper(board, 0.34))
    b.canvas.line([iso.at(0, 150, 230), iso.at(340, 150, 230)], 2, deeper(board, 0.4))
    for x in (40, 92):
        arrow = [(x, 60), (x + 26, 94), (x + 13, 94), (x + 13, 128), (x - 13, 128), (x - 13, 94), (x - 26, 94)]
        b.canvas.fill([iso.at(px, 300, 188 - py) for px, py in arrow], deeper(board, 0.5))
    iso.on_left(150, 300, 36, 160, 96, lighter(board, 0.7))
    for line, wide in enumerate((120, 90, 130, 64)):
        iso.on_left(164, 300, 112 - line * 19, wide, 6, deeper(board, 0.45))
    iso.box(392, 60, 0, (130, 150, 110), lighter(board, 0.16))
    iso.sheet(392, 124, 110, 130, 24, deeper(board, 0.05))


def paper_bag(b: Brush) -> None:
    paper = b.usual(KRAFT, (236, 230, 218), b.body)
    c = b.stand((600, 786, 290, 26))
    c.tube(path("M 470 240 C 470 90 660 90 660 240"), 14, deeper(paper, 0.35))
    c.fill(path("M 330 230 L 780 230 L 800 784 L 350 784 Z"), falling(paper))
    c.fill(path("M 780 230 L 870 200 L 886 740 L 800 784 Z"), falling(deeper(paper, 0.26)))
    c.fill(path("M 780 230 L 826 330 L 870 200 Z"), deeper(paper, 0.38))
    c.fill(path("M 330 230 L 430 200 L 870 200 L 780 230 Z"), deeper(paper, 0.5))
    c.line([(826, 330), (842, 762)], 2, deeper(paper, 0.42))
    c.tube(path("M 450 250 C 450 80 664 80 664 250"), 14, deeper(paper, 0.25))
    c.fill(oval(566, 520, 96, 96), b.body if not b.named else lighter(paper, 0.6))
    c.fill(oval(566, 520, 78, 78), falling(paper, 0.05))
    for lean in range(0, 360, 45):
        c.fill(
            turned_by(path("M 566 452 L 578 520 L 554 520 Z"), lean, 566, 520),
            deeper(b.body, 0.2 if lean % 90 else 0.45),
        )


def film(b: Brush) -> None:
    tint = b.usual((186, 212, 222), (206, 222, 224), (170, 196, 212))
    c = b.stand((440, 776, 170, 26), (770, 776, 210, 30))
    for x, top, r, tone in ((430, 270, 136, tint), (760, 190, 172, lighter(tint, 0.2))):
        c.cylinder(x, top, 752, r, tone, 0.2)
        for line in range(7):
            y = top + 70 + line * (640 - top) / 6
            c.line(path(f"M {x - r} {y} Q {x} {y + r * 0.42} {x + r} {y}"), 1.6, deeper(tone, 0.16))
        b.gleam(
            path(
                f"M {x - r * 0.62} {top + 40} L {x - r * 0.36} {top + 50} L {x - r * 0.36} {744} "
                f"L {x - r * 0.62} {736} Z"
            ),
            0.4,
        )
        c.fill(oval(x, top, r * 0.84, r * 0.165), deeper(tone, 0.1))
        c.fill(oval(x, top, r * 0.42, r * 0.085), KRAFT)
        c.fill(oval(x, top, r * 0.32, r * 0.062), deeper(KRAFT, 0.55))
    c.fill(
        path("M 920 260 C 990 280 1000 420 980 560 C 970 640 1000 720 1060 750 L 924 752 Z"),
        across(tint, lighter(tint, 0.6)),
        0.7,
    )


def glass(b: Brush) -> None:
    tone = b.usual((150, 96, 50), (110, 150, 120), (190, 212, 214), (90, 124, 150))
    c = b.stand((470, 784, 130, 20), (770, 784, 170, 24))
    c.lathe(470, path("M 40 210 L 40 330 C 44 400 116 420 116 500 L 116 752 Q 112 784 0 788"), tone)
    c.cylinder(470, 150, 214, 48, COAL, 0.2)
    c.fill(slab(358, 540, 224, 150, 4), rounded((244, 238, 226)))
    for line, wide in enumerate((110, 70, 90)):
        c.fill(slab(470 - wide / 2, 572 + line * 30, wide, 9, 4), deeper(b.body, 0.1))
    c.lathe(770, path("M 130 400 C 136 430 164 430 164 480 L 164 748 Q 160 782 0 790"), lighter(tone, 0.3))
    c.cylinder(770, 320, 404, 140, b.chance.choice((b.body, STEEL)), 0.2)
    for line in range(24):
        x = 770 - 136 + line * 272 / 23
        c.line([(x, 346), (x, 410)], 2, deeper(b.body, 0.2))
    for x, top, low in ((392, 520, 740), (640, 490, 730)):
        b.gleam(slab(x, top, 18, low - top, 9), 0.45)


def masks(b: Brush) -> None:
    tone = b.usual(*CLINIC)
    c = b.stand((600, 690, 360, 40))
    for dx, dy, shade in ((70, 66, 0.18), (35, 32, 0.09), (0, 0, 0.0)):
        cloth = deeper(tone, shade)
        for x, out in ((280, -150), (880, 150)):
            c.line(
                path(
                    f"M {x + dx} {300 + dy} C {x + out + dx} {250 + dy} {x + out + dx} {640 + dy} {x + dx} {580 + dy}"
                ),
                9,
                lighter(cloth, 0.65),
            )
        sheet = path("M 270 280 Q 580 230 890 280 L 890 600 Q 580 690 270 600 Z")
        c.fill(moved(sheet, dx, dy + 8), deeper(cloth, 0.35))
        c.fill(moved(sheet, dx, dy), across(lighter(cloth, 0.24), deeper(cloth, 0.08)))
        for pleat in range(3):
            y = 380 + pleat * 66 + dy
            c.line(path(f"M {272 + dx} {y} Q {580 + dx} {y + 18} {888 + dx} {y}"), 5, deeper(cloth, 0.22))
            c.line(path(f"M {272 + dx} {y + 6} Q {580 + dx} {y + 25} {888 + dx} {y + 6}"), 4, lighter(cloth, 0.4))
        c.line(path(f"M {286 + dx} {298 + dy} Q {580 + dx} {250 + dy} {874 + dx} {298 + dy}"), 3, deeper(cloth, 0.2))
        c.line(path(f"M {480 + dx} {278 + dy} Q {580 + dx} {268 + dy} {680 + dx} {278 + dy}"), 10, lighter(cloth, 0.5))


def gloves(b: Brush) -> None:
    tone = b.usual((72, 112, 168), (60, 66, 76), (236, 232, 222), (120, 100, 160))
    c = b.stand((600, 770, 330, 30))
    hand = path(
        "M 520 560 L 506 380 C 500 352 462 340 446 300 C 430 250 400 210 420 196 C 446 186 470 240 496 270 "
        "C 492 200 486 120 512 112 C 540 108 544 190 548 250 C 552 170 556 84 584 82 C 612 82 612 170 612 250 "
        "C 620 180 626 104 652 108 C 680 114 672 200 668 268 C 680 220 694 164 716 172 C 740 182 724 260 714 320 "
        "C 706 380 690 440 684 560 Z"
    )
    for shift, lean, shade in ((70, 9, 0.28), (-10, -6, 0.0)):
        glove = turned_by(moved(hand, shift, 0), lean, 600, 560)
        c.fill(glove, across(lighter(deeper(tone, shade), 0.26), deeper(tone, shade + 0.14)))
        for crease in ("M 516 330 Q 590 300 700 336", "M 520 430 Q 600 452 690 430"):
            c.line(turned_by(moved(path(crease), shift, 0), lean, 600, 560), 3, deeper(tone, shade + 0.2))
    c.fill(path("M 300 500 L 900 500 L 930 540 L 270 540 Z"), deeper(tone, 0.6))
    c.fill(path("M 370 514 Q 600 490 830 514 L 830 540 L 370 540 Z"), lighter(tone, 0.1))
    c.fill(slab(270, 536, 660, 236, 8), falling((240, 242, 242), 0.1))
    c.fill(slab(270, 640, 660, 132, 8), falling(tone))
    c.fill(oval(600, 536, 150, 26, 0, 180), deeper(tone, 0.45))
    for line, wide in enumerate((220, 150)):
        c.fill(slab(310, 580 + line * 26, wide, 12, 6), deeper(tone, 0.25))
    c.fill(oval(850, 596, 26, 26), tone)
    c.fill(oval(850, 596, 15, 15), lighter(tone, 0.6))


def syringes(b: Brush) -> None:
    c = b.stand((600, 600, 400, 46))
    for offset, filled in ((-90, 0.62), (90, 0.3)):

        def lay(points: list[tuple[float, float]], dy: float = offset) -> list[tuple[float, float]]:
            return turned_by(moved(points, 0, dy), -14)

        glass_tone = (216, 228, 232)
        liquid = (126, 182, 208)
        c.line(lay([(960, 450), (1090, 450)]), 4, deeper(STEEL, 0.1))
        c.fill(lay(path("M 900 430 L 940 436 L 964 446 L 964 454 L 940 464 L 900 470 Z")), falling(b.body))
        c.fill(lay(slab(220, 432, 240, 36, 6)), falling((236, 238, 238)))
        c.fill(lay(slab(196, 398, 26, 104, 10)), falling((236, 238, 238)))
        c.fill(lay(slab(396, 396, 500, 108, 18)), falling(glass_tone, 0.3))
        c.fill(lay(slab(880 - 450 * filled, 404, 450 * filled, 92, 10)), falling(liquid, 0.3))
        c.fill(lay(slab(860 - 450 * filled, 402, 30, 96, 8)), falling(COAL))
        c.fill(lay(slab(380, 366, 26, 168, 10)), falling(glass_tone, 0.2))
        for mark in range(16):
            x = 470 + mark * 26
            c.line(lay([(x, 404), (x, 436 if mark % 5 == 0 else 422)]), 2.5, deeper(glass_tone, 0.6))
        c.fill(lay(slab(420, 412, 460, 12, 6)), WHITE, 0.6)


def coverall(b: Brush) -> None:
    cloth = b.usual((238, 240, 240), (176, 204, 220), (228, 232, 224))
    c = b.stand((600, 850, 240, 16))
    for points in (
        "M 470 220 C 400 236 360 270 340 330 L 262 574 L 330 600 L 430 380 Z",
        "M 730 220 C 800 236 840 270 860 330 L 938 574 L 870 600 L 770 380 Z",
    ):
        c.fill(path(points), across(lighter(cloth, 0.4), deeper(cloth, 0.2)))
    c.fill(
        path(
            "M 462 222 Q 600 190 738 222 L 776 400 L 770 560 L 764 840 L 640 842 L 600 600 L 560 842 "
            "L 436 840 L 430 560 L 424 400 Z"
        ),
        across(lighter(cloth, 0.5), deeper(cloth, 0.18)),
    )
    for fold in (
        "M 600 600 C 560 580 500 590 450 560",
        "M 600 600 C 640 580 700 590 750 560",
        "M 440 400 C 470 440 470 500 452 560",
        "M 760 400 C 730 440 730 500 748 560",
    ):
        c.line(path(fold), 3, deeper(cloth, 0.18))
    c.fill(
        path("M 490 236 C 452 120 520 46 600 46 C 680 46 748 120 710 236 Q 600 290 490 236 Z"),
        across(lighter(cloth, 0.4), deeper(cloth, 0.2)),
    )
    c.fill(path("M 526 214 C 500 130 548 84 600 84 C 652 84 700 130 674 214 Q 600 262 526 214 Z"), deeper(cloth, 0.42))
    c.line([(600, 246), (600, 590)], 9, lighter(b.body, 0.2))
    c.line([(600, 246), (600, 590)], 2, deeper(b.body, 0.2))
    for cuff in ("M 266 560 L 334 588", "M 934 560 L 866 588", "M 440 824 L 558 826", "M 642 826 L 762 824"):
        c.line(path(cuff), 8, lighter(b.body, 0.3))


DRAWINGS: Mapping[str, Callable[[Brush], None]] = {
    "cartons": carton,
    "paper-bags": paper_bag,
    "plastic-packaging": film,
    "glass-bottles": glass,
    "masks": masks,
    "gloves": gloves,
    "syringes": syringes,
    "protective-clothing": coverall,
}
