"""Answers by mail: taken in as messages, where the mail server proves from whom they are; held back where it does not.

A letter is a message and never more: offers are made and accepted on the page alone.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, incoming, limits, log, post
from app.core.contents import Contents, contents
from app.core.crypto import Vault
from app.core.errors import DomainError, Invalid, TooMany, Unavailable
from app.core.i18n import _, speaking
from app.core.ids import new_id
from app.core.incoming import BadLetter, Incoming
from app.core.jobs import JobContext
from app.core.subject import Subject
from orders import files
from orders.negotiation import service
from orders.negotiation.addresses import Addressee, addressee
from orders.negotiation.errors import LetterNotFound
from orders.negotiation.models import IncomingLetter, Message
from orders.negotiation.service import Files
from orders.negotiation.states import LetterState
from orders.negotiation.views import HeldLetter
from orders.negotiation.words import DOUBTS
from trust.access import Member
from trust.identity.sessions import acting
from trust.retention import service as retention
from trust.retention.classes import LETTERS
from trust.risk import service as risk
from trust.risk.engine import Notice, Point
from trust.risk.facts import LetterFacts
from trust.risk.rules import letters as rule

AN_HOUR = 60
"""Letters of one member that are taken in."""
UNPROVEN_AN_HOUR = 10
LONGEST = 4000
"""Characters of a message."""
LONGEST_HELD = 20_000
"""Of one that is held back: whoever wrote it shortens it themselves."""
logger = log.get("portolan.letters")


class Outcome(StrEnum):
    """What became of a letter. `ignored`: nobody's answer, or no person's."""

    TAKEN = "taken"
    HELD = "held"
    REFUSED = "refused"
    AGAIN = "again"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class _Answer:
    letter: Incoming
    to: Addressee
    said: Contents

    @property
    def facts(self) -> LetterFacts:
        letter, proof = self.letter, self.letter.proof
        return LetterFacts(
            own=_is_own(letter, self.to),
            domain=letter.sender.rpartition("@")[2],
            spf=proof.spf,
            dkim=proof.dkim,
            dmarc=proof.dmarc,
            aligned=proof.aligned,
            reply_to=letter.reply_to.rpartition("@")[2],
        )


async def receive(ctx: JobContext, raw: bytes) -> Outcome:
    """Take in one letter as the mail server brought it, once however often it is brought.

    Raises TooMany and Unavailable, and whatever the database raises: then nothing was done, and the letter should be
    brought again.
    """
    try:
        letter = await asyncio.to_thread(incoming.read, raw, ctx.settings.answers_authority)
    except BadLetter:
        return _ignored("unreadable", size=len(raw))
    async with ctx.db.reading() as tx:
        to = await addressee(tx, _vault(ctx), letter.to, ctx.settings.answers_domain)
        known = to and await _known(tx, letter, to)
    if to is None or letter.automatic:
        return _ignored("automatic" if letter.automatic else "no_addressee", letter=letter.digest)
    if known:
        return Outcome.AGAIN
    if not await _counted(ctx, letter, to):
        return _ignored("too_many", letter=letter.digest)
    with speaking(to.member.locale):
        try:
            said = await asyncio.to_thread(contents, raw)
            return await _taken(ctx, _Answer(letter, to, said))
        except (TooMany, Unavailable):
            raise
        except DomainError as refused:
            return await ctx.tx(partial(_refuse, answer=_Answer(letter, to, Contents("", ())), why=refused.message))


def _is_own(letter: Incoming, to: Addressee) -> bool:
    return bool(letter.sender) and letter.sender == incoming.address(to.member.email)


async def _known(tx: AsyncSession, letter: Incoming, to: Addressee) -> bool:
    """Whether it came before: these very bytes, or by another way and taken in then."""
    here = IncomingLetter.member_id == to.member.id, IncomingLetter.inquiry_id == to.inquiry_id
    named = IncomingLetter.message_id == letter.message_id, IncomingLetter.message_id != ""
    settled = IncomingLetter.state.in_((LetterState.TAKEN, LetterState.REFUSED, LetterState.OWNED))
    same = or_(IncomingLetter.digest == letter.digest, and_(*here, *named, settled))
    return await tx.scalar(select(IncomingLetter.id).where(same).limit(1)) is not None


async def _counted(ctx: JobContext, letter: Incoming, to: Addressee) -> bool:
    """Proven ones may come later (raises TooMany). Of those that anybody may have sent few are kept, and they use up
    nothing of the others' number.
    """
    if letter.proof.aligned and _is_own(letter, to):
        await limits.hit(ctx.db, f"letter:{to.member.id}", at_most=AN_HOUR, per_minutes=60)
        return True
    try:
        await limits.hit(ctx.db, f"letter:{to.member.id}:unproven", at_most=UNPROVEN_AN_HOUR, per_minutes=60)
    except TooMany:
        return False
    return True


def _vault(ctx: JobContext) -> Vault:
    if ctx.db.vault is None:
        raise RuntimeError("no vault to know addresses by")
    return ctx.db.vault


def _ignored(why: str, **facts: Any) -> Outcome:
    logger.info("letter_ignored", why=why, **facts)
    return Outcome.IGNORED


async def _taken(ctx: JobContext, answer: _Answer) -> Outcome:
    if held := await ctx.tx(partial(_hold, answer=answer)):
        return held
    text = answer.said.text
    if not text:
        raise Invalid(_("Nothing stands above “Write your answer above this line”. Write it there, or on the page."))
    if len(text) > LONGEST:
        raise Invalid(_("A message has at most %(n)s characters.") % {"n": LONGEST})
    kept = await files.keep(ctx.files, list(answer.said.files))
    try:
        return await ctx.tx(partial(_post, answer=answer, text=text, kept=kept))
    except DomainError:
        await ctx.tx(partial(retention.give_up, keys={file["key"] for file in kept}))
        raise


async def _hold(tx: AsyncSession, *, answer: _Answer) -> Outcome | None:
    """Ask BEC-07; what it doubts is kept apart, and its writer told at the address that is known. None: no doubts."""
    member, letter = answer.to.member, answer.letter
    subject = Subject("inquiry", answer.to.inquiry_id)
    found = await risk.assess(
        tx,
        Point.LETTER,
        subject,
        answer.facts,
        organisation_id=member.organisation_id,
        title=subject.number,
        by=None,
    )
    if not found.says(Notice.QUARANTINE) and answer.facts.own:
        return None
    doubts = [name for hit in found.decision.hits for name in rule.doubts(hit.inputs, hit.parameters)] or ["sender"]
    held = {"sender": letter.sender, "text": answer.said.text[:LONGEST_HELD], "files": len(answer.said.files)}
    if not await _written(tx, answer, LetterState.HELD, doubts=doubts, **held):
        return Outcome.AGAIN
    await _tell(tx, answer, "held", doubts=[DOUBTS[name] for name in doubts])
    return Outcome.HELD


async def _post(tx: AsyncSession, *, answer: _Answer, text: str, kept: Files) -> Outcome:
    if not await _written(tx, answer, LetterState.TAKEN):
        return Outcome.AGAIN
    by = await acting(tx, answer.to.member.id)
    _message, notice = await service.say(tx, answer.to.inquiry_id, text, kept, by=by, letter=answer.letter.digest)
    if notice:
        await _tell(tx, answer, "noted", told=notice)
    return Outcome.TAKEN


async def _refuse(tx: AsyncSession, *, answer: _Answer, why: str) -> Outcome:
    if not await _written(tx, answer, LetterState.REFUSED):
        return Outcome.AGAIN
    await _tell(tx, answer, "refused", told=why)
    return Outcome.REFUSED


async def _written(tx: AsyncSession, answer: _Answer, state: LetterState, **held: Any) -> bool:
    """Whether the letter was not there before."""
    row = {
        "id": new_id(),
        "digest": answer.letter.digest,
        "message_id": answer.letter.message_id,
        "inquiry_id": answer.to.inquiry_id,
        "member_id": answer.to.member.id,
        "state": state,
        "received_at": clock.now(),
        **held,
    }
    wanted = insert(IncomingLetter).values(row).on_conflict_do_nothing()
    return await tx.scalar(wanted.returning(IncomingLetter.id)) is not None


async def _tell(tx: AsyncSession, answer: _Answer, what: str, **facts: Any) -> None:
    """To the address that is known, whoever wrote the letter."""
    member = answer.to.member
    path = f"/inquiries/{answer.to.inquiry_id}"
    about = {"title": answer.to.title, "path": path, "recipient": member.name}
    context = {"what": what, "told": "", "doubts": [], **about, **facts}
    await post.send(tx, to=member.email, locale=member.locale, template="answer_news", context=context)


async def held_of(tx: AsyncSession, inquiry_id: UUID, *, by: Member) -> list[HeldLetter]:
    """What is held back of a member's own answers, the oldest first. The caller has loaded the inquiry as a party."""
    query = select(IncomingLetter).where(
        IncomingLetter.member_id == by.id,
        IncomingLetter.inquiry_id == inquiry_id,
        IncomingLetter.state == LetterState.HELD,
    )
    return [_view(row) for row in await tx.scalars(query.order_by(IncomingLetter.id).limit(20))]


