"""What companies hand in: known by its content, checked apart, kept sealed, and shown only with words across it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.crypto import Vault
from app.core.errors import Unavailable
from app.core.i18n import _
from app.core.images import JPEG, PDF, PNG, Document, FileTooLarge, FileUnreadable, WrongFileType, sniff_document
from app.core.storage import FileStore, receipt
from app.core.workshop import JobFailed, JobTooLong, Limits, Workshop
from trust.verification.press import MOST_PAGES, MOST_PIXELS

SHOP = Workshop("trust.verification.press")
LIMITS = Limits(cpu_seconds=15, wall_seconds=30.0, memory_bytes=768 * 2**20)
ADMITTED = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
AT_ONCE = 6
"""Documents that one process opens or lets wait to be opened. A form that comes with one holds a connection to the
database meanwhile, and others need some too."""
_at_work = 0
OPAQUE = "application/octet-stream"
FONT = "NotoSansSC_400Regular.ttf"


class NotShown(Unavailable):
    """The document could not be prepared for being looked at. Fact `reason` is for operators."""

    code = "document_not_shown"


class Busy(Unavailable):
    """So many documents are being opened at once that another one has to wait."""

    code = "documents_busy"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it was handed in; `field` is the form's, where that is not its kind."""

    kind: str
    filename: str
    data: bytes
    field: str = ""


def context(organisation_id: UUID) -> str:
    """To what the vault binds everything of one company's verification."""
    return f"verification:{organisation_id}"


@dataclass(frozen=True, slots=True)
class Sealed:
    """A document that can be kept: what a row says of it, and its sealed bytes, which nobody has stored yet."""

    said: dict[str, Any]
    data: bytes


async def seal_papers(vault: Vault, organisation_id: UUID, papers: Sequence[Paper]) -> list[Sealed]:
    """Check and seal documents. Raises Busy; WrongFileType, FileTooLarge or FileUnreadable naming the field."""
    checked = [(paper, await _check(paper.data, paper.field or paper.kind)) for paper in papers]
    return [_sealed(vault, organisation_id, paper, found, pages) for paper, (found, pages) in checked]


def _sealed(vault: Vault, organisation_id: UUID, paper: Paper, found: Document, pages: int) -> Sealed:
    data = vault.seal_bytes(paper.data, context(organisation_id))
    said = {
        "kind": str(paper.kind),
        "name": paper.filename[-120:],
        "key": receipt(data, OPAQUE).key,
        "content_type": found.content_type,
        "size": len(paper.data),
        "pages": pages,
        "at": clock.now().isoformat(),
    }
    return Sealed(said, data)


async def store_papers(store: FileStore, papers: Sequence[Sealed]) -> None:
    """Keep their bytes: after everything else was checked, so that what is refused leaves nothing behind."""
    for paper in papers:
        await store.put(paper.data, content_type=OPAQUE)


async def keep_papers(
    store: FileStore, vault: Vault, organisation_id: UUID, papers: Sequence[Paper]
) -> list[dict[str, Any]]:
    """Check, seal and keep documents whose rows are written in any case. Raises as `seal_papers`."""
    sealed = await seal_papers(vault, organisation_id, papers)
    await store_papers(store, sealed)
    return said_of(sealed)


def said_of(papers: Sequence[Sealed]) -> list[dict[str, Any]]:
    return [paper.said for paper in papers]


async def _check(data: bytes, field: str) -> tuple[Document, int]:
    found = sniff_document(data, field=field)
    if found not in ADMITTED:
        raise WrongFileType(_("Use a PDF, JPEG or PNG file."), field=field)
    job = {"do": "check", "kind": ADMITTED[found]}
    try:
        told = await _done(json.dumps(job).encode() + b"\n" + data)
    except JobFailed as problem:
        raise _refusal(problem, field) from problem
    return found, int(json.loads(told)["pages"])


async def _done(job: bytes) -> bytes:
    """Raises JobFailed, Busy."""
    global _at_work
    if _at_work >= AT_ONCE:
        raise Busy(_("Many documents are being opened just now. Please try again in a minute."))
    _at_work += 1
    try:
        return await SHOP.do(job, LIMITS)
    finally:
        _at_work -= 1


def _refusal(problem: JobFailed, field: str) -> FileTooLarge | FileUnreadable:
    match str(problem):
        case "pages":
            return FileTooLarge(
                _("The document has no page, or more than %(limit)s.") % {"limit": MOST_PAGES}, field=field
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


async def marked(data: bytes, content_type: str, words: Sequence[str], *, font_dir: Path) -> tuple[bytes, str]:
    """A copy with `words` across every page, and its content type; pictures become JPEG. Raises NotShown, Busy."""
    kind = next((kind for found, kind in ADMITTED.items() if found.content_type == content_type), "")
    if not kind:  # kept before only these were admitted
        raise NotShown(_("This document cannot be shown."), reason=content_type)
    job = {"do": "mark", "kind": kind, "words": list(words), "font": str(font_dir / FONT)}
    try:
        made = await _done(json.dumps(job).encode() + b"\n" + data)
    except JobFailed as problem:
        raise NotShown(_("This document cannot be shown."), reason=str(problem)) from problem
    return made, content_type if kind == "pdf" else JPEG.content_type
