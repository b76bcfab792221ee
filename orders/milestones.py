"""Payment plans: shares of the contract total, each with what it waits for, by when, and what silence means.

A plan has one to twelve milestones in the order of the deal. Their shares add up to exactly 100 percent and are frozen
into amounts when the contract is drawn up (STANDARDS 4.3). What may happen to a milestone stands in `MOVES`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.money import Money

MOST = 12
SIGNING_DAYS = 7


class MilestoneKind(StrEnum):
    """What a payment is called in the trade. The order of the members is the order in which they stand in a plan."""

    DEPOSIT = "deposit"
    PRODUCTION = "production"
    INSPECTION = "inspection"
    SHIPMENT = "shipment"
    BALANCE = "balance"


class Due(StrEnum):
    """By when the buyer pays into protected payment."""

    SIGNING = "signing"  # within `due_days` days after the contract takes effect
    PRODUCTION = "production"  # before production begins
    SHIPMENT = "shipment"  # before the goods are shipped
    SHIPPED = "shipped"  # within `due_days` days after they were shipped


class Evidence(StrEnum):
    """What releases a payment."""

    PRODUCTION_PROOF = "production_proof"
    INSPECTION_REPORT = "inspection_report"
    BILL_OF_LADING = "bill_of_lading"
    ACCEPTANCE = "acceptance"


class Since(StrEnum):
    """What the time for evidence is counted from."""

    EFFECT = "effect"  # the contract took effect
    HELD = "held"  # the milestone's money is held
    SHIPPED = "shipped"  # the goods were shipped
    DATE = "date"  # a day of the calendar


class Approver(StrEnum):
    BUYER = "buyer"
    DOCUMENT = "document"  # a document of a third party that is in order on its face


class Silence(StrEnum):
    """What it means when the buyer does not answer evidence in time."""

    ACCEPTED = "accepted"
    REMINDER = "reminder"  # nothing is released; the buyer is reminded, the supplier told


KINDS = {
    MilestoneKind.DEPOSIT: N_("Deposit"),
    MilestoneKind.PRODUCTION: N_("Progress payment"),
    MilestoneKind.INSPECTION: N_("Payment on inspection"),
    MilestoneKind.SHIPMENT: N_("Payment against documents"),
    MilestoneKind.BALANCE: N_("Balance"),
}
EVIDENCE = {
    Evidence.PRODUCTION_PROOF: N_("Proof of production"),
    Evidence.INSPECTION_REPORT: N_("Inspection report"),
    Evidence.BILL_OF_LADING: N_("Bill of lading"),
    Evidence.ACCEPTANCE: N_("Acceptance of the goods"),
}
LATE_EVIDENCE = (Evidence.BILL_OF_LADING, Evidence.ACCEPTANCE)
OF_THIRD_PARTIES = (Evidence.INSPECTION_REPORT, Evidence.BILL_OF_LADING)
BEFORE_SHIPMENT = (Due.SIGNING, Due.PRODUCTION, Due.SHIPMENT)

Days = Annotated[int, Field(ge=1, le=365)]


class Conditions(BaseModel):
    """What a milestone waits for.

    due, due_days      when the money is to be held; days for `signing` and `shipped`
    evidence           what releases it; for `acceptance` the contract's article on acceptance says the rest
    since, days, on    by when the supplier gives that evidence: days after an event, or a day
    approver           who answers it; `answer_days` days to do so, `silence` what it means not to
    refundable         percent of the amount that stays held after the evidence was accepted, until the goods are;
                       it goes back to the buyer if the deal is called off before
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    due: Due
    due_days: Days | None = None
    evidence: Evidence
    since: Since | None = None
    days: Days | None = None
    on: date | None = None
    approver: Approver = Approver.BUYER
    answer_days: Annotated[int, Field(ge=1, le=60)] | None = None
    silence: Silence = Silence.ACCEPTED
    refundable: Annotated[int, Field(ge=0, le=100)] = 0

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for fault in self.faults():
            raise ValueError(fault[1])
        return self

    def faults(self) -> list[tuple[str, str]]:
        """What contradicts itself: field and sentence."""
        found = []
        if (self.due_days is None) == (self.due in (Due.SIGNING, Due.SHIPPED)):
            found.append(("due_days", _("Give the days for a payment after signing or after shipment, and only then.")))
        if self.due is Due.SHIPPED and self.evidence not in LATE_EVIDENCE:
            found.append(("due", _("This payment would come after what releases it.")))
        return found + (self._acceptance_faults() if self.evidence is Evidence.ACCEPTANCE else self._evidence_faults())

    def _acceptance_faults(self) -> list[tuple[str, str]]:
        said = (self.since, self.days, self.on, self.answer_days)
        plain = self.approver is Approver.BUYER and self.silence is Silence.ACCEPTED and not self.refundable
        if plain and all(value is None for value in said):
            return []
        return [("evidence", _("What is paid on acceptance follows the contract's time for acceptance alone."))]

    def _evidence_faults(self) -> list[tuple[str, str]]:
        found = []
        if self.since is None:
            found.append(("since", _("Say by when the evidence comes.")))
        if (self.days is None) == (self.since in (Since.EFFECT, Since.HELD, Since.SHIPPED)):
            found.append(("days", _("Give a number of days after an event.")))
        if (self.on is None) == (self.since is Since.DATE):
            found.append(("on", _("Give the day.")))
        if self.since is Since.SHIPPED and self.evidence is not Evidence.BILL_OF_LADING:
            found.append(("since", _("This evidence comes before the goods are shipped.")))
        if self.approver is Approver.DOCUMENT:
            if self.evidence not in OF_THIRD_PARTIES:
                found.append(("approver", _("Only a third party's document can speak for itself.")))
            if self.answer_days is not None or self.silence is not Silence.ACCEPTED:
                found.append(("answer_days", _("Nobody answers a document that speaks for itself.")))
        elif self.answer_days is None:
            found.append(("answer_days", _("Say how many days the buyer has to answer.")))
        return found


