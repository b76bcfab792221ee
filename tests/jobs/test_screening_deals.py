"""Whoever takes part in a deal is compared with the lists: consignee, notify party, carrier, ship, bank, payee."""

from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import select, update

from app.core.subject import Subject
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.amending import Changes
from orders.contracts.revising import Adjustments
from orders.deals import amending, shipping
from orders.deals import queries as orders
from orders.deals import service as deals
from payments import payers
from payments.cases.models import BankCase
from payments.payouts import guarding, numbers
from tests.factories.contracts import agree, draft_contract, fund, make_order, sign_amendment, sign_contract
from tests.factories.money import make_deal, usd
from tests.factories.people import make_staff
from tests.factories.shipments import consignment, deliver
from tests.jobs.test_screening_parties import decide, entry, matches
from tests.sql import connect
from trust.access import Role
from trust.risk import holds
from trust.risk.errors import OnHold
from trust.screening import naming
from trust.screening.deciding import Proposal
from trust.screening.entries import Kind
from trust.screening.errors import BeingChecked, PartyStopped
from trust.screening.models import NamedIn, NamedParty
from trust.screening.naming import Said
from trust.screening.standing import check
from trust.screening.states import MatchState, Point

SOMEBODY = Adjustments(consignee_name="Windrose Looms FZE", consignee_country="AE", notify_name="Quay Brothers",
                       notify_country="AE")  # fmt: skip
LISTED = "WINDROSE LOOMS FZE"
IMO = "9074729"


async def named(db) -> set[tuple[str, str, bool]]:
    """Role, name, and whether it is compared still."""
    query = select(NamedIn.role, NamedParty.names, NamedIn.ended_at).join(NamedParty, NamedParty.id == NamedIn.named_id)
    async with db.transaction(read_only=True) as tx:
        return {(role, names[0], ended is None) for role, names, ended in await tx.execute(query)}


async def held(db, order_id) -> bool:
    async with db.transaction() as tx:
        try:
            await holds.check_hold(tx, Subject("order", order_id))
        except OnHold:
            return True
    return False


async def adjusted(ctx, partners, *, agreed: bool = True):
    contract_id = await draft_contract(ctx, partners)
    async with ctx.db.transaction() as tx:
        await contracting.adjust(tx, contract_id, SOMEBODY, revision=1, by=partners.buyer.member)
    if agreed:
        await agree(ctx, contract_id, partners.supplier)
    return contract_id


async def test_a_listed_consignee_keeps_the_contract_from_being_signed(ctx, db, partners, take, staff):
    await take(entry("A-1", LISTED, countries=("United Arab Emirates",)))
    contract_id = await adjusted(ctx, partners)
    assert {row[:2] for row in await named(db)} == {
        ("consignee", "Windrose Looms FZE"), ("notify", "Quay Brothers"),
    }  # fmt: skip
    [match] = await matches(db)
    assert (match.organisation_id, match.role, match.state) == (None, "named", MatchState.OPEN)
    with pytest.raises(PartyStopped) as refused:
        await sign_contract(ctx, contract_id, partners.buyer)
    for secret in ("Windrose", "A-1", "list", "score"):
        assert secret not in f"{refused.value.message} {refused.value.facts}"
    # The two companies themselves are as free as before.
    async with db.transaction(read_only=True) as tx:
        await check(tx, Point.CONTRACT, partners.buyer.organisation_id, partners.supplier.organisation_id)
    await decide(db, match.id, Proposal.CLEAR, *staff[:2])
    await sign_contract(ctx, contract_id, partners.buyer, partners.supplier)
    assert ("consignee", "Windrose Looms FZE", True) in await named(db)


async def test_another_consignee_takes_the_place_unless_a_match_stands(ctx, db, partners, take, run_jobs):
    await take(entry("A-1", LISTED))
    contract_id = await adjusted(ctx, partners, agreed=False)
    await run_jobs()
    async with db.transaction() as tx:
        other = Adjustments(consignee_name="Harmless Mills", consignee_country="AE", notify_is="buyer")
        await contracting.adjust(tx, contract_id, other, revision=2, by=partners.buyer.member)
    assert await named(db) == {
        ("consignee", "Windrose Looms FZE", True),  # another name does not free who was found
        ("consignee", "Harmless Mills", True),
        ("notify", "Quay Brothers", False),
    }


