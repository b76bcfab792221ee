"""What visitors upload: product pictures, decoded and drawn anew, and documents, recognised by their content.

Nothing trusts a file name or a declared type. Limits are checked before memory is spent on them.
"""

import asyncio
import io
import struct
import threading
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from PIL import ExifTags, Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from app.core.errors import Invalid
from app.core.i18n import _

MEGA = 1_000_000
PICTURE_BYTES = 10 * MEGA
PICTURE_PIXELS = 40 * MEGA
DOCUMENT_BYTES = 20 * MEGA
WORKBOOK_ENTRIES = 1_000
WORKBOOK_BYTES = 100 * MEGA
WORKBOOK_RATIO = 200
"""A long column of one repeated value packs about 1:100 in an honest workbook."""
WEBP = "image/webp"
WEBP_QUALITY = 82
ALPHA = {"RGBA", "LA", "PA", "La", "RGBa"}

# How each EXIF orientation is undone (EXIF 2.32, tag 274).
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# What Pillow's decoders let out on damaged input.
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, MemoryError, struct.error)

# Decoding takes about 200 MB for the largest picture admitted: one at a time in each process.
_decoding = threading.Lock()


class WrongFileType(Invalid):
    """The content is of no kind admitted here."""

    code = "wrong_file_type"


class FileTooLarge(Invalid):
    """More bytes, pixels or unpacked bytes than admitted."""

    code = "file_too_large"


class FileUnreadable(Invalid):
    """The content begins like an admitted kind, but is damaged or cut short."""

    code = "file_unreadable"


class Size(StrEnum):
    """The sizes a picture is shown in."""

    THUMB = "thumb"
    CARD = "card"
    PAGE = "page"
    FULL = "full"


EDGES: Mapping[Size, int] = {Size.THUMB: 320, Size.CARD: 640, Size.PAGE: 1280, Size.FULL: 2560}
"""The longest edge of each size, in pixels; a smaller picture is never enlarged."""


