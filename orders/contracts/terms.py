"""What a contract says: frozen, complete, and adding up. The canonical bytes made from it are hashed and signed.

The mandatory contents are those of the trade's standard sales contract (SB/T 11009-2013); every figure comes from the
accepted quotation and is checked here again, so that no contract can exist whose sums disagree.
"""

from collections import Counter
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import LARGEST_MINOR, Money, UnitPrice
from orders import incoterms, milestones, pricing, units
from orders.contracts.canonical import canonical_json as canonical_json
from orders.contracts.canonical import digest as digest
from orders.contracts.extras import MOST_ANNEXES, MOST_CLAUSES, Addressee, Annex, ChosenClause, Ending, Hash
from orders.contracts.values import Bilingual, Country, Currency, Days, Figure, Frozen, Language, Short, Sparing, Symbol
from orders.incoterms import Cover, Mode, Rule, Side
from orders.milestones import Conditions, Milestone, MilestoneKind

Number = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{2,39}$")]
Edition = Literal["2026-11", "2026-12", "2027-01"]
EDITION: Edition = "2027-01"
"""The clause library and document template that new contracts are drawn up with.

2026-11  deposit and balance, both released on acceptance of the goods
2026-12  any number of milestones, each with its conditions
2027-01  signatures stand in the document itself, at fixed places on its last page
"""


class Identifier(Frozen):
    """A registration of a company: scheme such as `USCC`, `LEI`, `VAT`, `HRB`, and its number."""

    scheme: Short
    value: Short


class Signatory(Frozen):
    """Who signs, and in what capacity."""

    name: Short
    title: Short


class Party(Frozen):
    """One side, by its verified facts. `name` as registered, `latin_name` in Latin letters."""

    organisation_id: UUID
    name: Short
    latin_name: Short
    identifiers: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=6)]
    country: Country
    address: Short
    email: Short
    phone: Short
    signatory: Signatory


class Measurement(Frozen):
    """A property that is measured: at least `minimum`, at most `maximum`, in `unit` (`mm`, `%`), by `method`."""

    kind: Literal["measurement"] = "measurement"
    property: Bilingual
    minimum: Figure | None = None
    maximum: Figure | None = None
    unit: Symbol = ""
    method: Short

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.minimum is None and self.maximum is None:
            raise ValueError(_("Give a smallest or a largest value."))
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(_("The smallest value is above the largest."))
        return self


class Sampling(Frozen):
    """How a lot is sampled and when it passes: acceptance quality limits in percent, 0 for none allowed."""

    kind: Literal["sampling"] = "sampling"
    standard: Short = "ISO 2859-1"
    level: Short = "II"
    critical: Annotated[Figure, Field(ge=0, le=10)] = Decimal(0)
    major: Annotated[Figure, Field(ge=0, le=10)] = Decimal("2.5")
    minor: Annotated[Figure, Field(ge=0, le=10)] = Decimal(4)


class Certificate(Frozen):
    """A certificate that must come with the goods."""

    kind: Literal["certificate"] = "certificate"
    document: Bilingual
    issuer: Short


Criterion = Annotated[Measurement | Sampling | Certificate, Field(discriminator="kind")]


class Tolerance(Frozen):
    """How far the delivered quantity may fall short of or exceed the agreed one, in percent of it."""

    under: Annotated[Figure, Field(ge=0, le=10)] = Decimal(0)
    over: Annotated[Figure, Field(ge=0, le=10)] = Decimal(0)


class GoodsLine(Frozen):
    """One line of goods. `criteria` are what inspection, acceptance and disputes go by; there is at least one."""

    description: Bilingual
    hs_code: Annotated[str, StringConstraints(pattern=r"^\d{6}(\d{2}){0,2}$")]
    hs_version: Short = "HS2022"
    origin: Country
    specification: Bilingual
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=20)]
    quantity: Figure
    unit: str
    tolerance: Tolerance = Tolerance()
    unit_price: UnitPrice
    total: Money

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        try:
            units.quantity(self.quantity, self.unit)
        except Invalid as error:
            raise ValueError(error.message) from error
        if self.total.minor <= 0:
            raise ValueError(_("The line total is not more than zero."))
        if self.total != pricing.line_total(self.unit_price, self.quantity):
            raise ValueError(_("The line total is not the unit price times the quantity."))
        return self


