"""How often something may be tried. Counted in PostgreSQL, so that it holds across processes and without Redis."""

from datetime import datetime, timedelta

from sqlalchemy import Integer, String, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.columns import moment
from app.core.db import Base, Database
from app.core.errors import TooMany
from app.core.i18n import _
from app.core.jobs import JobContext, every


class RateWindow(Base):
    """How many tries a key has made in one window. UNLOGGED: a crash may forgive, never lose anything of value."""

    __tablename__ = "rate_window"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    window: Mapped[datetime] = mapped_column(moment().column.type, primary_key=True)
    tries: Mapped[int] = mapped_column(Integer)


async def hit(db: Database, key: str, *, at_most: int, per_minutes: int) -> None:
    """Count one try, in a transaction of its own so that a refused request still counts. Raises TooMany."""
    now = clock.now()
    length = timedelta(minutes=per_minutes)
    start = now - timedelta(seconds=now.timestamp() % length.total_seconds())
    async with db.aside.transaction() as tx:
        tries = await tx.scalar(
            insert(RateWindow)
            .values(key=key[:200], window=start, tries=1)
            .on_conflict_do_update(index_elements=["key", "window"], set_={"tries": RateWindow.tries + 1})
            .returning(RateWindow.tries)
        )
    if tries is not None and tries > at_most:
        wait = int((start + length - now).total_seconds()) + 1
        sentence = _("Too many attempts. Please wait a while and try again.")
        raise TooMany(sentence, retry_after=wait, first_of=key if tries == at_most + 1 else "")


@every(hours=1)
async def forget_old_windows(ctx: JobContext) -> None:
    async with ctx.db.transaction() as tx:
        await tx.execute(delete(RateWindow).where(RateWindow.window < clock.now() - timedelta(days=2)))
