"""How long things of privacy may take, each with its source."""

from datetime import timedelta

from trust.cases.clocks import Length, Unit

ANSWER = Length(30, Unit.CALENDAR_DAYS)
"""GDPR art. 12(3): one month, which is never shorter than thirty days but in February; PIPL art. 50: promptly."""
EXTENSION_MONTHS = 2
"""GDPR art. 12(3): once, with the reason told within the first month."""
TARGET = Length(15, Unit.WORKING_DAYS)
"""Ours: most requests are answered by then."""
CONFIRM = timedelta(days=7)
"""How long the link in the first letter is good."""
COOLING_OFF = timedelta(days=7)
"""Ours: an account is not erased in anger, nor by who found a browser open."""
EXPORT_KEPT = timedelta(days=7)
LOGS_KEPT = timedelta(days=183)
"""Cybersecurity Law (PRC) art. 21: logs of the network for six months."""
