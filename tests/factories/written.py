"""Pictures with something written in them, drawn anew each time: the same words give the same picture."""

import io
import random
from dataclasses import dataclass
from functools import lru_cache

import segno
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from app.core.config import Settings

Colour = tuple[int, int, int]
WHITE, INK, NIGHT, PALE = (250, 250, 247), (24, 34, 48), (30, 38, 52), (178, 184, 190)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """How a picture is drawn. `size`: of letters, in pixels; `angle`: degrees, against the clock; `turned`: the whole
    picture, by quarters.

    noise     standard deviation of grey levels; `blur` in pixels; `quality` of JPEG, 0: PNG
    code      a QR code of these words, its edge `code_edge` pixels, turned by `code_angle`; `bars`: an EAN-13
    goods     shapes such as things on a table lie behind it
    """

    lines: tuple[str, ...] = ()
    size: int = 34
    ink: Colour = INK
    paper: Colour = WHITE
    angle: float = 0
    turned: int = 0
    noise: int = 0
    blur: float = 0
    quality: int = 0
    code: str = ""
    code_edge: int = 220
    code_angle: float = 0
    bars: str = ""
    goods: bool = False
    width: int = 900
    height: int = 640


def draw(asked: Drawn) -> bytes:
    image = Image.new("RGB", (asked.width, asked.height), asked.paper)
    chance = random.Random(repr(asked))  # noqa: S311  the same picture each time
    if asked.goods:
        _lay_out(image, chance)
    if asked.lines:
        _write(image, asked)
    if asked.code:
        _stick(image, _code(asked), (asked.width - asked.code_edge - 90, asked.height - asked.code_edge - 90))
    if asked.bars:
        _stick(image, _bars(asked.bars), (60, asked.height - 220))
    if asked.turned:
        image = image.rotate(90 * asked.turned, expand=True)
    if asked.blur:
        image = image.filter(ImageFilter.GaussianBlur(asked.blur))
    if asked.noise:
        image = Image.blend(image, Image.effect_noise(image.size, 4 * asked.noise).convert("RGB"), 0.25)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=asked.quality) if asked.quality else image.save(file, "PNG")
    return file.getvalue()


def as_pdf(*pages: Drawn) -> bytes:
    """Several pictures as the pages of one PDF."""
    first, *others = [Image.open(io.BytesIO(draw(page))).convert("RGB") for page in pages]
    file = io.BytesIO()
    first.save(file, "PDF", save_all=True, append_images=others)
    return file.getvalue()


def _lay_out(image: Image.Image, chance: random.Random) -> None:
    pen = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, edge = chance.randrange(image.width), chance.randrange(image.height), chance.randrange(60, 240)
        tone = (chance.randrange(150, 230), chance.randrange(150, 230), chance.randrange(150, 230))
        if chance.random() < 0.5:
            pen.ellipse((x, y, x + edge, y + edge // 2), fill=tone)
        else:
            pen.rectangle((x, y, x + edge // 3, y + edge), fill=tone)


def _write(image: Image.Image, asked: Drawn) -> None:
    layer = Image.new("RGBA", image.size)
    pen, font = ImageDraw.Draw(layer), _font(asked.size)
    top = max(20, (image.height - 2 * asked.size * len(asked.lines)) // 2)
    for number, line in enumerate(asked.lines):
        pen.text((60, top + number * 2 * asked.size), line, fill=(*asked.ink, 255), font=font)
    layer = layer.rotate(asked.angle, resample=Image.Resampling.BICUBIC)
    image.paste(layer, (0, 0), layer)


@lru_cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Settings().font_dir / "NotoSansSC_400Regular.ttf", size)


def _code(asked: Drawn) -> Image.Image:
    file = io.BytesIO()
    segno.make(asked.code, error="m", micro=False).save(file, kind="png", scale=8)
    edge = asked.code_edge
    code = Image.open(file).convert("RGBA").resize((edge, edge), Image.Resampling.LANCZOS)
    return code.rotate(asked.code_angle, expand=True, resample=Image.Resampling.BICUBIC)


def _bars(digits: str) -> Image.Image:
    made = zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.EAN13)
    return Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=3)).convert("RGBA").resize((330, 150))


def _stick(image: Image.Image, what: Image.Image, at: tuple[int, int]) -> None:
    image.paste(what, at, what)
