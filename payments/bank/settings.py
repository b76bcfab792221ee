"""The platform's own bank account, from `PORTOLAN_BANK_*` environment variables."""

from decimal import Decimal

from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.config import Settings
from app.core.money import Money

LIMITS = {
    "USD": Decimal(10_000),
    "EUR": Decimal(10_000),
    "CNY": Decimal(70_000),
    "GBP": Decimal(8_000),
    "HKD": Decimal(80_000),
    "JPY": Decimal(1_500_000),
}


class BankSettings(BaseSettings):
    """Where buyers' transfers go. Empty in production: the bank rail is not offered.

    currencies  in which the account is kept: one statement each
    limits      the highest amount of each currency, in major units, that a statement books without a person; a
                currency that is not named here always waits for one
    """

    model_config = SettingsConfigDict(env_prefix="PORTOLAN_BANK_", extra="ignore", frozen=True)

    holder: str = ""
    name: str = ""
    iban: str = ""
    bic: str = ""
    currencies: tuple[str, ...] = ("USD", "EUR", "CNY", "GBP", "HKD", "JPY")
    limits: dict[str, Decimal] = LIMITS

    @property
    def limits_minor(self) -> dict[str, int]:
        """The limits in minor units."""
        return {currency: Money.of(limit, currency).minor for currency, limit in self.limits.items()}


SPECIMEN = {
    "holder": "Portolan Specimen (no real account)",
    "name": "Specimen Bank",
    "iban": "DE89370400440532013000",  # the IBAN registry's own example
    "bic": "COBADEFFXXX",
}


def platform_account(settings: Settings) -> BankSettings | None:
    """The configured account; outside production a specimen stands in for a missing one."""
    account = BankSettings()
    if account.iban:
        return account
    return None if settings.production else account.model_copy(update=SPECIMEN)