async def test_nobody_signs_before_the_consignee_was_compared(ctx, db, partners, take):
    await take(entry("A-1", "Meridian Glassworks"))
    contract_id = await adjusted(ctx, partners)
    async with db.transaction() as tx:
        await tx.execute(update(NamedParty).values(screened_at=None))
    with pytest.raises(BeingChecked):
        await sign_contract(ctx, contract_id, partners.buyer)


async def test_a_ship_is_known_by_its_number_under_whatever_name(ctx, db, partners, take, run_jobs):
    await take(entry("V-1", "SEA BEAR", Kind.VESSEL, identifiers=(f"Vessel Registration Identification IMO {IMO}",)))
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    goods = consignment(vessel="MV Quiet Morning", imo=IMO)
    async with db.transaction() as tx:
        await shipping.ship(tx, order_id, goods, by=partners.supplier.member)
    assert await held(db, order_id), "until the ship was compared, no money leaves"
    await run_jobs()
    [match] = await matches(db)
    assert ([reason["feature"] for reason in match.reasons], str(match.score)) == (["same_ship"], "1.000")
    assert await held(db, order_id)
    # The next deal in which the same ship is named is refused at once.
    other = await make_order(ctx, partners)
    await fund(ctx, other)
    again = consignment(vessel="Quiet Morning", imo=IMO, tracking="OTHER-1")
    with pytest.raises(PartyStopped):
        async with db.transaction() as tx:
            await shipping.ship(tx, other, again, by=partners.supplier.member)


async def test_of_a_held_order_no_money_leaves_and_with_a_clearance_it_does(ctx, db, partners, take, staff):
    await take(entry("C-1", "BLUE MERIDIAN LINES"))
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    async with db.transaction() as tx:
        sent = consignment(carrier="Blue Meridian Lines")
        shipment = await shipping.ship(tx, order_id, sent, by=partners.supplier.member)
    await take(entry("C-1", "BLUE MERIDIAN LINES"), entry("C-2", "Somebody Else"))
    await deliver(db, order_id, partners, shipment)
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await deals.accept(tx, order_id, by=partners.buyer.member)
    [match] = await matches(db)
    await decide(db, match.id, Proposal.CLEAR, *staff[:2])
    async with db.transaction() as tx:
        await deals.accept(tx, order_id, by=partners.buyer.member)
    assert not any(still for _role, _name, still in await named(db)), "what is over is compared no more"


async def test_a_new_version_finds_who_takes_part_in_open_deals_alone(ctx, db, urls, partners, take):
    await take(entry("A-1", "Meridian Glassworks"))
    order_id = await make_order(ctx, partners, change=SOMEBODY)
    over = await make_order(ctx, partners, change=Adjustments(consignee_name="Amber Coast", consignee_country="AE"))
    connection = await connect(urls.owner)
    await connection.execute("UPDATE orders SET state = 'cancelled' WHERE id = $1", over)
    await connection.close()
    await take(entry("A-1", "Meridian Glassworks"), entry("A-2", LISTED), entry("A-3", "Amber Coast"))
    assert [match.names for match in await matches(db)] == [["Windrose Looms FZE"]]
    assert await held(db, order_id)


async def test_what_is_named_twice_is_compared_and_cleared_once(db, take, staff, run_jobs):
    await take(entry("C-1", "BLUE MERIDIAN LINES"))
    subjects = [Subject("order", staff[n].id) for n in range(2)]
    for subject in subjects:
        async with db.transaction() as tx:
            said = [
                Said(naming.Role.CARRIER, "Blue  Meridian Lines"),
                naming.vessel("", ""),
                naming.vessel("M/V Ada", ""),
            ]
            await naming.name(tx, subject, said, organisation_id=staff[0].organisation_id)
    await run_jobs()
    async with db.transaction(read_only=True) as tx:
        assert sorted(row.names[0] for row in await tx.scalars(select(NamedParty))) == ["Ada", "Blue Meridian Lines"]
    [match] = await matches(db)
    assert [await held(db, subject.id) for subject in subjects] == [True, True]
    await decide(db, match.id, Proposal.CLEAR, *staff[:2])
    assert [await held(db, subject.id) for subject in subjects] == [False, False]


