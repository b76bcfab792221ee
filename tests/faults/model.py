"""What the books must say, in plain integers: a second opinion that shares no code with the product.

Amounts are minor units of one currency, each on the side on which people mean it: what an account holds, owes or
earned is positive. What the buyer owes after a chargeback of money it had back already is the buyer's affair with the
platform, in no deal's books, and so not here. Provider fees (psp_cost) and currency exchange (fx) have no moves here.
"""

from collections import Counter
from dataclasses import dataclass, field

REFUSED = "refused"
"""What the model expects of a move that cannot be made now, whatever the product calls its error."""

CASH = ("psp", "bank")  # either may be overdrawn by paying out where the money did not come in; both together not
OWED = ("escrow", "escrow_frozen", "refund_due", "payable", "reserve", "in_transit")
HELD = {"funded": "escrow", "frozen": "escrow_frozen"}


@dataclass
class Asked:
    """An open request to a provider or bank. `sent`: the provider knows of it, and only it can end it; `amount` for
    those that send a part of a milestone back.
    """

    rail: str
    method: str = ""
    amount: int = 0
    sent: bool = False


@dataclass
class Part:
    """One milestone."""

    amount: int
    fee: int
    state: str = "pending"
    rail: str = ""  # how its money came
    pay_in: Asked | None = None
    refunds: list[Asked] = field(default_factory=list)
    held: int = 0
    released: int = 0
    due_back: int = 0
    refunded: int = 0
    disputes: "list[Dispute]" = field(default_factory=list)

    def fee_of(self, released: int) -> int:
        """The fee when so much was released; the unit that does not divide goes to the larger remainder."""
        fee, rest = divmod(self.fee * released, self.amount)
        return fee + 1 if rest and rest * 2 >= self.amount else fee

    @property
    def idle_due(self) -> int:
        """What is due back to the buyer and not on its way."""
        return self.due_back - sum(asked.amount for asked in self.refunds)

    @property
    def answerable(self) -> int:
        """What the supplier got, and no bank took from it since."""
        return self.released - sum(d.reserve + d.payable + d.receivable for d in self.disputes if not d.won)


@dataclass
class Dispute:
    """The buyer's bank took `taken`, or (0) asks about `amount`; the others are where it was taken from."""

    amount: int
    taken: int = 0
    held: int = 0
    due: int = 0
    reserve: int = 0
    payable: int = 0
    receivable: int = 0
    reserved: int = 0
    over: bool = False
    won: bool = False

    @property
    def twice(self) -> int:
        """What the buyer has by it although it had it back before."""
        return 0 if self.won else self.taken - self.held - self.due - self.reserve - self.payable - self.receivable


@dataclass
class Payout:
    """Steps over a provider: transfer, pay_out, reversal; by bank there is one."""

    amount: int
    rail: str
    step: str
    state: str = "requested"


