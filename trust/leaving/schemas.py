"""Shapes of leaving that cross the border."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator

from app.core.money import Money
from app.core.web import PageQuery
from trust.leaving.matters import Matter
from trust.leaving.queries import DepartureView, Shown
from trust.leaving.states import DepartureState


def _none(value: Any) -> Any:
    """A form sends nothing chosen as an empty text."""
    return value or None


class AnnounceIn(BaseModel):
    """The company leaves. `change_id`: the announced change of a rule for which it does; `confirmed`: what follows was
    read."""

    change_id: Annotated[UUID | None, BeforeValidator(_none)] = None
    confirmed: bool = False


class MatterOut(BaseModel):
    """What is open. `waits`: the company has left only once there are none."""

    kind: str
    count: int
    amounts: list[Money]
    waits: bool
    href: str

    @classmethod
    def of(cls, matter: Matter) -> "MatterOut":
        return cls(
            kind=matter.key,
            count=matter.count,
            amounts=list(matter.amounts),
            waits=matter.waits,
            href=matter.href,
        )


class DepartureOut(BaseModel):
    """`rules`: those under which the company leaves, in force on `rules_on`, by code with the number of the version."""

    id: UUID
    organisation_id: UUID
    state: DepartureState
    change_id: UUID | None
    rules: dict[str, int]
    rules_on: date
    announced_at: datetime
    closes_at: datetime
    ended_at: datetime | None
    read_until: datetime | None

    @classmethod
    def of(cls, view: DepartureView) -> "DepartureOut":
        same = ("id", "organisation_id", "state", "rules", "rules_on", "announced_at", "closes_at", "ended_at")
        plain = {name: getattr(view, name) for name in same}
        return cls(**plain, change_id=view.change.id if view.change else None, read_until=view.read_until)


class LeavingOut(BaseModel):
    """`matters` are told to owners alone."""

    departure: DepartureOut | None
    matters: list[MatterOut]


class DeparturesQuery(PageQuery):
    show: Shown = "leaving"


class DeparturesOut(BaseModel):
    departures: list[DepartureOut]
    total: int
