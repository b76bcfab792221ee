"""Letters that wait: what they say, and to whom, is readable in no row, also when they cannot be delivered."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from app.core import clock, post
from app.core.crypto import Unsealable
from app.core.db import Database
from app.core.mail import MailRefused, MailUnavailable
from app.core.runner import MOST_FAILURES, drain

TO, TOKEN = "canary@hansa.example", "Zm9yIHRoZSByZWFkZXIgYWxvbmU"


class Deaf:
    """A mail server that takes nothing, and says so with the address, as they do."""

    def __init__(self, kind: type[MailRefused | MailUnavailable]) -> None:
        self.kind = kind

    async def send(self, message):
        raise self.kind("Not now.", reason=f"450 greylisted: <{message.to}>")


async def send(db):
    async with db.transaction() as tx:
        await post.send(tx, to=TO, locale="en", template="reset_password", context={"recipient": "C", "token": TOKEN})


async def rows(db):
    async with db.transaction(read_only=True) as tx:
        return "\n".join(await tx.scalars(text("SELECT row_to_json(job)::text FROM job")))


async def test_a_letter_arrives_and_lies_sealed_before(ctx, db):
    await send(db)
    waiting = await rows(db)
    assert "reset_password" in waiting
    assert TO not in waiting
    assert TOKEN not in waiting
    await drain(ctx)
    [letter] = await ctx.mailer.letters()
    assert letter.to == TO
    assert TOKEN in letter.text


@pytest.mark.parametrize("kind", [MailRefused, MailUnavailable])
async def test_a_letter_that_cannot_be_delivered_tells_operators_why_and_not_to_whom(ctx, db, kind):
    await send(db)
    deaf = replace(ctx, mailer=Deaf(kind))
    for _try in range(MOST_FAILURES):
        await drain(deaf)
        clock.advance(hours=2)
    kept = await rows(db)
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(text("SELECT count(*) FROM job WHERE dead_at IS NOT NULL")) == 1
    assert "450 greylisted" in kept
    assert TO not in kept
    assert TOKEN not in kept


async def test_a_letter_opens_as_what_it_was_sealed_for_alone(ctx, db):
    await send(db)
    async with db.transaction(read_only=True) as tx:
        sealed = await tx.scalar(text("SELECT arguments->>'sealed' FROM job"))
    assert post.opened(db.vault, sealed, "reset_password")["to"] == TO
    with pytest.raises(Unsealable):
        post.opened(db.vault, sealed, "invitation")


async def test_nothing_is_queued_where_it_could_not_be_sealed(settings):
    bare = Database(settings.database_url, pool=1)
    try:
        with pytest.raises(RuntimeError, match="no vault"):
            await send(bare)
        assert await rows(bare) == ""
    finally:
        await bare.close()


async def test_what_a_statement_was_given_is_in_no_error(db):
    with pytest.raises(Exception, match="division by zero") as broken:
        async with db.transaction() as tx:
            await tx.execute(text("SELECT 1 / 0 WHERE :name <> ''"), {"name": TO})
    assert TO not in str(broken.value)
