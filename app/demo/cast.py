"""Who is there: the platform's staff, and companies as they join, hand in their papers and are verified again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.crypto import Vault
from app.core.jobs import JobContext
from app.core.subject import Subject
from app.demo.papers import paper
from app.demo.people import Organisation, Person
from app.demo.rulebook import accepted, open_rule_book
from app.demo.statements import stated
from app.demo.timeline import DAY, Errands, Story
from orders.contracts.sealing import PlatformSigner, Signer
from trust.access import Member, Role
from trust.identity import passwords, sessions
from trust.identity.registration import Claim, Company, company
from trust.identity.service import joining
from trust.reviews import queries as desk
from trust.reviews import service as reviews
from trust.reviews.events import Verdict
from trust.verification import service as verification
from trust.verification.claims import Typed
from trust.verification.facts import DocumentKind
from trust.verification.papers import Paper, keep_papers
from trust.verification.service import Handed

PASSWORD = "three lanterns at dusk"  # noqa: S105  everybody's in the demo world, printed at its start
VERIFIED, PENDING, CONTACT, RESTRICTED = "verified", "pending", "contact", "restricted"
"""Standings of a company. Who is restricted was verified once, and its facts have lapsed."""
NEWS = 2 * DAY
"""Letters of so long ago are kept, for those who look at what the platform wrote to them."""
AS_BEFORE = Handed(Typed(), unchanged=True)
SECOND_CLERK = Person("Fiona Marsh", "fiona.marsh@portolan.example", (Role.FINANCE_STAFF.value,), "en")
"""Money needs two pairs of eyes."""
PLATFORM = Claim(
    country="SG",
    name_original="Portolan Marketplace Operations Pte. Ltd.",
    name_latin="Portolan Marketplace Operations Pte. Ltd.",
    registration_number="202600118K",
    lei="",
    phone="+6562240118",
    address="18 Harbourfront Walk, Singapore 098118",
    website="https://www.portolan.example",
    buys=True,
    sells=False,
)


@dataclass(frozen=True)
class Firm:
    """A company that has joined: its seed, its id, and the member for each role."""

    seed: Organisation
    id: UUID
    people: dict[Role, UUID]


@dataclass
class Stage:
    """What every story needs: the services' surroundings, chance, and who has joined so far."""

    ctx: JobContext
    errands: Errands
    vault: Vault
    signer: Signer
    chance: Random
    now: datetime
    password_hash: str
    staff: dict[Role, list[UUID]] = field(default_factory=dict)
    firms: dict[str, Firm] = field(default_factory=dict)

    @classmethod
    async def set_up(cls, ctx: JobContext, now: datetime, seed: int) -> "Stage":
        secret = ctx.settings.secret_key.get_secret_value()
        chance = Random(seed)  # noqa: S311  a reproducible world, no secrets
        hashed = await passwords.hashed(PASSWORD)
        return cls(ctx, Errands(ctx, now - NEWS), ctx.settings.vault, PlatformSigner(secret), chance, now, hashed)

    async def member(self, tx: AsyncSession, firm: Firm, role: Role) -> Member:
        """Who does this work in the company, as the services know a member."""
        return await sessions.acting(tx, firm.people.get(role, firm.people[Role.OWNER]))

    async def clerk(self, tx: AsyncSession, role: Role, number: int = 0) -> Member:
        """A member of the platform's staff."""
        return await sessions.acting(tx, self.staff[role][number])

    def days(self, least: float, most: float) -> timedelta:
        """Some time between `least` and `most` days, to the minute."""
        return timedelta(minutes=self.chance.randint(round(least * 1440), round(most * 1440)))

    async def decide(self, subject: Subject, *, verdict: Verdict, reason: str = "") -> None:
        """A moderator takes an item from the queue and decides it."""
        async with self.ctx.db.transaction() as tx:
            by = await self.clerk(tx, Role.MODERATOR)
            review = await desk.pending(tx, subject)
            if review is None:
                raise LookupError(f"nobody is asked about {subject}")
            await reviews.claim(tx, review.id, by=by)
            await reviews.decide(tx, review.id, verdict=verdict, reason=reason, by=by)


