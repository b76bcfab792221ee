"""The second half of a deal: paid into protection, shipped, delivered, accepted or not, and rated."""

from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from stdnum import iso6346

from app.core import clock
from app.core.ids import reference
from app.core.money import Money
from app.core.payload import Upload
from app.demo import words
from app.demo.cast import Firm, Stage
from app.demo.course import APART, LATE, WAITS, Course, End, Stop
from app.demo.farewell import Farewell
from app.demo.papers import paper
from app.demo.shipping_papers import ShippingPapers
from app.demo.timeline import DAY, Story
from orders import files
from orders.deals import claiming, plan, proving, queries, service, settling, shipping
from orders.deals.plan import MilestoneView
from orders.deals.proofs import Proof
from orders.deals.queries import LineView, OrderView
from orders.deals.settling import Offer
from orders.deals.shipping import Consignment
from orders.milestones import Evidence, MilestoneState
from payments.bank import service as bank
from payments.escrow import funding
from payments.escrow import queries as escrows
from payments.operations import queries as operations
from trust.access import Role

DAMAGED = 1200  # basis points of the total
HALF = Decimal("0.5")
EARLY = (Evidence.PRODUCTION_PROOF, Evidence.INSPECTION_REPORT)
RATED = (End.ACCEPTED, End.SILENT, End.PARTLY, End.SETTLED)


def _part(line: LineView, share: Decimal) -> Decimal:
    """A share of what is left of a line; whole units unless it is all."""
    return line.left if share == 1 else (line.left * share).to_integral_value(ROUND_FLOOR)


def _container(serial: int) -> str:
    """A container of six digits with its check digit (ISO 6346)."""
    body = f"PTLU{serial:06}"
    return f"{body}{iso6346.calc_check_digit(body)}"


