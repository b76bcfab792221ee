"""The file store in an S3-compatible bucket (Amazon S3, MinIO, Ceph, OSS and the like), with the official SDK."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.core.db import outside_transaction
from app.core.storage import (
    KEY,
    PIECE,
    SERVED_AT,
    StoredFile,
    checked,
    missing,
    receipt,
    receipt_of,
    sound_key,
    unavailable,
    verified,
)

ABSENT = {"404", "NoSuchKey", "NotFound"}


class S3Files:
    """A bucket; the object name is the key. The SDK blocks, so each call runs in a thread."""

    def __init__(self, bucket: str, endpoint: str | None = None, region: str | None = None) -> None:
        """`bucket` must exist. `endpoint` is the base address of a compatible service; None means Amazon's."""
        self._bucket = bucket
        self._client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=region,
            config=Config(
                connect_timeout=5,
                read_timeout=30,
                retries={"mode": "standard", "total_max_attempts": 3},
                # A self-hosted service rarely has a host name for every bucket.
                s3={"addressing_style": "path" if endpoint else "auto"},
            ),
        )

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        outside_transaction("storing a file")
        return await asyncio.to_thread(self._put, data, content_type)

    async def get(self, key: str) -> bytes:
        return await asyncio.to_thread(self._get, sound_key(key))

    async def put_file(self, path: Path, *, content_type: str) -> StoredFile:
        outside_transaction("storing a file")
        return await asyncio.to_thread(self._put_file, path, content_type)

    def pieces(self, key: str) -> AsyncIterator[bytes]:
        return checked(sound_key(key), self._pieces(key))

    async def exists(self, key: str) -> bool:
        return bool(KEY.fullmatch(key)) and await asyncio.to_thread(self._exists, key)

    async def delete(self, key: str) -> None:
        if KEY.fullmatch(key):
            await asyncio.to_thread(self._delete, key)

    def url(self, key: str) -> str:
        return SERVED_AT + sound_key(key)

    def _put(self, data: bytes, content_type: str) -> StoredFile:
        stored = receipt(data, content_type)
        try:
            self._client.put_object(Bucket=self._bucket, Key=stored.key, Body=data, ContentType=content_type)
        except (ClientError, BotoCoreError) as problem:
            raise unavailable() from problem
        return stored

    def _put_file(self, path: Path, content_type: str) -> StoredFile:
        stored = receipt_of(path, content_type)
        try:  # in parts where it is large
            self._client.upload_file(str(path), self._bucket, stored.key, ExtraArgs={"ContentType": content_type})
        except (ClientError, BotoCoreError, Boto3Error) as problem:
            raise unavailable() from problem
        return stored

    async def _pieces(self, key: str) -> AsyncIterator[bytes]:
        try:
            body = (await asyncio.to_thread(self._client.get_object, Bucket=self._bucket, Key=key))["Body"]
            while piece := await asyncio.to_thread(body.read, PIECE):
                yield piece
        except (ClientError, BotoCoreError) as problem:
            if _absent(problem):
                raise missing(key) from None
            raise unavailable() from problem

    def _get(self, key: str) -> bytes:
        try:
            data = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except (ClientError, BotoCoreError) as problem:
            if _absent(problem):
                raise missing(key) from None
            raise unavailable() from problem
        return verified(key, data)

    def _exists(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=key)
        except (ClientError, BotoCoreError) as problem:
            if _absent(problem):
                return False
            raise unavailable() from problem
        return True

    def _delete(self, key: str) -> None:
        try:
            self._client.delete_object(Bucket=self._bucket, Key=key)
        except (ClientError, BotoCoreError) as problem:
            raise unavailable() from problem


def _absent(problem: ClientError | BotoCoreError) -> bool:
    return isinstance(problem, ClientError) and problem.response.get("Error", {}).get("Code") in ABSENT
