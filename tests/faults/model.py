"""What the books must say, in plain integers: a second opinion that shares no code with the product.

Amounts are minor units of one currency, each on the side on which people mean it: what an account holds, owes or
earned is positive. Chargebacks (receivable, loss), provider fees (psp_cost) and currency exchange (fx) get their
accounts here when the product books them.
"""

from collections import Counter
from dataclasses import dataclass, field

REFUSED = "refused"
"""What the model expects of a move that cannot be made now, whatever the product calls its error."""

CASH = ("psp", "bank")  # either may be overdrawn by paying out where the money did not come in; both together not
HELD = {"funded": "escrow", "frozen": "escrow_frozen"}


@dataclass
class Asked:
    """An open request to a provider or bank. `sent`: the provider knows of it, and only it can end it."""

    rail: str
    method: str = ""
    sent: bool = False


@dataclass
class Part:
    """One milestone."""

    amount: int
    fee: int
    state: str = "pending"
    rail: str = ""  # how its money came
    pay_in: Asked | None = None
    refund: Asked | None = None
    due_back: int = 0


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
        owed = sum(books[kind] for kind in ("escrow", "escrow_frozen", "refund_due", "payable", "in_transit"))
        assert cash == owed + books["suspense"] + books["fee_income"], books
        for state, account in HELD.items():
            assert books[account] == sum(part.amount for part in self.parts if part.state == state)
        assert books["refund_due"] == sum(part.due_back for part in self.parts if part.state == "refund_due")

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
            part.state, part.rail = "funded", rail
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
        to_supplier = part.amount - to_buyer
        if part.state != source or to_buyer < 0 or to_supplier < 0:
            return REFUSED
        fee, rest = divmod(part.fee * to_supplier, part.amount)
        if rest and rest * 2 >= part.amount:  # the unit that does not divide goes to the larger remainder
            fee += 1
        self.book(**{HELD[source]: -part.amount})
        self.book(payable=to_supplier - fee, fee_income=fee, refund_due=to_buyer)
        part.state, part.due_back = ("refund_due" if to_buyer else "released"), to_buyer
        if to_buyer:
            part.refund = Asked(part.rail)
        return None

    def shift(self, before: str, after: str) -> None:
        for part in self.parts:
            if part.state == before:
                part.state = after
                self.book(**{HELD[before]: -part.amount})
                self.book(**{HELD[after]: part.amount})

    def call_off(self) -> str | None:
        """Cancel what is not paid, return what is held."""
        if any(part.pay_in is not None and part.pay_in.sent for part in self.parts):
            return REFUSED
        for part in self.parts:
            if part.state in ("pending", "funding"):
                part.state, part.pay_in = "cancelled", None
            elif part.state == "funded":
                self.divide(part, part.amount)
        return None

    def repaid(self, part: Part) -> None:
        assert part.refund is not None
        self.book(refund_due=-part.due_back)
        self.book(**{"psp" if part.refund.rail == "stripe" else "bank": -part.due_back})
        part.state, part.refund, part.due_back = "refunded", None, 0

    def refund_again(self, part: Part, rail: str) -> str | None:
        if part.state != "refund_due" or part.refund is not None:
            return REFUSED
        part.refund = Asked(rail)
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
            if part.refund is not None and part.refund.rail == "stripe":
                part.refund.sent = True
        for payout in self.payouts:
            if payout.step == "transfer":
                payout.step, payout.state = "pay_out", "transferred"
            if payout.step == "reversal":
                self.given_back(payout)
