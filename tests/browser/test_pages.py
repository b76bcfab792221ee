"""Every page that has an address of its own: no serious accessibility finding, and nothing wider than a phone."""

from typing import Any

import pytest

from app.assessment.states import AssessmentMove, AssessmentState
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.subject import Subject
from app.statutory.rules import Kind
from tests.browser.conftest import Newcomer, SignedIn
from tests.browser.inspection import FOUR_WAYS, Inspector
from tests.factories import award, sanctions
from tests.factories.assessment import POINTS, bring_to, decide, draw, hold_title, make_room, report, score
from tests.factories.indicators import count_month, make_report
from tests.factories.people import make_company, make_staff
from tests.factories.products import make_product
from tests.factories.statutory import QUARTER_END, filing_of, kept, make_quarter
from trust.access import Role
from trust.retention import service as retention
from trust.screening import service as screening
from trust.screening.formats import un
from trust.screening.service import Taken

FOR_EVERYBODY = (
    "/credit/rules",
    "/",
    "/products",
    "/products?q=nothing-like-this",
    "/categories",
    "/categories/mugs",
    "/register",
    "/register/sent",
    "/session/new",
    "/password/forgotten",
    "/password/sent",
    "/about",
    "/verify",
    "/verify/PC-1234-5678",
    "/transparency",
    "/transparency/notices",
    "/transparency/moderation",
    "/assessment",
    "/assessment/applications",
    "/rights",
    "/api/docs",
)
FOR_A_COMPANY = (
    "/",
    "/account",
    "/company",
    "/company/leaving",
    "/members",
    "/security",
    "/settings/privacy",
    "/settings/privacy/erasure",
    "/privacy",
    "/privacy/requests",
    "/session/step-up",
    "/credit",
    "/verification",
    "/verification/looks",
    "/my/products",
    "/my/figures",
    "/products/new",
    "/products/new?category=mugs",
    "/imports",
    "/inquiries",
    "/rfqs",
    "/rfqs/new",
    "/contracts",
    "/orders",
    "/payouts",
    "/money",
    "/statements",
    "/invoices",
    "/membership",
    "/approvals",
    "/rights?show=received",
    "/rights/registry/new",
    "/rights/notices/new",
)
FOR_STAFF = (
    "/",
    "/moderation",
    "/moderation?state=decided",
    "/finance",
    "/finance/bookings",
    "/finance/proof",
    "/finance/rates",
    "/finance/invoices",
    "/finance/memberships",
    "/finance/approvals",
    "/retention",
    "/rights/desk",
    "/figures/traffic",
    "/indicators",
    "/indicators?span=r12m",
    "/indicators/figures/I-02.1",
    "/indicators/figures/I-05.2.usd/rows",
    "/indicators/comparison",
    "/indicators/questions",
    "/assessments",
    "/assessments/rules",
    "/title-applications",
    "/title-applications/rules",
    "/indicators/reports",
    "/operator/records",
    "/risk",
    "/oversight",
    "/credit/links",
    "/risk/rules/BUY-05?set=a_day%3D2",
    "/screening",
    "/goods",
    "/goods/entries",
    "/goods/licences",
    "/goods/reports",
    "/identity-reports",
    "/incidents",
    "/quality",
    "/quality/new",
    "/quality/new?kind=visit",
    "/statutory",
    "/authority-requests",
    "/authority-requests/new",
    "/incidents/new",
    "/incidents/figures",
    "/screening?name=orso+belante",
)
LONG: dict[str, Any] = {
    "title_en": "Double-walled vacuum-insulated steel travel tumbler with a bamboo lid and silicone seal, 350 ml",
    "description_en": "Thermo" * 60,
}


@pytest.fixture(autouse=True)
def _four_ways(inspector: Inspector) -> None:
    inspector.ways = FOUR_WAYS


async def test_pages_for_everybody(db: Database, newcomer: Newcomer) -> None:
    async with db.transaction() as tx:
        actor = await make_company(tx)
        product = await make_product(tx, actor, **LONG)
    visitor = await newcomer("visitor")
    for path in (*FOR_EVERYBODY, f"/products/{product}"):
        await visitor.open(path)
        await visitor.look(f"page {path if str(product) not in path else '/products/one'}")


async def test_pages_for_a_company(db: Database, signed_in: SignedIn) -> None:
    async with db.transaction() as tx:
        actor = await make_company(tx)
        await make_product(tx, actor, **LONG)
    owner = await signed_in(actor, "owner")
    for path in FOR_A_COMPANY:
        await owner.open(path)
        await owner.look(f"page {path}")


