"""Requests of persons, and what members ask about their own data."""

import re
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import select

from app.core import post
from app.core.db import VAULT
from app.core.outbox import JobRow
from tests.factories.people import Actor, stepped_up
from trust.access import Member
from trust.privacy import desk, exporting, requests
from trust.privacy.models import PrivacyRequest
from trust.privacy.requests import Asked
from trust.privacy.states import Kind

ZONE = "Asia/Shanghai"
TOKEN = re.compile(r"(?:token=|/privacy/requests/)([A-Za-z0-9_-]{40,})")


async def file_request(
    app: FastAPI, kind: Kind = Kind.ACCESS, *, email: str = "ines@example.com", statement: str = "What do you have?"
) -> str:
    """File a request; returns the token of its letter."""
    async with app.state.db.transaction() as tx:
        asked = Asked(kind, "Ines Duarte", email, statement)
        _row, token = await requests.file(tx, app.state.vault, asked, zone=ZONE)
        return token


async def token_in(tx: Any) -> str:
    """The token in the newest letter that waits to be sent."""
    await tx.flush()
    newest = select(JobRow.arguments).where(JobRow.name == "app.core.post.deliver_sealed").order_by(JobRow.id.desc())
    letter = await tx.scalar(newest.limit(1)) or {}
    path = post.opened(tx.info[VAULT], letter["sealed"], letter["template"])["context"].get("path")
    found = TOKEN.search(path or "")
    assert found, path
    return found[1]


async def make_request(app: FastAPI, kind: Kind = Kind.ACCESS, **said: str) -> tuple[UUID, str]:
    """A confirmed request, and the key of its status page."""
    token = await file_request(app, kind, **said)
    async with app.state.db.transaction() as tx:
        key = await requests.confirm(tx, app.state.vault, token)
        found = (
            await tx.scalars(
                select(PrivacyRequest)
                .where(PrivacyRequest.link_mark.is_not(None))
                .order_by(PrivacyRequest.id.desc())
                .limit(1)
            )
        ).one()
        return found.id, key


async def take(app: FastAPI, request_id: UUID, by: Member) -> None:
    async with app.state.db.transaction() as tx:
        await desk.take(tx, request_id, by=by)


async def make_export(app: FastAPI, actor: Actor) -> UUID:
    """A packed copy of a member's data."""
    async with app.state.db.transaction() as tx:
        person = await stepped_up(tx, actor)
        row = await exporting.ask(tx, by=person.member)
    await exporting.pack(app.state.jobs, row.id)
    return row.id


async def make_privacy(app: FastAPI, owner: Actor) -> dict[str, Any]:
    request_id, key = await make_request(app)
    return {
        "privacy_request_id": request_id,
        "link": key,
        "purpose": "storefront_contact",
        "personal_export_id": await make_export(app, owner),
    }
