"""Which country an address is registered in, and whether a data centre has it: from files, without asking anybody.

The countries are those of the five regional registries (data of the NRO, CC BY 4.0), as `app.assets` fetches them:
lines `first,last,CC` of whole numbers, both ends included. Data centres are the operator's own list, a network a line.
"""

import ipaddress
from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from app.core import log

DATA = Path(__file__).parent.parent / "traffic" / "data"
"""Where `app.assets` puts the lists, beside those by which page views are told apart."""
UNKNOWN = "ZZ"
HALF = 64  # bits of an IPv6 address that name a network; no registry gives out less than a /64
logger = log.get("portolan.networks")


@dataclass
class Ranges:
    """Ranges of numbers that do not overlap, in order, each with a word of two letters: 10 bytes of memory a range of
    IPv4, 18 of IPv6."""

    firsts: "array[int]"
    lasts: "array[int]"
    words: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, bits: int, rows: Iterable[tuple[int, int, str]]) -> "Ranges":
        """Neighbours with the same word are put together."""
        made = cls(array("I" if bits == 32 else "Q"), array("I" if bits == 32 else "Q"))
        for first, last, word in sorted(rows):
            if made.firsts and made.lasts[-1] + 1 >= first and made.words[-2:] == word.encode():
                made.lasts[-1] = max(last, made.lasts[-1])
                continue
            made.firsts.append(first)
            made.lasts.append(last)
            made.words += word.encode()
        return made

    def word(self, number: int) -> str:
        """That of the range in which it lies, or ""."""
        place = bisect_right(self.firsts, number) - 1
        if place < 0 or number > self.lasts[place]:
            return ""
        return self.words[2 * place : 2 * place + 2].decode()


@dataclass(frozen=True)
class Table:
    """One kind of ranges for both sorts of addresses."""

    v4: Ranges
    v6: Ranges

    def word(self, address: str) -> str:
        """Of an address as text; "" for what is no address or stands nowhere. IPv4 written as IPv6 is IPv4."""
        try:
            known = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return ""
        if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        if isinstance(known, ipaddress.IPv6Address):
            return self.v6.word(int(known) >> HALF)
        return self.v4.word(int(known))


def read(path: Path, bits: int) -> Ranges:
    """A file of countries. A missing one is said so in the log, and knows none."""
    if not path.exists():
        logger.warning("networks.no_countries", path=str(path), remedy="python -m app.assets")
        return Ranges.of(bits, ())
    shift = HALF if bits == 128 else 0
    with path.open() as file:
        lines = (line.rstrip().split(",") for line in file)
        return Ranges.of(bits, ((int(first) >> shift, int(last) >> shift, code) for first, last, code in lines))


def read_networks(path: Path) -> Table:
    """A file of networks, one a line (`203.0.113.0/24`), `#` begins a remark; a missing one has none. Raises ValueError
    for a line that is none."""
    lines = path.read_text().splitlines() if path.exists() else ()
    found = [ipaddress.ip_network(text) for line in lines if (text := line.partition("#")[0].strip())]
    v4 = [(int(n[0]), int(n[-1]), "DC") for n in found if n.version == 4]
    v6 = [(int(n[0]) >> HALF, int(n[-1]) >> HALF, "DC") for n in found if n.version == 6]
    return Table(Ranges.of(32, v4), Ranges.of(128, v6))


@dataclass(frozen=True)
class Networks:
    countries: Table
    centres: Table

    def country(self, address: str) -> str:
        """ISO 3166-1 alpha-2, or ZZ."""
        return self.countries.word(address) or UNKNOWN

    def hosted(self, address: str) -> bool:
        """Whether a data centre has it."""
        return bool(self.centres.word(address))

    def whereabouts(self, address: str) -> str:
        """The country somebody probably is in: "" where it is not known, or a data centre (a VPN) stands between."""
        country = self.country(address)
        return "" if country == UNKNOWN or self.hosted(address) else country


@lru_cache(maxsize=2)
def networks(folder: Path | None) -> Networks:
    """What `folder` has, and what is shipped for the rest: country-ipv4.csv, country-ipv6.csv, data-centres.txt. Read
    once a process, with the first address that is looked up."""

    def place(name: str) -> Path:
        own = folder / name if folder else None
        return own if own and own.exists() else DATA / name

    countries = Table(read(place("country-ipv4.csv"), 32), read(place("country-ipv6.csv"), 128))
    return Networks(countries, read_networks(place("data-centres.txt")))
