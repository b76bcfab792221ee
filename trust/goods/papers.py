"""Documents that are handed in with licences and statements: checked and kept sealed, as verification keeps its own."""

from typing import Any

from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.images import JPEG, PDF, PNG, sniff_document
from app.core.payload import Upload
from app.core.storage import FileStore

ADMITTED = (PDF, JPEG, PNG)


async def keep(store: FileStore, vault: Vault, context: str, file: Upload, *, field: str) -> dict[str, Any]:
    """Raises WrongFileType, FileTooLarge, FileUnreadable or Invalid naming the field."""
    found = sniff_document(file.data, field=field)
    if found not in ADMITTED:
        raise Invalid(_("Use a PDF, JPEG or PNG file."), field=field)
    stored = await store.put(vault.seal_bytes(file.data, context), content_type="application/octet-stream")
    return {
        "key": stored.key,
        "name": file.filename[-120:],
        "content_type": found.content_type,
        "size": len(file.data),
    }
