"""Rules in force, and changes of them on their way."""

from datetime import timedelta
from uuid import UUID

from app.core import clock
from app.core.db import Database
from tests.factories.people import Actor, make_staff
from trust.access import Role
from trust.rules import queries, service, shipped
from trust.rules.codes import Code
from trust.rules.text import Text, read

WHY = {"en": "The law changed.", "zh": "法律有变。"}


def text(*clauses: str, title: str = "Trading rules") -> Text:
    """A short text; each clause says its words in both languages."""
    said = "".join(f"\n## {n}. Clause {n}\n\n{words}\n" for n, words in enumerate(clauses or ("First.", "Second."), 1))
    return read(f"# {title}\n{said}", f"# 交易规则\n{said}")


async def adopt(db: Database) -> None:
    """The texts that Portolan ships, in force from today."""
    async with db.transaction() as tx:
        await shipped.adopt_all(tx, shipped.texts(shipped.TEXTS, fee_basis_points=150))


async def two(db: Database) -> tuple[Actor, Actor]:
    """Somebody who drafts and somebody who publishes."""
    async with db.transaction() as tx:
        first = await make_staff(tx, Role.COMPLIANCE)
        return first, await make_staff(tx, Role.ADMIN)


async def consulted(
    db: Database, by: Actor, code: Code = Code.TRADING, *, days: int = 7, new: Text | None = None
) -> UUID:
    """A change that is up for comments."""
    async with db.transaction() as tx:
        made = await service.draft(tx, code, new or text("First.", "Second, changed."), WHY, by=by.member)
        await service.open_consultation(tx, made, timedelta(days=days), by=by.member)
    return made


async def changed(db: Database, code: Code = Code.TRADING, *, new: Text | None = None) -> UUID:
    """A change that was consulted on, published, and is in force: the clock has gone on as long as that takes."""
    first, second = await two(db)
    made = await consulted(db, first, code, new=new)
    clock.advance(days=7)
    async with db.transaction() as tx:
        day = service.earliest(clock.now(), service.NOTICE)
        await service.publish(tx, made, day, notice=service.NOTICE, by=second.member)
    clock.advance(days=8)
    async with db.transaction(read_only=True) as tx:
        view = await queries.version(tx, made)
    assert view.stands(clock.now().date())
    return made
