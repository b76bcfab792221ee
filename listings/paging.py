"""Addresses of a list's filters: the reader's own address, with one thing changed."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlencode

from fastapi import Request


def address(request: Request, **changes: str | Iterable[str] | None) -> str:
    """This page's address with some parameters replaced (None: left out), at its first page."""
    kept = [(k, v) for k, v in request.query_params.multi_items() if k not in changes and k != "page" and v]
    for name, value in changes.items():
        if value is not None:
            kept += [(name, v) for v in ([value] if isinstance(value, str) else value)]
    return request.url.path + ("?" + "&".join([_written(*pair) for pair in kept]) if kept else "")


@lru_cache(maxsize=4096)
def _written(name: str, value: str) -> str:
    return urlencode({name: value})