def _view(row: IncomingLetter) -> HeldLetter:
    doubts = tuple(row.doubts)
    return HeldLetter(row.id, row.inquiry_id, row.sender, row.text, doubts, row.files, row.received_at)


async def own(tx: AsyncSession, letter_id: UUID, text: str, *, by: Member) -> tuple[Message, str]:
    """Its writer, signed in, says that a letter that was held back is theirs: `text`, which they may have changed,
    becomes a message. Returns it, and what the writer is told about it. Raises LetterNotFound, Blocked.
    """
    letter = await _decide(tx, letter_id, LetterState.OWNED, by=by)
    return await service.say(tx, letter.inquiry_id, text, [], by=by, letter=letter.digest)


async def disown(tx: AsyncSession, letter_id: UUID, *, by: Member) -> UUID:
    """A letter that was held back goes. The inquiry's id. Raises LetterNotFound."""
    return (await _decide(tx, letter_id, LetterState.DISOWNED, by=by)).inquiry_id


async def _decide(tx: AsyncSession, letter_id: UUID, state: LetterState, *, by: Member) -> IncomingLetter:
    query = select(IncomingLetter).where(
        IncomingLetter.id == letter_id, IncomingLetter.member_id == by.id, IncomingLetter.state == LetterState.HELD
    )
    letter = await tx.scalar(query.with_for_update())
    if letter is None:
        raise LetterNotFound(_("There is no such letter, or it was decided on already."))
    letter.state, letter.sender, letter.text, letter.doubts, letter.files = state, "", "", [], 0
    return letter


async def forget_letters(tx: AsyncSession) -> None:
    """Mail servers bring a letter again for days, not for weeks; what nobody owned in this time goes too."""
    await tx.execute(delete(IncomingLetter).where(IncomingLetter.received_at < clock.now() - LETTERS.period))
