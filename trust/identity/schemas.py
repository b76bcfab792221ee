"""Shapes that cross the border: what identity takes in forms and JSON, and what it answers."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, model_validator

from app.core.errors import Invalid
from app.core.i18n import LOCALES, _
from app.core.money import Money, MoneyError
from app.core.security import ZONES
from trust.access import Permission, Role
from trust.identity import passwords, registration
from trust.identity.service.passkeys import Purpose

TEXT = 200
LONGEST_TOKEN = 100
LONGEST_CREDENTIAL = 20_000


def _email(typed: str) -> str:
    try:
        return validate_email(typed, check_deliverability=False, allow_smtputf8=False).normalized.lower()
    except EmailNotValidError:
        raise ValueError(_("Please enter an e-mail address, such as name@company.com.")) from None


def _password(typed: str) -> str:
    try:
        return passwords.acceptable(typed)
    except Invalid as error:
        raise ValueError(error.message) from None


def _line(typed: str) -> str:
    try:
        return registration.plain_text(typed)
    except Invalid as error:
        raise ValueError(error.message) from None


def _locale(typed: str) -> str:
    if typed not in LOCALES:
        raise ValueError(_("Please choose one of the offered values."))
    return typed


def _zone(typed: str) -> str:
    if typed not in ZONES:
        raise ValueError(_("Please choose one of the offered values."))
    return typed


def _many(typed: object) -> object:
    """A form with one box ticked sends one value, not a list."""
    return [typed] if isinstance(typed, str) else typed


Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
NewPassword = Annotated[str, Field(max_length=passwords.LONGEST), AfterValidator(_password)]
Password = Annotated[str, Field(max_length=passwords.LONGEST)]
Line = Annotated[str, Field(max_length=TEXT), AfterValidator(_line)]
PersonName = Annotated[str, Field(max_length=120), AfterValidator(_line)]
Token = Annotated[str, Field(max_length=LONGEST_TOKEN)]
Code = Annotated[str, Field(max_length=40)]
LocaleCode = Annotated[str, Field(max_length=20), AfterValidator(_locale)]
ZoneName = Annotated[str, Field(max_length=40), AfterValidator(_zone)]


class CompanyIn(BaseModel):
    country: str = Field(max_length=2)
    name_original: str = Field(max_length=TEXT)
    name_latin: str = Field("", max_length=TEXT)
    registration_number: str = Field(max_length=40)
    lei: str = Field("", max_length=40)
    phone: str = Field(max_length=40)
    address: str = Field(max_length=400)
    website: str = Field("", max_length=TEXT)
    buys: bool = False
    sells: bool = False


class FirstMemberIn(BaseModel):
    name: PersonName
    email: Email
    password: NewPassword


class RegistrationIn(BaseModel):
    """An empty half is read as one whose every field is missing, so that each of them is named."""

    company: CompanyIn
    member: FirstMemberIn
    agreed: str = Field("", max_length=200)
    """The ids of the agreements' versions that are accepted, with commas between."""

    @model_validator(mode="before")
    @classmethod
    def _both_halves(cls, data: Any) -> Any:
        return {"company": {}, "member": {}} | data if isinstance(data, dict) else data


class TokenIn(BaseModel):
    token: Token


class EmailIn(BaseModel):
    email: Email


def _parsed(typed: object) -> object:
    """A form sends a credential as text."""
    try:
        return json.loads(typed) if isinstance(typed, str) and len(typed) <= LONGEST_CREDENTIAL else typed
    except (ValueError, RecursionError):
        raise ValueError(_("This passkey was not accepted. Please try again, or use another way.")) from None


Credential = Annotated[dict[str, Any], BeforeValidator(_parsed)]
"""What the browser's `PublicKeyCredential` says as JSON (WebAuthn Level 3), or the same as text."""


class ChallengeIn(BaseModel):
    """What the passkey is asked for."""

    purpose: Purpose


class PasskeyIn(BaseModel):
    credential: Credential
    name: Annotated[str, Field(max_length=80), AfterValidator(_line)]


class PasskeySignInIn(BaseModel):
    credential: Credential
    next: str = Field("", max_length=2000)


class SignInIn(BaseModel):
    """`code` only where the member has a second step; a form asks for it on a page of its own."""

    email: str = Field(max_length=254)
    password: Password
    code: Code = ""
    next: str = Field("", max_length=2000)


class CodeIn(BaseModel):
    code: Code


