"""What a sanctions list says of one person, company or ship, whichever list it is."""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from app.core.i18n import N_


class Kind(StrEnum):
    PERSON = "person"
    COMPANY = "company"
    VESSEL = "vessel"
    AIRCRAFT = "aircraft"


class Strength(StrEnum):
    """How much a name says. Lists themselves tell weak ones: broad, common or only ever heard."""

    PRIMARY = "primary"
    ORIGINAL = "original"  # the primary one in its own script
    STRONG = "strong"
    FORMER = "former"
    WEAK = "weak"


KINDS = {
    Kind.PERSON: N_("Person"),
    Kind.COMPANY: N_("Company or body"),
    Kind.VESSEL: N_("Vessel"),
    Kind.AIRCRAFT: N_("Aircraft"),
}
STRENGTHS = {
    Strength.PRIMARY: N_("Name"),
    Strength.ORIGINAL: N_("Name in its own script"),
    Strength.STRONG: N_("Also known as"),
    Strength.FORMER: N_("Formerly"),
    Strength.WEAK: N_("Weak alias"),
}


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Entry:
    """One listed subject.

    reference    the list's own key; stays the same from version to version
    born         years or days, ISO 8601, as exactly as the list knows them; a range is `1960/1965`
    countries    of nationality, address and flag, in the list's words
    identifiers  such as `Passport OR1961825` or `IMO 9187629`
    listed_on    ISO 8601, or ""
    """

    reference: str
    kind: Kind
    names: tuple[Name, ...]
    programme: str = ""
    countries: tuple[str, ...] = ()
    born: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    listed_on: str = ""
    remarks: str = ""

    @property
    def name(self) -> str:
        return self.names[0].text

    def content(self) -> dict[str, object]:
        """As JSON that `of` reads again."""
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]

    def digest(self) -> str:
        """SHA-256 of the content: equal when nothing that the list says has changed."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def of(content: dict[str, object]) -> Entry:
    """Inverse of `Entry.content`."""
    said: dict[str, object] = {k: tuple(v) if isinstance(v, list) else v for k, v in content.items()}
    names = tuple(Name(n["text"], Strength(n["strength"])) for n in said.pop("names"))  # type: ignore[attr-defined]
    return Entry(kind=Kind(str(said.pop("kind"))), names=names, **said)  # type: ignore[arg-type]


def folded(text: str) -> str:
    """A name as it is compared at first sight: NFKC, no case, no accents, no punctuation, single spaces."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = (c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join("".join(kept).split())


def distinct(words: Sequence[str]) -> tuple[str, ...]:
    """Those that say something, each once, in their order."""
    return tuple(dict.fromkeys(clean for word in words if (clean := " ".join(word.split()))))


def named(found: Sequence[tuple[str, Strength]]) -> tuple[Name, ...]:
    """The names of an entry, each once under the first strength it came with."""
    first: dict[str, Name] = {}
    for text, strength in found:
        clean = " ".join(text.split())
        if folded(clean):
            first.setdefault(clean.casefold(), Name(clean, strength))
    return tuple(first.values())