class BadMilestones(Invalid):
    """Shares that do not make a payment plan."""

    code = "bad_milestones"


def usual(kind: MilestoneKind) -> Conditions:
    """What deposit and balance mean where nothing else was said: both are held until the goods are accepted."""
    if kind is MilestoneKind.DEPOSIT:
        return Conditions(due=Due.SIGNING, due_days=SIGNING_DAYS, evidence=Evidence.ACCEPTANCE)
    return Conditions(due=Due.SHIPMENT, evidence=Evidence.ACCEPTANCE)


@dataclass(frozen=True, slots=True)
class Milestone:
    """`percent` of the total: more than 0, at most 100, at most two decimals."""

    kind: MilestoneKind
    percent: Decimal
    conditions: Conditions | None = None

    @property
    def basis_points(self) -> int:
        return int(self.percent * 100)

    @property
    def terms(self) -> Conditions:
        """Its conditions, or the usual ones of its kind."""
        return self.conditions or usual(self.kind)


def check(milestones: Sequence[Milestone]) -> None:
    """Raises BadMilestones, naming the field, unless the shares are a payment plan that sums to exactly 100."""
    if not milestones:
        raise BadMilestones(_("Say how the total is paid."), field="milestones")
    if len(milestones) > MOST:
        raise BadMilestones(_("At most %(n)s entries.") % {"n": MOST}, field="milestones")
    for place, milestone in enumerate(milestones):
        percent = milestone.percent
        if not percent.is_finite() or not 0 < percent <= 100 or percent != round(percent, 2):
            message = _("A share is more than 0 and at most 100 percent, with at most two decimals.")
            raise BadMilestones(message, field=f"milestones.{place}.percent")
    order = [list(MilestoneKind).index(milestone.kind) for milestone in milestones]
    single = [m.kind for m in milestones if m.kind in (MilestoneKind.DEPOSIT, MilestoneKind.BALANCE)]
    if order != sorted(order) or len(single) != len(set(single)):
        message = _("Payments stand in the order of the deal, with one deposit and one balance at most.")
        raise BadMilestones(message, field="milestones")
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


def percentages(amounts: Sequence[Money]) -> list[Decimal]:
    """What shares of their sum these amounts come to, in percent with two decimals, summing to exactly 100.

    Raises BadMilestones for amounts that are none, too many or not positive.
    """
    if not 0 < len(amounts) <= MOST or any(amount.minor <= 0 for amount in amounts):
        raise BadMilestones(_("Each payment is more than nothing, and there are twelve at most."), field="milestones")
    shares = Money(10_000, amounts[0].currency).split([amount.minor for amount in amounts])
    return [Decimal(f"{(Decimal(share.minor) / 100).normalize():f}") for share in shares]


class MilestoneState(StrEnum):
    """How far the evidence of a milestone has come; where its money is stands in `payments.escrow.states`."""

    AWAITED = "awaited"
    SUBMITTED = "submitted"
    REMINDED = "reminded"
    OBJECTED = "objected"
    OVERDUE = "overdue"
    ACCEPTED = "accepted"
    CLOSED = "closed"


class MilestoneMove(StrEnum):
    SUBMIT = "submit"
    ACCEPT = "accept"
    FALL_SILENT = "fall_silent"
    REMIND = "remind"
    OBJECT = "object"
    LAPSE = "lapse"
    EXTEND = "extend"
    ACCEPT_GOODS = "accept_goods"
    CLOSE = "close"


S, M = MilestoneState, MilestoneMove
OPEN = (S.AWAITED, S.SUBMITTED, S.REMINDED, S.OBJECTED, S.OVERDUE)
MOVES = {
    (S.AWAITED, M.SUBMIT): S.SUBMITTED,
    (S.OVERDUE, M.SUBMIT): S.SUBMITTED,
    (S.OBJECTED, M.SUBMIT): S.SUBMITTED,
    (S.SUBMITTED, M.ACCEPT): S.ACCEPTED,
    (S.REMINDED, M.ACCEPT): S.ACCEPTED,
    (S.SUBMITTED, M.FALL_SILENT): S.ACCEPTED,
    (S.SUBMITTED, M.REMIND): S.REMINDED,
    (S.SUBMITTED, M.OBJECT): S.OBJECTED,
    (S.REMINDED, M.OBJECT): S.OBJECTED,
    (S.AWAITED, M.LAPSE): S.OVERDUE,
    (S.OBJECTED, M.LAPSE): S.OVERDUE,
    (S.OVERDUE, M.EXTEND): S.AWAITED,
    **{(state, M.ACCEPT_GOODS): S.ACCEPTED for state in OPEN},
    **{(state, M.CLOSE): S.CLOSED for state in (*OPEN, S.ACCEPTED)},
}
"""The whole truth about a milestone's evidence; the contract prints it. A document that speaks for itself is submitted
and accepted in one step."""

LABELS = {
    S.AWAITED: N_("Evidence awaited"),
    S.SUBMITTED: N_("To be answered"),
    S.REMINDED: N_("Answer overdue"),
    S.OBJECTED: N_("Objected to"),
    S.OVERDUE: N_("Evidence overdue"),
    S.ACCEPTED: N_("Evidence accepted"),
    S.CLOSED: N_("Settled otherwise"),
}