class SecondStepIn(BaseModel):
    """A `code` of the authenticator or the recovery list, or a passkey's `credential`."""

    code: Code = ""
    credential: Credential | None = None
    next: str = Field("", max_length=2000)


class StepUpIn(BaseModel):
    """A passkey's `credential`; else a `code` where the member has an authenticator; else the `password`."""

    credential: Credential | None = None
    code: Code = ""
    password: Password = ""
    next: str = Field("", max_length=2000)


class ResetIn(BaseModel):
    token: Token
    password: NewPassword


class PasswordIn(BaseModel):
    current_password: Password
    password: NewPassword


class ApiKeyIn(BaseModel):
    label: Annotated[str, Field(max_length=80), AfterValidator(_line)]
    scopes: Annotated[list[Permission], BeforeValidator(_many), Field(max_length=len(Permission))] = []
    days: int = Field(90, ge=1, le=365)


class InvitationIn(BaseModel):
    email: Email
    roles: Annotated[list[Role], BeforeValidator(_many), Field(max_length=len(Role))] = []


class AcceptanceIn(BaseModel):
    token: Token
    name: PersonName
    password: NewPassword


class RolesIn(BaseModel):
    roles: Annotated[list[Role], BeforeValidator(_many), Field(max_length=len(Role))] = []


class SigningAuthorityIn(BaseModel):
    """The bounds of an authority to sign: no `limit` and no `until` is without bounds."""

    limit: str = Field("", max_length=30)
    limit_currency: str = Field("USD", max_length=3)
    until: date | None = None

    @property
    def money(self) -> Money | None:
        """Raises Invalid."""
        if not self.limit:
            return None
        try:
            amount = Money.of(self.limit, self.limit_currency)
        except MoneyError as error:
            raise Invalid(str(error), field="limit") from error
        if amount.minor <= 0:
            raise Invalid(_("The amount must be more than zero."), field="limit")
        return amount


class ProfileIn(BaseModel):
    phone: str = Field(max_length=40)
    website: str = Field("", max_length=TEXT)
    description: str = Field("", max_length=2000)
    buys: bool = False
    sells: bool = False


class PreferencesIn(BaseModel):
    name: PersonName
    locale: LocaleCode
    zone: ZoneName


class CheckMail(BaseModel):
    """The same answer whether or not anything was sent."""

    status: Literal["check_your_mail"] = "check_your_mail"


class SignedInOut(BaseModel):
    member_id: UUID
    name: str
    locale: str


class SessionOut(BaseModel):
    id: UUID
    device: str
    address: str
    created_at: datetime
    current: bool


class ApiKeyOut(BaseModel):
    id: UUID
    label: str
    hint: str
    scopes: list[Permission]
    created_at: datetime
    expires_at: datetime


class NewApiKeyOut(ApiKeyOut):
    """`key` is shown this once."""

    key: str


class RecoveryCodesOut(BaseModel):
    codes: list[str]


class PasskeyOut(BaseModel):
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


class PasskeyAddedOut(BaseModel):
    """`codes` are the recovery codes that came with the first passkey, shown this once."""

    id: UUID
    codes: list[str]


class SecurityOut(BaseModel):
    """`two_step`: a password alone does not let the member in; `authenticator`: codes are asked for."""

    two_step: bool
    authenticator: bool
    password: bool
    passkeys: list[PasskeyOut]
    recovery_codes_left: int
    stepped_up: bool
    sessions: list[SessionOut]
    api_keys: list[ApiKeyOut]


class MemberOut(BaseModel):
    id: UUID
    name: str
    email: str
    roles: list[Role]
    two_step: bool
    created_at: datetime


class InvitationOut(BaseModel):
    id: UUID
    email: str
    roles: list[Role]
    invited_by: str
    created_at: datetime
    expires_at: datetime


class TeamOut(BaseModel):
    members: list[MemberOut]
    invitations: list[InvitationOut]


class CompanyOut(BaseModel):
    """`closes_at`: it leaves, not before then; `left_at`: since when it is gone."""

    id: UUID
    slug: str
    name_original: str
    name_latin: str
    country: str
    registration_kind: str
    registration_number: str
    lei: str
    address: str
    phone: str
    website: str
    description: str
    level: int
    state: str
    buys: bool
    sells: bool
    closes_at: datetime | None
    left_at: datetime | None


class PreferencesOut(BaseModel):
    name: str
    email: str
    locale: str
    zone: str