@dataclass
class Model:
    parts: list[Part]
    payouts: list[Payout] = field(default_factory=list)
    accounts: Counter[str] = field(default_factory=Counter)

    def book(self, **changes: int) -> None:
        self.accounts.update(changes)

    @property
    def figures(self) -> dict[str, int]:
        """Every account that is not at zero."""
        return {account: minor for account, minor in self.accounts.items() if minor}

    def invariants(self) -> None:
        """What must hold after every move, of the model itself."""
        books = self.accounts
        assert all(minor >= 0 for account, minor in books.items() if account not in CASH), books
        cash = books["psp"] + books["bank"]
        owed = sum(books[kind] for kind in OWED)
        assert cash + books["receivable"] == owed + books["suspense"] + books["fee_income"], books
        assert not books["payable"] or not books["receivable"], books
        for state, account in HELD.items():
            assert books[account] == sum(part.held for part in self.parts if part.state == state)
        assert all(part.held == 0 for part in self.parts if part.state not in HELD)
        assert books["refund_due"] == sum(part.due_back for part in self.parts)
        assert books["reserve"] == sum(d.reserved for part in self.parts for d in part.disputes)
        for part in self.parts:
            gone = sum(d.held + d.due for d in part.disputes if not d.won)
            whole = part.held + part.released + part.due_back + part.refunded + gone
            assert whole in (0, part.amount), part

    # Money comes in.

    def ask(self, part: Part, rail: str, method: str) -> str | None:
        if part.pay_in is not None:
            if part.pay_in.rail == rail:
                return None if rail == "bank" or part.pay_in.method == method else REFUSED
            if part.pay_in.sent:
                return REFUSED
        elif part.state != "pending":
            return REFUSED
        part.state, part.pay_in = "funding", Asked(rail, method)
        return None

    def paid(self, part: Part, received: int) -> None:
        """The provider or the bank says that money came."""
        assert part.pay_in is not None
        rail, part.pay_in = part.pay_in.rail, None
        self.book(**{"psp" if rail == "stripe" else "bank": received})
        if received == part.amount:
            part.state, part.rail, part.held = "funded", rail, received
            self.book(escrow=received)
        else:
            part.state = "pending"
            self.book(suspense=received)

    def not_paid(self, part: Part) -> None:
        part.state, part.pay_in = "pending", None

    def transfer_came(self, part: Part, amount: int) -> str | None:
        """Booked and approved at the bank, asked for or not."""
        if amount != part.amount or part.state not in ("pending", "funding"):
            return REFUSED
        if part.pay_in is not None and part.pay_in.rail != "bank" and part.pay_in.sent:
            return REFUSED
        part.pay_in = Asked("bank")
        self.paid(part, amount)
        return None

    # Held money leaves.

    def divide(self, part: Part, to_buyer: int, *, source: str = "funded") -> str | None:
        """What is not the buyer's is the supplier's, less its share of the fee."""
        to_supplier = part.held - to_buyer
        if part.state != source or to_buyer < 0 or to_supplier < 0:
            return REFUSED
        fee = part.fee_of(part.released + to_supplier) - part.fee_of(part.released)
        self.book(**{HELD[source]: -part.held})
        self.book(payable=to_supplier - fee, fee_income=fee, refund_due=to_buyer)
        self.recover()
        part.held, part.released, part.due_back = 0, part.released + to_supplier, part.due_back + to_buyer
        part.state = "refund_due" if part.due_back else "released"
        if to_buyer:
            part.refunds.append(Asked(part.rail, amount=to_buyer))
        return None

    def recover(self) -> None:
        """What the supplier owes is settled with what it has."""
        part = min(self.accounts["payable"], self.accounts["receivable"])
        self.book(payable=-part, receivable=-part)

    def shift(self, before: str, after: str) -> None:
        for part in self.parts:
            if part.state == before:
                part.state = after
                self.book(**{HELD[before]: -part.held})
                self.book(**{HELD[after]: part.held})

    def call_off(self) -> str | None:
        """Cancel what is not paid, return what is held."""
        if any(part.pay_in is not None and part.pay_in.sent for part in self.parts):
            return REFUSED
        for part in self.parts:
            if part.state in ("pending", "funding"):
                part.state, part.pay_in = "cancelled", None
            elif part.state == "funded":
                self.divide(part, part.held)
        return None

    def repaid(self, part: Part, asked: Asked) -> None:
        part.refunds.remove(asked)
        self.book(refund_due=-asked.amount)
        self.book(**{"psp" if asked.rail == "stripe" else "bank": -asked.amount})
        part.refunded, part.due_back = part.refunded + asked.amount, part.due_back - asked.amount
        if part.state == "refund_due" and not part.due_back:
            part.state = "refunded"

    def refund_again(self, part: Part, rail: str, amount: int) -> str | None:
        if part.idle_due < amount:
            return REFUSED
        part.refunds.append(Asked(rail, amount=amount))
        return None

    # The supplier is paid.

    def request(self, amount: int, rail: str) -> str | None:
        if amount <= 0 or amount > self.accounts["payable"]:
            return REFUSED
        self.book(payable=-amount, in_transit=amount)
        self.payouts.append(Payout(amount, rail, "transfer" if rail == "stripe" else "pay_out"))
        return None

    def settled(self, payout: Payout) -> None:
        payout.state, payout.step = "settled", ""
        self.book(in_transit=-payout.amount)
        self.book(**{"psp" if payout.rail == "stripe" else "bank": -payout.amount})

    def given_back(self, payout: Payout) -> None:
        payout.state, payout.step = "failed", ""
        self.book(in_transit=-payout.amount, payable=payout.amount)
        self.recover()

    # The buyer's bank.

    def disputed(self, part: Part, amount: int, *, taken: bool) -> Dispute:
        dispute = Dispute(amount)
        part.disputes.append(dispute)
        if taken:
            self.charged_back(part, dispute)
        else:
            beyond = max(0, amount - part.held - part.due_back)
            dispute.reserved = min(beyond, part.answerable, self.accounts["payable"])
            self.book(payable=-dispute.reserved, reserve=dispute.reserved)
        return dispute

    def charged_back(self, part: Part, dispute: Dispute) -> None:
        """Out of the deal, then from what was set aside, from the balance, and the rest is owed."""
        dispute.taken = dispute.amount
        answerable = part.answerable
        dispute.held = min(part.held, dispute.amount)
        dispute.due = min(part.idle_due, dispute.amount - dispute.held)
        self.book(psp=-dispute.held - dispute.due, refund_due=-dispute.due)
        if part.state in HELD:
            self.book(**{HELD[part.state]: -dispute.held})
        part.held, part.due_back = part.held - dispute.held, part.due_back - dispute.due
        if dispute.held + dispute.due and not part.held:
            part.state = "refund_due" if part.due_back else "charged_back"
        of_supplier = min(dispute.amount - dispute.held - dispute.due, answerable)
        dispute.reserve = min(of_supplier, dispute.reserved)
        dispute.payable = min(of_supplier - dispute.reserve, self.accounts["payable"])
        dispute.receivable = of_supplier - dispute.reserve - dispute.payable
        self.book(psp=-of_supplier, reserve=-dispute.reserve, payable=-dispute.payable, receivable=dispute.receivable)
        dispute.reserved -= dispute.reserve
        self.set_free(dispute)

    def set_free(self, dispute: Dispute) -> None:
        self.book(reserve=-dispute.reserved, payable=dispute.reserved)
        dispute.reserved = 0
        self.recover()

    def decided(self, part: Part, dispute: Dispute, *, won: bool) -> None:
        dispute.over, dispute.won = True, won
        if won and dispute.taken:
            if dispute.held and part.state not in HELD:
                part.state = "funded"
            elif dispute.due and part.state not in (*HELD, "refund_due"):
                part.state = "refund_due"
            self.book(psp=dispute.held + dispute.due, refund_due=dispute.due)
            if dispute.held:
                self.book(**{HELD[part.state]: dispute.held})
            part.held, part.due_back = part.held + dispute.held, part.due_back + dispute.due
            if dispute.due:
                part.refunds.append(Asked(part.rail, amount=dispute.due))
            of_supplier = dispute.reserve + dispute.payable + dispute.receivable
            settled = min(dispute.receivable, self.accounts["receivable"])
            self.book(psp=of_supplier, receivable=-settled, payable=of_supplier - settled)
        self.set_free(dispute)

    # The worker runs: everything that waits to be sent is sent, and answered.

    def work(self) -> None:
        for part in self.parts:
            asked = part.pay_in
            if asked is not None and asked.rail == "stripe" and not asked.sent:
                asked.sent = True
                if asked.method == "card":
                    self.paid(part, part.amount)
                elif asked.method == "declined_card":
                    self.not_paid(part)
            for refund in part.refunds:
                refund.sent = refund.sent or refund.rail == "stripe"
        for payout in self.payouts:
            if payout.step == "transfer":
                payout.step, payout.state = "pay_out", "transferred"
            if payout.step == "reversal":
                self.given_back(payout)
