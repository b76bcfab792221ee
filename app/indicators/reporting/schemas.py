"""What is told of reports in JSON, and what is asked."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from app.indicators import calendar
from app.indicators.reporting.queries import FORMS, ReportView
from app.indicators.reporting.service import LENGTHS, Period


class ReportIn(BaseModel):
    """`period`: its length and last month, such as `quarter 2026-03`; the choices of the page."""

    period: Annotated[str, StringConstraints(max_length=20)] = ""
    public: bool = False

    @property
    def asked(self) -> Period | None:
        """None for what is no period."""
        span, _blank, month = self.period.partition(" ")
        last = calendar.month_end(month)
        return Period(span, last) if last is not None and span in LENGTHS else None


class ReportFileOut(BaseModel):
    """`sha256` of the file, `size` in bytes."""

    form: str
    sha256: str
    size: int


class ReportOut(BaseModel):
    """`done` of `total` files are made; with all of them it is ready."""

    id: UUID
    span: str
    month: str
    last: date
    public: bool
    revision: int
    asked_at: datetime
    made_at: datetime | None
    done: int
    total: int
    files: list[ReportFileOut]

    @classmethod
    def of(cls, view: ReportView) -> "ReportOut":
        files = [view.files[form] for form in FORMS if form in view.files]
        return cls(
            id=view.id,
            span=view.span,
            month=f"{view.last:%Y-%m}",
            last=view.last,
            public=view.public,
            revision=view.revision,
            asked_at=view.asked_at,
            made_at=view.made_at,
            done=len(files),
            total=len(FORMS),
            files=[ReportFileOut(form=file.form, sha256=file.digest, size=file.size) for file in files],
        )


class FetchedOut(BaseModel):
    """Who took out a file of a report, and when."""

    form: str
    name: str
    at: datetime


class ReportPageOut(BaseModel):
    report: ReportOut
    fetched: list[FetchedOut]
