"""The ruling: facts found, rules and exhibits cited, and what follows. It is final when nobody appeals, or at once the
second time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from app.core.money import Money
from trust.access import Member, Permission, require
from trust.cases import desk, queries, service, telling, timing
from trust.cases.errors import BadRuling
from trust.cases.models import Case, CaseExhibit, CaseRuling
from trust.cases.periods import APPEAL, ClockName
from trust.cases.states import CaseMove, Kind, Remedy, remedies
from trust.reviews.events import Verdict
from trust.rules import queries as rules
from trust.rules.codes import Code
from trust.rules.errors import RuleNotFound, VersionNotFound

CONTRACT = "contract"
_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Citation:
    """A clause of the rule book as it stood in one version, or of the contract between the sides.

    code     of `trust.rules.codes.Code`, or CONTRACT
    version  the rule's; "" until it is looked up: the one that binds the deal, else the one in force. The contract's
             number, or ""
    clause   "" for the whole
    """

    code: str
    version: str = ""
    clause: str = ""


async def looked_up(tx: AsyncSession, cited: Sequence[Citation], bound: Mapping[str, int]) -> list[Citation]:
    """Citations with their versions. Raises BadRuling naming the line that cites what never was in force.

    bound  the versions that bind the deal which is judged, by code: no later one is put in their place
    """
    own = [replace(one, version=one.version or str(bound.get(one.code, ""))) for one in cited]
    return [await _looked_up(tx, number, one) for number, one in enumerate(own)]


async def _looked_up(tx: AsyncSession, number: int, cited: Citation) -> Citation:
    if cited.code == CONTRACT:
        return cited
    if cited.code not in set(Code):
        raise BadRuling(_("Choose a rule."), field=f"rules.{number}.code")
    today = clock.now().date()
    try:
        if not cited.version:
            view = await rules.in_force(tx, cited.code, today)
        elif _NUMBER.fullmatch(cited.version):
            view = await rules.public_version(tx, cited.code, int(cited.version))
        else:
            raise VersionNotFound
        if view.effective_from is None or view.effective_from > today:
            raise VersionNotFound
    except (RuleNotFound, VersionNotFound) as error:
        raise BadRuling(_("This version never was in force."), field=f"rules.{number}.version") from error
    if cited.clause and view.text.clause(cited.clause) is None:
        raise BadRuling(_("There is no such clause."), field=f"rules.{number}.clause")
    return replace(cited, version=str(view.number))


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided. `to_complainant`: of a dispute, what the complainant gets of what is at stake."""

    remedy: Remedy
    facts: str
    reason: str
    cites: list[Citation]
    exhibits: list[str]
    to_complainant: Money | None = None


async def rule(tx: AsyncSession, case_id: UUID, said: Ruling, *, by: Member) -> None:
    """Decide a case. Raises BadRuling, NotClaimed, ConflictOfInterest, IllegalMove."""
    require(by, Permission.JUDGE)
    case = await queries.for_update(tx, case_id)
    await desk.require_handler(tx, case, by)
    case.check(CaseMove.RULE)
    await _check(tx, case, said)
    cites = await looked_up(tx, said.cites, case.rules)
    row = CaseRuling(
        case_id=case.id,
        stage="merits",
        round=case.round,
        remedy=said.remedy,
        facts=said.facts,
        reason=said.reason,
        rules=[asdict(one) for one in cites],
        exhibits=said.exhibits,
        to_complainant=said.to_complainant,
        to_respondent=case.amount - said.to_complainant if case.amount and said.to_complainant is not None else None,
        decided_by=by.id,
    )
    tx.add(row)
    case.move(CaseMove.RULE, by=by.id)
    await timing.stop(tx, case, ClockName.DECISION)
    await evidence.record(tx, case.itself, "case.ruled", _link(row), actor=by.id)
    verdict = Verdict.REJECT if said.remedy is Remedy.DISMISS else Verdict.ACCEPT
    await desk.decided(tx, case, verdict, said.reason, by=by)
    case.handler_id = None
    case.told_at = case.told_at or (row.decided_at if said.remedy is not Remedy.DISMISS else None)
    await outbox.publish(tx, await queries.ruled(tx, case, final=False))
    await telling.both(tx, case, "ruled")
    if case.round == 1:
        await timing.begin(tx, case, ClockName.APPEAL, APPEAL)
    else:
        await service.end(tx, case, CaseMove.CLOSE, by=by.id)


async def _check(tx: AsyncSession, case: Case, said: Ruling) -> None:
    if said.remedy not in remedies(Kind(case.kind), case.subject_type, case.topic):
        raise BadRuling(_("This cannot follow in such a case."), field="remedy")
    if case.round == 2 and case.told_at is None and said.remedy is not Remedy.DISMISS:
        text = _("This decision is final, and the respondent does not know of the case: ask them first.")
        raise BadRuling(text, field="remedy")
    if not said.cites:
        raise BadRuling(_("Name the rule it rests on."), field="rules")
    known = set(await tx.scalars(select(CaseExhibit.label).where(CaseExhibit.case_id == case.id)))
    if not set(said.exhibits) <= known:
        raise BadRuling(_("There is no such exhibit."), field="exhibits")
    if (said.remedy is Remedy.SHARE) != (said.to_complainant is not None):
        raise BadRuling(_("Say what the complainant gets."), field="to_complainant")
    if said.to_complainant is not None:
        stake = case.amount
        fits = stake is not None and said.to_complainant.currency == stake.currency
        if stake is None or not fits or not 0 <= said.to_complainant.minor <= stake.minor:
            raise BadRuling(
                _("The share is between nothing and what is held, in the contract's currency."), field="to_complainant"
            )


def _link(row: CaseRuling) -> dict[str, object]:
    """What the chain says of a ruling; its words in the personal part."""
    return {
        "round": row.round,
        "remedy": str(row.remedy),
        "facts": row.facts,
        "reason": row.reason,
        "rules": row.rules,
        "exhibits": row.exhibits,
        "to_complainant": row.to_complainant,
        "to_respondent": row.to_respondent,
    }
