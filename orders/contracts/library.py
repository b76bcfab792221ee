"""The clauses that parties may choose: which fit a contract, what is filled in, and the ones they write themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from string import Template
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints

from app.core.errors import Invalid
from app.core.i18n import N_, _
from orders.contracts import clauses
from orders.contracts.extras import MOST_CLAUSES, ChosenClause
from orders.contracts.revising import Change
from orders.contracts.terms import Clause, ContractTerms, Particulars
from orders.contracts.values import Bilingual, Language, Short, read_in
from orders.incoterms import Mode, Rule
from orders.milestones import BEFORE_SHIPMENT

LONGEST_TITLE = 200
GROUPS = {
    "packing": N_("Packing and marks"),
    "documents": N_("Delivery documents"),
    "delivery": N_("Time of delivery"),
    "quality": N_("Quality"),
    "machinery": N_("Machines"),
    "goods": N_("Kinds of goods"),
    "rights": N_("Rights and secrets"),
    "security": N_("Security for the price"),
    "compliance": N_("Compliance"),
}
"""In this order clauses are offered, and stand in the contract."""


def _credit(p: Particulars) -> bool:
    return any(m.plan.terms.due not in BEFORE_SHIPMENT for m in p.milestones)


NEEDS: dict[str, tuple[Callable[[Particulars], bool], str]] = {
    "credit": (_credit, N_("The whole price is held before the goods are shipped: there is nothing to secure.")),
    "partial_shipments": (lambda p: p.delivery.partial_shipments, N_("The contract allows no partial shipments.")),
}
"""What some clauses take for granted, and why they are not offered where the contract says otherwise."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What is filled into a clause. `least` and `most` bound figures; a `text` is one line of up to 200 characters."""

    name: str
    label: Bilingual
    kind: str
    default: str
    least: Decimal | None = None
    most: Decimal | None = None

    def checked(self, typed: str) -> str:
        """The value as it is printed. Raises ValueError with a sentence."""
        if self.kind == "text":
            return typed
        try:
            figure = Decimal(typed)
        except InvalidOperation:
            raise ValueError(_("Please enter a number.")) from None
        if not figure.is_finite() or (self.kind == "integer" and figure != figure.to_integral_value()):
            raise ValueError(_("Please enter a whole number."))
        if self.least is not None and self.most is not None and not self.least <= figure <= self.most:
            raise ValueError(_("Between %(least)s and %(most)s.") % {"least": self.least, "most": self.most})
        return f"{figure.normalize():f}"


@dataclass(frozen=True, slots=True)
class Option:
    """A clause of the library. Empty `modes` and `rules` allow all; `goods`, first digits of HS codes, propose it."""

    key: str
    group: str
    title: Bilingual
    body: Bilingual
    modes: frozenset[Mode]
    rules: frozenset[Rule]
    goods: tuple[str, ...]
    needs: str
    excludes: frozenset[str]
    parameters: tuple[Parameter, ...]

    def refused(self, p: Particulars) -> str:
        """Why this clause does not go with these terms; empty when it does."""
        if self.rules and p.delivery.rule not in self.rules:
            return _("For %(rules)s alone.") % {"rules": ", ".join(sorted(self.rules))}
        if self.modes and p.delivery.mode not in self.modes:
            return _("For another way of transport.")
        if self.needs and not NEEDS[self.needs][0](p):
            return _(NEEDS[self.needs][1])
        return ""

    def proposed(self, p: Particulars) -> bool:
        """Whether it was made for this rule, way of transport or kind of goods."""
        if self.refused(p):
            return False
        if self.goods:
            return any(line.hs_code.startswith(self.goods) for line in p.lines)
        return bool(self.modes or self.rules or self.needs)

    def filled(self, values: Mapping[str, str], edition: str) -> ChosenClause:
        """The clause as it enters the contract. Raises Invalid naming the parameters that cannot be."""
        errors, said = {}, {}
        for parameter in self.parameters:
            try:
                said[parameter.name] = parameter.checked(values.get(parameter.name) or parameter.default)
            except ValueError as error:
                errors[f"values.{self.key}.{parameter.name}"] = str(error)
        if errors:
            raise Invalid.many(errors, _("Please check the marked fields."))
        body = {language: Template(self.body.said(language)).substitute(said) for language in clauses.LANGUAGES}
        return ChosenClause(key=self.key, library=edition, title=self.title, body=Bilingual(**body), values=said)

    def shown(self, language: Language) -> str:
        """The text with what is usually filled in."""
        usual = {parameter.name: parameter.default for parameter in self.parameters}
        return Template(self.body.said(language)).substitute(usual)


@cache
def options(edition: str) -> dict[str, Option]:
    """The clauses an edition offers, by group; none in editions before 2027-01."""
    found = [_option(key, said) for key, said in clauses.library(edition).get("option", {}).items()]
    return {option.key: option for option in sorted(found, key=lambda option: list(GROUPS).index(option.group))}


def _option(key: str, said: dict[str, Any]) -> Option:
    return Option(
        key=key,
        group=said["group"],
        title=Bilingual(**said["title"]),
        body=Bilingual(**said["body"]),
        modes=frozenset(map(Mode, said.get("modes", ()))),
        rules=frozenset(map(Rule, said.get("rules", ()))),
        goods=tuple(said.get("goods", ())),
        needs=said.get("needs", ""),
        excludes=frozenset(said.get("excludes", ())),
        parameters=tuple(_parameter(name, facts) for name, facts in said.get("parameter", {}).items()),
    )


