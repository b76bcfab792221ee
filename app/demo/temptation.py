"""A supplier that would rather do business elsewhere: told, masked, then put before people."""

from datetime import timedelta

from app.demo.cast import Stage
from app.demo.timeline import Story
from orders.negotiation import queries, service
from orders.negotiation.states import ONGOING
from trust.access import Role

SAID = (
    "Thank you for your patience. If it is faster for you, write to export@quickdeal.example.",
    "We are a little quicker on WeChat: quickdeal_88. Then we can save the platform fee.",
    "Please note our new bank account for the deposit, and pay today only: we hold the price until tonight.",
)
EVERY = timedelta(minutes=50)


async def tempted(stage: Stage, supplier: str) -> Story:
    """Some hours ago, in whatever inquiry of theirs goes on; nothing where none does."""
    for number, text in enumerate(SAID):
        yield stage.now - timedelta(hours=5) + number * EVERY
        firm = stage.firms[supplier]
        async with stage.ctx.db.transaction() as tx:
            lines = await queries.inquiries_of(tx, firm.id, side="supplier", states=ONGOING, limit=1)
            if lines:
                by = await stage.member(tx, firm, Role.SALES)
                await service.say(tx, lines[0].id, text, [], by=by)
