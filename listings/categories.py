"""The category tree: what can be sold here, by which attributes it is described, and how those are checked.

The tree is data (`listings/data/*.json`), read once and frozen. HS codes are of the 2022 edition; they are the
usual ones for a category, offered to the supplier and never imposed.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, model_validator

from app.core.errors import Invalid, NotFound
from app.core.i18n import _, current_locale

DATA = Path(__file__).parent / "data"
TEXT_LIMIT = 200
DECIMAL = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?", re.ASCII)
WORDS = re.compile(r"[a-z]+|[0-9]+", re.ASCII)
SEPARATORS = re.compile(r"[;；,，、|\n]")
TRUE = {"true", "yes", "1", "on", "是"}
FALSE = {"false", "no", "0", "off", "否"}

AttributeValue = str | bool | list[str]
"""A checked value, JSON-able: text; a number as canonical decimal digits ("12.5"); a choice's code; several
codes in the attribute's order; true or false."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Hs6 = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]


class CategoryNotFound(NotFound):
    """No category has this slug."""

    code = "category_not_found"


class AttributesInvalid(Invalid):
    """Attributes missing, unknown or out of range; `errors` is keyed `attributes.<key>`."""

    code = "attributes_invalid"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Bilingual(Frozen):
    """A name in both languages; in the data a plain string stands for the same in both."""

    en: str
    zh: str

    @model_validator(mode="before")
    @classmethod
    def _same_in_both(cls, data: Any) -> Any:
        return {"en": data, "zh": data} if isinstance(data, str) else data

    def __str__(self) -> str:
        """In the reader's language."""
        return self.zh if current_locale().startswith("zh") else self.en


class Kind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    BOOLEAN = "boolean"


class Attribute(Frozen):
    """One property that products of a category are described by. `unit` is what a number is measured in."""

    key: Key
    label: Bilingual
    kind: Kind
    unit: Bilingual = Bilingual(en="", zh="")
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(0)
    choices: Mapping[Key, Bilingual] = {}
    filterable: bool
    required: bool = False

    @model_validator(mode="after")
    def _parts_fit_the_kind(self) -> "Attribute":
        if bool(self.choices) != (self.kind in {Kind.CHOICE, Kind.CHOICES}):
            raise ValueError("choices go with a choice, and with nothing else")
        if (self.kind is Kind.NUMBER) != (self.minimum < self.maximum):
            raise ValueError("a number has its bounds, and nothing else has")
        return self

    def show(self, value: AttributeValue) -> str:
        """A checked value as the reader reads it: `12 W`, `IP65`, `Red, Blue`, `Yes`."""
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if isinstance(value, list):
            return ("、" if current_locale().startswith("zh") else ", ").join(str(self.choices[v]) for v in value)
        if self.kind is Kind.CHOICE:
            return str(self.choices[value])
        return f"{value}\u00a0{self.unit}" if str(self.unit) else value


class Certification(Frozen):
    """What the law of a usual market asks for before goods of a category are sold: one of these certificates, from a
    day on."""

    since: date
    any_of: tuple[str, ...]
    law: str

    def named(self, certificate: str) -> bool:
        """Whether a certificate, as a supplier has named it, is one of them: `CE (LVD)` is CE."""
        words = WORDS.findall(_text(certificate).casefold())
        known = (WORDS.findall(one.casefold()) for one in self.any_of)
        return any(words[: len(one)] == one for one in known)


class Category(Frozen):
    """A branch has children, a leaf has products: HS codes, a default unit (Rec 20 code) and attributes.

    certificates  what its goods have to be certified by, where the law asks for it
    """

    slug: Slug
    name: Bilingual
    parent: str | None = None
    children: tuple["Category", ...] = ()
    hs: tuple[Hs6, ...] = ()
    unit: str = ""
    attributes: tuple[Attribute, ...] = ()
    certificates: Certification | None = None

    @property
    def is_leaf(self) -> bool:
        return not self.children

    def leaves(self) -> Iterator["Category"]:
        """The leaves under this category; a leaf's only leaf is itself."""
        if self.is_leaf:
            yield self
        for child in self.children:
            yield from child.leaves()

    def attribute(self, key: str) -> Attribute | None:
        return next((attribute for attribute in self.attributes if attribute.key == key), None)


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


@cache
def units() -> Mapping[str, Bilingual]:
    """UN/ECE Recommendation 20 code → name, for every unit that goods are sold by here."""
    return TypeAdapter(dict[str, Bilingual]).validate_python(_read("units.json"))


