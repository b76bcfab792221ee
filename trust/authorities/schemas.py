"""Shapes of authorities' requests that cross the border."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.payload import Upload, as_list
from trust.authorities.packages import LONGEST, MOST_ORDERS, Scope
from trust.authorities.service import Arrived
from trust.authorities.states import ApprovalState, Organ, PackageState, Part, RequestState

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]
Purpose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=200)]
Parts = Annotated[list[Part], Field(min_length=1, max_length=5), BeforeValidator(as_list)]


class ArrivedIn(BaseModel):
    """A request as it came in, with its letter. Moments are UTC where no zone is said; a day due ends at midnight UTC.

    `tell_after`: where the request forbids telling the companies, the day from which they are told.
    """

    kind: Organ
    organ: Name
    country: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")]
    document_number: Number
    basis: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=400)]
    asked: Text
    about: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=4000)]
    received_at: datetime
    due_on: date | None = None
    secret: bool = False
    tell_after: date | None = None
    letter: Upload

    @property
    def arrived(self) -> Arrived:
        """Raises Invalid naming `tell_after` or `due_on`."""
        if self.secret and self.tell_after is None:
            raise Invalid(_("Say from which day on the companies are told."), field="tell_after")
        received = self.received_at if self.received_at.tzinfo else self.received_at.replace(tzinfo=UTC)
        due = datetime.combine(self.due_on + timedelta(days=1), time(), UTC) if self.due_on else None
        if due is not None and due <= received:
            raise Invalid(_("This day lies before the request came."), field="due_on")
        return Arrived(
            kind=self.kind,
            organ=self.organ,
            country=self.country,
            document_number=self.document_number,
            basis=self.basis,
            asked=self.asked,
            about=self.about,
            received_at=received,
            due_at=due,
            tell_after=self.tell_after if self.secret else None,
        )


class ReasonIn(BaseModel):
    text: Text


class PurposeIn(BaseModel):
    """Why a file is opened."""

    purpose: Purpose


class LookIn(PurposeIn):
    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class ApprovalIn(BaseModel):
    organ: Name
    document_number: Number
    issued_on: date
    document: Upload


class AnswerIn(BaseModel):
    outcome: Literal["answer", "answer_partly", "refuse"]
    text: Text


class ScopeIn(BaseModel):
    """A company by the address of its page with the days, or orders by their numbers; and which parts of them.

    `certificate`: the organ's, in PEM; what leaves is encrypted for it.
    """

    company: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    orders: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""
    first: date | None = None
    last: date | None = None
    parts: Parts
    certificate: Upload | None = None

    @property
    def slug(self) -> str:
        return self.company.rstrip("/").rpartition("/")[2]

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.orders.replace(",", " ").split()))

    def scope(self, company: UUID | None) -> Scope:
        """Raises Invalid where it names nothing, or more than a request can need."""
        beyond = set(self.parts) - {Part.IDENTITY}
        if company is None and not self.numbers:
            raise Invalid(_("Name a company or orders: nothing is given in bulk."), field="company")
        if len(self.numbers) > MOST_ORDERS:
            raise Invalid(_("At most %(n)s orders in one package.") % {"n": MOST_ORDERS}, field="orders")
        if beyond and not self.numbers:
            if self.first is None or self.last is None:
                raise Invalid(_("Say from which day to which: nothing is given in bulk."), field="first")
            if not timedelta() <= self.last - self.first <= LONGEST:
                raise Invalid(_("Choose at most a year, from the earlier day to the later."), field="last")
        return Scope(company, self.numbers, self.first, self.last, tuple(dict.fromkeys(self.parts)))


class RequestOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    state: RequestState
    kind: Organ
    organ: str
    country: str
    foreign: bool
    document_number: str
    received_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class ApprovalOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: ApprovalState
    organ: str
    document_number: str
    issued_on: date


class PackageOut(BaseModel):
    """`digest`: SHA-256 of the ZIP; `sent_digest`: of what leaves."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    state: PackageState
    scope: dict[str, Any]
    files: list[dict[str, Any]]
    size: int
    digest: str
    fingerprint: str
    sent_digest: str
    composed_at: datetime
    given_at: datetime | None


class RecordOut(RequestOut):
    basis: str
    asked: str
    about: str
    secret: bool
    tell_after: date | None
    answer: str
    approvals: list[ApprovalOut] = []
    packages: list[PackageOut] = []

    @classmethod
    def whole(cls, row: Any, approvals: list[Any], packages: list[Any]) -> Self:
        parts = {
            "approvals": [ApprovalOut.model_validate(one) for one in approvals],
            "packages": [PackageOut.model_validate(one) for one in packages],
        }
        return cls.model_validate(row).model_copy(update=parts)


class PublishedOut(BaseModel):
    """Requests of authorities in the half-year that begins on `half`; null: fewer than five, or telling of fewer."""

    model_config = ConfigDict(from_attributes=True)

    half: date
    received: int | None
    answered: int | None
    refused: int | None
