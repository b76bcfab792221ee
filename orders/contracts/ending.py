"""The agreement that ends a contract: its parties, goods and payments once more, and what becomes of them."""

from app.core import clock
from orders.contracts import clauses
from orders.contracts.amending import Changes, payments
from orders.contracts.extras import Ending
from orders.contracts.terms import EDITION, Amended, ContractTerms, Particulars


def ended(before: ContractTerms, names: Amended, ending: Ending, *, number: str) -> ContractTerms:
    """The agreement's terms. Raises ValueError when it would contradict itself."""
    given = {name: getattr(before, name) for name in Particulars.model_fields}
    new = given | {
        "edition": EDITION,
        "number": number,
        "dated": clock.now().date(),
        "milestones": payments(before, Changes(ending.reason)),
        "own_clauses": (),
        "chosen": None,
        "annexes": None,
        "amends": names,
        "ending": ending,
    }
    return clauses.draw_up(Particulars(**new))
