"""The one stylesheet a page asks for: its imports put in their places once at start, so that it is one request."""

import re
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

CSS = Path(__file__).resolve().parent / "static" / "css"
IMPORT = re.compile(r'@import url\("(?P<file>[\w/.-]+)"\) layer\((?P<layer>\w+)\)(?: (?P<media>\w+))?;')


def flattened(name: str = "portolan.css") -> str:
    """`name` with each `@import url("x") layer(y) media;` replaced by the file itself inside that layer and medium."""

    def content(found: re.Match[str]) -> str:
        text = (CSS / found["file"]).read_text(encoding="utf-8")
        layered = f"@layer {found['layer']} {{\n{text}\n}}"
        return f"@media {found['media']} {{\n{layered}\n}}" if found["media"] else layered

    return IMPORT.sub(content, (CSS / name).read_text(encoding="utf-8"))


def stylesheet_router(*, cached: bool) -> APIRouter:
    """Serves the stylesheet at its own address; `cached` reads the files once, else at each request."""
    router = APIRouter(include_in_schema=False)
    kept = flattened() if cached else ""

    @router.get("/static/css/portolan.css")
    async def stylesheet(request: Request) -> Response:
        text = kept or flattened()
        tag = f'"{sha256(text.encode()).hexdigest()[:16]}"'
        headers = {"cache-control": "public, max-age=3600", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(text, media_type="text/css; charset=utf-8", headers=headers)

    return router
