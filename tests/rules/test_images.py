"""Uploads are judged by content, bounded before they are decoded, and pictures carry nothing but pixels away."""

import io
import random
import struct
import time
import zipfile
import zlib

import pytest
from openpyxl import Workbook
from PIL import ExifTags, Image, PngImagePlugin

from app.core import images
from app.core.errors import Invalid
from app.core.images import EDGES, FileTooLarge, FileUnreadable, Size, WrongFileType, read_image, sniff_document

RED, BLUE = (200, 20, 20), (20, 20, 200)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def halves(width: int = 90, height: int = 60) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(int(a) - b) < 40 for a, b in zip(pixel[:3], colour, strict=True))


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes of PNG that promise a picture of any size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_each_admitted_kind_becomes_webp_in_every_size(kind: str) -> None:
    picture = await read_image(encoded(halves(3000, 2000), kind))
    assert (picture.width, picture.height) == (3000, 2000)
    assert set(picture.renditions) == set(Size)
    for size, rendition in picture.renditions.items():
        image = opened(rendition.data)
        assert image.format == "WEBP"
        assert image.size == (rendition.width, rendition.height)
        assert rendition.width == EDGES[size]
        assert near(image.getpixel((2, 2)), RED)
        assert near(image.getpixel((rendition.width - 3, 2)), BLUE)


async def test_a_small_picture_is_not_enlarged() -> None:
    picture = await read_image(encoded(halves(90, 60), "PNG"))
    assert {(r.width, r.height) for r in picture.renditions.values()} == {(90, 60)}


async def test_sizes_that_would_look_the_same_share_one_file() -> None:
    shared = (await read_image(encoded(halves(1200, 900), "PNG"))).renditions
    assert shared[Size.FULL] is shared[Size.PAGE]
    assert [shared[size].width for size in Size] == [320, 640, 1200, 1200]


