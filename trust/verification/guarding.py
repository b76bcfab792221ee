"""A company that asks to be verified, and rules of risk. What they hold, no reviewer accepts alone."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.crypto import Vault
from app.core.money import Money
from app.core.rates import RateMissing, Rates
from app.core.subject import Subject
from trust.access import Member
from trust.identity import queries as identity
from trust.risk import holds, parties
from trust.risk import service as risk
from trust.risk.engine import Point
from trust.risk.facts_of_people import VerificationFacts
from trust.risk.rules import mail
from trust.verification.facts import Fact
from trust.verification.models import VerificationRequest
from trust.verification.register import RegistryEntry, alike


def acceptance_of(organisation_id: UUID) -> Subject:
    """That a company is verified, as one thing that can be held."""
    return Subject("verification", organisation_id)


async def check_request(
    tx: AsyncSession, vault: Vault, request: VerificationRequest, named: list[str], *, by: Member
) -> None:
    """Judge what a company hands in. `named`: its representative and owners."""
    company = await identity.organisation(tx, request.organisation_id)
    facts = VerificationFacts(
        domain=mail.domain_of(by.email),
        cents=await _cents(tx, str(request.claims.get(Fact.CAPITAL, ""))),
        website=bool(company.website),
        at_address=1 + await parties.others_at(tx, vault, "address", company.address, but=company.id),
        at_phone=1 + await parties.others_at(tx, vault, "phone", company.phone, but=company.id),
        ended_by=await parties.ended_by(tx, vault, company.id, named),
    )
    await _assess(tx, request, facts, by)


async def check_register(tx: AsyncSession, request: VerificationRequest, entry: RegistryEntry, *, by: Member) -> None:
    """Judge what the public register says beside what is claimed."""
    number = str(request.claims.get(Fact.REGISTRATION, "")).split(" ", 1)[-1]
    likeness = int(100 * alike(request.claims, entry.name))
    company = await identity.organisation(tx, request.organisation_id)
    facts = VerificationFacts(website=bool(company.website), register=likeness, same_number=number == entry.number)
    await _assess(tx, request, facts, by)


async def check_accepted(tx: AsyncSession, organisation_id: UUID) -> None:
    """Raises OnHold while two people have to look at the company first."""
    await holds.check_hold(tx, acceptance_of(organisation_id))


async def _assess(tx: AsyncSession, request: VerificationRequest, facts: VerificationFacts, by: Member) -> None:
    company = await identity.organisation(tx, request.organisation_id)
    await risk.assess(
        tx,
        Point.VERIFICATION,
        Subject("organisation", company.id),
        facts,
        organisation_id=company.id,
        title=company.name_latin,
        by=by,
        holds=acceptance_of(company.id),
    )


async def _cents(tx: AsyncSession, capital: str) -> int | None:
    """Registered capital, as it is kept, in whole US cents."""
    if not capital:
        return None
    minor, currency = capital.split()
    if currency == "USD":
        return int(minor)
    try:
        rates = await Rates.on(tx, clock.now().date())
        return rates.convert(Money(int(minor), currency), "USD").amount.minor
    except RateMissing:
        return None
