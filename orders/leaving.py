"""What of a company's deals is open, and who its partners in them are, for a company that leaves."""

from typing import Any
from uuid import UUID

from sqlalchemy import case, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.i18n import N_
from orders.contracts.models import Contract
from orders.contracts.states import ContractState
from orders.deals.models import Order
from orders.deals.states import UNDER_WAY
from orders.negotiation.models import Inquiry
from orders.negotiation.states import ONGOING
from trust.leaving import matters
from trust.leaving.matters import Matter

BEING_SIGNED = (ContractState.LOCKED, ContractState.SIGNING)


@matters.reader
async def deals(tx: AsyncSession, organisation_id: UUID) -> list[Matter]:
    orders = await _count(tx, Order, organisation_id, Order.state.in_(UNDER_WAY))
    signing = await _count(tx, Contract, organisation_id, Contract.state.in_(BEING_SIGNED))
    drafts = await _count(tx, Contract, organisation_id, Contract.state == ContractState.DRAFT)
    asked = await _count(tx, Inquiry, organisation_id, Inquiry.state.in_(ONGOING))
    return [
        Matter(
            "orders",
            N_("Orders under way"),
            N_("They go on as they were agreed, under the rules they were made under, until they are settled."),
            "/orders",
            orders,
        ),
        Matter(
            "contracts_to_sign",
            N_("Contracts being signed"),
            N_("A first contract is not signed any more: decline it, or it ends by itself. Amendments still are."),
            "/contracts",
            signing,
        ),
        Matter(
            "drafts",
            N_("Drafts of contracts"),
            N_("They come to nothing, and end by themselves. A draft of an amendment can still be signed."),
            "/contracts",
            drafts,
            waits=False,
        ),
        Matter(
            "inquiries",
            N_("Inquiries and offers"),
            N_("No deal comes of them any more; either side may end them. What was said stays readable."),
            "/inquiries",
            asked,
            waits=False,
        ),
    ]


async def _count(tx: AsyncSession, kind: Any, organisation_id: UUID, open_: Any) -> int:
    mine = or_(kind.buyer_id == organisation_id, kind.supplier_id == organisation_id)
    return (await tx.execute(select(func.count()).select_from(kind).where(mine, open_))).scalar_one()


@matters.partners
async def partners(tx: AsyncSession, organisation_id: UUID) -> set[UUID]:
    """The other side of each order, contract and inquiry that is not over."""
    unsigned = (*BEING_SIGNED, ContractState.DRAFT)
    parts = [
        _others(Order, organisation_id, Order.state.in_(UNDER_WAY)),
        _others(Contract, organisation_id, Contract.state.in_(unsigned)),
        _others(Inquiry, organisation_id, Inquiry.state.in_(ONGOING)),
    ]
    return set(await tx.scalars(union(*parts)))


def _others(kind: Any, organisation_id: UUID, open_: Any) -> Any:
    mine = or_(kind.buyer_id == organisation_id, kind.supplier_id == organisation_id)
    other = case((kind.buyer_id == organisation_id, kind.supplier_id), else_=kind.buyer_id)
    return select(other).where(mine, open_)
