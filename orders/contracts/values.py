"""The smallest parts of contract terms: texts that print as they hash, exact figures, codes that exist."""

import unicodedata
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

import pycountry
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    model_serializer,
    model_validator,
)
from stdnum import imo
from stdnum.exceptions import ValidationError

from app.core.i18n import _, current_locale
from app.core.money import CURRENCIES

_BLANKS = frozenset("\u00ad\u034f\u115f\u1160\u2800\u3164\uffa0")
"""Characters that print as nothing although Unicode calls them letters, marks or symbols."""


def _clean(text: str) -> str:
    """NFC, trimmed. Refuses what does not show: controls, invisible formatting, unassigned code points, surrogates."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if text.replace("\n", "").isprintable() and (text.isascii() or _BLANKS.isdisjoint(text)):  # nearly always
        return text
    hidden = [c for c in text if c != "\n" and (unicodedata.category(c)[0] == "C" or c in _BLANKS)]
    if hidden:
        code = f"{ord(hidden[0]):04X}"
        raise ValueError(_("The text contains an invisible character (U+%(code)s).") % {"code": code})
    return text


def _line(text: str) -> str:
    """As `_clean`, on one line."""
    return " ".join(_clean(text).split())


def _no_float(value: object) -> object:
    if isinstance(value, float):
        raise ValueError(_("A figure must be an exact decimal."))
    return value


def _plain(value: Decimal) -> Decimal:
    """One spelling for each number: 2.50 and 2.5 must hash alike, and 1E+3 is no spelling at all."""
    return Decimal(f"{value.normalize():f}") if value else Decimal(0)


def _country(code: str) -> str:
    if pycountry.countries.get(alpha_2=code) is None:
        raise ValueError(_("Choose a country from the list."))
    return code


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(_("Choose a currency from the list."))
    return code


def _vessel(number: str) -> str:
    if not number:
        return ""
    try:
        return str(imo.validate(number.upper().removeprefix("IMO")))
    except ValidationError:
        raise ValueError(_("This is no IMO number: seven digits, the last one a check digit.")) from None


Text = Annotated[str, AfterValidator(_clean), StringConstraints(max_length=5_000)]
Short = Annotated[str, AfterValidator(_line), StringConstraints(min_length=1, max_length=200)]
Symbol = Annotated[str, AfterValidator(_line), StringConstraints(max_length=20)]
Figure = Annotated[
    Decimal,
    BeforeValidator(_no_float),
    Field(max_digits=18, decimal_places=6, allow_inf_nan=False),
    AfterValidator(_plain),
]
VesselNumber = Annotated[Symbol, AfterValidator(_vessel)]
"""A ship's identification number with its check digit, without "IMO"; "" for none."""
Country = Annotated[str, AfterValidator(_country)]
Currency = Annotated[str, AfterValidator(_currency)]
Language = Literal["en", "zh"]
Days = Annotated[int, Field(ge=1, le=3650)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sparing(Frozen):
    """Leaves out what is not said of the fields that came later, so that what was signed before keeps its bytes."""

    SPARED: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _spare(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: said for name, said in handler(self).items() if said is not None or name not in self.SPARED}


class Bilingual(Frozen):
    """One text in English and Chinese. A party may give only one of them; that one is then printed in both columns."""

    en: Text = ""
    zh: Text = ""

    @model_validator(mode="after")
    def _something_said(self) -> Self:
        if not self.en and not self.zh:
            raise ValueError(_("Write the text in English or Chinese."))
        return self

    def said(self, language: Language) -> str:
        """The text in `language`, or in the other one when it exists in that alone."""
        return (self.en or self.zh) if language == "en" else (self.zh or self.en)


def read_in() -> Language:
    """Which of a contract's two languages the reader of this page reads."""
    return "zh" if current_locale().startswith("zh") else "en"
