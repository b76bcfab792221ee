"""Files for an object store pass through the database; nobody waits for another server inside a transaction."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.core import mail
from app.core.runner import drain
from app.core.spool import SpooledFile, SpooledFiles
from app.core.storage import FileMissing, LocalFiles, StoredFile, StoreUnavailable

DATA = b"a contract"


class Bucket(LocalFiles):
    """A store that can go away."""

    away = False

    async def put(self, data: bytes, *, content_type: str) -> StoredFile:
        if self.away:
            raise StoreUnavailable("away")
        return await super().put(data, content_type=content_type)


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return Bucket(tmp_path / "bucket")


@pytest.fixture
def files(db, bucket: Bucket) -> SpooledFiles:
    return SpooledFiles(db, bucket)


async def waiting(db):
    async with db.transaction(read_only=True) as tx:
        return await tx.scalar(select(func.count()).select_from(SpooledFile))


async def test_a_file_is_read_at_once_and_sent_on_later(db, ctx, bucket, files):
    async with db.transaction():
        stored = await files.put(DATA, content_type="text/plain")
        again = await files.put(DATA, content_type="text/plain")
    assert stored == again
    assert not await bucket.exists(stored.key)
    assert await files.exists(stored.key)
    assert await files.get(stored.key) == DATA
    await drain(replace(ctx, files=files))
    assert await waiting(db) == 0
    assert await bucket.get(stored.key) == DATA
    assert await files.get(stored.key) == DATA


async def test_while_the_store_is_away_nothing_is_lost(db, ctx, bucket, files):
    bucket.away = True
    stored = await files.put(DATA, content_type="text/plain")
    await drain(replace(ctx, files=files))
    assert (await waiting(db), await files.get(stored.key)) == (1, DATA)
    bucket.away = False
    await files.send_on(stored.key)
    await files.send_on(stored.key)
    assert (await waiting(db), await bucket.get(stored.key)) == (0, DATA)


async def test_a_file_put_before_its_caller_failed_is_there(db, files):
    async with db.transaction() as tx:
        stored = await files.put(DATA, content_type="text/plain")
        await tx.rollback()
    assert await files.get(stored.key) == DATA


async def test_a_deleted_file_is_gone_from_both(db, files):
    stored = await files.put(DATA, content_type="text/plain")
    await files.send_on(stored.key)
    await files.put(DATA, content_type="text/plain")
    await files.delete(stored.key)
    with pytest.raises(FileMissing):
        await files.get(stored.key)


@pytest.mark.filterwarnings("ignore:.*never awaited", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_no_provider_and_no_mail_server_is_called_inside_a_transaction(db, ctx):
    letter = mail.Message(to="a@example.com", subject="s", text="t", html="", message_id="<1@example.com>")
    post_office = mail.SmtpMailer("smtp://127.0.0.1:9", sender="b@example.com")
    async with db.transaction(read_only=True):
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await ctx.gateway.onboarding_link("acct_1", refresh_url="http://test", return_url="http://test")
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await post_office.send(letter)
    with pytest.raises(mail.MailUnavailable):
        await post_office.send(letter)
