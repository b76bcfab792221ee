"""The fact that a company has a bank account in its own name, as the payment side learned it. No number comes here."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, evidence, outbox
from app.core.subject import Subject
from trust.identity import queries as identity
from trust.verification import levels, queries
from trust.verification.events import BankAccountConfirmed, BankAccountEnded, FactsChanged
from trust.verification.facts import GOOD_FOR, Fact
from trust.verification.models import VerifiedFact


async def confirmed(tx: AsyncSession, event: BankAccountConfirmed) -> None:
    """The fact stands for half a year from now; with the entity it makes level 3."""
    await identity.lock(tx, event.organisation_id)
    await _write(tx, event, event.country, event.how, GOOD_FOR)


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
