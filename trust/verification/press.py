"""The helper that opens what companies hand in: see `trust.verification.papers`.

What came from outside is opened here alone, in a process with bounded time and memory. A job is a line of JSON, then
the file. `check` says whether the file can be shown; `mark` makes a copy of it with words across every page. The copy
is drawn anew: of a PDF nothing but its pages is taken over (no scripts, forms, attachments or earlier revisions), and
of a picture nothing but its pixels.
"""

import io
import json
import struct
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ParamSpec, TypeVar

from PIL import Image, ImageDraw, ImageFont, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.images import pil_image
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import find_inherited_value_in_tree
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from app.core.workbench import Complaint, serve

P = ParamSpec("P")
T = TypeVar("T")
MOST_PAGES = 60
MOST_PIXELS = 40_000_000
LONGEST_EDGE = 2400
"""Pixels of a marked picture: a licence is read well at that."""
JPEG_QUALITY = 88
INK = (150, 30, 20)
STRENGTH = 62
"""Of 255: the words are read, and what lies below as well."""
A4 = (595.0, 842.0)
TILT = 30
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, AttributeError,
          RecursionError, AssertionError, PdfError)  # fmt: skip


def done(job: bytes) -> bytes:
    head, _newline, data = job.partition(b"\n")
    said = json.loads(head)
    if said["do"] == "check":
        return _opened(_checked, said, data)
    if said["kind"] == "pdf":
        return _opened(_marked_pdf, _words(said, (int(A4[1]), int(A4[1]))), data)
    upright = _opened(_upright, data)
    upright.paste(Image.new("RGB", upright.size, INK), mask=_words(said, upright.size).getchannel("A"))
    file = io.BytesIO()
    upright.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _opened(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What is done with a file that came from outside: only there is it the file's fault that it cannot be."""
    try:
        return work(*args, **kwargs)
    except Image.DecompressionBombError:
        raise Complaint("pixels") from None
    except NotImplementedError as problem:
        raise Complaint("unsupported") from problem
    except DAMAGE as problem:
        raise Complaint("damaged") from problem


def _checked(said: dict[str, Any], data: bytes) -> bytes:
    if said["kind"] == "pdf":
        pages = [_page(reader, place) for reader in [_pdf(data)] for place in range(_pages(reader))]
        return json.dumps({"pages": len(pages)}).encode()
    with _picture(data) as found:
        found.load()
    return b'{"pages": 1}'


def _upright(data: bytes) -> Image.Image:
    with _picture(data) as found:
        found.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        upright = ImageOps.exif_transpose(found).convert("RGB")
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    return upright


def _picture(data: bytes) -> Image.Image:
    made = JpegImageFile if data.startswith(b"\xff\xd8\xff") else PngImageFile
    found = made(io.BytesIO(data))
    if found.width * found.height > MOST_PIXELS:
        raise Complaint("pixels")
    return found


def _pdf(data: bytes) -> PdfFileReader:
    reader = PdfFileReader(io.BytesIO(data), strict=False)  # scanners write what they like
    if reader.encrypted:
        raise Complaint("locked")
    return reader


def _pages(reader: PdfFileReader) -> int:
    pages = int(reader.root["/Pages"]["/Count"])
    if not 0 < pages <= MOST_PAGES:
        raise Complaint("pages")
    return pages


def _page(reader: PdfFileReader, place: int) -> tuple[list[float], int]:
    """The box of a page and by how many degrees it is turned; its content can be read."""
    page = reader.find_page_for_modification(place)[0].get_object()
    contents = page.get("/Contents", [])
    for stream in contents if isinstance(contents, generic.ArrayObject) else [contents]:
        if isinstance(stream, generic.IndirectObject):
            stream = stream.get_object()
        _ = getattr(stream, "data", b"")
    box = find_inherited_value_in_tree(page, "/MediaBox", "/Parent")
    found = [float(side) for side in box] if box is not None else [0.0, 0.0, *A4]
    left, right = sorted((found[0], found[2]))
    low, high = sorted((found[1], found[3]))
    if not (1 <= right - left <= 14_400 and 1 <= high - low <= 14_400):  # the limits of PDF 1.7, annex C
        raise Complaint("damaged")
    turned = find_inherited_value_in_tree(page, "/Rotate", "/Parent")
    return [left, low, right, high], int(turned or 0)


def _marked_pdf(sheet: Image.Image, data: bytes) -> bytes:
    reader, writer = _pdf(data), PdfFileWriter()
    pages = _pages(reader)
    words = pil_image(sheet, writer)
    for place in range(pages):
        box, turned = _page(reader, place)
        left, low, right, high = box
        side = max(right - left, high - low)
        names = {pdf_name("/Words"): words}
        drawn = b""
        if "/Contents" in reader.find_page_for_modification(place)[0].get_object():
            names[pdf_name("/Page")] = writer.import_page_as_xobject(reader, place)
            drawn = b"q /Page Do Q "
        drawn += f"q {side:.2f} 0 0 {side:.2f} {left:.2f} {low:.2f} cm /Words Do Q".encode()
        content = writer.add_object(generic.StreamObject(stream_data=drawn))
        shown = PageObject(contents=content, media_box=generic.ArrayObject(generic.FloatObject(s) for s in box))
        shown[pdf_name("/Resources")] = generic.DictionaryObject(
            {pdf_name("/XObject"): generic.DictionaryObject(names)}
        )
        shown[pdf_name("/Rotate")] = generic.NumberObject(turned)
        writer.insert_page(shown)
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


@lru_cache(maxsize=4)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def _words(said: dict[str, Any], size: tuple[int, int]) -> Image.Image:
    """A sheet of `size` with the words across it again and again, so that no part of it is without them."""
    wide, high = size
    letter = max(11, max(size) // 42)
    font, text = _font(said["font"], letter), "    ".join(said["words"])
    edge = int((wide**2 + high**2) ** 0.5) + 2
    sheet = Image.new("L", (edge, edge), 0)
    pen = ImageDraw.Draw(sheet)
    length = max(1, int(pen.textlength(text, font=font)) + letter * 4)
    for line, top in enumerate(range(0, edge, letter * 6)):
        for start in range(-(line % 2) * length // 2, edge, length):
            pen.text((start, top), text, font=font, fill=STRENGTH)
    turned = sheet.rotate(TILT, resample=Image.Resampling.BILINEAR)
    at = ((edge - wide) // 2, (edge - high) // 2)
    mask = turned.crop((*at, at[0] + wide, at[1] + high))
    shown = Image.new("RGB", size, INK)
    shown.putalpha(mask)
    return shown


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # what a library thinks of a file goes to nobody
    serve(done)
