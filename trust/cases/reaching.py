"""How to reach a reporter: for who has the case alone, and looking is on the record."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import evidence
from app.core.crypto import Vault
from app.core.i18n import _
from trust.access import Member, Permission, require
from trust.cases import desk, exhibits, queries
from trust.cases.errors import CaseNotFound, TooLate
from trust.cases.states import ENDED
from trust.identity import service as people


async def contact(tx: AsyncSession, vault: Vault, case_id: UUID, *, by: Member) -> str:
    """Raises CaseNotFound when none was left, TooLate, NotClaimed, ConflictOfInterest."""
    require(by, Permission.JUDGE)
    case = await queries.for_update(tx, case_id)
    await desk.require_handler(tx, case, by)
    if case.state in ENDED:
        raise TooLate(_("This case is over."))
    if case.contact_sealed is None:
        raise CaseNotFound(_("The reporter left no address."))
    people.audit(tx, by.organisation_id, by.id, "reporter_contact_read", case=str(case.id))
    await evidence.record(tx, case.itself, "case.contact_read", {"member": by.id}, actor=by.id)
    return vault.open(case.contact_sealed, exhibits.sealed_for(case.id))
