"""What is known of a listing beyond its own text, for rules of risk: whose pictures, texts and marks it shows."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, Select, Text, Uuid, any_, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import once
from app.core.subject import Subject
from listings import statutory
from listings.content import Certificate, Content
from listings.hs import HsCode
from listings.models import Product, ProductRevision
from listings.states import ProductState, RevisionState
from trust.access import Member
from trust.rights import marks
from trust.risk.known import CertificateKnown, ListingKnown, PictureKnown, TextKnown
from trust.risk.likeness import prints
from trust.risk.likeness import service as likeness

COMPARED = 500
"""With so many listings of its category at most, the latest."""
_WORDS = re.compile(r"[a-z]{4,}")


async def known(tx: AsyncSession, product_id: UUID, content: Content, *, by: Member) -> ListingKnown:
    """Looks up what rules ask for; its texts are remembered with that, to be found by later ones."""
    headings, fits = await _headings(tx, content, by.organisation_id)
    today = clock.now().date()
    statutory_units = await statutory.units_of(tx, content.hs_code, today)
    said = [content.title.en, content.title.zh, *(str(value) for value in content.attributes.values())]
    return ListingKnown(
        pictures=await _pictures(tx, content, by.organisation_id),
        texts=await _texts(tx, product_id, content, by.organisation_id),
        marks=await marks.of_others(tx, "\n".join(said), by.organisation_id),
        heading=content.hs_code[:4],
        headings=headings,
        fits=fits,
        certificates=[_certificate(one, today) for one in content.certificates],
        unit=content.unit,
        statutory=statutory_units,
        unit_fits=statutory.fits(content.unit, statutory_units),
    )


def _certificate(said: Certificate, today: date) -> CertificateKnown:
    return CertificateKnown(said.name, said.number, (said.valid_until - today).days if said.valid_until else None)


async def _pictures(tx: AsyncSession, content: Content, organisation_id: UUID) -> list[PictureKnown]:
    keys = [picture.key for picture in content.pictures]
    found = await likeness.alike_pictures(tx, keys, organisation_id) if keys else []
    holders = await marks.holders(tx, {one.company for one in found}) if found else set()
    return [PictureKnown(one.key, one.other, str(one.company), one.bits, one.company in holders) for one in found]


async def _texts(tx: AsyncSession, product_id: UUID, content: Content, organisation_id: UUID) -> list[TextKnown]:
    """Those that read alike, compared whole. What is known of them by MinHash alone would be a guess."""
    subject = Subject("product", product_id)
    plain = {language: prints.plain(_said(content, language)) for language in ("en", "zh")}
    shingles = {language: prints.shingles(text) for language, text in plain.items()}
    bands = {language: found for language in plain if (found := prints.text_bands(shingles[language]))}
    if not bands:
        return []
    near = await likeness.candidates(tx, subject, bands, organisation_id)
    others = await _contents(tx, {one.subject.id for one in near}) if near else {}
    read_alike = []
    for one in near:
        if (other := others.get(one.subject.id)) is not None:
            theirs = prints.shingles(prints.plain(_said(other, one.language)))
            known = TextKnown(
                language=one.language,
                other=str(one.subject.id),
                company=str(one.company),
                alike=prints.alike(shingles[one.language], theirs),
                shingles=len(shingles[one.language]),
                passage=prints.shared_passage(plain[one.language], theirs),
                own=one.company == organisation_id,
            )
            read_alike.append(known)
    await likeness.remember_texts(tx, subject, bands, organisation_id)
    return read_alike


def _said(content: Content, language: str) -> str:
    return f"{getattr(content.title, language)}\n{getattr(content.description, language)}"


async def _contents(tx: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Content]:
    """The newest version of each that was ever sent in."""
    return {product_id: content for product_id, content in await tx.execute(*_newest(list(ids)))}  # noqa: C416  rows are no pairs to mypy


@once
def _newest(ids: list[UUID]) -> Select[UUID, Content]:
    return (
        select(ProductRevision.product_id, ProductRevision.content)
        .where(ProductRevision.product_id == any_(cast(ids, ARRAY(Uuid))), ProductRevision.state != RevisionState.DRAFT)
        .order_by(ProductRevision.number)
    )


async def _headings(tx: AsyncSession, content: Content, organisation_id: UUID) -> tuple[dict[str, int], int | None]:
    """HS headings of others' published listings of the category, counted, and how many words of the own heading's
    description the text has; None while no descriptions are loaded.
    """
    headings = await tx.execute(*_counted(content.category, organisation_id))
    described = await tx.scalars(*_described(content.hs_version, [content.hs_code[:4], content.hs_code[:6]]))
    said = " ".join(described)
    text = _words(f"{_said(content, 'en')} {' '.join(map(str, content.attributes.values()))}")
    return {code: number for code, number in headings if code}, len(_words(said) & text) if said else None


@once
def _counted(category: str, but: UUID) -> Select[str, int]:
    latest = (
        select(func.left(Product.subheading, 4).label("heading"))
        .where(
            Product.category == category,
            Product.state == ProductState.PUBLISHED,
            Product.organisation_id != but,
        )
        .order_by(Product.published_at.desc())
        .limit(COMPARED)
        .subquery()
    )
    return select(latest.c.heading, func.count()).group_by(latest.c.heading)


@once
def _described(version: str, codes: list[str]) -> Select[str]:
    return select(HsCode.description).where(HsCode.version == version, HsCode.code == any_(cast(codes, ARRAY(Text))))


def _words(text: str) -> set[str]:
    """Words without their ending of the plural."""
    return {word.removesuffix("s") for word in _WORDS.findall(unicodedata.normalize("NFKC", text).casefold())}
