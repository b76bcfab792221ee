"""Licences of suppliers: handed in with a sealed document, read by compliance, and counted down by shipments."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.db import constraint
from app.core.errors import Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.money import Money
from app.core.storage import FileStore
from app.core.subject import Subject
from trust.access import Member, Permission, require
from trust.goods.errors import LicenceNotFound, SameLicence
from trust.goods.matching import Entry
from trust.goods.models import GoodsLicence, LicenceUse
from trust.goods.states import LicenceForm, LicenceMove, LicenceState
from trust.identity.models import Organisation
from trust.verification.looking import Seen

LONGEST = {LicenceForm.SINGLE: timedelta(days=366), LicenceForm.GENERAL: timedelta(days=3 * 366)}
"""Dual-use regulation (PRC) art. 15: one year for a single licence, three for a general one."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a licence says. See trust.goods.models.GoodsLicence."""

    form: LicenceForm
    number: str
    authority: str
    holder: str
    hs: tuple[str, ...]
    codes: tuple[str, ...]
    destinations: tuple[str, ...]
    quantity_limit: Decimal | None
    unit: str
    value_limit: Money | None
    valid_from: date
    valid_until: date

    def covers(self, entry: Entry, hs_code: str, destinations: Collection[str], day: date) -> bool:
        """Whether the licence is of this entry and these goods, for every country they go to, and holds on this day."""
        return (
            self.valid_from <= day <= self.valid_until
            and any(hs_code.startswith(prefix) for prefix in self.hs)
            and (not self.codes or entry.code in self.codes)
            and (not self.destinations or set(destinations) <= set(self.destinations))
        )


@dataclass(slots=True)
class Left:
    """What is left of a licence; None: there is no limit."""

    licence: UUID
    terms: Terms
    quantity: Decimal | None
    minor: int | None

    def takes(self, quantity: Decimal, unit: str, value: Money) -> bool:
        """Whether so much can be taken."""
        if self.quantity is not None and (unit != self.terms.unit or quantity > self.quantity):
            return False
        limit = self.terms.value_limit
        return limit is None or self.minor is None or (value.currency == limit.currency and value.minor <= self.minor)

    def take(self, quantity: Decimal, value: Money) -> None:
        if self.quantity is not None:
            self.quantity -= quantity
        if self.minor is not None:
            self.minor -= value.minor


@dataclass(frozen=True, slots=True)
class LicenceView:
    id: UUID
    organisation_id: UUID
    company: str
    terms: Terms
    state: LicenceState
    reason: str
    document: dict[str, Any]
    handed_in_at: datetime
    decided_at: datetime | None
    used_quantity: Decimal
    used_value: dict[str, Money] = field(default_factory=dict)
    shipments: int = 0

    def ends_in(self, day: date) -> int:
        """Days until the last day; negative: it is over."""
        return (self.terms.valid_until - day).days


