"""Every category of goods has a picture; the same seed paints the same one, another seed another."""

import io

import pytest
from PIL import Image

from app.core.images import read_image
from app.demo.canvas import PIXELS, path, turned_by
from app.demo.pictures import COLOURS, DRAWINGS, draw, kinds, paint
from listings.categories import category, leaves


def test_every_leaf_category_can_be_drawn_and_nothing_else() -> None:
    assert set(kinds()) == {leaf.slug for leaf in leaves()}


@pytest.mark.parametrize("kind", sorted(DRAWINGS))
def test_a_picture_is_an_upload_that_our_own_site_admits(kind: str) -> None:
    data = draw(kind, 1)
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("JPEG", PIXELS)
    assert len(data) < 150_000


@pytest.mark.parametrize("kind", ["mugs", "towels", "tiles"])
def test_the_seed_decides(kind: str) -> None:
    assert draw(kind, 7) == draw(kind, 7)
    assert len({draw(kind, seed) for seed in range(4)}) == 4


def test_the_product_has_the_colour_asked_for() -> None:
    for code in ("red", "blue", "green"):
        pixel = paint("t-shirts", 3, colour=code).getpixel((480, 384))
        assert isinstance(pixel, tuple)
        assert pixel.index(max(pixel)) == {"red": 0, "green": 1, "blue": 2}[code]


def test_every_colour_of_the_category_tree_is_mixed_or_left_to_the_seed() -> None:
    colours = category("mugs").attribute("colours")
    assert colours is not None
    assert set(COLOURS) == set(colours.choices) - {"custom"}


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        draw("submarines", 1)


async def test_a_picture_survives_the_way_of_an_upload() -> None:
    picture = await read_image(draw("bicycles", 2))
    assert (picture.width, picture.height) == PIXELS


def test_outlines_are_read_like_svg() -> None:
    assert path("M 0 0 L 10 0 20 5 Z") == [(0, 0), (10, 0), (20, 5)]
    curve = path("M 0 0 Q 10 0 10 10")
    assert curve[-1] == (10, 10)
    assert curve[8] == (7.5, 2.5)
    [(x, y)] = turned_by([(10, 0)], 90, 0, 0)
    assert (round(x, 6), round(y, 6)) == (0, 10)