class Delivery(Sparing):
    """The Incoterms 2020 rule with its named place, the way of transport and the window of shipment.

    country  of a place that has no UN/LOCODE, which says it otherwise; of contracts from before it was asked, None
    """

    SPARED = frozenset({"country"})
    rule: Rule
    version: Literal["2020"] = "2020"
    place: Short
    locode: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")] | None = None
    country: Country | None = None
    mode: Mode
    earliest: date
    latest: date
    partial_shipments: bool
    transhipment: bool

    @model_validator(mode="after")
    def _window_opens_before_it_closes(self) -> Self:
        if self.earliest > self.latest:
            raise ValueError(_("The shipment window closes before it opens."))
        return self

    @property
    def of_place(self) -> str:
        """The country of the named place; "" where nobody said."""
        return self.locode[:2] if self.locode else self.country or ""


class PaymentMilestone(Sparing):
    """A share of the total and the amount it comes to. Edition 2026-11 knew no conditions."""

    SPARED = frozenset({"conditions"})
    kind: MilestoneKind
    percent: Figure
    amount: Money
    conditions: Conditions | None = None

    @property
    def plan(self) -> Milestone:
        return Milestone(self.kind, self.percent, self.conditions)


class PlatformFee(Frozen):
    """The platform's fee, frozen at signing: basis points of each released amount, with bounds, borne by the seller."""

    basis_points: Annotated[int, Field(ge=0, le=10_000)]
    minimum: Money
    maximum: Money | None = None


class Inspector(StrEnum):
    SELLER = "seller"
    BUYER = "buyer"
    THIRD_PARTY = "third_party"


class Inspection(Frozen):
    """Inspection before shipment, and how many days after delivery the buyer has to accept or refuse."""

    inspector: Inspector
    place: Bilingual
    acceptance_days: Days


class Insurance(Frozen):
    """Cargo insurance: who takes it out, and the cover as a percentage of the price."""

    insured_by: Side
    cover: Cover
    percent: Annotated[int, Field(ge=100, le=200)] = 110


class DocumentKind(StrEnum):
    COMMERCIAL_INVOICE = "commercial_invoice"
    PACKING_LIST = "packing_list"
    TRANSPORT_DOCUMENT = "transport_document"
    CERTIFICATE_OF_ORIGIN = "certificate_of_origin"
    INSPECTION_CERTIFICATE = "inspection_certificate"
    INSURANCE_CERTIFICATE = "insurance_certificate"


class DocumentRequired(Frozen):
    kind: DocumentKind
    originals: Annotated[int, Field(ge=0, le=9)]
    copies: Annotated[int, Field(ge=0, le=9)] = 0


class Claims(Frozen):
    """Days after delivery for claims: about what can be seen (quantity, damage), and about hidden defects."""

    apparent_days: Days
    hidden_days: Days


class ForceMajeure(Frozen):
    """Days to give notice of the event, and days of hindrance after which either side may end the contract."""

    notice_days: Days
    termination_days: Days


class GoverningLaw(Frozen):
    country: Country
    cisg_excluded: bool


class Arbitration(Frozen):
    """`institution` is a key of the clause library, such as `CIETAC`."""

    institution: Short
    seat: Bilingual
    language: Language
    arbitrators: Literal[1, 3]


