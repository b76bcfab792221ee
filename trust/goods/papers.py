"""Documents that are handed in with licences and statements: checked and kept sealed, as verification keeps its own."""

from typing import Any

from app.core.crypto import Vault
from app.core.images import JPEG, PDF, PNG
from app.core.opening import named, open_document
from app.core.payload import Upload
from app.core.storage import FileStore

ADMITTED = (PDF, JPEG, PNG)


async def keep(store: FileStore, vault: Vault, context: str, file: Upload, *, field: str) -> dict[str, Any]:
    """Raises Busy; WrongFileType, FileTooLarge or FileUnreadable naming the field."""
    found = (await open_document(file.data, field=field, admitted=ADMITTED)).document
    stored = await store.put(vault.seal_bytes(file.data, context), content_type="application/octet-stream")
    return {
        "key": stored.key,
        "name": named(file.filename, found),
        "content_type": found.content_type,
        "size": len(file.data),
    }
