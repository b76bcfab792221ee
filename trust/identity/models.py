"""Tables of identity: companies, their members, and everything by which a member proves to be one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, Boolean, CheckConstraint, Date, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.columns import created, jsonb, moment, money, pk, ref
from app.core.db import Base
from app.core.money import Money
from app.core.states import Stateful
from trust.identity.states import MOVES, OrganisationState


class Organisation(Stateful, Base):
    """A company (or the platform itself). Names are the registered ones; verification alone sets `level` and
    `lapsed_at`.

    lapsed_at  since then its verification has been over for so long that it publishes nothing new
    bound      the restrictions in force, as `trust.access.binding` reads them, written by the trigger on `restriction`
    closes_at  it is leaving, and says so until then at least; left_at: since then it is gone; both written by the
               trigger on `departure`
    """

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("level BETWEEN 0 AND 3", name="level"),
        CheckConstraint("state IN ('active', 'on_holiday')", name="state"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        Index(
            "uq_organisation_registration",
            "country",
            "registration_kind",
            "registration_number",
            unique=True,
        ),
        Index(
            "ix_organisation_name_trgm",
            "name_latin",
            postgresql_using="gin",
            postgresql_ops={"name_latin": "gin_trgm_ops"},
        ),
    )
    MOVES = MOVES
    SUBJECT = "organisation"

    id: Mapped[UUID] = pk()
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name_original: Mapped[str] = mapped_column(String(200))
    name_latin: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(CHAR(2))
    registration_kind: Mapped[str] = mapped_column(String(20))
    registration_number: Mapped[str] = mapped_column(String(40))
    lei: Mapped[str] = mapped_column(String(20), default="")
    address: Mapped[str] = mapped_column(String(400), default="")
    phone: Mapped[str] = mapped_column(String(20), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    description: Mapped[str] = mapped_column(String(2000), default="")
    buys: Mapped[bool] = mapped_column(Boolean, default=True)
    sells: Mapped[bool] = mapped_column(Boolean, default=False)
    is_platform: Mapped[bool] = mapped_column(Boolean, default=False)
    level: Mapped[int] = mapped_column(SmallInteger, default=0)
    lapsed_at: Mapped[datetime | None] = moment(nullable=True)
    state: Mapped[OrganisationState] = mapped_column(String(20), default=OrganisationState.ACTIVE)
    bound: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    closes_at: Mapped[datetime | None] = moment(nullable=True)
    left_at: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()


class MemberRow(Base):
    """A person acting for one organisation. Emails are stored lower-cased; an address belongs to one member at most,
    and is free again when that member has left."""

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        Index("uq_member_email", "email", unique=True, postgresql_where=text("removed_at IS NULL")),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    email_confirmed_at: Mapped[datetime | None] = moment(nullable=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    locale: Mapped[str] = mapped_column(String(10), default="en")
    zone: Mapped[str] = mapped_column(String(40), default="UTC")
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed_at: Mapped[datetime | None] = moment(nullable=True)
    totp_last_step: Mapped[int | None]
    removed_at: Mapped[datetime | None] = moment(nullable=True)
    created_at: Mapped[datetime] = created()


class SessionRow(Base):
    """A signed-in browser, found by the mark of its cookie. `device` is the mark of the browser's visitor cookie.

    `country` is that of its address, "" where that is not known or a data centre has it; no place is kept.
    `stepped_up_by` is how its member last proved who they are: see `trust.identity.service.step_up.Means`.
    """

    __tablename__ = "session"

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id")
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    device: Mapped[bytes] = mapped_column(LargeBinary(32), default=b"")
    country: Mapped[str] = mapped_column(String(2), default="", server_default="")
    created_at: Mapped[datetime] = created()
    expires_at: Mapped[datetime] = moment()
    stepped_up_at: Mapped[datetime | None] = moment(nullable=True)
    stepped_up_by: Mapped[str] = mapped_column(String(20), default="", server_default="")
    ended_at: Mapped[datetime | None] = moment(nullable=True)


class ApiKey(Base):
    """A program's way in: shown once, kept as a mark, never wider than its member's own permissions."""

    __tablename__ = "api_key"

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id")
    label: Mapped[str] = mapped_column(String(80))
    hint: Mapped[str] = mapped_column(String(16))
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(30)))
    created_at: Mapped[datetime] = created()
    expires_at: Mapped[datetime] = moment()
    revoked_at: Mapped[datetime | None] = moment(nullable=True)


class Invitation(Base):
    """An offer to join an organisation, sent to one address."""

    __tablename__ = "invitation"

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    invited_by: Mapped[UUID] = ref("member.id")
    email: Mapped[str] = mapped_column(String(254))
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = created()
    expires_at: Mapped[datetime] = moment()
    accepted_at: Mapped[datetime | None] = moment(nullable=True)
    withdrawn_at: Mapped[datetime | None] = moment(nullable=True)


class Registration(Base):
    """A company that asked to join and has not yet answered the letter to its first member's address.

    Nothing of it counts before: it holds no number, no address and no name against anybody.
    """

    __tablename__ = "registration"

    id: Mapped[UUID] = pk()
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    company: Mapped[dict[str, Any]] = jsonb()
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str] = mapped_column(String(200))
    locale: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = created()
    expires_at: Mapped[datetime] = moment()
    used_at: Mapped[datetime | None] = moment(nullable=True)
    consent: Mapped[dict[str, Any] | None] = jsonb(nullable=True)
    """Which agreements were accepted: `versions` (ids), `locale`, `address`, `at`."""


class OneTimeToken(Base):
    """Lets its bearer do one thing, once and for a limited time: see `Purpose` in trust.identity.tokens."""

    __tablename__ = "one_time_token"

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id")
    purpose: Mapped[str] = mapped_column(String(20))
    mark: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime] = created()
    expires_at: Mapped[datetime] = moment()
    used_at: Mapped[datetime | None] = moment(nullable=True)


class RecoveryCode(Base):
    """A way past a lost authenticator, good once."""

    __tablename__ = "recovery_code"

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id")
    mark: Mapped[bytes] = mapped_column(LargeBinary(32))
    used_at: Mapped[datetime | None] = moment(nullable=True)


class Passkey(Base):
    """A key pair at a member's authenticator (WebAuthn Level 3); we keep its public half, in COSE.

    `sign_count` is the authenticator's own count of uses; most that copy their keys between devices keep it at 0.
    One that is removed opens nothing any more, and stays: old signatures were given with it.
    """

    __tablename__ = "passkey"

    id: Mapped[UUID] = pk()
    member_id: Mapped[UUID] = ref("member.id")
    name: Mapped[str] = mapped_column(String(80))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    transports: Mapped[list[str]] = mapped_column(ARRAY(String(20)))
    created_at: Mapped[datetime] = created()
    last_used_at: Mapped[datetime | None] = moment(nullable=True)
    removed_at: Mapped[datetime | None] = moment(nullable=True)


class PasskeyChallenge(Base):
    """What an authenticator was asked to sign, found by its mark: once, for one purpose, by one browser.

    `member_id` is who was asked; nobody yet where the passkey itself says who signs in. `browser` is the mark of the
    cookie that the asking browser is known by.
    """

    __tablename__ = "passkey_challenge"

    mark: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[UUID | None] = ref("member.id", nullable=True)
    browser: Mapped[bytes] = mapped_column(LargeBinary(32))
    expires_at: Mapped[datetime] = moment()


class SigningAuthority(Base):
    """That a member may sign for their company: who granted it, when, up to what amount, until when (included).

    One is in force for a member at most; another takes its place, and nothing of it changes but that it ends.
    """

    __tablename__ = "signing_authority"
    __table_args__ = (
        Index("uq_signing_authority_in_force", "member_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("(limit_minor IS NULL) = (limit_currency IS NULL) AND limit_minor > 0", name="limit"),
    )

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id")
    member_id: Mapped[UUID] = ref("member.id", index=False)
    granted_by: Mapped[UUID] = ref("member.id", index=False)
    limit: Mapped[Money | None] = money("limit", nullable=True)
    until: Mapped[date | None] = mapped_column(Date)
    granted_at: Mapped[datetime] = created()
    ended_at: Mapped[datetime | None] = moment(nullable=True)


class AuditEntry(Base):
    """Who did what to whom, with what was before and after. Insert-only."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_organisation", "organisation_id", "id"),)

    id: Mapped[UUID] = pk()
    organisation_id: Mapped[UUID] = ref("organisation.id", index=False)
    member_id: Mapped[UUID | None] = mapped_column()
    action: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = jsonb()
    at: Mapped[datetime] = moment()
