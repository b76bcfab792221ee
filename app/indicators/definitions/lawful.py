"""I-10 Lawful operation."""

from dataclasses import replace
from datetime import date

from app.core.i18n import N_
from app.indicators.definitions.base import (
    ACT,
    ASKED,
    AT_END,
    FLOW,
    NOTHING,
    PARTY,
    D,
    U,
)
from app.indicators.figures import groups

MEASURES = ("sanction", PARTY, ACT)
EFFECT = N_("Measures that took effect in the period.")
DECIDED = N_("Penalties decided on a day in the period.")

LAWFUL = tuple(replace(one, closing=groups.STANDING) for one in (
    D("I-10.1", N_("Administrative penalties"), U.COUNT,
      N_("Penalties of authorities against the operator, as its administrators entered them with the decisions."),
      DECIDED, NOTHING, ("penalty",), main=True),
    D("I-10.1.amount", N_("Amount of administrative penalties"), U.MONEY,
      N_("What these penalties ask for, in each currency."), DECIDED, N_("Penalties without an amount."), ("penalty",)),
    D("I-10.2", N_("Licences in force"), U.PERCENT,
      N_("Of the licences and filings on the operator's page, those in force on the last day. It should be all of"
         " them."), AT_END, N_("Licences taken off the page before."), ("licence",), N_("Licences in force"),
      N_("Licences on the page")),
    D("I-10.3", N_("Statutory reports in time"), U.PERCENT,
      N_("Of the reports the law asked for, those made in time: particulars of sellers in January and July, and reports"
         " after incidents."), ASKED, N_("Reports that two people found not to be needed."), ("report",),
      N_("Reports made in time"), N_("Reports that were due"), main=True),
    D("I-10.3", N_("Statutory reports in time"), U.PERCENT,
      N_("Of the reports the law asked for, those filed in time: particulars of sellers in January and July, tax"
         " information after each quarter, particulars of the platform, and reports after incidents."), ASKED,
      N_("Reports that two people found not to be needed."), ("report",), N_("Reports made in time"),
      N_("Reports that were due"), main=True, version=2, since=date(2026, 11, 23)),
    D("I-10.4", N_("Requests of authorities answered in time"), U.PERCENT,
      N_("Of the requests that were to be answered, those answered or refused with reasons by the day they name, or"
         " within ten days where they name none. Foreign ones wait for China's approval, and stand apart."), ASKED,
      NOTHING, ("demand",), N_("Requests answered in time"), N_("Requests that were due")),
    D("I-10.4.received", N_("Requests of authorities"), U.COUNT,
      N_("Requests for data that came in, by the kind of authority."), FLOW, NOTHING, ("demand",)),
    D("I-10.5", N_("Security incidents"), U.COUNT,
      N_("Security and data incidents that were noticed, by nature and grade."), FLOW,
      N_("Drills and false alarms."), ("incident",), main=True),
    D("I-10.6", N_("Measures against members"), U.COUNT,
      N_("Reminders, restrictions, suspensions and endings that took effect, by weight and reason."), EFFECT, NOTHING,
      MEASURES),
    D("I-10.6.rate", N_("Measures for each thousand active sellers"), U.NUMBER,
      N_("Measures against members, times a thousand, divided by the sellers that were active in the period."),
      EFFECT, NOTHING, MEASURES, N_("Measures, times 1,000"), N_("Active sellers")),
    D("I-10.7", N_("Findings of authorities against members"), U.COUNT,
      N_("Final decisions of authorities that were entered, such as on smuggling, fraud or counterfeits."), FLOW,
      NOTHING, ("finding",)),
    D("I-10.7.hours", N_("Hours until such a member was stopped, median"), U.HOURS,
      N_("From the entry of the decision to the suspension or end of the cooperation; nothing where it was stopped"
         " before."), FLOW, N_("Members that are not stopped yet."), ("finding",)),
    D("I-10.8", N_("Appeals that changed a measure"), U.PERCENT,
      N_("Of the appeals against measures that were decided, those after which the measure was reduced or lifted."),
      N_("Appeals that were decided in the period."), NOTHING, MEASURES, N_("Reduced or lifted"),
      N_("Appeals decided")),
))  # fmt: skip
