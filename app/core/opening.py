"""Documents that people hand in: known by their content, and opened once, apart, before anybody has to rely on them."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from app.core.errors import Unavailable
from app.core.i18n import _
from app.core.images import (
    CSV,
    JPEG,
    PDF,
    PNG,
    XLSX,
    Document,
    FileTooLarge,
    FileUnreadable,
    WrongFileType,
    sniff_document,
)
from app.core.opener import MOST_PIXELS
from app.core.workshop import JobFailed, JobTooLong, Limits, Workshop

SHOP = Workshop("app.core.opener")
LIMITS = Limits(cpu_seconds=15, wall_seconds=30.0, memory_bytes=768 * 2**20)
ON_PAPER = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
"""What has pages, and is opened."""
MOST_PAGES = 500
AT_ONCE = 6
"""Documents that one process opens or lets wait to be opened. A form that comes with one holds a connection to the
database meanwhile, and others need some too."""
NAME_LENGTH = 120
_at_work = 0


class Busy(Unavailable):
    """So many documents are being opened at once that another one has to wait."""

    code = "documents_busy"


@dataclass(frozen=True, slots=True)
class Opened:
    """What a document is; `pages` is 1 for pictures and tables."""

    document: Document
    pages: int


async def open_document(
    data: bytes, *, field: str = "file", admitted: Collection[Document] = (), most_pages: int = MOST_PAGES
) -> Opened:
    """Look what a document is, and that it can be opened. `admitted`: of which kinds, any where empty.

    Raises Busy; WrongFileType, FileTooLarge or FileUnreadable naming the field.
    """
    found = sniff_document(data, field=field)
    if admitted and found not in admitted:
        raise WrongFileType(_("Use a PDF, JPEG or PNG file."), field=field)
    if found not in ON_PAPER:
        return Opened(found, 1)
    head = json.dumps({"kind": ON_PAPER[found], "most_pages": most_pages})
    try:
        told = await apart(SHOP, head.encode() + b"\n" + data)
    except JobFailed as problem:
        raise _refusal(problem, field, most_pages) from problem
    return Opened(found, int(json.loads(told)["pages"]))


async def apart(shop: Workshop, job: bytes) -> bytes:
    """Let a helper do something with a document. Raises JobFailed, Busy."""
    global _at_work
    if _at_work >= AT_ONCE:
        raise Busy(_("Many documents are being opened just now. Please try again in a minute."))
    _at_work += 1
    try:
        return await shop.do(job, LIMITS)
    finally:
        _at_work -= 1


def named(filename: str, document: Document) -> str:
    """The name under which a document is kept: its own, without any path or signs that do not show, at most 120 signs
    of it, and with an ending that says what it is. A program's ending is left to no file."""
    bare = filename.replace("\\", "/").rsplit("/", 1)[-1]
    bare = "".join(sign for sign in bare if sign.isprintable()).strip()
    ending = f".{document.extension}"
    stem, dot, last = bare.rpartition(".")
    if dot and f".{last.lower()}" in _ENDINGS[document.extension]:
        return (stem[: NAME_LENGTH - len(last) - 1] or "file") + dot + last
    return (bare[: NAME_LENGTH - len(ending)] or "file") + ending


_ENDINGS = {one.extension: {f".{one.extension}"} for one in (PDF, JPEG, PNG, XLSX, CSV)}
_ENDINGS[JPEG.extension].add(".jpeg")


def _refusal(problem: JobFailed, field: str, most_pages: int) -> FileTooLarge | FileUnreadable:
    match str(problem):
        case "pages":
            return FileTooLarge(
                _("The document has no page, or more than %(limit)s.") % {"limit": most_pages}, field=field
            )
        case "pixels":
            limit = MOST_PIXELS // 1_000_000
            return FileTooLarge(
                _("The picture has more than %(limit)s million pixels.") % {"limit": limit}, field=field
            )
        case "unsupported":
            return FileUnreadable(
                _("The document is compressed in an old way that cannot be opened here. Save it anew as a PDF."),
                field=field,
            )
        case "locked":
            return FileUnreadable(_("The document is locked with a password. Save it without one."), field=field)
    if isinstance(problem, JobTooLong):
        return FileUnreadable(_("The document takes too long to open. Save it anew, as simple pages."), field=field)
    return FileUnreadable(_("The file is damaged and cannot be read."), field=field)
