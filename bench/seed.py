"""Products by the ten thousand: rows in bulk with content the services made, then the index by its own rebuilding."""

import itertools
import random
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import UnitPrice
from app.embedded import SUPERUSER, Services
from listings import categories
from listings.content import Content, Text, Tier, card
from listings.models import Product, ProductRevision
from listings.schemas import ProductIn
from listings.search.jobs import reindex
from listings.states import ProductState, RevisionState
from trust.access import Member, Role, granted
from trust.identity.models import MemberRow, Organisation, SigningAuthority
from trust.identity.service import keys
from trust.identity.sessions import acting
from trust.verification.facts import GOOD_FOR, Fact
from trust.verification.models import VerifiedFact

COUNTRIES = ("CN", "DE", "VN", "IN", "IT", "TR", "KR", "PL")
SUPPLIERS = 200
BATCH = 2000
KINDS = ("mug", "lamp", "chair", "cable", "valve", "bottle", "jacket", "pump", "tile", "shelf", "scarf", "panel", "fan")
MATERIALS = ("ceramic", "steel", "oak", "bamboo", "cotton", "brass", "glass", "aluminium", "wool", "copper", "linen")
PORTS = (
    ("Shenzhen Yantian", "CNYTN"),
    ("Ningbo", "CNNBG"),
    ("Hamburg", "DEHAM"),
    ("Hai Phong", "VNHPH"),
    ("Genova", "ITGOA"),
)
CURRENCIES = ("USD", "USD", "USD", "CNY", "EUR")
LEAST = (50, 100, 200, 300, 500, 1000, 2000)
QUALITIES = ("matt", "glazed", "light", "folding", "outdoor", "industrial", "gift", "compact", "heavy", "woven")
CONFIRMED = (Fact.LEGAL_NAME, Fact.REGISTRATION, Fact.ADDRESS, Fact.REPRESENTATIVE, Fact.SCOPE, Fact.LEI)


@dataclass(frozen=True)
class Market:
    """Suppliers with a member each, and a buyer with an API key."""

    suppliers: list[Member]
    buyer: Member
    key: str


async def make_market(ctx: JobContext) -> Market:
    async with ctx.db.transaction() as tx:
        suppliers = [
            await _company(tx, f"Supplier {n}", COUNTRIES[n % len(COUNTRIES)], sells=True) for n in range(SUPPLIERS)
        ]
        buyer = await _company(tx, "Buyer", "DE", sells=False)
        _view, key = await keys.issue(tx, "bench", sorted(granted(buyer)), 30, by=buyer)
    return Market(suppliers, buyer, key)


async def _company(tx: AsyncSession, name: str, country: str, *, sells: bool) -> Member:
    number = str(new_id())
    company = Organisation(
        slug=number,
        name_original=name,
        name_latin=name,
        country=country,
        registration_kind="registry",
        registration_number=number,
        level=2,
        buys=not sells,
        sells=sells,
    )
    tx.add(company)
    await tx.flush()
    person = MemberRow(
        organisation_id=company.id,
        name="Owner",
        email=f"{number}@example.com",
        email_confirmed_at=clock.now(),
        password_hash="none",  # noqa: S106  nobody signs in with it
        roles=[Role.OWNER],
    )
    tx.add(person)
    await tx.flush()
    for fact in CONFIRMED:
        tx.add(_fact(company, fact))
    tx.add(SigningAuthority(organisation_id=company.id, member_id=person.id, granted_by=person.id))
    await tx.flush()
    return await acting(tx, person.id)


def _fact(company: Organisation, fact: Fact) -> VerifiedFact:
    now = clock.now()
    return VerifiedFact(
        organisation_id=company.id,
        fact=fact,
        value=company.name_latin,
        method="document",
        confirmed_at=now,
        valid_until=now + GOOD_FOR,
    )


def _model() -> Content:
    """A whole listing, as a supplier's form would give it."""
    return ProductIn(
        category="mugs",
        title_en="A mug",
        title_zh="马克杯",
        description_en="Packed one by one in a gift box. Samples leave within five days. " * 4,
        description_zh="单个礼盒包装，样品五天内发出。" * 4,
        attributes={"ceramic_body": "stoneware", "capacity_ml": "350"},
        hs_code="691200",
        origin="CN",
        unit="H87",
        currency="USD",
        tiers=[{"min_quantity": "500", "price": "1.25"}, {"min_quantity": "2000", "price": "1.18"}],
        lead_time_days=25,
        port="Shenzhen Yantian",
        port_code="CNYTN",
        incoterms=["FOB", "CIF"],
        sample_price="15",
        sample_days=5,
        certificates=[{"name": "LFGB", "number": "L-2026-118", "valid_until": "2028-03-31"}],
    ).content()


