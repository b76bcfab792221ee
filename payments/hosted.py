"""What is said to a provider about a page of its own on which somebody pays."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedPage:
    """A page of the provider's, on which the payer chooses how and pays.

    paid_to, left_to  our addresses, to which it leads whoever has paid, or gives up
    until             when it closes: half an hour to a day ahead
    """

    paid_to: str
    left_to: str
    until: datetime
