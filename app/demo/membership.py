"""Memberships of more than a year: renewed early, on time or late, let go, waived, and one to be paid."""

from datetime import timedelta
from uuid import UUID

from app.core.payload import Upload
from app.demo.cast import Stage
from app.demo.papers import paper
from app.demo.timeline import DAY, Story
from payments.approvals import queries as approvals
from payments.approvals import service as deciding
from payments.membership import ordering, waiving
from payments.membership.states import WaiverReason
from payments.membership.waiving import Wanted
from trust.access import Role

RENEWED: tuple[int | None, ...] = (-12, -2, -45, 14, None, -1)
"""Days after the last one of the first term on which the next is paid; None: the supplier lets it go."""
BEGUN = 385
"""So many days ago the first terms begin: they are over, and so is the time in which they could be renewed."""
CURRENCY = "CNY"
WHY = "High and new technology enterprise; the certificate of the province is attached."


async def subscribed(stage: Stage, supplier: str, number: int) -> Story:
    """A year of a supplier's standard plan and what came after it, paid by transfers that two of finance have seen."""
    begun = stage.now - timedelta(days=BEGUN + 10 + number % 5)
    yield begun
    await _bought(stage, supplier, f"MB-{number:02d}-1")
    late = RENEWED[number % len(RENEWED)]
    if late is not None:
        yield begun + timedelta(days=364 + late)
        await _bought(stage, supplier, f"MB-{number:02d}-2")


async def _bought(stage: Stage, supplier: str, bank_ref: str) -> None:
    firm = stage.firms[supplier]
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, firm, Role.FINANCE)
        made, _asked = await ordering.order(tx, "standard", 12, CURRENCY, "bank", by=by)
        clerk = await stage.clerk(tx, Role.FINANCE_STAFF)
        sender, settings = firm.seed.name_latin, stage.ctx.settings
        await waiving.book_transfer(tx, made.id, bank_ref=bank_ref, sender=sender, settings=settings, by=clerk)
    await _agree(stage, made.id)


async def _agree(stage: Stage, about: UUID) -> None:
    async with stage.ctx.db.transaction() as tx:
        [waiting] = (await approvals.waiting_for(tx, [about])).values()
        second = await stage.clerk(tx, Role.FINANCE_STAFF, 1)
        await deciding.agree(tx, waiting.id, stage.ctx.settings, by=second)


async def waived(stage: Stage, supplier: str) -> Story:
    """An innovative company pays nothing for its next year."""
    yield stage.now - 8 * DAY
    page = paper("High and new technology enterprise", [WHY], font_dir=stage.ctx.settings.font_dir)
    proof = Upload("certificate.pdf", "application/pdf", page)
    kept = await waiving.keep_proof(stage.ctx.files, stage.vault, proof)
    async with stage.ctx.db.transaction() as tx:
        wanted = Wanted(
            organisation_id=stage.firms[supplier].id,
            plan="standard",
            months=12,
            currency=CURRENCY,
            percent=100,
            reason=WaiverReason.INNOVATIVE,
            province="",
            note=WHY,
        )
        clerk = await stage.clerk(tx, Role.FINANCE_STAFF)
        waiver_id = await waiving.propose(tx, wanted, kept, stage.ctx.settings, by=clerk)
    yield stage.now - 7 * DAY
    await _agree(stage, waiver_id)


async def waits_for_transfer(stage: Stage, supplier: str) -> Story:
    """Ordered yesterday: finance waits for the money."""
    yield stage.now - timedelta(hours=20)
    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, stage.firms[supplier], Role.FINANCE)
        await ordering.order(tx, "premium", 12, CURRENCY, "bank", by=by)
