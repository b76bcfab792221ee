"""One of everything: a supplier, a buyer, a stranger, the staff, and an object of each kind that has an address."""

import io
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.payload import Upload
from app.core.runner import drain
from app.core.subject import Subject
from listings import queries as products
from listings import service as listing
from listings.content import Text
from listings.imports import service as imports
from listings.pictures import service as pictures
from orders import files
from orders.contracts import annexes
from orders.contracts.annexes import AnnexAdded
from orders.deals import queries as orders
from orders.deals import settling, shipping
from orders.deals.shipping import Consignment
from orders.negotiation import rfqs
from orders.negotiation import service as negotiation
from payments.approvals import limits
from payments.approvals import queries as approvals
from payments.bank import service as bank
from payments.bank.settings import platform_account
from payments.cases import queries as cases
from payments.cases import service as deciding
from payments.cases.service import Proposal
from payments.cases.states import Action, CaseState
from payments.escrow import queries as escrows
from payments.escrow import service as escrow
from payments.holding.models import Holding
from payments.invoices import approving as fees
from payments.invoices import service as invoices
from payments.invoices.settings import SPECIMEN
from payments.operations import queries as operations
from payments.payouts import accounts, exchange, numbers
from payments.payouts.accounts import NewAccount
from payments.reconciliation import queries as provider_lines
from payments.reconciliation import service as reconciliation
from payments.runs import service as runs
from payments.runs.service import Means, Wanted
from tests.factories.assessment import assessment_world
from tests.factories.authorities import authority_world
from tests.factories.award import award_world
from tests.factories.bundles import make_bundle
from tests.factories.cases import make_complaint, take_up
from tests.factories.contracts import Partners, fund, make_offer, make_order
from tests.factories.credit import make_credit
from tests.factories.deals import make_quotation, question
from tests.factories.files import PDF
from tests.factories.goods import make_controlled
from tests.factories.incidents import incident_world, make_notice_of
from tests.factories.indicators import indicator_world
from tests.factories.letters import held_letter
from tests.factories.membership import make_membership
from tests.factories.money import chargeback_of, earn, make_deal, make_finance, transfer_for, unasked
from tests.factories.operator import operator_world
from tests.factories.papers import issue_papers
from tests.factories.people import Actor, make_company, make_key, make_member, make_staff, stepped_up
from tests.factories.privacy import make_privacy
from tests.factories.products import make_draft, make_product
from tests.factories.quality import quality_world
from tests.factories.rates import OWN, load_today
from tests.factories.rights import as_company, make_notice, make_right
from tests.factories.rights import decide as decide_notice
from tests.factories.risk import make_risk
from tests.factories.rules import WHY, text
from tests.factories.sanctions import make_match
from tests.factories.statements import Entry, send_in, statement
from tests.factories.statutory import statutory_world
from tests.factories.verification import recipient, stated
from trust.access import COMPANY_ROLES, STAFF_ROLES, Member, Role
from trust.cases import exhibits
from trust.cases import queries as complaints
from trust.cases.states import Side
from trust.identity.models import Organisation, Passkey
from trust.identity.service import keys, team
from trust.restrictions import answering, breaches
from trust.restrictions import queries as restrictions
from trust.restrictions import service as restricting
from trust.restrictions.ladder import Kind, Measure
from trust.restrictions.points import Breach
from trust.restrictions.service import Charge
from trust.retention import service as retention
from trust.reviews import queries as reviews
from trust.reviews import wording
from trust.reviews.events import Verdict
from trust.rules import commenting, disclosure
from trust.rules import service as rules
from trust.rules.codes import Code
from trust.rules.disclosure import Licence
from trust.screening import rules as screening_rules
from trust.screening import states as screening
from trust.screening.rules import Scope
from trust.verification import reports, reviewing
from trust.verification import service as verification
from trust.verification.facts import DocumentKind
from trust.verification.papers import Paper, keep_papers

CNAPS = numbers.read("cnaps", "104584001234", "6217 0012 3456 7890 123")


@dataclass(frozen=True)
class World:
    """Who asks, by a name such as `supplier sales`, and the parameters that fill the addresses of their objects."""

    actors: dict[str, Actor]
    parameters: dict[str, str]
    partners: Partners

    def actor(self, side: str, role: Role) -> Actor:
        return self.actors[f"{side} {role}"]


