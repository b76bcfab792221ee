"""Addresses of a list's filters: the reader's own address, with one thing changed."""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from urllib.parse import urlencode

from fastapi import Request


def address(request: Request, **changes: str | Iterable[str] | None) -> str:
    """This page's address with some parameters replaced (None: left out), at its first page."""
    pairs = _kept(request, changes)
    for name, value in changes.items():
        if value is not None:
            pairs += [_written(name, v) for v in ([value] if isinstance(value, str) else value)]
    return request.url.path + ("?" + "&".join(pairs) if pairs else "")


def addresses(request: Request, name: str) -> Callable[[Sequence[str]], str]:
    """`address` for many values of one parameter: what they have in common is written once."""
    kept, path = "&".join(_kept(request, [name])), request.url.path

    def to(values: Sequence[str]) -> str:
        if not values:
            return f"{path}?{kept}" if kept else path
        added = "&".join([_written(name, value) for value in values])
        return f"{path}?{kept}&{added}" if kept else f"{path}?{added}"

    return to


def _kept(request: Request, changed: Iterable[str]) -> list[str]:
    left_out = {"page", *changed}
    return [_written(k, v) for k, v in request.query_params.multi_items() if k not in left_out and v]


@lru_cache(maxsize=4096)
def _written(name: str, value: str) -> str:
    return urlencode({name: value})
