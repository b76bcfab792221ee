"""One document that lies sealed in the store, with the receipt that a row keeps of it."""

import asyncio
import hashlib
from typing import Any

from app.core.crypto import Vault
from app.core.opening import named, open_document
from app.core.payload import Upload
from app.core.storage import FileStore

OPAQUE = "application/octet-stream"


async def keep(store: FileStore, vault: Vault, context: str, upload: Upload, *, field: str) -> dict[str, Any]:
    """Seal a document and keep it: key, name, content_type, size in bytes and SHA-256 of what was handed in.

    raises  Busy; WrongFileType, FileTooLarge or FileUnreadable naming `field`
    """
    document = (await open_document(upload.data, field=field)).document
    sealed = await asyncio.to_thread(vault.seal_bytes, upload.data, context)
    stored = await store.put(sealed, content_type=OPAQUE)
    return {
        "key": stored.key,
        "name": named(upload.filename, document),
        "content_type": document.content_type,
        "size": len(upload.data),
        "sha256": hashlib.sha256(upload.data).hexdigest(),
    }


async def opened(store: FileStore, vault: Vault, context: str, key: str) -> bytes:
    """The document under a key. Raises FileMissing, Unsealable for another's context."""
    return await asyncio.to_thread(vault.open_bytes, await store.get(key), context)
