"""What the books must say, in plain integers: a second opinion that shares no code with the product.

Amounts are minor units, each on the side on which people mean it: what an account holds, owes or earned is positive.
Accounts are named by their kind, with the currency behind it where that is not the deal's own.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

REFUSED = "refused"
"""What the model expects of a move that cannot be made now, whatever the product calls its error."""

OWN = "USD"  # the currency of every deal here
PARTY = ("escrow", "escrow_frozen", "refund_due", "payable", "reserve", "receivable", "buyer_receivable")
DEBITS = ("psp", "bank", "receivable", "buyer_receivable", "psp_cost", "loss", "unexplained", "fx_gain_loss")
CREDITS = (
    *("escrow", "escrow_frozen", "refund_due", "payable", "reserve", "in_transit"),
    *("suspense", "suspense:stripe", "fee_income", "own_funds"),
)
HELD = {"funded": "escrow", "frozen": "escrow_frozen"}

PAY_IN_FEE, REFUND_FEE, DISPUTE_FEE = (29, 30), 12, 1500  # in thousandths of the amount, and flat; flat; flat
ANSWERS = {"suspense": ("suspense:stripe", 1), "own_funds": ("own_funds", 1), "psp_cost": ("psp_cost", -1)}
ANSWERS["loss"] = ("loss", -1)
"""What people may say a stray line was: the account, and its sign there when money came."""

PUBLISHED = {("USD", "EUR"): Fraction("0.8951"), ("USD", "JPY"): Fraction("157.2503")}
MINOR = {"USD": 100, "EUR": 100, "JPY": 1}
PAIRS = [(sold, bought) for sold in MINOR for bought in MINOR if sold != bought]
DIGITS = 16  # of a rate that is derived from two that were published


def named(kind: str, currency: str) -> str:
    return kind if currency == OWN else f"{kind} {currency}"


def rate(sold: str, bought: str) -> Fraction:
    """As published, else derived: turned round, or through the currency of both."""
    if (sold, bought) in PUBLISHED:
        return PUBLISHED[sold, bought]
    found = 1 / PUBLISHED[bought, sold] if (bought, sold) in PUBLISHED else rate("USD", bought) / rate("USD", sold)
    scale = Fraction(10) ** DIGITS
    while found * scale >= 10**DIGITS:
        scale /= 10
    return round(found * scale) / scale


def converted(minor: int, sold: str, bought: str) -> int:
    """Half a unit goes to the even one."""
    return round(Fraction(minor, MINOR[sold]) * rate(sold, bought) * MINOR[bought])


def in_proportion(whole: int, part: int, of: int) -> int:
    """`part` / `of` of the whole; the unit that does not divide goes to the larger remainder, this side's first."""
    share, rest = divmod(whole * part, of)
    return share + 1 if rest and rest * 2 >= of else share


@dataclass(eq=False)
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
        """The fee when so much was released."""
        return in_proportion(self.fee, released, self.amount)

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
        """What the buyer has by it although it had it back before: a debt of the buyer's."""
        return self.taken - self.held - self.due - self.reserve - self.payable - self.receivable


@dataclass
class Payout:
    """Steps over a provider: transfer, pay_out, reversal; by bank there is one."""

    amount: int
    rail: str
    step: str
    currency: str = OWN
    state: str = "requested"


@dataclass(eq=False)
class Told:
    """A line in the provider's books that ours have not taken in: its fee (below zero: given back), or own money
    (`own`). The line of a refund means nothing until that has ended.
    """

    fee: int = 0
    own: int = 0
    refund: Asked | None = None


@dataclass
class Stray:
    """A line in the provider's books that nobody asked for: untold, open, settled."""

    net: int
    state: str = "untold"


@dataclass
class Quote:
    sold: int
    bought: int
    pair: tuple[str, str]
    day: int
    payout: Payout | None = None


@dataclass
class Case:
    """A line of the bank's of which nobody knows what it was; below zero what left."""

    held: int
    currency: str
    closed: bool = False


