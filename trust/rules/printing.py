"""A version of a rule on paper: PDF/A in both languages, the same bytes each time."""

from datetime import UTC, datetime, time
from pathlib import Path

from app.core.i18n import _, format_date, speaking
from app.core.typesetting import legible, typeset
from trust.rules.queries import VersionView

TEMPLATE = Path(__file__).parent / "rule.typ"


async def document(view: VersionView, *, font_dir: Path) -> bytes:
    """Raises RenderingTooLong, RenderingFailed."""
    dated = view.effective_from or view.drafted_at.date()
    data = {
        "code": view.code.value,
        "number": str(view.number),
        "digest": view.digest,
        "title": view.title,
        "standing": {key: _standing(view, locale) for key, locale in (("en", "en"), ("zh", "zh-Hans"))},
        "date": {"year": dated.year, "month": dated.month, "day": dated.day},
        "clauses": view.text.content()["clauses"],
    }
    moment = int(datetime.combine(dated, time(), UTC).timestamp())
    return await typeset(TEMPLATE, legible(data, font_dir=font_dir), font_dir=font_dir, timestamp=moment)


def _standing(view: VersionView, locale: str) -> str:
    with speaking(locale):
        if view.effective_from is None:
            return _("Version %(number)s: not in force") % {"number": view.number}
        said = {"number": view.number, "day": format_date(view.effective_from)}
        return _("Version %(number)s, in force from %(day)s") % said