async def open_platform(stage: Stage, people: tuple[Person, ...]) -> None:
    """The organisation that runs this installation, with its staff."""
    first, *others = (*people, SECOND_CLERK)
    async with stage.ctx.db.transaction() as tx:
        joined = await joining.establish(
            tx, company(PLATFORM), _person(stage, first), roles=_roles(first), is_platform=True
        )
        stage.staff.setdefault(_roles(first)[0], []).append(joined.member_id)
        for person in others:
            member_id = await joining.add_member(
                tx, joined.organisation_id, _person(stage, person), _roles(person), by=joined.member_id
            )
            stage.staff.setdefault(_roles(person)[0], []).append(member_id)
        await open_rule_book(tx, stage.ctx.settings, await stage.clerk(tx, Role.ADMIN))


def _person(stage: Stage, person: Person) -> joining.Person:
    return joining.Person(person.name, person.email, stage.password_hash, person.locale)


def _roles(person: Person) -> tuple[Role, ...]:
    return tuple(Role(role) for role in person.roles)


def claim(seed: Organisation) -> Company:
    """The company as it registers, checked as on the registration page."""
    return company(
        Claim(
            country=seed.country,
            name_original=seed.name_original,
            name_latin=seed.name_latin,
            registration_number=seed.number,
            lei="",
            phone=seed.phone,
            address=seed.address,
            website=seed.website,
            buys=seed.buys,
            sells=seed.sells,
        )
    )


async def join(stage: Stage, seed: Organisation, since: datetime) -> Story:
    """A company registers, brings its people, and is verified as far and as often as its standing says."""
    yield since
    async with stage.ctx.db.transaction() as tx:
        first, *others = seed.members
        given = await accepted(tx, seed)
        joined = await joining.establish(tx, claim(seed), _person(stage, first), roles=_roles(first), consent=given)
        people = dict.fromkeys(_roles(first), joined.member_id)
        for person in others:
            member_id = await joining.add_member(
                tx, joined.organisation_id, _person(stage, person), _roles(person), by=joined.member_id
            )
            people |= dict.fromkeys(_roles(person), member_id)
    firm = stage.firms[seed.key] = Firm(seed, joined.organisation_id, people)
    if seed.standing == CONTACT:
        return
    yield since + stage.days(0.2, 1)
    request_id = await _hand_in(stage, firm)
    if seed.standing == PENDING:
        return
    confirmed = since + stage.days(1.1, 2)
    yield confirmed
    await stage.decide(Subject("verification_request", request_id), verdict=Verdict.ACCEPT)
    while seed.standing == VERIFIED and (due := confirmed + stage.days(154, 172)) < stage.now - DAY:
        yield due
        async with stage.ctx.db.transaction() as tx:
            by = await stage.member(tx, firm, Role.OWNER)
            request_id = await verification.submit(tx, stage.vault, AS_BEFORE, by=by)
        confirmed = due + stage.days(0.1, 0.8)
        yield confirmed
        await stage.decide(Subject("verification_request", request_id), verdict=Verdict.ACCEPT)


async def _hand_in(stage: Stage, firm: Firm) -> UUID:
    seed = firm.seed
    said = [seed.name_original, seed.name_latin, seed.number, seed.address]
    title = "营业执照 Business licence" if seed.country == "CN" else "Extract from the register of companies"
    data = paper(title, said, font_dir=stage.ctx.settings.font_dir)
    papers = [Paper(DocumentKind.LICENCE, f"licence-{seed.key}.pdf", data)]
    kept = await keep_papers(stage.ctx.files, stage.vault, firm.id, papers)

    async with stage.ctx.db.transaction() as tx:
        by = await stage.member(tx, firm, Role.OWNER)
        return await verification.submit(tx, stage.vault, Handed(stated(seed), kept), by=by)
