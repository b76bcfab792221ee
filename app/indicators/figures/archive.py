"""A file of sheets: what a closing was counted from, sealed by its hash.

A ZIP with one sheet for each kind of row and `manifest.json`, which names the closing, the last day, the day on which
it was counted, and of each sheet its number of rows and SHA-256. The same rows make the same bytes.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from app.indicators.figures import groups
from app.indicators.figures.base import Figure, spans
from app.indicators.figures.rows import read, sheet

FORMAT = "portolan-indicators/1"
MANIFEST = "manifest.json"
STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say; when it was made stands in the manifest
LARGEST_MANIFEST = 1_000_000
LINES = 1000  # that are hashed and packed at once
Row = TypeVar("Row", bound=tuple[Any, ...])


class BadArchive(ValueError):
    """A file that is none of ours, or not as it was sealed; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`last`: the last day of all spans; `known`: the day on which it was counted; `zone` cuts the days."""

    closing: str
    last: date
    known: date
    zone: str
    sheets: dict[str, tuple[int, str]]
    """Name of a sheet → its rows, and its SHA-256."""

    def dump(self) -> str:
        said = {
            "format": FORMAT,
            "closing": self.closing,
            "last": self.last.isoformat(),
            "known": self.known.isoformat(),
            "zone": self.zone,
            "sheets": {name: {"rows": rows, "sha256": sha} for name, (rows, sha) in sorted(self.sheets.items())},
        }
        return json.dumps(said, indent=1, sort_keys=True) + "\n"

    @classmethod
    def load(cls, text: bytes) -> "Manifest":
        """Raises BadArchive."""
        try:
            said = json.loads(text)
            if said["format"] != FORMAT or said["closing"] not in groups.CLOSINGS:
                raise BadArchive(f"not of the format {FORMAT}")
            sheets = {name: (int(one["rows"]), str(one["sha256"])) for name, one in said["sheets"].items()}
            first, known = date.fromisoformat(said["last"]), date.fromisoformat(said["known"])
            return cls(said["closing"], first, known, str(said["zone"]), sheets)
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise BadArchive(f"{MANIFEST} cannot be read: {error}") from None


def name_of(kind: type[tuple[Any, ...]]) -> str:
    return f"{kind.__name__.lower()}.csv"


class _Hashing(io.TextIOBase):
    """Text on its way into the archive, hashed as it goes, many lines at once."""

    def __init__(self, out: BinaryIO) -> None:
        self._out, self.hash = out, hashlib.sha256()
        self._lines: list[str] = []

    def write(self, text: str) -> int:
        self._lines.append(text)
        if len(self._lines) == LINES:
            self.send()
        return len(text)

    def send(self) -> None:
        """What waits. Not `flush`, which is called for a file that is let go, too, when the archive is closed."""
        data = "".join(self._lines).encode()
        self.hash.update(data)
        self._out.write(data)
        self._lines.clear()


class Writer:
    """Makes an archive, one sheet after another."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._sheets: dict[str, tuple[int, str]] = {}

    async def add(self, kind: type[Row], rows: AsyncIterable[Row]) -> int:
        """Write one sheet, in the order in which the rows come; how many rows."""
        with self._entry(name_of(kind)) as out:
            text, number = _Hashing(out), 0
            put = sheet(text, kind)
            async for row in rows:
                put(row)
                number += 1
            text.send()
        self._sheets[name_of(kind)] = (number, text.hash.hexdigest())
        return number

    def close(self, closing: str, last: date, known: date, zone: str) -> Manifest:
        manifest = Manifest(closing, last, known, zone, self._sheets)
        with self._entry(MANIFEST) as out:
            out.write(manifest.dump().encode())
        self._zip.close()
        return manifest

    @contextmanager
    def _entry(self, name: str) -> Iterator[Any]:
        info = zipfile.ZipInfo(name, STAMP)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._zip.open(info, "w", force_zip64=True) as out:
            yield out


class Archive:
    """An archive to read. Raises BadArchive where it is none."""

    def __init__(self, file: Path | BinaryIO) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
            if self._zip.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
                raise BadArchive(f"{MANIFEST} is too large")
            self.manifest = Manifest.load(self._zip.read(MANIFEST))
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise BadArchive(f"not an archive of sheets: {error}") from None

    def rows(self, kind: type[Row]) -> Iterator[Row]:
        """The rows of one sheet, to the last of which its hash and number are checked. Raises BadSheet, BadArchive."""
        name = name_of(kind)
        number, expected = self.manifest.sheets.get(name, (0, ""))
        if not expected:
            raise BadArchive(f"{name} is missing")
        found, hashed = 0, hashlib.sha256()
        with self._open(name) as raw:
            for row in read(_lines(raw, hashed.update), kind):
                found += 1
                yield row
        if hashed.hexdigest() != expected or found != number:
            raise BadArchive(f"{name} is not the sheet that was sealed")

    def count(self) -> dict[str, list[Figure]]:
        """Every figure of the closing, by the name of its span."""
        known = self.manifest
        there = [group for group in groups.CLOSINGS[known.closing] if self._has(group)]
        return groups.count(there, self, spans(known.last, known.zone), known.known)

    def _has(self, group: groups.Group) -> bool:
        """Whether there is any sheet of the group: a file from before a group was counted has none of its own."""
        return any(name_of(kind) in self.manifest.sheets for kind in group.sheets)

    @contextmanager
    def _open(self, name: str) -> Iterator[Any]:
        try:
            with self._zip.open(name) as raw:
                yield raw
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise BadArchive(f"{name} cannot be read: {error}") from None


def _lines(raw: Iterable[bytes], see: Callable[[bytes], object]) -> Iterator[str]:
    for line in raw:
        see(line)
        yield line.decode()


def program() -> str:
    """SHA-256 over the program that counts: this package's files, by name."""
    found = hashlib.sha256()
    inside = (one for one in files(__name__.rpartition(".")[0]).iterdir() if one.name.endswith(".py"))
    for one in sorted(inside, key=lambda one: one.name):
        found.update(one.name.encode() + b"\0" + one.read_bytes())
    return found.hexdigest()


def fingerprint(found: dict[str, list[Figure]]) -> str:
    """SHA-256 over figures: by span, code and cut, each number as it is written out."""

    def told(number: Decimal | None) -> str | None:
        return None if number is None else f"{number.normalize() + 0:f}"

    rows = [
        [name, one.code, *one.cut, told(one.value), told(one.numerator), told(one.denominator)]
        for name, figures in sorted(found.items())
        for one in sorted(figures, key=lambda one: (one.code, one.cut))
    ]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