async def make_world(app: FastAPI) -> World:
    ctx: JobContext = app.state.jobs
    actors = await _people(ctx)
    partners = Partners(actors["buyer owner"], actors["supplier owner"])
    found = await _identity(app, partners.supplier)
    found |= await _listings(ctx, partners.supplier)
    found |= await _negotiation(ctx, partners)
    found |= await _order(ctx, partners)
    found |= await _payments(app, partners)
    async with ctx.db.transaction() as tx:
        held, keeper = Subject("inquiry", found["inquiry_id"]), actors["staff compliance"].member
        found["hold_id"] = await retention.place(tx, held, "PO", reason="A court asks.", reference="1", by=keeper)
        found |= await _rules(tx, keeper)
        licence = Licence("Licence", "1", "Authority", clock.now().date(), None, "")
        found["licence_id"] = await disclosure.add(tx, licence, by=actors["staff admin"].member)
        found |= await _screening(tx, actors)
        found |= await make_risk(tx, partners.supplier, keeper)
        order, staff = UUID(str(found["order_id"])), actors["staff compliance"]
        found |= await make_controlled(tx, partners.supplier, partners.buyer, staff, order)
        words = {"title": "No origin", "text_en": "Where is it made?", "text_zh": "产地在哪里？"}
        found["wording_id"] = await wording.write(tx, kind="product", verdict=Verdict.REJECT, **words, by=keeper)
    found |= await _restrictions(app, partners.supplier, actors)
    found |= {"matter_id": await _case(app, partners, actors["staff compliance"]), "label": "P1"}
    found |= await _verification(app, actors)
    found |= await make_credit(ctx, partners, actors["stranger owner"])
    found |= await _rights(ctx, partners, actors["staff compliance"])
    found |= await make_membership(ctx, partners.supplier, actors["staff finance_staff"])
    found["bundle_id"] = await make_bundle(ctx, found["order_id"], partners.supplier)
    found |= await make_privacy(app, partners.supplier)
    async with ctx.db.transaction() as tx:
        found |= await incident_world(tx, actors["staff compliance"])
        found |= await make_notice_of(tx, partners.supplier)
        found |= await quality_world(tx, actors["staff compliance"])
    found |= await indicator_world(ctx, actors["staff evaluator"])
    found |= await assessment_world(ctx, actors["staff evaluator"], actors["staff admin"])
    found |= await award_world(ctx)
    found |= await statutory_world(app, actors["staff admin"])
    found |= await operator_world(ctx, actors["staff admin"])
    found |= await authority_world(app, actors["staff compliance"], actors["staff admin"], partners.supplier)
    return World(actors, {name: str(value) for name, value in found.items()}, partners)


async def _rights(ctx: JobContext, partners: Partners, judge: Actor) -> dict[str, Any]:
    """A right of the buyer's, and a notice about another product of the supplier's that is down."""
    by = await as_company(ctx, partners.buyer)
    async with ctx.db.transaction() as tx:
        product = await make_product(tx, partners.supplier)
    notice_id = await make_notice(ctx, by, [product])
    await decide_notice(ctx, notice_id, judge)
    return {"right_id": await make_right(ctx, by), "notice_id": notice_id}


async def _rules(tx: AsyncSession, keeper: Member) -> dict[str, Any]:
    """A rule in force, and a change of it that somebody has commented on."""
    await rules.adopt(tx, Code.TRADING, text("One."))
    change = await rules.draft(tx, Code.TRADING, text("Two."), WHY, by=keeper)
    await rules.open_consultation(tx, change, timedelta(days=14), by=keeper)
    comment = await commenting.comment(tx, change, "Too strict.", by=None)
    return {"version_id": change, "comment_id": comment, "code": "trading"}


async def _restrictions(app: FastAPI, owner: Actor, actors: dict[str, Actor]) -> dict[str, Any]:
    """A reminder that was answered and appealed against, and points that proposed one."""
    moderator, company = actors["staff moderator"].member, owner.organisation_id
    state = app.state
    files = await answering.keep_files(state.files, state.vault, company, [Upload("note.pdf", "application/pdf", PDF)])
    async with app.state.db.transaction() as tx:
        charge = Charge(reason="no_answer", statement="A question of March was not answered.")
        made = await restricting.place(tx, company, Measure(Kind.REMIND, frozenset(), 30), charge, by=moderator)
        await restricting.read(tx, made, by=owner.member)
        appeal = await answering.appeal(tx, made, "It was answered.", files, by=owner.member)
        [said] = await restrictions.statements(tx, made)
        point = await breaches.give(tx, company, Breach.FALSE_INFORMATION, "A wrong origin.", by=moderator)
    return {
        "restriction_id": made,
        "appeal_id": appeal,
        "statement_id": said.id,
        "point_id": point,
        "organisation_id": company,
    }


