"""Typst templates as PDF/A-2b: the same data gives the same file, byte for byte.

Typst sets the page in a process apart, with bounded time and memory. What people wrote reaches it as data, never as
markup, and only after every character is known to have a glyph.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.core.errors import Invalid, Unavailable
from app.core.i18n import _
from app.core.typesetting.glyphs import repertoire
from app.core.workshop import JobFailed, JobTooLong, Limits, Workshop

SHOP = Workshop("app.core.typesetting.worker")
FONTS = "NotoSansSC*.ttf"
BOX = "□"


class UnprintableText(Invalid):
    """Text with characters the document font has no glyph for. `field` is its dotted path in the terms."""

    code = "unprintable_text"

    def __init__(self, field: str, characters: str) -> None:
        message = _("These characters cannot be printed in a document: %(characters)s") % {"characters": characters}
        super().__init__(message, field=field, characters=characters)
        self.field = field
        self.characters = characters


class RenderingFailed(Unavailable):
    """The document could not be set. Fact `reason` is for operators."""

    code = "rendering_failed"


class RenderingTooLong(RenderingFailed):
    """The document took more processor or clock time than it may."""

    code = "rendering_too_long"


LIMITS = Limits()
"""A contract of four pages takes about 0.2 s of processor time and 85 MB."""


def check_printable(tree: Any, *, font_dir: Path) -> None:
    """Raises UnprintableText for the first text in a JSON-like tree that the document fonts cannot print whole."""
    known = repertoire(_fonts(font_dir))
    for field, text in _texts(tree, ()):
        missing = dict.fromkeys(c for c in text if c != "\n" and ord(c) not in known)
        if missing:
            raise UnprintableText(field, "".join(missing))


async def typeset(
    template: Path, data: Mapping[str, Any], *, font_dir: Path, timestamp: int, limits: Limits = LIMITS
) -> bytes:
    """Any Typst template with its data as PDF/A-2b; the template reads `json(bytes(sys.inputs.data))`.

    timestamp  UNIX seconds, written into the file as its creation time
    raises     RenderingTooLong, RenderingFailed
    """
    job = {"template": str(template), "fonts": str(font_dir), "data": data, "timestamp": timestamp}
    try:
        return await SHOP.do(json.dumps(job, ensure_ascii=False).encode(), limits)
    except JobTooLong as error:
        raise RenderingTooLong(_("The document takes too long to prepare."), reason=str(error)) from None
    except JobFailed as error:
        raise RenderingFailed(_("The document could not be prepared."), reason=str(error)) from None


@cache
def _fonts(font_dir: Path) -> tuple[Path, ...]:
    fonts = tuple(sorted(font_dir.glob(FONTS)))
    if not fonts:
        raise RenderingFailed(_("The document could not be prepared."), reason=f"no {FONTS} in {font_dir}")
    return fonts


def _texts(node: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    match node:
        case str():
            yield ".".join(path), node
        case dict():
            for key, value in node.items():
                yield from _texts(value, (*path, key))
        case list():
            for place, value in enumerate(node):
                yield from _texts(value, (*path, str(place)))


def legible(tree: Any, *, font_dir: Path) -> Any:
    """A JSON-like tree with a box in place of every character that the document fonts cannot print."""
    known = repertoire(_fonts(font_dir))

    def shown(node: Any) -> Any:
        match node:
            case str():
                return "".join(c if c == "\n" or ord(c) in known else BOX for c in node)
            case dict():
                return {key: shown(value) for key, value in node.items()}
            case list():
                return [shown(value) for value in node]
        return node

    return shown(tree)
