"""What is different between two texts of a contract: passage by passage, as it is printed, then word by word.

Pure. The passages are taken from the very sheet that the document is set from, so nothing that is printed can change
without being told. Of each passage that changed, the runs of words that went, came and stayed give the old text and
the new one again (app.core.difference).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from app.core.difference import MOST_COMPARISONS, Run, compared
from app.core.i18n import N_
from orders.contracts.places import REST, articles, line_place
from orders.contracts.sheet import sheet
from orders.contracts.terms import ContractTerms
from orders.contracts.values import Language

LANGUAGES: tuple[Language, Language] = ("en", "zh")
FURTHER = N_("Further particulars")
_HEAD = {"number": N_("Number"), "dated": N_("Date"), "amends": N_("Takes the place of")}
_PARTY = {
    "name": N_("Registered name"),
    "latin_name": N_("Name in Latin letters"),
    "identifiers": N_("Registration"),
    "address": N_("Address"),
    "country": N_("Country"),
    "email": N_("Email"),
    "phone": N_("Phone"),
    "signatory": N_("Signatory"),
}
_GOODS = {"currency": N_("Currency"), "total": N_("Total")}
_LINE = {
    "description": N_("Description"),
    "specification": N_("Specification"),
    "hs": N_("HS code"),
    "origin": N_("Origin"),
    "quantity": N_("Quantity"),
    "unit": N_("Unit"),
    "tolerance": N_("Tolerance of quantity"),
    "price": N_("Unit price"),
    "total": N_("Amount"),
    "criteria": N_("Acceptance criteria"),
}
_DELIVERY = {
    "term": N_("Incoterms rule and place"),
    "mode": N_("Way of transport"),
    "window": N_("Shipment between"),
    "partial": N_("Partial shipments"),
    "transhipment": N_("Transhipment"),
    "packing": N_("Packing"),
}
_RECEIVERS = {"consignee": N_("Consignee"), "notify": N_("Notify party")}
_REST = {"annexes": N_("Annexes")}
_NOT_TEXT = {"verify", "digest", "date", "words", "moves", "articles"}
"""Of the sheet: what follows from the rest, and what is told otherwise."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as it is printed: where it stands, what it is called (a message id, or "" where the place says it).

    `texts` has one text for both languages under "", or one each under "en" and "zh".
    """

    place: str
    key: str
    label: str
    texts: Mapping[str, str]

    def said(self, language: str) -> str:
        return self.texts.get(language, self.texts.get("", ""))


@dataclass(frozen=True, slots=True)
class Part:
    """A passage in one language; "" where it is the same text in both."""

    language: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A passage of either text or of both. Without `parts` it is unchanged."""

    before: Passage | None
    after: Passage | None
    parts: tuple[Part, ...] = ()

    @property
    def passage(self) -> Passage:
        found = self.after or self.before
        if found is None:
            raise ValueError("a comparison is of something")
        return found

    @property
    def changed(self) -> bool:
        return bool(self.parts)


def passages(terms: ContractTerms) -> list[Passage]:
    """Everything the contract says, in its own order and words."""
    said = sheet(terms, "")
    found = [*_group("parties", "", {key: said[key] for key in _HEAD}, _HEAD)]
    for side in ("supplier", "buyer"):
        found += _group("parties", f"{side}-", said[side], _PARTY)
    for index, line in enumerate(said["lines"]):
        found += _group(line_place(index), "", line, _LINE)
    found += _group("goods", "", {key: said[key] for key in _GOODS}, _GOODS)
    found += _group("delivery", "", said["delivery"] | {"packing": said["packing"]}, _DELIVERY)
    found += _group("delivery", "", {key: said[key] for key in _RECEIVERS}, _RECEIVERS)
    for number, milestone in enumerate(said["milestones"], 1):
        found += _group("payments", f"payment-{number}", {"": milestone}, {"": N_("Payment")})
    found += _group("inspection", "", {"documents": said["documents"]}, {"documents": N_("Documents")})
    known = {
        "supplier",
        "buyer",
        "lines",
        "delivery",
        "packing",
        "milestones",
        "documents",
        *_HEAD,
        *_GOODS,
        *_RECEIVERS,
        *_NOT_TEXT,
    }
    found += _group(REST, "", {key: value for key, value in said.items() if key not in known}, _REST)
    for (place, _clause), article in zip(articles(terms).items(), said["articles"], strict=True):
        body = {
            language: "\n".join(_said(article[part], language) for part in ("title", "body")) for language in LANGUAGES
        }
        found += _group(place, "", {"": body}, {"": ""})
    return found


def _group(place: str, prefix: str, data: Mapping[str, Any], labels: Mapping[str, str]) -> Iterator[Passage]:
    for key, value in data.items():
        texts: dict[str, str] = {language: _said(value, language) for language in LANGUAGES}
        one = texts["en"] == texts["zh"]
        if texts["en"] or texts["zh"]:
            yield Passage(place, prefix + key, labels.get(key, FURTHER), {"": texts["en"]} if one else texts)


def _said(value: Any, language: Language) -> str:
    """A leaf or a branch of the sheet as one text. What was given in one language alone stands in both columns."""
    match value:
        case None:
            return ""
        case {"en": en, "zh": zh}:
            return str((en or zh) if language == "en" else (zh or en))
        case dict():
            return "; ".join(filter(None, (_said(inner, language) for inner in value.values())))
        case list() | tuple():
            return "\n".join(filter(None, (_said(inner, language) for inner in value)))
    return str(value)


def compare(before: ContractTerms, after: ContractTerms) -> list[Compared]:
    """Every passage of both, in the order of the newer text; those that went stand where they stood."""
    was = {(p.place, p.key): p for p in passages(before)}
    now = {(p.place, p.key): p for p in passages(after)}
    matcher = SequenceMatcher(None, list(was), list(now), autojunk=False)
    left = MOST_COMPARISONS
    found = []
    for kind, i, j, k, m in matcher.get_opcodes():
        pairs: list[tuple[Passage | None, Passage | None]] = []
        if kind == "equal":
            pairs += zip(list(was.values())[i:j], list(now.values())[k:m], strict=True)
        else:
            pairs += [(p, None) for p in list(was.values())[i:j]]
            pairs += [(None, p) for p in list(now.values())[k:m]]
        for one, other in pairs:
            parts, left = _parts(one, other, left)
            found.append(Compared(one, other, parts))
    return found


def changes(compared: Sequence[Compared]) -> list[Compared]:
    return [one for one in compared if one.changed]


def _parts(before: Passage | None, after: Passage | None, left: int) -> tuple[tuple[Part, ...], int]:
    """The passage in each language in which it is not the same, and how many comparisons are left."""
    sides = [p for p in (before, after) if p is not None]
    languages: Sequence[str] = ("",) if all("" in p.texts for p in sides) else LANGUAGES
    found = []
    for language in languages:
        a, b = (p.said(language) if p else "" for p in (before, after))
        if a != b:
            runs, left = compared(a, b, left)
            found.append(Part(language, runs))
    return tuple(found), left
