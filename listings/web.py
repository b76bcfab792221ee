"""Products: the page of one, the form of one, and a supplier's own list."""

from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from pydantic import BeforeValidator, Field
from starlette.responses import Response

from app.core import clock
from app.core.display import Display
from app.core.errors import Invalid
from app.core.i18n import _, _n
from app.core.money import UnitPrice
from app.core.payload import as_list
from app.core.web import Answer, HouseRouter, PageQuery, Submitted, Tx, Upload
from listings import categories, fitting, queries, service
from listings.content import Content, Picture, Text, dumped
from listings.errors import ProductNotFound, TooManyPictures
from listings.form import form_values, out, product_context
from listings.pictures import service as pictures
from listings.pictures import showing
from listings.schemas import (
    MOST_PICTURES,
    In,
    Line,
    PictureIn,
    ProductIn,
    ProductLine,
)
from listings.states import ProductState
from listings.suppliers import in_full, is_shown
from trust.access import CurrentMember, MaybeMember, Member, Permission, require
from trust.risk.words import FOUND
from trust.verification import queries as verification

router = HouseRouter(tags=["products"])
for_people = HouseRouter(include_in_schema=False)


class ProductForm(ProductIn):
    """The product form; `then` is the button that was pressed."""

    then: Literal["save", "submit"] = "save"


class PictureUpload(In):
    """One more picture."""

    file: Upload
    alt_en: Line = Field("", max_length=200)
    alt_zh: Line = Field("", max_length=200)


class PictureKey(In):
    key: str = Field(max_length=67)


class KeepFirst(In):
    first: bool = False


class Chosen(In):
    """Several of one's own products, ticked in the list."""

    ids: Annotated[list[UUID], BeforeValidator(as_list)] = Field(min_length=1, max_length=100)


