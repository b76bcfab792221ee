"""What is said with evidence: typed facts for each kind, and whether a document is in order on its face."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.errors import Invalid
from app.core.i18n import N_, _
from orders.deals.models import Order, Shipment
from orders.milestones import Evidence

FIELDS: dict[Evidence, tuple[str, ...]] = {
    Evidence.PRODUCTION_PROOF: ("quantity", "done_on"),
    Evidence.INSPECTION_REPORT: ("company", "number", "done_on", "result"),
    Evidence.BILL_OF_LADING: ("number", "carrier", "done_on"),
}
"""What has to be said beside the files."""
LABELS: dict[Evidence, dict[str, str]] = {
    Evidence.PRODUCTION_PROOF: {"quantity": N_("What is finished"), "done_on": N_("Finished on")},
    Evidence.INSPECTION_REPORT: {
        "company": N_("Inspection company"),
        "number": N_("Number of the report"),
        "done_on": N_("Inspected on"),
        "result": N_("Result"),
    },
    Evidence.BILL_OF_LADING: {"number": N_("B/L number"), "carrier": N_("Carrier"), "done_on": N_("On board on")},
}
RESULTS = {"passed": N_("The goods conform"), "failed": N_("The goods do not conform")}


@dataclass(frozen=True, slots=True)
class Proof:
    """What the supplier submits. `facts` by the names of FIELDS: texts, `done_on` a day, `result` passed or failed."""

    facts: dict[str, Any]
    text: str
    files: list[dict[str, Any]]


def checked(evidence: Evidence, proof: Proof, today: date) -> dict[str, Any]:
    """The facts to keep. Raises Invalid naming each field that is missing or cannot be."""
    errors = {name: _("This field is needed.") for name in FIELDS[evidence] if not proof.facts.get(name)}
    done_on = proof.facts.get("done_on")
    if done_on is not None and done_on > today:
        errors["done_on"] = _("This day lies in the future.")
    if not proof.files:
        errors["files"] = _("Attach the document.")
    if errors:
        raise Invalid.many(errors, _("Please check the marked fields."))
    return {name: proof.facts[name] for name in FIELDS[evidence]}


def check_face(evidence: Evidence, facts: dict[str, Any], order: Order, shipments: Sequence[Shipment]) -> None:
    """A document that nobody answers must be in order on its face (after UCP 600 art. 14).

    Raises Invalid naming the field that is not: an inspection that failed, a bill of lading of no recorded shipment or
    dated after the latest day of shipment.
    """
    if evidence is Evidence.INSPECTION_REPORT and facts["result"] != "passed":
        raise Invalid(_("Only a report that says the goods conform counts."), field="result")
    if evidence is Evidence.BILL_OF_LADING:
        if _plain(facts["number"]) not in {_plain(shipment.tracking) for shipment in shipments}:
            raise Invalid(_("No recorded shipment has this number."), field="number")
        if facts["done_on"] > order.ship_by:
            raise Invalid(_("This is after the contract's latest day of shipment."), field="done_on")


def _plain(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum())
