"""Payment plans that the trade knows, to begin from."""

from decimal import Decimal

from app.core.i18n import N_
from orders.milestones import Conditions, Due, Evidence, Milestone, MilestoneKind, Silence, Since, usual

EXAMINATION_DAYS = 5
"""Days to examine documents: five banking days in the rules on documentary credits (UCP 600 art. 14 b)."""
PRESENTATION_DAYS = 21
"""Days after shipment to present documents (UCP 600 art. 14 c)."""

NAMES = {
    "deposit_balance": N_("30 / 70: both held until the goods are accepted"),
    "acceptance": N_("100 on acceptance"),
    "documents": N_("30 / 40 / 30: deposit, bill of lading, acceptance"),
    "credit": N_("100 against documents, as a letter of credit pays"),
    "stages": N_("20 / 30 / 30 / 20: production, inspection, bill of lading, acceptance"),
}


def plans(*, production_days: int) -> dict[str, list[Milestone]]:
    """Each preset's milestones; `production_days` is the lead time that was offered."""
    return {name: plan(name, production_days=production_days) for name in NAMES}


def plan(name: str, *, production_days: int) -> list[Milestone]:
    """One preset. Raises KeyError for a name that is none."""
    kinds = MilestoneKind
    proof = _evidence(Evidence.PRODUCTION_PROOF, Due.SIGNING, Since.HELD, min(production_days, 365), refundable=50)
    report = _evidence(Evidence.INSPECTION_REPORT, Due.SHIPMENT, Since.EFFECT, min(production_days + 14, 365))
    lading = _evidence(Evidence.BILL_OF_LADING, Due.SHIPMENT, Since.SHIPPED, 7)
    credit = _evidence(Evidence.BILL_OF_LADING, Due.SIGNING, Since.SHIPPED, PRESENTATION_DAYS)
    deposit, balance = usual(kinds.DEPOSIT), usual(kinds.BALANCE)
    known = {
        "deposit_balance": [(kinds.DEPOSIT, 30, deposit), (kinds.BALANCE, 70, balance)],
        "acceptance": [(kinds.BALANCE, 100, deposit)],
        "documents": [(kinds.DEPOSIT, 30, proof), (kinds.SHIPMENT, 40, lading), (kinds.BALANCE, 30, balance)],
        "credit": [(kinds.SHIPMENT, 100, credit)],
        "stages": [
            (kinds.DEPOSIT, 20, proof),
            (kinds.INSPECTION, 30, report.model_copy(update={"silence": Silence.REMINDER})),
            (kinds.SHIPMENT, 30, lading),
            (kinds.BALANCE, 20, balance),
        ],
    }
    return [
        Milestone(kind, Decimal(percent), None if conditions == usual(kind) else conditions)
        for kind, percent, conditions in known[name]
    ]


def _evidence(evidence: Evidence, due: Due, since: Since, days: int, *, refundable: int = 0) -> Conditions:
    return Conditions(
        due=due,
        due_days=7 if due is Due.SIGNING else None,
        evidence=evidence,
        since=since,
        days=days,
        answer_days=EXAMINATION_DAYS,
        refundable=refundable,
    )