class Clause(Frozen):
    """One numbered article in full. `key` names its subject."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")]
    title: Bilingual
    body: Bilingual


class Amended(Frozen):
    """The contract whose place another takes, as both signed it."""

    number: Number
    terms_hash: Hash


class Particulars(Sparing):
    """Everything the two sides agreed for this one deal.

    amends  set in an amendment: a whole contract again, that names the one before it. Its amounts are agreed one by
            one, for what was released already is no share of the new total; `percent` says what they come to
    consignee, notify  to whom the goods, and the notice of their arrival, go; where not set, to the buyer
    chosen  clauses of the library; annexes  files that are part of the contract
    ending  set with `amends` in an agreement that ends the contract instead of changing it
    """

    SPARED = frozenset({"amends", "chosen", "annexes", "ending", "consignee", "notify"})
    edition: Edition = "2026-11"
    number: Number
    dated: date
    quotation_id: UUID
    quotation_version: Annotated[int, Field(ge=1)]
    supplier: Party
    buyer: Party
    lines: Annotated[tuple[GoodsLine, ...], Field(min_length=1, max_length=200)]
    currency: Currency
    total: Money
    delivery: Delivery
    consignee: Addressee | None = None
    notify: Addressee | None = None
    packing: Bilingual
    milestones: tuple[PaymentMilestone, ...]
    deposit_days: Days = 7
    fee: PlatformFee
    inspection: Inspection
    insurance: Insurance
    documents: Annotated[tuple[DocumentRequired, ...], Field(min_length=1, max_length=20)]
    claims: Claims
    force_majeure: ForceMajeure
    law: GoverningLaw
    arbitration: Arbitration
    prevailing_language: Language
    rule_book: Short
    own_clauses: Annotated[tuple[Clause, ...], Field(max_length=MOST_CLAUSES)] = ()
    amends: Amended | None = None
    chosen: Annotated[tuple[ChosenClause, ...], Field(max_length=MOST_CLAUSES)] | None = None
    annexes: Annotated[tuple[Annex, ...], Field(max_length=MOST_ANNEXES)] | None = None
    ending: Ending | None = None

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for fault in (*self._faulty_sums(), *self._faulty_terms()):
            raise ValueError(fault)
        return self

    def _faulty_sums(self) -> list[str]:
        sums = [*(line.total for line in self.lines), *(m.amount for m in self.milestones), self.fee.minimum]
        sums += [self.fee.maximum] if self.fee.maximum is not None else []
        if any(amount.currency != self.currency for amount in (self.total, *sums)):
            return [_("All amounts of a contract are in its currency.")]
        faults = []
        if sum(line.total.minor for line in self.lines) != self.total.minor or self.total.minor > LARGEST_MINOR:
            faults.append(_("The total is not the sum of the lines."))
        try:
            shares = self._amounts()
        except milestones.BadMilestones as error:
            return [*faults, error.message]
        if any((m.conditions is None) != (self.edition == "2026-11") for m in self.milestones):
            faults.append(_("Each payment has its conditions from edition 2026-12 on."))
        if shares != [m.amount for m in self.milestones]:
            faults.append(_("The payments do not add up to the total."))
        if self.fee.minimum.minor < 0 or (self.fee.maximum is not None and self.fee.maximum < self.fee.minimum):
            faults.append(_("The fee's lower bound is above its upper bound."))
        return faults

    def _amounts(self) -> list[Money]:
        """What the milestones must come to. Raises BadMilestones for shares that are no plan."""
        if self.amends is None:
            return milestones.amounts(self.total, [m.plan for m in self.milestones])
        stated = [m.amount for m in self.milestones]
        if [m.percent for m in self.milestones] != milestones.percentages(stated):
            raise milestones.BadMilestones(_("The shares are not what the payments come to."), field="milestones")
        return stated if sum(amount.minor for amount in stated) == self.total.minor else []

    def _faulty_terms(self) -> list[str]:
        d = self.delivery
        findings = incoterms.check(
            d.rule,
            d.place,
            d.mode,
            d.locode,
            exporter_country=self.supplier.country,
            importer_country=self.buyer.country,
        )
        faults = [f.message for f in findings if f.severity is incoterms.Severity.ERROR]
        duty = incoterms.INCOTERMS[d.rule].cover
        if duty is not Cover.NONE and (
            self.insurance.insured_by is not Side.SELLER
            or self.insurance.cover not in {duty, Cover.CLAUSES_A}
            or self.insurance.percent < 110
        ):
            faults.append(_("Under %(rule)s the seller insures the goods for 110 percent.") % {"rule": d.rule})
        if self.supplier.organisation_id == self.buyer.organisation_id:
            faults.append(_("A company cannot contract with itself."))
        if d.earliest < self.dated and self.amends is None:
            faults.append(_("The goods cannot be shipped before the contract."))
        if any(n > 1 for n in Counter(document.kind for document in self.documents).values()):
            faults.append(_("A document is listed twice."))
        if self.claims.hidden_days < self.claims.apparent_days:
            faults.append(_("Hidden defects need at least as long as apparent ones."))
        if self.ending is not None and (self.amends is None or len(self.ending.divisions) != len(self.milestones)):
            faults.append(_("An agreement to end a contract names it, and says what becomes of each payment."))
        return faults


class ContractTerms(Particulars):
    """The whole contract: the particulars and, word for word, the standard articles (see `clauses.draw_up`)."""

    clauses: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=60)]

    @property
    def articles(self) -> tuple[Clause | ChosenClause, ...]:
        """Every article in the order of its number: the standard ones, those chosen, the parties' own."""
        return (*self.clauses, *(self.chosen or ()), *self.own_clauses)

    @property
    def destinations(self) -> tuple[str, ...]:
        """Countries to which the goods go by what is written: of the place to which the supplier brings them, and of
        who receives them.
        """
        at_destination = incoterms.INCOTERMS[self.delivery.rule].place_at_destination
        found = (self.delivery.of_place if at_destination else "", self.consignee.country if self.consignee else "")
        return tuple(dict.fromkeys(country for country in found if country))
