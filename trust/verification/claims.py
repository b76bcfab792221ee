"""What a company states of itself, checked as it is typed. Pure: that it is well formed, not that it is true."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from stdnum import get_cc_module

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money, MoneyError
from trust.identity import registration
from trust.verification.facts import BENEFICIAL, TRADES, WHOLE, Fact, Form

EORI = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")
"""Country and up to 15 signs (Implementing Regulation (EU) 2015/2447, annex B, data element 3/1)."""
EORI_COUNTRIES = frozenset(registration.VAT_PREFIXES) | {"GB", "XI"}
LONGEST_SCOPE = 4000
MOST_OWNERS = 4
"""Nobody has five holders of a quarter each."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A person or entity that holds a quarter or more; `share` in basis points, `country` of nationality or seat."""

    name: str
    kind: str
    country: str
    share: int
    controls: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """The facts as they were typed; "" where nothing was. `owners` as name, kind, country, percent, and "yes" for who
    controls the company otherwise.
    """

    form: Form = Form.OTHER
    representative: str = ""
    values: dict[Fact, str] = field(default_factory=dict)
    capital_currency: str = "CNY"
    owners: tuple[tuple[str, ...], ...] = ()
    no_owners: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is claimed, in normal form. `owners` None: not stated; empty: nobody holds a quarter."""

    values: dict[Fact, str]
    representative: str
    owners: tuple[Owner, ...] | None

    @property
    def private(self) -> dict[str, Any]:
        return {} if self.owners is None else {"owners": [asdict(owner) for owner in self.owners]}


def read(typed: Typed, *, country: str, among: frozenset[Fact], must: frozenset[Fact], today: date) -> Claimed:
    """The facts of `among`; those of `must` have to be there. Raises Invalid naming every field that is wrong."""
    errors: dict[str, str] = {}
    values: dict[Fact, str] = {}
    for fact, check in _CHECKS.items():
        text = typed.values.get(fact, "").strip()
        if fact not in among or not (text or fact in must):
            continue
        try:
            values[fact] = check(text, typed, country, today) if text else _missing()
        except Invalid as error:
            errors[fact] = error.message
    representative = ""
    if Fact.REPRESENTATIVE in among:
        try:
            representative = registration.plain_text(typed.representative) if typed.representative else _missing()
        except Invalid as error:
            errors[Fact.REPRESENTATIVE] = error.message
    owners = None
    if Fact.OWNERS in among:
        owners = _owners(typed, errors, needed=Fact.OWNERS in must)
    if errors:
        raise Invalid.many(errors, _("Please check the marked fields."))
    return Claimed(values, representative, owners)


def _missing() -> str:
    raise Invalid(_("This field is needed."))


def _scope(text: str, _typed: Typed, _country: str, _today: date) -> str:
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    if len(plain) > LONGEST_SCOPE:
        raise Invalid(_("At most %(n)s characters.") % {"n": LONGEST_SCOPE})
    return registration.plain_text(plain)


def _capital(text: str, typed: Typed, _country: str, _today: date) -> str:
    try:
        amount = Money.of(text.replace(",", ""), typed.capital_currency)
    except MoneyError:
        raise Invalid(_("This is not a valid amount.")) from None
    if amount.minor <= 0:
        raise Invalid(_("Must be more than %(n)s.") % {"n": 0})
    return f"{amount.minor} {amount.currency}"


def _established(text: str, _typed: Typed, _country: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid(_("Please enter a date, such as 2026-11-21.")) from None
    if day > today:
        raise Invalid(_("This day has not come yet."))
    if day.year < 1500:  # the oldest companies still in a register are younger
        raise Invalid(_("Please compare this day with the register."))
    return day.isoformat()


def _trade(text: str, _typed: Typed, _country: str, _today: date) -> str:
    if text not in TRADES:
        raise Invalid(_("Please choose one of the offered values."))
    return text


def _eori(text: str, _typed: Typed, _country: str, _today: date) -> str:
    number = "".join(text.upper().split())
    if not EORI.fullmatch(number) or number[:2] not in EORI_COUNTRIES:
        raise Invalid(
            _("An EORI number is the letters of a country and up to 15 letters and digits, such as DE1234567.")
        )
    return number


def _lei(text: str, _typed: Typed, _country: str, _today: date) -> str:
    return registration.lei_number(text)


def _vat(text: str, _typed: Typed, country: str, _today: date) -> str:
    if country in registration.VAT_PREFIXES:
        return registration.vat_number(country, text)
    module: Any = get_cc_module(country.lower(), "vat")
    if module is None:
        return registration.registry_number(text)
    if not module.is_valid(text):
        raise Invalid(_("This is not a valid VAT number of your country."))
    return str(module.compact(text))


_CHECKS: dict[Fact, Callable[[str, Typed, str, date], str]] = {
    Fact.SCOPE: _scope,
    Fact.CAPITAL: _capital,
    Fact.ESTABLISHED: _established,
    Fact.TRADE: _trade,
    Fact.EORI: _eori,
    Fact.LEI: _lei,
    Fact.VAT: _vat,
}
TYPED = frozenset(_CHECKS) | {Fact.REPRESENTATIVE, Fact.OWNERS}
"""Facts that the company types; the others are its registered particulars, or follow from what it hands in."""


def _owners(typed: Typed, errors: dict[str, str], *, needed: bool) -> tuple[Owner, ...] | None:
    rows = [row for row in typed.owners if any(part.strip() for part in (row[0], row[3]))]
    if typed.no_owners and rows:
        errors["no_owners"] = _("You named owners above.")
    if not rows:
        if needed and not typed.no_owners:
            errors["owners"] = _("Name who holds a quarter or more, or say that nobody does.")
        return () if typed.no_owners else None
    if len(rows) > MOST_OWNERS:
        errors["owners"] = _("At most %(n)s entries.") % {"n": MOST_OWNERS}
        return None
    found = [_owner(row, f"owners.{place}", errors) for place, row in enumerate(rows)]
    if sum(owner.share for owner in found) > WHOLE:
        errors["owners"] = _("The shares come to more than 100 %%.") % {}
    return tuple(found)


def _owner(row: tuple[str, ...], prefix: str, errors: dict[str, str]) -> Owner:
    name, kind, country, percent, *more = row
    controls = "yes" in more
    try:
        name = registration.plain_text(name)
    except Invalid as error:
        errors[f"{prefix}.name"] = error.message
    if kind not in {"person", "entity"}:
        errors[f"{prefix}.kind"] = _("Please choose one of the offered values.")
    if country not in registration.COUNTRIES:
        errors[f"{prefix}.country"] = _("Please choose a country.")
    share = _basis_points(percent or "0") if controls else _basis_points(percent)
    if share is None:
        errors[f"{prefix}.share"] = _("Please enter a number.")
    elif not (0 if controls else BENEFICIAL) <= share <= WHOLE:
        errors[f"{prefix}.share"] = _("From 25 to 100 percent, with two decimals at most.")
    return Owner(name, kind, country, share or 0, controls)


def _basis_points(percent: str) -> int | None:
    """`33.34` → 3334; -1 for what is finer than a basis point, None for what is no number."""
    try:
        points = Decimal(percent.strip().removesuffix("%").replace(",", ".")) * 100
    except InvalidOperation:
        return None
    if not points.is_finite():
        return None
    return int(points) if points == points.to_integral_value() else -1
