"""Rows in the order of a key, however many there are: sorted runs wait in files and are merged as they are read."""

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import IO, Any, Generic, Self, TypeVar

Row = TypeVar("Row")
RUN = 50_000
"""So many rows at once are held in memory."""
AT_ONCE = 500
"""So many of each run are read at once while they are merged."""


class Ordered(Generic[Row]):
    """Takes rows one after another; when all are there, gives them in order. Equal ones stay as they came.

    `key` is asked again for what was in a file. The files have no name, and are gone when the `with` block ends.
    """

    def __init__(self, key: Callable[[Row], Any]) -> None:
        self._key = key
        self._rows: list[Row] = []
        self._files = ExitStack()
        self._runs: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._files.close()

    def add(self, row: Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= RUN:
            self._runs.append(self._put_by())

    def __iter__(self) -> Iterator[Row]:
        self._rows.sort(key=self._key)
        return heapq.merge(*(_read(run) for run in self._runs), iter(self._rows), key=self._key)

    def _put_by(self) -> IO[bytes]:
        self._rows.sort(key=self._key)
        file = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the stack closes it
        for begin in range(0, len(self._rows), AT_ONCE):
            pickle.dump(self._rows[begin : begin + AT_ONCE], file, pickle.HIGHEST_PROTOCOL)
        self._rows.clear()
        return file


def _read(file: IO[bytes]) -> Iterator[Any]:
    file.seek(0)
    while True:
        try:
            some = pickle.load(file)  # noqa: S301  a file of our own that nobody else can open
        except EOFError:
            return
        yield from some
