"""Idempotency keys as Stripe treats them, in one transaction with the effect: nothing to clean up after a crash.

A key is claimed by an advisory lock for as long as its transaction lives, so of two requests at once the later is told
409 at once instead of waiting; the answer's primary key stands behind it.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from payments.sandbox.errors import ApiError, Declined, Refused
from payments.sandbox.models import Answer, Body
from payments.sandbox.store import Call

LONGEST_KEY = 255
Work = Callable[[], Awaitable[Body]]


@dataclass(frozen=True, slots=True)
class Outcome:
    status: int
    body: str
    replayed: bool = False
    original: str | None = None


def fingerprint(method: str, path: str, given: dict[str, Any]) -> str:
    whole = json.dumps([method, path, given], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


async def once(call: Call, print_: str, work: Work) -> Outcome:
    """Do `work` under the call's idempotency key, or replay what was answered before.

    Raises ApiError: 409 while the key is in use, 400 idempotency_error when it was used with other parameters; and
    whatever `work` refuses before it began, which is not remembered.
    """
    if call.key is None:
        return await _attempt(call, work)
    if len(call.key) > LONGEST_KEY:
        raise ApiError(f"Idempotency keys can have up to {LONGEST_KEY} characters.", param="Idempotency-Key")
    if not await _claim(call):
        raise ApiError(
            "Another request with this idempotency key is in progress.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
        )
    earlier = await call.tx.get(Answer, (call.account, call.key))
    if earlier is not None:
        if earlier.fingerprint != print_:
            raise ApiError(
                "Keys for idempotent requests can only be used with the parameters they were first used with.",
                type="idempotency_error",
            )
        return Outcome(earlier.status, earlier.body, replayed=True, original=earlier.request_id)
    outcome = await _attempt(call, work)
    call.tx.add(
        Answer(
            account=call.account,
            key=call.key,
            fingerprint=print_,
            status=outcome.status,
            body=outcome.body,
            request_id=call.request_id,
            created=call.now,
        )
    )
    return outcome


async def _claim(call: Call) -> bool:
    name = f"{call.account}:{call.key}"
    return bool(await call.tx.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))))


async def _attempt(call: Call, work: Work) -> Outcome:
    try:
        async with call.tx.begin_nested():
            try:
                return Outcome(200, json.dumps(await work()))
            except Declined as refusal:
                return Outcome(refusal.status, json.dumps(refusal.body))
    except Refused as refusal:
        return Outcome(refusal.status, json.dumps(refusal.body))
