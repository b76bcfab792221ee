"""All rules there are, by code. What each of them says stands in docs/RISK.md."""

from trust.risk.rules import buyers, carriage, control, deals, listings, messages, payments, people

RULES = {
    rule.code: rule
    for rule in (
        *messages.RULES,
        *payments.RULES,
        *listings.RULES,
        *deals.RULES,
        *control.RULES,
        *people.RULES,
        *buyers.RULES,
        *carriage.RULES,
    )
}
