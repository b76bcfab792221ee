"""Who issues the invoices for the platform's fees, from `PORTOLAN_ISSUER_*` environment variables."""

from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.config import Settings


class IssuerSettings(BaseSettings):
    """The platform's operator as it stands on its invoices. Without a name no invoices are made in production.

    series  what its numbers begin with; another issuer takes another
    """

    model_config = SettingsConfigDict(env_prefix="PORTOLAN_ISSUER_", extra="ignore", frozen=True)

    series: str = "PF"
    name: str = ""
    name_latin: str = ""
    address: str = ""
    country: str = ""
    registration: str = ""
    tax_id: str = ""


SPECIMEN = IssuerSettings(
    name="Portolan Specimen (no real company)",
    name_latin="Portolan Specimen (no real company)",
    address="1 Specimen Quay, Shanghai",
    country="CN",
    registration="SPECIMEN-0000",
    tax_id="SPECIMEN-0000",
)


def issuer(settings: Settings) -> IssuerSettings | None:
    """The configured issuer; outside production a specimen stands in for a missing one."""
    found = IssuerSettings()
    if found.name:
        return found
    return None if settings.production else SPECIMEN
