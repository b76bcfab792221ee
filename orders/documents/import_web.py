"""Addresses where a party compares a UBL file of its own with what was agreed and issued. Nothing is kept."""

import asyncio
from typing import Annotated
from uuid import UUID

from starlette.responses import Response

from app.core import clock
from app.core.web import Answer, HouseRouter, Submitted, Tx
from orders.deals import queries as deals
from orders.documents import comparing, making, queries
from orders.documents.comparing import FAULTS, Agreed, Root
from orders.documents.content import Invoice, Proforma
from orders.documents.kinds import Kind
from orders.documents.making import Issue
from orders.documents.queries import Dossier
from orders.documents.schemas import ComparisonOut, FindingOut, ImportIn
from trust.access import CurrentMember

router = HouseRouter(tags=["trade documents"])


@router.get("/orders/{order_id}/documents/comparison", include_in_schema=False)
async def ask(answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """Where a file is chosen."""
    order = await deals.order(tx, order_id, party=member.organisation_id)
    return answer.show("documents/comparison.html", order=order, told=None)


@router.post("/orders/{order_id}/documents/comparison", response_model=ComparisonOut)
async def compare(
    answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID, data: Annotated[ImportIn, Submitted(ImportIn)]
) -> Response:
    """Compare a UBL Order with the contract, or an Invoice with the newest invoice."""
    dossier = await queries.dossier(tx, order_id, party=member.organisation_id)
    name, top = await asyncio.to_thread(comparing.read, data.file.data)
    agreed = _agreed(dossier, name)
    found = comparing.compare(name, top, agreed)
    listed = [FindingOut(element=f.element, fault=f.fault.value, theirs=f.theirs, ours=f.ours) for f in found]
    out = ComparisonOut(kind=name, against=agreed.against, findings=listed)
    return answer.show("documents/comparison.html", out, order=dossier.order, told=out, faults=FAULTS)


def _agreed(dossier: Dossier, name: Root) -> Agreed:
    """The newest invoice for an Invoice, the contract for an Order and while no invoice was issued."""
    issued = [d for d in dossier.issued if d.kind is Kind.INVOICE] if name == "Invoice" else []
    made: Invoice | Proforma
    if issued and isinstance(issued[-1].content, Invoice):
        made, number = issued[-1].content, issued[-1].number
    else:
        contract = dossier.contract
        number = contract.number
        issue = Issue(number, 1, "", clock.now().date())
        made = making.proforma(issue, making.Agreed(contract.terms, contract.terms_hash, dossier.order.number))
    return Agreed(
        against=number,
        supplier=made.supplier,
        buyer=made.buyer,
        delivery=made.delivery,
        items=made.items,
        total=made.total,
    )
