"""How pages say what documents say: values in the reader's language, names of documents, findings as rows."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from app.core.i18n import current_locale, format_date, format_money, format_number, format_price, gettext
from app.core.money import Money, UnitPrice
from orders.documents import papers
from orders.documents.checking import Disagreement, Name, Value
from orders.documents.kinds import LABELS, Kind
from orders.documents.packages import PACKAGES

CHOICES = {**papers.FREIGHT, **papers.VERDICTS}


def document(name: Name) -> str:
    return gettext(LABELS[name]) if isinstance(name, Kind) else gettext("Contract")


def value(said: Value) -> str:
    match said:
        case Money():
            return format_money(said)
        case UnitPrice():
            return format_price(said)
        case date():
            return format_date(said)
        case int() | Decimal():
            return format_number(said)
    return gettext(CHOICES[said]) if said in CHOICES else said


def rows(found: Iterable[Disagreement]) -> list[dict[str, Any]]:
    """Disagreements as the table of the page shows them."""
    return [
        {
            "what": gettext(one.what),
            "line": one.line,
            "severity": one.severity.value,
            "documents": [document(one.one.document), document(one.other.document)],
            "values": [value(one.one.value), value(one.other.value)],
        }
        for one in found
    ]


def packages() -> list[tuple[str, str]]:
    """The types of packages to choose from."""
    return [(code, f"{found.name(current_locale())} ({code})") for code, found in PACKAGES.items()]
