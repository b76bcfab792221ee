"""The companies of the demo world and the people who act for them. All of them are invented.

Numbers are well formed, so that every check of the site passes, and belong to nobody we know of; mail goes to
hosts under `.example`, which exist nowhere (RFC 2606).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stdnum.cn import uscc

DATA = Path(__file__).parent / "data"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Person:
    """Somebody who acts for a company. `roles` are values of `trust.access.Role`."""

    name: str
    email: str
    roles: tuple[str, ...]
    locale: str


@dataclass(frozen=True)
class Organisation:
    """A company as it registers, and how far its verification has come.

    key           a short name to refer to it by, also its mail host `<key>.example`
    number        USCC for China; VAT number in the EU; LEI or the register's number elsewhere
    standing      verified | contact | pending | restricted
    makes         leaf categories it supplies, or buys
    destination   UN/LOCODE of the port its goods leave from, or arrive at
    """

    key: str
    country: str
    city_en: str
    city_zh: str
    name_original: str
    name_latin: str
    number: str
    phone: str
    address: str
    website: str
    sells: bool
    standing: str
    manufacturer: bool
    founded: int
    about_en: str
    about_zh: str
    makes: tuple[str, ...]
    port: str
    members: tuple[Person, ...]

    @property
    def buys(self) -> bool:
        return not self.sells

    def member(self, role: str) -> Person:
        """The first member in this role. Raises StopIteration if there is none."""
        return next(person for person in self.members if role in person.roles)


def organisation_check_digit(body: str) -> str:
    """The ninth character of an organisation code from its first eight (GB 11714-1997, modulo 11)."""
    total = sum(int(char, 36) * weight for char, weight in zip(body, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def credit_code(key: str, division: str) -> str:
    """A unified social credit code (GB 32100-2015) of a company in this division, with both check digits right."""
    serial = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 1_000_000
    body = f"MA{serial:06d}"
    first = f"91{division}{body}{organisation_check_digit(body)}"
    return first + str(uscc.calc_check_digit(first))


@cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads((DATA / "people.json").read_text(encoding="utf-8"))
    return data


@cache
def suppliers() -> tuple[Organisation, ...]:
    """The sellers, in China."""
    names = _chinese_names()
    return tuple(_supplier(row, names) for row in _data()["suppliers"])


@cache
def buyers() -> tuple[Organisation, ...]:
    """The buyers, overseas."""
    return tuple(_buyer(row) for row in _data()["buyers"])


def organisations() -> tuple[Organisation, ...]:
    return suppliers() + buyers()


@cache
def staff() -> tuple[Person, ...]:
    """Those who run and judge the platform: one for each staff role."""
    return tuple(Person(row["name"], row["email"], (row["role"],), row["locale"]) for row in _data()["staff"])


def _chinese_names() -> Iterator[tuple[str, str]]:
    """Names in Chinese and Latin letters; no two alike among the first few hundred."""
    families, given = _data()["families"], _data()["given"]
    for number in range(len(families) * len(given)):
        family = families[number % len(families)]
        name = given[(number * 7 + number // len(families)) % len(given)]
        yield family[0] + name[0], f"{family[1]} {name[1]}"


SELLING_TEAM = (("owner", "signatory"), ("sales",), ("finance",))
BUYING_TEAM = (("owner", "signatory"), ("purchaser",), ("finance",))


def _supplier(row: Mapping[str, Any], names: Iterator[tuple[str, str]]) -> Organisation:
    members = []
    for roles in SELLING_TEAM:
        chinese, latin = next(names)
        address = f"{latin.replace(' ', '.').lower()}@{row['key']}.example"
        members.append(Person(chinese, address, roles, "zh-Hans"))
    return _organisation(
        row, country="CN", number=credit_code(row["key"], row["division"]), sells=True, members=tuple(members)
    )


def _buyer(row: Mapping[str, Any]) -> Organisation:
    members = tuple(
        Person(name, f"{_plain(name)}@{row['key']}.example", roles, "en")
        for name, roles in zip(row["people"], BUYING_TEAM, strict=True)
    )
    return _organisation(row, country=row["country"], number=row["number"], sells=False, members=members)


def _plain(name: str) -> str:
    """A name as the part of an address before the @, without accents."""
    plain = name.translate(str.maketrans(_data()["accents"]))
    return ".".join(plain.lower().replace("'", "").split())


def _organisation(
    row: Mapping[str, Any], *, country: str, number: str, sells: bool, members: tuple[Person, ...]
) -> Organisation:
    return Organisation(
        key=row["key"],
        country=country,
        city_en=row["city"][0],
        city_zh=row["city"][1],
        name_original=row["name"][0],
        name_latin=row["name"][-1],
        number=number,
        phone=row["phone"],
        address=row["address"],
        website=f"https://www.{row['key']}.example",
        sells=sells,
        standing=row["standing"],
        manufacturer=row.get("manufacturer", False),
        founded=row["founded"],
        about_en=row["about"][0],
        about_zh=row["about"][1],
        makes=tuple(row["makes"]),
        port=row["port"],
        members=members,
    )