async def _screening(tx: AsyncSession, actors: dict[str, Actor]) -> dict[str, Any]:
    """Somebody is like an entry of a list, and a rule waits for a second person."""
    match = await make_match(tx, actors["stranger owner"].organisation_id)
    keeper = (await make_staff(tx, Role.COMPLIANCE)).member
    today = clock.now().date()
    action = screening.Action.REVIEW
    rule = await screening_rules.propose_policy(tx, Scope(), action, effective_from=today, reason="Counsel.", by=keeper)
    return {"match_id": match, "rule_id": rule}


async def _people(ctx: JobContext) -> dict[str, Actor]:
    actors: dict[str, Actor] = {}
    async with ctx.db.transaction() as tx:
        for side, country in (("supplier", "CN"), ("buyer", "DE")):
            owner = actors[f"{side} owner"] = await make_company(
                tx, side.title(), country=country, buys=side == "buyer", sells=side == "supplier"
            )
            company = (await tx.scalars(select(Organisation).where(Organisation.id == owner.organisation_id))).one()
            for role in COMPANY_ROLES[1:]:
                actors[f"{side} {role}"] = await make_member(tx, company, roles=(role,))
        actors["stranger owner"] = await make_company(tx, "Stranger", country="FR")
        for role in STAFF_ROLES:
            actors[f"staff {role}"] = await make_staff(tx, role)
    return actors


async def _case(app: FastAPI, partners: Partners, judge: Actor) -> UUID:
    """A complaint of the buyer's that was taken up, with a file that the platform shows."""
    ctx: JobContext = app.state.jobs
    case_id = await make_complaint(ctx, partners.buyer, partners.supplier)
    await take_up(ctx, case_id, judge)
    upload = Upload("rules.pdf", "application/pdf", PDF)
    kept = await exhibits.keep(app.state.files, app.state.vault, case_id, [upload])
    async with ctx.db.transaction() as tx:
        case = await complaints.for_update(tx, case_id)
        await exhibits.add(tx, case, kept, side=Side.PLATFORM, audience="", by=judge.id)
    return case_id


async def _identity(app: FastAPI, owner: Actor) -> dict[str, Any]:
    state, db = app.state, app.state.db
    await make_key(db, owner)
    papers = [Paper(DocumentKind.LICENCE, "licence.pdf", PDF)]
    licence = await keep_papers(state.files, state.vault, owner.organisation_id, papers)
    async with db.transaction() as tx:
        person = await stepped_up(tx, owner)
        passkey = Passkey(member_id=owner.id, name="Key", credential_id=b"1", public_key=b"2", transports=[])
        tx.add(passkey)
        [key, *_rest] = await keys.issued(tx, owner.id)
        invitation = await team.invite(tx, "anna@example.com", [Role.SALES], by=owner.member)
        request = await verification.submit(tx, state.vault, stated(licence), by=owner.member)
        account = await accounts.add_bank_account(
            tx, state.vault, NewAccount(CNAPS, "USD", "Supplier"), by=person.member
        )
    return {
        "member_id": owner.id,
        "session_id": person.member.session_id,
        "key_id": key.id,
        "passkey_id": passkey.id,
        "invitation_id": invitation.id,
        "request_id": request,
        "number": 0,
        "day": "2026-03-01",
        "account_id": account,
    }


async def _verification(app: FastAPI, actors: dict[str, Actor]) -> dict[str, Any]:
    """A visit to the supplier, and a report for an authority."""
    state, company = app.state, actors["supplier owner"].organisation_id
    papers = await keep_papers(state.files, state.vault, company, [Paper("site", "visit.pdf", PDF)])
    keeper = actors["staff compliance"].member
    async with state.db.transaction() as tx:
        visit = await reviewing.record_visit(
            tx,
            state.vault,
            company,
            kind="visit",
            visited_on=clock.now().date(),
            address="1 Harbour Road",
            confirms=True,
            report="Machines were running, twelve people at work.",
            documents=papers,
            by=keeper,
        )
        await reports.add_recipient(tx, "Market authority", recipient().certificate, by=keeper)
        report = await reports.prepare(tx, state.files, "http://test", by=keeper)
    return {"organisation_id": company, "visit_id": visit, "report_id": report}


