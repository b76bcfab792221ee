"""How far the clock of held money has run. A provider may hold it for a limited time; the contract may last longer."""

from enum import StrEnum

from app.core.i18n import N_


class HoldingState(StrEnum):
    WARNED = "warned"  # two thirds of the time are over: both parties know
    PRESSING = "pressing"  # five sixths are over
    PROPOSED = "proposed"  # somebody proposes to move it to our bank; a second person has to agree
    MOVED = "moved"  # it is held at our bank from now on; a refund goes by bank transfer


class HoldingMove(StrEnum):
    PRESS = "press"
    PROPOSE = "propose"
    REJECT = "reject"
    APPROVE = "approve"
    RUN_OUT = "run_out"  # nobody decided: it is moved before the provider would have to give it up


S, M = HoldingState, HoldingMove
MOVES = {
    (S.WARNED, M.PRESS): S.PRESSING,
    (S.WARNED, M.PROPOSE): S.PROPOSED,
    (S.PRESSING, M.PROPOSE): S.PROPOSED,
    (S.PROPOSED, M.REJECT): S.PRESSING,
    (S.PROPOSED, M.APPROVE): S.MOVED,
    (S.WARNED, M.RUN_OUT): S.MOVED,
    (S.PRESSING, M.RUN_OUT): S.MOVED,
    (S.PROPOSED, M.RUN_OUT): S.MOVED,
}

LABELS = {
    S.WARNED: N_("Warned"),
    S.PRESSING: N_("Pressing"),
    S.PROPOSED: N_("Waits for a second person"),
    S.MOVED: N_("Held at our bank"),
}
