"""Which characters a TrueType font can print, read from its own character map (OpenType `cmap`, format 12)."""

import struct
from functools import cache
from pathlib import Path

_FULL_REPERTOIRE = (3, 10)  # platform Windows, encoding UCS-4
_SEGMENTED_COVERAGE = 12


@cache
def repertoire(fonts: tuple[Path, ...]) -> frozenset[int]:
    """The code points that every one of `fonts` has a glyph for, so that bold text prints as plain text does.

    Raises ValueError if a font has no full-repertoire character map.
    """
    return frozenset.intersection(*(_characters(font) for font in fonts))


def _characters(font: Path) -> frozenset[int]:
    data = font.read_bytes()
    cmap = _table(data, b"cmap")
    for record in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * record)
        kind = struct.unpack_from(">H", data, cmap + offset)[0]
        if (platform, encoding) == _FULL_REPERTOIRE and kind == _SEGMENTED_COVERAGE:
            return _segments(data, cmap + offset)
    raise ValueError(f"{font.name} has no full-repertoire character map")


def _table(data: bytes, tag: bytes) -> int:
    for place in range(struct.unpack_from(">H", data, 4)[0]):
        name, _, offset = struct.unpack_from(">4sII", data, 12 + 16 * place)
        if name == tag:
            return int(offset)
    raise ValueError(f"the font has no {tag.decode()} table")


def _segments(data: bytes, start: int) -> frozenset[int]:
    """Runs of (first character, last character, first glyph); glyph 0 is the box for "missing"."""
    count = struct.unpack_from(">I", data, start + 12)[0]
    found: set[int] = set()
    for first, last, glyph in struct.iter_unpack(">III", data[start + 16 : start + 16 + 12 * count]):
        found.update(range(first + (glyph == 0), last + 1))
    return frozenset(found)
