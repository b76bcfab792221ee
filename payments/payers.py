"""Who pays, and who gets money back, and rules of risk."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.i18n import _
from app.core.money import Money
from app.core.subject import Subject
from payments.chargebacks.models import Chargeback
from payments.escrow import queries as escrows
from payments.escrow.models import Escrow, Milestone
from payments.names import same_company
from trust.access import Member
from trust.identity import queries as identity
from trust.risk import service as risk
from trust.risk.engine import Action, Point
from trust.risk.errors import Blocked
from trust.risk.facts_of_people import ChargebackFacts, ReceiptFacts, RefundFacts
from trust.screening import naming
from trust.screening.naming import Role, Said

DISPUTED = timedelta(days=90)


async def check_payer(tx: AsyncSession, milestone_id: UUID, payer: str, *, by: Member) -> None:
    """Judge who paid, before people book it for a deal: what holds the deal keeps its money from the supplier.

    Locks the milestone, as what books the money does.
    """
    escrow, _milestone = (await escrows.locked_many(tx, [milestone_id]))[milestone_id]
    buyer = await identity.organisation(tx, escrow.buyer_id)
    names = tuple(filter(None, (buyer.name_latin, buyer.name_original)))
    about = Subject(escrow.subject_type, escrow.subject_id)
    if not same_company(payer, names):
        await naming.name(tx, about, [Said(Role.PAYER, payer)], organisation_id=buyer.id)
    await risk.assess(
        tx,
        Point.RECEIPT,
        about,
        ReceiptFacts(payer, names, same_company(payer, names)),
        organisation_id=buyer.id,
        title=buyer.name_latin,
        by=by,
    )


async def check_payee(
    tx: AsyncSession,
    case: Subject,
    came: Money,
    milestone_id: UUID | None,
    *,
    payer: str,
    payee: str,
    bank: tuple[str, str],
    by: Member,
) -> None:
    """Judge to whom money goes back that came with a case; "" for `payee`: to the account it came from. Raises Blocked.

    bank  code and country of the bank that the money is to go to; both are compared with the sanctions lists

    Whose money it was is not known without a payment it is for; then nobody is judged, and the names have to agree.
    """
    to = [Said(Role.PAYEE, payee), naming.bank(*bank)]
    await naming.name(tx, case, to, organisation_id=by.organisation_id, instead_of=(Role.PAYEE, Role.BANK))
    same = bool(payer) and same_company(payee, (payer,))
    if milestone_id is None:
        if payer and payee and not same:
            raise Blocked(_sentence(), field="holder")
        return
    milestone, buyer_id = await escrows.with_buyer(tx, milestone_id)
    asked = milestone.amount.minor if milestone.amount.currency == came.currency else 0
    buyer = await identity.organisation(tx, buyer_id)
    found = await risk.assess(
        tx,
        Point.REFUND,
        case,
        RefundFacts(came.minor, asked, payer, payee, same),
        organisation_id=buyer.id,
        title=buyer.name_latin,
        by=by,
    )
    if found.action is Action.BLOCK:
        raise risk.refused(found, field="holder", because=_sentence())


def _sentence() -> str:
    return _("Money goes back to who sent it. The holder of this account is somebody else.")


async def count_dispute(tx: AsyncSession, chargeback: Subject, buyer_id: UUID) -> None:
    """Judge how often the buyer's bank disputed its payments lately, with this one."""
    query = (
        select(func.count())
        .select_from(Chargeback)
        .join(Milestone, Milestone.id == Chargeback.milestone_id)
        .join(Escrow, Escrow.id == Milestone.escrow_id)
        .where(Escrow.buyer_id == buyer_id, Chargeback.opened_at >= clock.now() - DISPUTED)
    )
    buyer = await identity.organisation(tx, buyer_id)
    await risk.assess(
        tx,
        Point.CHARGEBACK,
        chargeback,
        ChargebackFacts((await tx.execute(query)).scalar_one()),
        organisation_id=buyer.id,
        title=buyer.name_latin,
        by=None,
    )
