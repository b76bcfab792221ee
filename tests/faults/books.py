"""The real books behind the model: one deal and its supplier, every move through the services, faults on the way."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Conflict, DomainError
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import claim, drain
from app.core.subject import Subject
from payments import jobs, settling
from payments.bank import service as bank
from payments.bank.service import Line
from payments.desk import service as desk
from payments.escrow import service as escrow
from payments.escrow.service import MilestonePlan
from payments.fees import FeeTerms
from payments.gateway import Dispute as AtProvider
from payments.gateway import DisputeState, GatewayBusy, GatewayUnknown, PayIn, PayInState, PayOut, Refund, TransferState
from payments.ledger import chart
from payments.ledger.service import debit
from payments.operations import service as operating
from payments.operations.models import Operation
from payments.operations.states import OperationKind, OperationState
from payments.payouts import service as paying_out
from payments.payouts.models import BankAccount, ConnectedAccount
from tests.factories.money import HASH, Deal, make_finance
from tests.factories.people import Actor, make_company
from tests.fakes import FakeGateway
from tests.faults.model import MINOR, OWN, PARTY, REFUSED, Dispute, Model, Part, named

CURRENCY = OWN
FAULTS: dict[str, Any] = {
    "none": None,
    "lost answer": ("lost", GatewayUnknown("no answer in time")),
    "never arrived": GatewayUnknown("connection reset"),
    "busy": GatewayBusy("429"),
}
_BOOKED = text("""
    SELECT 'booked' AS what,
           concat_ws(' ', CASE WHEN a.kind = 'fx' OR a.code LIKE 'suspense:%' THEN a.code
                               WHEN a.owner_id = :buyer THEN 'buyer_' || a.kind ELSE a.kind END,
                     nullif(a.currency, 'USD')) AS name,
           sum(p.amount_minor * a.side)::text AS value
      FROM journal_entry e JOIN posting p ON p.entry_id = e.id JOIN account a ON a.id = p.account_id
     WHERE e.id > :began GROUP BY 2 HAVING sum(p.amount_minor) <> 0
    UNION ALL
    SELECT 'cached', concat_ws(' ', a.kind, nullif(a.currency, 'USD')), (b.minor * a.side)::text
      FROM account a JOIN balance b ON b.account_id = a.id
     WHERE (a.owner_type, a.owner_id) IN (('deal', :deal), ('organisation', :supplier)) AND b.minor <> 0
    UNION ALL
    SELECT 'parts', m.position::text, m.state FROM escrow_milestone m WHERE m.escrow_id = :escrow
    UNION ALL
    SELECT 'payouts', (row_number() OVER (ORDER BY id) - 1)::text, state FROM payout WHERE organisation_id = :supplier
