"""Shapes of rights and notices that cross the border."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from app.core.payload import as_list
from trust.cases.schemas import Files, Note, Story, Words
from trust.identity.schemas import Email
from trust.rights.queries import File, Reader
from trust.rights.registry import Claim
from trust.rights.states import Fault, ItemState, Measure, NoticeState, Proof, RightKind, RightState

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
Office = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")]


def numbers(value: Any) -> Any:
    """Classes as people write them: `9, 11, 35`."""
    return value.replace("，", ",").replace("、", ",").replace(",", " ").split() if isinstance(value, str) else value


Classes = Annotated[list[int], Field(max_length=45), BeforeValidator(numbers)]


class EmailIn(BaseModel):
    email: Email


class RightIn(BaseModel):
    """`office` is the country or office of registration (ISO 3166 or WIPO ST.3), `agent` who acts for the holder."""

    kind: RightKind
    office: Office
    number: Number = ""
    title: Said
    classes: Classes = []
    holder: Said
    person: bool = False
    agent: Name = ""
    valid_until: date | None = None
    ownership: Files = []
    authority: Files = []

    def claim(self) -> Claim:
        return Claim(
            kind=self.kind,
            office=self.office,
            number=self.number,
            title=self.title,
            holder=self.holder,
            person=self.person,
            agent=self.agent,
            classes=tuple(self.classes),
            valid_until=self.valid_until,
        )


class NoticeIn(BaseModel):
    """`right` of the registry, or a right stated here; `addresses` one listing a line; `true`: all of it is, and
    whoever sends it answers for damage."""

    right: UUID | Literal[""] = ""
    kind: RightKind | Literal[""] = ""
    office: Office | Literal[""] = ""
    number: Number = ""
    title: Name = ""
    holder: Name = ""
    person: bool = False
    agent: Name = ""
    valid_until: date | None = None
    measure: Measure
    addresses: Annotated[str, StringConstraints(max_length=60_000)]
    statement: Story
    contact: Note = ""
    true: bool = False
    ownership: Files = []
    infringement: Files = []


class CounterIn(BaseModel):
    """`items`: which listings; none for all."""

    items: Annotated[list[UUID], Field(max_length=300), BeforeValidator(as_list)] = []
    statement: Story
    true: bool = False
    files: Files = []


class ProceedingIn(BaseModel):
    supplier: UUID
    kind: Proof
    authority: Said
    reference: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
    filed_on: date
    files: Files = []


class DecisionIn(BaseModel):
    """`items`: at which the evidence suffices; `reason` why not at the others."""

    items: Annotated[list[UUID], Field(max_length=300), BeforeValidator(as_list)] = []
    reason: Note = ""


class OutcomeIn(BaseModel):
    supplier: UUID
    outcome: Literal["confirm", "clear"]
    reason: Words


class FaultIn(BaseModel):
    fault: Fault
    reason: Words


class SupplierIn(BaseModel):
    supplier: UUID


class RightOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: RightKind
    office: str
    number: str
    title: str
    classes: list[int]
    holder: str
    agent: str
    valid_until: date | None
    state: RightState
    reason: str
    filed_at: datetime
    decided_at: datetime | None


class ItemOut(BaseModel):
    """`how` the measure ended, `counter` the number of the counter-statement about it, 0 without one."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    listing_id: UUID
    supplier: str
    title: str
    state: ItemState
    reason: str
    how: str
    counter: int
    stopped_at: datetime | None
    ended_at: datetime | None


class CounterOut(BaseModel):
    """`due_at`: the first moment after the fifteen days that began at `arrived_at`."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    supplier: str
    statement: str
    filed_at: datetime
    arrived_at: datetime | None
    due_at: datetime | None
    settled_at: datetime | None


class ProceedingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    supplier: str
    kind: Proof
    authority: str
    reference: str
    filed_on: date
    received_at: datetime
    closed_at: datetime | None


class PaperOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    label: str
    part: str
    name: str
    content_type: str
    size: int
    sha256: str


class NoticeOut(BaseModel):
    """A notice as its reader may see it. How its sender can be reached is in none."""

    id: UUID
    number: str
    reader: Reader
    state: NoticeState
    kind: RightKind
    office: str
    right_number: str
    title: str
    holder: str
    agent: str
    measure: Measure
    statement: str
    filed_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reason: str
    fault: str
    items: list[ItemOut]
    counter_statements: list[CounterOut]
    proceedings: list[ProceedingOut]
    papers: list[PaperOut]

    @classmethod
    def of(cls, file: File) -> "NoticeOut":
        own = {"reader", "reason", "items", "counter_statements", "proceedings", "papers"}
        return cls(
            **{name: getattr(file.notice, name) for name in cls.model_fields if name not in own},
            reader=file.reader,
            reason=file.reason,
            items=[ItemOut.model_validate(one) for one in file.items],
            counter_statements=[CounterOut.model_validate(one) for one in file.counters],
            proceedings=[ProceedingOut.model_validate(one) for one in file.proceedings],
            papers=[PaperOut.model_validate(one) for one in file.papers],
        )


class LineOut(BaseModel):
    """`listings` it names, of which `down` are down now."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    kind: RightKind
    title: str
    state: NoticeState
    filed_at: datetime
    listings: int
    down: int


class RoomOut(BaseModel):
    """What somebody has here: rights that they entered, notices that they sent or got."""

    total: int
    rights: list[RightOut]
    notices: list[LineOut]


class PublicPartOut(BaseModel):
    """So many listings of one supplier, and what became of them."""

    model_config = ConfigDict(from_attributes=True)

    supplier: str
    state: ItemState
    how: str
    listings: int
    stopped_at: datetime | None
    countered_at: datetime | None
    ended_at: datetime | None


class PublicNoticeOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    number: str
    kind: RightKind
    office: str
    right_number: str
    holder: str
    filed_at: datetime
    decided_at: datetime
    stopped: int
    refused: int
    withdrawn: bool
    fault: str
    parts: list[PublicPartOut]
