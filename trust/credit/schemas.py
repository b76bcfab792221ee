"""Shapes of credit files that cross the border."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from app.core.web import PageQuery
from trust.credit.kinds import Kind
from trust.credit.queries import AppealView, EntryView, ExportView, LinkView
from trust.credit.scoring import Part, Score
from trust.credit.states import AppealMove, AppealState, LinkMove, LinkState

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class EffectOut(BaseModel):
    """By how many tenths of a point an entry moves a score now."""

    entry: UUID
    tenths: int


class ScoreOut(BaseModel):
    """`value` is null while not enough is known: `known` of `needed`. `base` and the effects add up to it."""

    part: Part
    value: int | None
    known: int
    needed: int
    base: int
    effects: list[EffectOut]

    @classmethod
    def of(cls, score: Score) -> "ScoreOut":
        effects = [EffectOut(entry=effect.entry.id, tenths=effect.tenths) for effect in score.effects]
        return cls(
            part=score.part,
            value=score.value,
            known=score.known,
            needed=score.needed,
            base=score.base,
            effects=effects,
        )


class EntryOut(BaseModel):
    """`linked`: it does not count, for the other side is linked to the company. `corrected`: it was wrong or undone."""

    id: UUID
    kind: Kind
    at: datetime
    facts: dict[str, Any]
    corrects: UUID | None
    moved: dict[Part, int]
    linked: bool
    corrected: bool

    @classmethod
    def of(cls, view: EntryView) -> "EntryOut":
        return cls(
            id=view.id,
            kind=view.kind,
            at=view.at,
            facts={name: value for name, value in view.facts.items() if name != "of"},
            corrects=view.corrects,
            moved=dict(view.moved),
            linked=view.linked,
            corrected=view.corrected,
        )


class ExportOut(BaseModel):
    """`content_hash` and `pdf_hash`: SHA-256 of the JSON and of the PDF; "" until they are made."""

    id: UUID
    asked_at: datetime
    made_at: datetime | None
    kept: bool
    content_hash: str
    pdf_hash: str

    @classmethod
    def of(cls, view: ExportView) -> "ExportOut":
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class AppealIn(BaseModel):
    """Why the entry is wrong."""

    text: Said


class AppealOut(BaseModel):
    id: UUID
    entry_id: UUID
    state: AppealState
    filed_at: datetime
    due_at: datetime
    decided_at: datetime | None
    outcome: str

    @classmethod
    def of(cls, view: AppealView) -> "AppealOut":
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class EntryPageOut(BaseModel):
    """An entry of the own file, with the appeal against it, if there was one."""

    entry: EntryOut
    appeal: AppealOut | None


class DecisionIn(BaseModel):
    """How an appeal ends; the company reads the reason."""

    outcome: AppealMove
    reason: Said


class LinkIn(BaseModel):
    """Two companies, each by the address of its page or the last part of it, and how it is known."""

    one: Name
    other: Name
    words: Said


class LinkDecisionIn(BaseModel):
    outcome: LinkMove
    words: Said


class LinksQuery(PageQuery):
    state: LinkState | None = None


class LinkOut(BaseModel):
    id: UUID
    a_id: UUID
    a_name: str
    b_id: UUID
    b_name: str
    reasons: list[str]
    strong: bool
    state: LinkState
    found_at: datetime
    decided_at: datetime | None
    words: str

    @classmethod
    def of(cls, view: LinkView) -> "LinkOut":
        return cls(**{name: getattr(view, name) for name in cls.model_fields})


class RulesOut(BaseModel):
    """A version of the rules of scoring, with all their numbers."""

    version: int
    since: str
    numbers: dict[str, Any]