def _parameter(name: str, said: dict[str, Any]) -> Parameter:
    bounds = {bound: Decimal(said[bound]) for bound in ("least", "most") if bound in said}
    return Parameter(name, Bilingual(**said["label"]), said["kind"], said["default"], **bounds)


def _short(title: Bilingual) -> Bilingual:
    if max(len(title.en), len(title.zh)) > LONGEST_TITLE:
        raise ValueError(_("At most %(n)s characters.") % {"n": LONGEST_TITLE})
    return title


class ParameterOut(BaseModel):
    """`value` as it is filled in, or the usual one."""

    name: str
    label: str
    kind: str
    value: str


class OptionOut(BaseModel):
    """A clause of the library beside one contract. `refused` says why it does not go with its terms, empty if it does;
    `text` is as it stands in the contract, or with what is usually filled in.
    """

    key: str
    group: str
    title: str
    text: str
    proposed: bool
    chosen: bool
    refused: str
    parameters: list[ParameterOut]


def offered(terms: ContractTerms, language: Language) -> list[OptionOut]:
    """Every clause of the contract's edition, by group."""
    there = {clause.key: clause for clause in terms.chosen or ()}
    return [_offered(option, terms, there.get(option.key), language) for option in options(terms.edition).values()]


def _offered(option: Option, terms: ContractTerms, there: ChosenClause | None, language: Language) -> OptionOut:
    values = there.values if there else {}
    return OptionOut(
        key=option.key,
        group=option.group,
        title=option.title.said(language),
        text=there.body.said(language) if there else option.shown(language),
        proposed=option.proposed(terms),
        chosen=there is not None,
        refused=option.refused(terms),
        parameters=[
            ParameterOut(name=p.name, label=p.label.said(language), kind=p.kind, value=values.get(p.name, p.default))
            for p in option.parameters
        ],
    )


class OwnClause(BaseModel):
    """A clause of the parties' own, in one language or both. `key` is that of the clause it was, empty for a new one;
    `place` puts it before those with a higher one.
    """

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    title: Annotated[Bilingual, AfterValidator(_short)]
    body: Bilingual
    place: Annotated[int, Field(ge=1, le=99)] | None = None


def _written(rows: object) -> object:
    """Rows with neither title nor text are gone: so a clause is removed where no script runs."""
    if not isinstance(rows, list):
        return rows
    return [row for row in rows if not isinstance(row, dict) or "title" in row or "body" in row]


class Choice(Change):
    """All clauses beside the standard articles: those chosen from the library, with their parameters, and own ones.

    chosen  keys of the library; values  parameters by clause and name, the usual one where none is given
    """

    chosen: Annotated[list[str] | str, Field(max_length=200)] = Field(default_factory=list)
    values: dict[str, dict[str, Short]] = Field(default_factory=dict)
    own: Annotated[list[OwnClause], BeforeValidator(_written)] = Field(default_factory=list, max_length=MOST_CLAUSES)

    def changed(self, terms: ContractTerms) -> dict[str, object]:
        picked = self._picked(terms)
        return {"chosen": picked or None, "own_clauses": self._own(terms)}

    def _picked(self, terms: ContractTerms) -> tuple[ChosenClause, ...]:
        """Chosen clauses that were in the contract stay as they are unless their parameters changed."""
        wanted = {self.chosen} if isinstance(self.chosen, str) else set(self.chosen)
        offered = options(terms.edition)
        if wanted - offered.keys():
            raise Invalid(_("The library has no such clause."), field="chosen")
        errors: dict[str, str] = {}
        picked = []
        for option in (option for key, option in offered.items() if key in wanted):
            why = option.refused(terms) or _contradiction(option, wanted, offered)
            if why:
                errors[f"chosen.{option.key}"] = why
            try:
                picked.append(option.filled(self.values.get(option.key, {}), terms.edition))
            except Invalid as error:
                errors |= error.errors
        if errors:
            raise Invalid.many(errors, _("Please check the marked fields."))
        return tuple(picked)

    def _own(self, terms: ContractTerms) -> tuple[Clause, ...]:
        known = {clause.key for clause in terms.own_clauses}
        rows = sorted(enumerate(self.own), key=lambda pair: (pair[1].place or pair[0] + 1, pair[1].place is None))
        taken = {row.key for row in self.own if row.key in known}
        made = []
        for _index, row in rows:
            key = row.key if row.key in known else next(f"own_{n}" for n in range(1, 99) if f"own_{n}" not in taken)
            taken.add(key)
            made.append(Clause(key=key, title=row.title, body=row.body))
        if len({clause.key for clause in made}) < len(made):
            raise Invalid(_("A clause is there twice."), field="own")
        return tuple(made)


def _contradiction(option: Option, wanted: set[str], offered: Mapping[str, Option]) -> str:
    against = next((offered[key] for key in sorted(option.excludes & wanted)), None)
    if against is None:
        return ""
    return _("This and “%(other)s” settle the same matter: choose one.") % {"other": against.title.said(read_in())}
