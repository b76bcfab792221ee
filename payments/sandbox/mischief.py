"""Planned misbehaviour in delivering webhooks: what becomes of one event. Pure; webhooks.py carries it out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from payments.sandbox.models import WebhookFault

FORGED = "forged"
STALE = "stale"
DROPPED = "dropped"
STALE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Copy:
    """One sending of an event: how many seconds late, and whether with a signature that must be refused."""

    late: float = 0.0
    mischief: str = ""


Copies = list[Copy]
Spoil = Callable[[Copies, WebhookFault, Random], Copies]


def _drop(copies: Copies, fault: WebhookFault, draw: Random) -> Copies:
    """Nobody is told."""
    return []


def _duplicate(copies: Copies, fault: WebhookFault, draw: Random) -> Copies:
    """Told `copies` times."""
    return copies * fault.copies


def _delay(copies: Copies, fault: WebhookFault, draw: Random) -> Copies:
    """Told `seconds` late."""
    return [replace(copy, late=copy.late + fault.seconds) for copy in copies]


def _reorder(copies: Copies, fault: WebhookFault, draw: Random) -> Copies:
    """Told some time within `seconds`, so that later events may come first."""
    return [replace(copy, late=copy.late + draw.uniform(0, fault.seconds)) for copy in copies]


def _forge(copies: Copies, fault: WebhookFault, draw: Random) -> Copies:
    """Told as it should be, and once more by somebody who does not know the secret."""
    return [*copies, Copy(mischief=FORGED)]


def _stale(copies: Copies, fault: WebhookFault, draw: Random) -> Copies:
    """Told as it should be, and once more as if recorded and played back later."""
    return [*copies, Copy(mischief=STALE)]


WEBHOOK_FAULTS: dict[str, Spoil] = {
    "drop": _drop,
    "duplicate": _duplicate,
    "delay": _delay,
    "reorder": _reorder,
    "forge": _forge,
    "stale": _stale,
}


def sendings(kind: str, faults: Sequence[WebhookFault]) -> Copies:
    """What is sent of an event of this kind: without faults one copy, at once. Uses up the faults that strike it."""
    copies = [Copy()]
    for fault in faults:
        if kind.startswith(fault.event) and (draw := fault.strike()):
            copies = WEBHOOK_FAULTS[fault.kind](copies, fault, draw)
    return copies