class Fulfilment:
    """One order as both companies and the platform's finance staff carry it out."""

    def __init__(self, stage: Stage, buyer: Firm, supplier: Firm, order_id: UUID) -> None:
        self.stage = stage
        self.buyer = buyer
        self.supplier = supplier
        self.order_id = order_id

    async def carry_out(self, course: Course, moment: datetime) -> Story:
        """The order, placed at `moment`, as far as its course goes."""
        if course.until >= Stop.PART_PAID:
            moment += WAITS[Stop.PART_PAID]
            yield moment
            await self._pay(0)
        if course.until >= Stop.PAID:
            moment += WAITS[Stop.PAID]
            yield moment
            for number in range(1, len(await self._milestones())):
                await self._pay(number)
        if course.until >= Stop.SHIPPED:
            for number, kind in enumerate([m for m in await self._milestones() if m.terms.evidence in EARLY], 1):
                yield moment + number * APART
                await self._submit(kind)
                yield moment + number * APART + DAY
                await self._accept_evidence(kind)
            moment += WAITS[Stop.SHIPPED]
            yield moment
            await self._ship(HALF if course.parts > 1 else Decimal(1))
            if course.end is End.OPEN:  # deals that are looked at now; setting every paper of every deal takes too long
                await ShippingPapers(self.stage, self.buyer, self.supplier, self.order_id).complete()
            if course.parts > 1:
                yield moment + APART
                await self._ship(Decimal(1))
        if course.until >= Stop.DELIVERED:
            moment += WAITS[Stop.DELIVERED]
            yield moment
            await self._deliver()
        ending = self._part_company(moment) if course.end is End.TERMINATED else self._end(course.end, moment)
        async for later in ending:
            yield later

    async def _part_company(self, moment: datetime) -> Story:
        """Both sign that the contract ends; finance sends back what is due."""
        farewell = Farewell(self.stage, self.buyer, self.supplier, self.order_id)
        async for later in farewell.tell(moment + self.stage.days(1, 3)):
            yield later
        yield moment + 10 * DAY
        await self._send_back()

    async def _order(self, tx: AsyncSession) -> OrderView:
        return await queries.order(tx, self.order_id)

    async def _milestones(self) -> list[MilestoneView]:
        async with self.stage.ctx.db.transaction(read_only=True) as tx:
            return await plan.milestones(tx, self.order_id)

    async def _submit(self, milestone: MilestoneView) -> None:
        """The supplier submits the evidence of one payment."""
        async with self.stage.ctx.db.transaction() as tx:
            view = await self._order(tx)
            shipped = await queries.shipments(tx, self.order_id)
            evidence = milestone.terms.evidence
            facts = {
                "quantity": words.FINISHED,
                "company": words.INSPECTORS,
                "number": shipped[-1].tracking if shipped else f"IR-{view.number}",
                "carrier": shipped[-1].carrier if shipped else "",
                "done_on": clock.now().date(),
                "result": "passed",
            }
            document = self._paper(
                words.EVIDENCE[evidence], [view.number, self.supplier.seed.name_latin, view.title[:60]]
            )
            kept = await files.keep(self.stage.ctx.files, [document])
            by = await self.stage.member(tx, self.supplier, Role.SALES)
            await proving.submit(tx, self.order_id, milestone.id, Proof(facts, "", kept), by=by)

    async def _accept_evidence(self, milestone: MilestoneView) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            await proving.accept(tx, self.order_id, milestone.id, by=by)

    async def _pay(self, number: int) -> None:
        """The buyer's transfer for one milestone has come: one clerk books it, the other approves."""
        booking = await self._book(number)
        async with self.stage.ctx.db.transaction() as tx:
            await bank.approve(tx, booking, by=await self.stage.clerk(tx, Role.FINANCE_STAFF, 1))

    async def _book(self, number: int) -> UUID:
        """The buyer says that a transfer is on its way; it comes, and one clerk books it."""
        async with self.stage.ctx.db.transaction() as tx:
            view = await self._order(tx)
            milestone = (await escrows.escrow(tx, view.subject)).milestones[number]
            payer = await self.stage.member(tx, self.buyer, Role.FINANCE)
            await funding.plan_pay_in(tx, view.subject, milestone.id, by=payer, rail="bank")
            line = bank.Line(
                bank_ref=reference("IN", milestone.id),
                reference=milestone.reference,
                counterparty=self.buyer.seed.name_latin,
                amount=milestone.amount,
                value_date=clock.now().date(),
            )
            return await bank.book_received(tx, line, by=await self.stage.clerk(tx, Role.FINANCE_STAFF))

    async def _ship(self, share: Decimal) -> None:
        """So much of what is left leaves in one shipment, with its documents."""
        async with self.stage.ctx.db.transaction() as tx:
            view = await self._order(tx)
            shipped = {line.position: _part(line, share) for line in await queries.lines(tx, self.order_id)}
            said = [view.number, self.supplier.seed.name_latin, self.buyer.seed.name_latin, view.title[:60]]
            said += [f"{quantity:f}" for quantity in shipped.values()]
            carrier = self.stage.chance.choice(words.CARRIERS)
            container = self.stage.chance.randint(1_000_000, 9_999_999) // 10
            vessel, imo = words.VESSELS[container % len(words.VESSELS)]
            goods = Consignment(
                carrier=carrier,
                tracking=_container(container),
                vessel=vessel,
                imo=imo,
                shipped_on=clock.now().date(),
                quantities=shipped,
                documents=await files.keep(self.stage.ctx.files, [self._paper(title, said) for title in words.PAPERS]),
            )
            await shipping.ship(tx, self.order_id, goods, by=await self.stage.member(tx, self.supplier, Role.SALES))

    def _paper(self, title: str, lines: list[str]) -> Upload:
        data = paper(title, lines, font_dir=self.stage.ctx.settings.font_dir)
        return Upload(f"{title.lower().replace(' ', '-')}.pdf", "application/pdf", data)

    async def _deliver(self) -> None:
        """The buyer says that all has arrived."""
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            for shipment in await queries.shipments(tx, self.order_id):
                await shipping.deliver(tx, self.order_id, shipment.id, [], by=by)

    async def _deliver_first(self) -> None:
        """The supplier shows that its first shipment has arrived."""
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.supplier, Role.SALES)
            first, *_later = await queries.shipments(tx, self.order_id)
            receipt = [self._paper("Proof of delivery", [first.carrier, first.tracking, self.buyer.seed.name_latin])]
            kept = await files.keep(self.stage.ctx.files, receipt)
            await shipping.deliver(tx, self.order_id, first.id, kept, by=by)

    async def _end(self, end: End, moment: datetime) -> Story:
        """The order comes to this end, some days after `moment`."""
        if end is End.OPEN:
            return
        soon = self.stage.days(1, 3)
        yield moment + soon
        match end:
            case End.ANNOUNCED:
                await self._book(0)
            case End.SUBMITTED:
                waiting = [m for m in await self._milestones() if m.state is MilestoneState.AWAITED]
                await self._submit(waiting[0])
            case End.PROPOSED:
                await self._propose_cancellation()
            case End.CANCELLED:
                await self._propose_cancellation()
                yield moment + 2 * soon
                await self._agree(self.supplier, Role.SALES)
                yield moment + 2 * soon + DAY
                await self._send_back()
            case End.OVERDUE:
                yield moment + LATE
                await self._claim()
            case End.HALFWAY:
                yield moment + APART + timedelta(days=10)
                await self._deliver_first()
            case End.ACCEPTED:
                await self._accept()
            case End.SILENT:
                pass  # time passes, and silence is acceptance
            case End.CONTESTED:
                await self._contest(DAMAGED, words.CONTESTED)
            case _:
                async for later in self._settle(end, moment + soon):
                    yield later
        if end in RATED:
            yield moment + timedelta(days=12)
            await self._rate()

    async def _settle(self, end: End, moment: datetime) -> Story:
        """The buyer refuses the goods in whole or in part, the sides agree on it, and what is due is sent back."""
        match end:
            case End.PARTLY:
                await self._contest(DAMAGED, words.CONTESTED)
                yield moment + DAY
                await self._agree(self.supplier, Role.SALES)
                yield moment + 2 * DAY
            case End.SETTLED:
                await self._contest(2 * DAMAGED, words.CONTESTED)
                yield moment + 2 * DAY
                await self._counter(DAMAGED)
                yield moment + 3 * DAY
                await self._agree(self.buyer, Role.PURCHASER)
                yield moment + 4 * DAY
            case _:
                await self._contest(10_000, words.REFUSED)
                yield moment + 3 * DAY
                await self._agree(self.supplier, Role.SALES)
                yield moment + 4 * DAY
        if end is not End.OWED:
            await self._send_back()

    async def _propose_cancellation(self) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            reason = self.stage.chance.choice(words.CANCELLED)
            await settling.propose_cancellation(tx, self.order_id, reason, by=by)

    async def _agree(self, firm: Firm, role: Role) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            proposal = await queries.open_proposal(tx, self.order_id)
            if proposal is None:
                raise LookupError(f"order {self.order_id} has no open proposal")
            await settling.agree(tx, self.order_id, proposal.id, by=await self.stage.member(tx, firm, role))

    async def _accept(self) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            await service.accept(tx, self.order_id, by=await self.stage.member(tx, self.buyer, Role.PURCHASER))

    async def _rate(self) -> None:
        chance = self.stage.chance
        sides = ((self.buyer, Role.PURCHASER, words.RATED_SUPPLIER), (self.supplier, Role.SALES, words.RATED_BUYER))
        for firm, role, texts in sides:
            async with self.stage.ctx.db.transaction() as tx:
                await service.rate(
                    tx,
                    self.order_id,
                    goods=chance.randint(3, 5),
                    service=chance.randint(4, 5),
                    time=chance.randint(3, 5),
                    text=chance.choice(texts),
                    by=await self.stage.member(tx, firm, role),
                )

    async def _contest(self, withheld: int, reasons: tuple[str, ...]) -> None:
        """The buyer wants this share of the total back, in basis points."""
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            photographs = [self._paper("Inspection on arrival", [self.stage.chance.choice(reasons)])]
            kept = await files.keep(self.stage.ctx.files, photographs)
            offer = Offer(self._left(await self._order(tx), withheld), self.stage.chance.choice(reasons), kept)
            await settling.contest(tx, self.order_id, offer, by=by)

    async def _claim(self) -> None:
        """The buyer says that nothing has come, and wants everything back."""
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.buyer, Role.PURCHASER)
            nothing = Money.zero((await self._order(tx)).total.currency)
            await claiming.claim(tx, self.order_id, Offer(nothing, words.OVERDUE, []), by=by)

    async def _counter(self, withheld: int) -> None:
        async with self.stage.ctx.db.transaction() as tx:
            by = await self.stage.member(tx, self.supplier, Role.SALES)
            reason = self.stage.chance.choice(words.COUNTER_SHARE)
            offer = Offer(self._left(await self._order(tx), withheld), reason, [])
            await settling.counter(tx, self.order_id, offer, by=by)

    @staticmethod
    def _left(order: OrderView, withheld: int) -> Money:
        return order.total - order.total.share(withheld)

    async def _send_back(self) -> None:
        """Finance sends what the buyer gets back by bank."""
        async with self.stage.ctx.db.transaction() as tx:
            subject = (await self._order(tx)).subject
            for operation in await operations.waiting_for_bank(tx):
                if operation.subject != subject:
                    continue
                line = bank.Line(
                    bank_ref=reference("OUT", operation.id),
                    reference=operation.reference,
                    counterparty=self.buyer.seed.name_latin,
                    amount=operation.amount,
                    value_date=clock.now().date(),
                )
                maker = await self.stage.clerk(tx, Role.FINANCE_STAFF)
                booking = await bank.book_sent(tx, operation.id, line, by=maker)
                await bank.approve(tx, booking, by=await self.stage.clerk(tx, Role.FINANCE_STAFF, 1))
