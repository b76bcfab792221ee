"""What is done with a case once it is open. Every change locks the case; who is waited for and speaks, moves it on."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.cases import desk, exhibits, filing, queries, telling, timing
from trust.cases.errors import BadFiling, NotYourTurn, TooLate
from trust.cases.events import CaseEnded
from trust.cases.exhibits import Kept, Translation
from trust.cases.models import Case, CaseMessage, CaseRuling, CaseSatisfaction
from trust.cases.periods import APPEAL, COMPLEX, DECISION, MORE, SECOND_LOOK, ClockName
from trust.cases.states import ENDED, TALKING, CaseMove, CaseState, Kind, Side
from trust.reviews.events import Verdict


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks for a side: a member, or a reporter whom nobody knows."""

    side: Side
    member: Member | None = None

    @property
    def id(self) -> UUID | None:
        return self.member.id if self.member else None


async def take(tx: AsyncSession, case_id: UUID, *, by: Member) -> None:
    """A member of staff takes a case on and states that nothing ties them to its parties. Raises ConflictOfInterest."""
    require(by, Permission.JUDGE)
    case = await queries.for_update(tx, case_id)
    if case.state in ENDED:
        raise TooLate(_("This case is over."))
    await desk.take(tx, case, by=by)


async def accept(tx: AsyncSession, case_id: UUID, *, complex_: bool, by: Member) -> None:
    """Take a complaint or report up; a complex one has thirty days. Raises NotClaimed, IllegalMove."""
    case = await _handled(tx, case_id, by)
    case.check(CaseMove.ACCEPT)
    case.complex = complex_
    again = case.round == 2  # it was not taken up at first: its time begins now
    if complex_ or again:
        since = clock.now() if again else case.opened_at
        await timing.begin(tx, case, ClockName.DECISION, COMPLEX if complex_ else DECISION, since=since)
    _answered_first(case)
    case.round = 1
    await desk.decided(tx, case, Verdict.ACCEPT, "", by=by)
    await filing.take_up(tx, case, by=by.id)
    await evidence.record(tx, case.itself, "case.accepted", {"complex": case.complex}, actor=by.id)
    await telling.complainant(tx, case, "taken_up")


async def reject(tx: AsyncSession, case_id: UUID, reason: str, *, by: Member) -> None:
    """It is not for us, with the reason; the complainant may ask another person. Raises NotClaimed, IllegalMove."""
    case = await _handled(tx, case_id, by)
    case.move(CaseMove.REJECT, by=by.id, note=reason)
    _answered_first(case)
    tx.add(
        CaseRuling(
            case_id=case.id,
            stage="intake",
            round=case.round,
            remedy="reject",
            facts="",
            reason=reason,
            rules=[],
            exhibits=[],
            decided_by=by.id,
        )
    )
    case.handler_id = None
    await timing.stop(tx, case, ClockName.INTAKE, ClockName.DECISION)
    await evidence.record(tx, case.itself, "case.rejected", {"reason": reason, "round": case.round}, actor=by.id)
    await desk.decided(tx, case, Verdict.REJECT, reason, by=by)
    await telling.complainant(tx, case, "rejected")
    if case.round == 1:
        await timing.begin(tx, case, ClockName.APPEAL, APPEAL)
    else:
        await end(tx, case, CaseMove.CLOSE, by=by.id)


async def ask(tx: AsyncSession, case_id: UUID, side: Side, text: str, *, by: Member) -> None:
    """Ask one side something; it is waited for. Our own time stands still while that is the complainant, who cannot
    gain by silence; a respondent could. Raises NotClaimed, IllegalMove.
    """
    case = await _handled(tx, case_id, by)
    if side is Side.COMPLAINANT:
        case.move(CaseMove.ASK_COMPLAINANT, by=by.id)
        await timing.begin(tx, case, ClockName.MORE, MORE)
        await timing.pause(tx, case, ClockName.DECISION)
    else:
        case.move(CaseMove.ASK_RESPONDENT, by=by.id)
        await filing.ask_respondent(tx, case)
    _answered_first(case)
    await _write(tx, case, Speaker(Side.PLATFORM, by), text, audience=side if case.kind == Kind.REPORT else "")
    await desk.leave(tx, case, by=by.id)
    if side is Side.COMPLAINANT:
        await telling.complainant(tx, case, "asked")
    else:
        await telling.respondent(tx, case, "asked")