def _png() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(drawn, "PNG")
    return drawn.getvalue()


async def _listings(ctx: JobContext, supplier: Actor) -> dict[str, Any]:
    sheet = await ctx.files.put(b"title_en,category\nMug,mugs\n", content_type="text/csv")
    async with ctx.db.transaction() as tx:
        product = await make_product(tx, supplier)
        waiting = await make_draft(tx, supplier)
        await listing.submit(tx, waiting.id, by=supplier.member)
        newest = await products.newest(tx, waiting.id, reader=supplier.member)
        taken = await imports.upload(tx, sheet.key, "goods.csv", by=supplier.member)
        company = await tx.get_one(Organisation, supplier.organisation_id)
        upload = Upload("mug.png", "image/png", _png())
        picture = await pictures.store(
            tx, ctx.files, upload, organisation_id=company.id, alt=Text(en="A mug"), field="file"
        )
    await drain(ctx)
    async with ctx.db.transaction(read_only=True) as tx:
        queue = await reviews.queue(tx, offset=0, limit=10)
    [review] = [item for item in queue if item.subject == Subject(listing.REVIEW_SUBJECT, newest.revision_id)]
    return {
        "product_id": product,
        "import_id": taken.id,
        "review_id": review.id,
        "slug": company.slug,
        "kind": "csv",
        "folder": picture.key.split("/")[0],
        "name": picture.key.split("/")[1],
    }


async def _negotiation(ctx: JobContext, partners: Partners) -> dict[str, Any]:
    buyer, supplier = partners.buyer, partners.supplier
    sent = await files.keep(ctx.files, [Upload("drawing.pdf", "application/pdf", PDF)])
    async with ctx.db.transaction() as tx:
        inquiry = await negotiation.ask(tx, supplier.organisation_id, question(), sent, by=buyer.member)
        quotation = await make_quotation(tx, inquiry.id, supplier)
        rfq = await rfqs.request(
            tx,
            question(),
            [],
            category="mugs",
            supplier_ids=[supplier.organisation_id],
            closes_on=clock.now().date() + timedelta(days=7),
            by=buyer.member,
        )
        letter = held_letter(inquiry.id, supplier.member.id)
        tx.add(letter)
        await tx.flush()
    found = {"inquiry_id": inquiry.id, "quotation_id": quotation.id, "rfq_id": rfq.id}
    return {**found, "letter_id": letter.id, "sha256": sent[0]["sha256"]}


async def _order(ctx: JobContext, partners: Partners) -> dict[str, Any]:
    """A paid order under way, one part of it shipped, and a cancellation proposed by the supplier."""
    annex = await annexes.keep(ctx.files, Upload("drawing.png", "image/png", _png()), "Drawing")
    order_id = await make_order(ctx, partners, make_offer(partial=True), change=AnnexAdded(annex=annex))
    await fund(ctx, order_id)
    sent = await files.keep(ctx.files, [Upload("packing.pdf", "application/pdf", PDF + b"%packing")])
    goods = Consignment("Blue Meridian", "BMRU6123456780", clock.now().date(), {0: Decimal(400)}, sent)
    async with ctx.db.transaction() as tx:
        shipment = await shipping.ship(tx, order_id, goods, by=partners.supplier.member)
        proposal = await settling.propose_cancellation(tx, order_id, "The kiln broke.", by=partners.supplier.member)
        order = await orders.order(tx, order_id)
        deposit = (await escrows.escrow(tx, order.subject)).milestones[0]
    invoice, paper = await issue_papers(ctx, partners, order_id, shipment.id)
    return {
        "document_id": invoice,
        "paper_id": paper,
        "form": "pdf",
        "milestone_id": deposit.id,
        "order_id": order_id,
        "contract_id": order.contract_id,
        "place": 1,
        "annex": 1,
        "shipment_id": shipment.id,
        "proposal_id": proposal.id,
        "key": sent[0]["key"],
    }


