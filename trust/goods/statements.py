"""Statements of end users: what the buyer of dual-use goods says of who uses them, where and for what.

Export Control Law (PRC) art. 15-17, dual-use regulation (PRC) art. 16, 25, 27: the exporter gets it, the end user keeps
to it, and both are kept for five years.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Invalid
from app.core.i18n import N_, _
from app.core.ids import new_id
from app.core.periods import latest_today
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.goods.errors import StatementNotFound
from trust.goods.matching import SUBHEADING, folded
from trust.goods.models import EndUserStatement
from trust.goods.states import StatementMove, StatementState

FORWARDER, ELSEWHERE, OTHER_COMPANY = "forwarder", "elsewhere", "other_company"
FLAGS = {
    FORWARDER: N_("The end user looks like a freight forwarder or courier, who uses nothing it carries."),
    ELSEWHERE: N_("The end user is not in the country that the goods go to."),
    OTHER_COMPANY: N_("The end user is another company than the buyer."),
}
_CARRIES = re.compile(
    r"\b(freight|forwarders?|forwarding|logistics|courier|express|customs brokers?|shipping (agent|agency|line)s?"
    r"|consolidators?|spedition|transit(aire|arios?)?)\b|货代|货运|物流|报关|快递|速递|船务|运输代理"
)
_FORMS = re.compile(r"\b(co|ltd|limited|gmbh|inc|llc|company|corp|ag|sa|bv|kg)\b|[^\w]")


class Statement(BaseModel):
    """What is stated. `quantity` in `unit` (UN/ECE Rec 20); `no_reexport`: not to be passed on without permission."""

    model_config = ConfigDict(frozen=True)

    end_user: str
    address: str
    country: str
    registration: str
    contact: str
    email: str
    phone: str
    goods: str
    hs_code: str
    quantity: Decimal
    unit: str
    end_use: str
    site: str
    no_reexport: bool
    signed_by: str
    title: str
    signed_on: date

    def covers(self, hs_code: str, quantity: Decimal, unit: str) -> bool:
        """Whether goods of this code, so much in all, are what was stated."""
        return self.hs_code[:SUBHEADING] == hs_code[:SUBHEADING] and self.unit == unit and quantity <= self.quantity


@dataclass(frozen=True, slots=True)
class About:
    """The line of an order that a statement is about."""

    order_id: UUID
    number: str
    position: int
    buyer_id: UUID
    buyer_names: tuple[str, ...]
    supplier_id: UUID
    destination: str


@dataclass(frozen=True, slots=True)
class StatementView:
    id: UUID
    order_id: UUID
    number: str
    position: int
    version: int
    buyer_id: UUID
    supplier_id: UUID
    said: Statement
    flags: tuple[str, ...]
    document: dict[str, Any] | None
    state: StatementState
    reason: str
    submitted_at: datetime
    decided_at: datetime | None


def flags(said: Statement, *, buyer_names: tuple[str, ...], destination: str) -> list[str]:
    """What a person has to look at."""
    found = []
    if _CARRIES.search(folded(said.end_user)):
        found.append(FORWARDER)
    if said.country != destination:
        found.append(ELSEWHERE)
    if _bare(said.end_user) not in {_bare(name) for name in buyer_names}:
        found.append(OTHER_COMPANY)
    return found


def _bare(name: str) -> str:
    return _FORMS.sub("", folded(name))


def context(order_id: UUID) -> str:
    """To what the vault binds the signed sheets of an order."""
    return f"end_user_statement:{order_id}"


async def submit(
    tx: AsyncSession, about: About, said: Statement, document: dict[str, Any] | None, *, by: Member
) -> UUID:
    """The buyer states; an earlier version is replaced. The caller holds the order's lock. Raises Invalid."""
    require(by, Permission.ACCEPT_GOODS)
    if not said.no_reexport:
        raise Invalid(_("Without this undertaking the goods cannot be shipped."), field="no_reexport")
    if said.signed_on > latest_today(clock.now()):
        raise Invalid(_("The day of signing cannot lie in the future."), field="signed_on")
    query = select(EndUserStatement).where(
        EndUserStatement.order_id == about.order_id, EndUserStatement.position == about.position
    )
    former = list(await tx.scalars(query.order_by(EndUserStatement.version).with_for_update()))
    for row in former:
        if row.can(StatementMove.REPLACE):
            row.move(StatementMove.REPLACE, by=by.id)
    await tx.flush()
    row = EndUserStatement(
        id=new_id(),
        order_id=about.order_id,
        order_number=about.number,
        position=about.position,
        version=len(former) + 1,
        buyer_id=about.buyer_id,
        supplier_id=about.supplier_id,
        content=said.model_dump(mode="json"),
        flags=flags(said, buyer_names=about.buyer_names, destination=about.destination),
        document=document,
        submitted_by=by.id,
    )
    tx.add(row)
    await tx.flush()
    facts = {"order": about.order_id, "position": about.position, "version": row.version, "statement": row.content}
    await evidence.record(tx, Subject("end_user_statement", row.id), "statement.submitted", facts, actor=by.id)
    return row.id


