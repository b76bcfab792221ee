"""Deals whose time is over are forgotten, whole; holds, time and unsettled money stand in the way; the proof stays."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core import clock, evidence
from app.core.money import Money
from app.core.payload import Upload
from app.core.runner import drain
from app.core.storage import FileMissing
from app.core.subject import Subject
from orders import files, presets
from orders.bundles import comparing
from orders.contracts import commenting, requesting, verifying
from orders.contracts import queries as contracts
from orders.contracts import service as contracting
from orders.contracts.revising import Adjustments
from orders.contracts.states import RequestKind
from orders.deals import plan, proving, settling, shipping
from orders.deals import queries as orders
from orders.deals import service as dealing
from orders.deals.proofs import Proof
from orders.deals.shipping import Consignment
from orders.deals.states import OrderState
from orders.documents import queries as documents
from orders.forgetting import jobs, queries, service
from orders.forgotten import DealForgotten
from orders.negotiation import offering
from orders.negotiation import queries as negotiation
from orders.negotiation import service as talking
from orders.negotiation.offer import PaymentShare
from payments import proof
from payments.chargebacks.models import Chargeback
from payments.escrow import queries as escrows
from payments.operations.models import Operation
from tests.factories.contracts import (
    draft_contract,
    fund,
    lock_contract,
    make_offer,
    make_order,
    make_partners,
    sign_contract,
)
from tests.factories.deals import make_inquiry, make_quotation
from tests.factories.files import PDF as PAGE
from tests.factories.money import chargeback_of
from tests.factories.papers import issue_papers
from tests.factories.people import make_staff
from tests.factories.shipments import deliver, ship
from tests.sql import connect
from trust.access import Role
from trust.retention import queries as retention
from trust.retention import service as holding
from trust.retention.classes import CLASSES, CONTESTED_DEAL, DEAL

SECRET = "the zebra crossed at noon"
PDF = PAGE + b"%zebra\n"
LONG_AGO = timedelta(days=6 * 365)


@dataclass(frozen=True)
class Old:
    partners: object
    order_id: UUID
    inquiry_id: UUID
    contract_id: UUID

    @property
    def subjects(self):
        return [
            Subject("inquiry", self.inquiry_id),
            Subject("contract", self.contract_id),
            Subject("order", self.order_id),
        ]


async def a_deal(ctx, partners) -> Old:
    """Asked, commented on, talked about, signed, paid, shipped with its papers, accepted and rated."""
    buyer, supplier = partners.buyer.member, partners.supplier.member
    contract_id = await draft_contract(ctx, partners)
    async with ctx.db.transaction() as tx:
        await contracting.adjust(tx, contract_id, Adjustments(acceptance_days=9), revision=1, by=buyer)
        await commenting.comment(tx, contract_id, "article-inspection", f"Is it so? {SECRET}", by=supplier)
    await lock_contract(ctx, partners, contract_id)
    async with ctx.db.transaction() as tx:
        asked = await requesting.ask(tx, contract_id, RequestKind.UNLOCK, f"A wrong port. {SECRET}", by=buyer)
        await requesting.refuse(tx, contract_id, asked.id, by=supplier)
    await sign_contract(ctx, contract_id, partners.buyer, partners.supplier)
    async with ctx.db.transaction(read_only=True) as tx:
        order_id = await orders.id_of_contract(tx, contract_id)
    assert order_id is not None
    await fund(ctx, order_id)
    kept = await files.keep(ctx.files, [Upload("zebra.pdf", "application/pdf", PDF)])
    sent = await files.keep(ctx.files, [Upload("photo.pdf", "application/pdf", PDF + b"%photo")])
    goods = Consignment("Blue Meridian", f"BM{order_id.int % 10**10}", clock.now().date(), {0: Decimal(1000)}, kept)
    async with ctx.db.transaction() as tx:
        order = await orders.order(tx, order_id)
        await talking.say(tx, order.inquiry_id, SECRET, sent, by=buyer)
        shipment = await shipping.ship(tx, order_id, goods, by=supplier)
    await issue_papers(ctx, partners, order_id, shipment.id)
    async with ctx.db.transaction() as tx:
        await shipping.deliver(tx, order_id, shipment.id, [], by=buyer)
        await dealing.accept(tx, order_id, by=buyer)
        await dealing.rate(tx, order_id, goods=5, service=5, time=5, text="Good mugs.", by=buyer)
    await drain(ctx)
    return Old(partners, order_id, order.inquiry_id, contract_id)


@pytest.fixture
async def old(ctx, db):
    """Over for six years."""
    with clock.at(clock.now() - LONG_AGO):
        return await a_deal(ctx, await make_partners(db))


@pytest.fixture
async def keepers(db):
    """Two who may place and lift holds."""
    async with db.transaction() as tx:
        return await make_staff(tx, Role.COMPLIANCE), await make_staff(tx, Role.ADMIN)


async def hold(db, subject, keeper):
    async with db.transaction() as tx:
        return await holding.place(tx, subject, "PO", reason="A court asks.", reference="(2032) 7", by=keeper.member)


async def is_forgotten(db, old) -> bool:
    async with db.transaction(read_only=True) as tx:
        try:
            await orders.order(tx, old.order_id)
        except DealForgotten:
            return True
        return False


async def where_said(urls, words: str) -> set[str]:
    """The columns of the whole database in which some words stand."""
    owner = await connect(urls.owner)
    columns = await owner.fetch(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
        " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        " AND data_type IN ('text', 'jsonb', 'character varying')"
    )
    found = set()
    for table, column in columns:
        if await owner.fetchval(f'SELECT EXISTS (SELECT FROM "{table}" WHERE "{column}"::text LIKE $1)', f"%{words}%"):  # noqa: S608
            found.add(f"{table}.{column}")
    await owner.close()
    return found


async def test_a_deal_is_forgotten_whole_and_its_proof_stays(ctx, db, urls, old):
    async with db.transaction(read_only=True) as tx:
        before = [await evidence.count(tx, subject) for subject in old.subjects]
        contract = await contracts.contract(tx, old.contract_id)
        paper = (await documents.dossier(tx, old.order_id, party=None)).issued[0]
    document = await ctx.files.get(contract.file_key)
    assert "message.text" in await where_said(urls, SECRET)
    await jobs.forget_deals(ctx)
    assert await where_said(urls, SECRET) == set()
    assert await where_said(urls, "zebra.pdf") == set()
    for words in (contract.terms.buyer.signatory, contract.signatures[0].statement[:60]):
        assert {at for at in await where_said(urls, words) if not at.startswith("member.")} == set()
    with clock.at(clock.now() + jobs.SETTLED + timedelta(hours=1)):
        await jobs.erase_files(ctx)
    with pytest.raises(FileMissing):
        await ctx.files.get(contract.file_key)
    async with db.transaction(read_only=True) as tx:
        for subject, links in zip(old.subjects, before, strict=True):
            assert await evidence.verify(tx, subject) == evidence.Verdict(True, links + 1)
            assert await comparing.rows(tx, subject) == ([], set())
            assert await comparing.signatures(tx, ctx.files, subject, ctx.authority) == []
        for load in (negotiation.inquiry(tx, old.inquiry_id, party=None), contracts.contract(tx, old.contract_id)):
            with pytest.raises(DealForgotten):
                await load
        [line] = await orders.orders_of(tx, old.partners.buyer.organisation_id)
        assert (line.id, line.state, line.total) == (old.order_id, OrderState.COMPLETED, contract.total)
        assert await negotiation.inquiries_of(tx, old.partners.buyer.organisation_id, side="buyer") == []
        assert await contracts.contracts_of(tx, old.partners.buyer.organisation_id) == []
        assert await negotiation.count_by_side(tx, old.partners.buyer.organisation_id) == {}
        assert (await proof.proof(tx)).holds
        assert await queries.forgotten_count(tx) == 1
    told = await verifying.verify(db, document, ctx.authority)
    assert told.verdict == "forgotten"
    assert told.number == contract.number
    await jobs.forget_deals(ctx)
    async with db.transaction(read_only=True) as tx:
        known = await documents.known(tx, paper.pdf_hash)
        assert known is not None
        assert (known.number, known.superseded_by) == (paper.number, "")
    async with db.transaction(read_only=True) as tx:
        assert [await evidence.count(tx, subject) for subject in old.subjects] == [links + 1 for links in before]


async def test_a_young_deal_stays(ctx, db):
    with clock.at(clock.now() - timedelta(days=4 * 365)):
        young = await a_deal(ctx, await make_partners(db))
    await jobs.forget_deals(ctx)
    assert not await is_forgotten(db, young)


async def test_a_word_said_later_keeps_the_deal(ctx, db, old):
    with clock.at(clock.now() - timedelta(days=300)):
        async with db.transaction() as tx:
            await evidence.record(tx, old.subjects[2], "order.rated", {}, actor=None)
    await jobs.forget_deals(ctx)
    assert not await is_forgotten(db, old)


async def test_a_question_nobody_answered_is_forgotten(ctx, db, urls):
    with clock.at(clock.now() - LONG_AGO):
        partners = await make_partners(db)
        async with db.transaction() as tx:
            await make_inquiry(tx, partners.buyer, partners.supplier, text=SECRET)
        await drain(ctx)
    await jobs.forget_deals(ctx)
    assert await where_said(urls, SECRET) == set()


async def quarrelled(ctx, partners, kept) -> None:
    """Goods refused with reasons and pictures, another sharing offered, and agreed to."""
    order_id = await make_order(ctx, partners)
    await fund(ctx, order_id)
    shipment = await ship(ctx.db, order_id, partners)
    await deliver(ctx.db, order_id, partners, shipment)
    nothing, all_of_it = Money.zero("USD"), Money.of("2345.00", "USD")
    async with ctx.db.transaction() as tx:
        offer = settling.Offer(nothing, f"All are chipped. {SECRET}", kept)
        await settling.contest(tx, order_id, offer, by=partners.buyer.member)
    async with ctx.db.transaction() as tx:
        offer = settling.Offer(all_of_it, f"None is. {SECRET}", kept)
        other = await settling.counter(tx, order_id, offer, by=partners.supplier.member)
    async with ctx.db.transaction() as tx:
        await settling.agree(tx, order_id, other.id, by=partners.buyer.member)


async def proved(ctx, partners, kept) -> None:
    """Evidence for a payment, an objection to it, a part of it let go all the same, and the goods accepted."""
    milestones = presets.plan("documents", production_days=30)
    shares = tuple(PaymentShare(kind=m.kind, percent=m.percent, conditions=m.conditions) for m in milestones)
    order_id = await make_order(ctx, partners, make_offer().model_copy(update={"milestones": shares}))
    await fund(ctx, order_id)
    async with ctx.db.transaction() as tx:
        [first, *_others] = await plan.milestones(tx, order_id)
        said = Proof({"quantity": "1,000 mugs", "done_on": clock.now().date()}, f"See. {SECRET}", kept)
        await proving.submit(tx, order_id, first.id, said, by=partners.supplier.member)
    async with ctx.db.transaction() as tx:
        await proving.refuse(tx, order_id, first.id, f"Not these. {SECRET}", by=partners.buyer.member)
    async with ctx.db.transaction() as tx:
        part = settling.Part(first.id, Money.of("100.00", "USD"), Money.zero("USD"))
        some = await settling.propose_part(tx, order_id, part, f"In good will. {SECRET}", [], by=partners.buyer.member)
    async with ctx.db.transaction() as tx:
        await settling.agree(tx, order_id, some.id, by=partners.supplier.member)
    await deliver(ctx.db, order_id, partners, await ship(ctx.db, order_id, partners))
    async with ctx.db.transaction() as tx:
        await dealing.accept(tx, order_id, by=partners.buyer.member)


async def declined(ctx, partners, _kept) -> None:
    contract_id = await draft_contract(ctx, partners)
    async with ctx.db.transaction() as tx:
        await contracting.decline(tx, contract_id, f"Too dear. {SECRET}", by=partners.buyer.member)


async def rejected(ctx, partners, _kept) -> None:
    async with ctx.db.transaction() as tx:
        inquiry = await make_inquiry(tx, partners.buyer, partners.supplier)
        offer = await make_quotation(tx, inquiry.id, partners.supplier)
        await offering.reject(tx, offer.id, f"Too dear. {SECRET}", by=partners.buyer.member)


@pytest.mark.parametrize("ends", [quarrelled, proved, declined, rejected])
async def test_however_it_ended_its_words_go(ctx, db, urls, ends):
    with clock.at(clock.now() - LONG_AGO):
        kept = await files.keep(ctx.files, [Upload("zebra.pdf", "application/pdf", PDF)])
        await ends(ctx, await make_partners(db), kept)
        await drain(ctx)
    assert await where_said(urls, SECRET)
    await jobs.forget_deals(ctx)
    assert await where_said(urls, SECRET) == set()
    assert await where_said(urls, "zebra.pdf") == set()


@pytest.mark.parametrize("company", [False, True])
async def test_a_hold_keeps_it_until_a_second_person_lifts_it(ctx, db, old, keepers, company):
    one, two = keepers
    subject = Subject("organisation", old.partners.supplier.organisation_id) if company else old.subjects[0]
    placed = await hold(db, subject, one)
    await jobs.forget_deals(ctx)
    assert not await is_forgotten(db, old)
    async with db.transaction(read_only=True) as tx:
        assert await queries.waiting(tx, service.cutoffs(clock.now())) == {"deal": queries.Waiting(due=0, held=1)}
    async with db.transaction() as tx:
        with pytest.raises(holding.SecondPersonNeeded):
            await holding.lift(tx, placed, reason="The case is closed.", by=one.member)
    async with db.transaction() as tx:
        await holding.lift(tx, placed, reason="The case is closed.", by=two.member)
    async with db.transaction() as tx:
        with pytest.raises(holding.AlreadyLifted):
            await holding.lift(tx, placed, reason="The case is closed.", by=two.member)
    await jobs.forget_deals(ctx)
    assert await is_forgotten(db, old)
    async with db.transaction(read_only=True) as tx:
        kinds = [link.kind for link in await evidence.chain(tx, Subject("legal_hold", placed))]
        assert kinds == ["hold.placed", "hold.lifted"]


async def test_a_chargeback_keeps_a_deal_for_ten_years(ctx, db, old):
    async with db.transaction() as tx:
        order = await orders.order(tx, old.order_id)
        milestone = (await escrows.escrow(tx, order.subject)).milestones[0]
        paid = await tx.scalar(select(Operation.id).where(Operation.part_id == milestone.id))
        tx.add(chargeback_of(milestone, paid, defence={"buyer_name": SECRET}, opened_at=clock.now() - LONG_AGO))
    await jobs.forget_deals(ctx)
    assert not await is_forgotten(db, old)
    with clock.at(clock.now() + timedelta(days=4 * 365 + 30)):
        await jobs.forget_deals(ctx)
    assert await is_forgotten(db, old)
    async with db.transaction(read_only=True) as tx:
        assert await tx.scalar(select(Chargeback.defence)) == {}


FORCED = (
    "DELETE FROM message",
    "DELETE FROM signature",
    "DELETE FROM contract_revision",
    "DELETE FROM contract_request",
    "DELETE FROM contract_comment",
    "DELETE FROM received_document",
    "DELETE FROM shipment_packing",
    "UPDATE trade_document SET canonical = ''",
    "DELETE FROM evidence_private",
    "UPDATE contract SET terms = '{}'",
    "UPDATE quotation SET content = '{}'",
    "UPDATE state_change SET note = ''",
    "UPDATE inquiry SET forgotten_at = now()",
    "SELECT forget_deal(id) FROM inquiry",
)


REFUSED = r"append-only|permission|stays|frozen|never changes|not forgotten|says so"


@pytest.mark.parametrize("change", FORCED)
@pytest.mark.parametrize("role", ["app", "owner"])
async def test_nobody_erases_before_the_time_is_over(ctx, db, urls, role, change):
    """Neither the application's role nor the tables' owner, who would have to switch a guard off."""
    with clock.at(clock.now() - timedelta(days=2 * 365)):
        young = await a_deal(ctx, await make_partners(db))
    connection = await connect(getattr(urls, role))
    with pytest.raises(asyncpg.PostgresError, match=REFUSED):
        await connection.execute(change)
    await connection.close()
    assert not await is_forgotten(db, young)


@pytest.mark.parametrize("why", ["held", "open", "unsettled"])
async def test_the_database_itself_refuses_to_forget(ctx, db, urls, old, keepers, why):
    boss = await connect(urls.super)
    await boss.execute("SET session_replication_role = replica")
    match why:
        case "held":
            await hold(db, old.subjects[0], keepers[0])
        case "open":
            await boss.execute("UPDATE orders SET state = 'in_progress'")
        case "unsettled":
            await boss.execute("UPDATE escrow_milestone SET state = 'frozen'")
    await boss.close()
    with pytest.raises(IntegrityError, match={"held": "legal hold", "open": "not over", "unsettled": "money"}[why]):
        async with db.transaction() as tx:
            await service.forget(tx, old.inquiry_id, basis=DEAL.key)
    await jobs.forget_deals(ctx)
    assert not await is_forgotten(db, old)


UNDONE = (
    "UPDATE inquiry SET forgotten_at = NULL",
    "UPDATE quotation SET content = jsonb_build_object('a', 1)",
    "UPDATE contract SET terms = jsonb_build_object('a', 1)",
    "UPDATE trade_document SET canonical = 'another'",
    "UPDATE state_change SET note = 'another'",
)


async def test_what_is_forgotten_stays_so(ctx, urls, old):
    await jobs.forget_deals(ctx)
    owner = await connect(urls.owner)
    for change in UNDONE:
        with pytest.raises(asyncpg.PostgresError, match=REFUSED):
            await owner.execute(change)
    await owner.close()


async def somebody_waits(urls) -> None:
    """Until a connection waits for a lock that another one has."""
    boss = await connect(urls.super)
    try:
        await boss.execute(
            "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory')"
            " LOOP PERFORM pg_sleep(0.01); END LOOP; END $$"
        )
    finally:
        await boss.close()


async def forget(db, old):
    async with db.transaction() as tx:
        return await service.forget(tx, old.inquiry_id, basis=DEAL.key)


async def test_what_is_to_be_forgotten_waits_for_a_hold(db, urls, old, keepers):
    async with db.transaction() as tx:
        await holding.place(tx, old.subjects[0], "PO", reason="A court asks.", reference="7", by=keepers[0].member)
        forgetting = asyncio.create_task(forget(db, old))
        await first_of(forgetting, somebody_waits(urls))
        assert not forgetting.done(), "it must not pass a hold that is being placed"
    with pytest.raises(IntegrityError, match="legal hold"):
        await forgetting
    assert not await is_forgotten(db, old)


async def test_a_hold_waits_for_what_is_being_forgotten(db, urls, old, keepers):
    """Whoever places it then finds that the deal is gone, and not half of it."""
    async with db.transaction() as tx:
        await service.forget(tx, old.inquiry_id, basis=DEAL.key)
        placing = asyncio.create_task(hold(db, old.subjects[0], keepers[0]))
        await first_of(placing, somebody_waits(urls))
        assert not placing.done(), "it must not say that it keeps what is being erased"
    await placing
    assert await is_forgotten(db, old)


async def first_of(task, waiting) -> None:
    other = asyncio.create_task(waiting)
    await asyncio.wait({task, other}, return_when=asyncio.FIRST_COMPLETED)
    other.cancel()
    await asyncio.wait({other})


async def test_two_workers_forget_once(ctx, db, old):
    await asyncio.gather(jobs.forget_deals(ctx), jobs.forget_deals(ctx))
    assert await is_forgotten(db, old)
    async with db.transaction(read_only=True) as tx:
        chain = await evidence.chain(tx, old.subjects[0])
        assert [link.kind for link in chain].count(evidence.ERASED) == 1
        assert await evidence.verify(tx, old.subjects[0]) == evidence.Verdict(True, len(chain))


async def test_a_file_that_another_deal_needs_stays(ctx, db, old):
    """The same bytes are kept once: they go with the last deal that needs them."""
    young = await a_deal(ctx, old.partners)
    [shared, alone] = [
        await files.keep(ctx.files, [Upload("a.pdf", "application/pdf", data)]) for data in (PDF, PDF + b"1")
    ]
    async with db.transaction() as tx:
        await holding.give_up(tx, {alone[0]["key"], shared[0]["key"]})
        await holding.give_up(tx, {alone[0]["key"]})
    await jobs.erase_files(ctx)
    assert await ctx.files.exists(alone[0]["key"]), "not on the day it was given up"
    with clock.at(clock.now() + jobs.SETTLED + timedelta(hours=1)):
        await jobs.erase_files(ctx)
    assert not await ctx.files.exists(alone[0]["key"])
    assert await ctx.files.exists(shared[0]["key"])
    async with db.transaction(read_only=True) as tx:
        assert await retention.unneeded(tx, clock.now() + timedelta(days=9), limit=9) == ([], [])
        assert await comparing.files(ctx.files, Subject("order", young.order_id), {shared[0]["sha256"]}) == []


async def test_a_file_given_up_again_meanwhile_is_looked_at_again(db):
    """Its second deal was forgotten while the first one's files were being erased."""
    early, late = clock.now() - timedelta(days=3), clock.now()
    for given in (early, late):
        with clock.at(given):
            async with db.transaction() as tx:
                await holding.give_up(tx, {"ab/abc"})
    async with db.transaction() as tx:
        await holding.settled(tx, ["ab/abc"], early + timedelta(days=1))
        assert await retention.unneeded(tx, late + timedelta(days=1), limit=9) == (["ab/abc"], [])


async def test_a_placed_hold_stays_as_it_was(db, urls, old, keepers):
    await hold(db, old.subjects[0], keepers[0])
    for change in ("DELETE FROM legal_hold", "UPDATE legal_hold SET reason = 'x'", "TRUNCATE legal_hold"):
        owner = await connect(urls.owner)
        with pytest.raises(asyncpg.PostgresError, match=REFUSED):
            await owner.execute(change)
        await owner.close()
    with pytest.raises(DBAPIError, match="maker_is_not_checker"):
        async with db.transaction() as tx:
            await tx.execute(
                text("UPDATE legal_hold SET lifted_by = placed_by, lifted_at = now(), lifted_because = 'x'")
            )


def test_nothing_is_kept_shorter_than_the_law_asks():
    for kind in CLASSES:
        assert kind.kept is None or kind.floor is None or kind.kept >= kind.floor, kind.key
    assert DEAL.floor >= evidence.KEPT
    assert CONTESTED_DEAL.period > DEAL.period