async def add_products(ctx: JobContext, market: Market, total: int, *, have: int = 0) -> list[UUID]:
    """Bring the number of published products from `have` to `total`, and rebuild the index; the new ids."""
    chance, model = random.Random(have), _model()
    leaves = [leaf.slug for leaf in categories.leaves()]
    ids: list[UUID] = []
    for start in range(have, total, BATCH):
        products: list[dict[str, Any]] = []
        revisions: list[dict[str, Any]] = []
        for number in range(start, min(start + BATCH, total)):
            supplier = market.suppliers[number % SUPPLIERS]
            product, revision = _product(chance, model, leaves, supplier)
            products.append(product)
            revisions.append(revision)
            ids.append(product["id"])
        async with ctx.db.transaction() as tx:
            await tx.execute(insert(Product), products)
            await tx.execute(insert(ProductRevision), revisions)
    await reindex(ctx)
    return ids


async def settle(services: Services) -> None:
    """What PostgreSQL does after much was written, done at once: or it does it while some of the rounds run."""
    boss = await asyncpg.connect(services.postgres_url(role=SUPERUSER).replace("+asyncpg", ""))  # others may not
    await boss.execute("VACUUM (ANALYZE)", timeout=600)
    await boss.execute("CHECKPOINT", timeout=600)
    await boss.close()


def _tiers(chance: random.Random) -> tuple[Tier, ...]:
    """Two prices of three digits, from some cents to some hundreds: few products have the same, as in a market."""
    currency, exact = chance.choice(CURRENCIES), 0.3 * 1000 ** chance.random()
    high, low = (Decimal(f"{price:.3g}") for price in (exact, exact * chance.uniform(0.75, 0.97)))
    least = chance.choice(LEAST)
    steps = ((least, high), (least * chance.choice((2, 4, 10)), low))
    return tuple(Tier(min_quantity=Decimal(n), price=UnitPrice(price, currency)) for n, price in steps)


def _product(
    chance: random.Random, model: Content, leaves: list[str], supplier: Member
) -> tuple[dict[str, Any], dict[str, Any]]:
    words = f"{chance.choice(QUALITIES)} {chance.choice(MATERIALS)} {chance.choice(KINDS)}"
    category = chance.choice(leaves)
    title = Text(en=f"{words.capitalize()}, model {chance.randrange(10**6)}", zh=f"{model.title.zh}{words}")
    attributes = model.attributes if category == model.category else {}
    port, port_code = chance.choice(PORTS)
    terms = {
        "tiers": _tiers(chance),
        "lead_time_days": chance.randrange(7, 60),
        "port": port,
        "port_code": port_code,
        "incoterms": tuple(chance.sample(("FOB", "CIF", "EXW", "FCA"), 2)),
    }
    content = model.model_copy(update={"title": title, "category": category, "attributes": attributes, **terms})
    at, product_id = clock.now(), new_id()
    product = {
        "id": product_id,
        "organisation_id": supplier.organisation_id,
        "category": category,
        "state": ProductState.PUBLISHED,
        "card": card(content),
        "published_at": at,
    }
    revision = {
        "id": new_id(),
        "product_id": product_id,
        "number": 1,
        "content": content,
        "state": RevisionState.LIVE,
        "reason": "",
        "saved_by": supplier.id,
        "decided_at": at,
    }
    return product, revision


def queries(count: int) -> list[str]:
    """Addresses of the search page with words and filters, no two alike. Most fill a page, also of 10,000 products."""
    chance = random.Random(count)
    found = [
        f"/products?q={chance.choice(MATERIALS)}+{chance.choice(KINDS)}"
        + "".join(f"&country={country}" for country in chance.sample(COUNTRIES, 5))
        + f"&price_max={chance.randrange(100, 400)}&currency=USD"
        for _ in range(count)
    ]
    return list(dict.fromkeys(found))


def new_words(count: int) -> list[str]:
    """Addresses of the search page with words in an order in which nobody asked for them before."""
    words = [[*chosen, "supplier"] for chosen in itertools.product(QUALITIES, MATERIALS, KINDS)]
    orders = [order for chosen in words for order in itertools.permutations(chosen)]
    return [f"/products?q={'+'.join(order)}" for order in random.Random(count).sample(orders, count)]


def _drawing() -> str:
    """A name nobody else has, without digits: a rule might take them for a telephone's."""
    return str(new_id()).translate(str.maketrans("0123456789", "ghijklmnop"))


def questions(products: list[str], count: int) -> list[dict[str, str]]:
    """Inquiries about the products in turn. No two say the same: one text sent to many suppliers is refused."""
    return [
        {
            "product_id": products[number % len(products)], "title": "Mugs", "quantity": "1000",
            "text": f"With our logo as of drawing {_drawing()}, please.", "unit": "H87", "destination": "DE",
        }
        for number in range(count)
    ]  # fmt: skip
