"""All rules there are, by code. What each of them says stands in docs/RISK.md."""

from itertools import chain

from trust.risk.rules import (
    buyers,
    carriage,
    control,
    deals,
    exclusion,
    information,
    laundering,
    letters,
    listings,
    messages,
    operations,
    payments,
    people,
    pictures,
)

PARTS = (
    *(messages, payments, listings, deals, control, people, buyers, carriage),
    *(information, pictures, laundering, operations, exclusion, letters),
)
RULES = {rule.code: rule for rule in chain.from_iterable(part.RULES for part in PARTS)}
