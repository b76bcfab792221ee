"""What identity forgets, and when: nothing personal is kept longer than it is needed."""

from sqlalchemy import delete, or_

from app.core import clock
from app.core.jobs import JobContext, every
from trust.identity.models import OneTimeToken, PasskeyChallenge, Registration, SessionRow
from trust.retention.classes import APPLICATIONS, SIGN_INS


@every(hours=6)
async def forget_the_expired(ctx: JobContext) -> None:
    """Delete links and applications a week after they ended, sessions after 400 days: until then they are the log of
    sign-ins, and tell a new device from a known one.
    """
    async with ctx.db.transaction() as tx:
        now = clock.now()
        await tx.execute(delete(Registration).where(Registration.expires_at < now - APPLICATIONS.period))
        await tx.execute(delete(OneTimeToken).where(OneTimeToken.expires_at < now - APPLICATIONS.period))
        await tx.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < now))
        ended = or_(SessionRow.ended_at < now - SIGN_INS.period, SessionRow.expires_at < now - SIGN_INS.period)
        await tx.execute(delete(SessionRow).where(ended))
