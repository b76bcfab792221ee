"""Payment milestones: shares of the contract total, in percent, that add up to exactly 100 (STANDARDS 4.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money


class MilestoneKind(StrEnum):
    """What a payment waits for. The order of the members is the order in which they may stand in a contract."""

    DEPOSIT = "deposit"
    BALANCE = "balance"


class BadMilestones(Invalid):
    """Shares that do not make a payment plan."""

    code = "bad_milestones"


@dataclass(frozen=True, slots=True)
class Milestone:
    """`percent` of the total: more than 0, at most 100, at most two decimals."""

    kind: MilestoneKind
    percent: Decimal

    @property
    def basis_points(self) -> int:
        return int(self.percent * 100)


def check(milestones: Sequence[Milestone]) -> None:
    """Raises BadMilestones, naming the field, unless the shares are a payment plan that sums to exactly 100."""
    if not milestones:
        raise BadMilestones(_("Say how the total is paid."), field="milestones")
    for place, milestone in enumerate(milestones):
        percent = milestone.percent
        if not percent.is_finite() or not 0 < percent <= 100 or percent != round(percent, 2):
            message = _("A share is more than 0 and at most 100 percent, with at most two decimals.")
            raise BadMilestones(message, field=f"milestones.{place}.percent")
    in_order = [kind for kind in MilestoneKind if any(m.kind is kind for m in milestones)]
    if [m.kind for m in milestones] != in_order:
        raise BadMilestones(_("Each payment comes once, the deposit before the balance."), field="milestones")
    whole = sum(m.percent for m in milestones)
    if whole != 100:
        message = _("The payments add up to %(sum)s percent instead of 100.") % {"sum": f"{whole:f}"}
        raise BadMilestones(message, field="milestones", sum=f"{whole:f}")


def amounts(total: Money, milestones: Sequence[Milestone]) -> list[Money]:
    """Each milestone's amount, in order, summing to `total` to the unit; leftover units by largest remainder.

    Raises BadMilestones as `check` does.
    """
    check(milestones)
    return total.split([m.basis_points for m in milestones])