async def say(tx: AsyncSession, case: Case, text: str, files: list[Kept], *, by: Speaker) -> None:
    """A side says something and shows files. The case is locked. Raises TooLate when it is decided."""
    if case.state not in TALKING:
        raise TooLate(_("Nothing more can be said in this case: it is decided or over."))
    if not text and not files:
        raise BadFiling(_("Write something, or add a file."), field="text")
    audience = by.side if case.kind == Kind.REPORT else ""
    shown = await exhibits.add(tx, case, files, side=by.side, audience=audience, by=by.id)
    await _write(tx, case, by, text, audience=audience, shown={row.label: row.sha256 for row in shown})
    waited_for = {CaseState.ANSWERING: Side.RESPONDENT, CaseState.ASKED: Side.COMPLAINANT}.get(case.state)
    if by.side == waited_for:
        await _go_on(tx, case, CaseMove.ANSWER, by=by.id)
    if not audience:
        other = telling.complainant if by.side is Side.RESPONDENT else telling.respondent
        if by.side is Side.RESPONDENT or case.told_at is not None:
            await other(tx, case, "message")


async def translate(
    tx: AsyncSession, case: Case, file: Kept, translation: Translation, *, by: Speaker, audience: str
) -> str:
    """Add a translation of an exhibit, marked as made by a person or a machine. Returns its label."""
    if case.state not in TALKING:
        raise TooLate(_("Nothing more can be said in this case: it is decided or over."))
    [row] = await exhibits.add(tx, case, [file], side=by.side, audience=audience, by=by.id, translation=translation)
    said = {"label": row.label, "of": translation.of, "how": translation.how, "sha256": row.sha256}
    await evidence.record(tx, case.itself, "case.translated", said, actor=by.id)
    return row.label


async def lapse(tx: AsyncSession, case_id: UUID) -> None:
    """A side that was waited for said nothing in time, or nobody appealed. Does nothing when that no longer holds."""
    case = await queries.for_update(tx, case_id)
    waited = {
        CaseState.ANSWERING: ClockName.ANSWER,
        CaseState.ASKED: ClockName.MORE,
        CaseState.RULED: ClockName.APPEAL,
        CaseState.REJECTED: ClockName.APPEAL,
    }.get(case.state)
    due = await timing.due_at(tx, case, waited) if waited else None
    if due is None or due > clock.now():
        return
    if waited is ClockName.APPEAL:
        await end(tx, case, CaseMove.CLOSE, by=None)
    else:
        await _go_on(tx, case, CaseMove.LAPSE, by=None)


async def _go_on(tx: AsyncSession, case: Case, move: CaseMove, *, by: UUID | None) -> None:
    case.move(move, by=by)
    await timing.stop(tx, case, ClockName.ANSWER, ClockName.MORE)
    await timing.run_on(tx, case, ClockName.DECISION)
    await desk.queue(tx, case)


async def appeal(tx: AsyncSession, case: Case, reason: str, *, by: Speaker) -> None:
    """Ask that another person looks again, once, within the time for it. Locked. Raises TooLate, NotYourTurn."""
    case.check(CaseMove.APPEAL)
    due = await timing.due_at(tx, case, ClockName.APPEAL)
    if case.round != 1 or due is None or due <= clock.now():
        raise TooLate(_("The time to appeal is over."))
    if case.state == CaseState.REJECTED and by.side is not Side.COMPLAINANT:
        raise NotYourTurn(_("This step belongs to the other party."))
    case.move(CaseMove.APPEAL, by=by.id)
    case.round, case.handler_id = 2, None
    case.complainant_agreed_at = case.respondent_agreed_at = None
    await timing.stop(tx, case, ClockName.APPEAL)
    at_intake = case.state == CaseState.OPENED
    await timing.begin(tx, case, ClockName.INTAKE if at_intake else ClockName.DECISION, SECOND_LOOK)
    audience = by.side if case.kind == Kind.REPORT else ""
    await _write(tx, case, by, reason, audience=audience)
    await evidence.record(tx, case.itself, "case.appealed", {"side": str(by.side)}, actor=by.id)
    await desk.queue(tx, case)
    if case.told_at is not None:
        await telling.both(tx, case, "appealed")


