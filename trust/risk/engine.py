"""Rules of risk and how their answers become one decision. Pure: no clock, no database, nothing but what is passed in.

A rule is two functions. `measure` takes the facts of a decision point and gives the little that is judged and stored
(hashes and masked words instead of people's texts), or None where the rule has nothing to look at. `judge` takes that
and the rule's parameters and says what follows, or None. As `judge` needs nothing else, yesterday's decisions can be
made again with other parameters from what was stored of them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from app.core.i18n import N_

Inputs = dict[str, Any]
"""JSON-able; whole numbers and strings, no fractions."""
Parameters = Mapping[str, Any]
"""By name: a whole number, a decimal as a string, or a list of strings."""
TOP = 100
BANDS = "SCORE"
"""Under this code stand the parameters of what a score alone leads to."""
BANDS_LABEL = N_("What the sum of all weights leads to")


class Action(IntEnum):
    """What a hit asks for. The strongest wins."""

    ALLOW = 0
    WARN = 1
    HOLD = 2
    REVIEW = 3
    BLOCK = 4


class Mode(StrEnum):
    """`live` acts, `shadow` is only written down, `off` is not asked. A hit of other parameters that are tried beside
    the ones in force is a `trial`."""

    LIVE = "live"
    SHADOW = "shadow"
    OFF = "off"
    TRIAL = "trial"


class Group(StrEnum):
    IDENTITY = "identity"
    PAYMENT = "payment"
    SELLER = "seller"
    OFF_PLATFORM = "off_platform"
    INFORMATION = "information"
    BUYER = "buyer"
    LAUNDERING = "laundering"
    OPERATIONS = "operations"


class Point(StrEnum):
    """Where decisions are made."""

    MESSAGE = "message"
    LISTING = "listing"
    PICTURE = "picture"
    QUOTATION = "quotation"
    CONTRACT = "contract"
    AMENDMENT = "amendment"
    DOCUMENTS = "documents"
    BANK_CHANGE = "bank_change"
    PAYOUT = "payout"
    REGISTRATION = "registration"
    VERIFICATION = "verification"
    RECEIPT = "receipt"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    SHIPMENT = "shipment"
    FILE = "file"
    CARRIAGE = "carriage"
    RATING = "rating"
    COMPLETION = "completion"
    EXPORT = "export"
    EXCLUSION = "exclusion"
    LOGIN = "login"
    ARRIVAL = "arrival"
    EDIT = "edit"
    LETTER = "letter"


class Notice(StrEnum):
    """What the caller tells its people, beside the action."""

    NONE = ""
    REMIND = "remind"
    MASK = "mask"
    RESTRICT = "restrict"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from a hit. `value` is what was measured, as people read it; `hours` how long a hold lasts, where
    there is one: it may come with any action. `itself`: the hold stops the decision's subject, whatever others stop."""

    action: Action
    value: str
    hours: int = 0
    notice: Notice = Notice.NONE
    itself: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the catalogue.

    version  counts up whenever `measure` or `judge` changes its mind
    hard     what it asks for is done whatever the score; else it only adds `weight` to the score
    weight   0 to 100
    """

    code: str
    version: int
    group: Group
    label: str
    points: frozenset[Point]
    hard: bool
    weight: int
    measure: Callable[[Any], Inputs | None]
    judge: Callable[[Inputs, Parameters], Judged | None]


@dataclass(frozen=True, slots=True)
class Setting:
    """The parameters in force of one rule; `trial`: others that are tried beside them and never act."""

    id: Any
    mode: Mode
    parameters: Parameters
    trial: Parameters | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    rule: Rule
    mode: Mode
    setting_id: Any
    inputs: Inputs
    parameters: Parameters
    judged: Judged

    @property
    def acts(self) -> bool:
        return self.mode is Mode.LIVE


@dataclass(frozen=True, slots=True)
class Decision:
    """All hits of one moment, and what they come to."""

    hits: tuple[Hit, ...] = ()
    score: int = 0
    action: Action = Action.ALLOW
    notices: frozenset[Notice] = field(default_factory=frozenset)

    @property
    def hours(self) -> int:
        """How long it stands still; 0: it does not."""
        return max((hit.judged.hours for hit in self.hits if hit.acts and hit.rule.hard), default=0)

    @property
    def leading(self) -> Hit | None:
        """The live hit that asks for the most."""
        live = [hit for hit in self.hits if hit.acts]
        return max(live, key=lambda hit: (hit.rule.hard, hit.judged.action, hit.judged.hours), default=None)


def decide(point: Point, facts: Any, rules: Iterable[Rule], settings: Mapping[str, Setting]) -> Decision:
    """What all rules of a point make of the facts. A rule without a setting is off."""
    hits: list[Hit] = []
    for rule in rules:
        setting = settings.get(rule.code)
        if setting is None or setting.mode is Mode.OFF or point not in rule.points:
            continue
        inputs = rule.measure(facts)
        if inputs is None:
            continue
        for mode, parameters in ((setting.mode, setting.parameters), (Mode.TRIAL, setting.trial)):
            judged = rule.judge(inputs, parameters) if parameters is not None else None
            if judged is not None and parameters is not None:
                hits.append(Hit(rule, mode, setting.id, inputs, parameters, judged))
    return _come_to(tuple(hits), settings.get(BANDS))


def _come_to(hits: tuple[Hit, ...], bands: Setting | None) -> Decision:
    live = [hit for hit in hits if hit.acts]
    score = min(TOP, sum(hit.rule.weight for hit in live))
    action = max((hit.judged.action for hit in live if hit.rule.hard), default=Action.ALLOW)
    if bands is not None and bands.mode is Mode.LIVE:
        for band in (Action.WARN, Action.REVIEW):
            if score >= int(bands.parameters[band.name.lower()]):
                action = max(action, band)
    return Decision(hits, score, action, frozenset(hit.judged.notice for hit in live) - {Notice.NONE})
