"""What the page of a case needs, whoever reads it."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import _, gettext, language_name
from app.core.web import Answer
from trust.access import Member, Permission
from trust.cases import desk, queries, states
from trust.cases.periods import CLOCKS, spelled
from trust.cases.queries import File
from trust.cases.ruling import CONTRACT
from trust.cases.schemas import CaseOut
from trust.cases.states import ENDED, TALKING, CaseState, Kind, Side
from trust.identity import queries as identity
from trust.rules.codes import LABELS


async def context(tx: AsyncSession, file: File, *, base: str, member: Member | None) -> dict[str, Any]:
    """`base` is the address under which the reader moves the case on."""
    case = file.case
    companies = await identity.organisations(tx, [i for i in (case.complainant_id, case.respondent_id) if i])
    speaks = member is None or member.may(Permission.NEGOTIATE)
    party = case.reader is not Side.PLATFORM
    return {
        "file": file,
        "case": case,
        "base": base,
        "names": {
            "complainant": companies[case.complainant_id].name_latin
            if case.complainant_id
            else _("Somebody who reported it"),
            "respondent": companies[case.respondent_id].name_latin,
            "platform": _("Portolan"),
        },
        "words": {
            "kind": gettext(states.KINDS[case.kind]),
            "topic": gettext(states.TOPICS[states.Topic(case.topic)]),
            "state": gettext(states.LABELS[case.state]),
            "clocks": {name.value: gettext(label) for name, label in CLOCKS.items()},
            "sides": {side.value: gettext(label) for side, label in states.SIDES.items()},
            "remedies": {r.value: gettext(label) for r, label in states.REMEDIES.items()}
            | {"reject": gettext(states.LABELS[CaseState.REJECTED])},
            "rules": {code.value: gettext(label) for code, label in LABELS.items()} | {CONTRACT: _("The contract")},
            "spelled": spelled,
            "language": language_name,
        },
        "may": _may(file, party=party, speaks=speaks),
        "now": clock.now(),
    }


def _may(file: File, *, party: bool, speaks: bool) -> dict[str, bool]:
    """What the reader's side may do now."""
    case = file.case
    decided = case.state in (CaseState.RULED, CaseState.REJECTED)
    due = next((c.due_at for c in file.clocks if c.name == "appeal" and c.stopped_at is None), None)
    own = case.reader is Side.COMPLAINANT
    in_time = case.round == 1 and due is not None and due > clock.now()
    agreed = case.complainant_agreed if own else case.respondent_agreed
    return {
        "say": party and speaks and case.state in TALKING,
        "appeal": party and speaks and decided and in_time and (own or case.state == CaseState.RULED),
        "agree": party and speaks and decided and not agreed,
        "withdraw": own and speaks and case.state in TALKING and case.round == 1,
        "rate": party and speaks and case.state in ENDED and not file.rated,
        "translate": speaks and case.state in TALKING and bool(file.exhibits),
    }


async def for_desk(tx: AsyncSession, file: File, member: Member) -> dict[str, Any]:
    """What the desk needs beside: who has the case, whether `member` may, and what can follow."""
    case = await queries.for_reading(tx, file.case.id)
    handler = await identity.member_view(tx, case.handler_id) if case.handler_id else None
    may_follow = states.remedies(Kind(case.kind), case.subject_type, case.topic)
    return {
        "conflict": await desk.conflict(tx, case, member),
        "handler": handler,
        "mine": case.handler_id == member.id,
        "remedy_choices": [(r.value, gettext(states.REMEDIES[r])) for r in may_follow],
        "rule_choices": [
            *((code.value, gettext(label)) for code, label in LABELS.items()),
            (CONTRACT, _("The contract")),
        ],
        "exhibit_choices": [(e.label, f"{e.label} {e.name}") for e in file.exhibits if not e.of],
    }


async def done(answer: Answer, tx: AsyncSession, case_id: UUID, member: Member, text: str) -> Response:
    await tx.flush()
    file = await queries.file_for(tx, case_id, member)
    return answer.done(f"/cases/{case_id}", CaseOut.of(file), flash=text)
