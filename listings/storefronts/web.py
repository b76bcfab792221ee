"""Storefronts and the tree of categories."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.core.display import Display
from app.core.i18n import _
from app.core.web import Answer, HouseRouter, PageQuery, Tx
from listings import cards, categories, queries
from listings.errors import SupplierNotFound
from listings.form import country_name, supplier_out
from listings.suppliers import has_expired, has_page, in_full, verified_at
from trust.credit import queries as credit
from trust.credit.scoring import PARTS
from trust.identity import queries as identity
from trust.identity.words import level_label
from trust.privacy import consents
from trust.verification import queries as verification

router = HouseRouter(tags=["suppliers"])


@router.get("/suppliers/{slug}")
async def storefront(tx: Tx, answer: Answer, lens: Display, slug: str, page: Annotated[PageQuery, Query()]) -> Response:
    """A supplier with its dated facts and its published products."""
    supplier = await identity.by_slug(tx, slug.replace("\x00", ""))
    if not has_page(supplier):
        raise SupplierNotFound(_("There is no such supplier."))
    facts = await verification.facts(tx, supplier.id)
    found, total = (
        ([], 0)
        if supplier.leaves
        else await queries.cards_of_supplier(tx, supplier.id, offset=page.offset, limit=page.per_page)
    )
    maker = cards.maker(supplier, verified_at(facts))
    file = await credit.file(tx, supplier.id)
    contact = "" if supplier.left_at else await consents.storefront_contact(tx, supplier.id)
    out = {
        "supplier": supplier_out(supplier),
        "credit": {str(score.part): score.value for score in file.scores},
        "description": supplier.description,
        "contact": contact,
        "closes_at": supplier.closes_at,
        "left_at": supplier.left_at,
        "items": [cards.card_out(card, supplier, lens=lens) for card in found],
        "total": total,
    }
    return answer.show(
        "listings/storefront.html",
        out,
        supplier=supplier,
        country=country_name(supplier.country),
        contact=contact,
        facts=in_full(facts),
        expired=has_expired(facts),
        level=level_label(supplier.level),
        file=file,
        parts=PARTS,
        cards=[cards.shown(card, maker, lens=lens) for card in found],
        page=page,
        total=total,
    )


@router.get("/categories")
async def all_categories(tx: Tx, answer: Answer) -> Response:
    """The tree of categories with how many products are published in each."""
    counts = await queries.count_by_category(tx)
    out = [
        {
            "slug": top.slug,
            "name": top.name.model_dump(),
            "children": [
                {"slug": leaf.slug, "name": leaf.name.model_dump(), "products": counts.get(leaf.slug, 0)}
                for leaf in top.children
            ],
        }
        for top in categories.tree()
    ]
    return answer.show("listings/categories.html", out, tree=categories.tree(), counts=counts)


@router.get("/categories/{slug}")
async def one_category(tx: Tx, answer: Answer, lens: Display, slug: str) -> Response:
    """A category: its children with their counts, or its attributes and newest products."""
    category = categories.category(slug)
    counts = await queries.count_by_category(tx)
    newest = await queries.newest_in(tx, [leaf.slug for leaf in category.leaves()], limit=8)
    suppliers = await verification.standing(tx, {card.organisation_id for card in newest})
    out = category.model_dump(mode="json", exclude={"children"}) | {
        "children": [leaf.slug for leaf in category.children],
        "products": sum(counts.get(leaf.slug, 0) for leaf in category.leaves()),
    }
    parent = categories.category(category.parent) if category.parent else None
    return answer.show(
        "listings/category.html",
        out,
        category=category,
        parent=parent,
        counts=counts,
        cards=cards.of_suppliers(newest, suppliers, lens=lens),
        total=out["products"],
    )
