"""The form in which open terms of a draft are adjusted: its values, also when the draft was changed meanwhile."""

from collections.abc import Mapping

from orders.contracts.extras import Addressee
from orders.contracts.revising import OWN_CLAUSE
from orders.contracts.terms import ContractTerms

Values = dict[str, str | list[str]]


def values(terms: ContractTerms) -> Values:
    """What stands in each field, as a browser sends it."""
    special = next((clause.body for clause in terms.own_clauses if clause.key == OWN_CLAUSE), None)
    return {
        "earliest": terms.delivery.earliest.isoformat(),
        "latest": terms.delivery.latest.isoformat(),
        "packing_en": terms.packing.en,
        "packing_zh": terms.packing.zh,
        **_addressee("consignee", terms.consignee),
        **_addressee("notify", terms.notify),
        "inspector": terms.inspection.inspector.value,
        "acceptance_days": str(terms.inspection.acceptance_days),
        "apparent_days": str(terms.claims.apparent_days),
        "hidden_days": str(terms.claims.hidden_days),
        "documents": [document.kind.value for document in terms.documents],
        "institution": terms.arbitration.institution,
        "arbitration_language": terms.arbitration.language,
        "prevailing_language": terms.prevailing_language,
        "cisg_excluded": str(terms.law.cisg_excluded).lower(),
        "special_en": special.en if special else "",
        "special_zh": special.zh if special else "",
    }


def _addressee(who: str, said: Addressee | None) -> dict[str, str]:
    fields = ("name", "country", "address")
    stands = {f"{who}_{field}": getattr(said, field) if said else "" for field in fields}
    return {f"{who}_is": "other" if said else "buyer"} | stands


def typed(said: Mapping[str, str | list[str]], begun: Values) -> Values:
    """Of a refused form only what its author changed: the rest follows the draft as it is now."""
    return {name: value for name, value in said.items() if name not in begun or _plain(value) != _plain(begun[name])}


def _plain(value: str | list[str]) -> str | list[str]:
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return sorted(value)
