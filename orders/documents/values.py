"""The smallest parts of trade documents: codes whose form or check digit can be tried, weights and lengths."""

import re
from decimal import Decimal
from typing import Annotated

import pycountry
from pydantic import AfterValidator, Field
from stdnum import iso6346
from stdnum.exceptions import ValidationError

from app.core.i18n import _
from orders.contracts.values import Figure, Short, VesselNumber
from orders.documents.packages import PACKAGES

_LOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}", re.ASCII)
_SAME_PORT = {"CNSHA": "CNSHG", "CNNGB": "CNNBO"}
"""Codes that carriers write for another place of the same city."""


def _locode(code: str) -> str:
    found = code.replace(" ", "").upper()
    if not (_LOCODE.fullmatch(found) and pycountry.countries.get(alpha_2=found[:2])):
        raise ValueError(_("A UN/LOCODE is a country and three characters, such as CNYTN."))
    return found


def same_port(one: str, other: str) -> bool:
    """Whether two UN/LOCODEs mean one port."""
    return _SAME_PORT.get(one, one) == _SAME_PORT.get(other, other)


def _container(number: str) -> str:
    try:
        return str(iso6346.validate("".join(c for c in number if c.isalnum())))
    except ValidationError:
        message = _("This is no container number: four letters, six digits and a check digit, such as CSQU3054383.")
        raise ValueError(message) from None


def _package(code: str) -> str:
    if code not in PACKAGES:
        raise ValueError(_("Choose a type of package from the list."))
    return code


Locode = Annotated[str, AfterValidator(_locode)]
ContainerNumber = Annotated[str, AfterValidator(_container)]
PackageType = Annotated[str, AfterValidator(_package)]
Centimetres = Annotated[Figure, Field(gt=0, le=Decimal(5_000), decimal_places=1)]
Kilograms = Annotated[Figure, Field(gt=0, lt=Decimal(10**9), decimal_places=3)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]

__all__ = [
    "Centimetres",
    "ContainerNumber",
    "Count",
    "Kilograms",
    "Locode",
    "PackageType",
    "Short",
    "VesselNumber",
    "same_port",
]
