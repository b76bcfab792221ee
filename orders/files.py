"""Files that travel with a deal: checked by their content, kept by their hash, read only by the two parties."""

import re
from typing import Any

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.images import JPEG, PDF, PNG
from app.core.opening import named, open_document
from app.core.payload import Upload
from app.core.storage import FileStore

MOST = 10
READABLE = frozenset(kind.content_type for kind in (JPEG, PNG, PDF))
"""What can be read as a picture."""
_NUMBER = re.compile(rb"(?:CI|PI|PL|CO|SI|DR)-[0-9A-Z]{4}-[0-9A-Z]{4}(?:-R\d{1,3})?")
"""Numbers of trade documents as they are issued here."""
_MAKER = re.compile(rb"(?:/Producer\s*\(|<pdf:Producer>)([^)<]{1,80})")
MOST_NUMBERS = 20


async def keep(
    store: FileStore, uploads: list[Upload], *, field: str = "files", kind: str = ""
) -> list[dict[str, Any]]:
    """Keep uploads and return what is written beside the deal: key, name, content type, size, SHA-256, kind; and for a
    file that names documents of ours, their `numbers` and its `maker`.

    Raises Busy; WrongFileType, FileTooLarge or FileUnreadable naming `field`; Invalid for more than ten files.
    """
    if len(uploads) > MOST:
        raise Invalid(_("At most %(n)s files at once.") % {"n": MOST}, field=field)
    found = [(upload, (await open_document(upload.data, field=field)).document) for upload in uploads]
    kept = []
    for upload, document in found:
        stored = await store.put(upload.data, content_type=document.content_type)
        kept.append(
            {
                "key": stored.key,
                "name": named(upload.filename, document),
                "content_type": stored.content_type,
                "size": stored.size,
                "sha256": stored.sha256,
                "kind": kind,
                **_said(upload),
            }
        )
    return kept


def _said(upload: Upload) -> dict[str, Any]:
    """Which documents of ours a file names, in its name or its own particulars, and the program it was saved with."""
    found = _NUMBER.findall(upload.filename.upper().encode()) + _NUMBER.findall(upload.data)
    numbers = sorted({number.decode() for number in found})[:MOST_NUMBERS]
    if not numbers:
        return {}
    maker = _MAKER.search(upload.data)
    return {"numbers": numbers, "maker": maker[1].decode("latin-1") if maker else ""}
