"""Requests of authorities for tests."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from app.core import clock
from app.core.ids import new_id
from app.core.payload import Upload
from tests.factories.files import PDF
from tests.factories.people import Actor
from trust import sealed
from trust.authorities import packages, service
from trust.authorities.packages import Composed, Scope
from trust.authorities.service import Arrived
from trust.authorities.states import Organ, PairMove, Part

LETTER = Upload("letter.pdf", "application/pdf", PDF)


def arrived(country: str = "CN", *, tell_after: date | None = None) -> Arrived:
    now = clock.now()
    return Arrived(
        kind=Organ.MARKET,
        organ="Shenzhen Market Supervision",
        country=country,
        document_number="SZ-2026-118",
        basis="E-Commerce Law art. 25",
        asked="Who the company is, and its orders of March.",
        about="Lantern Works",
        received_at=now - timedelta(hours=3),
        due_at=now + timedelta(days=5),
        tell_after=tell_after,
    )


async def make_authority_request(app: FastAPI, by: Actor, country: str = "CN", **said: Any) -> UUID:
    """A request that came in; a foreign one stands still."""
    id_, state = new_id(), app.state
    letter = await sealed.keep(state.files, state.vault, service.sealed_for(id_), LETTER, field="letter")
    async with state.db.transaction() as tx:
        await service.register(tx, id_, arrived(country, **said), letter, by=by.member)
    return id_


async def make_approval(app: FastAPI, request_id: UUID, by: Actor) -> UUID:
    state = app.state
    file = await sealed.keep(state.files, state.vault, service.sealed_for(request_id), LETTER, field="document")
    async with state.db.transaction() as tx:
        today = clock.now().date()
        return await service.enter_approval(tx, request_id, "Ministry", "M-1", today, file, by=by.member)


async def review(app: FastAPI, request_id: UUID, by: Actor) -> None:
    async with app.state.db.transaction() as tx:
        await service.take(tx, request_id, by=by.member)


async def keep_package(app: FastAPI, request_id: UUID, company: UUID, by: Actor, pem: bytes | None = None) -> UUID:
    """A package with one small file about a company."""
    scope = Scope(company, (), None, None, (Part.IDENTITY,))
    composed = Composed({"identity/lantern.json": b'{"name": "Lantern Works"}'}, frozenset({company}))
    state = app.state
    async with state.db.transaction() as tx:
        said = (request_id, scope, composed, pem)
        return await packages.keep(tx, state.files, state.vault, *said, by=by.member)


async def agree(app: FastAPI, request_id: UUID, package_id: UUID, by: Actor) -> None:
    async with app.state.db.transaction() as tx:
        await packages.decide(tx, request_id, package_id, PairMove.AGREE, by=by.member)


async def authority_world(app: FastAPI, by: Actor, second: Actor, owner: Actor) -> dict[str, Any]:
    """For the routes: a request that went on with an approval, and a package of it that waits."""
    request_id = await make_authority_request(app, by)
    async with app.state.db.transaction() as tx:
        await service.stop(tx, request_id, "The letter has no seal.", by=by.member)
    approval_id = await make_approval(app, request_id, by)
    async with app.state.db.transaction() as tx:
        await service.decide_approval(tx, request_id, approval_id, PairMove.AGREE, by=second.member)
    package_id = await keep_package(app, request_id, owner.organisation_id, by)
    return {
        "authority_request_id": request_id,
        "authority_approval_id": approval_id,
        "authority_package_id": package_id,
    }
