"""The contract as a document: the same terms give the same PDF/A-2b, byte for byte."""

from datetime import UTC, datetime, time
from pathlib import Path

from app.core.signing.documents import prepared
from app.core.typesetting import LIMITS, UnprintableText, check_printable, typeset
from app.core.workshop import Limits
from orders.contracts.clauses import TEMPLATES
from orders.contracts.sheet import sheet
from orders.contracts.signing import fields
from orders.contracts.terms import ContractTerms, canonical_json, digest

__all__ = ["UnprintableText", "render"]


async def render(terms: ContractTerms, *, font_dir: Path, verify_url: str = "", limits: Limits = LIMITS) -> bytes:
    """The contract as PDF/A-2b with empty fields to sign, the SHA-256 of its terms at the foot of every page.

    font_dir    holds Noto Sans SC, regular and bold
    verify_url  where anybody may check the file
    raises      UnprintableText, RenderingTooLong, RenderingFailed
    """
    check_printable(terms.model_dump(mode="json"), font_dir=font_dir)
    template = TEMPLATES / f"{'termination' if terms.ending else 'contract'}-{terms.edition}.typ"
    dated = datetime.combine(terms.dated, time(), UTC)
    data = sheet(terms, digest(canonical_json(terms)), verify_url=verify_url)
    document = await typeset(template, data, font_dir=font_dir, timestamp=int(dated.timestamp()), limits=limits)
    places = fields(terms.edition)
    return prepared(document, places) if places else document
