"""A company joins: it applies, its first member answers the letter, and only then does it exist."""

import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock, crypto, outbox, post
from app.core.i18n import _
from trust.access import Role
from trust.identity import passwords
from trust.identity.errors import AlreadyRegistered, LinkSpent
from trust.identity.events import OrganisationRegistered
from trust.identity.models import MemberRow, Organisation, Registration
from trust.identity.registration import Company, Kind, slug_of
from trust.identity.service.authority import follow_roles
from trust.identity.service.notices import audit
from trust.identity.service.standing import raise_level
from trust.rules import accepting
from trust.rules.accepting import Consent

LINK_LIFETIME = timedelta(hours=48)
CONTACT_CONFIRMED = 1


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is about to become a member. `email` is lower-case."""

    name: str
    email: str
    password_hash: str
    locale: str


@dataclass(frozen=True, slots=True)
class Joined:
    organisation_id: UUID
    member_id: UUID


@dataclass(frozen=True, slots=True)
class Applied:
    """What the confirmation page shows of an application."""

    company: str
    country: str
    number: str
    person: str
    email: str


async def apply(
    tx: AsyncSession,
    company: Company,
    *,
    name: str,
    email: str,
    password: str,
    locale: str,
    consent: Consent | None = None,
) -> None:
    """Send a letter to `email`: with a link to confirm, or, to somebody who is a member already, to say so.

    The asker sees no difference, and nothing is registered yet. Raises AlreadyRegistered when a company has this
    number: numbers are public, so this tells nothing.
    """
    password_hash = await passwords.hashed(password)
    if await _number_taken(tx, company):
        raise _already_registered()
    if await email_taken(tx, email):
        await post.send(
            tx, to=email, locale=locale, template="already_registered", context={"company": company.name_latin}
        )
        return
    token = crypto.new_token()
    tx.add(
        Registration(
            mark=crypto.mark(token),
            company=asdict(company),
            name=name,
            email=email,
            password_hash=password_hash,
            locale=locale,
            expires_at=clock.now() + LINK_LIFETIME,
            consent=consent.data() if consent else None,
        )
    )
    context = {"recipient": name, "company": company.name_latin, "token": token}
    await post.send(tx, to=email, locale=locale, template="confirm_email", context=context)


async def applied(tx: AsyncSession, token: str) -> Applied:
    """What a good link would confirm. Raises LinkSpent."""
    row = await _open(tx, token)
    return Applied(row.company["name_original"], row.company["country"], row.company["number"], row.name, row.email)


async def confirm(tx: AsyncSession, token: str) -> Joined:
    """The link was followed: company and owner exist from now on, the contact confirmed (level 1).

    Locks the application. Raises LinkSpent, and AlreadyRegistered when another application with this number was
    confirmed first.
    """
    row = await _open(tx, token, lock=True)
    row.used_at = clock.now()
    company = Company(**{**row.company, "kind": Kind(row.company["kind"])})
    if await _number_taken(tx, company):
        raise _already_registered()
    if await email_taken(tx, row.email):
        raise LinkSpent(_("This e-mail address belongs to an account already. Please sign in."))
    person = Person(row.name, row.email, row.password_hash, row.locale)
    return await establish(tx, company, person, consent=Consent.of(row.consent) if row.consent else None)


async def establish(
    tx: AsyncSession,
    company: Company,
    first: Person,
    *,
    roles: tuple[Role, ...] = (Role.OWNER,),
    is_platform: bool = False,
    consent: Consent | None = None,
) -> Joined:
    """Write down a company and its first member, whose address is known to be theirs.

    consent      the agreements that this member has accepted for it
    is_platform  the organisation that runs this installation; its members have staff roles
    raises       AlreadyRegistered
    """
    organisation = Organisation(
        slug=await _free_slug(tx, company.name_latin),
        name_original=company.name_original,
        name_latin=company.name_latin,
        country=company.country,
        registration_kind=company.kind,
        registration_number=company.number,
        lei=company.lei,
        address=company.address,
        phone=company.phone,
        website=company.website,
        buys=company.buys,
        sells=company.sells,
        is_platform=is_platform,
    )
    tx.add(organisation)
    try:
        await tx.flush()
        member_id = await add_member(tx, organisation.id, first, roles)
    except IntegrityError as error:
        raise _already_registered() from error
    audit(tx, organisation.id, member_id, "registered", number=company.number)
    await outbox.publish(tx, OrganisationRegistered(organisation.id, member_id))
    if consent is not None:
        await accepting.record(tx, consent, organisation_id=organisation.id, member_id=member_id, way="registration")
    await raise_level(tx, organisation.id, CONTACT_CONFIRMED, by=member_id)
    return Joined(organisation.id, member_id)


async def add_member(
    tx: AsyncSession, organisation_id: UUID, person: Person, roles: tuple[Role, ...], *, by: UUID | None = None
) -> UUID:
    """A new member of an existing company. Raises IntegrityError when the address has been taken meanwhile.

    by  who gave them these roles; None for a company's first member, who is responsible for themselves
    """
    member = MemberRow(
        organisation_id=organisation_id,
        name=person.name,
        email=person.email,
        email_confirmed_at=clock.now(),
        password_hash=person.password_hash,
        roles=[role.value for role in roles],
        locale=person.locale,
    )
    tx.add(member)
    await tx.flush()
    await follow_roles(tx, organisation_id, member.id, roles, by=by or member.id)
    return member.id


async def email_taken(tx: AsyncSession, email: str) -> bool:
    return bool(await tx.scalar(select(exists().where(MemberRow.email == email, MemberRow.removed_at.is_(None)))))


async def _number_taken(tx: AsyncSession, company: Company) -> bool:
    return bool(
        await tx.scalar(
            select(
                exists().where(
                    Organisation.country == company.country,
                    Organisation.registration_kind == company.kind,
                    Organisation.registration_number == company.number,
                )
            )
        )
    )


def _already_registered() -> AlreadyRegistered:
    return AlreadyRegistered(_("This company is registered already. Ask its owner for an invitation."))


async def _open(tx: AsyncSession, token: str, *, lock: bool = False) -> Registration:
    query = select(Registration).where(
        Registration.mark == crypto.mark(token),
        Registration.used_at.is_(None),
        Registration.expires_at > clock.now(),
    )
    row = await tx.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise LinkSpent(_("This link was used already or has expired. Please sign in, or register again."))
    return row


async def _free_slug(tx: AsyncSession, name: str) -> str:
    slug = slug_of(name)
    taken = await tx.scalar(select(exists().where(Organisation.slug == slug)))
    return f"{slug}-{secrets.token_hex(3)}" if taken else slug
