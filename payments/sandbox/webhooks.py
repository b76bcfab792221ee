"""Webhook delivery from the persisted queue: signed, retried with backoff, every attempt recorded in its order."""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import ColumnElement, and_, func, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from payments.sandbox import mischief
from payments.sandbox.faults import Plans
from payments.sandbox.mischief import DROPPED, STALE_SECONDS, sendings
from payments.sandbox.models import Attempt, Delivery, Resource, WebhookFault
from payments.sandbox.settings import Settings

_BATCH = 10
_TREATED_AT_ONCE = 100
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


@dataclass(frozen=True, slots=True)
class _Letter:
    """One delivery that is ours to send now."""

    delivery: int
    event: str
    payload: str
    mischief: str


async def deliver_due(
    sessions: async_sessionmaker[AsyncSession], settings: Settings, client: httpx.AsyncClient, plans: Plans
) -> int:
    """Send what is due, at most one batch. Returns how many deliveries were treated or tried."""
    treated, spoiling = 0, plans.webhooks
    if spoiling:
        async with sessions.begin() as tx:
            treated = await _treat(tx)
        await plans.look()
    async with sessions.begin() as tx:
        leased = await _lease(tx, plans, treated_only=spoiling)
    await asyncio.gather(*(_send(sessions, settings, client, letter) for letter in leased))
    return treated + len(leased)


async def _treat(tx: AsyncSession) -> int:
    """Let the planned faults have their say about deliveries that were not tried yet, in the order of the events."""
    new = (
        select(Delivery, Resource.body["type"].astext)
        .join(Resource, Resource.id == Delivery.event)
        .where(Delivery.treated.is_(False), Delivery.attempts == 0, Delivery.delivered_at.is_(None))
        .order_by(Delivery.id)
        .limit(_TREATED_AT_ONCE)
        .with_for_update(of=Delivery)
    )
    rows = list(await tx.execute(new))
    planned = select(WebhookFault).where(WebhookFault.waiting()).order_by(WebhookFault.id).with_for_update()
    faults = list(await tx.scalars(planned))
    for delivery, kind in rows:
        delivery.treated = True
        queued, copies = delivery.due_at, sendings(kind, faults)
        if not copies:
            delivery.mischief = DROPPED
        for copy in copies[:1]:
            delivery.due_at = queued + timedelta(seconds=copy.late)
        for copy in copies[1:]:
            late = queued + timedelta(seconds=copy.late)
            tx.add(Delivery(event=delivery.event, due_at=late, treated=True, mischief=copy.mischief))
    return len(rows)


async def _lease(tx: AsyncSession, plans: Plans, *, treated_only: bool) -> list[_Letter]:
    """Take what is due; while faults are planned, only what they have had their say about."""
    now = datetime.now(UTC)
    due = (
        select(Delivery.id)
        .where(
            on_its_way(),
            Delivery.due_at <= now,
            Delivery.attempts < _MOST_ATTEMPTS,
            or_(Delivery.leased_until.is_(None), Delivery.leased_until < now),
        )
        .order_by(Delivery.due_at, Delivery.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    if treated_only:
        due = due.where(or_(Delivery.treated, Delivery.attempts > 0))
    ids = list(await tx.scalars(due))
    if not ids or (plans.webhooks and not treated_only):  # planned meanwhile: the next round treats them
        return []
    await tx.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(leased_until=now + _LEASE, attempts=Delivery.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    rows = await tx.execute(
        select(Delivery.id, Resource.id, Resource.body, Delivery.mischief)
        .join(Resource, Resource.id == Delivery.event)
        .where(Delivery.id.in_(ids))
        .order_by(Delivery.due_at, Delivery.id)
    )
    return [_Letter(delivery, event, json.dumps(body), spoilt) for delivery, event, body, spoilt in rows]


async def _send(
    sessions: async_sessionmaker[AsyncSession], settings: Settings, client: httpx.AsyncClient, letter: _Letter
) -> None:
    started = datetime.now(UTC)
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (compatible; Portolan sandbox)",
        "stripe-signature": _signed(letter, settings.webhook_secret),
    }
    try:
        answer = await client.post(
            settings.webhook_url, content=letter.payload.encode(), headers=headers, timeout=_TIMEOUT
        )
        status = answer.status_code
    except httpx.HTTPError:
        status = 0
    async with sessions.begin() as tx:
        tx.add(
            Attempt(delivery=letter.delivery, event=letter.event, at=started, status=status, mischief=letter.mischief)
        )
        delivery = await tx.get_one(Delivery, letter.delivery)
        delivery.leased_until = None
        if letter.mischief or 200 <= status < 300:
            delivery.delivered_at = datetime.now(UTC)
        else:
            delivery.due_at = datetime.now(UTC) + backoff(delivery.attempts)


def _signed(letter: _Letter, secret: str) -> str:
    now = int(time.time())
    match letter.mischief:
        case mischief.FORGED:
            return signature(letter.payload, f"not {secret}", now)
        case mischief.STALE:
            return signature(letter.payload, secret, now - STALE_SECONDS)
        case _:
            return signature(letter.payload, secret, now)


def on_its_way() -> ColumnElement[bool]:
    """Deliveries that are still to arrive, for queries."""
    return and_(Delivery.delivered_at.is_(None), Delivery.mischief != DROPPED)


async def resend(tx: AsyncSession, event: str | None = None) -> int:
    """Queue one more faithful delivery of an event, or of every event there is. Returns how many."""
    events = select(Resource.id, func.now(), true()).where(Resource.kind == "event").order_by(Resource.seq)
    if event is not None:
        events = events.where(Resource.id == event)
    queued = insert(Delivery).from_select(["event", "due_at", "treated"], events).returning(Delivery.id)
    return len((await tx.scalars(queued)).all())
