"""What two people do about a case: one proposes, another agrees, and only then the money moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence
from app.core.crypto import Vault
from app.core.errors import Conflict, Invalid
from app.core.i18n import _
from app.core.ids import new_id
from app.core.subject import Subject
from payments import payers
from payments.cases import doing, options, queries
from payments.cases.models import BankCase, CaseDecision
from payments.cases.states import Action, CaseMove, CaseState, DecisionMove, DecisionState
from payments.errors import SamePerson
from payments.payouts.numbers import BankNumber
from trust.access import Member, Permission, require
from trust.risk import holds

ACCOUNT_CONTEXT = "bank_case:account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to do. `milestone_id`, `operation_id`, `others` as the action needs them.

    account, holder  where to send money back to, when the bank's line does not say where it came from
    """

    action: Action
    reason: str
    milestone_id: UUID | None = None
    operation_id: UUID | None = None
    others: tuple[UUID, ...] = ()
    letter: str = ""
    account: BankNumber | None = None
    holder: str = ""


async def propose(tx: AsyncSession, vault: Vault, case_id: UUID, wanted: Proposal, *, by: Member) -> UUID:
    """Propose what to do about a case; nothing moves yet. Locks the case and the others that it decides.

    Raises NotPermitted, CaseNotFound, IllegalMove, Invalid, WrongAmount, Conflict, Blocked.
    """
    require(by, Permission.BOOK_MONEY)
    case, *others = await queries.cases_for_update(tx, [case_id, *wanted.others])
    for other in others:
        _check_free(other)
    row = CaseDecision(
        id=new_id(),
        case_id=case.id,
        action=wanted.action,
        milestone_id=wanted.milestone_id,
        operation_id=wanted.operation_id,
        others=list(wanted.others),
        reason=wanted.reason,
        letter=wanted.letter,
        state=DecisionState.PROPOSED,
        proposed_by=by.id,
    )
    if wanted.account is not None:
        _name_account(vault, row, wanted.account, wanted.holder)
    await options.check(tx, case, others, row)
    if wanted.account is not None:
        await _check_payee(tx, case, row, by)
    case.move(CaseMove.PROPOSE, by=by.id, note=wanted.reason)
    tx.add(row)
    await tx.flush()
    return row.id


def _check_free(other: BankCase) -> None:
    if other.state not in (CaseState.OPEN, CaseState.WAITING):
        raise Conflict(_("One of these cases is decided, or waits for a second person."))


async def _check_payee(tx: AsyncSession, case: BankCase, row: CaseDecision, by: Member) -> None:
    payer, meant = await doing.sender(tx, case), row.milestone_id or case.milestone_id
    about, bank = Subject("bank_case", case.id), (row.bank_code, row.country or "")
    await payers.check_payee(tx, about, case.held, meant, payer=payer, payee=row.holder, bank=bank, by=by)


def _name_account(vault: Vault, row: CaseDecision, account: BankNumber, holder: str) -> None:
    if not holder.strip():
        raise Invalid(_("Please name the holder of the account."), field="holder")
    row.holder, row.scheme, row.bank_code = holder.strip()[:140], account.scheme, account.bank_code
    row.country, row.masked = account.country, account.masked
    row.sealed = vault.seal(account.number, seal_context(row.id))


def seal_context(decision_id: UUID) -> str:
    return f"{ACCOUNT_CONTEXT}:{decision_id}"


async def approve(tx: AsyncSession, decision_id: UUID, *, by: Member) -> UUID:
    """A second person agrees: it happens; the case's id. Locks decision, case, and what the money is for.

    Raises NotPermitted, CaseNotFound, SamePerson, IllegalMove, and what the milestone or operation says when it has
    changed since.
    """
    row = await _decide(tx, decision_id, DecisionMove.APPROVE, by, "")
    case, *others = await queries.cases_for_update(tx, [row.case_id, *row.others])
    for other in others:
        _check_free(other)
    await options.check(tx, case, others, row)
    if row.sealed is not None:
        await holds.check_hold(tx, Subject("bank_case", case.id))
    await doing.carry_out(tx, case, others, row, by=by)
    if row.action == Action.WAIT:
        case.move(CaseMove.WAIT, by=by.id)
    elif row.action == Action.WRITE:
        case.move(CaseMove.WRITE, by=by.id)
    else:
        await _close(tx, [case, *others], row, by)
    return case.id


async def _close(tx: AsyncSession, cases: Sequence[BankCase], row: CaseDecision, by: Member) -> None:
    for case in cases:
        case.move(CaseMove.CLOSE, by=by.id, note=row.reason)
        case.closed_at = clock.now()
        said = {
            "action": row.action,
            "held": case.held,
            "milestone": row.milestone_id,
            "operation": row.operation_id,
            "proposed_by": row.proposed_by,
            "reason": row.reason,
        }
        await evidence.record(tx, Subject("bank_case", case.id), "bank_case.closed", said, actor=by.id)


async def reject(tx: AsyncSession, decision_id: UUID, *, by: Member, note: str) -> UUID:
    """Another person disagrees: nothing moves, the case is open. Raises as `approve`."""
    row = await _decide(tx, decision_id, DecisionMove.REJECT, by, note)
    case = await queries.case_for_update(tx, row.case_id)
    case.move(CaseMove.REJECT, by=by.id, note=note)
    return case.id


async def _decide(tx: AsyncSession, decision_id: UUID, move: DecisionMove, by: Member, note: str) -> CaseDecision:
    require(by, Permission.APPROVE_MONEY)
    row = await queries.decision_for_update(tx, decision_id)
    if row.proposed_by == by.id:
        raise SamePerson(_("You proposed this yourself. Another person has to decide."))
    row.move(move, by=by.id, note=note)
    row.decided_by, row.decided_at, row.note = by.id, clock.now(), note
    await tx.flush()
    return row
