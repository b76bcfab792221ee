"""Agreed quotations, contracts in every state, and orders, made through the services."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from app.core import clock
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.money import UnitPrice
from app.core.runner import drain
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.queries import ContractView
from orders.contracts.revising import Change
from orders.contracts.sealing import PlatformSigner
from orders.contracts.service import Ceremony
from orders.deals import amending
from orders.deals import queries as orders
from orders.incoterms import Mode, Rule
from orders.milestones import MilestoneKind
from orders.negotiation import offering
from orders.negotiation import service as negotiation
from orders.negotiation.offer import Offer, OfferLine, PaymentShare
from orders.negotiation.service import Question
from payments.escrow import queries as escrows
from tests.factories.money import fund_by_bank
from tests.factories.people import Actor, make_company


@dataclass(frozen=True)
class Partners:
    buyer: Actor
    supplier: Actor


async def make_partners(db: Database) -> Partners:
    async with db.transaction() as tx:
        buyer = await make_company(tx, "Hansa Import", country="DE", sells=False)
        supplier = await make_company(tx, "Shenzhen Lantern", country="CN", buys=False)
    return Partners(buyer, supplier)


def make_offer(*, quantity: str = "1000", price: str = "2.345", partial: bool = False, currency: str = "USD") -> Offer:
    """Mugs, FOB Yantian by sea, 30 % deposit."""
    return Offer(
        lines=(
            OfferLine(
                description="Ceramic mug 330 ml",
                specification="White, dishwasher safe",
                hs_code="691200",
                quantity=Decimal(quantity),
                unit="H87",
                unit_price=UnitPrice.of(price, currency),
            ),
        ),
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
        partial_shipments=partial,
    )


async def draft_contract(ctx: JobContext, partners: Partners, offer: Offer | None = None) -> UUID:
    """Asked, quoted, accepted; the draft drawn up by its job."""
    buyer, supplier = partners.buyer, partners.supplier
    question = Question("Ceramic mugs", "White mugs, please.", Decimal(1000), "H87", "DE")
    async with ctx.db.transaction() as tx:
        inquiry = await negotiation.ask(tx, supplier.organisation_id, question, [], by=buyer.member)
        quotation = await offering.quote(tx, inquiry.id, offer or make_offer(), by=supplier.member)
        await offering.accept(tx, quotation.id, by=buyer.member)
    await drain(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        contract_id = await contracts.id_of_inquiry(tx, inquiry.id)
    assert contract_id is not None
    return contract_id


async def agree(ctx: JobContext, contract_id: UUID, *actors: Actor) -> None:
    """They agree to the text as it stands; once both sides have, the document is set by its job."""
    for actor in actors:
        async with ctx.db.transaction() as tx:
            view = await contracts.contract(tx, contract_id)
            await contracting.agree(tx, contract_id, view.revision, by=actor.member)
    await drain(ctx)


async def lock_contract(ctx: JobContext, partners: Partners, contract_id: UUID) -> None:
    await agree(ctx, contract_id, partners.buyer, partners.supplier)


async def signable_contract(ctx: JobContext, partners: Partners) -> UUID:
    """A contract whose document waits for both signatures."""
    contract_id = await draft_contract(ctx, partners)
    await lock_contract(ctx, partners, contract_id)
    return contract_id


async def read_contract(db: Database, contract_id: UUID) -> ContractView:
    async with db.transaction(read_only=True) as tx:
        return await contracts.contract(tx, contract_id)


async def newest_file(ctx: JobContext, contract_id: UUID) -> bytes:
    """The document as it is now."""
    file: bytes = await ctx.files.get((await read_contract(ctx.db, contract_id)).file_key)
    return file


async def sign_contract(ctx: JobContext, contract_id: UUID, *actors: Actor) -> None:
    for actor in actors:
        await _sign(ctx, contract_id, actor, contracting.sign)
    await drain(ctx)


async def sign_amendment(ctx: JobContext, contract_id: UUID, actor: Actor) -> None:
    """Sign a contract that amends or ends another one; the jobs that follow have not run yet."""
    await _sign(ctx, contract_id, actor, amending.sign)


async def _sign(ctx: JobContext, contract_id: UUID, actor: Actor, sign: Callable[..., Awaitable[object]]) -> None:
    signer = PlatformSigner(ctx.settings.secret_key.get_secret_value())
    async with ctx.db.transaction() as tx:
        view = await contracts.contract(tx, contract_id)
        ceremony = Ceremony(view.terms_hash, view.pdf_hash, "Director", consent=True, method="test", warned=True)
        await sign(tx, contract_id, ceremony, by=actor.member, signer=signer)


async def make_order(
    ctx: JobContext, partners: Partners, offer: Offer | None = None, *, change: Change | None = None
) -> UUID:
    """An order under a contract signed by both, not yet paid. `change` is one that the buyer made in the draft."""
    contract_id = await draft_contract(ctx, partners, offer)
    if change is not None:
        async with ctx.db.transaction() as tx:
            await contracting.adjust(tx, contract_id, change, revision=1, by=partners.buyer.member)
    await lock_contract(ctx, partners, contract_id)
    await sign_contract(ctx, contract_id, partners.buyer, partners.supplier)
    async with ctx.db.transaction(read_only=True) as tx:
        order_id = await orders.id_of_contract(tx, contract_id)
    assert order_id is not None
    return order_id


async def fund(ctx: JobContext, order_id: UUID, numbers: Sequence[int] | None = None) -> None:
    """The milestones of these numbers, from 0, are paid by bank transfer; all of them unless said otherwise."""
    async with ctx.db.transaction() as tx:
        view = await orders.order(tx, order_id)
        milestones = (await escrows.escrow(tx, view.subject)).milestones
        for number in range(len(milestones)) if numbers is None else numbers:
            await fund_by_bank(tx, milestones[number])
    await drain(ctx)
