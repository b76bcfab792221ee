"""What may be added to a PDF after a signature: other signatures, timestamps, and what is needed to check them."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring
from pyhanko.pdf_utils.generic import DictionaryObject, Reference
from pyhanko.pdf_utils.reader import HistoricalResolver
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    SuspiciousModification,
    XrefStreamRule,
)
from pyhanko.sign.diff_analysis.rules_api import ReferenceUpdate, WhitelistRule

OF_THE_TOOL = {"ModDate", "Producer", "ModifyDate", "MetadataDate"}
"""Who wrote the file last, and when: every signature changes these."""


class SameWordsRule(WhitelistRule):
    """A file is not given another title, author or subject. pyHanko's own rules let that pass."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterator[ReferenceUpdate]:
        if _words(old) != _words(new):
            raise SuspiciousModification("the document was given other words about itself")
        yield from DocInfoRule().apply(old, new)
        yield from MetadataUpdateRule().apply(old, new)


STRICT = StandardDiffPolicy(
    global_rules=[
        rule.as_qualified(ModificationLevel.LTA_UPDATES)
        for rule in (SameWordsRule(), XrefStreamRule(), ObjectStreamRule(), DSSCompareRule())
    ]
    + [CatalogModificationRule()],
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
)


def _words(state: HistoricalResolver) -> dict[str, set[str]]:
    """What the document says about itself, by the name of the property."""
    said: dict[str, set[str]] = {}
    info = _then(state, state.trailer_view, "/Info")
    for name, value in ({} if info is None else info).items():
        said.setdefault(name.removeprefix("/"), set()).add(str(value))
    metadata = _then(state, state.root, "/Metadata")
    if metadata is not None:
        try:
            tree = fromstring(metadata.data)
        except ParseError as error:
            raise SuspiciousModification("what the document says about itself cannot be read") from error
        for name, value in _properties(tree):
            said.setdefault(name, set()).add(value)
    return {name: values for name, values in said.items() if name not in OF_THE_TOOL}


def _then(state: HistoricalResolver, container: DictionaryObject, name: str) -> Any:
    """An object as it was in that revision, or None. What a resolver gives leads to the newest one."""
    at = container.get_value_as_reference(name, optional=True)
    return at and state.reader.get_object(Reference(at.idnum, at.generation, state.reader), state.revision)


def _properties(tree: Element) -> Iterator[tuple[str, str]]:
    for node in tree.iter():
        for name, value in [(node.tag, (node.text or "").strip()), *node.attrib.items()]:
            if value:
                yield name.rpartition("}")[2], value
