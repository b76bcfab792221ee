"""What every move on a contract does beside its own: it is written into the evidence, and the other side is told."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.subject import Subject
from orders.contracts.models import Contract
from trust.access import Permission
from trust.identity import service as people


def subject(contract: Contract) -> Subject:
    return Subject("contract", contract.id)


def other(contract: Contract, party: UUID) -> UUID:
    return contract.supplier_id if party == contract.buyer_id else contract.buyer_id


async def note(
    tx: AsyncSession, contract: Contract, kind: str, data: dict[str, Any], *, by: UUID | None = None
) -> None:
    await evidence.record(tx, subject(contract), kind, data, actor=by)


async def tell(tx: AsyncSession, contract: Contract, party: UUID, template: str, **more: str) -> None:
    facts = {"number": contract.number, "title": contract.title, "path": f"/contracts/{contract.id}"} | more
    await people.notify(tx, party, Permission.NEGOTIATE, template, facts)
