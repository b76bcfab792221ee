"""One request's hold on the store: find, lock, add and list the API's objects, inside one transaction."""

import secrets
import string
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from payments.sandbox.errors import ApiError, missing
from payments.sandbox.models import PLATFORM, Body, Resource
from payments.sandbox.params import Listing, Span
from payments.sandbox.settings import Settings

_ALPHABET = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """`pi_` and 24 random characters, as Stripe's ids look."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(24))


@dataclass(slots=True)
class Call:
    """One API call: its transaction, on whose behalf it acts, and when."""

    tx: AsyncSession
    settings: Settings
    account: str = PLATFORM
    request_id: str | None = None
    key: str | None = None
    now: int = field(default_factory=lambda: int(time.time()))

    def on_behalf_of(self, account: str) -> "Call":
        """The same call, acting for a connected account."""
        return Call(self.tx, self.settings, account, self.request_id, self.key, self.now)

    async def find(self, kind: str, id: str, *, param: str | None = None) -> Resource:  # noqa: A002
        """The object. Raises resource_missing (404, or 400 when `param` named it)."""
        return await self._one(select(Resource), kind, id, param)

    async def lock(self, kind: str, id: str, *, param: str | None = None) -> Resource:  # noqa: A002
        """The object as it is now, its row locked to the end of the call."""
        statement = select(Resource).with_for_update().execution_options(populate_existing=True)
        return await self._one(statement, kind, id, param)

    async def _one(self, statement: Select[Any], kind: str, id: str, param: str | None) -> Resource:  # noqa: A002
        found: Resource | None = await self.tx.scalar(
            statement.where(Resource.id == id, Resource.kind == kind, Resource.account == self.account)
        )
        if found is None:
            raise missing(kind, id, param=param)
        return found

    def add(self, kind: str, body: Body, *, settles_at: int | None = None, **private: Any) -> Resource:
        """Store a new object; `body` has its id, the rest of the envelope is filled in here."""
        whole = {"id": body["id"], "object": kind, "created": self.now, "livemode": False, **body}
        made = Resource(
            id=body["id"],
            kind=kind,
            account=self.account,
            created=self.now,
            body=whole,
            private=private,
            settles_at=settles_at,
        )
        self.tx.add(made)
        return made

    async def page(self, kind: str, listing: Listing, url: str, **filters: str) -> Body:
        """One page in Stripe's list envelope, newest first, or before/after the object the caller names."""
        chosen = select(Resource).where(Resource.kind == kind, Resource.account == self.account)
        wanted = {**listing.matches(), **filters}
        if wanted:
            chosen = chosen.where(Resource.body.contains(wanted))
        chosen = _within(chosen, listing.created)
        backwards = listing.ending_before is not None
        if cursor := listing.ending_before or listing.starting_after:
            seq = (await self.find(kind, cursor, param="ending_before" if backwards else "starting_after")).seq
            chosen = chosen.where(Resource.seq > seq if backwards else Resource.seq < seq)
        order = Resource.seq.asc() if backwards else Resource.seq.desc()
        rows = list(await self.tx.scalars(chosen.order_by(order).limit(listing.limit + 1)))
        shown = rows[: listing.limit]
        if backwards:
            shown.reverse()
        return {
            "object": "list",
            "url": url,
            "has_more": len(rows) > listing.limit,
            "data": [row.body for row in shown],
        }

    async def expand(self, body: Body, paths: list[str]) -> Body:
        """Replace ids by the objects they name, along paths such as `latest_charge.balance_transaction`."""
        if paths:
            await self.tx.flush()
        for path in paths:
            body = await self._expanded(body, path.split("."), path)
        return body

    async def _expanded(self, node: Any, path: list[str], whole: str) -> Any:
        if isinstance(node, list):
            return [await self._expanded(item, path, whole) for item in node]
        name, *rest = path
        if not isinstance(node, dict) or name not in node:
            raise ApiError(f"This property cannot be expanded ({whole}).", param="expand")
        value = node[name]
        if isinstance(value, str):
            target = await self.tx.get(Resource, value)
            if target is None:
                raise ApiError(f"This property cannot be expanded ({whole}).", param="expand")
            value = target.body
        if rest and value is not None:
            value = await self._expanded(value, rest, whole)
        return {**node, name: value}


def _within(chosen: Select[Resource], span: Span) -> Select[Resource]:
    if span.gt is not None:
        chosen = chosen.where(Resource.created > span.gt)
    if span.gte is not None:
        chosen = chosen.where(Resource.created >= span.gte)
    if span.lt is not None:
        chosen = chosen.where(Resource.created < span.lt)
    if span.lte is not None:
        chosen = chosen.where(Resource.created <= span.lte)
    return chosen