async def _payments(app: FastAPI, partners: Partners) -> dict[str, Any]:
    """A second order whose deposit is about to be paid by transfer, booked and not yet approved; a line at the
    provider that nobody asked for, and a held payment near its end."""
    ctx: JobContext = app.state.jobs
    order_id = await make_order(ctx, partners)
    async with ctx.db.transaction() as tx:
        order = await orders.order(tx, order_id)
        deposit = (await escrows.escrow(tx, order.subject)).milestones[0]
        operation = await escrow.plan_pay_in(tx, order.subject, deposit.id, by=partners.buyer.member, rail="bank")
        booking = await bank.book_received(tx, transfer_for(deposit), by=(await make_finance(tx)).member)
        await reconciliation.take(tx, "stripe", unasked(Money.of("12.00", "USD")))
        (line, *_), _total = await provider_lines.lines(tx)
        holding = Holding(operation_id=operation.id, milestone_id=deposit.id, ends_at=clock.now())
        charged = chargeback_of(deposit, operation.id)
        tx.add_all([holding, charged])
        await tx.flush()
    found = {"operation_id": operation.id, "booking_id": booking, "milestone_id": deposit.id}
    found |= {"line_id": line.id, "holding_id": holding.id, "chargeback_id": charged.id}
    return found | await _bank(app) | await _currencies(app, partners)


async def _bank(app: FastAPI) -> dict[str, Any]:
    """A statement with a case that somebody has decided, and a payment run that sends another one's money back."""
    ctx: JobContext = app.state.jobs
    async with ctx.db.transaction() as tx:
        finance = await make_finance(tx)
    entries = [Entry(Money.of(amount, "USD"), text="no reference") for amount in ("12", "13")]
    file_id = await send_in(ctx, statement(*entries), finance)
    back = Proposal(action=Action.SEND_BACK, reason="nobody knows it")
    async with ctx.db.transaction() as tx:
        (second, first), _total = await cases.cases(tx, states=[CaseState.OPEN])
        decision = await deciding.propose(tx, app.state.vault, first.id, back, by=finance.member)
        other = await deciding.propose(tx, app.state.vault, second.id, back, by=finance.member)
        await deciding.approve(tx, other, by=(await make_finance(tx)).member)
        due = next(o for o in await operations.waiting_for_bank(tx) if o.part_id == second.id)
        means = Means(ctx.files, app.state.vault, platform_account(ctx.settings))
        run = await runs.make(tx, means, Wanted([due.id], clock.now().date()), by=finance.member)
    return {"file_id": file_id, "case_id": first.id, "decision_id": decision, "run_id": run}


async def _currencies(app: FastAPI, partners: Partners) -> dict[str, Any]:
    """A supplier's invoice of fees, a quote for a payout in another currency, and a file of rates."""
    ctx: JobContext = app.state.jobs
    async with ctx.db.transaction() as tx:
        deal = await make_deal(tx, supplier=partners.supplier)
        await earn(tx, deal, deal.deposit)
        books = invoices.Books(SPECIMEN, ctx.settings.reporting_zone)
        finance = await make_finance(tx)
        await load_today(tx, clock.now().date())
        person = await stepped_up(tx, partners.supplier)
        yuan = await accounts.add_bank_account(
            tx, app.state.vault, NewAccount(CNAPS, "CNY", "Supplier"), by=person.member
        )
        quote = await exchange.quote(
            tx, Money.of("100", "USD"), yuan, zone=ctx.settings.reporting_zone, by=partners.supplier.member
        )
        [invoice] = await invoices.issue_now(tx, books, partners.supplier.organisation_id, by=finance.member)
        found = await _approvals(tx, ctx, partners, invoice, finance)
    rates = await ctx.files.put(OWN.encode(), content_type="text/csv")
    return {
        "digest": rates.sha256,
        "invoice_id": invoice,
        "quote_id": quote,
        **found,
    }


async def _approvals(
    tx: AsyncSession, ctx: JobContext, partners: Partners, invoice: UUID, finance: Actor
) -> dict[str, Any]:
    """A fee that finance proposes to give back, and a buyer's limit that somebody of it proposes to raise."""
    await fees.ask(tx, invoice, 1, ctx.settings, by=finance.member, reason="agreed by mail")
    buyer = await stepped_up(tx, partners.buyer)
    await limits.set_company(tx, Money.of("100000", "USD"), "careful", ctx.settings, by=buyer.member)
    await limits.set_company(tx, None, "not so careful", ctx.settings, by=buyer.member)
    (fee, *_), _total = await approvals.of_company(tx, None, waiting=True)
    (limit, *_), _total = await approvals.of_company(tx, buyer.organisation_id, waiting=True)
    return {"approval_id": fee.id, "consent_id": limit.id}
