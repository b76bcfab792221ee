"""Prints of pictures and texts: what is the same stays near, what is not goes far."""

import io
import random

import pytest
from PIL import Image, ImageDraw, ImageEnhance

from trust.rights.marks import phrases
from trust.risk.likeness import prints

TEXT = (
    "White glazed stoneware mug with a lid of bamboo, 350 millilitres, safe in dishwashers and microwaves. Packed one "
    "by one in gift boxes of three layers, twenty-four of them to a carton. We fire in our own kilns near Chaozhou and "
    "test each batch for lead and cadmium before it leaves."
)
CHINESE = (
    "白釉炻器马克杯，竹盖，容量三百五十毫升，可用洗碗机和微波炉。三层礼盒单个包装，每箱二十四个。"
    "本厂位于潮州，自有窑炉烧制，每批出厂前检测铅镉溶出量，支持来样定制与加印商标，交期二十五天。"
)


def drawn(seed, size=(640, 480)):
    """A picture of some twenty shapes."""
    random_ = random.Random(seed)  # noqa: S311  the same pictures in every run
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    for _ in range(20):
        x, y = random_.randrange(size[0]), random_.randrange(size[1])
        wide, high = random_.randrange(40, size[0] // 2), random_.randrange(40, size[1] // 2)
        colour = tuple(random_.randrange(256) for _ in range(3))
        pen.ellipse((x, y, x + wide, y + high), fill=colour)
    return image


def webp(image, quality=82):
    file = io.BytesIO()
    image.save(file, "WEBP", quality=quality)
    return file.getvalue()


def print_of(image, quality=82):
    return prints.picture_print(webp(image, quality))


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_drawn_anew_keeps_its_print(seed):
    image = drawn(seed)
    first = print_of(image)
    changed = [
        print_of(image.resize((320, 240))),
        print_of(image, quality=30),
        print_of(ImageEnhance.Brightness(image).enhance(1.1)),
        print_of(image.convert("L").convert("RGB")),
    ]
    assert all(prints.differ(first, other) <= 6 for other in changed)


def test_other_pictures_are_far_from_each_other():
    found = [print_of(drawn(seed)) for seed in range(12)]
    assert min(prints.differ(one, other) for n, one in enumerate(found) for other in found[:n]) > prints.FINDABLE


def test_a_picture_of_next_to_nothing_has_no_print():
    assert print_of(Image.new("RGB", (400, 300), "white")) is None
    assert print_of(Image.new("RGBA", (400, 300), (0, 0, 0, 0))) is None


def test_what_differs_in_seven_bits_is_found_by_some_band():
    random_ = random.Random(7)  # noqa: S311  as above
    for _ in range(500):
        one = random_.getrandbits(64)
        other = one
        for bit in random_.sample(range(64), prints.FINDABLE):
            other ^= 1 << bit
        pairs = zip(prints.picture_bands(one), prints.picture_bands(other), strict=True)
        assert any(theirs in prints.nearby(mine) for mine, theirs in pairs)
        assert prints.unsigned(prints.signed(one)) == one
        assert -(1 << 63) <= prints.signed(one) < 1 << 63


@pytest.mark.parametrize("text", [TEXT, CHINESE])
def test_a_copied_text_is_alike_and_found(text):
    copy = text.replace("350", "330").replace("三百五十", "三百三十") + "!"
    one, other = (prints.shingles(prints.plain(said)) for said in (text, copy))
    assert prints.alike(one, one) == 100
    assert 85 <= prints.alike(one, other) <= 100
    assert set(prints.text_bands(one)) & set(prints.text_bands(other))


def test_other_texts_are_not_alike():
    other = "Solar lantern of aluminium with a foldable hook, for camping and gardens, charged in six hours of sun."
    one, two = prints.shingles(prints.plain(TEXT)), prints.shingles(prints.plain(other))
    assert prints.alike(one, two) < 20
    assert not set(prints.text_bands(one)) & set(prints.text_bands(two))


def test_signs_capitals_and_widths_make_no_difference():
    assert prints.plain("White  MUG,\n350 ml！") == prints.plain("ｗhite mug 350 ml")


def test_the_longest_shared_passage_is_shown():
    theirs = prints.shingles(prints.plain("Packed one by one in gift boxes, and something else"))
    assert prints.shared_passage(prints.plain(TEXT), theirs) == "packed one by one in gift boxes "
    assert prints.shared_passage("quite apart", theirs) == ""


@pytest.mark.parametrize("text", ["", "mug"])
def test_texts_too_short_for_a_shingle_are_not_looked_for(text):
    assert prints.text_bands(prints.shingles(text)) == []


@pytest.mark.parametrize(
    ("said", "mark"),
    [
        ("LED lamp, Nike style", "nike"),
        ("N1KE shoes", "nike"),
        ("La-my fountain pen", "lamy"),
        ("Coca Cola glass", "cocacola"),
        ("新款耐克运动鞋", "耐克"),
    ],
)
def test_marks_are_found_in_disguise(said, mark):
    assert mark in phrases(said)


def test_marks_inside_other_words_are_not_found():
    assert "apple" not in phrases("Pineapple corer")
