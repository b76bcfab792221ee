"""I-08 Registration verification."""

from dataclasses import replace

from app.core.i18n import N_
from app.indicators.definitions.base import (
    AT_END,
    CHECKS,
    FLOW,
    NOBODY,
    NOTHING,
    PARTY,
    PROOF,
    D,
    U,
)
from app.indicators.figures import groups

DECIDED = N_("Requests that were decided in the period.")
LEVEL = N_(
    "A company is verified (level 2) while its name, number, address and representative are confirmed and the"
    " confirmation has not run out; what was confirmed by the end of the period counts. Who sells, and the country, are"
    " as known on the day of counting."
)
VERIFIED = N_("Companies verified")

REGISTRATION = tuple(replace(one, closing=groups.STANDING) for one in (
    D("I-08.1", N_("Verified sellers"), U.PERCENT, LEVEL, AT_END, NOBODY, (PARTY, PROOF), VERIFIED,
      N_("Registered companies that sell"), main=True),
    D("I-08.1.all", N_("Verified companies"), U.PERCENT, LEVEL, AT_END, NOBODY, (PARTY, PROOF), VERIFIED,
      N_("Registered companies")),
    D("I-08.1.full", N_("Sellers with account or site confirmed"), U.PERCENT,
      N_("Level 3: a verified seller of which a bank account was proved from outside, or a site was visited, and that"
         " has not run out."), AT_END, NOBODY, (PARTY, PROOF), N_("Sellers at level 3"),
      N_("Registered companies that sell")),
    D("I-08.1.abroad", N_("Verified companies abroad"), U.PERCENT,
      N_("Of the registered companies outside the mainland, those that are verified."), AT_END, NOBODY, (PARTY, PROOF),
      VERIFIED, N_("Registered companies abroad")),
    D("I-08.2", N_("Requests to be verified"), U.COUNT,
      N_("Requests that came in, first ones and those to be verified again."), FLOW, NOBODY, CHECKS),
    D("I-08.3", N_("Requests accepted"), U.COUNT, N_("Requests that ended with every fact confirmed."), DECIDED, NOBODY,
      CHECKS),
    D("I-08.4", N_("Requests refused"), U.COUNT,
      N_("Requests that were refused, by what was not accepted; one with several faults stands at each."), DECIDED,
      NOBODY, CHECKS),
    D("I-08.4.withdrawn", N_("Requests withdrawn"), U.COUNT,
      N_("Requests that the company took back, or never completed."), DECIDED, NOBODY, CHECKS),
    D("I-08.5", N_("Hours to the decision on a request, median"), U.HOURS,
      N_("From the request to its last decision, with the time in which the company was asked for more."), DECIDED,
      N_("Requests that were withdrawn."), CHECKS),
    D("I-08.6", N_("Requests seen by a second person"), U.PERCENT,
      N_("Of the requests decided, those that a second reviewer decided in part, or looked at again by lot, until this"
         " was counted."), DECIDED, N_("Requests that were withdrawn."), CHECKS, N_("Requests seen by two"),
      N_("Requests decided")),
    D("I-08.7", N_("Verified again in time"), U.PERCENT,
      N_("Particulars are confirmed for six months. Of the confirmations that ended, those that were renewed by then."),
      N_("Confirmations whose end lies in the period."), N_("Companies that had left by then."), (PARTY, PROOF),
      N_("Renewed by their end"), N_("Confirmations that ended"), main=True),
    D("I-08.8", N_("Registers that say otherwise"), U.COUNT,
      N_("Requests for which it was noted that the public register has another name or number."), FLOW, NOTHING,
      CHECKS),
))  # fmt: skip
