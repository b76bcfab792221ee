"""Guards of the database behind those of the code: what no service asks for is refused all the same."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.db import constraint
from app.core.ids import new_id
from app.core.money import Money
from payments.escrow.models import Escrow
from payments.operations.models import Operation
from payments.operations.states import OperationKind, OperationState
from tests.factories.money import HASH, Deal, make_deal
from tests.flows.test_ledger import ENTRY, LEG, ROLES, accounts, booked, connect

__all__ = ["connect"]


def operation(deal: Deal, key: str, **changes) -> Operation:
    facts = {
        "kind": OperationKind.PAY_IN,
        "provider": "stripe",
        "provider_key": key,
        "state": OperationState.PLANNED,
        "subject_type": deal.subject.type,
        "subject_id": deal.subject.id,
        "part_id": deal.deposit.id,
        "amount": deal.deposit.amount,
    }
    return Operation(id=new_id(), **(facts | changes))


async def refused(db, *rows) -> str:
    """The constraint that does not let these rows in together."""
    try:
        async with db.transaction() as tx:
            for row in rows:
                tx.add(row)
                await tx.flush()
    except IntegrityError as error:
        return constraint(error)
    return "none"


async def test_a_milestone_has_one_open_payment(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
    assert await refused(db, operation(deal, "a:1"), operation(deal, "a:2")) == "uq_operation_open_part"
    async with db.transaction() as tx:
        tx.add_all([operation(deal, "a:3", state=OperationState.FAILED), operation(deal, "a:4")])


async def test_a_key_is_sent_to_a_provider_for_one_operation(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
    other = operation(deal, "a:1", kind=OperationKind.REFUND)
    assert await refused(db, operation(deal, "a:1"), other) == "uq_operation_provider_key"


@pytest.mark.parametrize("minor", [0, -1])
async def test_nothing_of_no_amount_is_asked_of_a_provider(db, minor):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
    assert await refused(db, operation(deal, "a:1", amount=Money(minor, "USD"))) == "ck_operation_amount"


async def test_a_deal_has_one_escrow_and_two_parties(db):
    async with db.transaction() as tx:
        deal = await make_deal(tx)
    facts = {"subject_type": "order", "currency": "USD", "contract_hash": HASH}
    buyer, supplier = deal.buyer.organisation_id, deal.supplier.organisation_id
    second = Escrow(id=new_id(), subject_id=deal.subject.id, buyer_id=buyer, supplier_id=supplier, **facts)
    alone = Escrow(id=new_id(), subject_id=new_id(), buyer_id=buyer, supplier_id=buyer, **facts)
    assert await refused(db, second) == "uq_escrow_subject"
    assert await refused(db, alone) == "ck_escrow_parties"


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("fee_minor = amount_minor + 1", "ck_escrow_milestone_fee"),
        ("fee_minor = -1", "ck_escrow_milestone_fee"),
        ("fee_currency = 'EUR'", "ck_escrow_milestone_fee"),
        ("amount_minor = 0, fee_minor = 0", "ck_escrow_milestone_amount"),
    ],
)
async def test_a_fee_is_a_part_of_what_is_paid(db, change, name):
    async with db.transaction() as tx:
        await make_deal(tx)
    with pytest.raises(DBAPIError) as error:
        async with db.transaction() as tx:
            await tx.execute(text(f"UPDATE escrow_milestone SET {change}"))  # noqa: S608  our own words
    assert constraint(error.value) == name


@ROLES
async def test_a_leg_of_nothing_is_no_leg(db, connect, role):
    connection = await connect(role)
    cash, _held = await accounts(connection, await booked(db))
    entry = new_id()
    await connection.execute("BEGIN")
    await connection.execute(ENTRY, entry, "forged")
    with pytest.raises(Exception, match="ck_posting_amount"):
        await connection.execute(LEG, entry, 1, cash, 0, "USD")


async def test_the_application_may_add_to_the_books_and_nothing_more(connect):
    """By its rights alone, whatever the triggers say."""
    connection = await connect("app")
    granted = await connection.fetch(
        """SELECT c.relname, string_agg(p.name, ' ' ORDER BY p.name) AS rights
             FROM pg_class c, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) AS p (name)
            WHERE c.relnamespace = 'public'::regnamespace AND has_table_privilege(c.oid, p.name)
              AND c.relname IN ('account', 'balance', 'journal_entry', 'posting', 'ledger_proof', 'webhook_event',
                                'evidence_link', 'state_change', 'event')
            GROUP BY c.relname ORDER BY c.relname"""
    )
    rights = {row["relname"]: row["rights"] for row in granted}
    assert rights.pop("balance") == "SELECT"
    assert set(rights.values()) == {"INSERT SELECT"}
