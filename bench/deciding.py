"""Operations of `bench.risk` at which rules of risk are asked, each as it is and with the rules taken out."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Database
from app.core.ids import new_id
from app.core.money import Money, UnitPrice
from listings import guarding, service
from listings.content import Content, Picture, Shown
from listings.schemas import ProductIn
from orders.contracts import knowing
from orders.contracts.models import Contract
from orders.contracts.terms import ContractTerms
from trust.access import Member, Role
from trust.identity.models import MemberRow, Organisation
from trust.identity.sessions import acting
from trust.risk.likeness import service as likeness

PICTURES = 3
WORDS = ["".join(random.Random(n).choices("abcdefghijklmnoprstuvwy", k=4 + n % 6)) for n in range(3000)]
Step = Callable[[AsyncSession], Awaitable[object]]


async def supplier(tx: AsyncSession, name: str) -> Member:
    number = str(new_id())
    company = Organisation(
        slug=number,
        name_original=name,
        name_latin=name,
        country="CN",
        registration_kind="registry",
        registration_number=number,
        level=2,
        sells=True,
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
    return await acting(tx, person.id)


def content(chance: random.Random, keys: list[str]) -> Content:
    """A whole listing with a text of some 1,500 signs, and 400 Chinese ones, that no other has."""
    said = " ".join(chance.choices(WORDS, k=220))
    made = ProductIn(
        category="mugs",
        title_en="Ceramic mug with lid",
        title_zh="陶瓷马克杯",
        description_en=said,
        description_zh="".join(chr(chance.randrange(0x4E00, 0x9000)) for _sign in range(400)),
        attributes={"ceramic_body": "stoneware", "capacity_ml": "350"},
        hs_code="691200",
        origin="CN",
        unit="H87",
        currency="USD",
        tiers=[{"min_quantity": "500", "price": "1.25"}],
        lead_time_days=25,
        port="Shenzhen Yantian",
        port_code="CNYTN",
        incoterms=["FOB"],
    ).content()
    shown = [Picture(sizes={"full": Shown(key=key, width=900, height=700)}) for key in keys]
    return made.model_copy(update={"pictures": tuple(shown)})


async def drafts(db: Database, number: int, by: Member, *, like: str) -> AsyncIterator[UUID]:
    """One after another, a draft that waits to be sent in, with pictures that are remembered; under the same name, the
    same ones.
    """
    chance = random.Random(like)
    for _place in range(number):
        keys = [f"{chance.getrandbits(256):064x}" for _ in range(PICTURES)]
        async with db.transaction() as tx:
            for key in keys:
                await likeness.remember_picture(tx, key, chance.getrandbits(64), by.organisation_id)
            product = await service.create(tx, content(chance, keys), by=by)
            id_ = product.id
        yield id_


@contextmanager
def without_rules() -> Iterator[None]:
    """What is sent in is not judged."""

    async def nothing(*_: Any, **__: Any) -> int:
        return 0

    kept = guarding.check_listing
    guarding.check_listing = nothing
    try:
        yield
    finally:
        guarding.check_listing = kept


def trade(buyer: UUID, seller: UUID) -> Step:
    """What is looked up when both agree to a contract."""
    terms = SimpleNamespace(
        currency="USD",
        lines=[SimpleNamespace(hs_code="691200", unit="H87", unit_price=UnitPrice(Decimal("1.25"), "USD"))],
    )
    contract = Contract(buyer_id=buyer, supplier_id=seller, total=Money(2_500_000, "USD"))

    async def look(tx: AsyncSession) -> object:
        return await knowing.known(tx, contract, cast("ContractTerms", terms), 2_500_000)

    return look
