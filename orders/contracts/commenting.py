"""What the two sides say about single places of a text while they negotiate it: a thread for each place."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.states import IllegalMove
from app.core.subject import Subject
from orders.contracts import places, queries
from orders.contracts.errors import CommentNotFound
from orders.contracts.models import Comment, CommentResolution, Contract
from orders.contracts.record import note, other, tell
from orders.contracts.states import ContractState
from orders.negotiation import guarding
from trust.access import Member, Permission, require

COMMENTABLE = (ContractState.DRAFT, ContractState.LOCKED)


@dataclass(frozen=True, slots=True)
class CommentView:
    number: int
    revision: int
    organisation_id: UUID
    member_id: UUID
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Thread:
    """The comments on one place, the first first; `settled` is the number of the last one that is settled."""

    place: str
    comments: tuple[CommentView, ...]
    settled: int = 0

    @property
    def last(self) -> int:
        return self.comments[-1].number

    @property
    def open(self) -> bool:
        return self.last > self.settled


async def threads(tx: AsyncSession, contract_id: UUID) -> dict[str, Thread]:
    """Every thread by its place; in the order in which they began."""
    rows = await tx.scalars(select(Comment).where(Comment.contract_id == contract_id).order_by(Comment.number))
    said: dict[str, list[CommentView]] = {}
    for row in rows:
        view = CommentView(row.number, row.revision, row.organisation_id, row.member_id, row.text, row.at)
        said.setdefault(row.place, []).append(view)
    last = select(CommentResolution.place, func.max(CommentResolution.number))
    settled = await tx.execute(
        last.where(CommentResolution.contract_id == contract_id).group_by(CommentResolution.place)
    )
    until: dict[str, int] = {row[0]: row[1] for row in settled}
    return {place: Thread(place, tuple(comments), until.get(place, 0)) for place, comments in said.items()}


async def comment(tx: AsyncSession, contract_id: UUID, place: str, text: str, *, by: Member) -> Comment:
    """Say something about a place of the text. Raises Invalid for no place of it, IllegalMove once it can be signed,
    Blocked.
    """
    contract = await _commentable(tx, contract_id, by=by)
    if place not in places.places(contract.read(), "en"):
        raise Invalid(_("The contract has no such place any more."), field="place")
    await guarding.check_comment(tx, Subject("contract", contract.id), text, by=by)
    last = await tx.scalar(select(func.max(Comment.number)).where(Comment.contract_id == contract.id))
    made = Comment(
        contract_id=contract.id,
        number=(last or 0) + 1,
        place=place,
        revision=contract.revision,
        organisation_id=by.organisation_id,
        member_id=by.id,
        text=text,
        at=clock.now(),
    )
    tx.add(made)
    said = {"number": made.number, "place": place, "revision": contract.revision, "text": text}
    await note(tx, contract, "contract.commented", said, by=by.id)
    path = f"/contracts/{contract.id}#{place}"
    await tell(tx, contract, other(contract, by.organisation_id), "contract_commented", said=text, path=path)
    return made


async def settle(tx: AsyncSession, contract_id: UUID, place: str, number: int, *, by: Member) -> None:
    """Settle what was said about a place up to this comment, the last that was read; a later one stays open.

    Either side may. Settling again changes nothing. Raises CommentNotFound, IllegalMove.
    """
    contract = await _commentable(tx, contract_id, by=by)
    of = (Comment.contract_id == contract.id, Comment.place == place, Comment.number == number)
    if await tx.scalar(select(Comment.number).where(*of)) is None:
        raise CommentNotFound(_("There is no such comment."))
    act = {"contract_id": contract.id, "number": number, "place": place, "member_id": by.id, "at": clock.now()}
    done = insert(CommentResolution).values(act).on_conflict_do_nothing().returning(CommentResolution.number)
    if await tx.scalar(done) is not None:
        await note(tx, contract, "contract.comment_settled", {"number": number, "place": place}, by=by.id)


async def _commentable(tx: AsyncSession, contract_id: UUID, *, by: Member) -> Contract:
    require(by, Permission.NEGOTIATE)
    contract = await queries.contract_for_update(tx, contract_id, party=by.organisation_id)
    if contract.state not in COMMENTABLE:
        raise IllegalMove(_("Comments are made before the text can be signed."))
    return contract
