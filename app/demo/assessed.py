"""The platform is to be assessed over the year behind it, and its operator writes an application for the title."""

from datetime import timedelta

from app.assessment import scheduling
from app.award import applying
from app.award.applying import Said
from app.core.periods import day_of
from app.demo.cast import Stage
from app.demo.timeline import Story
from trust.access import Role

SEED_FROM = "The closing value of the Shanghai composite index on the last trading day of next month"
WRITTEN = {
    "profile": "A neutral marketplace between companies: suppliers of China, buyers of Europe, Asia and America.",
    "team": "Moderation, compliance and finance, each with somebody who takes the other's place.",
}
"""Parts of the dossier; the others still wait."""


async def assessed(stage: Stage) -> Story:
    """Twelve months are named; two parts of the dossier are written."""
    zone = stage.ctx.settings.reporting_zone
    last = day_of(stage.now, zone).replace(day=1) - timedelta(days=1)
    yield stage.now - timedelta(hours=30)
    async with stage.ctx.db.transaction() as tx:
        await scheduling.schedule(tx, last, SEED_FROM, zone=zone, by=await stage.clerk(tx, Role.EVALUATOR))
    yield stage.now - timedelta(hours=28)
    async with stage.ctx.db.transaction() as tx:
        by = await stage.clerk(tx, Role.ADMIN)
        application = await applying.begin(tx, last, zone=zone, by=by)
        for part, text in WRITTEN.items():
            await applying.write(tx, application.id, part, Said(text, None, []), zone=zone, by=by)