async def test_a_bank_is_known_by_its_code_and_holds_the_account(db, partners, take, app, run_jobs):
    await take(entry("B-1", "MADE-UP BANK", identifiers=("SWIFT/BIC COBADEFF",)))
    number = numbers.read("iban", "COBADEFFXXX", "DE89370400440532013000")
    account = Subject("bank_account", partners.supplier.id)
    supplier = partners.supplier.member
    async with db.transaction() as tx:
        await guarding.check_account(tx, app.state.vault, account, number, supplier.organisation_name, by=supplier)
    await run_jobs()
    [match] = await matches(db)
    assert [reason["feature"] for reason in match.reasons] == ["same_bank"]
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, account)


async def test_the_desk_shows_who_takes_part_and_where(client, ctx, db, partners, take, run_jobs):
    await take(entry("V-1", "SEA BEAR", Kind.VESSEL, identifiers=(f"IMO {IMO}",)))
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    async with db.transaction() as tx:
        await shipping.ship(tx, order_id, consignment(vessel="Quiet Morning", imo=IMO), by=partners.supplier.member)
        clerk = await make_staff(tx, Role.COMPLIANCE)
    await run_jobs()
    [match] = await matches(db)
    number = Subject("order", order_id).number
    async with client(as_=clerk) as http:
        listed = (await http.get("/screening/matches")).text
        shown = (await http.get(f"/screening/matches/{match.id}")).text
    for page in (listed, shown):
        assert "Quiet Morning" in page
        assert "Vessel" in page
        assert number in page
    assert "which a ship keeps for life" in shown


async def test_who_is_named_stays_as_named(db, urls, partners):
    async with db.transaction() as tx:
        said = [naming.vessel("Ada", IMO)]
        await naming.name(tx, Subject("order", partners.buyer.id), said, organisation_id=partners.buyer.organisation_id)
    connection = await connect(urls.owner)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await connection.execute("UPDATE named_party SET names = '[\"Eve\"]'")
    await connection.execute("UPDATE named_party SET screened_at = now()")
    await connection.close()


async def test_money_that_goes_back_waits_for_its_payee_and_bank(db, staff, take, run_jobs):
    await take(entry("P-1", "GOLDEN OCEAN LTD"))
    async with db.transaction() as tx:
        deal = await make_deal(tx)
        case = BankCase(kind="unknown_reference", held=usd("400"), reasons=[], milestone_id=None)
        tx.add(case)
        await tx.flush()
        about, by = Subject("bank_case", case.id), staff[0].member
        bank = ("COBADEFF", "DE")
        await payers.check_payee(tx, about, usd("400"), None, payer="", payee="Golden Ocean Ltd", bank=bank, by=by)
        await payers.check_payer(tx, deal.deposit.id, "Quay Brothers", by=by)
    await run_jobs()
    assert {row[:2] for row in await named(db)} == {
        ("payee", "Golden Ocean Ltd"), ("bank", "BIC COBADEFF"), ("payer", "Quay Brothers"),
    }  # fmt: skip
    with pytest.raises(OnHold):
        async with db.transaction() as tx:
            await holds.check_hold(tx, about)


async def test_an_amendment_waits_for_who_takes_part_in_what_it_amends(ctx, db, partners, take):
    await take(entry("A-1", "Meridian Glassworks"))
    order_id = await make_order(ctx, partners, change=SOMEBODY)
    async with db.transaction() as tx:
        terms = (await contracts.contract(tx, (await orders.order(tx, order_id)).contract_id)).terms
        later = Changes("The kiln broke.", latest=terms.delivery.latest + timedelta(days=9))
        amendment = await amending.propose(tx, order_id, later, by=partners.supplier.member)
    await agree(ctx, amendment.id, partners.buyer)
    await take(entry("A-1", "Meridian Glassworks"), entry("A-2", LISTED))
    with pytest.raises(PartyStopped):
        await sign_amendment(ctx, amendment.id, partners.buyer)
