"""The registers of compliance: an incident that was handled, a drill that runs, and two requests of authorities."""

from datetime import timedelta

from app.core import clock
from app.core.ids import new_id
from app.core.payload import Upload
from app.demo.cast import Stage
from app.demo.papers import paper
from app.demo.timeline import Story
from trust import sealed
from trust.access import Role
from trust.authorities import service
from trust.authorities.service import Arrived
from trust.authorities.states import Organ
from trust.identity import queries as identity
from trust.incidents import handling, notifying
from trust.incidents.handling import Assessment, Report
from trust.incidents.states import Grade, Harm, Nature
from trust.notices.service import Words

HAPPENED = (
    "A spreadsheet with contacts of one company was attached to a letter for another. The recipient told us within the"
    " hour and deleted it."
)
ASSESSED = Assessment(
    nature=Nature.DISCLOSURE,
    grade=Grade.GENERAL,
    harm=Harm.RISK,
    personal=True,
    in_cn=True,
    in_eu=True,
    crime=False,
    purposes=("account",),
    people=7,
    companies=1,
    records=7,
    loss_yuan=0,
    consequences="Seven names and business addresses were read by one person at another company.",
    measures="The recipient confirmed in writing that the file is deleted. Attachments are now checked twice.",
)
TOLD = Words(
    "Contacts of your company were sent to somebody else",
    "贵公司的联系人信息被误发",
    "On Thursday names and business addresses of seven of your people went to another company by mistake. It has"
    " deleted them and confirmed so in writing. You need do nothing; be wary of unexpected letters. Ask us any time.",
    "周四，贵公司七位联系人的姓名和办公地址被误发给另一家企业。对方已删除并书面确认。贵公司无需采取措施，"
    "如收到异常邮件请提高警惕。有任何疑问可随时联系我们。",
)
DRILL = "The database does not answer. Who calls whom, and how long does it take?"
ASKED = "Who the company is, and its orders of the last quarter."


async def registers(stage: Stage, touched: str) -> Story:
    """For the desks of compliance, and a notice for one company."""
    yield stage.now - timedelta(hours=30)
    async with stage.ctx.db.transaction() as tx:
        moderator = await stage.clerk(tx, Role.MODERATOR)
        said = Report(Nature.DISCLOSURE, "Contacts attached to the wrong letter", HAPPENED, clock.now())
        incident = (await handling.report(tx, said, by=moderator)).id
    yield stage.now - timedelta(hours=29)
    async with stage.ctx.db.transaction() as tx:
        by = await stage.clerk(tx, Role.COMPLIANCE)
        await handling.assess(tx, incident, ASSESSED, by=by)
        slug = (await identity.organisation(tx, stage.firms[touched].id)).slug
        await handling.name_companies(tx, incident, [slug], by=by)
        await notifying.send(tx, incident, TOLD, everybody=False, by=by)
    yield stage.now - timedelta(hours=2)
    async with stage.ctx.db.transaction() as tx:
        said = Report(Nature.OUTAGE, "Autumn drill: the database is gone", DRILL, clock.now(), True)
        await handling.report(tx, said, by=await stage.clerk(tx, Role.COMPLIANCE))
    await _asked(stage, "CN", "Shenzhen Administration for Market Regulation", Organ.MARKET)
    await _asked(stage, "US", "District Court, Southern District", Organ.COURT)


async def _asked(stage: Stage, country: str, organ: str, kind: Organ) -> None:
    id_, now = new_id(), clock.now()
    page = paper(organ, [ASKED], font_dir=stage.ctx.settings.font_dir)
    upload = Upload("letter.pdf", "application/pdf", page)
    letter = await sealed.keep(stage.ctx.files, stage.vault, service.sealed_for(id_), upload, field="letter")
    async with stage.ctx.db.transaction() as tx:
        by = await stage.clerk(tx, Role.COMPLIANCE)
        said = Arrived(
            kind=kind,
            organ=organ,
            country=country,
            document_number=f"{country}-2026-0417",
            basis="E-Commerce Law art. 25" if country == "CN" else "Subpoena duces tecum",
            asked=ASKED,
            about="One supplier of lamps",
            received_at=now - timedelta(hours=20),
            due_at=now + timedelta(days=9),
            tell_after=None,
        )
        await service.register(tx, id_, said, letter, by=by)