async def decide(tx: AsyncSession, statement_id: UUID, *, accepted: bool, reason: str, by: Member) -> StatementView:
    """Accept, or ask for more; an accepted one may be asked about again. Locks it.

    Raises StatementNotFound, IllegalMove, Invalid without a reason where more is asked or something is flagged.
    """
    require(by, Permission.CONTROL_GOODS)
    row = await tx.scalar(select(EndUserStatement).where(EndUserStatement.id == statement_id).with_for_update())
    if row is None:
        raise _no_statement()
    row.check(StatementMove.ACCEPT if accepted else StatementMove.ASK)
    if not reason.strip() and (row.flags or not accepted):
        raise Invalid(
            _("Say why this end user can be accepted.") if accepted else _("Say what is missing."), field="reason"
        )
    row.move(StatementMove.ACCEPT if accepted else StatementMove.ASK, by=by.id, note=reason)
    row.reason, row.decided_by, row.decided_at = reason.strip(), by.id, clock.now()
    kind = "statement.accepted" if accepted else "statement.more_asked"
    facts = {"flags": row.flags, "reason": row.reason}
    await evidence.record(tx, Subject("end_user_statement", row.id), kind, facts, actor=by.id)
    return _view(row)


def _no_statement() -> StatementNotFound:
    return StatementNotFound(_("There is no such statement."))


async def accepted(tx: AsyncSession, order_id: UUID) -> dict[int, Statement]:
    """The accepted statements of an order, by the position of its line."""
    query = select(EndUserStatement.position, EndUserStatement.content).where(
        EndUserStatement.order_id == order_id, EndUserStatement.state == StatementState.ACCEPTED
    )
    return {position: Statement.model_validate(content) for position, content in await tx.execute(query)}


async def of_order(tx: AsyncSession, order_id: UUID) -> list[StatementView]:
    """All versions, the newest first. The caller has checked who asks."""
    query = select(EndUserStatement).where(EndUserStatement.order_id == order_id)
    return [_view(row) for row in await tx.scalars(query.order_by(EndUserStatement.id.desc()))]


async def statements(
    tx: AsyncSession, *, state: StatementState, offset: int = 0, limit: int = 24
) -> tuple[list[StatementView], int]:
    """Those in a state: the longest waiting first where they wait, else the newest; how many there are."""
    wanted = EndUserStatement.state == state
    total = await tx.scalar(select(func.count()).select_from(EndUserStatement).where(wanted)) or 0
    waits = state == StatementState.SUBMITTED
    order = EndUserStatement.id.asc() if waits else EndUserStatement.id.desc()
    rows = await tx.scalars(select(EndUserStatement).where(wanted).order_by(order).offset(offset).limit(limit))
    return [_view(row) for row in rows], total


async def statement(tx: AsyncSession, statement_id: UUID) -> StatementView:
    """Raises StatementNotFound. The caller checks who asks."""
    row = await tx.get(EndUserStatement, statement_id)
    if row is None:
        raise _no_statement()
    return _view(row)


async def sheet(tx: AsyncSession, store: FileStore, vault: Vault, found: StatementView, *, by: Member) -> bytes:
    """The signed and stamped sheet; that compliance looks at it is written down. Raises StatementNotFound."""
    require(by, Permission.CONTROL_GOODS)
    if found.document is None:
        raise _no_statement()
    about = Subject("end_user_statement", found.id)
    await evidence.record(tx, about, "statement.looked_at", {"name": found.document["name"]}, actor=by.id)
    return vault.open_bytes(await store.get(found.document["key"]), context(found.order_id))


def _view(row: EndUserStatement) -> StatementView:
    return StatementView(
        id=row.id,
        order_id=row.order_id,
        number=row.order_number,
        position=row.position,
        version=row.version,
        buyer_id=row.buyer_id,
        supplier_id=row.supplier_id,
        said=Statement.model_validate(row.content),
        flags=tuple(row.flags),
        document=row.document,
        state=row.state,
        reason=row.reason,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
    )
