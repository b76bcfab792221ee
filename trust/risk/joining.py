"""Who comes in: a company that has just joined, by whose domain its address is of; a member who signs in from farther
than anybody travels; passwords that are tried out."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import post
from app.core.i18n import format_exact
from app.core.subject import Subject
from trust.access import Permission
from trust.identity import queries as identity
from trust.risk import parties, service
from trust.risk.engine import Point
from trust.risk.facts_of_people import ArrivalFacts, JoiningFacts, LoginFacts
from trust.risk.holds import messages_of, payouts_of
from trust.risk.rules import mail

_WHO = text("""
    SELECT o.name_latin, o.sells, m.name, m.email, m.locale
      FROM organisation o JOIN member m ON m.id = :member AND m.organisation_id = o.id
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


async def look_at_arrival(tx: AsyncSession, company: UUID, member: UUID, facts: ArrivalFacts) -> None:
    """Judge a sign-in from another country. What it asks for, it asks of payouts alone; the member is told, and so is
    who minds the company's accounts. What else is grave asks in every new session for another proof of who it is.
    """
    who = (await tx.execute(_WHO, {"company": company, "member": member})).first()
    if who is None:
        return
    found = await service.assess(
        tx,
        Point.ARRIVAL,
        Subject("member", member),
        facts,
        organisation_id=company,
        title=who.name_latin,
        by=None,
        holds=payouts_of(company),
    )
    if found.until is None:
        return
    context = {"who": who.name, "before": facts.before, "after": facts.after, "minutes": facts.minutes}
    context |= {"until": format_exact(found.until) if who.sells else ""}
    readers = {who.email: (who.locale, who.name)}
    if who.sells:
        minders = await identity.members_to_notify(tx, company, Permission.MANAGE_BANK)
        readers |= {reader.email: (reader.locale, reader.name) for reader in minders}
    for email, (locale, name) in readers.items():
        await post.send(tx, to=email, locale=locale, template="far_sign_in", context=context | {"recipient": name})