def terms_of(row: GoodsLicence) -> Terms:
    return Terms(
        form=LicenceForm(row.form),
        number=row.number,
        authority=row.authority,
        holder=row.holder,
        hs=tuple(row.hs),
        codes=tuple(row.codes),
        destinations=tuple(row.destinations),
        quantity_limit=row.quantity_limit,
        unit=row.unit,
        value_limit=row.value_limit,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def context(organisation_id: UUID) -> str:
    """To what the vault binds the documents of one company's licences."""
    return f"goods_licence:{organisation_id}"


async def hand_in(tx: AsyncSession, terms: Terms, document: dict[str, Any], *, by: Member) -> UUID:
    """Hand a licence in to be read. Raises SameLicence, Invalid for a licence that is over or longer than its form."""
    require(by, Permission.LIST_PRODUCTS)
    _check(terms)
    row = GoodsLicence(
        id=new_id(),
        organisation_id=by.organisation_id,
        form=terms.form,
        number=terms.number,
        authority=terms.authority,
        holder=terms.holder,
        hs=list(terms.hs),
        codes=list(terms.codes),
        destinations=list(terms.destinations),
        quantity_limit=terms.quantity_limit,
        unit=terms.unit,
        value_limit=terms.value_limit,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        document=document,
        handed_in_by=by.id,
    )
    try:
        async with tx.begin_nested():
            tx.add(row)
    except IntegrityError as error:
        if constraint(error) != "uq_goods_licence_number":
            raise
        raise SameLicence(_("Your company handed this licence in already.")) from None
    said = {"number": terms.number, "authority": terms.authority, "until": terms.valid_until}
    await evidence.record(tx, Subject("goods_licence", row.id), "licence.handed_in", said, actor=by.id)
    return row.id


def _check(terms: Terms) -> None:
    if terms.valid_until < clock.now().date():
        raise Invalid(_("This licence is over."), field="valid_until")
    longest = LONGEST.get(terms.form)
    if longest is not None and terms.valid_until - terms.valid_from > longest:
        raise Invalid(_("A licence of this kind is not valid for so long."), field="valid_until")


MOVES = {
    LicenceMove.ACCEPT: "licence.accepted",
    LicenceMove.REFUSE: "licence.refused",
    LicenceMove.SUSPEND: "licence.suspended",
    LicenceMove.RESTORE: "licence.restored",
}


async def decide(tx: AsyncSession, licence_id: UUID, move: LicenceMove, *, reason: str, by: Member) -> UUID:
    """Accept, refuse, suspend or restore; the company's id. Locks it, so no shipment counts on it meanwhile.

    Raises LicenceNotFound, IllegalMove, Invalid without a reason unless it is accepted.
    """
    require(by, Permission.CONTROL_GOODS)
    row = await tx.scalar(select(GoodsLicence).where(GoodsLicence.id == licence_id).with_for_update())
    if row is None:
        raise _no_licence()
    row.check(move)
    if move is not LicenceMove.ACCEPT and not reason.strip():
        raise Invalid(_("Say why, so that the company knows what to do."), field="reason")
    row.move(move, by=by.id, note=reason)
    row.reason, row.decided_by, row.decided_at = reason.strip(), by.id, clock.now()
    said = {"number": row.number, "reason": reason}
    await evidence.record(tx, Subject("goods_licence", row.id), MOVES[move], said, actor=by.id)
    return row.organisation_id


def _no_licence() -> LicenceNotFound:
    return LicenceNotFound(_("There is no such licence."))


async def lefts(tx: AsyncSession, organisation_id: UUID, *, lock: bool = False) -> list[Left]:
    """The company's accepted licences that are not over, those that end first first, with what is left of them.

    lock  nobody else takes of them, or suspends one, until the transaction ends
    """
    query = select(GoodsLicence).where(
        GoodsLicence.organisation_id == organisation_id,
        GoodsLicence.state == LicenceState.ACCEPTED,
        GoodsLicence.valid_until >= clock.now().date(),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    rows = list(await tx.scalars(query.order_by(GoodsLicence.id)))
    used = await _used(tx, [row.id for row in rows])
    found = []
    for row in rows:
        quantity, values = used[row.id]
        terms = terms_of(row)
        limit, spent = terms.value_limit, sum(value.minor for value in values.values())
        found.append(
            Left(
                row.id,
                terms,
                None if terms.quantity_limit is None else terms.quantity_limit - quantity,
                None if limit is None else limit.minor - spent,
            )
        )
    return sorted(found, key=lambda left: (left.terms.valid_until, left.licence))


Used = dict[UUID, tuple[Decimal, dict[str, Money]]]


async def _used(tx: AsyncSession, licences: Collection[UUID]) -> Used:
    found: Used = defaultdict(lambda: (Decimal(0), {}))
    if not licences:
        return found
    currency = LicenceUse.__table__.c.value_currency
    minor = LicenceUse.__table__.c.value_minor
    query = select(LicenceUse.licence_id, currency, func.sum(LicenceUse.quantity), func.sum(minor))
    for id_, code, quantity, total in await tx.execute(
        query.where(LicenceUse.licence_id.in_(licences)).group_by(LicenceUse.licence_id, currency)
    ):
        before, values = found[id_]
        found[id_] = before + quantity, values | {code: Money(int(total), code)}
    return found


@dataclass(frozen=True, slots=True)
class Taken:
    """What a shipment takes of a licence for one line."""

    licence: UUID
    position: int
    quantity: Decimal
    unit: str
    value: Money


async def draw(tx: AsyncSession, order_id: UUID, shipment_id: UUID, taken: Iterable[Taken]) -> None:
    """Write down what a shipment takes; the caller holds the licences' locks (`lefts(lock=True)`)."""
    tx.add_all(
        LicenceUse(
            licence_id=one.licence,
            order_id=order_id,
            shipment_id=shipment_id,
            position=one.position,
            quantity=one.quantity,
            unit=one.unit,
            value=one.value,
        )
        for one in taken
    )
    await tx.flush()


async def licences(
    tx: AsyncSession,
    *,
    organisation_id: UUID | None = None,
    state: LicenceState | None = None,
    offset: int = 0,
    limit: int = 24,
) -> tuple[list[LicenceView], int]:
    """A company's licences, or all in a state: those that wait longest first, else the newest; how many there are."""
    wanted: list[ColumnElement[bool]] = []
    if organisation_id is not None:
        wanted.append(GoodsLicence.organisation_id == organisation_id)
    if state is not None:
        wanted.append(GoodsLicence.state == state)
    total = await tx.scalar(select(func.count()).select_from(GoodsLicence).where(*wanted)) or 0
    order = GoodsLicence.id.asc() if state == LicenceState.SUBMITTED else GoodsLicence.id.desc()
    query = select(GoodsLicence, Organisation.name_latin).join(
        Organisation, Organisation.id == GoodsLicence.organisation_id
    )
    rows = list(await tx.execute(query.where(*wanted).order_by(order).offset(offset).limit(limit)))
    used = await _used(tx, [row.id for row, _name in rows])
    return [_view(row, name, used) for row, name in rows], total


async def licence(tx: AsyncSession, licence_id: UUID, *, reader: Member) -> LicenceView:
    """For its holder and for compliance. Raises LicenceNotFound."""
    query = select(GoodsLicence, Organisation.name_latin).join(
        Organisation, Organisation.id == GoodsLicence.organisation_id
    )
    row = (await tx.execute(query.where(GoodsLicence.id == licence_id))).first()
    if row is None or (row[0].organisation_id != reader.organisation_id and not reader.may(Permission.CONTROL_GOODS)):
        raise _no_licence()
    uses = select(func.count(LicenceUse.shipment_id.distinct())).where(LicenceUse.licence_id == licence_id)
    return _view(row[0], row[1], await _used(tx, [licence_id]), await tx.scalar(uses) or 0)


def _view(row: GoodsLicence, company: str, used: Used, shipments: int = 0) -> LicenceView:
    quantity, values = used[row.id]
    return LicenceView(
        id=row.id,
        organisation_id=row.organisation_id,
        company=company,
        terms=terms_of(row),
        state=row.state,
        reason=row.reason,
        document=row.document,
        handed_in_at=row.handed_in_at,
        decided_at=row.decided_at,
        used_quantity=quantity,
        used_value=values,
        shipments=shipments,
    )


async def document(store: FileStore, vault: Vault, found: LicenceView) -> bytes:
    """The document as it was handed in, for who handed it in."""
    return vault.open_bytes(await store.get(found.document["key"]), context(found.organisation_id))


async def look(tx: AsyncSession, found: LicenceView, *, by: Member) -> Seen:
    """A look of the platform's people at the document: written down, and across each page of the copy that they get."""
    about = Subject("goods_licence", found.id)
    await evidence.record(tx, about, "licence.looked_at", {"name": found.document["name"]}, actor=by.id)
    words = (by.name, f"{clock.now():%Y-%m-%d %H:%M} UTC", found.terms.number)
    return Seen(found.organisation_id, found.document, words, bound_to=context(found.organisation_id))
