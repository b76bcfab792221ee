"""The moderators' day: what was found in months past, what they say often, what they have just taken up."""

from datetime import timedelta

from app.demo.cast import Stage
from app.demo.timeline import DAY, Story
from trust.access import Role
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews import wording
from trust.reviews.events import Verdict

HARMLESS = "Looked at with the company: all in order."
DUTIES = frozenset({"incident", "authority"})
"""Kinds of which the platform is the party: they are taken on their own pages."""
WORDINGS = (
    (
        "product",
        Verdict.REJECT,
        "Picture of another maker",
        "The picture shows the mark of another maker. Please use your own.",
        "图片含有其他厂商的标识，请使用自有图片。",
    ),
    (
        "product",
        Verdict.REJECT,
        "Certificate unreadable",
        "The certificate cannot be read. Please send it again, whole and in colour.",
        "证书无法辨认，请重新提交完整的彩色扫描件。",
    ),
    (
        "verification",
        Verdict.MORE,
        "Licence cut off",
        "The licence is cut off at its edge. Please scan the whole page.",
        "营业执照边缘不完整，请扫描整页。",
    ),
)


async def desk_at_work(stage: Stage) -> Story:
    """What rules of risk found in months past was judged within days; the desk writes down what it says often. Two of
    the staff have just taken up what is most urgent, and left something for others.
    """
    yield stage.now - 90 * DAY
    async with stage.ctx.db.transaction() as tx:
        keeper = await stage.clerk(tx, Role.COMPLIANCE)
        for kind, verdict, title, english, chinese in WORDINGS:
            await wording.write(
                tx, kind=kind, verdict=verdict, title=title, text_en=english, text_zh=chinese, by=keeper
            )
    for days in (60, 40, 25, 15, 8, 3):
        yield stage.now - days * DAY
        async with stage.ctx.db.transaction() as tx:
            clerk = await stage.clerk(tx, Role.MODERATOR)
            for item in await desk.queue(tx, kind="risk", state="open", offset=0, limit=20):
                await reviews.claim(tx, item.id, by=clerk)
                await reviews.decide(tx, item.id, verdict=Verdict.ACCEPT, reason=HARMLESS, by=clerk)
    yield stage.now - timedelta(minutes=50)
    for role in (Role.COMPLIANCE, Role.MODERATOR):
        async with stage.ctx.db.transaction() as tx:
            waiting = [one for one in await desk.queue(tx, state="open", offset=0, limit=10) if one.kind not in DUTIES]
            if len(waiting) > 1:
                await reviews.claim(tx, waiting[0].id, by=await stage.clerk(tx, role))
