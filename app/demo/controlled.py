"""Controlled goods at the desk: a list that grows, and two licences, one that ends soon and one to be read."""

from datetime import date, timedelta
from decimal import Decimal

from app.core import clock
from app.core.payload import Upload
from app.demo.cast import Stage
from app.demo.papers import paper
from app.demo.timeline import Story
from trust.access import Role
from trust.goods import licences, lists, papers
from trust.goods.licences import Terms
from trust.goods.lists import Proposed
from trust.goods.states import Kind, LicenceForm, LicenceMove, Point


async def controlled(stage: Stage, supplier: str) -> Story:
    """An entry waits for a second person; of two licences one is accepted."""
    yield stage.now - timedelta(hours=3)
    firm, today = stage.firms[supplier], clock.now().date()
    drawn = paper("Export licence", ["Number 26-0418", firm.seed.name_latin], font_dir=stage.ctx.settings.font_dir)
    file = Upload("licence.pdf", "application/pdf", drawn)
    kept = await papers.keep(stage.ctx.files, stage.vault, licences.context(firm.id), file, field="document")
    async with stage.ctx.db.transaction() as tx:
        keeper, seller = await stage.clerk(tx, Role.COMPLIANCE), await stage.member(tx, firm, Role.SALES)
        reason = "The list follows the announcement on graphite."
        await lists.propose(tx, [_graphite(today + timedelta(days=7))], reason=reason, by=keeper)
        soon = await licences.hand_in(tx, _terms("26-0418", firm.seed.name_original, today, 12), kept, by=seller)
        await licences.decide(tx, soon, LicenceMove.ACCEPT, reason="", by=keeper)
        await licences.hand_in(tx, _terms("26-1102", firm.seed.name_original, today, 350), kept, by=seller)


def _graphite(since: date) -> Proposed:
    return Proposed(
        kind=Kind.DUAL_USE,
        code="1C999",
        hs=("38011000",),
        categories=(),
        keywords=("isostatic graphite", "等静压石墨"),
        unless=(),
        cas=(),
        origins=("CN",),
        destinations=(),
        binds_from=Point.CONTRACT,
        since=since,
        until=None,
        source="MOFCOM and Customs announcement 2023 No. 39 on graphite",
        text_en="Artificial graphite of high purity is a dual-use item: an export licence is needed.",
        text_zh="高纯度人造石墨属于两用物项，须有出口许可。",
    )


def _terms(number: str, holder: str, today: date, days: int) -> Terms:
    return Terms(
        form=LicenceForm.GENERAL,
        number=number,
        authority="MOFCOM",
        holder=holder,
        hs=("681511",),
        codes=("1C210",),
        destinations=("DE", "FR"),
        quantity_limit=Decimal(5000),
        unit="KGM",
        value_limit=None,
        valid_from=today - timedelta(days=300),
        valid_until=today + timedelta(days=days),
    )
