"""What people and programs say in a negotiation. Answers stand in `answers`."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.money import CURRENCIES, MoneyError, UnitPrice
from app.core.payload import Upload
from orders import milestones as schedule
from orders import presets, pricing
from orders.incoterms import Mode, Rule
from orders.milestones import (
    Approver,
    BadMilestones,
    Conditions,
    Due,
    Evidence,
    Milestone,
    MilestoneKind,
    Silence,
    Since,
    usual,
)
from orders.negotiation.offer import Line, Offer, OfferLine, PaymentShare, PriceTier, Sample, Text
from orders.negotiation.service import Question
from orders.units import UNITS
from orders.units import quantity as checked_quantity
from trust.identity.registration import COUNTRIES


def _one_of(known: Any, message: str) -> Any:
    def check(value: str) -> str:
        if value not in known:
            raise ValueError(_(message))
        return value

    return AfterValidator(check)


def _as_list(value: object) -> object:
    """One chosen box, or one file, arrives bare."""
    return value if isinstance(value, list) else [value]


def _filled(*names: str) -> BeforeValidator:
    """Rows in which one of `names` was given; empty rows of a form are left out."""

    def keep(value: object) -> object:
        rows = value if isinstance(value, list) else [value]
        return [row for row in rows if not isinstance(row, dict) or any(row.get(name) for name in names)]

    return BeforeValidator(keep)


def _upper(value: object) -> object:
    return value.replace(" ", "").upper() if isinstance(value, str) else value


Currency = Annotated[str, _one_of(CURRENCIES, N_("Choose a currency from the list."))]
UnitCode = Annotated[str, _one_of(UNITS, N_("Choose a unit from the list."))]
Country = Annotated[str, _one_of(COUNTRIES, N_("Choose a country from the list."))]
Locode = Annotated[str, BeforeValidator(_upper), StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
Quantity = Annotated[Decimal, Field(gt=0, lt=Decimal(10) ** 9, decimal_places=3)]
Price = Annotated[Decimal, Field(gt=0, lt=Decimal(10) ** 9, decimal_places=6)]
Percent = Annotated[Decimal, Field(gt=0, le=100, decimal_places=2)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Place = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)]
Files = Annotated[list[Upload], BeforeValidator(_as_list)]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class QuestionIn(In):
    """What is wanted. Without `rule` the supplier proposes the terms of delivery."""

    title: Title
    text: Words
    quantity: Quantity
    unit: UnitCode
    destination: Country
    place: Place = ""
    rule: Rule | None = None
    target_price: Price | None = None
    target_price_currency: Currency = "USD"
    files: Files = []

    def question(self, *, hs_code: str = "", product_id: UUID | None = None) -> Question:
        return Question(
            title=self.title,
            text=self.text,
            quantity=self.quantity,
            unit=self.unit,
            destination=self.destination,
            place=self.place,
            rule=self.rule,
            target=UnitPrice(self.target_price, self.target_price_currency) if self.target_price else None,
            hs_code=hs_code,
            product_id=product_id,
        )


class InquiryIn(QuestionIn):
    """To the supplier of a product, or to a supplier."""

    product_id: UUID | None = None
    supplier_id: UUID | None = None


class RfqIn(QuestionIn):
    """To the suppliers named, or to the best matching of the category when none is."""

    category: Annotated[str, StringConstraints(max_length=60)]
    supplier_ids: Annotated[list[UUID], BeforeValidator(_as_list)] = []
    closes_on: date


class MessageIn(In):
    text: Words
    files: Files = []


class MessageTextIn(In):
    text: Words


class ReasonIn(In):
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]


class TierIn(In):
    min_quantity: Quantity
    price: Price


class LineIn(In):
    product_id: UUID | None = None
    description: Line
    specification: Text = ""
    hs_code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
    origin: Country = "CN"
    quantity: Quantity
    unit: UnitCode
    price: Price
    tiers: Annotated[list[TierIn], _filled("min_quantity", "price")] = []


class ShareIn(In):
    """A payment; one without `percent` is none. Without `evidence` it has the usual conditions of its kind; of the
    others, those that do not apply to what was chosen are left out."""

    kind: MilestoneKind
    percent: Percent | None = None
    due: Due = Due.SHIPMENT
    due_days: schedule.Days | None = None
    evidence: Evidence | None = None
    since: Since | None = None
    days: schedule.Days | None = None
    on: date | None = None
    approver: Approver = Approver.BUYER
    answer_days: Annotated[int, Field(ge=1, le=60)] | None = None
    silence: Silence = Silence.ACCEPTED
    refundable: Annotated[int, Field(ge=0, le=100)] = 0

    def conditions(self, at: str) -> Conditions | None:
        """Raises Invalid naming the field under `at`."""
        if self.evidence is None:
            return None
        facts: dict[str, Any] = {"due": self.due, "evidence": self.evidence}
        if self.due in (Due.SIGNING, Due.SHIPPED):
            facts["due_days"] = self.due_days
        if self.evidence is not Evidence.ACCEPTANCE:
            facts |= {"since": self.since, "approver": self.approver, "refundable": self.refundable}
            facts |= {"on": self.on} if self.since is Since.DATE else {"days": self.days}
            if self.approver is Approver.BUYER:
                facts |= {"answer_days": self.answer_days, "silence": self.silence}
        faults = Conditions.model_construct(**facts).faults()
        if faults:
            raise Invalid.many({f"{at}.{field}": message for field, message in reversed(faults)})
        said = Conditions(**facts)
        return None if said == usual(self.kind) else said


class OfferIn(In):
    """One version of an offer. The milestones sum to 100 percent; the place fits the rule and the way of transport.

    country  of the place, where it has no UN/LOCODE
    plan     the name of a usual plan of payment instead of `milestones`
    """

    currency: Currency
    lines: Annotated[list[LineIn], _filled("description", "quantity", "price"), Field(min_length=1, max_length=100)]
    rule: Rule
    place: Line
    locode: Locode | None = None
    country: Country | None = None
    mode: Mode
    lead_days: Annotated[int, Field(ge=1, le=730)]
    valid_until: date
    plan: Literal["", "deposit_balance", "acceptance", "documents", "credit", "stages"] = ""
    milestones: Annotated[list[ShareIn], Field(max_length=schedule.MOST)] = []
    partial_shipments: bool = False
    transhipment: bool = True
    packing: Text = ""
    sample_price: Annotated[Decimal, Field(ge=0, lt=Decimal(10) ** 9, decimal_places=6)] | None = None
    sample_days: Annotated[int, Field(ge=0, le=365)] | None = None
    note: Text = ""

    def offer(self) -> Offer:
        """Raises Invalid naming the field: half a piece, an amount too large or zero, shares that are not 100, a place
        of which nobody says in which country it is.
        """
        if self.locode is None and self.country is None:
            raise Invalid(_("Give the place's UN/LOCODE, or its country."), field="country")
        self._check_amounts()
        shares = self._checked_shares()
        sample = None
        if self.sample_price is not None:
            sample = Sample(price=UnitPrice(self.sample_price, self.currency), lead_days=self.sample_days or 0)
        return Offer(
            lines=tuple(self._line(line) for line in self.lines),
            rule=self.rule,
            place=self.place,
            locode=self.locode,
            country=None if self.locode else self.country,
            mode=self.mode,
            lead_days=self.lead_days,
            valid_until=self.valid_until,
            milestones=tuple(
                PaymentShare(kind=share.kind, percent=share.percent, conditions=share.conditions) for share in shares
            ),
            partial_shipments=self.partial_shipments,
            transhipment=self.transhipment,
            packing=self.packing,
            sample=sample,
            note=self.note,
        )

    def _check_amounts(self) -> None:
        amounts = []
        for number, line in enumerate(self.lines):
            at = f"lines.{number}"
            checked_quantity(line.quantity, line.unit, field=f"{at}.quantity")
            if line.tiers:
                self._check_tiers(line, at)
            try:
                amounts.append(pricing.line_total(UnitPrice(line.price, self.currency), line.quantity))
                whole = pricing.total(amounts, self.currency)
            except MoneyError as error:
                raise Invalid(_("This amount is too large."), field=f"{at}.price") from error
        if not whole:
            raise Invalid(_("The total must be more than zero."), field="lines.0.price")

    def _checked_shares(self) -> list[Milestone]:
        if self.plan:
            return presets.plan(self.plan, production_days=self.lead_days)
        given = [(n, share) for n, share in enumerate(self.milestones) if share.percent is not None]
        shares = [
            Milestone(share.kind, share.percent, share.conditions(f"milestones.{n}"))
            for n, share in given
            if share.percent is not None
        ]
        try:
            schedule.check(shares)
        except BadMilestones as error:
            last = given[-1][0] if given else 0
            raise BadMilestones(error.message, field=f"milestones.{last}.percent", **error.facts) from error
        return shares

    def _check_tiers(self, line: LineIn, at: str) -> None:
        tiers = [pricing.Tier(tier.min_quantity, UnitPrice(tier.price, self.currency)) for tier in line.tiers]
        try:
            pricing.check_tiers(tiers)
        except Invalid as error:
            raise Invalid.many({f"{at}.{field}": message for field, message in error.errors.items()}) from error

    def _line(self, line: LineIn) -> OfferLine:
        return OfferLine(
            product_id=line.product_id,
            description=line.description,
            specification=line.specification,
            hs_code=line.hs_code,
            origin=line.origin,
            quantity=checked_quantity(line.quantity, line.unit),
            unit=line.unit,
            unit_price=UnitPrice(line.price, self.currency),
            tiers=tuple(
                PriceTier(min_quantity=tier.min_quantity, unit_price=UnitPrice(tier.price, self.currency))
                for tier in line.tiers
            ),
        )
