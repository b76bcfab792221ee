"""Shapes of orders that cross the border."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, field_validator

from app.core.money import Money
from app.core.payload import Upload
from orders.contracts.queries import ContractView
from orders.contracts.values import VesselNumber
from orders.deals.plan import MilestoneView
from orders.deals.queries import LineView, OrderView, ProposalView, ShipmentView
from orders.deals.states import OrderState
from orders.milestones import Conditions, Evidence, MilestoneState
from payments.queries import Position

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Stars = Annotated[int, Field(ge=1, le=5)]


def listed(value: object) -> object:
    """One file of a form arrives bare, several as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


class PaymentIn(BaseModel):
    """Pay one milestone. `method` is a provider's payment method; programs may give it, people choose it next."""

    milestone_id: UUID
    rail: Literal["stripe", "bank"] = "stripe"
    method: Annotated[str, StringConstraints(max_length=80, pattern=r"^[A-Za-z0-9_]*$")] = ""


class ShippedLine(BaseModel):
    position: int = Field(ge=0, le=199)
    quantity: Annotated[Decimal, Field(gt=0, max_digits=18, decimal_places=6)]


class ShipmentIn(BaseModel):
    """`vessel` and `imo` (ship identification number) where a ship carries it and it is known by then."""

    carrier: Words
    tracking: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=60)]
    vessel: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""
    imo: VesselNumber = ""
    shipped_on: date
    lines: Annotated[list[ShippedLine], Field(min_length=1, max_length=200)]
    documents: Annotated[list[Upload], Field(max_length=10)] = []

    _documents = field_validator("documents", mode="before")(listed)

    @field_validator("lines", mode="before")
    @classmethod
    def _only_what_is_shipped(cls, value: object) -> object:
        """A form shows every line; those left empty are not shipped."""
        if isinstance(value, list):
            return [line for line in value if not isinstance(line, dict) or "quantity" in line]
        return value


class DeliveryIn(BaseModel):
    proof: Annotated[list[Upload], Field(max_length=10)] = []

    _proof = field_validator("proof", mode="before")(listed)


class AcceptanceIn(BaseModel):
    """The buyer's word on delivered goods: all of them, a part with its price, or none; with reasons and evidence.

    criteria  those of the contract that are not met, by their numbers such as `1.2`
    """

    verdict: Literal["whole", "part", "none"] = "whole"
    to_supplier: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    criteria: Annotated[list[str], Field(max_length=200), BeforeValidator(listed)] = []
    files: Annotated[list[Upload], Field(max_length=10)] = []

    _files = field_validator("files", mode="before")(listed)


class ClaimIn(BaseModel):
    """Goods have not come: `to_supplier` is what the supplier keeps of what is held; the rest is asked back."""

    to_supplier: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = "0"
    reason: Reason
    files: Annotated[list[Upload], Field(max_length=10)] = []

    _files = field_validator("files", mode="before")(listed)


class CancellationIn(BaseModel):
    reason: Reason


class ProposalIn(BaseModel):
    """How much of the total the supplier shall get, as a decimal in the contract's currency."""

    to_supplier: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=24)]
    reason: Reason
    files: Annotated[list[Upload], Field(max_length=10)] = []

    _files = field_validator("files", mode="before")(listed)


class RatingIn(BaseModel):
    goods: Stars
    service: Stars
    time: Stars
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class EvidenceIn(BaseModel):
    """Evidence for a milestone. Which facts are needed follows from its kind; a document always is.

    number   of the report or bill of lading; `carrier` who issued the latter, `company` who inspected
    done_on  when production was finished, the goods inspected, or taken on board
    """

    quantity: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    company: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""
    carrier: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] = ""
    done_on: date | None = None
    result: Literal["", "passed", "failed"] = ""
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    files: Annotated[list[Upload], Field(max_length=10)] = []

    _files = field_validator("files", mode="before")(listed)


