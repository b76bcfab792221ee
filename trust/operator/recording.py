"""What administrators put on the operator's record: its registered capital, and penalties against it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.db import constraint
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.money import Money
from app.core.periods import latest_today
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.operator import queries
from trust.operator.errors import AlreadyEntered, RecordNotFound
from trust.operator.events import CapitalUnconfirmed
from trust.operator.models import OperatorCapital, OperatorPenalty

CONFIRMED_WITHIN = timedelta(days=365)
"""So long a statement of the capital holds before the administrators are asked to confirm it."""


@dataclass(frozen=True, slots=True)
class Capital:
    """As on the licence; both amounts in one currency."""

    registration: str
    subscribed: Money
    paid_in: Money
    registered_on: date
    changed_on: date


@dataclass(frozen=True, slots=True)
class Penalty:
    organ: str
    document_number: str
    decided_on: date
    amount: Money | None
    facts: str


def sealed_for(id_: UUID) -> str:
    """The context under which the document of a record lies sealed."""
    return f"operator_record:{id_}"


async def state_capital(tx: AsyncSession, id_: UUID, said: Capital, document: dict[str, Any], *, by: Member) -> None:
    """State or confirm the registered capital. Raises NotPermitted, Invalid naming the field."""
    require(by, Permission.ADMINISTER)
    if not said.subscribed:
        raise Invalid(_("The registered capital cannot be nothing."), field="subscribed")
    if said.subscribed < said.paid_in:
        raise Invalid(_("No more can be paid in than is subscribed."), field="paid_in")
    _not_later(said.registered_on, "registered_on")
    _not_later(said.changed_on, "changed_on")
    if said.changed_on < said.registered_on:
        raise Invalid(_("This lies before the day of registration."), field="changed_on")
    tx.add(
        OperatorCapital(
            id=id_,
            registration=said.registration,
            subscribed=said.subscribed,
            paid_in=said.paid_in,
            registered_on=said.registered_on,
            changed_on=said.changed_on,
            document=document,
            stated_by=by.id,
        )
    )
    await tx.flush()
    told = {"registration": said.registration, "subscribed": str(said.subscribed), "paid_in": str(said.paid_in)}
    told |= {"registered_on": said.registered_on.isoformat(), "changed_on": said.changed_on.isoformat()}
    about = Subject(OperatorCapital.SUBJECT, id_)
    await evidence.record(tx, about, "operator.capital", told | {"document": document["sha256"]}, actor=by.id)


async def enter_penalty(tx: AsyncSession, id_: UUID, said: Penalty, document: dict[str, Any], *, by: Member) -> None:
    """Enter a penalty against the operator. Raises NotPermitted, Invalid naming the field, AlreadyEntered."""
    require(by, Permission.ADMINISTER)
    _not_later(said.decided_on, "decided_on")
    row = OperatorPenalty(
        id=id_,
        organ=said.organ,
        document_number=said.document_number,
        decided_on=said.decided_on,
        amount=said.amount,
        facts=said.facts,
        document=document,
        entered_by=by.id,
    )
    try:
        async with tx.begin_nested():
            tx.add(row)
    except IntegrityError as error:
        if constraint(error) != "uq_operator_penalty_document":
            raise
        raise AlreadyEntered(_("This decision has been entered already.")) from error
    told = {"organ": said.organ, "document": said.document_number, "decided_on": said.decided_on.isoformat()}
    told |= {"amount": str(said.amount or ""), "file": document["sha256"]}
    await evidence.record(tx, Subject(OperatorPenalty.SUBJECT, id_), "operator.penalty", told, actor=by.id)


def _not_later(day: date, field: str) -> None:
    if day > latest_today(clock.now()):
        raise Invalid(_("This day has not come yet."), field=field)


async def paper(
    tx: AsyncSession, kind: type[OperatorCapital] | type[OperatorPenalty], id_: UUID, *, by: Member
) -> dict[str, Any]:
    """The receipt of a record's document; that it was opened goes on the chain. Raises NotPermitted, RecordNotFound."""
    require(by, Permission.READ_INDICATORS)
    row: OperatorCapital | OperatorPenalty | None = await tx.get(kind, id_)
    if row is None:
        raise RecordNotFound(_("There is no such record."))
    await evidence.record(tx, Subject(kind.SUBJECT, id_), "operator.opened", {}, actor=by.id)
    return row.document


async def unconfirmed(tx: AsyncSession) -> OperatorCapital | None:
    """The last statement of the capital, where a year has passed over it."""
    row = await queries.capital(tx)
    return row if row is not None and row.stated_at <= clock.now() - CONFIRMED_WITHIN else None


async def ask_to_confirm(tx: AsyncSession) -> None:
    """Say that the capital is to be confirmed; nothing when that was done meanwhile."""
    row = await unconfirmed(tx)
    if row is not None:
        await outbox.publish(tx, CapitalUnconfirmed(row.id, row.stated_at.date()))
