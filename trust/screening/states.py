"""The life of a match between a party and an entry of a list, and what stops while it stands."""

from enum import StrEnum

from app.core.i18n import N_


class MatchState(StrEnum):
    NOTED = "noted"  # too little to ask anybody
    OPEN = "open"
    PROPOSED = "proposed"  # one person has said what it is; another has to agree
    CLEARED = "cleared"  # somebody else, for as long as both records stay and until its day
    CONFIRMED = "confirmed"  # it is the listed one
    LAPSED = "lapsed"  # either record is otherwise by now


class MatchMove(StrEnum):
    RAISE = "raise"
    PROPOSE = "propose"
    SEND_BACK = "send_back"
    CLEAR = "clear"
    CONFIRM = "confirm"
    EXPIRE = "expire"
    REOPEN = "reopen"
    CARRY_OVER = "carry_over"  # the same subject of the list, in its next version
    LAPSE = "lapse"


class Tier(StrEnum):
    """What a score alone asks for."""

    LOG = "log"
    REVIEW = "review"
    BLOCK = "block"


class Action(StrEnum):
    """What a policy says of a list's matches, the mildest first."""

    IGNORE = "ignore"
    INFORM = "inform"
    REVIEW = "review"
    BLOCK = "block"


class Point(StrEnum):
    """Where the standing of a party is asked for."""

    PRODUCT = "product"
    QUOTATION = "quotation"
    CONTRACT = "contract"
    SHIPMENT = "shipment"
    PAYOUT = "payout"


S, M = MatchState, MatchMove
MOVES = {
    (S.NOTED, M.RAISE): S.OPEN,
    (S.NOTED, M.LAPSE): S.LAPSED,
    (S.OPEN, M.PROPOSE): S.PROPOSED,
    (S.OPEN, M.LAPSE): S.LAPSED,
    (S.PROPOSED, M.SEND_BACK): S.OPEN,
    (S.PROPOSED, M.CLEAR): S.CLEARED,
    (S.PROPOSED, M.CONFIRM): S.CONFIRMED,
    (S.PROPOSED, M.LAPSE): S.LAPSED,
    (S.CLEARED, M.EXPIRE): S.OPEN,
    (S.CLEARED, M.LAPSE): S.LAPSED,
    (S.NOTED, M.CARRY_OVER): S.CONFIRMED,
    (S.OPEN, M.CARRY_OVER): S.CONFIRMED,
    (S.PROPOSED, M.CARRY_OVER): S.CONFIRMED,
    (S.CONFIRMED, M.REOPEN): S.OPEN,
    (S.CONFIRMED, M.LAPSE): S.LAPSED,
}
STOPS = {
    Action.IGNORE: frozenset[Point](),
    Action.INFORM: frozenset[Point](),
    Action.REVIEW: frozenset({Point.CONTRACT, Point.SHIPMENT, Point.PAYOUT}),
    Action.BLOCK: frozenset(Point),
}
"""Under review one may go on talking, but nothing binds, leaves or is paid out."""
STANDING = (S.OPEN, S.PROPOSED, S.CONFIRMED)
"""In these a match stops what its policy says; so does a clearance whose day is over."""
STATES = {
    S.NOTED: N_("Noted"),
    S.OPEN: N_("Open"),
    S.PROPOSED: N_("Waits for a second person"),
    S.CLEARED: N_("Cleared"),
    S.CONFIRMED: N_("Confirmed"),
    S.LAPSED: N_("Over"),
}
ACTIONS = {
    Action.IGNORE: N_("Ignore"),
    Action.INFORM: N_("Inform"),
    Action.REVIEW: N_("Review"),
    Action.BLOCK: N_("Block"),
}
ROLES = {
    "company": N_("The company itself"),
    "signatory": N_("Signatory"),
    "representative": N_("Legal representative"),
    "owner": N_("Owner of a quarter or more"),
    "owned": N_("Owned by the listed to a half or more"),
    "named": N_("Takes part in a deal"),
    "consignee": N_("Consignee"),
    "notify": N_("Notify party"),
    "carrier": N_("Carrier"),
    "vessel": N_("Vessel"),
    "bank": N_("Bank"),
    "payer": N_("Payer"),
    "payee": N_("Payee of a refund"),
}


def effective(tier: Tier, policy: Action, *, confirmed: bool) -> Action:
    """What a match does: the milder of what its score asks for and what the policy allows; once it is confirmed,
    what the policy says, and a block where it says review.
    """
    if tier is Tier.LOG and not confirmed:
        return Action.IGNORE
    if confirmed:
        return Action.BLOCK if policy in {Action.REVIEW, Action.BLOCK} else policy
    order = list(Action)
    asked = Action.BLOCK if tier is Tier.BLOCK else Action.REVIEW
    return min(asked, policy, key=order.index)
