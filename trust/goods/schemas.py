"""Shapes of controlled goods that cross the border."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, model_validator

from app.core.i18n import N_, _
from app.core.money import CURRENCIES, Money, MoneyError
from app.core.payload import Upload, as_list
from trust.goods.licences import LicenceView, Terms
from trust.goods.lists import EntryView, Proposed
from trust.goods.matching import is_cas, is_keyword
from trust.goods.reports import ReportView
from trust.goods.statements import Statement, StatementView
from trust.goods.states import Kind, LicenceForm, LicenceState, Point, ReportState, StatementState
from trust.identity.registration import COUNTRIES

HS = re.compile(r"\d{2}|\d{4,10}", re.ASCII)


def _all(fits: Any, message: str) -> AfterValidator:
    def check(values: list[str]) -> list[str]:
        for value in values:
            if not fits(value):
                raise ValueError(_(message) % {"value": value})
        return list(dict.fromkeys(values))

    return AfterValidator(check)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _none(value: object) -> object:
    """An empty field of a form says nothing."""
    return value or None


Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=1000)]
Because = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Code = Annotated[
    str, BeforeValidator(_upper), StringConstraints(strip_whitespace=True, pattern=r"^[A-Z0-9][A-Z0-9.-]{1,39}$")
]
Many = Annotated[list[str], Field(max_length=300), BeforeValidator(as_list)]
HsList = Annotated[Many, _all(HS.fullmatch, N_("“%(value)s” is not the beginning of an HS code."))]
CasList = Annotated[Many, _all(is_cas, N_("“%(value)s” is not a CAS number."))]
Words = Annotated[Many, _all(is_keyword, N_("“%(value)s” is too short: three letters, or two Chinese characters."))]
CountryList = Annotated[
    Many, BeforeValidator(_upper), _all(COUNTRIES.__contains__, N_("“%(value)s” is not a country's code."))
]
Hs = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{6,10}$")]
Unit = Annotated[str, BeforeValidator(_upper), StringConstraints(pattern=r"^([A-Z0-9]{2,3})?$")]
Quantity = Annotated[Decimal, Field(gt=0, le=Decimal("1e12"), max_digits=18, decimal_places=6)]
Day = Annotated[date | None, BeforeValidator(_none)]


class EntryIn(BaseModel):
    """An entry as it is proposed; lists as text are parted by `;`. See trust.goods.matching.Entry."""

    kind: Kind
    code: Code
    hs: HsList = []
    categories: Many = []
    keywords: Words = []
    unless: Many = []
    cas: CasList = []
    origins: CountryList = []
    destinations: CountryList = []
    binds_from: Point = Point.LISTING
    since: date
    until: Day = None
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=300)]
    text_en: Sentence
    text_zh: Sentence

    @model_validator(mode="after")
    def _known_by_something(self) -> Self:
        if not (self.hs or self.categories or self.keywords or self.cas):
            raise ValueError(_("Say by which HS codes, categories, words or CAS numbers these goods are known."))
        if self.until is not None and self.until < self.since:
            raise ValueError(_("The last day is before the first."))
        return self

    def proposed(self) -> Proposed:
        lists = ("hs", "categories", "keywords", "unless", "cas", "origins", "destinations")
        said = {name: getattr(self, name) for name in EntryIn.model_fields if name != "reason"}
        return Proposed(**said | {name: tuple(said[name]) for name in lists})


class EntryProposalIn(EntryIn):
    reason: Because

    def proposed(self) -> Proposed:
        return EntryIn.model_validate(self.model_dump(exclude={"reason"})).proposed()


class EndingIn(BaseModel):
    last_day: date
    reason: Because


class ImportIn(BaseModel):
    """A CSV of entries. `dry_run`: only say what is wrong with it."""

    sheet: Upload
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    dry_run: bool = False


class FaultOut(BaseModel):
    row: int
    field: str
    message: str


class ImportOut(BaseModel):
    rows: int
    proposed: int
    faults: list[FaultOut]


class EntryOut(BaseModel):
    """`standing`: waiting, refused, coming, in_force or over."""

    id: UUID
    kind: Kind
    code: str
    hs: list[str]
    categories: list[str]
    keywords: list[str]
    unless: list[str]
    cas: list[str]
    origins: list[str]
    destinations: list[str]
    binds_from: Point
    since: date
    until: date | None
    source: str
    text_en: str
    text_zh: str
    standing: str
    set_by: str
    decided_by: str

    @classmethod
    def of(cls, view: EntryView, day: date) -> Self:
        entry = view.entry
        names = set(cls.model_fields) - {"standing", "set_by", "decided_by"}
        said = {name: getattr(entry, name) for name in names}
        said = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
        return cls(**said, standing=view.standing(day), set_by=view.set_by_name, decided_by=view.decided_by_name)


class EntriesOut(BaseModel):
    entries: list[EntryOut]
    total: int


class LicenceIn(BaseModel):
    """A licence as its holder hands it in. Limits left empty: none."""

    kind: LicenceForm
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]
    authority: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
    holder: Line
    hs: Annotated[HsList, Field(min_length=1)]
    codes: Many = []
    destinations: CountryList = []
    quantity_limit: Annotated[Quantity | None, BeforeValidator(_none)] = None
    unit: Unit = ""
    value_limit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=24)] = ""
    value_currency: str = "USD"
    valid_from: date
    valid_until: date
    document: Upload

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.valid_until < self.valid_from:
            raise ValueError(_("The last day is before the first."))
        if (self.quantity_limit is None) != (self.unit == ""):
            raise ValueError(_("A quantity needs its unit, and a unit its quantity."))
        self.value()
        return self

    def value(self) -> Money | None:
        if not self.value_limit:
            return None
        if self.value_currency not in CURRENCIES:
            raise ValueError(_("There is no such currency."))
        try:
            found = Money.of(self.value_limit.replace(",", ""), self.value_currency)
        except MoneyError as error:
            raise ValueError(_("This is not a valid amount.")) from error
        if found.minor <= 0:
            raise ValueError(_("This is not a valid amount."))
        return found

    def terms(self) -> Terms:
        return Terms(
            form=self.kind,
            number=self.number,
            authority=self.authority,
            holder=self.holder,
            hs=tuple(self.hs),
            codes=tuple(code.upper() for code in self.codes),
            destinations=tuple(self.destinations),
            quantity_limit=self.quantity_limit,
            unit=self.unit,
            value_limit=self.value(),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


class LicenceOut(BaseModel):
    id: UUID
    company: str
    kind: LicenceForm
    number: str
    authority: str
    holder: str
    hs: list[str]
    codes: list[str]
    destinations: list[str]
    quantity_limit: Decimal | None
    unit: str
    value_limit: Money | None
    valid_from: date
    valid_until: date
    state: LicenceState
    reason: str
    used_quantity: Decimal

    @classmethod
    def of(cls, view: LicenceView) -> Self:
        terms = view.terms
        return cls(
            id=view.id,
            company=view.company,
            kind=terms.form,
            number=terms.number,
            authority=terms.authority,
            holder=terms.holder,
            hs=list(terms.hs),
            codes=list(terms.codes),
            destinations=list(terms.destinations),
            quantity_limit=terms.quantity_limit,
            unit=terms.unit,
            value_limit=terms.value_limit,
            valid_from=terms.valid_from,
            valid_until=terms.valid_until,
            state=view.state,
            reason=view.reason,
            used_quantity=view.used_quantity,
        )


class LicencesOut(BaseModel):
    licences: list[LicenceOut]
    total: int


class LicenceDecisionIn(BaseModel):
    move: Literal["accept", "refuse", "suspend", "restore"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""


class StatementIn(BaseModel):
    """The buyer's statement about one line. `sheet`: it printed, signed and stamped."""

    end_user: Line
    address: Line
    country: Annotated[str, BeforeValidator(_upper), StringConstraints(pattern=r"^[A-Z]{2}$")]
    registration: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    contact: Line
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^@\s]+@[^@\s]+$")]
    phone: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=40)]
    goods: Line
    hs_code: Hs
    quantity: Quantity
    unit: Annotated[str, BeforeValidator(_upper), StringConstraints(pattern=r"^[A-Z0-9]{2,3}$")]
    end_use: Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=2000)]
    site: Line
    no_reexport: bool = False
    signed_by: Line
    title: Line
    signed_on: date
    sheet: Upload | None = None

    @model_validator(mode="after")
    def _a_country(self) -> Self:
        if self.country not in COUNTRIES:
            raise ValueError(_("Please choose one of the offered values."))
        return self

    def statement(self) -> Statement:
        return Statement.model_validate(self.model_dump(exclude={"sheet"}))


