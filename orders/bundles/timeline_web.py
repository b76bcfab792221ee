"""The pages of evidence: of a contract and of an order, for their two parties."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

from app.core.subject import Subject
from app.core.web import Answer, HouseRouter, Tx
from orders.bundles import timeline as timelines
from orders.bundles.timeline import Timeline
from orders.contracts import queries as contracts
from orders.contracts.schemas import InclusionOut
from orders.contracts.sealing import PlatformSigner
from orders.contracts.states import OVER
from orders.deals import queries as orders
from orders.deals.states import ENDED
from trust.access import CurrentMember
from trust.retention.classes import DEAL

router = HouseRouter(tags=["evidence"])


class EvidenceOut(BaseModel):
    """One link of a chain (see app.core.evidence). `withheld`: what it says is the platform's alone."""

    seq: int
    kind: str
    data: dict[str, Any]
    actor: UUID | None
    at: datetime
    hash: str
    withheld: bool


class EvidenceChainOut(BaseModel):
    """`public_key` checks the seals of signed statements (Ed25519, hexadecimal).

    kept_until  when what was written and signed is erased at the earliest; None while the deal is under way
    """

    whole: bool
    links: list[EvidenceOut]
    public_key: str
    logged: InclusionOut | None = None
    kept_until: datetime | None = None

    @classmethod
    def of(cls, told: Timeline, key: bytes, *, over: bool) -> "EvidenceChainOut":
        return cls(
            whole=told.verdict.whole,
            links=[EvidenceOut(**{n: getattr(step, n) for n in EvidenceOut.model_fields}) for step in told.steps],
            public_key=key.hex(),
            logged=told.logged and InclusionOut.of(told.logged, holds=bool(told.holds)),
            kept_until=told.steps[-1].at + DEAL.period if over and told.steps else None,
        )


@router.get("/contracts/{contract_id}/evidence", response_model=EvidenceChainOut)
async def of_contract(request: Request, answer: Answer, tx: Tx, member: CurrentMember, contract_id: UUID) -> Response:
    """Every step of the contract as a hash chain, checked now, with the key that checks its seals."""
    found = await contracts.contract(tx, contract_id, party=member.organisation_id)
    told = await timelines.timeline(tx, Subject("contract", found.id), party=member.organisation_id)
    return _shown(
        request, answer, told, number=found.number, address=f"/contracts/{found.id}", over=found.state in OVER
    )


@router.get("/orders/{order_id}/evidence", response_model=EvidenceChainOut)
async def of_order(request: Request, answer: Answer, tx: Tx, member: CurrentMember, order_id: UUID) -> Response:
    """Every step of the order as a hash chain, checked now."""
    found = await orders.order(tx, order_id, party=member.organisation_id)
    told = await timelines.timeline(tx, found.subject, party=member.organisation_id)
    return _shown(request, answer, told, number=found.number, address=f"/orders/{found.id}", over=found.state in ENDED)


def _shown(request: Request, answer: Answer, told: Timeline, *, number: str, address: str, over: bool) -> Response:
    signer = PlatformSigner(request.app.state.settings.secret_key.get_secret_value())
    out = EvidenceChainOut.of(told, signer.public_key, over=over)
    return answer.show("bundles/timeline.html", out, told=told, number=number, address=address)
