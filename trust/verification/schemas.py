"""Shapes of verification that cross the border."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from app.core.payload import Upload
from trust.verification.claims import Typed
from trust.verification.facts import DocumentKind, Fact, Form
from trust.verification.queries import FactView, RequestView

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]


class OwnerIn(BaseModel):
    """`kind` is person or entity, `share` a percentage; `controls`: decides in the company whatever is held."""

    name: Line = ""
    kind: Line = "person"
    country: Line = ""
    share: Annotated[str, StringConstraints(strip_whitespace=True, max_length=12)] = ""
    controls: bool = False


class VerificationIn(BaseModel):
    """Everything is text as it was typed, for a draft keeps it so; what is needed hangs on country and form.

    save       `draft` keeps what was typed, and hands nothing in
    unchanged  that all confirmed facts are as they were; then nothing else is needed
    consent    that what is sensitive in it may be kept; not needed again while it holds
    """

    company_form: Form = Form.OTHER
    representative: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    scope: Annotated[str, StringConstraints(max_length=6000)] = ""
    capital: Line = ""
    capital_currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"
    established: Line = ""
    trade: Line = ""
    eori: Line = ""
    lei: Line = ""
    vat: Line = ""
    owners: Annotated[list[OwnerIn], Field(max_length=20)] = []
    no_owners: bool = False
    licence: Upload | None = None
    authority: Upload | None = None
    site: Upload | None = None
    other: Upload | None = None
    note: Note = ""
    unchanged: bool = False
    consent: bool = False
    save: Literal["", "draft"] = ""

    def typed(self) -> Typed:
        values = {
            Fact.SCOPE: self.scope,
            Fact.CAPITAL: self.capital,
            Fact.ESTABLISHED: self.established,
            Fact.TRADE: self.trade,
            Fact.EORI: self.eori,
            Fact.LEI: self.lei,
            Fact.VAT: self.vat,
        }
        owners = tuple((o.name, o.kind, o.country, o.share, "yes" if o.controls else "") for o in self.owners)
        return Typed(self.company_form, self.representative, values, self.capital_currency, owners, self.no_owners)

    def uploads(self) -> list[tuple[DocumentKind, Upload]]:
        found = {kind: getattr(self, kind.value) for kind in DocumentKind}
        return [(kind, file) for kind, file in found.items() if file is not None]

    @property
    def names_people(self) -> bool:
        """Whether it hands in documents, or names of people."""
        return bool(self.uploads() or self.representative or any(owner.name for owner in self.owners))

    def kept(self) -> dict[str, object]:
        """What a draft keeps of it: all but the files."""
        return self.model_dump(mode="json", exclude={*DocumentKind, "save", "consent"})


class LookIn(BaseModel):
    """Why somebody of the platform looks."""

    purpose: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class RegisterIn(BaseModel):
    """What the public register says; `screenshot` shows its page."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=40)]
    status: Line = ""
    address: Annotated[str, StringConstraints(strip_whitespace=True, max_length=400)] = ""
    representative: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    established: date | None = None
    source: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
    screenshot: Upload | None = None


class VisitIn(BaseModel):
    """A visit to a company's site, with the report and up to three photographs."""

    kind: Literal["visit", "representative"]
    visited_on: date
    address: Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=400)]
    confirms: bool = False
    report: Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=4000)]
    file: Upload
    photo: Upload | None = None
    photo_2: Upload | None = None


class FactOut(BaseModel):
    fact: str
    value: str
    method: str
    document: str
    confirmed_at: datetime
    valid_until: datetime
    state: str

    @classmethod
    def of(cls, f: FactView) -> "FactOut":
        return cls(
            fact=f.fact,
            value=f.value,
            method=f.method,
            document=f.document,
            confirmed_at=f.confirmed_at,
            valid_until=f.valid_until,
            state=f.state,
        )


class RequestOut(BaseModel):
    """`verdicts`: what was not accepted, and why; `accepted`: the names of facts that were."""

    id: UUID
    state: str
    reason: str
    verdicts: dict[str, str]
    accepted: list[str]
    created_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, r: RequestView) -> "RequestOut":
        return cls(
            id=r.id,
            state=r.state,
            reason=r.reason,
            verdicts=r.verdicts,
            accepted=sorted(r.accepted),
            created_at=r.created_at,
            decided_at=r.decided_at,
        )


class VerificationOut(BaseModel):
    """Where the company stands. `level` is 0 to 3."""

    level: int
    facts: list[FactOut]
    requests: list[RequestOut]


class LookOut(BaseModel):
    """One look at a document or a sealed fact."""

    company: str
    what: str
    name: str
    who: str
    purpose: str
    at: datetime
