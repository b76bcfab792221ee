"""The fact that a company has a bank account in its own name, as the payment side learned it. No number comes here."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.subject import Subject
from trust.identity import queries as identity
from trust.verification import levels, queries
from trust.verification.events import BankAccountConfirmed, BankAccountEnded, FactsChanged
from trust.verification.facts import CLAIMED, GOOD_FOR, Fact
from trust.verification.models import VerifiedFact


async def confirmed(tx: AsyncSession, event: BankAccountConfirmed) -> None:
    """The fact stands for half a year from when it was confirmed; with the entity it makes level 3 once something
    outside the company has shown it. What only members said takes no such fact's place while that stands, unless its
    ground has fallen away (`since`).
    """
    await identity.lock(tx, event.organisation_id)
    if event.how == CLAIMED and event.since is None and await _shown(tx, event.organisation_id):
        return
    gone = clock.now() - event.since if event.since else timedelta()
    await _write(tx, event, event.country, event.how, max(GOOD_FOR - gone, timedelta()))


async def _shown(tx: AsyncSession, organisation_id: UUID) -> bool:
    facts = await queries.facts(tx, organisation_id)
    return any(f.fact is Fact.BANK and f.state == "verified" and f.method != CLAIMED for f in facts)


async def ended(tx: AsyncSession, event: BankAccountEnded) -> None:
    """The fact ends now; level 3 ends with it unless the site is confirmed."""
    await identity.lock(tx, event.organisation_id)
    facts = await queries.facts(tx, event.organisation_id)
    standing = next((f for f in facts if f.fact is Fact.BANK and f.state == "verified"), None)
    if standing is not None:
        await _write(tx, event, standing.value, standing.method, timedelta())


async def _write(
    tx: AsyncSession, event: BankAccountConfirmed | BankAccountEnded, country: str, how: str, good_for: timedelta
) -> None:
    now = clock.now()
    tx.add(
        VerifiedFact(
            organisation_id=event.organisation_id,
            fact=Fact.BANK,
            value=country,
            method=how,
            document="",
            confirmed_at=now,
            valid_until=now + good_for,
        )
    )
    said = {"account": event.account_id, "country": country, "until": (now + good_for).isoformat()}
    await evidence.record(tx, Subject("organisation", event.organisation_id), "bank_account.known", said, actor=None)
    await outbox.publish(tx, FactsChanged(event.organisation_id))
    await levels.settle(tx, event.organisation_id, by=None)
