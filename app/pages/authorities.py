"""Composing a package for an authority: what several rooms of the house know, of a scope and no more."""

import json
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.db import Database
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.periods import Period
from app.core.storage import FileStore
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders.bundles import contents
from orders.deals import queries as orders
from orders.deals.queries import OrderView
from trust.access import CurrentMember
from trust.authorities import packages
from trust.authorities.packages import MOST_ORDERS, Composed, Scope
from trust.authorities.schemas import RecordOut, ScopeIn
from trust.authorities.states import Part
from trust.authorities.web import done
from trust.identity import queries as identity
from trust.identity.errors import OrganisationNotFound
from trust.identity.web.door import TheVault
from trust.verification import queries as verification

router = HouseRouter(tags=["authorities"])
GATHERED = {
    Part.PAYMENTS: ("payments.json",),
    Part.MESSAGES: ("messages.json", "quotations.json"),
    Part.CONTRACTS: ("contracts/",),
}
"""Which files of a deal's evidence each part takes."""


@router.post("/authority-requests/{authority_request_id}/packages", response_model=RecordOut)
async def compose(
    request: Request,
    answer: Answer,
    tx: Tx,
    vault: TheVault,
    member: CurrentMember,
    authority_request_id: UUID,
    data: Annotated[ScopeIn, Submitted(ScopeIn)],
) -> Response:
    """Compose a package of a scope; another person looks through it before it leaves."""
    await packages.under_review(tx, authority_request_id, member)
    state = request.app.state
    scope = data.scope(await _company(tx, data.slug) if data.company else None)
    found = await _orders(tx, scope, state.settings.reporting_zone)
    composed = await _composed(state.db, state.files, tx, scope, found)
    pem = data.certificate.data if data.certificate else None
    await packages.keep(tx, state.files, vault, authority_request_id, scope, composed, pem, by=member)
    text = _("Composed. Another person looks through it before it leaves.")
    return await done(answer, tx, member, authority_request_id, text, created=True)


async def _company(tx: AsyncSession, slug: str) -> UUID:
    try:
        return (await identity.by_slug(tx, slug)).id
    except OrganisationNotFound:
        raise Invalid(_("There is no company at %(name)s.") % {"name": slug}, field="company") from None


async def _orders(tx: AsyncSession, scope: Scope, zone: str) -> list[OrderView]:
    """Those named, of the company where one is named too; else the company's of these days. Raises Invalid."""
    if not set(scope.parts) - {Part.IDENTITY} and not scope.orders:
        return []
    if scope.orders:
        return [await _called(tx, number, scope.company) for number in scope.orders]
    if scope.company is None or scope.first is None or scope.last is None:
        raise Invalid(_("Name a company or orders: nothing is given in bulk."), field="company")
    days = Period(scope.first, scope.last, zone)
    found = await orders.placed_between(tx, scope.company, days.begin, days.end, limit=MOST_ORDERS + 1)
    if len(found) > MOST_ORDERS:
        raise Invalid(_("These days hold more than %(n)s orders: choose fewer.") % {"n": MOST_ORDERS}, field="last")
    return found


async def _called(tx: AsyncSession, number: str, company: UUID | None) -> OrderView:
    inquiry = await orders.inquiry_called(tx, number, party=company)
    order_id = await orders.id_of_inquiry(tx, inquiry) if inquiry else None
    if order_id is None:
        raise Invalid(_("There is no order %(number)s.") % {"number": number}, field="orders")
    return await orders.order(tx, order_id)


async def _composed(db: Database, store: FileStore, tx: AsyncSession, scope: Scope, found: list[OrderView]) -> Composed:
    """Every chosen part, and whose data they are: of an order both its sides."""
    companies = {side for order in found for side in (order.buyer_id, order.supplier_id)}
    if scope.company is not None:
        companies.add(scope.company)
    files: dict[str, bytes] = {}
    if Part.IDENTITY in scope.parts:
        for company in [scope.company] if scope.company else sorted(companies):
            said = await _identity(tx, company)
            files[f"identity/{said['slug']}.json"] = _json(said)
    if Part.ORDERS in scope.parts:
        files["orders.json"] = _json([_order(order) for order in found])
    wanted = tuple(name for part in scope.parts for name in GATHERED.get(part, ()))
    for order in found if wanted else ():
        files |= await _gathered(db, store, order, wanted)
    return Composed(files, frozenset(companies))


async def _identity(tx: AsyncSession, company: UUID) -> dict[str, Any]:
    """What the market regulator gets of it twice a year, and how each fact was checked."""
    known = await identity.organisation(tx, company)
    names = ("slug", "name_original", "name_latin", "country", "registration_kind", "registration_number")
    said = {name: getattr(known, name) for name in (*names, "lei", "address", "phone", "level", "created_at")}
    facts = await verification.facts(tx, company, public=False)
    contact = await identity.first_contact(tx, company)
    return said | {
        "contact": {"name": contact.name, "email": contact.email} if contact else None,
        "facts": [str(one) for one in facts],
    }


def _order(order: OrderView) -> dict[str, Any]:
    return {
        "number": order.number,
        "title": order.title,
        "buyer": order.buyer_id,
        "supplier": order.supplier_id,
        "state": order.state,
        "total": {"amount_minor": order.total.minor, "currency": order.total.currency},
        "placed_at": order.created_at,
    }


async def _gathered(db: Database, store: FileStore, order: OrderView, wanted: tuple[str, ...]) -> dict[str, bytes]:
    """The chosen files of a deal's evidence, in a snapshot of their own."""
    async with db.aside.transaction() as tx:
        found = await contents.gather(tx, order.inquiry_id, party=None)
    made = {name: data for name, data in found.made.items() if name.startswith(wanted)}
    kept = {name: await store.get(key) for name, key in found.kept.items() if name.startswith(wanted)}
    return {f"{order.number}/{name}": data for name, data in (made | kept).items()}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()
