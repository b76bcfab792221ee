"""One contract for every file store: the local directory, and S3 against a real S3-speaking server."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app.core.s3 import S3Files
from app.core.storage import (
    PIECE,
    FileDamaged,
    FileMissing,
    FileStore,
    LocalFiles,
    StoredFile,
    StoreUnavailable,
    from_url,
    receipt,
)

DATA = "合同 contract\0\xff".encode()
NOTHING = "00/" + "0" * 64


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "local":
        return from_url(f"file://{tmp_path}/files")
    request.getfixturevalue("s3_credentials")
    endpoint = request.getfixturevalue("s3_endpoint")
    boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket="files")
    return from_url(f"s3://files?endpoint={endpoint}&region=us-east-1")


async def test_what_is_put_comes_back_under_the_hash_of_its_content(store: FileStore) -> None:
    stored = await store.put(DATA, content_type="application/pdf")
    digest = hashlib.sha256(DATA).hexdigest()
    assert stored == StoredFile(f"{digest[:2]}/{digest}", digest, len(DATA), "application/pdf")
    assert await store.get(stored.key) == DATA
    assert await store.exists(stored.key)
    assert store.url(stored.key).endswith(stored.key)


async def test_a_large_file_comes_and_goes_in_pieces(store: FileStore, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(DATA * (PIECE // 8))
    stored = await store.put_file(large, content_type="application/zip")
    assert stored == receipt(large.read_bytes(), "application/zip")
    pieces = [piece async for piece in store.pieces(stored.key)]
    assert len(pieces) > 1
    assert b"".join(pieces) == large.read_bytes() == await store.get(stored.key)
    with pytest.raises(FileMissing):
        _ = [piece async for piece in store.pieces(NOTHING)]


async def test_a_large_file_that_was_changed_is_noticed_at_its_end(tmp_path: Path) -> None:
    store = from_url(f"file://{tmp_path}/files")
    large = tmp_path / "large"
    large.write_bytes(DATA * (PIECE // 8))
    stored = await store.put_file(large, content_type="application/zip")
    kept = tmp_path / "files" / stored.key
    kept.write_bytes(kept.read_bytes()[:-1] + b"!")
    with pytest.raises(FileDamaged):
        _ = [piece async for piece in store.pieces(stored.key)]


async def test_an_empty_file_is_a_file(store: FileStore) -> None:
    stored = await store.put(b"", content_type="text/plain")
    assert stored.size == 0
    assert await store.get(stored.key) == b""


async def test_the_same_bytes_are_one_file(store: FileStore) -> None:
    first = await store.put(DATA, content_type="application/pdf")
    assert await store.put(DATA, content_type="application/pdf") == first
    assert await store.get(first.key) == DATA


async def test_a_deleted_file_is_gone_and_may_be_deleted_again(store: FileStore) -> None:
    stored = await store.put(b"short-lived", content_type="text/plain")
    await store.delete(stored.key)
    await store.delete(stored.key)
    assert not await store.exists(stored.key)
    with pytest.raises(FileMissing):
        await store.get(stored.key)


@pytest.mark.parametrize(
    "key",
    [
        NOTHING,
        "",
        "../../etc/passwd",
        "/etc/passwd",
        "ab/../../etc/passwd",
        "00/" + "0" * 63,
        "00/" + "0" * 64 + "\n",
        "01/" + "0" * 64,
        "00/" + "F" * 64,
        "00/\0" + "0" * 63,
    ],
)
async def test_a_name_that_is_no_key_finds_nothing(store: FileStore, key: str) -> None:
    assert not await store.exists(key)
    await store.delete(key)
    with pytest.raises(FileMissing):
        await store.get(key)


async def test_a_path_has_no_address(store: FileStore) -> None:
    with pytest.raises(FileMissing):
        store.url("../secret")


async def test_deleting_by_path_removes_nothing_outside_the_root(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("kept")
    await LocalFiles(tmp_path / "files").delete("../outside.txt")
    assert outside.read_text() == "kept"


async def test_a_damaged_file_is_not_handed_out_and_is_mended_by_putting_it_again(tmp_path: Path) -> None:
    store = LocalFiles(tmp_path)
    stored = await store.put(DATA, content_type="text/plain")
    (tmp_path / stored.key).write_bytes(b"X" * len(DATA))
    with pytest.raises(FileDamaged):
        await store.get(stored.key)
    await store.put(DATA, content_type="text/plain")
    assert await store.get(stored.key) == DATA


async def test_a_damaged_object_is_not_handed_out(s3_endpoint: str, s3_credentials: None) -> None:
    client = boto3.client("s3", endpoint_url=s3_endpoint)
    client.create_bucket(Bucket="damaged")
    client.put_object(Bucket="damaged", Key=NOTHING, Body=b"something else")
    with pytest.raises(FileDamaged):
        await S3Files("damaged", s3_endpoint).get(NOTHING)


def test_a_local_store_leaves_no_half_written_file_behind(tmp_path: Path) -> None:
    stored = asyncio.run(LocalFiles(tmp_path).put(DATA, content_type="text/plain"))
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()] == [stored.key]
    assert (tmp_path / stored.key).stat().st_mode & 0o077 == 0


async def test_a_root_that_cannot_hold_files_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("a file where the directory should be")
    with pytest.raises(StoreUnavailable):
        await LocalFiles(tmp_path / "root").put(DATA, content_type="text/plain")


async def test_a_missing_bucket_is_unavailable(s3_endpoint: str, s3_credentials: None) -> None:
    store = S3Files("no-such-bucket", s3_endpoint)
    with pytest.raises(StoreUnavailable):
        await store.put(DATA, content_type="text/plain")
    with pytest.raises(StoreUnavailable):
        await store.get("00/" + "0" * 64)


@pytest.mark.parametrize(
    "url",
    ["", "file://", "file://host/path", "s3://", "s3://bucket/folder", "s3://b?secret=x", "ftp://host/x", "/var/files"],
)
def test_an_address_of_no_known_store_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="file store"):
        from_url(url)
