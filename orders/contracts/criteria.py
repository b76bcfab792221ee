"""What a line of goods is measured by: edited row by row, begun from presets, and named when goods are refused."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

from app.core.errors import Invalid, NotFound
from app.core.i18n import _
from orders.contracts.revising import Change
from orders.contracts.sheet import criterion_words
from orders.contracts.terms import (
    Certificate,
    ContractTerms,
    Criterion,
    GoodsLine,
    Measurement,
    Sampling,
    Tolerance,
)
from orders.contracts.values import Bilingual, Language

PRESETS = Path(__file__).parents[1] / "data" / "criteria-2026-11.toml"
MOST = 20
LIMITS = ("0", "0.065", "0.1", "0.15", "0.25", "0.4", "0.65", "1", "1.5", "2.5", "4", "6.5", "10")
"""The acceptance quality limits that ISO 2859-1 has tables for, in percent; 0 for none allowed."""
LEVELS = ("I", "II", "III", "S-1", "S-2", "S-3", "S-4")
"""Inspection levels of ISO 2859-1."""


class LineNotFound(NotFound):
    code = "line_not_found"


class Measured(BaseModel):
    """How one line is described and accepted; all of it is replaced."""

    specification: Bilingual
    tolerance: Tolerance = Tolerance()
    measurements: Annotated[list[Measurement], Field(max_length=MOST)] = []
    samplings: Annotated[list[Sampling], Field(max_length=MOST)] = []
    certificates: Annotated[list[Certificate], Field(max_length=MOST)] = []

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        return (*self.measurements, *self.samplings, *self.certificates)


class LineChange(Change):
    """Other criteria for the line at `position`, from 0."""

    position: int
    measured: Measured

    def changed(self, terms: ContractTerms) -> dict[str, object]:
        line, said = line_of(terms, self.position), self.measured
        if not said.criteria:
            raise Invalid(_("Name at least one criterion: without any, nobody can say whether goods conform."))
        if len(said.criteria) > MOST:
            raise Invalid(_("At most %(n)s criteria for one line.") % {"n": MOST})
        update = {"specification": said.specification, "tolerance": said.tolerance, "criteria": said.criteria}
        lines = list(terms.lines)
        lines[self.position] = line.model_copy(update=update)
        return {"lines": tuple(lines)}


def line_of(terms: ContractTerms, position: int) -> GoodsLine:
    """Raises LineNotFound."""
    if not 0 <= position < len(terms.lines):
        raise LineNotFound(_("The contract has no such line."))
    return terms.lines[position]


def measured(line: GoodsLine, more: tuple[Criterion, ...] = ()) -> Measured:
    """A line as it can be edited, with `more` criteria that it has not yet."""
    criteria = [*line.criteria, *(c for c in more if c not in line.criteria)]
    return Measured(
        specification=line.specification,
        tolerance=line.tolerance,
        measurements=[c for c in criteria if isinstance(c, Measurement)],
        samplings=[c for c in criteria if isinstance(c, Sampling)],
        certificates=[c for c in criteria if isinstance(c, Certificate)],
    )


@dataclass(frozen=True, slots=True)
class Preset:
    """Criteria that are usual for a kind of goods. `chapters` are of the Harmonized System, two digits each."""

    key: str
    name: Bilingual
    chapters: frozenset[str]
    criteria: tuple[Criterion, ...]


@cache
def presets() -> tuple[Preset, ...]:
    """Every preset of the data file, in its order."""
    many = TypeAdapter(tuple[Criterion, ...])
    found = tomllib.loads(PRESETS.read_text(encoding="utf-8"))["preset"]
    return tuple(
        Preset(key, Bilingual(**said["name"]), frozenset(said["chapters"]), many.validate_python(said["criteria"]))
        for key, said in found.items()
    )


def fitting(hs_code: str) -> tuple[list[Preset], list[Preset]]:
    """The presets made for goods of this HS chapter, and the others."""
    chapter = hs_code[:2]
    fits = [preset for preset in presets() if chapter in preset.chapters]
    return fits, [preset for preset in presets() if preset not in fits]


@dataclass(frozen=True, slots=True)
class Check:
    """One criterion as inspection, acceptance and disputes name it: `1.2` is the second of the first line."""

    reference: str
    goods_number: int
    text: str


def checklist(terms: ContractTerms, language: Language) -> list[Check]:
    """All criteria of a contract, in the words that its document prints."""
    return [
        Check(f"{n}.{m}", n, criterion_words(criterion, language, terms.edition))
        for n, line in enumerate(terms.lines, start=1)
        for m, criterion in enumerate(line.criteria, start=1)
    ]


def unmet(terms: ContractTerms, references: list[str], language: Language) -> str:
    """The named criteria, a line each, to stand above a reason; empty for none. Raises Invalid naming `criteria`."""
    known = {check.reference: check for check in checklist(terms, language)}
    if any(reference not in known for reference in references):
        raise Invalid(_("The contract has no such criterion."), field="criteria")
    chosen = [known[reference] for reference in dict.fromkeys(references)]
    return "\n".join(f"{check.reference} {check.text}" for check in chosen)
