"""The room in which a contract is negotiated: versions, comments, requests, on a desk and on a phone."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.core.jobs import JobContext
from app.core.money import UnitPrice
from orders.contracts import commenting, revisions, service
from orders.contracts.models import Contract
from orders.contracts.revising import Adjustments
from orders.contracts.terms import Clause, ContractTerms
from orders.contracts.values import Bilingual
from orders.negotiation.offer import Offer, OfferLine
from tests.browser.conftest import SignedIn
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.factories.contracts import Partners, draft_contract, lock_contract, make_offer, make_partners

GOODS = ("Ceramic mug", "Saucer", "Teapot with strainer", "Sugar bowl", "Cake plate")


@dataclass(frozen=True)
class Negotiated:
    page: str
    partners: Partners


def long_offer() -> Offer:
    """Thirty lines of goods."""
    first = make_offer().lines[0]
    lines = tuple(
        OfferLine(
            description=f"{GOODS[n % len(GOODS)]}, glaze no. {n + 1}",
            specification=first.specification,
            hs_code=first.hs_code,
            quantity=Decimal(100 + 10 * n),
            unit=first.unit,
            unit_price=UnitPrice.of("2.345", "USD"),
        )
        for n in range(30)
    )
    return make_offer().model_copy(update={"lines": lines})


async def _lengthen(ctx: JobContext, contract_id: UUID) -> None:
    """Twenty-seven clauses of the parties' own."""
    async with ctx.db.transaction() as tx:
        contract = await tx.get_one(Contract, contract_id)
        terms = ContractTerms.model_validate(contract.terms)
        own = tuple(
            Clause(
                key="own_" + "abc"[n // 10] + "abcdefghij"[n % 10],
                title=Bilingual(en=f"Packing of glaze no. {n + 1}", zh=f"第 {n + 1} 号釉的包装"),
                body=Bilingual(
                    en="Each piece is wrapped by itself, six to a carton, the cartons on pallets of spruce that bear"
                    " the mark of ISPM 15. The marks are those of the packing list.",
                    zh="每件单独包裹，每箱六件，纸箱置于带有 ISPM 15 标识的云杉托盘上。唛头以装箱单为准。",
                ),
            )
            for n in range(27)
        )
        contract.terms = terms.model_copy(update={"own_clauses": own}).model_dump(mode="json")
        contract.revision += 1
        await revisions.keep(tx, contract, by=None)


@pytest.fixture
async def negotiated(app: FastAPI) -> Negotiated:
    """A long contract that both have worked on, made before the site runs."""
    ctx: JobContext = app.state.jobs
    partners = await make_partners(ctx.db)
    buyer, supplier = partners.buyer.member, partners.supplier.member
    contract_id = await draft_contract(ctx, partners, long_offer())
    await _lengthen(ctx, contract_id)
    async with ctx.db.transaction() as tx:
        await service.agree(tx, contract_id, 2, by=buyer)
        changes = Adjustments(
            acceptance_days=10, packing_en="Cartons of six on pallets of spruce", packing_zh="六件装纸箱"
        )
        await service.adjust(tx, contract_id, changes, revision=2, by=supplier, note="The carrier takes pallets only.")
        for place, said, by in (
            ("article-inspection", "Ten days are too many for us. Can it be seven?", buyer),
            ("article-inspection", "Seven working days then; the port alone takes two.", supplier),
            ("line-2", "Which saucer is this, the flat one? 是平底的那款吗？", buyer),
            ("delivery", "The forwarder is still to be named.", supplier),
        ):
            await commenting.comment(tx, contract_id, place, said, by=by)
    return Negotiated(f"/contracts/{contract_id}", partners)


async def test_a_text_is_read_commented_on_and_changed(
    negotiated: Negotiated, signed_in: SignedIn, inspector: Inspector
) -> None:
    inspector.ways = FOUR_WAYS
    buyer = await signed_in(negotiated.partners.buyer, "negotiating-buyer")
    await buyer.open(negotiated.page)
    assert await buyer.page.locator(".contents li").count() >= 40
    await buyer.look("contract-room-long")
    await buyer.follow("#article-inspection .notes-acts a")
    await buyer.page.evaluate("scrollTo(0, 0)")  # the bar that stays in sight lies on what is scrolled under it
    await buyer.look("contract-room-comment")
    await buyer.send("comment", text="Agreed: seven working days.")
    assert buyer.path == negotiated.page
    await buyer.send("settle-article-inspection")
    await buyer.follow(f"a[href='{negotiated.page}/versions']")
    assert await buyer.page.locator("ins").count() > 1
    await buyer.look("contract-versions")
    await buyer.open(f"{negotiated.page}/comments")
    await buyer.look("contract-comments")


async def test_the_same_in_chinese(negotiated: Negotiated, signed_in: SignedIn, inspector: Inspector) -> None:
    inspector.ways = FOUR_WAYS
    supplier = await signed_in(negotiated.partners.supplier, "negotiating-supplier", locale="zh-Hans")
    await supplier.open(negotiated.page)
    await supplier.look("contract-room-long")
    await supplier.open(f"{negotiated.page}/versions?since=2&until=3")
    await supplier.look("contract-versions")


@pytest.fixture
async def frozen(app: FastAPI) -> Negotiated:
    ctx: JobContext = app.state.jobs
    partners = await make_partners(ctx.db)
    contract_id = await draft_contract(ctx, partners)
    await lock_contract(ctx, partners, contract_id)
    return Negotiated(f"/contracts/{contract_id}", partners)


async def test_a_frozen_text_is_opened_again(frozen: Negotiated, signed_in: SignedIn, inspector: Inspector) -> None:
    buyer = await signed_in(frozen.partners.buyer, "asking-buyer")
    await buyer.open(frozen.page)
    await buyer.send("request", reason="The port is Shekou, not Yantian.")
    await buyer.look("contract-asked")
    supplier = await signed_in(frozen.partners.supplier, "answering-supplier")
    await supplier.open("/")
    await supplier.look("home-asked")
    await supplier.open(frozen.page)
    await supplier.look("contract-to-answer")
    await supplier.send("assent")
    assert "draft" in (await supplier.read(frozen.page))["state"]
    await supplier.look("contract-opened")
    stale = await signed_in(frozen.partners.buyer, "stale-buyer", scripts=False)
    await stale.open(frozen.page)
    await stale.fill("terms", packing_en="Crates")
    await supplier.send("terms", acceptance_days="12", note="As the insurer asks.")
    assert await stale.try_sending("terms") == 409
    assert await stale.page.locator("#terms-packing_en").input_value() == "Crates"
    assert await stale.page.locator("del").count() > 0
    await stale.look("contract-changed-meanwhile")
