"""Contracts that lack one signature, made through the services: the next one places an order."""

import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy import update

from app.core import clock, crypto
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import UnitPrice
from app.core.runner import drain
from bench.seed import Market
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.sealing import PlatformSigner
from orders.contracts.service import Ceremony
from orders.incoterms import Mode, Rule
from orders.milestones import MilestoneKind
from orders.negotiation import offering
from orders.negotiation import service as negotiation
from orders.negotiation.offer import Offer, OfferLine, PaymentShare
from orders.negotiation.service import Question
from trust.identity.models import SessionRow
from trust.identity.sessions import Browser, open_session


@dataclass(frozen=True)
class HalfSigned:
    """Addresses to post signatures to, a body for each, and the headers of a buyer who has just proven who they are."""

    paths: list[str]
    bodies: list[str]
    headers: dict[str, str]


def _offer() -> Offer:
    line = OfferLine(
        description="Ceramic mug 330 ml",
        specification="White",
        hs_code="691200",
        quantity=Decimal(1000),
        unit="H87",
        unit_price=UnitPrice.of("2.345", "USD"),
    )
    return Offer(
        lines=(line,),
        rule=Rule.FOB,
        place="Yantian",
        locode="CNYTN",
        mode=Mode.SEA,
        lead_days=30,
        valid_until=clock.now().date() + timedelta(days=30),
        milestones=(
            PaymentShare(kind=MilestoneKind.DEPOSIT, percent=Decimal(30)),
            PaymentShare(kind=MilestoneKind.BALANCE, percent=Decimal(70)),
        ),
        partial_shipments=False,
    )


async def half_signed(ctx: JobContext, market: Market, count: int) -> HalfSigned:
    """`count` contracts between the buyer and suppliers in turn, agreed by both and signed by the supplier."""
    buyer, signer = market.buyer, PlatformSigner(ctx.settings.secret_key.get_secret_value())
    inquiries: list[UUID] = []
    for number in range(count):
        supplier = market.suppliers[number % len(market.suppliers)]
        question = Question("Mugs", f"White, as of drawing {new_id()}.", Decimal(1000), "H87", "DE")
        async with ctx.db.transaction() as tx:
            inquiry = await negotiation.ask(tx, supplier.organisation_id, question, [], by=buyer)
            quotation = await offering.quote(tx, inquiry.id, _offer(), by=supplier)
            await offering.accept(tx, quotation.id, by=buyer)
        inquiries.append(inquiry.id)
    await drain(ctx)
    ids: list[UUID] = []
    for number, inquiry_id in enumerate(inquiries):
        async with ctx.db.transaction() as tx:
            contract_id = await contracts.id_of_inquiry(tx, inquiry_id)
            assert contract_id is not None
            for party in (buyer, market.suppliers[number % len(market.suppliers)]):
                await contracting.agree(tx, contract_id, (await contracts.contract(tx, contract_id)).revision, by=party)
        ids.append(contract_id)
    await drain(ctx)
    bodies = []
    for number, contract_id in enumerate(ids):
        async with ctx.db.transaction() as tx:
            view = await contracts.contract(tx, contract_id)
            ceremony = Ceremony(view.terms_hash, view.pdf_hash, "Director", consent=True, method="bench", warned=True)
            party = market.suppliers[number % len(market.suppliers)]
            await contracting.sign(tx, contract_id, ceremony, by=party, signer=signer)
        said = {"terms_hash": view.terms_hash, "pdf_hash": view.pdf_hash, "title": "Director", "consent": True}
        bodies.append(json.dumps(said))
    await drain(ctx)
    return HalfSigned([f"/api/v1/contracts/{id_}/signatures" for id_ in ids], bodies, await _proven(ctx, buyer.id))


async def _proven(ctx: JobContext, member_id: UUID) -> dict[str, str]:
    async with ctx.db.transaction() as tx:
        cookie = await open_session(tx, member_id, Browser("bench", "127.0.0.1"))
        await tx.execute(update(SessionRow).where(SessionRow.member_id == member_id).values(stepped_up_at=clock.now()))
    secret = ctx.settings.secret_key.get_secret_value()
    token = hmac.new(crypto.derive(secret, "csrf"), cookie.encode(), sha256).hexdigest()
    return {"cookie": f"session={cookie}", "x-csrf-token": token}
