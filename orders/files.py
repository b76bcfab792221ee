"""Files that travel with a deal: checked by their content, kept by their hash, read only by the two parties."""

from typing import Any

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.images import sniff_document
from app.core.payload import Upload
from app.core.storage import FileStore

MOST = 10


async def keep(
    store: FileStore, uploads: list[Upload], *, field: str = "files", kind: str = ""
) -> list[dict[str, Any]]:
    """Keep uploads and return what is written beside the deal: key, name, content type, size, SHA-256, kind.

    Raises WrongFileType or FileTooLarge naming `field`; Invalid for more than ten files.
    """
    if len(uploads) > MOST:
        raise Invalid(_("At most %(n)s files at once.") % {"n": MOST}, field=field)
    found = [(upload, sniff_document(upload.data, field=field)) for upload in uploads]
    kept = []
    for upload, document in found:
        stored = await store.put(upload.data, content_type=document.content_type)
        kept.append(
            {
                "key": stored.key,
                "name": _name(upload.filename),
                "content_type": stored.content_type,
                "size": stored.size,
                "sha256": stored.sha256,
                "kind": kind,
            }
        )
    return kept


def _name(given: str) -> str:
    """The file's own name without any path or characters that do not show."""
    bare = given.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in bare if c.isprintable())[-120:] or "file"
