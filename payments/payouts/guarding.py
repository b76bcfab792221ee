"""Where money goes, and rules of risk: a new account may hold all payouts of its company, a payout may hold itself."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.crypto import Vault
from app.core.subject import Subject
from payments.escrow import queries as escrows
from payments.payouts.models import BankAccount, ConnectedAccount, Payout
from payments.payouts.numbers import BankNumber
from payments.payouts.states import PayoutState
from trust.access import Member, Permission
from trust.identity import queries as identity
from trust.identity import service as people
from trust.risk import banks, holds
from trust.risk import service as risk
from trust.risk.engine import Action, Point
from trust.risk.facts import BankFacts, PayoutFacts
from trust.risk.holds import payouts_of
from trust.screening import naming

UNKNOWN_BANK = "BUY-03"
NEW_DEVICE = timedelta(hours=24)
LATELY = timedelta(hours=72)
"""So long payouts count as parts of one."""
FORMER = 200
"""So many settled payouts, the latest, say what is usual."""


async def check_account(
    tx: AsyncSession, vault: Vault, account: Subject, number: BankNumber, holder: str, *, by: Member
) -> datetime | None:
    """Judge an account that is about to be added: until when the company's payouts are held by it. Raises Blocked."""
    company = await identity.organisation(tx, by.organisation_id)
    bank = naming.bank(number.bank_code, number.country)
    await naming.name(tx, account, [bank], organisation_id=by.organisation_id)
    another = await _has_another(tx, by.organisation_id)
    facts = BankFacts(
        country=number.country,
        company_country=company.country,
        holder=holder,
        names=(company.name_original, company.name_latin),
        open_deals=await _open_deals(tx, by.organisation_id) if another else 0,
        due_in=await _due_in(tx, by.organisation_id) if another else None,
        parties=await risk.remember_trait(tx, vault, "bank", f"{number.bank_code}:{number.number}", by.organisation_id),
        new_device=await identity.on_new_device(tx, by, within=NEW_DEVICE),
        unlisted=bool(await banks.unlisted(tx, [number.bank_code])),
    )
    found = await risk.assess(
        tx,
        Point.BANK_CHANGE,
        account,
        facts,
        organisation_id=by.organisation_id,
        title=by.organisation_name,
        by=by,
        holds=payouts_of(by.organisation_id),
    )
    if found.action is Action.BLOCK:
        raise risk.refused(found, field="holder")
    if any(hit.acts and hit.rule.code == UNKNOWN_BANK for hit in found.decision.hits):
        context = {"bank": number.bank_code, "masked": number.masked}
        await people.notify(tx, by.organisation_id, Permission.MANAGE_BANK, "bank_not_listed", context)
    return found.until


async def check_connection(tx: AsyncSession, account: Subject, *, by: Member) -> datetime | None:
    """Judge an account at a provider that is about to be opened: until when the company's payouts are held by it.

    Whose it is the provider finds out. No second member confirms it and it has no days to cool off: where the company
    was to be paid elsewhere before, what it has earned already waits as well.
    """
    company = await identity.organisation(tx, by.organisation_id)
    another = await _has_another(tx, by.organisation_id)
    facts = BankFacts(
        country=company.country,
        company_country=company.country,
        holder="",
        names=(company.name_original, company.name_latin),
        open_deals=max(1, await _open_deals(tx, by.organisation_id)) if another else 0,
        new_device=await identity.on_new_device(tx, by, within=NEW_DEVICE),
    )
    found = await risk.assess(
        tx,
        Point.BANK_CHANGE,
        account,
        facts,
        organisation_id=by.organisation_id,
        title=by.organisation_name,
        by=by,
        holds=payouts_of(by.organisation_id),
    )
    return found.until


async def check_provider_s_bank(
    tx: AsyncSession, account: Subject, organisation_id: UUID, country: str
) -> datetime | None:
    """Judge another bank account that a company named at the provider: until when its payouts are held by it.

    Who did it the provider does not say: it is taken for a change of whom nobody here has asked.
    """
    company = await identity.organisation(tx, organisation_id)
    facts = BankFacts(
        country=country,
        company_country=company.country,
        holder="",
        names=(company.name_original, company.name_latin),
        open_deals=max(1, await _open_deals(tx, organisation_id)),
    )
    found = await risk.assess(
        tx,
        Point.BANK_CHANGE,
        account,
        facts,
        organisation_id=organisation_id,
        title=company.name_latin,
        by=None,
        holds=payouts_of(organisation_id),
    )
    return found.until


async def _has_another(tx: AsyncSession, organisation_id: UUID) -> bool:
    """Whether the company has, or ever had, an account to be paid on: at a bank or at a provider."""
    at_bank = select(BankAccount.id).where(BankAccount.organisation_id == organisation_id)
    at_provider = select(ConnectedAccount.id).where(ConnectedAccount.organisation_id == organisation_id)
    return bool(await tx.scalar(select(at_bank.exists() | at_provider.exists())))


async def _due_in(tx: AsyncSession, organisation_id: UUID) -> int | None:
    """Days until the next payment to the company that is still to come and due on a day; 0 where one is overdue."""
    next_due = await escrows.next_due(tx, organisation_id)
    return None if next_due is None else max(0, (next_due - clock.now().date()).days)


async def _open_deals(tx: AsyncSession, organisation_id: UUID) -> int:
    """With how many buyers money is still to come."""
    return len(await escrows.buyers_with_open_deals(tx, organisation_id))


async def check_payout(tx: AsyncSession, payout: Payout, *, by: Member) -> None:
    """Whether a payout may be asked for; it may be held itself, and then leaves later. Raises OnHold."""
    going = [payouts_of(payout.organisation_id)]
    account = None
    if payout.bank_account_id is not None:
        going.append(Subject("bank_account", payout.bank_account_id))
        account = await tx.get_one(BankAccount, payout.bank_account_id)
    await holds.check_hold(tx, *going)
    names: tuple[str, ...] = ()
    if account is not None:
        company = await identity.organisation(tx, payout.organisation_id)
        names = (company.name_original, company.name_latin)
    await risk.assess(
        tx,
        Point.PAYOUT,
        Subject("payout", payout.id),
        PayoutFacts(
            payout.amount.minor,
            await _former(tx, payout),
            account.holder if account else "",
            names,
            await _accounts(tx, payout),
        ),
        organisation_id=payout.organisation_id,
        title=by.organisation_name,
        by=by,
    )


async def _accounts(tx: AsyncSession, payout: Payout) -> int:
    """To how many accounts the company asked for money lately, this time included."""
    query = select(Payout.bank_account_id, Payout.connected_account_id).where(
        Payout.organisation_id == payout.organisation_id, Payout.created_at > clock.now() - LATELY
    )
    asked = {(row[0], row[1]) for row in await tx.execute(query.distinct())}
    return len(asked | {(payout.bank_account_id, payout.connected_account_id)})


async def _former(tx: AsyncSession, payout: Payout) -> list[int]:
    """What the company was paid before in this currency, the latest first; in minor units."""
    amount = Payout.amount_minor  # type: ignore[attr-defined]
    query = select(amount).where(
        Payout.organisation_id == payout.organisation_id,
        Payout.amount_currency == payout.amount.currency,  # type: ignore[attr-defined]
        Payout.state == PayoutState.SETTLED,
        Payout.created_at <= clock.now(),
    )
    return list(await tx.scalars(query.order_by(Payout.id.desc()).limit(FORMER)))