async def test_pages_for_staff(db: Database, ctx: JobContext, signed_in: SignedIn) -> None:
    await count_month(ctx)
    async with db.transaction() as tx:
        actor = await make_staff(tx, Role.MODERATOR, Role.FINANCE_STAFF, Role.COMPLIANCE, Role.ADMIN)
        keeper, held = await make_staff(tx, Role.COMPLIANCE), await make_company(tx)
        about = Subject("organisation", held.organisation_id)
        for hold in (keeper, actor):
            await retention.place(
                tx, about, held.member.organisation_name, reason="Asked. " * 40, reference="27", by=hold.member
            )
        made, listed = un.read(sanctions.un("Lantern Trading", "Red Mill " * 12))
        await screening.take_in(tx, Taken("un", "United Nations", "un", made, listed, "0" * 64), by=keeper.member)
    report_id = await make_report(ctx, actor, "month")
    desk = await signed_in(actor, "desk")
    for path in (*FOR_STAFF, f"/indicators/reports/{report_id}"):
        await desk.open(path)
        await desk.look(f"page {path}")


async def test_pages_of_an_assessment(db: Database, ctx: JobContext, signed_in: SignedIn) -> None:
    await count_month(ctx)
    async with db.transaction() as tx:
        room = await make_room(tx)
    await hold_title(ctx, room)
    id_ = await bring_to(ctx, room, AssessmentState.DATA_LOCK)
    operator, evaluator = await signed_in(room.operator, "operator"), await signed_in(room.first, "evaluator")
    await operator.open(f"/assessments/{id_}")
    await operator.look("page /assessments/one, to report")
    await report(ctx, id_, room)
    await draw(ctx, id_, room)
    await score(ctx, id_, room, POINTS[AssessmentMove.RECTIFY])
    await evaluator.open(f"/assessments/{id_}")
    await evaluator.look("page /assessments/one, to decide")
    await decide(ctx, id_, room, AssessmentMove.RECTIFY)
    own = (f"/assessments/{id_}", f"/assessments/{id_}/what-if")
    for path in (*own, "/assessments", "/assessments/rules", "/assessment"):
        await evaluator.open(path)
        await evaluator.look(f"page {path.replace(str(id_), 'one')}")


async def test_pages_of_an_application(db: Database, ctx: JobContext, signed_in: SignedIn, newcomer: Newcomer) -> None:
    await count_month(ctx)
    async with db.transaction() as tx:
        room = await award.make_room(tx)
    id_ = await award.begin(ctx, room)
    page, public = f"/title-applications/{id_}", f"/assessment/applications/{id_}"
    operator, lead = await signed_in(room.operator, "operator"), await signed_in(room.lead, "lead")
    reviewer, visitor = await signed_in(room.reviewers[0], "reviewer"), await newcomer("visitor")
    await award.write(ctx, id_, room, but=("team",))
    await operator.open(f"{page}/dossier")
    await operator.look("page /title-applications/one/dossier")
    await award.write(ctx, id_, room)
    await award.submit(ctx, id_, room)
    await award.take_up(ctx, id_, room)
    await lead.open(page)
    await lead.look("page /title-applications/one, formal check")
    await award.check(ctx, id_, room)
    await lead.open(page)
    await lead.look("page /title-applications/one, committee")
    await award.name(ctx, id_, room)
    await reviewer.open(f"{page}/sheet")
    await reviewer.look("page /title-applications/one/sheet, statement")
    await award.declare(ctx, id_, room.reviewers[0])
    await reviewer.open(f"{page}/sheet")
    await reviewer.look("page /title-applications/one/sheet")
    await award.score(ctx, id_, room.reviewers[0])
    for other in room.reviewers[1:]:
        await award.declare(ctx, id_, other)
        await award.score(ctx, id_, other)
    await award.propose(ctx, id_, room)
    await award.publish(ctx, id_, room)
    await visitor.open(f"{public}/objections/new")
    await visitor.look("page /assessment/applications/one/objections/new")
    await award.object_(ctx, id_, "Its figures cannot be right. " * 40)
    for path in (public, "/assessment/applications"):
        await visitor.open(path)
        await visitor.look(f"page {path.replace(str(id_), 'one')}, published")
    await lead.open(page)
    await lead.look("page /title-applications/one, objections")


async def test_pages_of_statutory_reports(db: Database, ctx: JobContext, signed_in: SignedIn) -> None:
    quarter = await make_quarter(ctx)
    await kept(ctx)
    async with db.transaction(read_only=True) as tx:
        row = await filing_of(tx, Kind.TAX, QUARTER_END.replace(month=7, day=1))
    desk = await signed_in(quarter.finance, "desk")
    own = f"/statutory/{row.id}"
    for path in ("/statutory?year=2026", own, f"{own}?table=sellers", f"{own}?table=findings", "/"):
        await desk.open(path)
        await desk.look(f"page {path.replace(str(row.id), 'one')}")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/products/00000000-0000-7000-8000-000000000000", 404),
        ("/registrations/confirmation?token=spent", 409),
        ("/moderation", 403),
    ],
)
async def test_pages_that_say_no(path: str, status: int, db: Database, signed_in: SignedIn) -> None:
    async with db.transaction() as tx:
        actor = await make_company(tx)
    person = await signed_in(actor, "owner")
    await person.open(path, status=status)
    assert await person.page.locator("h1").count() == 1
    await person.look(f"error {status} {path.split('/')[1].split('?')[0]}")
