"""What companies hand in: known by its content, checked apart, kept sealed, and shown only with words across it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from app.core import clock, opening
from app.core.crypto import Vault
from app.core.errors import Unavailable
from app.core.i18n import _
from app.core.images import JPEG, PDF, PNG
from app.core.opening import Opened
from app.core.storage import FileStore, receipt
from app.core.workshop import JobFailed, Workshop
from trust.verification.press import MOST_PAGES

SHOP = Workshop("trust.verification.press")
ADMITTED = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
OPAQUE = "application/octet-stream"
FONT = "NotoSansSC_400Regular.ttf"


class NotShown(Unavailable):
    """The document could not be prepared for being looked at. Fact `reason` is for operators."""

    code = "document_not_shown"


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
    return [_sealed(vault, organisation_id, paper, found) for paper, found in checked]


def _sealed(vault: Vault, organisation_id: UUID, paper: Paper, found: Opened) -> Sealed:
    data = vault.seal_bytes(paper.data, context(organisation_id))
    said = {
        "kind": str(paper.kind),
        "name": opening.named(paper.filename, found.document),
        "key": receipt(data, OPAQUE).key,
        "content_type": found.document.content_type,
        "size": len(paper.data),
        "pages": found.pages,
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


async def _check(data: bytes, field: str) -> Opened:
    return await opening.open_document(data, field=field, admitted=ADMITTED, most_pages=MOST_PAGES)


async def marked(data: bytes, content_type: str, words: Sequence[str], *, font_dir: Path) -> tuple[bytes, str]:
    """A copy with `words` across every page, and its content type; pictures become JPEG. Raises NotShown, Busy."""
    kind = next((kind for found, kind in ADMITTED.items() if found.content_type == content_type), "")
    if not kind:  # kept before only these were admitted
        raise NotShown(_("This document cannot be shown."), reason=content_type)
    job = {"kind": kind, "words": list(words), "font": str(font_dir / FONT)}
    try:
        made = await opening.apart(SHOP, json.dumps(job).encode() + b"\n" + data)
    except JobFailed as problem:
        raise NotShown(_("This document cannot be shown."), reason=str(problem)) from problem
    return made, content_type if kind == "pdf" else JPEG.content_type
