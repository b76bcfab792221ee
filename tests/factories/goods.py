"""Lists, licences and statements for tests, made through the services by the people who may."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.money import Money
from tests.factories.people import Actor, make_staff
from trust.access import Role
from trust.goods import licences, lists, reports, statements
from trust.goods.licences import Terms
from trust.goods.lists import Proposed
from trust.goods.reports import Known
from trust.goods.statements import About, Statement
from trust.goods.states import Kind, LicenceForm, LicenceMove, Point

MUGS = "691200"


def proposed(**said: Any) -> Proposed:
    """Mugs of HS 6912 are prohibited from today on, unless said otherwise."""
    facts: dict[str, Any] = {
        "kind": Kind.PROHIBITED, "code": "MUGS", "hs": ("6912",), "categories": (), "keywords": (), "unless": (),
        "cas": (), "origins": (), "destinations": (), "binds_from": Point.LISTING, "since": clock.now().date(),
        "until": None, "source": "Law on Mugs art. 1", "text_en": "Mugs are controlled.", "text_zh": "杯子受管制。",
    }  # fmt: skip
    return Proposed(**facts | said)


async def control(tx: AsyncSession, first: Actor, second: Actor, **said: Any) -> UUID:
    """An entry that two people agreed on."""
    [made] = await lists.propose(tx, [proposed(**said)], reason="A test.", by=first.member)
    await lists.decide(tx, made, agreed=True, by=second.member)
    return made


def terms(**said: Any) -> Terms:
    """Mugs to Germany, any quantity, for a year from yesterday."""
    today = clock.now().date()
    facts: dict[str, Any] = {
        "form": LicenceForm.GENERAL, "number": "26-001", "authority": "MOFCOM", "holder": "Shenzhen Lantern",
        "hs": ("6912",), "codes": (), "destinations": ("DE",), "quantity_limit": None, "unit": "",
        "value_limit": None, "valid_from": today - timedelta(days=1), "valid_until": today + timedelta(days=364),
    }  # fmt: skip
    return Terms(**facts | said)


def limited(quantity: str, minor: int | None = None) -> dict[str, Any]:
    value = None if minor is None else Money(minor, "USD")
    return {"quantity_limit": Decimal(quantity), "unit": "H87", "value_limit": value}


async def license_goods(tx: AsyncSession, supplier: Actor, keeper: Actor, **said: Any) -> UUID:
    """A licence that compliance has accepted."""
    paper = {"key": "ab/" + "ab" * 32, "name": "licence.pdf", "content_type": "application/pdf", "size": 9}
    made = await licences.hand_in(tx, terms(**said), paper, by=supplier.member)
    await licences.decide(tx, made, LicenceMove.ACCEPT, reason="", by=keeper.member)
    return made


def stated(**said: Any) -> dict[str, Any]:
    """A whole, sound statement as the form sends it."""
    return {
        "end_user": "Hansa Import", "address": "Kaistrasse 1, Hamburg", "country": "DE", "registration": "HRB 12345",
        "contact": "Katrin Brandt", "email": "kb@hansa.example", "phone": "+49 40 1234567", "goods": "Ceramic mugs",
        "hs_code": MUGS, "quantity": "1000", "unit": "H87", "end_use": "Sold in our own shops in Hamburg",
        "site": "Kaistrasse 1, Hamburg", "no_reexport": "true", "signed_by": "Katrin Brandt", "title": "Director",
        "signed_on": date(2026, 1, 1).isoformat(), **said,
    }  # fmt: skip


async def state_end_use(
    tx: AsyncSession, order_id: UUID, buyer: Actor, supplier: Actor, keeper: Actor | None, **said: Any
) -> UUID:
    """The buyer's statement for the first line; accepted where `keeper` is given."""
    about = About(order_id, "PO-TEST", 0, buyer.organisation_id, ("Hansa Import",), supplier.organisation_id, "DE")
    made = await statements.submit(tx, about, Statement.model_validate(stated(**said)), None, by=buyer.member)
    if keeper is not None:
        await statements.decide(tx, made, accepted=True, reason="Known to us.", by=keeper.member)
    return made


async def make_controlled(
    tx: AsyncSession, supplier: Actor, buyer: Actor, keeper: Actor, order_id: UUID
) -> dict[str, Any]:
    """Something of each kind that has an address at the desk: all of it waits for somebody."""
    other = await make_staff(tx, Role.COMPLIANCE)
    never = {"hs": ("9999999999",), "kind": Kind.LICENCE}
    entry = await control(tx, other, keeper, code="OLD", **never)
    ending = await lists.propose_ending(tx, entry, clock.now().date(), reason="Over.", by=other.member)
    [waiting] = await lists.propose(tx, [proposed(**never)], reason="New.", by=other.member)
    paper = {"key": "ab/" + "ab" * 32, "name": "licence.pdf", "content_type": "application/pdf", "size": 9}
    licence = await licences.hand_in(tx, terms(), paper, by=supplier.member)
    stated = await state_end_use(tx, order_id, buyer, supplier, None)
    known = Known(
        order_id, "PO-TEST", supplier.organisation_id, buyer.organisation_id, {"order": {"number": "PO-TEST"}}
    )
    report = await reports.suspect(tx, known, "The end user sells to an embargoed country.", by=other.member)
    return {
        "entry_id": waiting,
        "ending_id": ending,
        "goods_licence_id": licence,
        "end_use_id": stated,
        "export_report_id": report,
        "position": "0",
    }