class StatementOut(BaseModel):
    id: UUID
    order_id: UUID
    number: str
    position: int
    version: int
    said: Statement
    state: StatementState
    reason: str

    @classmethod
    def of(cls, view: StatementView) -> Self:
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class StatementsOut(BaseModel):
    statements: list[StatementOut]
    total: int


class StatementDecisionIn(BaseModel):
    accepted: bool
    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""


class SuspicionIn(BaseModel):
    """`number` of an order, as people read it out."""

    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40)]
    suspicion: Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=8000)]


class DecisionIn(BaseModel):
    decision: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""


class SentIn(BaseModel):
    sent_to: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
    sent_at: datetime
    receipt: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]

    @property
    def moment(self) -> datetime:
        """UTC where no zone was said."""
        return self.sent_at if self.sent_at.tzinfo else self.sent_at.replace(tzinfo=UTC)


class OutcomeIn(BaseModel):
    outcome: Because


class ReportOut(BaseModel):
    id: UUID
    number: str
    suspicion: str
    dossier: dict[str, Any]
    state: ReportState
    raised_by_name: str
    raised_at: datetime
    decided_by_name: str
    decision: str
    due_at: datetime | None
    sent_at: datetime | None
    sent_to: str
    receipt: str
    outcome: str

    @classmethod
    def of(cls, view: ReportView) -> Self:
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class ReportsOut(BaseModel):
    reports: list[ReportOut]
    total: int


class DeskOut(BaseModel):
    """What waits for compliance."""

    proposals: int
    licences: int
    statements: int
    reports: int
    overdue: int