async def agree(tx: AsyncSession, case: Case, *, by: Speaker) -> None:
    """A side lives with the decision; when both do, it is final at once. Locked. Raises IllegalMove."""
    case.check(CaseMove.APPEAL)
    if by.side is Side.COMPLAINANT:
        case.complainant_agreed_at = case.complainant_agreed_at or clock.now()
    else:
        case.respondent_agreed_at = case.respondent_agreed_at or clock.now()
    await evidence.record(tx, case.itself, "case.agreed", {"side": str(by.side)}, actor=by.id)
    alone = case.state == CaseState.REJECTED or case.told_at is None
    if case.complainant_agreed_at and (alone or case.respondent_agreed_at):
        await end(tx, case, CaseMove.CLOSE, by=by.id)


async def withdraw(tx: AsyncSession, case: Case, *, by: Speaker) -> None:
    """The complainant takes it back, before the first decision. Locked. Raises IllegalMove, TooLate."""
    case.check(CaseMove.WITHDRAW)
    if by.side is not Side.COMPLAINANT:
        raise NotYourTurn(_("This step belongs to the other party."))
    if case.round != 1:
        raise TooLate(_("A decision that is appealed stands until the second one."))
    await end(tx, case, CaseMove.WITHDRAW, by=by.id)


async def settled(tx: AsyncSession, case: Case, *, by: UUID | None) -> None:
    """The parties have agreed among themselves. Locked."""
    if case.can(CaseMove.SETTLE):
        await end(tx, case, CaseMove.SETTLE, by=by)


async def end(tx: AsyncSession, case: Case, move: CaseMove, *, by: UUID | None) -> None:
    """Nothing more happens; both sides are asked how it was handled. A ruling becomes final."""
    ruled = case.state == CaseState.RULED and move is CaseMove.CLOSE
    case.move(move, by=by)
    case.ended_at, case.handler_id = clock.now(), None
    await timing.stop(tx, case, *ClockName)
    await desk.leave(tx, case, by=by)
    how = str(case.state)
    await evidence.record(tx, case.itself, f"case.{how}", {"round": case.round}, actor=by)
    if ruled:
        await outbox.publish(tx, await queries.ruled(tx, case, final=True))
    await outbox.publish(tx, CaseEnded(case.id, str(case.kind), case.about, how, case.complainant_id))
    await telling.both(tx, case, how)


async def rate(tx: AsyncSession, case: Case, stars: int, text: str, *, side: Side) -> None:
    """How a side found the handling of its case, once, when it is over. Locked. Raises TooLate."""
    if case.state not in ENDED:
        raise TooLate(_("We ask when the case is over."))
    if await tx.get(CaseSatisfaction, (case.id, side)) is not None:
        raise TooLate(_("You have told us already. Thank you."))
    tx.add(CaseSatisfaction(case_id=case.id, side=side, stars=stars, text=text))
    await tx.flush()


async def _handled(tx: AsyncSession, case_id: UUID, by: Member) -> Case:
    require(by, Permission.JUDGE)
    case = await queries.for_update(tx, case_id)
    await desk.require_handler(tx, case, by)
    return case


def _answered_first(case: Case) -> None:
    case.first_answer_at = case.first_answer_at or clock.now()


async def _write(
    tx: AsyncSession, case: Case, by: Speaker, text: str, *, audience: str, shown: dict[str, str] | None = None
) -> None:
    if text or not shown:
        tx.add(CaseMessage(case_id=case.id, side=by.side, audience=audience, member_id=by.id, text=text))
    said = {"side": str(by.side), "audience": audience, "text": text, "exhibits": shown or {}}
    await evidence.record(tx, case.itself, "case.said", said, actor=by.id)
