"""What waits for a second person, as the desk and a company see it."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from app.core.db import Database
from app.core.jobs import JobContext
from app.core.money import Money
from payments.approvals import service as deciding
from tests.browser.conftest import SignedIn
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.factories.contracts import make_partners
from tests.factories.money import make_finance
from tests.factories.people import Actor, make_member
from tests.flows import test_approvals as at_the_desk
from tests.flows import test_second_person as in_a_company
from trust.access import Role
from trust.identity.models import Organisation


@dataclass(frozen=True)
class Asked:
    order_id: UUID
    maker: Actor
    second: Actor


@pytest.fixture(autouse=True)
def _four_ways(inspector: Inspector) -> None:
    inspector.ways = FOUR_WAYS


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_the_desk(ctx: JobContext, db: Database, signed_in: SignedIn, locale: str) -> None:
    async with db.transaction() as tx:
        maker, checker = await make_finance(tx), await make_finance(tx)
        _deal, large = await at_the_desk.stuck(tx, Money.of("20000", "USD"))
        _deal, small = await at_the_desk.stuck(tx, Money.of("200", "USD"))
        for operation in (large, small):
            await deciding.ask(tx, at_the_desk.giving_up(operation), ctx.settings, by=maker.member)
    person = await signed_in(checker, "checker", locale=locale)
    for path in ("/finance/approvals", "/finance"):
        await person.open(path)
        await person.look(f"approvals {locale} {path}")


@pytest.fixture
async def asked(ctx: JobContext, db: Database) -> Asked:
    """Delivered goods that a second person has to accept; made before a worker runs beside the test."""
    partners = await make_partners(db)
    async with db.transaction() as tx:
        company = await tx.get_one(Organisation, partners.buyer.organisation_id)
        second = await make_member(tx, company, roles=(Role.FINANCE,))
    await in_a_company.limit_to(ctx, partners.buyer, in_a_company.LIMIT)
    order_id = await in_a_company.delivered_order(ctx, partners)
    await in_a_company.ask_to_accept(ctx, order_id, partners.buyer)
    await in_a_company.limit_to(ctx, partners.buyer, None)
    return Asked(order_id, partners.buyer, second)


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
async def test_a_company(asked: Asked, signed_in: SignedIn, locale: str) -> None:
    for actor, name in ((asked.second, "second"), (asked.maker, "asker")):
        person = await signed_in(actor, name, locale=locale)
        for path in (f"/orders/{asked.order_id}", "/approvals"):
            await person.open(path)
            await person.look(f"approvals {locale} {name} {path.split('/')[1]}")
