"""The clause library: the standard articles of an edition, in English and Chinese, filled in for one deal.

Texts live in `templates/clauses-<edition>.toml`; an edition in use never changes, because contracts name it. An edition
may build on the one before: its own file then says only what it adds, and what it says otherwise.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from babel import Locale

from orders.contracts.terms import EDITION, Clause, ContractTerms, Particulars
from orders.contracts.values import Bilingual, Language
from orders.contracts.writing import money, percent

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGES: tuple[Language, Language] = ("en", "zh")

_BUILT_ON: dict[str, str] = {"2027-01": "2026-12"}


@cache
def library(edition: str) -> dict[str, Any]:
    """All texts of an edition, by kind and key."""
    own = tomllib.loads((TEMPLATES / f"clauses-{edition}.toml").read_text(encoding="utf-8"))
    before = library(_BUILT_ON[edition]) if edition in _BUILT_ON else {}
    return before | {kind: before.get(kind, {}) | said for kind, said in own.items()}


def word(kind: str, key: str, language: Language, *, edition: str = EDITION) -> str:
    """One term of the document's vocabulary, such as `word("mode", "air", "zh")`. Raises KeyError if it has none."""
    return str(library(edition)[kind][key][language])


def vocabulary(kind: str, language: Language, *, edition: str = EDITION) -> str:
    """A text of the document that has no further keys. Raises KeyError if the edition has none."""
    return str(library(edition)[kind][language])


def institutions(language: Language) -> dict[str, str]:
    """The arbitration institutions a contract may name: key to name."""
    return {key: names[language] for key, names in library(EDITION)["institution"].items()}


def jurisdiction(country: str, language: Language, *, edition: str = EDITION) -> str:
    """How a contract calls a country's law: the library's own name where it has one, else the common name."""
    named = library(edition)["jurisdiction"].get(country)
    return str(named[language] if named else Locale(language).territories[country])


def milestone_due(p: Particulars, kind: str, language: Language) -> str:
    """When a milestone is to be paid."""
    due = library(p.edition)["milestone"][kind]["due"][language]
    return Template(due).substitute(deposit_days=p.deposit_days)


@dataclass(frozen=True, slots=True)
class PrintedMove:
    """A move of a milestone as the contract prints it; `name` says in both languages what happens."""

    move: str
    before: tuple[str, ...]
    name: Bilingual
    after: str


def moves(edition: str = EDITION) -> list[PrintedMove]:
    """Every move a milestone can make. Edition 2026-11 prints none."""
    return [
        PrintedMove(move, tuple(said["from"]), Bilingual(**said["name"]), said["to"])
        for move, said in library(edition).get("move", {}).items()
    ]


def consent(terms: ContractTerms, company: str, digest: str) -> Bilingual:
    """What a signatory agrees to, to be shown, hashed and kept with the signature; `digest` is the document's."""
    texts = library(terms.edition)["consent"]
    facts = {"number": terms.number, "company": company, "digest": digest}
    said = {language: Template(texts[language]).substitute(facts) for language in LANGUAGES}
    if terms.annexes:
        listed = "; ".join(f"{n}. {a.name} (SHA-256 {a.sha256})" for n, a in enumerate(terms.annexes, start=1))
        annexed = {"count": str(len(terms.annexes)), "list": listed}
        for language in LANGUAGES:
            gap = " " if language == "en" else ""
            said[language] += gap + _vocabulary_filled("annexed", language, terms.edition, annexed)
    return Bilingual(**said)


def whole(text: Bilingual) -> str:
    """Both languages of a text, as one that is hashed and kept."""
    return f"{text.en}\n{text.zh}"


def _vocabulary_filled(kind: str, language: Language, edition: str, facts: Mapping[str, str]) -> str:
    return Template(vocabulary(kind, language, edition=edition)).substitute(facts)


def draw_up(particulars: Particulars) -> ContractTerms:
    """The whole contract: these particulars set in the standard articles of their edition, or in those that end one.

    Raises ValueError when the arbitration institution is not one of `institutions`.
    """
    if particulars.arbitration.institution not in institutions("en"):
        raise ValueError(f"unknown arbitration institution {particulars.arbitration.institution!r}")
    ends = particulars.ending is not None
    said = _ending if ends else _facts
    facts = {language: said(particulars, language) for language in LANGUAGES}
    articles = tuple(
        Clause(key=key, title=Bilingual(**article["title"]), body=_filled(article["body"], facts))
        for key, article in library(particulars.edition)["ending" if ends else "article"].items()
    )
    given = {name: getattr(particulars, name) for name in Particulars.model_fields}
    return ContractTerms(**given, clauses=articles)


def _filled(texts: Mapping[str, str], facts: Mapping[Language, Mapping[str, str]]) -> Bilingual:
    return Bilingual(**{language: Template(texts[language]).substitute(facts[language]) for language in LANGUAGES})


def _facts(p: Particulars, language: Language) -> dict[str, str]:
    """What the `$words` of the articles stand for, in one language."""

    def say(kind: str, key: str) -> str:
        return word(kind, key, language, edition=p.edition)

    cover = {"cover": say("cover", p.insurance.cover.value), "insurance_percent": str(p.insurance.percent)}
    return {
        "rule": p.delivery.rule.value,
        "place": p.delivery.place,
        "incoterm": say("incoterm", p.delivery.rule.value),
        "fee": percent(p.fee.basis_points),
        "bounds": _fee_bounds(p, language),
        "inspector": say("inspector", p.inspection.inspector.value),
        "inspection_place": p.inspection.place.said(language),
        "acceptance_days": str(p.inspection.acceptance_days),
        "insurer": Template(say("insurer", p.insurance.insured_by.value)).substitute(cover),
        "apparent_days": str(p.claims.apparent_days),
        "hidden_days": str(p.claims.hidden_days),
        "notice_days": str(p.force_majeure.notice_days),
        "termination_days": str(p.force_majeure.termination_days),
        "law": jurisdiction(p.law.country, language, edition=p.edition),
        "cisg": say("cisg", "excluded" if p.law.cisg_excluded else "applies"),
        "institution": say("institution", p.arbitration.institution),
        "seat": p.arbitration.seat.said(language),
        "arbitrators": str(p.arbitration.arbitrators),
        "arbitration_language": say("language", p.arbitration.language),
        "rule_book": p.rule_book,
        "prevailing": say("language", p.prevailing_language),
    }


def _ending(p: Particulars, language: Language) -> dict[str, str]:
    """What the `$words` of the articles that end a contract stand for."""
    if p.ending is None or p.amends is None:
        raise ValueError("these particulars end no contract")
    goods = word("goods_of_ending", "some" if p.ending.goods else "none", language, edition=p.edition)
    return {
        "number": p.amends.number,
        "digest": p.amends.terms_hash,
        "reason": p.ending.reason,
        "goods": Template(goods).substitute(goods=p.ending.goods),
    }


def _fee_bounds(p: Particulars, language: Language) -> str:
    least, most = bool(p.fee.minimum), p.fee.maximum is not None
    key = "both" if least and most else "least" if least else "most" if most else "none"
    text = word("bounds", key, language, edition=p.edition)
    maximum = money(p.fee.maximum) if p.fee.maximum is not None else ""
    return Template(text).substitute(minimum=money(p.fee.minimum), maximum=maximum)