async def test_a_sliver_keeps_at_least_one_pixel() -> None:
    picture = await read_image(encoded(halves(20_000, 1), "PNG"))
    assert picture.renditions[Size.THUMB].height == 1


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [
        (1, (90, 60), (5, 30)),
        (2, (90, 60), (85, 30)),
        (3, (90, 60), (85, 30)),
        (4, (90, 60), (5, 30)),
        (5, (60, 90), (30, 5)),
        (6, (60, 90), (30, 5)),
        (7, (60, 90), (30, 85)),
        (8, (60, 90), (30, 85)),
    ],
)
async def test_a_picture_is_turned_upright(orientation: int, size: tuple[int, int], red_at: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    picture = await read_image(encoded(halves(), "JPEG", exif=exif, quality=95))
    assert (picture.width, picture.height) == size
    assert near(opened(picture.renditions[Size.FULL].data).getpixel(red_at), RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_where_and_with_what_it_was_taken_is_left_out(kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SecretCamera"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    options: dict[str, object] = {"exif": exif, "icc_profile": b"SecretProfile"}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SecretComment")
        options["pnginfo"] = text
    if kind == "WEBP":
        options["xmp"] = b"SecretXmp"
    source = encoded(halves(), kind, **options)
    assert b"Secret" in source
    for rendition in (await read_image(source)).renditions.values():
        assert b"Secret" not in rendition.data
        assert not opened(rendition.data).getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
async def test_every_colour_mode_is_drawn(mode: str) -> None:
    image = Image.new(mode, (40, 30)) if mode == "I;16" else halves(40, 30).convert(mode)
    picture = await read_image(encoded(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert (picture.width, picture.height) == (40, 30)


async def test_transparency_is_kept() -> None:
    image = halves(40, 30).convert("RGBA")
    image.putalpha(0)
    pixel = opened((await read_image(encoded(image, "PNG"))).renditions[Size.FULL].data).getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert pixel[3] == 0


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        b"RIFF\0\0\0\0WAVE" + bytes(40),
        encoded(Image.new("RGB", (4, 4)), "BMP"),
        encoded(Image.new("RGB", (4, 4)), "TIFF"),
    ],
)
async def test_other_kinds_are_refused_at_their_field(data: bytes) -> None:
    with pytest.raises(WrongFileType) as refused:
        await read_image(data, field="images.2")
    assert set(refused.value.errors) == {"images.2"}


async def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "PICTURE_BYTES", 1000)
    with pytest.raises(FileTooLarge) as refused:
        await read_image(b"\xff\xd8\xff" + bytes(998))
    assert set(refused.value.errors) == {"image"}


@pytest.mark.parametrize("claim", [(8000, 5001), (65_535, 65_535), (2**31 - 1, 2**31 - 1)])
async def test_a_decompression_bomb_is_refused_before_it_is_decoded(claim: tuple[int, int]) -> None:
    begun = time.perf_counter()
    with pytest.raises(FileTooLarge, match="40"):
        await read_image(png_claiming(*claim))
    assert time.perf_counter() - begun < 1


async def test_forty_megapixels_are_admitted() -> None:
    picture = await read_image(encoded(Image.new("L", (8000, 5000)), "PNG"))
    assert picture.renditions[Size.FULL].width == EDGES[Size.FULL]


async def test_a_text_bomb_inside_a_png_is_refused() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Comment", "x" * 5_000_000, zip=True)
    with pytest.raises(FileUnreadable):
        await read_image(encoded(halves(), "PNG", pnginfo=text))


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_damage_of_any_sort_is_an_answer_not_an_accident(kind: str) -> None:
    whole = encoded(halves(), kind)
    chance = random.Random(kind)  # noqa: S311  reproducible damage, not a secret
    with pytest.raises(FileUnreadable):
        await read_image(whole[: len(whole) // 2])
    named = []
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            await read_image(bytes(damaged[: chance.randint(12, len(damaged))]))
        except Invalid as refused:
            named.append(set(refused.errors))
    assert named
    assert all(fields == {"image"} for fields in named)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
async def test_damaged_metadata_do_not_spoil_a_sound_picture() -> None:
    picture = await read_image(encoded(halves(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    assert picture.width == 90


def workbook() -> bytes:
    file = io.BytesIO()
    Workbook().save(file)
    return file.getvalue()


def archive(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in entries.items():
            packed.writestr(name, body)
    return file.getvalue()


SHELL = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}


@pytest.mark.parametrize(
    ("data", "extension"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (encoded(halves(), "JPEG"), "jpg"),
        (encoded(halves(), "PNG"), "png"),
        (workbook(), "xlsx"),
        (b"sku,price\n1,2\n", "csv"),
        ("\ufeff编号;价格\n".encode(), "csv"),
        ("编号,价格\n一,2\n".encode("gb18030"), "csv"),
        ("编号\t价格\n".encode("utf-16"), "csv"),
    ],
)
def test_documents_are_known_by_their_content(data: bytes, extension: str) -> None:
    assert sniff_document(data).extension == extension


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ\x90\0",
        b"<html>,</html>",
        b"  <!doctype html>, ",
        b"\0\0,\0\0\n",
        b"just one sentence",
        archive({"word/document.xml": b"<document/>"}),
        archive({**SHELL, "xl/vbaProject.bin": b"macro"}),
    ],
)
def test_other_documents_are_refused(data: bytes) -> None:
    with pytest.raises(WrongFileType) as refused:
        sniff_document(data, field="documents.0")
    assert set(refused.value.errors) == {"documents.0"}


@pytest.mark.parametrize(
    "entries",
    [
        {**SHELL, "xl/worksheets/sheet1.xml": bytes(20_000_000)},
        {**SHELL, **{f"xl/media/{number}.bin": b"" for number in range(1_001)}},
    ],
)
def test_a_zip_bomb_is_refused(entries: dict[str, bytes]) -> None:
    with pytest.raises(FileTooLarge):
        sniff_document(archive(entries))


def test_a_damaged_workbook_is_unreadable() -> None:
    with pytest.raises(FileUnreadable):
        sniff_document(workbook()[:-40])


def test_a_document_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "DOCUMENT_BYTES", 10)
    with pytest.raises(FileTooLarge):
        sniff_document(b"%PDF-1.7 and more")
