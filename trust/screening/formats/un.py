"""The consolidated list of the United Nations Security Council, XML (sc-sanctions.xsd)."""

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import parse

from app.core.i18n import _
from trust.screening.entries import Entry, Kind, Strength, distinct, named
from trust.screening.errors import BadList

ROOT = "CONSOLIDATED_LIST"
QUALITY = {"good": Strength.STRONG, "a.k.a.": Strength.STRONG, "f.k.a.": Strength.FORMER, "low": Strength.WEAK}
SHIP = re.compile(r"\bIMO(?: ship| vessel)?(?: identification)?(?: number| no\.?)?\W{0,3}(\d{7})\b", re.IGNORECASE)
"""Ships that companies on the list own, or that were named themselves, stand in its comments."""
GROUPS = (("INDIVIDUALS/INDIVIDUAL", Kind.PERSON), ("ENTITIES/ENTITY", Kind.COMPANY))


def read(data: bytes, *, field: str = "un") -> tuple[date, list[Entry]]:
    """The day it was generated, and its entries. Raises BadList."""
    try:
        root = parse(BytesIO(data), forbid_dtd=True).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadList(_("This is not well-formed XML, or not all of it."), field=field) from error
    if root is None or root.tag != ROOT:
        raise BadList(_("This is not the consolidated list of the United Nations."), field=field)
    try:
        made = date.fromisoformat(root.get("dateGenerated", "")[:10])
        found = [_entry(node, kind) for path, kind in GROUPS for node in root.iterfind(path)]
    except ValueError as error:
        raise BadList(_("This list says a date or name that cannot be read."), field=field) from error
    if not found:
        raise BadList(_("This list is empty."), field=field)
    return made, found


def _entry(node: Any, kind: Kind) -> Entry:
    prefix = "INDIVIDUAL" if kind is Kind.PERSON else "ENTITY"
    parts = [_said(node, f"{place}_NAME") for place in ("FIRST", "SECOND", "THIRD", "FOURTH")]
    names = [(" ".join(parts), Strength.PRIMARY), (_said(node, "NAME_ORIGINAL_SCRIPT"), Strength.ORIGINAL)]
    for alias in node.iterfind(f"{prefix}_ALIAS"):
        strength = QUALITY.get(_said(alias, "QUALITY").lower(), Strength.STRONG)
        names.append((_said(alias, "ALIAS_NAME"), strength))
    known = named(names)
    reference = _said(node, "REFERENCE_NUMBER") or _said(node, "DATAID")
    if not known or not reference:
        raise ValueError("an entry without name or reference")
    countries = [_said(value, "") for value in node.iterfind("NATIONALITY/VALUE")]
    countries += [_said(place, "COUNTRY") for place in node.iterfind(f"{prefix}_ADDRESS")]
    return Entry(
        reference=reference,
        kind=kind,
        names=known,
        programme=_said(node, "UN_LIST_TYPE"),
        countries=distinct(countries),
        born=distinct(list(_births(node))),
        identifiers=distinct([*_papers(node), *(f"IMO {number}" for number in _ships(node))]),
        listed_on=_said(node, "LISTED_ON")[:10],
        remarks=_said(node, "COMMENTS1"),
    )


def _births(node: Any) -> Iterator[str]:
    for birth in node.iterfind("INDIVIDUAL_DATE_OF_BIRTH"):
        begin, end = _said(birth, "FROM_YEAR"), _said(birth, "TO_YEAR")
        yield _said(birth, "DATE")[:10] or _said(birth, "YEAR") or (f"{begin}/{end}" if begin and end else begin or end)


def _papers(node: Any) -> Iterator[str]:
    for paper in node.iterfind("INDIVIDUAL_DOCUMENT"):
        if number := _said(paper, "NUMBER"):
            yield f"{_said(paper, 'TYPE_OF_DOCUMENT')} {number}"


def _ships(node: Any) -> Iterator[str]:
    yield from SHIP.findall(_said(node, "COMMENTS1"))


def _said(node: Any, name: str) -> str:
    """The text of a child, or of the node itself for ""; "" where nothing stands."""
    text = node.text if not name else node.findtext(name)
    return " ".join((text or "").split())
