"""Who comes in: a company that has just joined, by whose domain its address is of; passwords that are tried out."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.subject import Subject
from trust.risk import parties, service
from trust.risk.engine import Point
from trust.risk.facts_of_people import JoiningFacts, LoginFacts
from trust.risk.holds import messages_of
from trust.risk.rules import mail

_WHO = text("""
    SELECT o.name_latin, m.email FROM organisation o JOIN member m ON m.id = :member AND m.organisation_id = o.id
     WHERE o.id = :company AND NOT o.is_platform
""")


async def look_at(tx: AsyncSession, company: UUID, member: UUID) -> None:
    """Judge a company by its first member's address; what looks like another's domain writes to nobody for a time."""
    who = (await tx.execute(_WHO, {"company": company, "member": member})).first()
    if who is None:
        return
    domain = mail.domain_of(who.email)
    others = await parties.domains(tx, but=company) if mail.own(domain) else []
    await service.assess(
        tx,
        Point.REGISTRATION,
        Subject("organisation", company),
        JoiningFacts(domain, others),
        organisation_id=company,
        title=who.name_latin,
        by=None,
        holds=messages_of(company),
    )


async def look_at_tries(tx: AsyncSession, company: UUID, member: UUID, tries: int) -> None:
    """Judge that somebody tries out a member's passwords. What stops them is the limit itself; nobody of the platform
    decides on its own people.
    """
    who = (await tx.execute(_WHO, {"company": company, "member": member})).first()
    if who is not None:
        await service.assess(
            tx,
            Point.LOGIN,
            Subject("member", member),
            LoginFacts(tries),
            organisation_id=company,
            title=who.name_latin,
            by=None,
        )
