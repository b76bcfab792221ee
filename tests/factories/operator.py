"""The operator's registered capital, and a penalty against it."""

from datetime import date
from typing import Any
from uuid import UUID

from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.payload import Upload
from tests.factories.files import PDF
from tests.factories.people import Actor
from trust import sealed
from trust.operator import recording
from trust.operator.recording import Capital, Penalty

YUAN = Money(500_000_000, "CNY")
"""500 ten thousands."""


def capital(**changes: Any) -> Capital:
    said: dict[str, Any] = {
        "registration": "91440300MA5ABCDE1X",
        "subscribed": YUAN,
        "paid_in": Money(200_000_000, "CNY"),
        "registered_on": date(2020, 5, 1),
        "changed_on": date(2020, 5, 1),
    }
    return Capital(**said | changes)


def penalty(**changes: Any) -> Penalty:
    said: dict[str, Any] = {
        "organ": "Market Supervision Administration",
        "document_number": "2026-17",
        "decided_on": date(2026, 3, 9),
        "amount": Money(1_000_000, "CNY"),
        "facts": "Licence not shown on the front page.",
    }
    return Penalty(**said | changes)


async def document(ctx: JobContext, id_: UUID) -> dict[str, Any]:
    upload = Upload("licence.pdf", "application/pdf", PDF)
    return await sealed.keep(ctx.files, ctx.settings.vault, recording.sealed_for(id_), upload, field="document")


async def state(ctx: JobContext, admin: Actor, **changes: Any) -> UUID:
    id_ = new_id()
    receipt = await document(ctx, id_)
    async with ctx.db.transaction() as tx:
        await recording.state_capital(tx, id_, capital(**changes), receipt, by=admin.member)
    return id_


async def punish(ctx: JobContext, admin: Actor, **changes: Any) -> UUID:
    id_ = new_id()
    receipt = await document(ctx, id_)
    async with ctx.db.transaction() as tx:
        await recording.enter_penalty(tx, id_, penalty(**changes), receipt, by=admin.member)
    return id_


async def operator_world(ctx: JobContext, admin: Actor) -> dict[str, Any]:
    """Values of path parameters."""
    return {"operator_capital_id": await state(ctx, admin), "operator_penalty_id": await punish(ctx, admin)}
