"""What the desk decided and has to decide: a complaint, a report, a dispute over an order, a company restricted."""

from datetime import timedelta

from app.core.ids import new_id
from app.demo.cast import Stage
from app.demo.timeline import DAY, Story
from app.pages.filing import about
from listings import queries as listings
from orders.deals import disputing
from orders.deals import queries as deals
from orders.deals.disputing import Plea
from orders.deals.states import OrderState
from trust.access import Role, Scope
from trust.cases import filing, ruling
from trust.cases import queries as cases
from trust.cases import service as judging
from trust.cases.filing import Filing
from trust.cases.ruling import CONTRACT, Citation, Ruling
from trust.cases.service import Speaker
from trust.cases.states import Remedy, Side, Topic
from trust.identity import queries as identity
from trust.restrictions import publishing, service
from trust.restrictions.ladder import Kind, Measure
from trust.restrictions.service import Charge

LATE = "Shipped three weeks after the day of the contract, and nobody told us. We lost the season's first orders."
ANSWER = "The port was closed for eight days. For the rest we apologise; the freight forwarder had the wrong booking."
RULING = Ruling(
    remedy=Remedy.WARN,
    facts="The port was closed from the 3rd to the 10th. The goods left on the 24th; the contract names the 5th.",
    reason="The closure explains eight days of nineteen. Of the others the buyer should have been told at once.",
    cites=[Citation(CONTRACT, "", "6"), Citation("trading", "", "4")],
    exhibits=[],
)
REPORT = "The picture shows a mark of another maker. The same lamp is on that maker's own pages."
DAMAGED = "A third of the cartons arrived wet. The photographs were made on the quay, before anything was opened."
WANTED = "A third of the price back."
MISLEADING = "The certificate that three product pages showed belongs to another company."


async def complained_of(stage: Stage, buyer: str, supplier: str) -> Story:
    """A complaint of a quarter ago: taken up, answered, decided, and both sides live with it."""
    moment = stage.now - 80 * DAY
    yield moment
    zone = stage.ctx.settings.reporting_zone
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, stage.firms[buyer], Role.PURCHASER)
        slug = (await identity.organisation(tx, stage.firms[supplier].id)).slug
        thing = await about(tx, f"/suppliers/{slug}", by)
        case = (await filing.complain(tx, thing, Filing(Topic.SERVICE, LATE), zone=zone, by=by)).id
    yield moment + timedelta(hours=5)
    async with stage.ctx.db.transaction() as tx:
        judge = await stage.clerk(tx, Role.COMPLIANCE)
        await judging.take(tx, case, by=judge)
        await judging.accept(tx, case, complex_=False, by=judge)
    yield moment + 2 * DAY
    async with stage.ctx.db.transaction() as tx:
        seller = await stage.member(tx, stage.firms[supplier], Role.SALES)
        row = await cases.for_update(tx, case)
        await judging.say(tx, row, ANSWER, [], by=Speaker(Side.RESPONDENT, seller))
    yield moment + 4 * DAY
    async with stage.ctx.db.transaction() as tx:
        judge = await stage.clerk(tx, Role.COMPLIANCE)
        await judging.take(tx, case, by=judge)
        await ruling.rule(tx, case, RULING, by=judge)
    yield moment + 5 * DAY
    async with stage.ctx.db.transaction() as tx:
        sides = {
            Side.COMPLAINANT: await stage.member(tx, stage.firms[buyer], Role.PURCHASER),
            Side.RESPONDENT: await stage.member(tx, stage.firms[supplier], Role.SALES),
        }
        row = await cases.for_update(tx, case)
        for side, member in sides.items():
            await judging.agree(tx, row, by=Speaker(side, member))
        await judging.rate(tx, row, 4, "Clear and quick.", side=Side.COMPLAINANT)


async def reported(stage: Stage, supplier: str) -> Story:
    """Somebody without an account reported a product this morning."""
    yield stage.now - timedelta(hours=4)
    async with stage.ctx.db.transaction() as tx:
        [product, *_others] = await listings.published_ids_of(tx, stage.firms[supplier].id)
        thing = await about(tx, f"/products/{product}", None)
        said, zone = Filing(Topic.IP, REPORT), stage.ctx.settings.reporting_zone
        await filing.report(tx, stage.vault, thing, said, contact="", zone=zone)


async def disputed(stage: Stage, buyer: str) -> Story:
    """The buyer of a contested order, if there is one, asks for a ruling."""
    yield stage.now - DAY
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, stage.firms[buyer], Role.PURCHASER)
        contested = await deals.orders_of(tx, by.organisation_id, states=(OrderState.CONTESTED,), limit=1)
        for order in contested:
            plea = Plea(new_id(), DAMAGED, WANTED)
            await disputing.open_dispute(tx, order.id, plea, zone=stage.ctx.settings.reporting_zone, by=by)


async def restricted(stage: Stage, supplier: str) -> Story:
    """Not to publish for two months, for what three pages said; on the public register since."""
    yield stage.now - timedelta(hours=2)
    async with stage.ctx.db.transaction() as tx:
        firm = stage.firms[supplier]
        by = await stage.clerk(tx, Role.MODERATOR)
        charge = Charge(reason="false_information", statement=MISLEADING)
        made = await service.place(tx, firm.id, Measure(Kind.PARTIAL, frozenset({Scope.PUBLISH}), 60), charge, by=by)
    yield stage.now - timedelta(hours=1)
    async with stage.ctx.db.transaction() as tx:
        company = await identity.organisation(tx, firm.id)
        name = publishing.public_name(company)
        await publishing.publish(tx, made, name, by=await stage.clerk(tx, Role.COMPLIANCE))