@for_people.get("/products/new")
async def new_product(
    answer: Answer, member: CurrentMember, category: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """The form for a new product; first the choice of its category, on which its attributes depend."""
    require(member, Permission.LIST_PRODUCTS)
    if not category:
        return answer.show("listings/choose_category.html", None, tree=categories.tree(), product=None)
    leaf = categories.category(category)
    return answer.show("listings/form.html", None, category=leaf, product=None, values=form_values(None, leaf))


@router.post("/products")
async def create_product(
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    data: Annotated[ProductForm, Submitted(ProductForm)],
) -> Response:
    """Write a new product as a draft; with `then=submit`, send it to review at once."""
    content = data.content()
    require(member, Permission.LIST_PRODUCTS)
    content = await _with_pictures(request, tx, member, content, (), data)
    product = await service.create(tx, content, reference=data.reference, by=member)
    if data.then == "submit":
        await service.submit(tx, product.id, by=member)
    found = await queries.newest(tx, product.id, reader=member)
    return answer.done(f"/products/{product.id}", out(found), created=True, flash=_saved(data))


def _saved(data: ProductForm) -> str:
    if data.then == "submit":
        return _("Sent to review. You will hear from us within one working day.")
    return _("Saved. Only your company sees it until it is published.")


@router.get("/products/{product_id}")
async def product(
    tx: Tx,
    answer: Answer,
    member: MaybeMember,
    lens: Display,
    product_id: UUID,
    revision: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """The live version; for its own company and for moderators any other by its number."""
    if revision is None:
        found = await queries.listing(tx, product_id, reader=member)
    elif member is None:
        raise ProductNotFound(_("There is no such product."))
    else:
        found = await queries.version(tx, product_id, revision, reader=member)
    known = (await verification.known(tx, [found.organisation_id]))[found.organisation_id]
    supplier, facts = known.company, known.facts
    own = member is not None and (member.organisation_id == supplier.id or member.may(Permission.MODERATE))
    if not own and not is_shown(supplier):
        raise ProductNotFound(_("There is no such product."))
    if answer.json:
        return answer.show("", out(found, supplier, lens=lens))
    newest = await queries.newest(tx, product_id, reader=member) if own and member else found
    mine = member is not None and member.organisation_id == supplier.id
    prices = [tier.price for tier in found.content.tiers]
    about = lens.about(min(prices, key=_amount), max(prices, key=_amount)) if lens else ""
    today = clock.now().date()
    return answer.show(
        "listings/product.html",
        None,
        about=about,
        **product_context(found, supplier),
        facts=in_full(facts),
        newest=newest,
        own=mine,
        today=today,
        shown=await showing.shown(tx, found.content) if mine else None,
        found_words=FOUND,
        kept_by=(
            found.revision_id,
            found.revision_state,
            about,
            supplier,
            *((fact, fact.state) for fact in facts),
            *(certificate.is_over(today) for certificate in found.content.certificates),
        ),
    )


def _amount(price: UnitPrice) -> Decimal:
    return price.amount


@for_people.get("/products/{product_id}/edit")
async def edit_product(
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    product_id: UUID,
    category: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The form of a product's newest version; `category` moves it to another."""
    require(member, Permission.LIST_PRODUCTS)
    found = await _own(tx, product_id, member)
    leaf = categories.category(category or found.content.category)
    return answer.show("listings/form.html", None, category=leaf, product=found, values=form_values(found, leaf))


@for_people.get("/products/{product_id}/category")
async def change_category(tx: Tx, answer: Answer, member: CurrentMember, product_id: UUID) -> Response:
    """Choose another category for a product."""
    require(member, Permission.LIST_PRODUCTS)
    found = await _own(tx, product_id, member)
    return answer.show("listings/choose_category.html", None, tree=categories.tree(), product=found)


async def _own(tx: Tx, product_id: UUID, member: Member) -> queries.Listing:
    found = await queries.newest(tx, product_id, reader=member)
    if found.organisation_id != member.organisation_id:
        raise ProductNotFound(_("There is no such product."))
    return found


@router.put("/products/{product_id}")
@for_people.post("/products/{product_id}")
async def revise_product(
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    product_id: UUID,
    data: Annotated[ProductForm, Submitted(ProductForm)],
) -> Response:
    """Save a new version; what is live stays live until the new version is accepted."""
    before = await _own(tx, product_id, member)
    content = await _with_pictures(request, tx, member, data.content(), before.content.pictures, data)
    await service.revise(tx, product_id, content, reference=data.reference, by=member)
    if data.then == "submit":
        await service.submit(tx, product_id, by=member)
    found = await queries.newest(tx, product_id, reader=member)
    return answer.done(f"/products/{product_id}?revision={found.revision}", out(found), flash=_saved(data))


async def _with_pictures(
    request: Request, tx: Tx, member: Member, content: Content, existing: tuple[Picture, ...], data: ProductIn
) -> Content:
    """The content with the pictures that stay, in their new order, and those that came with the form."""
    kept = _arranged(existing, data.pictures)
    if len(kept) + len(data.uploads) > MOST_PICTURES:
        raise TooManyPictures(
            _n("At most %(n)s picture.", "At most %(n)s pictures.", MOST_PICTURES) % {"n": MOST_PICTURES},
            field="uploads",
        )
    for upload in data.uploads:
        kept.append(await _stored(request, tx, member, upload, content.title, field="uploads"))
    return content.model_copy(update={"pictures": tuple(kept)})


def _arranged(existing: tuple[Picture, ...], wanted: list[PictureIn] | None) -> list[Picture]:
    if wanted is None:
        return list(existing)
    by_key = {picture.key: picture for picture in existing}
    for number, entry in enumerate(wanted):
        if entry.key not in by_key:
            raise Invalid(_("This product has no such picture."), field=f"pictures.{number}.key")
    stay = sorted((entry for entry in wanted if not entry.remove), key=lambda entry: entry.position)
    return [
        by_key[entry.key].model_copy(update={"alt": Text(en=entry.alt_en, zh=entry.alt_zh)})
        for entry in {entry.key: entry for entry in stay}.values()
    ]


async def _stored(request: Request, tx: Tx, member: Member, upload: Upload, alt: Text, *, field: str) -> Picture:
    files = request.app.state.files
    return await pictures.store(tx, files, upload, organisation_id=member.organisation_id, alt=alt, field=field)


@router.post("/products/{product_id}/pictures")
async def add_picture(
    request: Request,
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    product_id: UUID,
    data: Annotated[PictureUpload, Submitted(PictureUpload)],
) -> Response:
    """Add one picture (multipart field `file`) to the newest version."""
    require(member, Permission.LIST_PRODUCTS)
    before = (await _own(tx, product_id, member)).content
    if len(before.pictures) >= MOST_PICTURES:
        raise TooManyPictures(
            _n("At most %(n)s picture.", "At most %(n)s pictures.", MOST_PICTURES) % {"n": MOST_PICTURES}, field="file"
        )
    alt = Text(en=data.alt_en, zh=data.alt_zh)
    picture = await _stored(request, tx, member, data.file, alt or before.title, field="file")
    content = before.model_copy(update={"pictures": (*before.pictures, picture)})
    await service.revise(tx, product_id, content, by=member)
    return answer.done(f"/products/{product_id}/edit", dumped(content)["pictures"][-1], created=True)


@router.post("/products/{product_id}/pictures/removal")
async def remove_picture(
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    product_id: UUID,
    data: Annotated[PictureKey, Submitted(PictureKey)],
) -> Response:
    """Take one picture, named by its key, out of the newest version."""
    before = (await _own(tx, product_id, member)).content
    left = tuple(picture for picture in before.pictures if picture.key != data.key)
    if len(left) == len(before.pictures):
        raise Invalid(_("This product has no such picture."), field="key")
    await service.revise(tx, product_id, before.model_copy(update={"pictures": left}), by=member)
    return answer.done(f"/products/{product_id}/edit")


@router.post("/products/{product_id}/submission")
async def submit_product(tx: Tx, answer: Answer, member: CurrentMember, product_id: UUID) -> Response:
    """Send the newest version to review."""
    await service.submit(tx, product_id, by=member)
    found = await queries.newest(tx, product_id, reader=member)
    flash = _("Sent to review. You will hear from us within one working day.")
    return answer.done(f"/products/{product_id}?revision={found.revision}", out(found), flash=flash)


@router.post("/products/{product_id}/withdrawal")
async def withdraw_product(tx: Tx, answer: Answer, member: CurrentMember, product_id: UUID) -> Response:
    """Take a product off the market and out of review."""
    await service.withdraw(tx, product_id, by=member)
    found = await queries.newest(tx, product_id, reader=member)
    return answer.done(f"/products/{product_id}", out(found), flash=_("Withdrawn. Buyers no longer see it."))


@router.post("/products/{product_id}/first")
async def keep_first(
    tx: Tx, answer: Answer, member: CurrentMember, product_id: UUID, data: Annotated[KeepFirst, Submitted(KeepFirst)]
) -> Response:
    """Mark a product to stay online before others when the company's plan has room for fewer, or not any more."""
    await fitting.keep_first(tx, product_id, first=data.first, by=member)
    flash = _("It stays online before others.") if data.first else _("It has no precedence any more.")
    return answer.done(f"/products/{product_id}", flash=flash)


@router.get("/my/products")
async def my_products(
    tx: Tx,
    answer: Answer,
    member: CurrentMember,
    page: Annotated[PageQuery, Query()],
    state: Annotated[ProductState | Literal[""], Query()] = "",
    q: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """A company's own products in every state, last changed first."""
    require(member, Permission.LIST_PRODUCTS)
    lines, total = await queries.own(
        tx,
        member.organisation_id,
        state=state or None,
        q=q.replace("\x00", ""),
        offset=page.offset,
        limit=page.per_page,
    )
    counts = await queries.count_by_state(tx, member.organisation_id)
    return answer.show(
        "listings/my_products.html",
        {"items": [_line(line) for line in lines], "total": total, "counts": counts},
        lines=lines,
        counts=counts,
        state=state,
        q=q,
        page=page,
        total=total,
        category_of=categories.category,
    )


def _line(line: queries.Line) -> ProductLine:
    title: dict[str, Any] = {"en": line.title_en, "zh": line.title_zh}
    return ProductLine(
        id=line.id,
        reference=line.reference,
        state=line.state,
        revision=line.revision,
        revision_state=line.revision_state,
        title=title,
        category=line.category,
        changed_at=line.changed_at,
    )


@router.post("/my/products/submission")
async def submit_several(
    tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[Chosen, Submitted(Chosen)]
) -> Response:
    """Send several products to review; all of them or none."""
    for product_id in sorted(set(data.ids)):
        await service.submit(tx, product_id, by=member)
    n = len(set(data.ids))
    flash = _n("%(n)s product sent to review.", "%(n)s products sent to review.", n) % {"n": n}
    return answer.done("/my/products?state=submitted", {"submitted": n}, flash=flash)


@router.post("/my/products/withdrawal")
async def withdraw_several(
    tx: Tx, answer: Answer, member: CurrentMember, data: Annotated[Chosen, Submitted(Chosen)]
) -> Response:
    """Withdraw several products; all of them or none."""
    for product_id in sorted(set(data.ids)):
        await service.withdraw(tx, product_id, by=member)
    n = len(set(data.ids))
    flash = _n("%(n)s product withdrawn.", "%(n)s products withdrawn.", n) % {"n": n}
    return answer.done("/my/products", {"withdrawn": n}, flash=flash)
