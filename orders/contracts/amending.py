"""An amendment: the whole contract again with other prices, dates and payments, naming the hash of the one before."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pydantic import ValidationError

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money, MoneyError, UnitPrice
from orders import milestones, pricing
from orders.contracts import clauses
from orders.contracts.terms import EDITION, Amended, ContractTerms, GoodsLine, Particulars, PaymentMilestone
from orders.milestones import Conditions, MilestoneKind, Since


@dataclass(frozen=True, slots=True)
class Added:
    """A payment that comes on top."""

    kind: MilestoneKind
    amount: Money
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Changes:
    """What shall be otherwise, by the places of lines and milestones; what is not named stays.

    prices   a line's new unit price, in the contract's currency
    latest   the new last day of shipment
    amounts  a milestone's new amount
    dates    the day by which a milestone's evidence shall come now
    """

    reason: str
    prices: dict[int, Decimal] = field(default_factory=dict)
    latest: date | None = None
    amounts: dict[int, Money] = field(default_factory=dict)
    dates: dict[int, date] = field(default_factory=dict)
    added: Added | None = None


def amended(before: ContractTerms, names: Amended, changes: Changes, *, number: str) -> ContractTerms:
    """The amendment's terms. Raises Invalid when it changes nothing or would contradict itself."""
    lines = tuple(_line(before, place, line, changes) for place, line in enumerate(before.lines))
    total = pricing.total((line.total for line in lines), before.currency)
    paid = payments(before, changes)
    if sum(m.amount.minor for m in paid) != total.minor:
        owed = sum(m.amount.minor for m in paid)
        message = _("The payments come to %(paid)s, the goods to %(total)s.") % {
            "paid": str(Money(owed, before.currency)),
            "total": str(total),
        }
        raise Invalid(message, field="milestones")
    delivery = (
        before.delivery if changes.latest is None else before.delivery.model_copy(update={"latest": changes.latest})
    )
    same = [(m.amount, m.plan.terms) for m in before.milestones] == [(m.amount, m.plan.terms) for m in paid]
    if same and (lines, delivery) == (before.lines, before.delivery):
        raise Invalid(_("This changes nothing."), field="reason")
    given = {name: getattr(before, name) for name in Particulars.model_fields}
    new = given | {
        "edition": EDITION,
        "number": number,
        "dated": clock.now().date(),
        "lines": lines,
        "total": total,
        "delivery": delivery,
        "milestones": paid,
        "amends": names,
    }
    try:
        return clauses.draw_up(Particulars.model_validate({name: _plain(value) for name, value in new.items()}))
    except ValidationError as error:
        cause = error.errors(include_url=False)[0].get("ctx", {}).get("error")
        raise Invalid(str(cause or _("These terms contradict each other."))) from error


def makes_nothing_larger(before: ContractTerms, after: ContractTerms) -> bool:
    """Whether an amendment only helps to finish: a later last day, lower prices, smaller payments, other days for
    evidence. No line or payment grows or is added, and nothing else is otherwise.
    """
    changing = {"edition", "number", "dated", "lines", "total", "delivery", "milestones", "amends"}
    same = all(getattr(before, name) == getattr(after, name) for name in set(Particulars.model_fields) - changing)
    later = before.delivery.latest <= after.delivery.latest
    kept = after.delivery.model_copy(update={"latest": before.delivery.latest}) == before.delivery
    pairs = len(before.lines) == len(after.lines) and len(before.milestones) == len(after.milestones)
    return (
        same
        and later
        and kept
        and pairs
        and all(_no_dearer(*lines) for lines in zip(before.lines, after.lines, strict=True))
        and all(_no_more(*paid) for paid in zip(before.milestones, after.milestones, strict=True))
    )


def _no_dearer(before: GoodsLine, after: GoodsLine) -> bool:
    priced = ("quantity", "unit_price", "total")
    kept = after.model_copy(update={name: getattr(before, name) for name in priced}) == before
    cheaper = after.unit_price.amount <= before.unit_price.amount and after.total.minor <= before.total.minor
    return kept and cheaper and after.quantity <= before.quantity


def _no_more(before: PaymentMilestone, after: PaymentMilestone) -> bool:
    timed = ("since", "days", "on")
    was, is_ = before.plan.terms, after.plan.terms
    kept = is_.model_copy(update={name: getattr(was, name) for name in timed}) == was
    return kept and after.kind == before.kind and after.amount.minor <= before.amount.minor


def _line(before: ContractTerms, place: int, line: GoodsLine, changes: Changes) -> GoodsLine:
    if place not in changes.prices:
        return line
    price = UnitPrice(changes.prices[place], before.currency)
    try:
        total = pricing.line_total(price, line.quantity)
    except MoneyError as error:
        raise Invalid(_("This amount is too large."), field=f"lines.{place}.price") from error
    return line.model_copy(update={"unit_price": price, "total": total})


def payments(before: ContractTerms, changes: Changes) -> tuple[PaymentMilestone, ...]:
    """The payments after these changes, each with what it comes to and its conditions."""
    amounts = [changes.amounts.get(place, m.amount) for place, m in enumerate(before.milestones)]
    kinds = [m.kind for m in before.milestones]
    conditions = [_moved(m.plan.terms, changes.dates.get(place)) for place, m in enumerate(before.milestones)]
    if changes.added is not None:
        amounts.append(changes.added.amount)
        kinds.append(changes.added.kind)
        conditions.append(changes.added.conditions)
    return tuple(
        PaymentMilestone(kind=kind, percent=percent, amount=amount, conditions=said)
        for kind, percent, amount, said in zip(kinds, milestones.percentages(amounts), amounts, conditions, strict=True)
    )


def _moved(conditions: Conditions, day: date | None) -> Conditions:
    """The same with another day for its evidence."""
    if day is None or conditions.since is None:
        return conditions
    return conditions.model_copy(update={"since": Since.DATE, "days": None, "on": day})


def _plain(value: object) -> object:
    """As JSON-like values, so that everything is checked again."""
    if hasattr(value, "model_dump"):
        return value.model_dump()
    if isinstance(value, tuple):
        return tuple(_plain(v) for v in value)
    return value
