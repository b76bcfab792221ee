"""What happens in December 2026 beside the demo world, so that no chapter of the figures is empty."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import select

from app.core import clock
from app.core.ids import new_id
from app.core.jobs import JobContext
from app.core.money import Money
from app.core.runner import drain
from app.core.subject import Subject
from orders.deals import service as deals
from orders.documents.models import ShipmentPacking
from payments.membership.models import MembershipMark
from payments.membership.states import WaiverReason
from tests.factories.authorities import make_authority_request
from tests.factories.cases import decision, make_complaint, make_report, rule, take_up
from tests.factories.contracts import Partners, fund, make_offer, make_order
from tests.factories.incidents import HARMLESS, do_all, make_incident
from tests.factories.leaving import announce
from tests.factories.membership import buy, noon, waive
from tests.factories.operator import punish, state
from tests.factories.people import Actor, make_company, make_member, make_staff
from tests.factories.products import make_product
from tests.factories.quality import find_listing, make_work
from tests.factories.restrictions import suspend
from tests.factories.rights import answer, as_company, decide, items_of, make_notice, make_right, prove
from tests.factories.shipments import deliver, ship
from tests.factories.traffic import CHINESE, HONG_KONG, NOBODYS, Walk, record
from tests.factories.verification import recipient
from trust.access import Role
from trust.authorities import service as authorities
from trust.authorities.states import RequestMove
from trust.cases import queries as cases
from trust.cases import service as handling
from trust.cases.service import Speaker
from trust.cases.states import Remedy, Side
from trust.credit import linking
from trust.identity.models import Organisation
from trust.identity.service import team
from trust.leaving import jobs as leaving
from trust.quality.states import Kind as Work
from trust.restrictions.ladder import Kind
from trust.restrictions.models import Appeal, AuthorityFinding, Statement
from trust.reviews.models import Review
from trust.reviews.states import ReviewState
from trust.rights import desk
from trust.rights import jobs as measures
from trust.rights.states import Fault
from trust.risk.models import RiskHit, RiskOutcome, RiskSetting
from trust.screening import jobs as screening
from trust.verification import reports
from trust.verification.models import RegisterEntry, VerificationRequest

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def on(day: int, month: int = 12, year: int = 2026) -> datetime:
    return noon(date(year, month, day))


class Happening:
    """Things that happen, each at its moment, and what the jobs make of them."""

    def __init__(self, app: FastAPI, ctx: JobContext) -> None:
        self.app, self.ctx = app, ctx

    async def all(self) -> None:
        await self.begin()
        stories: tuple[Callable[[], Awaitable[None]], ...] = (
            *(self.of_the_operator, self.of_members, self.of_goods, self.of_marks, self.of_notices),
            *(self.of_cases, self.of_requests, self.of_measures, self.of_leaving, self.of_trade),
            *(self.of_visits, self.of_late_waivers),
        )
        for story in stories:
            await story()

    async def at(self, moment: datetime, do: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
        """Do something at a moment, in one transaction."""
        with clock.at(moment):
            async with self.ctx.db.transaction() as tx:
                return await do(tx, *args, **more)

    async def company(self, name: str, moment: datetime, **more: Any) -> Actor:
        made: Actor = await self.at(moment, make_company, name, **more)
        return made

    async def begin(self) -> None:
        """Those who take part since two years ago, and the desk."""
        since = on(2, 11, 2025)
        buyer = await self.company("Hansa Import", since, country="DE", sells=False)
        self.partners = Partners(buyer, await self.company("Shenzhen Lantern", since, buys=False))
        roles = (Role.MODERATOR, Role.MODERATOR, Role.COMPLIANCE, Role.ADMIN)
        people = [await self.at(since, make_staff, role) for role in roles]
        self.judge, self.other_judge, self.keeper, self.admin = people
        await self.screened(since)

    async def screened(self, moment: datetime) -> None:
        """Everybody named until now is compared with the lists, without which nothing goes on."""
        with clock.at(moment):
            await drain(self.ctx)
            await screening.screen_due(self.ctx)
            await drain(self.ctx)

    async def of_the_operator(self) -> None:
        with clock.at(on(3)):
            await state(self.ctx, self.admin)
            await state(self.ctx, self.admin, changed_on=date(2026, 12, 2), subscribed=Money(600_000_000, "CNY"))
            await punish(self.ctx, self.admin, decided_on=date(2026, 12, 1))
        with clock.at(on(31)):
            await punish(self.ctx, self.admin, document_number="2", decided_on=date(2026, 12, 31), amount=None)

    async def of_members(self) -> None:
        """Terms of a year ago, and what became of each: nothing, late, too late, larger, smaller, void, sanctioned."""
        later: dict[str, tuple[datetime, str] | None] = {
            "Gone Trading": None,
            "Late Trading": (on(20), "premium"),
            "Back Trading": (on(9, 2, 2027), "standard"),
            "Small Trading": (on(1), "standard"),
            "Void Trading": None,
            "Ended Trading": None,
        }
        for name, follows in later.items():
            firm = await self.company(name, on(2, 12, 2025))
            plan = "premium" if name == "Small Trading" else "standard"
            term = await self.at(on(6, 12, 2025), buy, firm, plan)
            mark = {"Void Trading": "void", "Ended Trading": "sanction"}.get(name)
            if mark:
                why = "merged" if mark == "void" else ""
                row = MembershipMark(term_id=term.id, kind=mark, reason=why, at=on(2, 6))
                await self.at(on(2, 6), _add, row)
            if follows:
                when, plan = follows
                await self.at(when, buy, firm, plan)
        poor = await self.company("Free Trading", on(2, 12, 2025))
        await self.at(on(6, 12, 2025), buy, poor)
        await self.at(on(1), waive, poor, self.ctx.settings)
        supplier = self.partners.supplier
        region: dict[str, Any] = {"percent": 50, "reason": WaiverReason.REGION, "province": "CN-SC"}
        await self.at(on(4), waive, supplier, self.ctx.settings, **region)

    async def of_goods(self) -> None:
        """Inspections of this December and the last, a recall, one listing down and one not."""
        supplier = self.partners.supplier
        for moment, results in ((on(9, 12, 2025), ("passed", "failed")), (on(9), ("passed", "passed", "failed"))):
            for result in results:
                good = await self.at(moment, make_product, supplier)
                about = Subject("product", good)
                await self.at(moment, make_work, self.keeper, Work.INSPECTION, about=about, result=result)
        bare = await self.at(on(9), make_product, supplier, certificates=[])
        recall = await self.at(on(10), make_work, self.keeper, Work.RECALL)
        for product, hours in ((good, 30), (bare, None)):
            await self.at(on(12), find_listing, self.keeper, recall.id, product, hours=hours)

    async def of_marks(self) -> None:
        """A seller's own mark at home and in Madrid's register, and one of somebody it acts for."""
        with clock.at(on(5)):
            by = await as_company(self.ctx, self.partners.supplier)
            await make_right(self.ctx, by, self.judge, title="Ceramic-Mug", number="1")
            await make_right(self.ctx, by, self.judge, title="Ceramic-Mug", number="2", office="WO")
            await make_right(self.ctx, by, self.judge, title="Elsewhere", number="3", agent="Agents Ltd", office="US")

    async def of_notices(self) -> None:
        """Two that end in points, one answered in vain, one whose right holder goes to court; one was malicious."""
        supplier, buyer = self.partners.supplier, self.partners.buyer
        goods = [await self.at(on(6), make_product, supplier) for _number in range(5)]
        with clock.at(on(6)):
            by = await as_company(self.ctx, buyer)
            notices = [await make_notice(self.ctx, by, [good]) for good in goods]
            await drain(self.ctx)
        with clock.at(on(7)):
            for notice in notices:
                await decide(self.ctx, notice, self.judge, refused=[goods[4]])
            await drain(self.ctx)
        with clock.at(on(8)):
            for notice in notices[:2]:
                await answer(self.ctx, notice, supplier, *[item.id for item in await items_of(self.ctx, notice)])
            await drain(self.ctx)
            await prove(self.ctx, notices[0], supplier, by)
        for notice in notices[2:4]:
            await self.at(on(24), desk.give_points, notice, supplier.organisation_id, by=self.judge.member)
        malicious = (notices[4], Fault.MALICIOUS, "The third of its kind.")
        await self.at(on(24), desk.note_fault, *malicious, by=self.judge.member)
        with clock.at(on(28)):
            await measures.end_measures(self.ctx)
            await drain(self.ctx)
        await self.at(on(15), self._found, goods[2], supplier.organisation_id)

    async def _found(self, tx: Any, listing: UUID, company: UUID) -> None:
        """The rule that looks for other people's marks found a listing, and a reviewer agreed."""
        setting = RiskSetting(
            rule="INF-03", mode="live", parameters={}, effective_from=on(1), source="test", set_at=on(1)
        )
        said: dict[str, Any] = {"point": "listing", "rule": "INF-03", "version": 1, "mode": "live", "value": "a mark"}
        said |= {"action": 1, "inputs": {}, "threshold": {}, "decided": 1, "score": 1, "subject_type": "product"}
        tx.add(setting)
        await tx.flush()
        hit = RiskHit(
            id=new_id(), assessment_id=new_id(), setting_id=setting.id, subject_id=listing, organisation_id=company,
            at=clock.now(), **said,
        )  # fmt: skip
        await _add(tx, hit)
        review = await tx.scalar(select(Review.id).where(Review.state == "decided").limit(1))
        await _add(
            tx, RiskOutcome(hit_id=hit.id, harm=True, review_id=review, decided_by=self.judge.id, at=clock.now())
        )

    async def of_cases(self) -> None:
        """A complaint that was looked at again, and a report that was handled."""
        buyer, supplier = self.partners.buyer, self.partners.supplier
        with clock.at(on(7)):
            case_id = await make_complaint(self.ctx, buyer, supplier)
            report_id, _code = await make_report(self.app, supplier)
        with clock.at(on(9)):
            for one in (case_id, report_id):
                await take_up(self.ctx, one, self.judge)
            async with self.ctx.db.transaction() as tx:
                case = await cases.for_update(tx, case_id)
                await handling.say(tx, case, "They were whole.", [], by=Speaker(Side.RESPONDENT, supplier.member))
        with clock.at(on(15)):
            for one in (case_id, report_id):
                await rule(self.ctx, one, self.judge, decision(Remedy.DISMISS))
        with clock.at(on(16)):
            async with self.ctx.db.transaction() as tx:
                case = await cases.for_update(tx, case_id)
                await handling.appeal(tx, case, "Look again.", by=Speaker(Side.COMPLAINANT, buyer.member))

    async def of_requests(self) -> None:
        """Requests to be verified that were refused and withdrawn, and requests of authorities."""
        firm = await self.company("Waiting Works", on(2))
        said: dict[str, Any] = {"claims": {}, "documents": [], "accepted": {}, "representative_sealed": b""}
        said |= {"organisation_id": firm.organisation_id, "submitted_by": firm.member.id, "created_at": on(3)}
        faults = {"address": "blurred", "legal_name": "another", "registration": ""}
        refused = VerificationRequest(id=new_id(), state="rejected", decided_at=on(5), verdicts=faults, **said)
        withdrawn = VerificationRequest(id=new_id(), state="withdrawn", decided_at=on(6), verdicts={}, **said)
        entry = RegisterEntry(request_id=refused.id, mark=b"m" * 32, sealed=b"s", agrees={"registration": ""})
        entry.source, entry.looked_by, entry.looked_at = "SAMR", self.judge.member.id, on(4)
        for row in (refused, withdrawn, entry):
            await self.at(on(6), _add, row)
        for country in ("CN", "DE"):
            with clock.at(on(8)):
                request = await make_authority_request(self.app, self.keeper, country)
            if country == "CN":
                await self.at(on(9), authorities.take, request, by=self.keeper.member)
                no = (request, RequestMove.REFUSE, "It names no law.")
                await self.at(on(10), authorities.answer, *no, by=self.keeper.member)
        incident = await self.at(on(20), make_incident, self.keeper, HARMLESS)
        await self.at(on(21), do_all, incident, self.keeper)
        for judge in (self.judge, self.other_judge):
            await self.at(on(5), _add, _looked(refused, judge))

    async def of_measures(self) -> None:
        """A seller that an authority found to deceive, whose appeal was heard; one that was excluded."""
        firm = await self.company("Sham Works", on(2, 11))
        found = AuthorityFinding(
            organisation_id=firm.organisation_id, organ="SAMR", document_number="1", kind="fraud", files=[]
        )
        found.decided_on, found.recorded_by, found.recorded_at = date(2026, 12, 9), self.keeper.member.id, on(10)
        await self.at(on(10), _add, found)
        made = await self.at(on(11), suspend, firm.organisation_id, reason="intellectual_property")
        said = Statement(id=new_id(), restriction_id=made, member_id=firm.id, text="No.", files=[], at=on(12))
        await self.at(on(12), _add, said)
        heard = Appeal(id=new_id(), restriction_id=made, statement_id=said.id, state="lifted", filed_at=on(12))
        heard.due_at, heard.decided_at, heard.decided_by = on(20), on(14), self.keeper.member.id
        heard.outcome = "It was another company."
        await self.at(on(14), _add, heard)
        excluded = await self.company("Sold Twice", on(2, 11))
        await self.at(on(18), suspend, excluded.organisation_id, kind=Kind.TERMINATED)

    async def of_leaving(self) -> None:
        """A company that announced it in November."""
        firm = await self.company("Farewell Works", on(2, 10))
        who = self.partners.buyer
        left = await self.at(on(2, 10), self._colleague, who)
        await self.at(on(17), team.remove, left.id, by=who.member)
        with clock.at(on(9, 11)):
            await announce(self.ctx.db, firm)
        with clock.at(on(19)):
            await leaving.close_companies(self.ctx)

    async def _colleague(self, tx: Any, of: Actor) -> Actor:
        return await make_member(tx, await tx.get_one(Organisation, of.organisation_id), roles=(Role.PURCHASER,))

    async def of_trade(self) -> None:
        """Orders that are packed on record, one of them complained of, one without any rate, and one of one hand."""
        sister = await self.company("Shenzhen Sister", on(2, 11), sells=False)
        await self.screened(on(20))
        await self._sold(on(10))
        order = await self._sold(on(12), price="3.1", currency="EUR")
        with clock.at(on(20)):
            await make_complaint(self.ctx, self.partners.buyer, self.partners.supplier, subject=Subject("order", order))
        with clock.at(on(20, 1, 2027)):
            await make_order(self.ctx, self.partners, make_offer(currency="EUR"))
        supplier = self.partners.supplier
        with clock.at(on(16)):
            await make_order(self.ctx, Partners(sister, supplier))
        hand = (sister.organisation_id, supplier.organisation_id, "The same owner.")
        await self.at(on(18), linking.link, *hand, by=self.judge.member)

    async def _sold(self, moment: datetime, **offered: str) -> UUID:
        """Contracted, paid, packed, shipped and delivered; accepted a few days later."""
        with clock.at(moment):
            order = await make_order(self.ctx, self.partners, make_offer(**offered))  # type: ignore[arg-type]
            await fund(self.ctx, order)
            sent = await ship(self.ctx.db, order, self.partners, tracking=f"BMRU{moment:%y%m%d}0")
            await deliver(self.ctx.db, order, self.partners, sent)
        packing = ShipmentPacking(shipment_id=sent.id, version=1, facts={"containers": []}, created_at=moment)
        packing.member_id = self.partners.supplier.id
        await self.at(moment, _add, packing)
        await self.screened(moment + DAY)
        with clock.at(moment + 6 * DAY):
            async with self.ctx.db.transaction() as tx:
                await deals.accept(tx, order, by=self.partners.buyer.member)
            await drain(self.ctx)
        return order

    async def of_visits(self) -> None:
        """One page from nowhere, a page twice within a second, and a visit past the end of the year; and what does not
        count."""
        await self.ctx.traffic.make_days(date(2026, 12, 30), date(2027, 1, 2))
        noon_, midnight = on(30), datetime(2026, 12, 31, 16, tzinfo=UTC)
        german = Walk()
        await record(
            self.ctx.db,
            Walk(NOBODYS).at(noon_),
            *(german.at(noon_ + seconds * SECOND) for seconds in (0, 0.5, 40)),
            german.at(noon_ + 60 * SECOND, "/about", query="utm_source=fair"),
            Walk(CHINESE, staff=True).at(noon_),
            Walk(agent="Googlebot/2.1").at(noon_),
            *(Walk(HONG_KONG).at(midnight + seconds * SECOND, f"/about/{seconds}") for seconds in (-600, 300, 1500)),
        )

    async def of_late_waivers(self) -> None:
        """One on a day of which there is no rate, and what the law asks for by the end of January."""
        firm = await self.company("New Trading", on(20, 1, 2027))
        await self.at(on(21, 1, 2027), waive, firm, self.ctx.settings)
        with clock.at(on(10, 1, 2027)):
            async with self.ctx.db.transaction() as tx:
                await reports.add_recipient(tx, "Market authority", recipient().certificate, by=self.keeper.member)
                await reports.prepare(tx, self.ctx.files, "https://example.com", by=self.keeper.member)


async def _add(tx: Any, row: Any) -> None:
    tx.add(row)
    await tx.flush()


def _looked(request: VerificationRequest, judge: Actor) -> Review:
    """That somebody at the desk decided a part of it."""
    seen = Review(kind="verification", subject_type="verification_request", subject_id=request.id, title="A company")
    seen.organisation_id, seen.state, seen.facts = request.organisation_id, ReviewState.DECIDED, {}
    seen.due_at = seen.decided_at = clock.now()
    seen.decided_by, seen.verdict, seen.reason = judge.id, "reject", "Blurred."
    return seen
