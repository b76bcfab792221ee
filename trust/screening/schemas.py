"""Shapes of the screening desk."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.payload import Upload


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
    """`name`: what to look up; nothing is, while it is empty."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class VersionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

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


class ScreeningOut(BaseModel):
    """`found` is None while nothing was looked up."""

    lists: list[VersionOut]
    versions: list[VersionOut]
    total: int
    found: list[FoundOut] | None


class DeltaOut(BaseModel):
    """References of what came, changed and went."""

    model_config = ConfigDict(from_attributes=True)

    added: list[str]
    changed: list[str]
    removed: list[str]
