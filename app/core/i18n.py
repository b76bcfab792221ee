"""Languages: gettext catalogues, the reader's locale, and how amounts and dates are written in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date as babel_date
from babel.dates import format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from app.core import clock
from app.core.money import Money, UnitPrice, exponent

CATALOGUES = Path(__file__).resolve().parent.parent / "locale"
LOCALES = {"en": "English", "zh-Hans": "简体中文"}
DEFAULT = "en"
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
MINUTE = 60
KEPT = 4096  # figures are written slowly, and the same ones again and again

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT)
_zone: ContextVar[str] = ContextVar("zone", default="UTC")


def po_path(locale: str) -> Path:
    return CATALOGUES / locale.replace("-", "_") / "LC_MESSAGES" / "portolan.po"


@cache
def _catalogue(locale: str) -> NullTranslations:
    """The catalogue of one language, read from its .po as it is; English has none, its texts are the message ids."""
    path = po_path(locale)
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale.replace("-", "_")))
    compiled.seek(0)
    return GNUTranslations(compiled)


def current_locale() -> str:
    return _locale.get()


def current_zone() -> str:
    return _zone.get()


def direction(locale: str) -> str:
    return "rtl" if locale.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def choose(*wanted: str | None) -> str:
    """The first wanted locale we speak; each may be a code (`zh-CN`) or an Accept-Language header."""
    for header in wanted:
        for part in (header or "").split(","):
            code = part.split(";")[0].strip().lower()
            for known in LOCALES:
                if code == known.lower() or (code and code.split("-")[0] == known.split("-")[0]):
                    return known
    return DEFAULT


@contextmanager
def speaking(locale: str, zone: str = "UTC") -> Iterator[None]:
    """Within the block, `_()` and the formatters speak `locale`; times are shown in `zone`."""
    before = _locale.set(locale), _zone.set(zone)
    try:
        yield
    finally:
        _locale.reset(before[0])
        _zone.reset(before[1])


def gettext(message: str) -> str:
    return _catalogue(_locale.get()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, n: int) -> str:
    return _catalogue(_locale.get()).ngettext(singular, plural, n)


def N_(message: str) -> str:  # noqa: N802  gettext's customary name for "mark, translate later"
    return message


_ = gettext
_n = ngettext


@cache
def _babel(locale: str) -> Locale:
    return Locale.parse(locale.replace("-", "_"))


def load() -> None:
    """Read what every language needs, which otherwise its first page does."""
    for locale in LOCALES:
        _catalogue(locale)
        _ = _babel(locale).territories


def country_name(code: str) -> str:
    """What the reader calls a country, by its ISO 3166 code. Raises KeyError for what is none."""
    name: str = _babel(_locale.get()).territories[code]
    return name


def language_name(code: str) -> str:
    """What the reader calls a language, by its code such as `zh`; the code itself where nobody knows it."""
    try:
        return Locale.parse(code.replace("-", "_")).get_display_name(_babel(_locale.get())) or code
    except (UnknownLocaleError, ValueError):
        return code


def format_money(amount: Money | None) -> str:
    """`USD 1,250.00`: the ISO code before the figure, the reader's separators, the currency's own decimals."""
    if amount is None:
        return "–"
    return _money(amount.minor, amount.currency, _locale.get())


@lru_cache(maxsize=KEPT)
def _money(minor: int, currency: str, locale: str) -> str:
    pattern = "¤¤\u00a0#,##0." + "0" * exponent(currency)
    return format_currency(
        Money(minor, currency).decimal,
        currency,
        pattern.rstrip("."),
        locale=_babel(locale),
        currency_digits=False,
    )


def format_price(price: UnitPrice | None) -> str:
    """A unit price with as many decimals as it carries, at least the currency's own."""
    if price is None:
        return "–"
    return _price(price, _locale.get())


@lru_cache(maxsize=KEPT)
def _price(price: UnitPrice, locale: str) -> str:
    carried = -int(price.amount.normalize().as_tuple().exponent)
    places = max(carried, exponent(price.currency))
    digits = format_decimal(price.amount, format=("#,##0." + "0" * places).rstrip("."), locale=_babel(locale))
    return f"{price.currency}\u00a0{digits}"


def format_number(value: Decimal | int | None) -> str:
    return "–" if value is None else _number(str(value), _locale.get())


@lru_cache(maxsize=KEPT)
def _number(digits: str, locale: str) -> str:
    return format_decimal(Decimal(digits), locale=_babel(locale), decimal_quantization=False)


def format_date(value: date | datetime | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(_zone.get()))
    return babel_date(value, format="medium", locale=_babel(_locale.get()))


def format_exact(value: datetime | None) -> str:
    """Date, time and zone, for when it matters."""
    if value is None:
        return "–"
    return _exact(value.replace(microsecond=0), _zone.get(), _locale.get())


@lru_cache(maxsize=KEPT)
def _exact(value: datetime, zone: str, locale: str) -> str:
    return f"{format_datetime(value, 'medium', tzinfo=ZoneInfo(zone), locale=_babel(locale))} {zone}"


def format_ago(value: datetime | None) -> str:
    """`3 hours ago`, `in 2 days`."""
    if value is None:
        return "–"
    seconds = (value - clock.now()).total_seconds()
    return _("just now") if abs(seconds) < MINUTE else _ago(round(seconds / MINUTE), _locale.get())


@lru_cache(maxsize=KEPT)
def _ago(minutes: int, locale: str) -> str:
    return format_timedelta(timedelta(minutes=minutes), add_direction=True, locale=_babel(locale))
