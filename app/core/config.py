"""Settings: every `PORTOLAN_*` environment variable, its meaning and default. Documented again in `.env.example`."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.crypto import Vault
from app.core.money import exponent

DEVELOPMENT_SECRET = "portolan-development-secret-do-not-deploy"  # noqa: S105  refused in production, see below
WEAKEST = 32
"""Characters of a secret in production."""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PORTOLAN_", extra="ignore", frozen=True)

    environment: Literal["development", "test", "production"] = "development"
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    """Signs cookies and tokens; derives the keys of the certificate authority, and those below where they are empty.
    32 characters or more in production."""
    vault_keys: tuple[SecretStr, ...] = ()
    """Seal fields and files: the first seals, the others only open what was sealed before. Empty: the secret key."""
    mark_key: SecretStr = SecretStr("")
    """Under which what lies sealed is recognised again; it never changes. Empty: the secret key."""
    data_dir: Path = Path(".data")
    base_url: str = "http://localhost:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    web_processes: int = 2
    log_format: Literal["console", "json"] = "console"

    database_url: str = "postgresql+asyncpg://portolan_app@localhost/portolan"
    """The application's role: reads and writes rows, owns nothing."""
    migration_database_url: str = "postgresql+asyncpg://portolan_owner@localhost/portolan"
    """The owner's role: used by `portolan migrate` and `portolan keys reseal` alone."""
    database_pool: int = 10
    redis_url: str = ""
    """The job doorbell. Empty or unreachable: jobs still run, found by the worker's own sweep."""

    font_dir: Path = Path(__file__).resolve().parent.parent / "static" / "fonts"
    """Noto Sans SC, regular and bold: what documents are set in."""

    storage_url: str = ""
    """`file:///path` or `s3://bucket?endpoint=…&region=…`; empty keeps files under the data directory."""
    read_pictures: bool = True
    """Whether the worker reads what is written in pictures; where it does not, they wait to be read."""
    smtp_url: str = ""
    """`smtp://user:password@host:587?starttls=1`; empty in development keeps mail readable at /dev/mail."""
    mail_from: str = "Portolan <no-reply@portolan.example>"

    answers_domain: str = ""
    """The domain whose mail is answers to ours: `reply.example.com`. Empty: letters are not answered by mail. The two
    below are needed with it."""
    answers_authority: str = ""
    """The name under which the mail server of that domain writes what it found out about a sender (authserv-id)."""
    answers_secret: SecretStr = SecretStr("")
    """With which that server brings letters to `POST /mail/incoming`."""

    meilisearch_url: str = ""
    """Empty: the PostgreSQL index."""
    meilisearch_key: SecretStr = SecretStr("")

    clickhouse_url: str = ""
    """`https://user:password@host:8443/database`, where events of page views lie; empty: in PostgreSQL."""

    stripe_api_base: str = ""
    """Empty: Stripe itself; set to the sandbox's address in development and tests."""
    stripe_secret_key: SecretStr = SecretStr("sk_test_sandbox")
    stripe_webhook_secret: SecretStr = SecretStr("whsec_sandbox")
    stripe_publishable_key: str = ""

    pkcs11_module: Path | None = None
    """The library (.so) of a token that has the keys of the certificate authority. None: they are derived from the
    secret key."""
    pkcs11_token: str = ""
    """The token's label."""
    pkcs11_pin: SecretStr = SecretStr("")
    """Its user PIN."""
    former_authorities: Path | None = None
    """What authorities that this installation had before left behind (PEM), as `portolan keys retire` writes it."""

    trusted_roots: Path | None = None
    """Roots (PEM) that are believed of certificates which signatories bring; no signature needs one."""

    timestamp_urls: tuple[str, ...] = ()
    """Timestamp authorities (RFC 3161), asked in this order; `https://user:password@host/path` for basic
    authentication. None: the installation's own two, whose time is this machine's."""
    timestamp_roots: Path | None = None
    """Roots (PEM) of these authorities."""

    platform_fee_bps: int = 150
    """Basis points of each released milestone; frozen into every signed contract."""
    rules_notice_days: int = Field(30, ge=7)
    """For how long a changed rule is public before it is in force; seven days is what the law asks for."""
    reporting_currency: str = "CNY"
    """In which the platform reports; the rate to it is recorded with every contract that takes effect."""
    reporting_zone: str = "Asia/Shanghai"
    """Where the platform's days and months begin: of rates, statements and invoices."""
    networks: Path | None = None
    """A folder with what is to be known of networks in place of what is shipped: country-ipv4.csv and country-ipv6.csv
    (`first,last,CC` of whole numbers), data-centres.txt (a network a line; none is shipped)."""

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def vault(self) -> Vault:
        first, *older = [key.get_secret_value() for key in self.vault_keys or (self.secret_key,)]
        marking = self.mark_key if self.mark_key.get_secret_value() else self.secret_key
        return Vault(first, older=older, marking=marking.get_secret_value())

    @property
    def files_url(self) -> str:
        return self.storage_url or f"file://{(self.data_dir / 'files').resolve()}"

    @field_validator("vault_keys")
    @classmethod
    def _different_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        said = [key.get_secret_value() for key in keys]
        if not all(said):
            raise ValueError("PORTOLAN_VAULT_KEYS has an empty key")
        if len(set(said)) < len(said):
            raise ValueError("PORTOLAN_VAULT_KEYS names a key twice")
        return keys

    @field_validator("reporting_currency")
    @classmethod
    def _a_currency(cls, code: str) -> str:
        exponent(code)
        return code

    @field_validator("timestamp_urls")
    @classmethod
    def _addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError("PORTOLAN_TIMESTAMP_URLS is a JSON list of addresses that begin with https or http")
            if parts.password and parts.scheme != "https":
                raise ValueError("PORTOLAN_TIMESTAMP_URLS: a password is sent over https alone")
        return urls

    @model_validator(mode="after")
    def _whole_answers(self) -> Self:
        if self.answers_domain and not self.answers_authority:
            raise ValueError("PORTOLAN_ANSWERS_DOMAIN needs PORTOLAN_ANSWERS_AUTHORITY: whose findings to believe")
        if self.production and self.answers_secret.get_secret_value() and _weak(self.answers_secret):
            raise ValueError("PORTOLAN_ANSWERS_SECRET must be at least 32 characters")
        return self

    @model_validator(mode="after")
    def _roots_of_timestamps(self) -> Self:
        if self.timestamp_urls and self.timestamp_roots is None:
            raise ValueError("PORTOLAN_TIMESTAMP_URLS needs PORTOLAN_TIMESTAMP_ROOTS: whom to believe")
        return self

    @model_validator(mode="after")
    def _a_whole_token(self) -> Self:
        given = {
            "PORTOLAN_PKCS11_MODULE": self.pkcs11_module is not None,
            "PORTOLAN_PKCS11_TOKEN": bool(self.pkcs11_token),
            "PORTOLAN_PKCS11_PIN": bool(self.pkcs11_pin.get_secret_value()),
        }
        missing = [name for name, there in given.items() if not there]
        if 0 < len(missing) < len(given):
            raise ValueError(f"a token needs {' and '.join(missing)} too")
        return self

    @field_validator("reporting_zone")
    @classmethod
    def _a_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"unknown time zone {zone!r}")
        return zone

    @model_validator(mode="after")
    def _no_development_secrets_in_production(self) -> Self:
        if not self.production:
            return self
        faults = {
            "PORTOLAN_SECRET_KEY must be your own, at least 32 characters": _weak(self.secret_key),
            "PORTOLAN_VAULT_KEYS must be your own, at least 32 characters each": any(map(_weak, self.vault_keys)),
            "PORTOLAN_MARK_KEY must be your own, at least 32 characters": bool(self.mark_key.get_secret_value())
            and _weak(self.mark_key),
            "PORTOLAN_STRIPE_SECRET_KEY is the sandbox's": self.stripe_secret_key.get_secret_value()
            == "sk_test_sandbox",
            "PORTOLAN_STRIPE_WEBHOOK_SECRET is the sandbox's": self.stripe_webhook_secret.get_secret_value()
            == "whsec_sandbox",
            "PORTOLAN_STRIPE_API_BASE points away from Stripe": bool(self.stripe_api_base),
            "PORTOLAN_SMTP_URL is empty: nobody would get mail": not self.smtp_url,
            "PORTOLAN_BASE_URL must be https": not self.base_url.startswith("https://"),
        }
        wrong = [sentence for sentence, is_so in faults.items() if is_so]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


def _weak(key: SecretStr) -> bool:
    said = key.get_secret_value()
    return said == DEVELOPMENT_SECRET or len(said) < WEAKEST