@dataclass(frozen=True)
class Rendition:
    """One WebP file. `width` and `height` are in pixels."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class Picture:
    """A picture drawn anew: upright, without metadata, in every size. `width` and `height` as uploaded, upright."""

    width: int
    height: int
    renditions: Mapping[Size, Rendition]
    content_type: str = WEBP


@dataclass(frozen=True)
class Document:
    """What an upload turned out to be. `extension` without the dot."""

    content_type: str
    extension: str


PDF = Document("application/pdf", "pdf")
JPEG = Document("image/jpeg", "jpg")
PNG = Document("image/png", "png")
XLSX = Document("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
CSV = Document("text/csv", "csv")


async def read_image(data: bytes, *, field: str = "image") -> Picture:
    """Decode an uploaded JPEG, PNG or WebP and draw it anew in every size; of an animation, the first frame.

    field   the form field to name in errors
    raises  WrongFileType; FileTooLarge beyond PICTURE_BYTES or PICTURE_PIXELS; FileUnreadable
    """
    if len(data) > PICTURE_BYTES:
        raise _too_large(PICTURE_BYTES, field)
    return await asyncio.to_thread(_read, data, field)


def _read(data: bytes, field: str) -> Picture:
    with _decoding:
        try:
            with _decoder(data, field) as source:
                if source.width * source.height > PICTURE_PIXELS:
                    raise FileTooLarge(
                        _("The picture has more than %(limit)s million pixels.") % {"limit": PICTURE_PIXELS // MEGA},
                        field=field,
                        width=source.width,
                        height=source.height,
                    )
                return _draw_anew(source)
        except DAMAGE as problem:
            raise FileUnreadable(_("The picture is damaged and cannot be read."), field=field) from problem


def _decoder(data: bytes, field: str) -> ImageFile.ImageFile:
    """A decoder that has read the header and nothing more.

    Not `Image.open`: that tries what we do not admit, and warns about sizes which we refuse in our own words.
    """
    file = io.BytesIO(data)
    if data.startswith(b"\xff\xd8\xff"):
        return JpegImageFile(file)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile(file)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WebPImageFile(file)
    raise WrongFileType(_("Use a JPEG, PNG or WebP picture."), field=field)


def _draw_anew(source: ImageFile.ImageFile) -> Picture:
    width, height = source.size
    orientation = _orientation(source)
    edge = EDGES[Size.FULL]
    source.draft("RGB", (edge, edge))  # lets a JPEG decode at half or quarter size
    image = source.convert("RGBA" if _has_alpha(source) else "RGB")
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    if orientation in UPRIGHT:
        image = image.transpose(UPRIGHT[orientation])
    if orientation >= 5:  # a quarter turn
        width, height = height, width
    renditions: dict[Size, Rendition] = {}
    drawn = Rendition(image.width, image.height, to_webp(image))
    for size in (Size.FULL, Size.PAGE, Size.CARD, Size.THUMB):  # each from the next larger, or that itself if it fits
        if max(image.size) > EDGES[size]:
            image.thumbnail((EDGES[size], EDGES[size]), Image.Resampling.LANCZOS)
            drawn = Rendition(image.width, image.height, to_webp(image))
        renditions[size] = drawn
    return Picture(width, height, renditions)


def to_webp(image: Image.Image) -> bytes:
    """The pixels as WebP, without any metadata."""
    file = io.BytesIO()
    image.save(file, "WEBP", quality=WEBP_QUALITY, method=4)
    return file.getvalue()


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ALPHA or "transparency" in image.info


def _orientation(image: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1 (upright) also when the metadata are damaged, for the pixels may be sound."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except DAMAGE:
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def sniff_document(data: bytes, *, field: str = "file") -> Document:
    """What an uploaded document is: PDF, JPEG, PNG, XLSX or CSV.

    raises  FileTooLarge beyond DOCUMENT_BYTES, or for a workbook that unpacks to too much; WrongFileType;
            FileUnreadable
    """
    if len(data) > DOCUMENT_BYTES:
        raise _too_large(DOCUMENT_BYTES, field)
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"PK\x03\x04"):
        check_workbook(data, field=field)
        return XLSX
    if _is_csv(data):
        return CSV
    raise WrongFileType(_("Use a PDF, JPEG, PNG, XLSX or CSV file."), field=field)


def check_workbook(data: bytes, *, field: str = "file") -> None:
    """Raise unless `data` is a sound XLSX workbook that unpacks to a reasonable size.

    Reads the directory of the archive only; Python's `zipfile` never unpacks more than that declares.
    raises  WrongFileType for other archives and for macros; FileTooLarge; FileUnreadable
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as problem:
        raise FileUnreadable(_("The file is damaged and cannot be read."), field=field) from problem
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > WORKBOOK_ENTRIES or unpacked > min(WORKBOOK_BYTES, len(data) * WORKBOOK_RATIO):
        raise FileTooLarge(_("The workbook unpacks to far too much data."), field=field, unpacked=unpacked)
    names = {entry.filename for entry in entries}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise WrongFileType(_("Use a PDF, JPEG, PNG, XLSX or CSV file."), field=field)
    if any(name.endswith("vbaProject.bin") for name in names):
        raise WrongFileType(_("Workbooks with macros are not accepted. Save it as XLSX."), field=field)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileUnreadable(_("The workbook is protected by a password."), field=field)


def _is_csv(data: bytes) -> bool:
    """Text in an encoding spreadsheets write, with a delimiter in its first line and nothing unprintable."""
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        first = text.lstrip().split("\n", 1)[0]
        printable = not any(ord(char) < 32 and char not in "\t\r\n" for char in text)
        return printable and not first.startswith("<") and any(mark in first for mark in ",;\t")
    return False


def _too_large(limit: int, field: str) -> FileTooLarge:
    return FileTooLarge(_("The file is larger than %(limit)s MB.") % {"limit": limit // MEGA}, field=field, limit=limit)
