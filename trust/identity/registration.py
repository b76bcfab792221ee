"""Is this a company that can exist: its country, names, registration number and telephone. Pure; asks no registry.

A number that passes here is well formed. That the company bearing it exists, and who speaks for it, is verification's
business.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import phonenumbers
import pycountry
from stdnum import exceptions as wrong
from stdnum import lei as lei_numbers
from stdnum.cn import uscc
from stdnum.eu import vat

from app.core.errors import Invalid
from app.core.i18n import _

COUNTRIES = frozenset(country.alpha_2 for country in pycountry.countries)
VAT_PREFIXES = {
    ("GR" if state == "gr" else state.upper()): ("EL" if state == "gr" else state.upper())
    for state in vat.MEMBER_STATES - {"xi"}
}
"""Country of the European Union → the letters its VAT numbers begin with (Directive 2006/112/EC, art. 215)."""

ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LEI_LENGTH = 20
LONGEST_REGISTRY = 30
LONGEST_WEBSITE = 200
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Kind(StrEnum):
    """What sort of number tells a company apart in its country."""

    USCC = "uscc"
    VAT = "vat"
    LEI = "lei"
    REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Company:
    """A company as it registers; every field checked and in its normal form."""

    country: str
    name_original: str
    name_latin: str
    kind: Kind
    number: str
    lei: str
    phone: str
    address: str
    website: str
    buys: bool
    sells: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """A company as it was typed."""

    country: str
    name_original: str
    name_latin: str
    registration_number: str
    lei: str
    phone: str
    address: str
    website: str
    buys: bool
    sells: bool


def company(claim: Claim, *, prefix: str = "") -> Company:
    """The claim, checked. Raises Invalid naming every field that cannot be so, each name after `prefix`."""
    errors: dict[str, str] = {}

    def checked(field: str, check: Callable[..., str], *args: str) -> str:
        try:
            return check(*args)
        except Invalid as error:
            errors[f"{prefix}{field}"] = error.message
            return ""

    country = checked("country", country_code, claim.country)
    original = checked("name_original", plain_text, claim.name_original)
    latin = checked("name_latin", latin_name, claim.name_latin or claim.name_original)
    lei = checked("lei", lei_number, claim.lei) if claim.lei else ""
    kind, number = Kind.REGISTRY, ""
    if country:
        kind = kind_of(country, claim.registration_number)
        number = checked("registration_number", registration_number, country, claim.registration_number)
    phone = checked("phone", phone_number, claim.phone, country)
    address = checked("address", plain_text, claim.address)
    website = checked("website", web_address, claim.website)
    if not (claim.buys or claim.sells):
        errors[f"{prefix}buys"] = _("Choose at least one: buy, sell, or both.")
    if errors:
        raise Invalid.many(errors, _("Please check the marked fields."))
    lei = number if kind is Kind.LEI else lei
    return Company(
        country, original, latin, kind, number, lei, phone, address, website, buys=claim.buys, sells=claim.sells
    )


def country_code(code: str) -> str:
    """ISO 3166-1 alpha-2, in capitals. Raises Invalid."""
    known = code.strip().upper()
    if known not in COUNTRIES:
        raise Invalid(_("Please choose a country."))
    return known


def kind_of(country: str, number: str) -> Kind:
    """Which sort of number a company of this country gives; outside China and the EU an LEI is known by its digits."""
    if country == "CN":
        return Kind.USCC
    if country in VAT_PREFIXES:
        return Kind.VAT
    return Kind.LEI if is_lei(number) else Kind.REGISTRY


def registration_number(country: str, number: str) -> str:
    """The number in its normal form. Raises Invalid with what is wrong with it."""
    match kind_of(country, number):
        case Kind.USCC:
            return uscc_number(number)
        case Kind.VAT:
            return vat_number(country, number)
        case Kind.LEI:
            return lei_number(number)
    return registry_number(number)


def uscc_number(number: str) -> str:
    """A unified social credit code with both check digits right.

    GB 32100-2015: 18 characters; the last is a check digit over the other 17 (modulo 31). Characters 9 to 17 are the
    organisation code of GB 11714-1997, whose own last character is a check digit over its first eight (modulo 11).
    """
    try:
        code: str = uscc.validate(number)
    except wrong.InvalidLength:
        raise Invalid(_("A unified social credit code has 18 characters.")) from None
    except wrong.InvalidFormat:
        message = _("A unified social credit code is 8 digits, then digits and letters without I, O, S, V and Z.")
        raise Invalid(message) from None
    except wrong.ValidationError:
        raise Invalid(_("The check digit of this code does not fit. Please compare it with the licence.")) from None
    if code[16] != organisation_check_digit(code[8:16]):
        raise Invalid(_("Characters 9 to 17 do not fit together. Please compare the code with the licence."))
    return code


def organisation_check_digit(body: str) -> str:
    """The ninth character of an organisation code, from its first eight (GB 11714-1997)."""
    total = sum(
        ORGANISATION_DIGITS.index(char) * weight for char, weight in zip(body, ORGANISATION_WEIGHTS, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def vat_number(country: str, number: str) -> str:
    """A VAT number of this member state, with its prefix; the prefix may be left out."""
    prefix = VAT_PREFIXES[country]
    typed = "".join(c for c in number.upper() if c.isalnum())
    foreign = typed[:2] != prefix and typed[:2] in VAT_PREFIXES.values() and vat.is_valid(typed)
    if foreign and not vat.is_valid(prefix + typed):
        raise Invalid(_("This VAT number is of another country."))
    try:
        full: str = vat.validate(typed if typed.startswith(prefix) else prefix + typed)
    except wrong.ValidationError:
        raise Invalid(
            _("This is not a valid VAT number of this country. It begins with %(prefix)s.") % {"prefix": prefix}
        ) from None
    return full


def lei_number(number: str) -> str:
    """A legal entity identifier with its check digits (ISO 17442)."""
    if not is_lei(number):
        raise Invalid(_("This is not a valid LEI: 20 characters, the last two are check digits."))
    return str(lei_numbers.compact(number))


def is_lei(number: str) -> bool:
    """The library checks the remainder alone; ISO 17442 fixes the length too."""
    return len(lei_numbers.compact(number)) == LEI_LENGTH and bool(lei_numbers.is_valid(number))


def registry_number(number: str) -> str:
    """A number of a company register, in capitals, without spaces."""
    found = "".join(unicodedata.normalize("NFKC", number).upper().split())
    fitting = all((c.isascii() and c.isalnum()) or c in "-/." for c in found)
    if not fitting or not any(c.isdecimal() for c in found) or not 2 <= len(found) <= LONGEST_REGISTRY:
        raise Invalid(_("Please enter the number in the company register: letters, digits, - / and ."))
    return found


def phone_number(number: str, country: str = "") -> str:
    """E.164, such as +8675512345678; a number without a country code is read as one of `country`."""
    try:
        parsed = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        raise Invalid(_("This is not a telephone number. Write it with its country code, such as +49 40 1234567."))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def plain_text(text: str) -> str:
    """One line in normal form. Raises Invalid for control characters and for marks that turn text round unseen."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if not line or any(unicodedata.category(c) == "Cc" or c in BIDI_CONTROLS for c in line):
        raise Invalid(_("Please write plain text on one line."))
    return line


def latin_name(text: str) -> str:
    """A name in Latin letters, as contracts and customs papers need it."""
    line = plain_text(text)
    letters = [c for c in line if c.isalpha()]
    if not letters or not all(unicodedata.name(c, "").startswith("LATIN") for c in letters):
        raise Invalid(_("Please write the name in Latin letters, as on your export papers."))
    return line


def web_address(address: str) -> str:
    """An address of a website, with its scheme; "" stays ""."""
    typed = address.strip()
    if not typed:
        return ""
    full = typed if "://" in typed else f"https://{typed}"
    try:
        parts = urlsplit(full)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    plain = full.isprintable() and " " not in full and len(full) <= LONGEST_WEBSITE
    if not plain or "." not in host.strip(".") or parts.scheme not in {"http", "https"} or parts.username is not None:
        raise Invalid(_("This is not the address of a website, such as https://www.company.com."))
    return full


def slug_of(name: str) -> str:
    """A readable part of an address, from a Latin name: lower case, digits and hyphens, 60 characters at most."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    return "-".join(words)[:60].strip("-") or "company"
