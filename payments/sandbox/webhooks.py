"""Webhook delivery from the persisted queue: signed, retried with backoff, every attempt recorded in its order."""

import asyncio
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from payments.sandbox.models import Attempt, Delivery, Resource
from payments.sandbox.settings import Settings

_BATCH = 10
_LEASE = timedelta(seconds=30)
_TIMEOUT = 10
_FIRST_RETRY = 0.5
_LONGEST_WAIT = 60
_MOST_ATTEMPTS = 40


def signature(payload: str, secret: str, timestamp: int) -> str:
    """The Stripe-Signature header: `t=<seconds>,v1=<HMAC-SHA256 of "t.payload">`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def backoff(attempts: int) -> timedelta:
    """How long to wait after this many failed attempts: half a second, doubling, at most a minute."""
    return timedelta(seconds=min(_FIRST_RETRY * 2 ** min(attempts - 1, 10), _LONGEST_WAIT))


async def deliver_due(sessions: async_sessionmaker[AsyncSession], settings: Settings, client: httpx.AsyncClient) -> int:
    """Send what is due, at most one batch. Returns how many were tried."""
    leased = await _lease(sessions)
    await asyncio.gather(*(_send(sessions, settings, client, *one) for one in leased))
    return len(leased)


async def _lease(sessions: async_sessionmaker[AsyncSession]) -> list[tuple[int, str, str]]:
    now = datetime.now(UTC)
    due = (
        select(Delivery.id)
        .where(
            Delivery.delivered_at.is_(None),
            Delivery.due_at <= now,
            Delivery.attempts < _MOST_ATTEMPTS,
            or_(Delivery.leased_until.is_(None), Delivery.leased_until < now),
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    async with sessions.begin() as tx:
        ids = list(await tx.scalars(due))
        if not ids:
            return []
        await tx.execute(
            update(Delivery)
            .where(Delivery.id.in_(ids))
            .values(leased_until=now + _LEASE, attempts=Delivery.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        rows = await tx.execute(
            select(Delivery.id, Resource.id, Resource.body)
            .join(Resource, Resource.id == Delivery.event)
            .where(Delivery.id.in_(ids))
            .order_by(Delivery.due_at, Delivery.id)
        )
        return [(delivery, event, json.dumps(body)) for delivery, event, body in rows]


async def _send(
    sessions: async_sessionmaker[AsyncSession],
    settings: Settings,
    client: httpx.AsyncClient,
    delivery_id: int,
    event: str,
    payload: str,
) -> None:
    started = datetime.now(UTC)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (compatible; Portolan sandbox)",
        "stripe-signature": signature(payload, settings.webhook_secret, int(time.time())),
    }
    try:
        answer = await client.post(settings.webhook_url, content=payload.encode(), headers=headers, timeout=_TIMEOUT)
        status = answer.status_code
    except httpx.HTTPError:
        status = 0
    async with sessions.begin() as tx:
        tx.add(Attempt(delivery=delivery_id, event=event, at=started, status=status))
        delivery = await tx.get_one(Delivery, delivery_id)
        delivery.leased_until = None
        if 200 <= status < 300:
            delivery.delivered_at = datetime.now(UTC)
        else:
            delivery.due_at = datetime.now(UTC) + backoff(delivery.attempts)


async def resend(tx: AsyncSession, event: str) -> None:
    """Queue one more delivery of an event."""
    tx.add(Delivery(event=event, due_at=datetime.now(UTC)))
