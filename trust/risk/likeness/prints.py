"""How alike two pictures or two texts are, by small prints of them. Pure: bytes and words in, numbers out.

Pictures: the 64 lowest frequencies of a grey 32 × 32 picture, each above their median or not (perceptual hash by a
discrete cosine transform). What is drawn anew in another size, quality or tone keeps its print but for a few bits.

Texts: their shingles, every 5 signs in a row, so that Chinese needs no words. Two texts are as alike as the share of
shingles they have in common among all that either has (Jaccard). Which texts are worth comparing is found by MinHash
with one permutation (Li, Owen, Zhang 2012; empty bins filled by the next one: Shrivastava, Li 2014).
"""

import hashlib
import io
import math
import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from itertools import product

from PIL import Image, ImageStat

EDGE = 32
LOW = 8
PICTURE_BITS = LOW * LOW
FLAT = 4
"""Grey levels of standard deviation below which a picture shows too little to be told apart by."""
BANDS, BAND_BITS = 4, 16
FINDABLE = 2 * BANDS - 1
"""Prints that differ in so many bits have a band in which they differ by one at most, and so are found for sure."""
SHINGLE = 5
MOST_SIGNS = 4000
"""So much of a text is read."""
TEXT_BANDS, ROWS = 12, 5
"""Texts that are alike to 85 % share a band with a chance of 99.9 %, to 50 % of 32 %, to 30 % of 3 %."""
_BIN = (1 << 64) // (TEXT_BANDS * ROWS) + 1
_SPREAD, _MOST = 0x9E3779B97F4A7C15, (1 << 64) - 1
"""Over all 64 bits, by the golden ratio (Fibonacci hashing)."""
_COSINES = tuple(
    tuple(math.cos(math.pi * frequency * (2 * place + 1) / (2 * EDGE)) for place in range(EDGE))
    for frequency in range(LOW)
)
_GAP = re.compile(r"[\W_]+")


def picture_print(data: bytes) -> int | None:
    """The print of a WebP picture, a whole number of 64 bits; None where it shows next to nothing."""
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as source:
        image = Image.alpha_composite(Image.new("RGBA", source.size, "white"), source.convert("RGBA"))
    grey = image.convert("L").resize((EDGE, EDGE), Image.Resampling.LANCZOS)
    if ImageStat.Stat(grey).stddev[0] < FLAT:
        return None
    pixels = grey.tobytes()
    rows = [_transformed(pixels[EDGE * y : EDGE * (y + 1)]) for y in range(EDGE)]
    columns = [_transformed([row[x] for row in rows]) for x in range(LOW)]
    values = [columns[x][y] for y, x in product(range(LOW), repeat=2)]
    middle = sorted(values[1:])[len(values) // 2 - 1]  # without the mean brightness
    return sum(1 << place for place, value in enumerate(values) if value > middle)


def _transformed(line: Sequence[float]) -> list[float]:
    return [sum(value * wave for value, wave in zip(line, waves, strict=True)) for waves in _COSINES]


def differ(one: int, other: int) -> int:
    """In how many bits two prints of pictures differ."""
    return (one ^ other).bit_count()


def picture_bands(print_: int) -> tuple[int, ...]:
    return tuple((print_ >> (BAND_BITS * band)) & ((1 << BAND_BITS) - 1) for band in range(BANDS))


def nearby(band: int) -> list[int]:
    """A band, and all that differ from it in one bit."""
    return [band, *(band ^ (1 << bit) for bit in range(BAND_BITS))]


def signed(print_: int) -> int:
    """A print as the database keeps 64 bits."""
    return print_ - (1 << 64) if print_ >> 63 else print_


def unsigned(kept: int) -> int:
    return kept & ((1 << 64) - 1)


def plain(text: str) -> str:
    """A text in small letters, with one space for all between its words."""
    return _GAP.sub(" ", unicodedata.normalize("NFKC", text[:MOST_SIGNS]).casefold()).strip()


def shingles(text: str) -> frozenset[str]:
    """Of a text that is plain already."""
    return frozenset([text[place : place + SHINGLE] for place in range(len(text) - SHINGLE + 1)])


def alike(one: frozenset[str], other: frozenset[str]) -> int:
    """In percent, rounded down."""
    both = len(one & other)
    return 100 * both // (len(one) + len(other) - both) if both else 0


def text_bands(found: frozenset[str]) -> list[int]:
    """By what texts alike are found: numbers of 64 bits with sign, each with its place in it; none of an empty text."""
    # Some thousand a text, so a quick hash does; in this order the last one of a bin is its lowest.
    values = sorted([zlib.crc32(shingle.encode()) * _SPREAD & _MOST for shingle in found], reverse=True)
    lowest = {value // _BIN: value for value in values}
    return [_digest(band, row) for band, row in enumerate(_filled(lowest))] if lowest else []


def _filled(lowest: dict[int, int]) -> Iterator[list[int]]:
    """Each band's lowest values; an empty bin takes that of the next one that is not, with how far away it was."""
    number = TEXT_BANDS * ROWS
    values = []
    for bin_ in range(number):
        away = next(step for step in range(number) if (bin_ + step) % number in lowest)
        values.append(lowest[(bin_ + away) % number] + away)
    for band in range(TEXT_BANDS):
        yield values[ROWS * band : ROWS * (band + 1)]


def _digest(band: int, row: list[int]) -> int:
    said = repr((band, row)).encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), signed=True)


def shared_passage(text: str, other: frozenset[str], *, most: int = 160) -> str:
    """The longest passage of a plain text all of whose shingles another text has too, cut to so many signs."""
    best = begun = length = 0
    for place in range(len(text) - SHINGLE + 1):
        if text[place : place + SHINGLE] not in other:
            begun = place + 1
        elif place - begun + SHINGLE > length:
            best, length = begun, place - begun + SHINGLE
    return text[best : best + min(length, most)]
