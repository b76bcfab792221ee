"""Shapes of incidents that cross the border."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money
from app.core.payload import Upload, as_list
from trust.incidents.duties import Duty
from trust.incidents.handling import Assessment, Report
from trust.incidents.models import Incident, IncidentDuty
from trust.incidents.queries import Line
from trust.incidents.states import DutyState, Grade, Harm, IncidentState, Nature
from trust.notices.service import Told, Words
from trust.privacy.purposes import in_force

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=8000)]
Maybe = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)]
Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Count = Annotated[int, Field(ge=0, le=2_000_000_000)]
Codes = Annotated[list[str], Field(max_length=50), BeforeValidator(as_list)]
YUAN = 10**12


class ReportIn(BaseModel):
    """What was noticed. `detected_at`: UTC where no zone is said."""

    nature: Nature
    title: Title
    happened: Text
    detected_at: datetime
    drill: bool = False

    @property
    def report(self) -> Report:
        at = self.detected_at if self.detected_at.tzinfo else self.detected_at.replace(tzinfo=UTC)
        return Report(self.nature, self.title, self.happened, at, self.drill)


class AssessmentIn(BaseModel):
    """`loss_yuan`: direct loss in whole yuan, where it is known."""

    nature: Nature
    grade: Grade
    harm: Harm
    personal: bool = False
    in_cn: bool = False
    in_eu: bool = False
    crime: bool = False
    purposes: Codes = []
    people: Count = 0
    companies: Count = 0
    records: Count = 0
    loss_yuan: Annotated[int, Field(ge=0, le=YUAN)] | None = None
    consequences: Maybe = ""
    measures: Maybe = ""

    @field_validator("purposes")
    @classmethod
    def known(cls, codes: list[str]) -> list[str]:
        if set(codes) - {one.code for one in in_force()}:
            raise ValueError("unknown purpose")
        return codes

    @property
    def assessment(self) -> Assessment:
        said = self.model_dump()
        return Assessment(**said | {"purposes": tuple(dict.fromkeys(self.purposes))})


class TextIn(BaseModel):
    text: Text


class DoneIn(BaseModel):
    """`reference`: the number under which the authority has it, or of the notice. `delay`: why it is late."""

    recipient: Title
    reference: Reference
    delay: Maybe = ""
    document: Upload | None = None


class CompaniesIn(BaseModel):
    """Addresses of the companies' pages, or the names in them, one a line."""

    companies: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60_000)]

    @property
    def slugs(self) -> list[str]:
        found = [line.strip().rstrip("/").rpartition("/")[2] for line in self.companies.splitlines()]
        if len(found) > 500:
            raise Invalid(_("At most 500 companies at once."), field="companies")
        return [slug for slug in found if slug]


class NoticeIn(BaseModel):
    """What the companies read, in both languages."""

    audience: Literal["everybody", "owners"]
    title_en: Title
    title_zh: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200)]
    text_en: Annotated[str, StringConstraints(strip_whitespace=True, min_length=40, max_length=8000)]
    text_zh: Annotated[str, StringConstraints(strip_whitespace=True, min_length=20, max_length=8000)]

    @property
    def words(self) -> Words:
        return Words(self.title_en, self.title_zh, self.text_en, self.text_zh)


class IncidentOut(BaseModel):
    """An incident in a list; `due_at`: the soonest time that runs."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    state: IncidentState
    drill: bool
    nature: Nature
    grade: Grade
    title: str
    detected_at: datetime
    reported_at: datetime
    due_at: datetime | None = None

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls.model_validate(line.row).model_copy(update={"due_at": line.due_at})


class DutyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: Duty
    state: DutyState
    law: str = ""
    began_at: datetime
    due_at: datetime
    done_at: datetime | None
    recipient: str
    reference: str
    delay: str
    reason: str
    agreed_at: datetime | None
    document_sha256: str = ""

    @classmethod
    def of(cls, row: IncidentDuty, law: str) -> Self:
        made = cls.model_validate(row)
        return made.model_copy(update={"law": law, "document_sha256": (row.file or {}).get("sha256", "")})


class LinkOut(BaseModel):
    """One link of the timeline; `hash` continues the one before (SHA-256)."""

    seq: int
    kind: str
    at: datetime
    actor: UUID | None
    data: dict[str, Any]
    hash: str


class ToldOut(BaseModel):
    """`letters`: to how many members a letter went."""

    model_config = ConfigDict(from_attributes=True)

    company: str
    at: datetime
    letters: int
    read_at: datetime | None


class NoticeOut(BaseModel):
    id: UUID
    sent_at: datetime
    everybody: bool
    companies: int
    title_en: str
    title_zh: str
    text_en: str
    text_zh: str
    told: list[ToldOut]


class RecordOut(IncidentOut):
    """Everything on record of an incident."""

    harm: Harm
    personal: bool
    in_cn: bool
    in_eu: bool
    crime: bool
    happened: str
    consequences: str
    measures: str
    purposes: list[str]
    people: int
    companies: int
    records: int
    loss: Money | None
    contained_at: datetime | None
    ended_at: datetime | None
    duties: list[DutyOut] = []
    named: list[str] = []
    notices: list[NoticeOut] = []
    timeline: list[LinkOut] = []

    @classmethod
    def whole(cls, row: Incident, **parts: Any) -> Self:
        return cls.model_validate(row).model_copy(update=parts)


class FiguresOut(BaseModel):
    """Of a half-year that begins on `half`; drills never count."""

    model_config = ConfigDict(from_attributes=True)

    half: date
    grade: Grade
    incidents: int
    personal: int
    people: int
    in_time: int
    late: int
    waived: int
    overdue: int


def told_out(found: list[Told]) -> list[ToldOut]:
    return [ToldOut.model_validate(one) for one in found]
