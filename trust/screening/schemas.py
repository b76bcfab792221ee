"""Shapes of the screening desk."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from app.core.money import CURRENCIES
from app.core.payload import Upload
from trust.identity.registration import COUNTRIES
from trust.screening.deciding import Proposal
from trust.screening.states import Action, MatchState


class UnIn(BaseModel):
    """`un`: the consolidated list as XML. `much_gone`: that a fifth of it or more goes is meant."""

    un: Upload
    much_gone: bool = False


class OfacIn(BaseModel):
    """The three CSV files of one day, and which of OFAC's lists they are."""

    which: Literal["sdn", "consolidated"]
    published_on: date
    sdn: Upload
    alt: Upload
    add: Upload
    much_gone: bool = False


class SheetIn(BaseModel):
    """A CSV with headings (trust.screening.formats.sheet). `key` names the list for good, in small letters."""

    key: Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
    published_on: date
    sheet: Upload
    much_gone: bool = False


class Looked(BaseModel):
    """`name`: what to look up; nothing is, while it is empty. `day`: as the lists said then, not now."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    day: date | None = None

    @field_validator("day", mode="before")
    @classmethod
    def _left_out(cls, said: object) -> object:
        """An empty field of a form says nothing."""
        return said or None


class VersionOut(BaseModel):
    """A version of a list, with the list's name and who took it in."""

    list_key: str
    name: str
    number: int
    published_on: date
    entries: int
    added: int
    changed: int
    removed: int
    digest: str
    taken_at: datetime
    taken_by: str


class FoundOut(BaseModel):
    """An entry with a name like the one looked up; `alike` from 0 to 1."""

    list_key: str
    reference: str
    kind: str
    name: str
    matched: str
    alike: Annotated[float, Field(ge=0, le=1)]


class RunOut(BaseModel):
    """All companies compared with a list's new version (`list_key`, `number`), or with all lists."""

    model_config = ConfigDict(from_attributes=True)

    list_key: str | None
    number: int | None
    total: int
    done: int
    found: int
    started_at: datetime
    finished_at: datetime | None


class ScreeningOut(BaseModel):
    """`found` is None while nothing was looked up. `due`: companies to be compared; `waiting`: matches to decide."""

    lists: list[VersionOut]
    versions: list[VersionOut]
    total: int
    found: list[FoundOut] | None
    runs: list[RunOut]
    due: int
    waiting: int


class DeltaOut(BaseModel):
    """References of what came, changed and went."""

    model_config = ConfigDict(from_attributes=True)

    added: list[str]
    changed: list[str]
    removed: list[str]


Why = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=2000)]
Bound = Annotated[Decimal, Field(ge=0, le=1, max_digits=4, decimal_places=3)]


class ReasonOut(BaseModel):
    """One feature of a score with its part of it."""

    feature: str
    part: Decimal
    ours: str
    theirs: str


class MatchOut(BaseModel):
    """A company, a person who acts for it, or somebody named in deals (`organisation_id` None) beside an entry of a
    list. `score` from 0 to 1, the sum of `reasons`.
    """

    id: UUID
    organisation_id: UUID | None
    company: str
    role: str
    names: list[str]
    list_key: str
    list_version: int
    reference: str
    entry: str
    score: Decimal
    reasons: list[ReasonOut]
    tier: str
    action: Action
    state: MatchState
    found_at: datetime
    proposal: str
    reason: str
    cleared_until: datetime | None


class MatchesOut(BaseModel):
    matches: list[MatchOut]
    total: int


class ProposalIn(BaseModel):
    proposal: Proposal
    reason: Why


class BecauseIn(BaseModel):
    reason: Why


class PolicyIn(BaseModel):
    """`list_key`, `jurisdiction`, `entity`, `currency`: "" for any."""

    list_key: Annotated[str, StringConstraints(max_length=40)] = ""
    entity: str = ""
    jurisdiction: str = ""
    currency: str = ""
    action: Action
    effective_from: date
    reason: Why

    @field_validator("entity", "jurisdiction")
    @classmethod
    def _country(cls, code: str) -> str:
        if code and code not in COUNTRIES:
            raise ValueError("not a country")
        return code

    @field_validator("currency")
    @classmethod
    def _currency(cls, code: str) -> str:
        if code and code not in CURRENCIES:
            raise ValueError("not a currency")
        return code


class ThresholdsIn(BaseModel):
    log: Bound
    review: Bound
    block: Bound
    effective_from: date
    reason: Why


class RuleOut(BaseModel):
    """A policy or thresholds. `agreed` is None while it waits for a second person."""

    id: UUID
    list_key: str | None
    entity: str | None
    jurisdiction: str | None
    currency: str | None
    action: Action | None
    log: Decimal | None
    review: Decimal | None
    block: Decimal | None
    effective_from: date
    reason: str
    set_by: str
    agreed: bool | None


class RulesOut(BaseModel):
    rules: list[RuleOut]
    log: Decimal
    review: Decimal
    block: Decimal
