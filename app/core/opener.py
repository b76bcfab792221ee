"""The helper that opens documents which came from outside, in a process with bounded time and memory.

A job is a line of JSON (`kind`, `most_pages`), then the file; the answer says how many pages it has. Whoever hands in
what nobody can open is told so at once, and not those who need it later. See `app.core.opening`.
"""

import io
import json
import struct
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.rw_common import find_inherited_value_in_tree

from app.core.workbench import Complaint, serve

P = ParamSpec("P")
T = TypeVar("T")
MOST_PIXELS = 40_000_000
A4 = (595.0, 842.0)
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, struct.error, AttributeError,
          RecursionError, AssertionError, PdfError)  # fmt: skip


def done(job: bytes) -> bytes:
    head, _newline, data = job.partition(b"\n")
    said = json.loads(head)
    pages = opened(_pages, data, said["most_pages"]) if said["kind"] == "pdf" else opened(_drawn, data)
    return json.dumps({"pages": pages}).encode()


def opened(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What is done with a file that came from outside: only there is it the file's fault that it cannot be."""
    try:
        return work(*args, **kwargs)
    except Image.DecompressionBombError:
        raise Complaint("pixels") from None
    except NotImplementedError as problem:
        raise Complaint("unsupported") from problem
    except DAMAGE as problem:
        raise Complaint("damaged") from problem


def _pages(data: bytes, most: int) -> int:
    reader = pdf(data)
    for place in range(pages := pages_of(reader, most)):
        page(reader, place)
    return pages


def _drawn(data: bytes) -> int:
    with picture(data) as found:
        found.load()
    return 1


def picture(data: bytes) -> ImageFile.ImageFile:
    made = JpegImageFile if data.startswith(b"\xff\xd8\xff") else PngImageFile
    found = made(io.BytesIO(data))
    if found.width * found.height > MOST_PIXELS:
        raise Complaint("pixels")
    return found


def pdf(data: bytes) -> PdfFileReader:
    reader = PdfFileReader(io.BytesIO(data), strict=False)  # scanners write what they like
    if reader.encrypted:
        raise Complaint("locked")
    return reader


def pages_of(reader: PdfFileReader, most: int) -> int:
    pages = int(reader.root["/Pages"]["/Count"])
    if not 0 < pages <= most:
        raise Complaint("pages")
    return pages


def page(reader: PdfFileReader, place: int) -> tuple[list[float], int]:
    """The box of a page and by how many degrees it is turned; its content can be read."""
    found = reader.find_page_for_modification(place)[0].get_object()
    contents = found.get("/Contents", [])
    for stream in contents if isinstance(contents, generic.ArrayObject) else [contents]:
        if isinstance(stream, generic.IndirectObject):
            stream = stream.get_object()
        _ = getattr(stream, "data", b"")
    box = find_inherited_value_in_tree(found, "/MediaBox", "/Parent")
    sides = [float(side) for side in box] if box is not None else [0.0, 0.0, *A4]
    left, right = sorted((sides[0], sides[2]))
    low, high = sorted((sides[1], sides[3]))
    if not (1 <= right - left <= 14_400 and 1 <= high - low <= 14_400):  # the limits of PDF 1.7, annex C
        raise Complaint("damaged")
    turned = find_inherited_value_in_tree(found, "/Rotate", "/Parent")
    return [left, low, right, high], int(turned or 0)


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # what a library thinks of a file goes to nobody
    serve(done)
