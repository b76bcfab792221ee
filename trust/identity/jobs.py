"""What identity forgets, and when: nothing personal is kept longer than it is needed."""

from datetime import timedelta

from sqlalchemy import delete, or_

from app.core import clock
from app.core.jobs import JobContext, every
from trust.identity.models import OneTimeToken, PasskeyChallenge, Registration, SessionRow

KEPT_AFTER_END = timedelta(days=90)
"""Ended sessions stay for a while: they tell a new device from a known one."""
KEPT_AFTER_EXPIRY = timedelta(days=7)


@every(hours=6)
async def forget_the_expired(ctx: JobContext) -> None:
    """Delete links and applications a week after they ended, sessions after 90 days."""
    async with ctx.db.transaction() as tx:
        now = clock.now()
        await tx.execute(delete(Registration).where(Registration.expires_at < now - KEPT_AFTER_EXPIRY))
        await tx.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < now - KEPT_AFTER_EXPIRY))
        await tx.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now))
        ended = or_(SessionRow.ended_at < now - KEPT_AFTER_END, SessionRow.expires_at < now - KEPT_AFTER_END)
        await tx.execute(delete(SessionRow).where(ended))
