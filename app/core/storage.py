"""Where files are kept: by their content, behind one small protocol.

A key is `ab/abcd…`: two digits, then the whole SHA-256. The same bytes are stored once, a key can be checked
against what it returns, and a name chosen by a visitor never becomes a path.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from pkgutil import resolve_name
from typing import Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from app.core.errors import NotFound, Unavailable
from app.core.i18n import _

KEY = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62})")
SERVED_AT = "/files/"
PIECE = 2**20  # bytes


class FileMissing(NotFound):
    """No file is kept under this key."""

    code = "file_missing"


class FileDamaged(Unavailable):
    """What is kept under this key is no longer what was put there."""

    code = "file_damaged"


class StoreUnavailable(Unavailable):
    """The disk or the object store did not do its work; the same call may succeed later."""

    code = "file_store_unavailable"


@dataclass(frozen=True)
class StoredFile:
    """The receipt of a `put`: what a row keeps. `size` is in bytes."""

    key: str
    sha256: str
    size: int
    content_type: str


class FileStore(Protocol):
    """Keeps bytes by their SHA-256. All calls may raise StoreUnavailable."""

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        """Keep `data`; once this returns it survives a crash. Putting the same bytes again changes nothing."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes kept under `key`. Raises FileMissing, FileDamaged."""
        ...

    async def put_file(self, path: Path, *, content_type: str) -> StoredFile:
        """As `put`, for what is too large for memory: the file at `path`, read a piece at a time."""
        ...

    def pieces(self, key: str) -> AsyncIterator[bytes]:
        """As `get`, a piece at a time. FileDamaged comes last, when all pieces are gone out."""
        ...

    async def exists(self, key: str) -> bool: ...

    async def delete(self, key: str) -> None:
        """Forget `key`, for everyone who put the same bytes. A key that is not there is no error."""
        ...

    def url(self, key: str) -> str:
        """The address at which the site serves `key`. Raises FileMissing for what is no key at all."""
        ...


def receipt(data: bytes, content_type: str) -> StoredFile:
    """What `put(data)` answers, computed without storing."""
    digest = hashlib.sha256(data).hexdigest()
    return StoredFile(f"{digest[:2]}/{digest}", digest, len(data), content_type)


def receipt_of(path: Path, content_type: str) -> StoredFile:
    """As `receipt`, for the file at `path`."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return StoredFile(f"{digest[:2]}/{digest}", digest, path.stat().st_size, content_type)


def sound_key(key: str) -> str:
    """`key` itself, if it has the form of one. Raises FileMissing: under any other name nothing is kept."""
    if not KEY.fullmatch(key):
        raise missing(key)
    return key


def verified(key: str, data: bytes) -> bytes:
    """`data` itself, if `key` is the key of its content. Raises FileDamaged."""
    if receipt(data, "").key != key:
        raise FileDamaged(_("This file is damaged in storage."), key=key)
    return data


async def checked(key: str, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; raises FileDamaged after the last one, if `key` is not the key of all of them."""
    seen = hashlib.sha256()
    async for piece in pieces:
        seen.update(piece)
        yield piece
    if seen.hexdigest() != key.rpartition("/")[2]:
        raise FileDamaged(_("This file is damaged in storage."), key=key)


def missing(key: str) -> FileMissing:
    return FileMissing(_("This file does not exist."), key=key)


def unavailable() -> StoreUnavailable:
    return StoreUnavailable(_("Files cannot be stored or read just now. Please try again in a minute."))


_noted: ContextVar[set[str] | None] = ContextVar("noted", default=None)


def noted() -> set[str]:
    """From now on, what this task puts into a store that takes notes is written down in this set, by its key."""
    keys: set[str] = set()
    _noted.set(keys)
    return keys


class NotedFiles:
    """A FileStore in front of another one that notes what is put: nobody looks for what a failed request has put."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        return _note(await self._store.put(data, content_type=content_type))

    async def put_file(self, path: Path, *, content_type: str) -> StoredFile:
        return _note(await self._store.put_file(path, content_type=content_type))

    async def get(self, key: str) -> bytes:
        return await self._store.get(key)

    def pieces(self, key: str) -> AsyncIterator[bytes]:
        return self._store.pieces(key)

    async def exists(self, key: str) -> bool:
        return await self._store.exists(key)

    async def delete(self, key: str) -> None:
        await self._store.delete(key)

    def url(self, key: str) -> str:
        return self._store.url(key)


def _note(stored: StoredFile) -> StoredFile:
    if (keys := _noted.get()) is not None:
        keys.add(stored.key)
    return stored


class LocalFiles:
    """A directory tree on this machine, `root/ab/abcd…`, readable by its owner only."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        return await asyncio.to_thread(self._put, data, content_type)

    async def get(self, key: str) -> bytes:
        return await asyncio.to_thread(self._get, sound_key(key))

    async def put_file(self, path: Path, *, content_type: str) -> StoredFile:
        return await asyncio.to_thread(self._put_file, path, content_type)

    def pieces(self, key: str) -> AsyncIterator[bytes]:
        return checked(sound_key(key), self._pieces(key))

    async def exists(self, key: str) -> bool:
        return bool(KEY.fullmatch(key)) and await asyncio.to_thread(self._path(key).is_file)

    async def delete(self, key: str) -> None:
        if KEY.fullmatch(key):
            await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    def url(self, key: str) -> str:
        return SERVED_AT + sound_key(key)

    def _path(self, key: str) -> Path:
        return self._root / key

    def _put(self, data: bytes, content_type: str) -> StoredFile:
        stored = receipt(data, content_type)
        path = self._path(stored.key)
        try:
            if not self._holds(path, data):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write_durably(path, [data])
        except OSError as problem:
            raise unavailable() from problem
        return stored

    def _get(self, key: str) -> bytes:
        try:
            return verified(key, self._path(key).read_bytes())
        except FileNotFoundError:
            raise missing(key) from None
        except OSError as problem:
            raise unavailable() from problem

    def _put_file(self, source: Path, content_type: str) -> StoredFile:
        stored = receipt_of(source, content_type)
        path = self._path(stored.key)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with source.open("rb") as file:
                _write_durably(path, iter(partial(file.read, PIECE), b""))
        except OSError as problem:
            raise unavailable() from problem
        return stored

    async def _pieces(self, key: str) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError:
            raise missing(key) from None
        except OSError as problem:
            raise unavailable() from problem
        with file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece

    @staticmethod
    def _holds(path: Path, data: bytes) -> bool:
        """Compared in full, so that putting a file again mends a damaged copy."""
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _write_durably(path: Path, pieces: Iterable[bytes]) -> None:
    """Write beside, sync, rename, sync the directory: a crash leaves the whole file or none."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".incoming-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def from_url(url: str) -> FileStore:
    """The store that a setting names: `file:///var/lib/files` or `s3://bucket?endpoint=https://…&region=…`.

    Credentials for S3 come from where its SDK looks for them (environment, profile, instance role), never from
    the URL. Raises ValueError for anything else.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        return LocalFiles(Path(unquote(parts.path)))
    if parts.scheme == "s3" and parts.netloc and not parts.path.strip("/"):
        options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
        if options.keys() <= {"endpoint", "region"}:
            # By name, because the S3 SDK costs 30 MB in every process and most installations keep files on disk.
            store: FileStore = resolve_name("app.core.s3:S3Files")(parts.netloc, **options)
            return store
    raise ValueError(f"not a file store address: {url!r}")