@cache
def tree() -> tuple[Category, ...]:
    """The top categories in the order they are shown, each with its children."""
    kinds = {key: Attribute(key=key, **rest) for key, rest in _read("attributes.json").items()}
    return tuple(
        Category(
            slug=top["slug"],
            name=top["name"],
            children=tuple(_leaf(top["slug"], leaf, kinds) for leaf in top["children"]),
        )
        for top in _read("categories.json")
    )


def _leaf(parent: str, data: dict[str, Any], kinds: Mapping[str, Attribute]) -> Category:
    required = tuple(kinds[key].model_copy(update={"required": True}) for key in data.pop("required"))
    optional = tuple(kinds[key] for key in data.pop("optional"))
    if data["unit"] not in units():
        raise ValueError(f"{data['slug']}: no unit {data['unit']}")
    return Category(parent=parent, attributes=required + optional, **data)


@cache
def _by_slug() -> Mapping[str, Category]:
    return {category.slug: category for top in tree() for category in (top, *top.children)}


def category(slug: str) -> Category:
    """The category of this slug, branch or leaf. Raises CategoryNotFound."""
    found = _by_slug().get(slug)
    if found is None:
        raise CategoryNotFound(_("There is no such category."), slug=slug)
    return found


def leaves() -> tuple[Category, ...]:
    """Every category that products can be listed in."""
    return tuple(leaf for top in tree() for leaf in top.leaves())


def check_attributes(category: Category, values: Mapping[str, object]) -> dict[str, AttributeValue]:
    """The values as they are stored: cleaned, in the category's order, empty ones left out.

    values  by attribute key, as typed or as JSON: numbers may carry their unit, choices be given by code or by
            their name in either language, several choices as a list or parted by `;` or `,`
    raises  AttributesInvalid naming each wrong field
    """
    cleaned: dict[str, AttributeValue] = {}
    errors = {
        f"attributes.{key}": _("This category has no such attribute.")
        for key in values
        if category.attribute(key) is None
    }
    for attribute in category.attributes:
        value = values.get(attribute.key)
        try:
            if not _is_empty(value):
                cleaned[attribute.key] = _clean(attribute, value)
            elif attribute.required:
                raise Invalid(_("“%(attribute)s” is required in this category.") % {"attribute": attribute.label})
        except Invalid as error:
            errors[f"attributes.{attribute.key}"] = error.message
    if errors:
        raise AttributesInvalid.many(errors)
    return cleaned


def _is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not _text(value)
    return value is None or value in ([], ())


def _text(value: object) -> str:
    return unicodedata.normalize("NFKC", str(value)).strip()


def _clean(attribute: Attribute, value: object) -> AttributeValue:
    match attribute.kind:
        case Kind.TEXT:
            return _clean_text(value)
        case Kind.NUMBER:
            return _clean_number(attribute, value)
        case Kind.BOOLEAN:
            return _clean_boolean(value)
        case Kind.CHOICE:
            return _clean_choice(attribute, value)
        case Kind.CHOICES:
            parts: Iterable[object] = value if isinstance(value, list | tuple) else SEPARATORS.split(str(value))
            chosen = {_clean_choice(attribute, part) for part in parts if not _is_empty(part)}
            return [code for code in attribute.choices if code in chosen]


def _clean_text(value: object) -> str:
    text = " ".join(_text(value).split())
    if not isinstance(value, str) or not text.isprintable():
        raise Invalid(_("Write this as plain text."))
    if len(text) > TEXT_LIMIT:
        raise Invalid(_("Use %(limit)s characters at most.") % {"limit": TEXT_LIMIT})
    return text


def _clean_number(attribute: Attribute, value: object) -> str:
    text = format(value, "f") if isinstance(value, Decimal) else _text(value)
    for unit in {attribute.unit.en, attribute.unit.zh} - {""}:
        text = text.removesuffix(_text(unit)).strip()
    if isinstance(value, bool) or not DECIMAL.fullmatch(text):
        raise Invalid(_("Write this as a number, such as 12 or 12.5."))
    number = Decimal(text)
    if not attribute.minimum <= number <= attribute.maximum:
        low, high = str(attribute.minimum), attribute.show(str(attribute.maximum))
        raise Invalid(_("Give a value from %(low)s to %(high)s.") % {"low": low, "high": high})
    return format(number.normalize(), "f")


def _clean_boolean(value: object) -> bool:
    text = _text(value).casefold()
    if text in TRUE:
        return True
    if text in FALSE:
        return False
    raise Invalid(_("Answer yes or no."))


def _clean_choice(attribute: Attribute, value: object) -> str:
    wanted = _text(value).casefold()
    for code, name in attribute.choices.items():
        if wanted in {code, _text(name.en).casefold(), _text(name.zh).casefold()}:
            return code
    names = ", ".join(str(name) for name in attribute.choices.values())
    raise Invalid(_("Choose one of: %(names)s.") % {"names": names})
