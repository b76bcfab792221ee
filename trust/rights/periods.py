"""How long what takes with a notice. E-Commerce Law (PRC) art. 42-43."""

from datetime import date, timedelta

from trust.cases.clocks import Length, Unit

SINCE = date(2026, 11, 22)
"""From this day on notices, counter-statements and the registry of rights are there."""
TAKE_UP = Length(1, Unit.WORKING_DAYS)
"""From the filing to the decision: art. 42 says timely; indicator I-06.2 counts what is taken down within a day."""
WAIT = Length(15, Unit.CALENDAR_DAYS)
"""Art. 43: from the arrival of the counter-statement at the right holder; that day does not count (Civil Code art.
201)."""
UNANSWERED = Length(15, Unit.CALENDAR_DAYS)
"""So long a supplier can answer before points are given: nobody has points before having been heard."""
REPEATED = timedelta(days=365)
"""Another confirmed infringement within it is a repeated one (I-06.5)."""
CODE_GOOD = timedelta(hours=24)
"""Of the code in a letter."""
AT_ONCE = 300
"""Listings in one notice."""
