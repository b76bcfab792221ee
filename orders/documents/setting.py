"""A trade document as PDF/A-2b: the same content gives the same bytes."""

from datetime import UTC, datetime, time
from pathlib import Path

from app.core.typesetting import legible, typeset
from app.core.workshop import Limits
from orders.documents.content import Content
from orders.documents.sheet import sheet

TEMPLATE = Path(__file__).parent / "templates" / "document.typ"
LIMITS = Limits(cpu_seconds=20, wall_seconds=40)  # a packing list of 300 kinds of packages runs over some pages


async def pdf(content: Content, digest: str, *, verify_url: str, font_dir: Path) -> bytes:
    """Raises RenderingTooLong, RenderingFailed. What the font cannot print is shown as a box."""
    data = legible(sheet(content, digest, verify_url=verify_url), font_dir=font_dir)
    timestamp = int(datetime.combine(content.issued, time(), UTC).timestamp())
    return await typeset(TEMPLATE, data, font_dir=font_dir, timestamp=timestamp, limits=LIMITS)
