"""What memberships do when something happens elsewhere."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import handler
from payments.membership import renewing
from trust.restrictions import queries as restrictions
from trust.restrictions.events import RestrictionsChanged
from trust.restrictions.ladder import Kind
from trust.restrictions.states import RestrictionState


@handler(RestrictionsChanged)
async def on_restrictions_changed(tx: AsyncSession, event: RestrictionsChanged) -> None:
    """A term that runs when the cooperation is ended is marked, and so is it when that is lifted."""
    now = await restrictions.restriction(tx, event.restriction_id)
    if now.kind == Kind.TERMINATED:
        await renewing.sanctioned(tx, event.organisation_id, ended=now.state == RestrictionState.IN_FORCE)
