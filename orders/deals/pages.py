"""What the pages of an order have in common: its room as JSON and as a page, and the answer after a move."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.i18n import _, _n, gettext
from app.core.money import Money, MoneyError
from app.core.web import Answer
from orders import conditions
from orders.contracts import clauses, criteria
from orders.contracts.states import LABELS as CONTRACT_STATES
from orders.contracts.values import read_in
from orders.deals import proofs, room
from orders.deals.errors import BadShare
from orders.deals.plan import MilestoneView
from orders.deals.ratings import BASES
from orders.deals.schemas import OrderOut
from orders.deals.states import LABELS
from orders.milestones import EVIDENCE, Evidence, MilestoneMove, Silence
from orders.milestones import LABELS as PLAN_LABELS
from orders.negotiation import words
from payments.approvals.service import WORKS
from payments.escrow.states import LABELS as MILESTONE_LABELS
from trust.access import Member, Permission
from trust.cases.states import KINDS as CASE_KINDS
from trust.cases.states import LABELS as CASE_STATES
from trust.rules.codes import LABELS as RULES


def out(entered: room.Room) -> OrderOut:
    """The room as programs read it."""
    return OrderOut.whole(
        entered.order,
        entered.contract,
        entered.money,
        entered.milestones,
        entered.lines,
        entered.shipments,
        entered.proposals,
        entered.claim_from,
    )


def page(entered: room.Room, member: Member) -> dict[str, Any]:
    return {
        "room": entered,
        "order": entered.order,
        "mine": member.organisation_id,
        "buying": member.organisation_id == entered.order.buyer_id,
        "labels": LABELS,
        "milestone_labels": MILESTONE_LABELS,
        "conditions": conditions,
        "plan_labels": PLAN_LABELS,
        "proofs": proofs,
        "moves": next_moves,
        "contract_states": CONTRACT_STATES,
        "case_kinds": CASE_KINDS,
        "case_states": CASE_STATES,
        "evidence_kinds": [(kind.value, gettext(name)) for kind, name in EVIDENCE.items()],
        "unmet_options": [
            (check.reference, f"{check.reference} {check.text}")
            for check in criteria.checklist(entered.contract.terms, read_in())
        ],
        "history": room.timeline(entered, gettext),
        "may": {p.value: member.may(p) for p in Permission},
        "unit_name": words.unit_name,
        "quantity": words.quantity,
        "rating_bases": BASES,
        "rule_labels": RULES,
        "asked": {(a.kind, a.subject.id) for a in entered.waiting},
        "approval_kinds": {kind: gettext(work.label) for kind, work in WORKS.items()},
        "days": _n("%(num)d day", "%(num)d days", entered.order.acceptance_days)
        % {"num": entered.order.acceptance_days},
    }


def next_moves(milestone: MilestoneView) -> list[tuple[str, str]]:
    """What may happen to a payment next and what it then is, in the words that contracts print."""
    conditions = milestone.terms
    if conditions.evidence is Evidence.ACCEPTANCE:
        possible = {MilestoneMove.ACCEPT_GOODS, MilestoneMove.CLOSE}
    else:
        silent = MilestoneMove.FALL_SILENT if conditions.silence is Silence.ACCEPTED else MilestoneMove.REMIND
        possible = set(MilestoneMove) - {MilestoneMove.FALL_SILENT, MilestoneMove.REMIND} | {silent}
    language = read_in()
    return [
        (move.name.said(language), clauses.word("state", move.after, language))
        for move in clauses.moves()
        if milestone.state in move.before and move.move in possible
    ]


def share(text: str, currency: str, *, field: str = "to_supplier") -> Money:
    """An amount as it was typed. Raises BadShare naming the field."""
    try:
        return Money.of(text.replace(",", ""), currency)
    except MoneyError as error:
        raise BadShare(_("This is not a valid amount."), field=field) from error


def waits() -> str:
    """What is said when a second person has to agree first."""
    return _("A second person of your company has to agree first. They were told.")


async def done(answer: Answer, tx: AsyncSession, order_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    entered = await room.enter(tx, order_id, party=member.organisation_id)
    return answer.done(f"/orders/{order_id}", out(entered), flash=text)
