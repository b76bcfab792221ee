"""How long a contract waits to be signed."""

from datetime import date, timedelta

from app.core import clock
from app.core.i18n import _
from orders.contracts.errors import Lapsed
from orders.contracts.models import Contract
from orders.contracts.states import UNSIGNED

PERIODS = ((date(2026, 11, 21), timedelta(days=30)),)
"""How long an unsigned contract waits after its last revision or lock, by the day from which that is so."""


def period(day: date) -> timedelta:
    """The period in force on a day; before the first one, that one."""
    return next((length for since, length in reversed(PERIODS) if since <= day), PERIODS[0][1])


def restart(contract: Contract) -> None:
    """The period begins anew."""
    now = clock.now()
    contract.ends_at, contract.reminders = now + period(now.date()), 0


def check_running(contract: Contract) -> None:
    """Raises Lapsed when its time is over, though nobody has come to write that down yet."""
    if contract.state in UNSIGNED and contract.ends_at is not None and contract.ends_at <= clock.now():
        raise Lapsed(_("The time to sign this contract is over."))
