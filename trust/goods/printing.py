"""A statement of an end user, and a report to the authority, on paper: PDF/A in both languages."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.i18n import _, format_date, speaking
from app.core.typesetting import legible, typeset
from trust.goods.reports import ReportView
from trust.goods.statements import StatementView
from trust.identity.words import country_name

TEMPLATE = Path(__file__).parent / "paper.typ"
Pair = dict[str, str]


def both(word: Callable[[], str]) -> Pair:
    """What `word` says in English and in Chinese."""
    found = {}
    for key, locale in (("en", "en"), ("zh", "zh-Hans")):
        with speaking(locale):
            found[key] = word()
    return found


def same(text: str) -> Pair:
    return {"en": text, "zh": text}


async def statement(view: StatementView, *, font_dir: Path) -> bytes:
    """With the undertaking, and a place for signature and stamp. Raises RenderingTooLong, RenderingFailed."""
    said = view.said
    facts = [
        (both(lambda: _("Order")), same(view.number)),
        (both(lambda: _("End user")), same(said.end_user)),
        (both(lambda: _("Address")), same(said.address)),
        (both(lambda: _("Country")), both(lambda: country_name(said.country))),
        (both(lambda: _("Registration number")), same(said.registration)),
        (both(lambda: _("Contact")), same(f"{said.contact}, {said.email}, {said.phone}")),
        (both(lambda: _("Goods")), same(said.goods)),
        (both(lambda: _("HS code")), same(said.hs_code)),
        (both(lambda: _("Quantity")), same(f"{said.quantity:f} {said.unit}")),
        (both(lambda: _("End use")), same(said.end_use)),
        (both(lambda: _("Place of use")), same(said.site)),
    ]
    data = {
        "title": both(lambda: _("End-user and end-use statement")),
        "number": f"{view.number} / {view.position + 1} / {view.version}",
        "facts": facts,
        "text": both(undertaking),
        "notes": [],
        "signature": [
            (both(lambda: _("Name and position")), same(f"{said.signed_by}, {said.title}")),
            (both(lambda: _("Date")), both(lambda: format_date(said.signed_on))),
            (both(lambda: _("Signature and stamp")), same("")),
        ],
    }
    return await _typeset(data, view.submitted_at, font_dir)


def undertaking() -> str:
    """What an end user undertakes."""
    return _(
        "We use these goods ourselves, for the end use and at the place stated above, and for no weapon of mass "
        "destruction, its means of delivery, or terrorism. Without the permission of the exporting country's authority "
        "we neither change the end use nor pass the goods on, re-export them or give them to anybody else. We let the "
        "authority verify this, and keep this statement for five years."
    )


async def report(view: ReportView, *, font_dir: Path) -> bytes:
    """What was known, for the authority. Raises as `statement`."""
    facts = [
        (both(lambda: _("Order")), same(view.number)),
        (both(lambda: _("Raised")), same(f"{view.raised_at:%Y-%m-%d %H:%M} UTC")),
        (both(lambda: _("Confirmed")), same(f"{view.decided_at:%Y-%m-%d %H:%M} UTC" if view.decided_at else "–")),
        *((same(name), same(text)) for name, text in flat(view.dossier)),
    ]
    notes = [note for note in (view.suspicion, view.decision) if note]
    data = {
        "title": both(lambda: _("Report of a suspected violation of export control")),
        "number": str(view.id),
        "facts": facts,
        "text": both(
            lambda: _("Under art. 36 of the regulation on the export control of dual-use items (PRC) we report:")
        ),
        "notes": notes,
        "signature": [],
    }
    return await _typeset(data, view.decided_at or view.raised_at, font_dir)


def flat(said: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """Nested facts as lines: `lines 1 hs_code`, what it says."""
    found: list[tuple[str, str]] = []
    for key, value in said.items():
        name = f"{above} {key}".strip().replace("_", " ")
        if isinstance(value, Mapping):
            found += flat(value, name)
        elif isinstance(value, list):
            found += flat({str(number): one for number, one in enumerate(value, start=1)}, name)
        elif value not in (None, ""):
            found.append((name, str(value)))
    return found


async def _typeset(data: dict[str, Any], at: datetime, font_dir: Path) -> bytes:
    whole = legible(data, font_dir=font_dir)
    return await typeset(TEMPLATE, whole, font_dir=font_dir, timestamp=int(at.timestamp()))
