"""Addresses of a list's filters: the reader's own address, with one thing changed."""

from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from urllib.parse import urlencode

from fastapi import Request


class Addresses:
    """The reader's own address with something changed, at its first page. What is kept is written once for all."""

    def __init__(self, request: Request) -> None:
        self._path = request.url.path
        pairs = request.query_params.multi_items()
        self._pairs = [(name, _written(name, value)) for name, value in pairs if value and name != "page"]

    def changed(self, **changes: str | Iterable[str] | None) -> str:
        """With some parameters replaced; None: left out."""
        pairs = self._without(changes)
        for name, value in changes.items():
            if value is not None:
                pairs += [_written(name, v) for v in ([value] if isinstance(value, str) else value)]
        return self._of(pairs)

    def toggled(self, name: str, chosen: Sequence[str], values: Iterable[str]) -> list[str]:
        """For each of these values: without it if it is one of the chosen ones of `name`, else with it beside them."""
        pairs = self._without((name,))
        whole = self._of([*pairs, *(_written(name, v) for v in chosen), ""])
        return [
            self._of([*pairs, *(_written(name, v) for v in chosen if v != value)])
            if value in chosen
            else whole + _written(name, value)
            for value in values
        ]

    def _without(self, names: Container[str]) -> list[str]:
        return [pair for name, pair in self._pairs if name not in names]

    def _of(self, pairs: list[str]) -> str:
        return f"{self._path}?{'&'.join(pairs)}" if pairs else self._path


@lru_cache(maxsize=4096)
def _written(name: str, value: str) -> str:
    return urlencode({name: value})