class AnswerIn(BaseModel):
    """The buyer's word on evidence; an objection needs its reason."""

    verdict: Literal["accepted", "objected"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""


class PartIn(BaseModel):
    """What of one milestone's held money shall go to either side now, as decimals in the contract's currency."""

    to_supplier: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = "0"
    to_buyer: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = "0"
    reason: Reason
    files: Annotated[list[Upload], Field(max_length=10)] = []

    _files = field_validator("files", mode="before")(listed)


class PriceIn(BaseModel):
    position: int = Field(ge=0, le=199)
    price: Annotated[Decimal, Field(gt=0, lt=Decimal(10) ** 9, decimal_places=6)] | None = None


class PaymentChangeIn(BaseModel):
    """A payment's new amount, and the day by which its evidence shall come."""

    position: int = Field(ge=0, le=11)
    amount: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""
    on: date | None = None


class AmendmentIn(BaseModel):
    """What shall be otherwise; what is left out stays. The payments come to the goods' total again.

    more_amount  a payment on top, due within a week of signing, against `more_evidence` within `more_days` days
    """

    reason: Reason
    latest: date | None = None
    lines: Annotated[list[PriceIn], Field(max_length=200)] = []
    milestones: Annotated[list[PaymentChangeIn], Field(max_length=12)] = []
    more_amount: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""
    more_evidence: Evidence = Evidence.ACCEPTANCE
    more_days: Annotated[int, Field(ge=1, le=365)] = 30


class DivisionIn(BaseModel):
    """What of a payment's held money the supplier shall get; the rest goes back to the buyer."""

    position: int = Field(ge=0, le=11)
    to_supplier: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = "0"


class TerminationIn(BaseModel):
    """An agreement to end the contract. What is held for payments that are not named goes back to the buyer.

    goods  where goods that are under way go, and who pays for it; needed only then
    """

    reason: Reason
    payments: Annotated[list[DivisionIn], Field(max_length=12)] = []
    goods: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""


class SubmissionOut(BaseModel):
    number: int
    facts: dict[str, str]
    text: str
    created_at: datetime
    answered_at: datetime | None
    objection: str


class PlanOut(BaseModel):
    """What one payment waits for; `id` is that of its money."""

    id: UUID
    kind: str
    conditions: Conditions
    state: MilestoneState
    deadline: datetime | None
    answer_by: datetime | None
    submissions: list[SubmissionOut]

    @classmethod
    def of(cls, m: MilestoneView) -> "PlanOut":
        given = [SubmissionOut(**{n: getattr(s, n) for n in SubmissionOut.model_fields}) for s in m.submissions]
        return cls(
            id=m.id,
            kind=m.kind,
            conditions=m.terms,
            state=m.state,
            deadline=m.deadline,
            answer_by=m.answer_by,
            submissions=given,
        )


class MilestoneOut(BaseModel):
    """Where a milestone's money is; `held` counts what is frozen, `released` the fee."""

    id: UUID
    kind: str
    amount: Money
    fee: Money
    state: str
    reference: str
    held: Money
    released: Money
    due_back: Money
    refunded: Money
    charged_back: Money


class MoneyOut(BaseModel):
    agreed: Money
    funded: Money
    held: Money
    frozen: Money
    released: Money
    fees: Money
    refund_due: Money
    refunded: Money
    charged_back: Money
    milestones: list[MilestoneOut]

    @classmethod
    def of(cls, p: Position) -> "MoneyOut":
        return cls(
            agreed=p.agreed,
            funded=p.funded,
            held=p.held,
            frozen=p.frozen,
            released=p.released,
            fees=p.fees,
            refund_due=p.refund_due,
            refunded=p.refunded,
            charged_back=p.charged_back,
            milestones=[
                MilestoneOut(**{name: getattr(m.milestone, name) for name in MilestoneOut.model_fields})
                for m in p.milestones
            ],
        )


class LineOut(BaseModel):
    position: int
    description: str
    unit: str
    quantity: Decimal
    shipped: Decimal


class ShipmentOut(BaseModel):
    id: UUID
    number: int
    carrier: str
    tracking: str
    vessel: str
    imo: str
    shipped_on: date
    lines: list[tuple[int, Decimal]]
    documents: list[dict[str, Any]]
    delivered_at: datetime | None


class ProposalOut(BaseModel):
    id: UUID
    made_by: UUID
    kind: str
    milestone_id: UUID | None
    to_supplier: Money
    to_buyer: Money
    reason: str
    state: str
    created_at: datetime


class OrderLineOut(BaseModel):
    """An order in a list."""

    id: UUID
    number: str
    title: str
    state: OrderState
    total: Money
    buyer_id: UUID
    supplier_id: UUID
    ship_by: date
    accept_by: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, o: OrderView) -> "OrderLineOut":
        return cls(**{name: getattr(o, name) for name in cls.model_fields})


class OrderOut(OrderLineOut):
    """An order with everything both parties see.

    claim_from  the first day on which the buyer may say that goods do not come; null when it cannot
    claimed_at  when it last said so
    rules  the platform's rules that bind the deal, by code with the number of the version: those in force on `rules_on`
    """

    contract_id: UUID
    inquiry_id: UUID
    contract_hash: str
    rules: dict[str, int]
    rules_on: date
    claim_from: date | None
    claimed_at: datetime | None
    money: MoneyOut
    plan: list[PlanOut]
    lines: list[LineOut]
    shipments: list[ShipmentOut]
    proposals: list[ProposalOut]

    @classmethod
    def whole(
        cls,
        order: OrderView,
        contract: ContractView,
        money: Position,
        milestones: list[MilestoneView],
        lines: list[LineView],
        shipments: list[ShipmentView],
        proposals: list[ProposalView],
        claim_from: date | None,
    ) -> "OrderOut":
        bare = OrderLineOut.of(order).model_dump()
        return cls(
            **bare | {"total": order.total},
            contract_id=order.contract_id,
            inquiry_id=order.inquiry_id,
            contract_hash=order.contract_hash,
            rules=contract.rules,
            rules_on=contract.rules_on,
            claim_from=claim_from,
            claimed_at=order.claimed_at,
            money=MoneyOut.of(money),
            plan=[PlanOut.of(m) for m in milestones],
            lines=[LineOut(**{n: getattr(v, n) for n in LineOut.model_fields}) for v in lines],
            shipments=[ShipmentOut(**{n: getattr(s, n) for n in ShipmentOut.model_fields}) for s in shipments],
            proposals=[ProposalOut(**{n: getattr(p, n) for n in ProposalOut.model_fields}) for p in proposals],
        )


class OrdersOut(BaseModel):
    total: int
    page: int
    per_page: int
    items: list[OrderLineOut]
