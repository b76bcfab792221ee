"""How companies trade: asked, quoted, agreed, signed, paid, shipped and accepted, or ended otherwise on the way."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.money import UnitPrice
from app.demo import contents, words
from app.demo.cast import Firm, Stage
from app.demo.course import WAITS, Course, End, Stop
from app.demo.fulfilment import Fulfilment
from app.demo.goods import Conversation, Message, conversations
from app.demo.shelf import Place, Shelf
from app.demo.timeline import DAY, Story
from listings import queries as listings
from listings.queries import ProductView
from orders import presets
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.service import Ceremony
from orders.deals import queries as orders
from orders.incoterms import Mode, Rule
from orders.negotiation import offering
from orders.negotiation import service as negotiation
from orders.negotiation.offer import Offer, OfferLine, PaymentShare
from orders.negotiation.service import Question
from trust.access import Role

VALID = timedelta(days=21)


@dataclass(frozen=True)
class Plan:
    """One deal: who buys what kind of goods, how many times the MOQ, from when on, and what becomes of it."""

    buyer: str
    category: str
    multiple: Decimal
    course: Course
    start: datetime


class Deal:
    """One deal as it is acted out, step by step, by the members of both companies."""

    def __init__(self, stage: Stage, shelf: Shelf, plan: Plan) -> None:
        self.stage = stage
        self.shelf = shelf
        self.plan = plan
        self._place: Place | None = None
        self._inquiry_id: UUID | None = None
        self._quotation_id: UUID | None = None

    @classmethod
    def answering(cls, stage: Stage, shelf: Shelf, plan: Plan, place: Place, inquiry_id: UUID) -> "Deal":
        """The part of one supplier who was asked already, among others."""
        deal = cls(stage, shelf, plan)
        deal._place, deal._inquiry_id = place, inquiry_id
        return deal

    @property
    def place(self) -> Place:
        if self._place is None:
            self._place = self.stage.chance.choice(self.shelf.places[self.plan.category])
        return self._place

    @property
    def buyer(self) -> Firm:
        return self.stage.firms[self.plan.buyer]

    @property
    def supplier(self) -> Firm:
        return self.stage.firms[self.place.supplier]

    async def tell(self) -> Story:
        """The deal from its first word to where it stands now."""
        yield self.plan.start
        await self._ask()
        moment = self.plan.start
        for stop in range(Stop.ANSWERED, min(self.plan.course.until, Stop.REQUOTED) + 1):
            moment += WAITS[Stop(stop)]
            yield moment
            await self._steps[Stop(stop)](self)
        async for later in self.conclude(moment):
            yield later

    async def conclude(self, moment: datetime) -> Story:
        """The part after the last offer, made at `moment`: agreed, signed and carried out, or broken off."""
        course = self.plan.course
        for stop in range(Stop.AGREED, min(course.until, Stop.PLACED) + 1):
            moment += WAITS[Stop(stop)]
            yield moment
            await self._steps[Stop(stop)](self)
        if course.until >= Stop.PLACED:
            order = Fulfilment(self.stage, self.buyer, self.supplier, await self._order_id())
            async for later in order.carry_out(course, moment):
                yield later
        elif course.end is not End.OPEN:
            yield moment + self.stage.days(1, 3)
            await self._break_off()
            yield moment + VALID + DAY
            await self._read()

    async def _product(self, tx: AsyncSession) -> ProductView:
        return await listings.published(tx, self.place.product_id)

    def _quantity(self, product: ProductView) -> Decimal:
        return product.moq * self.plan.multiple

    def _talk(self) -> Conversation | None:
        return next((talk for talk in conversations() if talk.category == self.plan.category), None)

    async def _ask(self) -> None:
        talk = self._talk()
        async with self.stage.ctx.db.transaction() as tx:
            product = await self._product(tx)
            question = Question(
                title=product.title_en,
                text=talk.text if talk else self.stage.chance.choice(words.ASKED),
                quantity=self._quantity(product),
                unit=product.unit,
                destination=self.buyer.seed.country,
                hs_code=product.hs_code,
                product_id=product.id,
            )
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            self._inquiry_id = (await negotiation.ask(tx, self.supplier.id, question, [], by=by)).id

    @property
    def inquiry_id(self) -> UUID:
        if self._inquiry_id is None:
            raise LookupError("nothing was asked yet")
        return self._inquiry_id

    @property
    def quotation_id(self) -> UUID:
        if self._quotation_id is None:
            raise LookupError("nothing was offered yet")
        return self._quotation_id

    async def _answer(self) -> None:
        talk = self._talk()
        said = talk.messages if talk else (Message("supplier", self.stage.chance.choice(words.ANSWERED)),)
        for message in said:
            async with self.stage.ctx.db.transaction() as tx:
                firm, role = (self.supplier, Role.SALES) if message.side == "supplier" else (self.buyer, Role.PURCHASER)
                by = await self.stage.member(tx, firm, role)
                await negotiation.say(tx, self.inquiry_id, message.text, [], by=by)

    async def quote(self) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.supplier, Role.SALES)
            made = await offering.quote(tx, self.inquiry_id, await self._offer(tx, Decimal(1)), by=by)
            self._quotation_id = made.id

    async def _counter(self) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            note = self.stage.chance.choice(words.COUNTERED)
            offer = await self._offer(tx, Decimal("0.93"), note=note)
            self._quotation_id = (await offering.counter(tx, self.quotation_id, offer, by=by)).id

    async def _quote_again(self) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.supplier, Role.SALES)
            offer = await self._offer(tx, Decimal("0.97"))
            self._quotation_id = (await offering.counter(tx, self.quotation_id, offer, by=by)).id

    async def _offer(self, tx: AsyncSession, share: Decimal, note: str = "") -> Offer:
        """Terms as the product page names them, its price of this quantity times `share`."""
        product = await self._product(tx)
        chance = self.stage.chance
        quantity = self._quantity(product)
        tier = [t for t in product.tiers if t.min_quantity <= quantity][-1]
        price = UnitPrice((tier.price.amount * share).quantize(Decimal("0.0001")), product.currency)
        rule, mode = carriage(product.incoterms)
        line = OfferLine(
            product_id=product.id,
            description=product.title_en,
            specification=chance.choice(words.SPECIFIED),
            hs_code=product.hs_code[:6],
            origin=product.origin,
            quantity=quantity,
            unit=product.unit,
            unit_price=price,
        )
        return Offer(
            lines=(line,),
            rule=rule,
            place=product.port,
            locode=product.port_code or None,
            mode=mode,
            partial_shipments=self.plan.course.parts > 1,
            lead_days=max(product.lead_time_days, 1),
            valid_until=(clock.now() + VALID).date(),
            milestones=tuple(
                PaymentShare(kind=m.kind, percent=m.percent, conditions=m.conditions)
                for m in presets.plan(self.plan.course.plan, production_days=max(product.lead_time_days, 1))
            ),
            note=note or chance.choice(words.NOTES),
        )

    async def _accept(self) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            await offering.accept(tx, self.quotation_id, by=by)

    async def _agree(self) -> None:
        if self.plan.course.careful:
            async with self.stage.ctx.db.transaction(read_only=True) as tx:
                contract_id = await self._contract(tx)
                by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            await contents.write_in(self.stage, contract_id, by=by)
        for firm, role in ((self.buyer, Role.PURCHASER), (self.supplier, Role.SALES)):
            async with self.stage.ctx.db.transaction() as tx:
                view = await contracts.contract(tx, await self._contract(tx))
                await contracting.agree(tx, view.id, view.revision, by=await self.stage.member(tx, firm, role))

    async def _contract(self, tx: AsyncSession) -> UUID:
        found = await contracts.id_of_inquiry(tx, self.inquiry_id)
        if found is None:
            raise LookupError(f"inquiry {self.inquiry_id} has no contract")
        return found

    async def _sign_first(self) -> None:
        await self._sign(self.buyer)

    async def _sign_second(self) -> None:
        await self._sign(self.supplier)

    async def _sign(self, firm: Firm) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, firm, Role.SIGNATORY)
            view = await contracts.contract(tx, await self._contract(tx))
            title = words.SIGNATORY[firm.seed.sells]
            ceremony = Ceremony(view.terms_hash, view.pdf_hash, title, consent=True, method="password", warned=True)
            await contracting.sign(tx, view.id, ceremony, by=by, signer=self.stage.signer)

    async def _order_id(self) -> UUID:
        """The order that follows from the second signature."""
        await self.stage.errands.run()
        async with self.stage.ctx.db.transaction(read_only=True) as tx:
            found = await orders.id_of_contract(tx, await self._contract(tx))
        if found is None:
            raise LookupError(f"inquiry {self.inquiry_id} has no order")
        return found

    async def _break_off(self) -> None:
        chance = self.stage.chance
        async with self.stage.ctx.db.transaction() as tx:
            buyer = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            supplier = await self.stage.member(tx, self.supplier, Role.SALES)
            match self.plan.course.end:
                case End.WITHDRAWN:
                    await negotiation.withdraw(tx, self.inquiry_id, by=buyer)
                case End.DECLINED:
                    await negotiation.decline(tx, self.inquiry_id, chance.choice(words.DECLINED), by=supplier)
                case End.REJECTED:
                    await offering.reject(tx, self.quotation_id, chance.choice(words.REJECTED), by=buyer)
                case End.VOID:
                    contract_id = await self._contract(tx)
                    await contracting.decline(tx, contract_id, chance.choice(words.VOID), by=buyer)

    async def _read(self) -> None:
        """Both sides have looked at how it ended."""
        for firm, role in ((self.buyer, Role.PURCHASER), (self.supplier, Role.SALES)):
            async with self.stage.ctx.db.transaction() as tx:
                await negotiation.mark_read(tx, self.inquiry_id, by=await self.stage.member(tx, firm, role))

    _steps: ClassVar[dict[Stop, Callable[["Deal"], Awaitable[None]]]] = {
        Stop.ANSWERED: _answer,
        Stop.QUOTED: quote,
        Stop.COUNTERED: _counter,
        Stop.REQUOTED: _quote_again,
        Stop.AGREED: _accept,
        Stop.READY: _agree,
        Stop.HALF_SIGNED: _sign_first,
        Stop.PLACED: _sign_second,
    }


def carriage(incoterms: tuple[str, ...]) -> tuple[Rule, Mode]:
    """A rule the product is offered under, with a way of transport that fits it."""
    for rule, mode in ((Rule.FCA, Mode.SEA_CONTAINER), (Rule.FOB, Mode.SEA)):
        if rule in incoterms:
            return rule, mode
    return Rule.EXW, Mode.ROAD
