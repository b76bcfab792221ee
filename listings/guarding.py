"""What companies want to publish, and rules of risk."""

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import once
from app.core.i18n import _, format_exact
from app.core.subject import Subject
from listings import knowing
from listings.content import Content
from listings.models import Product, ProductRevision
from listings.states import ProductState, RevisionState
from trust.access import Member, Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.risk import holds
from trust.risk import service as risk
from trust.risk.engine import Action, Point
from trust.risk.facts import ListingFacts
from trust.risk.facts_of_people import EditFacts
from trust.risk.rules.information import repeats
from trust.risk.service import Assessment

MARKET = timedelta(days=180)
COMPARED = 500
"""With so many prices at most, the latest."""
DAY = timedelta(days=1)
NEW_BROWSER, SAME_TEXT = "ID-08", "INF-02"


def listings_of(organisation_id: UUID) -> Subject:
    """All that a company wants to publish, as one thing that can be held."""
    return Subject("listings", organisation_id)


async def check_listing(tx: AsyncSession, product_id: UUID, content: Content, *, by: Member) -> int:
    """Judge a listing before it is sent to review; the caller holds the product's lock. How many of the company's own
    listings it only repeats, as the rules count them. Raises Blocked, OnHold.
    """
    of_all = listings_of(by.organisation_id)
    product = Subject("product", product_id)
    await holds.check_hold(tx, of_all)  # what stops this listing alone is found again, unless it was mended or let go
    company = await identity.organisation(tx, by.organisation_id)
    facts = ListingFacts(
        text=_text(content),
        price=content.price_low.amount,
        market=await _market(tx, content, by.organisation_id),
        today=await _today(tx, by.organisation_id) + 1,
        days_here=(clock.now() - company.created_at).days,
        known=await knowing.known(tx, product_id, content, by=by),
    )
    found = await risk.assess(
        tx,
        Point.LISTING,
        product,
        facts,
        organisation_id=by.organisation_id,
        title=content.title.en or content.title.zh,
        by=by,
        holds=of_all,
    )
    if found.action is Action.BLOCK or found.until is not None:
        raise risk.refused(found, because=_because(found))
    own = (hit for hit in found.decision.hits if hit.acts and hit.rule.code == SAME_TEXT)
    return next((repeats(hit.inputs, hit.parameters) for hit in own), 0)


async def check_browser(tx: AsyncSession, *, by: Member) -> None:
    """Where a member sends a listing, or another price of one, from a browser that is new since a day, payouts wait:
    once for all that is sent from it. Those who mind the accounts are told. The listing goes its way.
    """
    lately = clock.now() - DAY
    if not await identity.on_new_device(tx, by, within=DAY) or await risk.earlier(
        tx, NEW_BROWSER, by.organisation_id, since=lately
    ):
        return
    found = await risk.assess(
        tx,
        Point.EDIT,
        Subject("member", by.id),
        EditFacts(new_device=True),
        organisation_id=by.organisation_id,
        title=by.organisation_name,
        by=by,
        holds=holds.payouts_of(by.organisation_id),
    )
    if found.until is not None:
        context = {"who": by.name, "until": format_exact(found.until)}
        await people.notify(tx, by.organisation_id, Permission.MANAGE_BANK, "new_browser_publishes", context)


def _because(found: Assessment) -> str:
    """Where the sentence of the rule's group would not say what to do."""
    leading = found.decision.leading
    if leading is not None and leading.rule.code == "INF-01":
        return _("A picture is that of another company which has shown its rights. Show pictures of your own goods.")
    if leading is not None and leading.rule.code == "INF-03":
        return _(
            "The title or the attributes name a registered trade mark of another company. Take it out, or send us the "
            "holder's authorisation: then we let the listing go on."
        )
    return ""


def _text(content: Content) -> str:
    said = [content.title.en, content.title.zh, content.description.en, content.description.zh]
    return "\n".join([*said, *(str(value) for value in content.attributes.values())])


async def _market(tx: AsyncSession, content: Content, organisation_id: UUID) -> list[Decimal]:
    """The lowest prices of others' published goods of the same category, unit and currency, the latest first."""
    since = clock.now() - MARKET
    rows = await tx.scalars(*_prices(content.category, since, organisation_id, content.unit, content.currency))
    return list(filter(None, rows.all()))


@once
def _prices(category: str, since: datetime, but: UUID, unit: str, currency: str) -> Select[Decimal | None]:
    query = select(Product.price_low).where(
        Product.category == category,
        Product.state == ProductState.PUBLISHED,
        Product.published_at >= since,
        Product.organisation_id != but,
        Product.unit == unit,
        Product.currency == currency,
    )
    return query.order_by(Product.published_at.desc()).limit(COMPARED)


async def _today(tx: AsyncSession, organisation_id: UUID) -> int:
    """How many listings the company has sent in during the last 24 hours."""
    sent: int = (await tx.execute(*_sent(organisation_id, clock.now() - DAY))).scalar_one()
    return sent


@once
def _sent(organisation_id: UUID, since: datetime) -> Select[int]:
    return (
        select(func.count(ProductRevision.product_id.distinct()))
        .join(Product, Product.id == ProductRevision.product_id)
        .where(
            Product.organisation_id == organisation_id,
            Product.changed_at >= since,
            ProductRevision.saved_at >= since,
            ProductRevision.state != RevisionState.DRAFT,
        )
    )
