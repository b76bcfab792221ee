"""`python -m app.translations`: brings every catalogue up to date with the code and templates; says what is missing.

English is the language of the message ids; every other language has `app/locale/<lang>/LC_MESSAGES/portolan.po`,
read as it is at start (no compiled copy to go stale).
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from app.core.i18n import CATALOGUES, DEFAULT, LOCALES, po_path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("app", "listings", "orders", "payments", "trust", "templates")
KEYWORDS = {"_": None, "_n": (1, 2), "N_": None, "gettext": None, "ngettext": (1, 2)}
METHODS = [
    ("**.html", "jinja2"),
    ("**.txt", "jinja2"),
    ("**.py", "python"),
]
OPTIONS = {"jinja2": {"extensions": "jinja2.ext.do", "trimmed": "false", "silent": "false", "encoding": "utf-8"}}
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd]|\{(\w+)\}")


@dataclass(frozen=True)
class Found:
    id: str | tuple[str, ...]
    place: str
    line: int


def extract() -> Iterator[Found]:
    """Every message of the code and templates, with where it stands."""
    for place in PLACES:
        options = {pattern: OPTIONS.get(method, {}) for pattern, method in METHODS}
        found = extract_from_dir(
            ROOT / place,
            method_map=METHODS,
            options_map=options,
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            directory_filter=lambda folder: Path(folder).name not in {"__pycache__", "static", "node_modules"},
        )
        for filename, line, message, _comments, _context in found:
            yield Found(message, f"{place}/{filename}", line)


def template_catalogue() -> Catalog:
    catalogue = Catalog(domain="portolan", project="Portolan", charset="utf-8")
    for found in extract():
        catalogue.add(found.id, locations=[(found.place, 0)])
    return catalogue


def load(locale: str) -> Catalog:
    path = po_path(locale)
    if not path.exists():
        return Catalog(locale=locale.replace("-", "_"), domain="portolan", project="Portolan", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=locale.replace("-", "_"), domain="portolan")


def faults(locale: str) -> list[str]:
    """What is wrong with a catalogue: missing, unused, untranslated or fuzzy messages, placeholders that differ."""
    catalogue = load(locale)
    wanted = {m.id for m in template_catalogue() if m.id}
    wrong = [f"missing: {id_!r}" for id_ in sorted(wanted - {m.id for m in catalogue}, key=str)]
    for message in catalogue:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.id not in wanted:
            wrong.append(f"unused: {message.id!r}")
        elif not all(texts):
            wrong.append(f"untranslated: {message.id!r}")
        elif message.fuzzy:
            wrong.append(f"fuzzy: {message.id!r}")
        elif _placeholders(message.id) != _placeholders(texts):
            wrong.append(f"placeholders differ: {message.id!r}")
    return wrong


def _placeholders(texts: object) -> set[str]:
    joined = " ".join(str(t) for t in texts) if isinstance(texts, tuple | list) else str(texts)
    return {match.group() for match in PLACEHOLDER.finditer(joined)}


def update(locale: str, translations: dict[str, str] | None = None) -> None:
    """Bring one catalogue up to date; `translations` (singular message id → text) fills what is still empty."""
    old = load(locale)
    new = Catalog(locale=locale.replace("-", "_"), domain="portolan", project="Portolan", charset="utf-8")
    for wanted in template_catalogue():
        if not wanted.id:
            continue
        known = old.get(wanted.id)
        text = known.string if known else ""
        singular = wanted.id if isinstance(wanted.id, str) else wanted.id[0]
        if not (any(text) if isinstance(text, tuple | list) else text):
            text = (translations or {}).get(singular, "")
        if isinstance(wanted.id, tuple) and isinstance(text, str):
            text = (text,) * new.num_plurals
        new.add(wanted.id, text, locations=wanted.locations)
    path = po_path(locale)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, sort_output=True, omit_header=False, include_lineno=False, width=0)


def main() -> int:
    wrong: list[str] = []
    for locale in LOCALES:
        if locale != DEFAULT:
            update(locale)
            wrong += [f"{locale}: {fault}" for fault in faults(locale)]
    for fault in wrong:
        sys.stdout.write(fault + "\n")
    sys.stdout.write(f"{len(wrong)} to translate in {CATALOGUES}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
