"""What the pages of rights and notices need, whoever reads them."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core import clock
from app.core.i18n import gettext
from app.core.web import Answer
from trust.access import Member, Permission
from trust.identity import queries as identity
from trust.rights import desk, queries, registry, states
from trust.rights.models import Right
from trust.rights.notices import items as all_items
from trust.rights.notifiers import Speaker
from trust.rights.periods import AT_ONCE
from trust.rights.queries import File, Reader
from trust.rights.schemas import NoticeOut
from trust.rights.states import ItemMove, ItemState, NoticeMove, RightState

WORDS: dict[str, Any] = {
    "kind_words": states.KINDS,
    "right_words": states.RIGHTS,
    "notice_words": states.NOTICES,
    "item_words": states.ITEMS,
    "ending_words": states.ENDINGS,
    "measure_words": states.MEASURES,
    "fault_words": states.FAULTS,
    "proof_words": states.PROOFS,
    "tones": {
        "filed": "waiting",
        "submitted": "waiting",
        "accepted": "settled",
        "decided": "neutral",
        "refused": "neutral",
        "withdrawn": "neutral",
        "stopped": "refused",
        "countered": "dispute",
        "held": "dispute",
        "restored": "settled",
        "confirmed": "refused",
    },
    "most": AT_ONCE,
}


def options(words: dict[Any, str]) -> list[tuple[str, str]]:
    """For a choice in a form."""
    return [(str(key), gettext(label)) for key, label in words.items()]


async def context(tx: AsyncSession, file: File, member: Member | None) -> dict[str, Any]:
    notice = file.notice
    states_of = {(one.supplier_id, one.supplier, one.state) for one in file.items}
    suppliers = sorted({(name, id_) for id_, name, _state in states_of})
    down = {ItemState.STOPPED, ItemState.COUNTERED, ItemState.HELD}
    waiting = sorted({(name, id_) for id_, name, state in states_of if state in down})
    own = file.reader is Reader.NOTIFIER
    speaks = member is None or member.may(Permission.NEGOTIATE)
    answers = member is not None and member.may(Permission.LIST_PRODUCTS)
    found = {
        "file": file,
        "notice": notice,
        "base": f"/rights/notices/{notice.id}",
        "suppliers": suppliers,
        "waiting": [(str(id_), name) for name, id_ in waiting],
        "unanswered": [one for one in file.items if one.state == ItemState.STOPPED],
        "may": {
            "withdraw": own and speaks and notice.can(NoticeMove.WITHDRAW),
            "prove": own and speaks and bool(waiting),
            "counter": file.reader is Reader.SUPPLIER and answers and any(_counters(one) for one in file.items),
        },
        "now": clock.now(),
        **WORDS,
    }
    if file.reader is Reader.PLATFORM and member is not None:
        found |= await _for_desk(tx, file, member)
    return found


def _counters(item: queries.Item) -> bool:
    return (item.state, ItemMove.COUNTER) in states.ITEM_MOVES


async def _for_desk(tx: AsyncSession, file: File, member: Member) -> dict[str, Any]:
    """Who has the notice, whether `member` may, what is known of both sides, and who may be given points."""
    notice = file.notice
    standing = await queries.standing(tx, notice)
    rows = await all_items(tx, notice.id)
    names = {one.supplier_id: one.supplier for one in file.items}
    stands = {one.supplier_id for one in rows if desk.standing(one, notice.zone)} - standing["given"]
    decidable = {ItemMove.CONFIRM, ItemMove.CLEAR}
    outcomes = {one.supplier_id for one in rows if any(one.can(move) for move in decidable)}
    company = await queries.organisation_of(tx, notice.notifier_id)
    return {
        "conflict": await desk.conflict(tx, notice, member),
        "handler": await identity.member_view(tx, notice.handler_id) if notice.handler_id else None,
        "mine": notice.handler_id == member.id,
        "standing": standing,
        "sender": (await identity.organisation(tx, company)).name_latin if company else "",
        "pointed": [(str(id_), names[id_]) for id_ in sorted(stands, key=names.__getitem__)],
        "decidable": [(str(id_), names[id_]) for id_ in sorted(outcomes, key=names.__getitem__)],
    }


async def for_right(tx: AsyncSession, row: Right, member: Member | None) -> dict[str, Any]:
    judge = member is not None and member.is_staff and member.may(Permission.JUDGE)
    return {
        "judge": judge,
        "conflict": judge and member is not None and await registry.conflict(tx, row, member),
        "withdrawable": not judge and row.state in (RightState.SUBMITTED, RightState.ACCEPTED),
    }


async def done(
    answer: Answer, tx: AsyncSession, notice_id: UUID, member: Member | None, by: Speaker | None, text: str
) -> Response:
    await tx.flush()
    file = await queries.file(tx, notice_id, member, by)
    return answer.done(f"/rights/notices/{notice_id}", NoticeOut.of(file), flash=text)
