"""Letters about rights and notices. To a notifier they go by a job, for its address lies sealed, and because the
fifteen days of a counter-statement run from its arrival there."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import outbox, post
from app.core.crypto import Vault
from app.core.i18n import _, speaking
from app.core.jobs import JobContext, job
from app.core.runner import GiveUp
from trust.access import Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.identity.queries import Recipient
from trust.rights import timing
from trust.rights.models import Notice, Notifier
from trust.rights.notifiers import address_of

NEWS = "notice_news"


async def supplier(tx: AsyncSession, notice: Notice, supplier_id: UUID, what: str) -> None:
    """`what` happened: stopped, restored, held or confirmed."""
    facts = {"what": what, "title": notice.number, "path": f"/rights/notices/{notice.id}"}
    await people.notify(tx, supplier_id, Permission.LIST_PRODUCTS, NEWS, facts)


async def notifier(
    tx: AsyncSession, notifier_id: UUID, what: str, title: str, path: str, *, counter_id: UUID | None = None
) -> None:
    """`what` happened: right_accepted, right_refused, decided, countered, restored, confirmed. With `counter_id`, the
    letter forwards this counter-statement, and its arrival is written down."""
    await outbox.enqueue(tx, write, notifier_id=notifier_id, what=what, title=title, path=path, counter_id=counter_id)


async def _readers(tx: AsyncSession, vault: Vault, notifier_id: UUID) -> list[Recipient]:
    row = (await tx.scalars(select(Notifier).where(Notifier.id == notifier_id))).one()
    if row.organisation_id is not None:
        return await identity.members_to_notify(tx, row.organisation_id, Permission.NEGOTIATE)
    address = address_of(vault, row)
    return [Recipient(address, row.locale, "", row.id)] if address else []


@job
async def write(
    ctx: JobContext, notifier_id: UUID, what: str, title: str, path: str, counter_id: UUID | None = None
) -> None:
    """Send the letters, then write down that the counter-statement arrived.

    May run twice: a doubled letter beats a lost one, and the first arrival stays. Where the addressee's own server
    refuses for good, it has arrived all the same: it lies on their page, and a listing must not stay down because its
    right holder cannot be reached.
    """
    vault = ctx.settings.vault
    for reader in await ctx.tx(_readers, vault, notifier_id):
        with speaking(reader.locale):
            why = _("You get this mail because you gave notice of a right on Portolan.")
        context = {"what": what, "title": title, "path": path, "recipient": reader.name, "why": why}
        try:
            await post.deliver(ctx, to=reader.email, locale=reader.locale, template=NEWS, context=context)
        except GiveUp:
            continue
    if counter_id is not None:
        await ctx.tx(timing.arrived, counter_id)