@dataclass
class Model:
    """`read`: what was booked because the provider's books said so, and nothing else did."""

    parts: list[Part]
    payouts: list[Payout] = field(default_factory=list)
    accounts: Counter[str] = field(default_factory=Counter)
    told: list[Told] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    read: int = 0

    def book(self, currency: str = OWN, /, **changes: int) -> None:
        self.accounts.update({named(kind, currency): minor for kind, minor in changes.items()})

    def has(self, kind: str, currency: str = OWN) -> int:
        return self.accounts[named(kind, currency)]

    @property
    def earned(self) -> bool:
        """Whether the supplier has a balance."""
        return any(self.has("payable", currency) for currency in MINOR)

    def purse(self, number: int) -> str:
        """A currency: the first numbers are those in which the supplier has a balance, the last any."""
        held = [currency for currency in MINOR if self.has("payable", currency)]
        return [*held, *held, *MINOR][number % (2 * len(held) + len(MINOR))]

    @property
    def figures(self) -> dict[str, int]:
        """Every account that is not at zero."""
        return {account: minor for account, minor in self.accounts.items() if minor}

    def invariants(self) -> None:
        """What must hold after every move, of the model itself."""
        books = self.accounts
        for currency in MINOR:
            pairs = [f"fx:{sold}{bought}" for sold, bought in PAIRS]
            assert self._sum((*DEBITS, *pairs), currency) == self._sum(CREDITS, currency), books
            assert all(self.has(kind, currency) >= 0 for kind in PARTY), books
            assert not self.has("payable", currency) or not self.has("receivable", currency), books
        for state, account in HELD.items():
            assert books[account] == sum(part.held for part in self.parts if part.state == state)
        assert all(part.held == 0 for part in self.parts if part.state not in HELD)
        assert books["refund_due"] == sum(part.due_back for part in self.parts)
        assert books["reserve"] == sum(d.reserved for part in self.parts for d in part.disputes)
        for part in self.parts:
            gone = sum(d.held + d.due for d in part.disputes if not d.won)
            whole = part.held + part.released + part.due_back + part.refunded + gone
            assert whole in (0, part.amount), part

    def _sum(self, kinds: Iterable[str], currency: str) -> int:
        return sum(self.has(kind, currency) for kind in kinds)

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
        if rail == "stripe":
            self.told.append(Told(received * PAY_IN_FEE[0] // 1000 + PAY_IN_FEE[1]))
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

    def recover(self, currency: str = OWN) -> None:
        """What the supplier owes is settled with what it has."""
        part = min(self.has("payable", currency), self.has("receivable", currency))
        self.book(currency, payable=-part, receivable=-part)

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

    def not_repaid(self, part: Part, asked: Asked) -> None:
        """The provider had taken it out of our balance, and has put it back."""
        part.refunds.remove(asked)
        self.told.append(Told(-REFUND_FEE))

    def refund_again(self, part: Part, rail: str, amount: int) -> str | None:
        if part.idle_due < amount:
            return REFUSED
        part.refunds.append(Asked(rail, amount=amount))
        return None

    # The supplier is paid.

    def request(self, amount: int, rail: str, currency: str = OWN) -> str | None:
        if amount <= 0 or amount > self.has("payable", currency):
            return REFUSED
        self.book(currency, payable=-amount, in_transit=amount)
        self.payouts.append(Payout(amount, rail, "transfer" if rail == "stripe" else "pay_out", currency))
        return None

    def settled(self, payout: Payout) -> None:
        payout.state, payout.step = "settled", ""
        self.book(payout.currency, in_transit=-payout.amount)
        self.book(payout.currency, **{"psp" if payout.rail == "stripe" else "bank": -payout.amount})

    def given_back(self, payout: Payout) -> None:
        payout.state, payout.step = "failed", ""
        self.book(payout.currency, in_transit=-payout.amount, payable=payout.amount)
        self.recover(payout.currency)

    def sent_back(self, payout: Payout) -> str | None:
        """The supplier's bank did not want what ours had sent. An exchange before it stands."""
        if payout.rail != "bank" or payout.state != "settled":
            return REFUSED
        payout.state = "failed"
        self.book(payout.currency, bank=payout.amount, payable=payout.amount)
        self.recover(payout.currency)
        return None

    # In another currency.

    def quote(self, sold: int, pair: tuple[str, str], day: int) -> str | None:
        bought = converted(sold, *pair) if pair[0] != pair[1] else 0
        if not 0 < sold <= self.has("payable", pair[0]) or bought <= 0:
            return REFUSED
        self.quotes.append(Quote(sold, bought, pair, day))
        return None

    def agree(self, quote: Quote, day: int) -> str | None:
        """Once agreed, it is agreed for good; until then it is good for its day."""
        if quote.payout is not None:
            return None
        sold, bought = quote.pair
        if quote.day < day or quote.sold > self.has("payable", sold):
            return REFUSED
        between = f"fx:{sold}{bought}"
        self.book(sold, payable=-quote.sold, **{between: -quote.sold})
        self.book(bought, in_transit=quote.bought, **{between: quote.bought})
        quote.payout = Payout(quote.bought, "bank", "pay_out", bought)
        self.payouts.append(quote.payout)
        return None

    def position(self, sold: str, bought: str) -> tuple[int, int]:
        """What was taken in one currency, and what was promised for it in the other."""
        between = f"fx:{sold}{bought}"
        return -self.has(between, sold), self.has(between, bought)

    def at_the_bank(self, held: int, currency: str) -> None:
        """A line on the bank's statement of which nobody knows what it was."""
        self.cases.append(Case(held, currency))
        self.book(currency, bank=held, **({"suspense": held} if held > 0 else {"unexplained": -held}))

    def exchange(self, one: Case, other: Case, *, two_people: bool) -> str | None:
        """The bank has changed one into the other: that closes the position as far as it was bought."""
        left, came = (one, other) if one.held < 0 else (other, one)
        paid, bought = -left.held, came.held
        if not two_people or one.closed or other.closed or min(paid, bought) <= 0 or left.currency == came.currency:
            return REFUSED
        taken, promised = self.position(left.currency, came.currency)
        if not promised or (paid > taken and bought > promised):
            return REFUSED
        covers = min(bought, promised)
        closes = in_proportion(taken, covers, promised)
        between = f"fx:{left.currency}{came.currency}"
        self.book(left.currency, unexplained=-paid, fx_gain_loss=paid - closes, **{between: closes})
        self.book(came.currency, suspense=-bought, fx_gain_loss=covers - bought, **{between: -covers})
        one.closed = other.closed = True
        return None

    # The provider's books.

    def read_provider(self) -> None:
        """Every line is explained, and its fee booked; only that of a refund waits until the refund has ended."""
        under_way = [refund for part in self.parts for refund in part.refunds]
        waiting = [told for told in self.told if told.refund in under_way]
        for told in self.told:
            if told not in waiting:
                self.book(psp=told.own - told.fee, own_funds=told.own, psp_cost=told.fee)
                self.read += told.own - told.fee
        self.told = waiting
        for stray in self.strays:
            stray.state = "open" if stray.state == "untold" else stray.state

    def explain(self, stray: Stray, answer: str, *, two_people: bool) -> str | None:
        if stray.state != "open" or not two_people:
            return REFUSED
        account, sign = ANSWERS[answer]
        self.book(psp=stray.net, **{account: sign * stray.net})
        self.read += stray.net
        stray.state = "settled"
        return None

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
        self.book(psp=-dispute.twice, buyer_receivable=dispute.twice)
        self.told.append(Told(DISPUTE_FEE))
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
            self.book(psp=dispute.twice, buyer_receivable=-dispute.twice)
            self.told.append(Told(-DISPUTE_FEE))
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
                if refund.rail == "stripe" and not refund.sent:
                    refund.sent = True
                    self.told.append(Told(REFUND_FEE, refund=refund))
        for payout in self.payouts:
            if payout.step == "transfer":
                payout.step, payout.state = "pay_out", "transferred"
            if payout.step == "reversal":
                self.given_back(payout)
