"""Serves product pictures. Private files belong to other domains and are not found here."""

from fastapi import Request
from starlette.responses import Response

from app.core.storage import FileStore
from app.core.web import HouseRouter, Tx
from listings.pictures import queries

router = HouseRouter(include_in_schema=False)

FOREVER = "public, max-age=31536000, immutable"


@router.get("/files/{folder}/{name}")
async def file(request: Request, tx: Tx, folder: str, name: str) -> Response:
    """One size of a product picture. Its address is the digest of its bytes, so it never changes."""
    key = f"{folder}/{name}"
    media_type = await queries.content_type(tx, key)
    files: FileStore = request.app.state.files
    return Response(await files.get(key), media_type=media_type, headers={"cache-control": FOREVER})
