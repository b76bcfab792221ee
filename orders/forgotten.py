"""What a reader learns of a deal whose content was erased when its time was over (orders.forgetting)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.core.errors import Gone
from app.core.i18n import _, format_date


class DealForgotten(Gone):
    """Facts `number` and `forgotten_at`, and what else remains."""

    code = "deal_forgotten"


def forgotten(number: str, at: datetime, remains: Sequence[tuple[str, Any]]) -> DealForgotten:
    """The error of a page or call about a forgotten deal."""
    message = _(
        "This deal has been over for years. What was written and signed, and its files, were erased when the time to"
        " keep them ended. This is what remains:"
    )
    rows = [(_("Number"), number), *remains, (_("Content erased on"), format_date(at))]
    return DealForgotten(message, remains=rows, number=number, forgotten_at=at.isoformat())