""")
CACHED = {named(kind, currency) for kind in PARTY if kind != "buyer_receivable" for currency in MINOR}


@dataclass
class Staff:
    """People whom every deal shares, and how the world around the books stands.

    at_bank, at_provider  what our account at the bank and the balance at the provider hold, by currency
    rates_on  the day for which the rates are in
    """

    buyer: Actor
    maker: Actor
    checker: Actor
    at_bank: Counter[str] = field(default_factory=Counter)
    at_provider: Counter[str] = field(default_factory=Counter)
    rates_on: date | None = None


async def hire(ctx: JobContext) -> Staff:
    async with ctx.db.transaction() as tx:
        buyer = await make_company(tx, "Hansa Import", country="DE", sells=False)
        return Staff(buyer, await make_finance(tx), await make_finance(tx))


@dataclass
class Books:
    """One deal as the product has it, and what the model says of it.

    began  no entry of the sequence is older than this id
    """

    ctx: JobContext
    staff: Staff
    deal: Deal
    bank_accounts: dict[str, UUID]
    gateway: FakeGateway
    model: Model
    began: UUID
    payouts: list[UUID] = field(default_factory=list)
    quotes: list[UUID] = field(default_factory=list)
    cases: list[UUID] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    lines: set[str] = field(default_factory=set)
    disputes: list[tuple[int, str, Dispute]] = field(default_factory=list)
    events: int = 0

    @classmethod
    async def open(cls, ctx: JobContext, staff: Staff, amounts: Sequence[int], basis_points: int) -> "Books":
        began = new_id()
        async with ctx.db.transaction() as tx:
            supplier = await make_company(tx, "Bremen Lamps", country="DE")
            subject = Subject("deal", new_id())
            opened = await escrow.open_escrow(
                tx,
                subject,
                buyer_id=staff.buyer.organisation_id,
                supplier_id=supplier.organisation_id,
                currency=CURRENCY,
                milestones=[MilestonePlan("deposit", Money(minor, CURRENCY)) for minor in amounts],
                fee_terms=FeeTerms(basis_points),
                contract_hash=HASH,
            )
            accounts = {currency: bank_account(supplier, currency) for currency in MINOR}
            tx.add_all([*accounts.values(), connected_account(supplier, f"acct_{new_id()}")])
        model = Model([Part(m.amount.minor, m.fee.minor) for m in opened.milestones])
        gateway = FakeGateway()
        deal = Deal(subject, staff.buyer, supplier, opened)
        ids = {currency: account.id for currency, account in accounts.items()}
        return cls(replace(ctx, gateway=gateway), staff, deal, ids, gateway, model, began)

    async def compare(self) -> None:
        """The books say what the model says, and what is cached is what was booked."""
        facts = {
            "began": self.began,
            "buyer": self.staff.buyer.organisation_id,
            "deal": self.deal.subject.id,
            "supplier": self.deal.supplier.organisation_id,
            "escrow": self.deal.escrow.id,
        }
        async with self.ctx.db.transaction(read_only=True) as tx:
            rows = await tx.execute(_BOOKED, facts)
        found: dict[str, dict[str, str]] = {"booked": {}, "cached": {}, "parts": {}, "payouts": {}}
        for what, name, value in rows:
            found[what][name] = value
        figures = {account: str(minor) for account, minor in self.model.figures.items()}
        assert found["booked"] == figures, (found["booked"], figures)
        assert found["cached"] == {account: minor for account, minor in figures.items() if account in CACHED}, found[
            "cached"
        ]
        assert found["parts"] == {str(n): part.state for n, part in enumerate(self.model.parts)}, found["parts"]
        assert found["payouts"] == {str(n): payout.state for n, payout in enumerate(self.model.payouts)}
        self.model.invariants()

    async def agree(self, expected: str | None, move: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
        """Make the move for real: refused exactly when the model says so."""
        try:
            async with self.ctx.db.transaction() as tx:
                made, answer = None, await move(tx)
        except DomainError as refusal:
            made, answer = REFUSED, refusal
        assert made == expected, answer
        return answer

    # Money comes in.

    async def ask(self, n: int, rail: Any, method: str) -> None:
        expected = self.model.ask(self.model.parts[n], rail, method)
        milestone, by = self.deal.escrow.milestones[n].id, self.staff.buyer.member
        await self.agree(
            expected, lambda tx: escrow.plan_pay_in(tx, self.deal.subject, milestone, by=by, rail=rail, method=method)
        )

    async def transfer_comes(self, n: int, off_by: int) -> None:
        milestone = self.deal.escrow.milestones[n]
        amount = Money(milestone.amount.minor + off_by, CURRENCY)
        expected = self.model.transfer_came(self.model.parts[n], amount.minor)

        async def book(tx: AsyncSession) -> None:
            booking = await bank.book_received(tx, line(amount, milestone.reference), by=self.staff.maker.member)
            await bank.approve(tx, booking, by=self.staff.checker.member)

        await self.agree(expected, book)

    # Held money leaves.

    async def decide(self, n: int, how: str, to_buyer: int) -> None:
        """how: release, refund, divide, or rule on what is frozen"""
        part, subject, milestone = self.model.parts[n], self.deal.subject, self.deal.escrow.milestones[n].id
        to_buyer, held = {"release": 0, "refund": part.held}.get(how, to_buyer), part.held
        expected = self.model.divide(part, to_buyer, source="frozen" if how == "rule" else "funded")

        async def move(tx: AsyncSession) -> None:
            if how in ("release", "refund"):
                await getattr(escrow, how)(tx, subject, milestone, by=None, reason="model")
            else:
                parts = {"to_buyer": Money(to_buyer, CURRENCY), "to_supplier": Money(held - to_buyer, CURRENCY)}
                await getattr(escrow, how)(tx, subject, milestone, **parts, by=None, reason="model")

        await self.agree(expected, move)

    async def dispute(self, *, opened: bool) -> None:
        self.model.shift(*(("funded", "frozen") if opened else ("frozen", "funded")))
        shift = escrow.freeze if opened else escrow.unfreeze
        await self.agree(None, lambda tx: shift(tx, self.deal.subject, by=None, reason="model"))

    async def bank_takes(self, n: int, amount: int, *, asked: bool) -> None:
        """The buyer's bank disputes the payment that the milestone lives from, if it came over the provider."""
        part = self.model.parts[n]
        paid = await self._that_funded(self.deal.escrow.milestones[n].id)
        if paid is None or not 0 < amount <= part.amount:
            return
        dispute = self.gateway.open_dispute(paid, Money(amount, CURRENCY))
        if asked:
            self.gateway.change(dispute.id, taken=Money.zero(CURRENCY))
        self.model.disputed(part, amount, taken=not asked)
        self.disputes.append((n, dispute.id, self.model.parts[n].disputes[-1]))
        await self._told_of(dispute.id)

    async def bank_goes_on(self, number: int, how: str) -> None:
        """how: an inquiry becomes a chargeback (takes), or the bank decides (won, lost)"""
        going = [entry for entry in self.disputes if not entry[2].over]
        if not going:
            return
        n, reference, dispute = going[number % len(going)]
        if how != "takes":
            self.gateway.decide(reference, DisputeState(how))
            self.model.decided(self.model.parts[n], dispute, won=how == "won")
        elif not dispute.taken:
            self.gateway.change(reference, taken=Money(dispute.amount, CURRENCY))
            self.model.charged_back(self.model.parts[n], dispute)
        await self._told_of(reference)

    @property
    def bank_took(self) -> Counter[str]:
        """How many disputes took from where, and how they ended."""
        found: Counter[str] = Counter()
        for _n, _reference, dispute in self.disputes:
            found.update(name for name in ("held", "due", "reserve", "payable", "receivable") if getattr(dispute, name))
            found.update(["won" if dispute.won else "lost" if dispute.over else "open"])
        return Counter({f"disputes {what}": times for what, times in found.items()})

    async def _told_of(self, reference: str) -> None:
        """By one webhook and its copy."""
        for _ in range(2):
            await self._webhook(reference, "dispute")

    async def _that_funded(self, milestone: UUID) -> str | None:
        query = text("""
            SELECT o.provider_ref FROM operation o JOIN journal_entry e ON e.key = 'fund:' || o.id
             WHERE o.part_id = :milestone AND o.provider = 'stripe'
        """)
        async with self.ctx.db.transaction(read_only=True) as tx:
            found: str | None = await tx.scalar(query, {"milestone": milestone})
            return found

    async def call_off(self) -> None:
        expected = self.model.call_off()
        await self.agree(expected, lambda tx: escrow.refund_everything(tx, self.deal.subject, by=None, reason="model"))

    async def send_refund_again(self, n: int, rail: Any) -> None:
        """A refund that failed goes out once more; there has to be one."""
        part = self.model.parts[n]
        failed = await self._operation(self.deal.escrow.milestones[n].id, "refund", OperationState.FAILED)
        if failed is None:
            return
        expected = self.model.refund_again(part, "bank" if rail == "bank" else part.rail, failed.amount.minor)
        by = self.staff.checker.member
        await self.agree(expected, lambda tx: desk.refund_again(tx, failed.id, rail=rail, by=by))

    # The supplier is paid.

    async def request_payout(self, amount: int, rail: str, currency: str = CURRENCY) -> None:
        expected = self.model.request(amount, rail, currency)
        account = self.bank_accounts[currency] if rail == "bank" else None
        by = self.deal.supplier.member
        made = await self.agree(
            expected,
            lambda tx: paying_out.request_payout(tx, Money(amount, currency), bank_account_id=account, by=by),
        )
        if expected is None:
            self.payouts.append(made)

    async def transfer_sent(self) -> None:
        """Finance has sent the oldest refund or payout that waits for a bank transfer."""
        refunds = [(n, r) for n, p in enumerate(self.model.parts) for r in p.refunds if r.rail == "bank"]
        waiting = [p for p in self.model.payouts if p.rail == "bank" and p.state == "requested"]
        if not refunds and not waiting:
            return
        if refunds:
            n, refund = refunds[0]
            part, amount = self.deal.escrow.milestones[n].id, refund.amount
            self.model.repaid(self.model.parts[n], refund)
        else:
            part, amount = self.payouts[self.model.payouts.index(waiting[0])], waiting[0].amount
            self.model.settled(waiting[0])
        kind = "refund" if refunds else "pay_out"
        operation = await self._operation(part, kind, OperationState.PLANNED, provider="bank", amount=amount)
        assert operation is not None

        async def book(tx: AsyncSession) -> None:
            sent = line(operation.amount, operation.reference)
            booking = await bank.book_sent(tx, operation.id, sent, by=self.staff.maker.member)
            await bank.approve(tx, booking, by=self.staff.checker.member)

        await self.agree(None, book)

    async def bank_sends_back(self, number: int) -> None:
        """The supplier's bank returns a payout that ours has sent; or one that was not sent, or is back already."""
        by_bank = [n for n, payout in enumerate(self.model.payouts) if payout.rail == "bank"]
        if not by_bank:
            return
        n = by_bank[number % len(by_bank)]
        expected = self.model.sent_back(self.model.payouts[n])
        operation = await self._operation(self.payouts[n], "pay_out", None)
        assert operation is not None

        async def bounce(tx: AsyncSession) -> None:
            back = [debit(chart.bank("main"), operation.amount)]
            if not await settling.bounce(tx, await settling.locked(tx, operation.id), "account closed", back):
                raise Conflict("there is nothing to send back")

        await self.agree(expected, bounce)

    # The worker and the provider.

    async def work(self, faults: Sequence[str] = ()) -> None:
        """The worker sends what waits, through these faults, until nothing does; a first worker may die holding it."""
        self.model.work()
        self.gateway.script.extend(FAULTS[fault] for fault in faults)
        for _ in range(12):
            await drain(self.ctx)
            if not await self._unanswered():
                break
            clock.advance(minutes=16)
        if self.gateway.script:
            self.gateway.script.clear()
            await drain(self.ctx)

    async def die(self) -> None:
        """A worker claims everything that is due, and is never heard of again."""
        async with self.ctx.db.transaction() as tx:
            await claim(tx, at_most=20)
        clock.advance(minutes=6)

    async def finish(self, number: int, outcome: str, told: int) -> None:
        """Something that is under way at the provider ends; `told` webhooks say so, or none and a sweep finds out.

        outcome: well, badly, or short (a pay-in brings a cent less)
        """
        under_way = [
            *((n, "pay_in") for n, p in enumerate(self.model.parts) if p.pay_in is not None and p.pay_in.sent),
            *((n, "refund") for n, p in enumerate(self.model.parts) for asked in p.refunds if asked.sent),
            *((n, "pay_out") for n, p in enumerate(self.model.payouts) if p.state == "transferred"),
        ]
        if not under_way:
            return
        n, kind = under_way[number % len(under_way)]
        part_id = self.payouts[n] if kind == "pay_out" else self.deal.escrow.milestones[n].id
        operation = await self._operation(part_id, kind, OperationState.SENT, provider="stripe")
        assert operation is not None, (kind, n)
        reference = operation.provider_ref
        self.gateway.finish(reference, failure="account_closed" if outcome == "badly" else "")
        amount = operation.amount.minor
        if outcome == "short" and kind == "pay_in" and amount > 1:
            amount -= 1
            self.gateway.change(reference, state=PayInState.SUCCEEDED, received=Money(amount, CURRENCY))
        self._finished(n, kind, amount, well=outcome != "badly")
        for _ in range(told):
            await self._webhook(reference, kind)
        if not told:
            clock.advance(minutes=11)
            await jobs.sweep_operations(self.ctx)
        await self.work()

    def _finished(self, n: int, kind: str, amount: int, *, well: bool) -> None:
        if kind == "pay_out":
            payout = self.model.payouts[n]
            if well:
                self.model.settled(payout)
            else:
                payout.state, payout.step = "returning", "reversal"
            return
        part = self.model.parts[n]
        if kind == "pay_in":
            self.model.paid(part, amount) if well else self.model.not_paid(part)
        else:
            asked = next(r for r in part.refunds if r.sent and r.amount == amount)
            self.model.repaid(part, asked) if well else self.model.not_repaid(part, asked)

    async def _webhook(self, reference: str, kind: str) -> None:
        """The first comes, then the same again, then another about the same."""
        self.events += 1
        event = self.gateway.verify_webhook(f"evt_{reference}_{self.events // 2}|x|{kind}|{reference}".encode(), "good")
        event = replace(event, id=f"{event.id}_{self.deal.subject.id}")
        kept = await self.ctx.tx(operating.keep_event, "stripe", event)
        if kept is not None:
            await jobs.read_webhook(self.ctx, event_id=kept)

    async def _unanswered(self) -> bool:
        """Whether something was planned or lost and no answer is here yet; what is merely slow has been answered."""
        query = select(Operation.id).where(
            Operation.subject_id.in_([self.deal.subject.id, self.deal.supplier.organisation_id]),
            Operation.provider != "bank",
            Operation.state.in_([OperationState.PLANNED, OperationState.SENT, OperationState.UNKNOWN]),
            Operation.provider_ref == "",
        )
        async with self.ctx.db.transaction(read_only=True) as tx:
            return (await tx.scalar(query.limit(1))) is not None

    async def _operation(
        self, part: UUID, kind: str, state: OperationState | None, *, provider: str = "", amount: int = 0
    ) -> Operation | None:
        """The latest of a part; in this state, over this provider, of this amount, where they are given."""
        query = select(Operation).where(Operation.part_id == part, Operation.kind == OperationKind(kind))
        if state:
            query = query.where(Operation.state == state)
        if provider:
            query = query.where(Operation.provider == provider)
        if amount:
            query = query.where(Operation.amount_minor == amount)  # type: ignore[attr-defined]
        async with self.ctx.db.transaction(read_only=True) as tx:
            return await tx.scalar(query.order_by(Operation.id.desc()).limit(1))

    async def end(self) -> None:
        """No faults any more: everything that is under way arrives, and one key made one object at the provider."""
        await self.work()
        for _ in range(20):
            await self.finish(0, "well", told=1)
            await self.transfer_sent()
        await self.compare()
        assert len(self.gateway.by_key) == len(self.gateway.objects) - len(self.disputes)
        cash = {currency: self.model.has("psp", currency) for currency in MINOR}
        cash[OWN] -= self.model.read
        for came in self._at_provider():
            cash[came.currency] -= came.minor
        assert not any(cash.values())

    def _at_provider(self) -> Iterator[Money]:
        """What the provider has of ours: what came, less what went back and what reached a bank."""
        for made in self.gateway.objects.values():
            match made:
                case PayIn(received=received):
                    yield received
                case Refund(state=TransferState.SUCCEEDED, amount=amount):
                    yield -amount
                case PayOut(state=TransferState.SUCCEEDED, amount=amount):
                    yield -amount
                case AtProvider(taken=taken):
                    yield -taken


def line(amount: Money, reference: str) -> Line:
    return Line(
        bank_ref=f"B{new_id()}",
        reference=reference,
        counterparty="Hansa Import GmbH",
        amount=amount,
        value_date=clock.now().date(),
    )


def bank_account(supplier: Actor, currency: str = CURRENCY) -> BankAccount:
    """An account past its 72 hours."""
    return BankAccount(
        id=new_id(),
        organisation_id=supplier.organisation_id,
        scheme="iban",
        currency=currency,
        country="DE",
        holder="Bremen Lamps",
        bank_code="MARKDEF1100",
        sealed=b"never opened here",
        masked="DE… 1234",
        added_by=supplier.id,
        usable_from=clock.now(),
        confirmed_at=clock.now(),
    )


def connected_account(supplier: Actor, reference: str) -> ConnectedAccount:
    return ConnectedAccount(
        id=new_id(),
        organisation_id=supplier.organisation_id,
        provider="stripe",
        country="DE",
        provider_ref=reference,
        can_receive=True,
        can_pay_out=True,
        missing=[],
        opened_by=supplier.id,
    )
