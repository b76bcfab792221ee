"""The helper that makes copies of what companies hand in: see `trust.verification.papers`.

What came from outside is drawn here alone, in a process with bounded time and memory. A job is a line of JSON, then
the file; the answer is a copy with words across every page. It is drawn anew: of a PDF nothing but its pages is taken
over (no scripts, forms, attachments or earlier revisions), and of a picture nothing but its pixels.
"""

import io
import json
import warnings
from functools import lru_cache
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.images import pil_image
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from app.core.opener import A4, opened, page, pages_of, pdf, picture
from app.core.workbench import serve

MOST_PAGES = 60
LONGEST_EDGE = 2400
"""Pixels of a marked picture: a licence is read well at that."""
JPEG_QUALITY = 88
INK = (150, 30, 20)
STRENGTH = 62
"""Of 255: the words are read, and what lies below as well."""
TILT = 30


def done(job: bytes) -> bytes:
    head, _newline, data = job.partition(b"\n")
    said = json.loads(head)
    if said["kind"] == "pdf":
        return opened(_marked_pdf, _words(said, (int(A4[1]), int(A4[1]))), data)
    upright = opened(_upright, data)
    upright.paste(Image.new("RGB", upright.size, INK), mask=_words(said, upright.size).getchannel("A"))
    file = io.BytesIO()
    upright.save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def _upright(data: bytes) -> Image.Image:
    with picture(data) as found:
        found.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        upright = ImageOps.exif_transpose(found).convert("RGB")
    upright.thumbnail((LONGEST_EDGE, LONGEST_EDGE))
    return upright


def _marked_pdf(sheet: Image.Image, data: bytes) -> bytes:
    reader, writer = pdf(data), PdfFileWriter()
    pages = pages_of(reader, MOST_PAGES)
    words = pil_image(sheet, writer)
    for place in range(pages):
        box, turned = page(reader, place)
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
