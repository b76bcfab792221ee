"""The platform's own bank account, from `PORTOLAN_BANK_*` environment variables."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.config import Settings


class BankSettings(BaseSettings):
    """Where buyers' transfers go. Empty in production: the bank rail is not offered."""

    model_config = SettingsConfigDict(env_prefix="PORTOLAN_BANK_", extra="ignore", frozen=True)

    holder: str = ""
    name: str = ""
    iban: str = ""
    bic: str = ""


SPECIMEN = BankSettings(
    holder="Portolan Specimen (no real account)",
    name="Specimen Bank",
    iban="DE89370400440532013000",  # the IBAN registry's own example
    bic="COBADEFFXXX",
)


def platform_account(settings: Settings) -> BankSettings | None:
    """The configured account; outside production a specimen stands in for a missing one."""
    account = BankSettings()
    if account.iban:
        return account
    return None if settings.production else SPECIMEN
