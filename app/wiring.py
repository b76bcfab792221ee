"""Composition: which adapter stands behind which protocol, and which handler listens to which event."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pkgutil import resolve_name

from pyhanko.sign.timestamps import TimeStamper

from app.core.config import Settings
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.mail import KeptMailer, Mailer, SmtpMailer
from app.core.signing.authority import Authority, certificates
from app.core.signing.former import former
from app.core.signing.keys import LocalKeys, SignerBackend
from app.core.signing.outside import HttpTimestamps
from app.core.signing.timestamps import timestampers
from app.core.spool import SpooledFiles
from app.core.storage import FileStore, LocalFiles, from_url
from listings.search.index import SearchIndex
from listings.search.postgres import PostgresIndex
from payments.gateway import Gateway
from payments.stripe import StripeGateway
from trust.identity.sessions import authenticate

__all__ = ["authenticate", "job_context", "mailer"]

LISTENING = (
    "app.core.idempotency",
    "app.core.limits",
    "app.core.post",
    "app.core.publishing",
    "app.core.spool",
    "listings.handlers",
    "listings.sweeping",
    "listings.imports.jobs",
    "listings.search.jobs",
    "trust.cases.jobs",
    "trust.credit.handlers",
    "trust.credit.jobs",
    "trust.goods.handlers",
    "trust.goods.jobs",
    "trust.identity.jobs",
    "trust.identity.rule_news",
    "trust.privacy.jobs",
    "trust.rules.jobs",
    "trust.restrictions.jobs",
    "trust.screening.jobs",
    "trust.rights.jobs",
    "trust.rights.telling",
    "trust.risk.handlers",
    "trust.risk.jobs",
    "trust.verification.handlers",
    "trust.verification.jobs",
    "payments.approvals.jobs",
    "payments.chargebacks.approving",
    "payments.chargebacks.jobs",
    "payments.desk.approving",
    "payments.handlers",
    "payments.invoices.approving",
    "payments.invoices.jobs",
    "payments.jobs",
    "payments.holding.jobs",
    "payments.reconciliation.jobs",
    "orders.bundles.jobs",
    "orders.contracts.jobs",
    "orders.negotiation.jobs",
    "orders.deals.approving",
    "orders.deals.crediting",
    "orders.deals.handlers",
    "orders.forgetting.jobs",
)
"""Modules that declare jobs, handlers and kinds of decisions; importing them registers these."""

for module in LISTENING:
    import_module(module)


def mailer(settings: Settings) -> Mailer:
    if settings.smtp_url:
        return SmtpMailer(settings.smtp_url, sender=settings.mail_from)
    return KeptMailer(settings.data_dir / "mail", sender=settings.mail_from)


def files(settings: Settings, db: Database) -> FileStore:
    """Files on this machine are written at once; what goes to a bucket passes through the database."""
    store = from_url(settings.files_url)
    return store if isinstance(store, LocalFiles) else SpooledFiles(db, store)


def search_index(settings: Settings, db: Database) -> SearchIndex:
    if settings.meilisearch_url:
        # By name, so that its client is loaded only where it is used.
        meili: Callable[..., SearchIndex] = resolve_name("listings.search.meili:MeiliIndex")
        return meili(settings.meilisearch_url, settings.meilisearch_key.get_secret_value())
    return PostgresIndex(db)


def gateway(settings: Settings) -> Gateway:
    """Stripe, or in development our own sandbox behind Stripe's address."""
    return StripeGateway(
        settings.stripe_secret_key.get_secret_value(),
        settings.stripe_webhook_secret.get_secret_value(),
        api_base=settings.stripe_api_base,
    )


def keys(settings: Settings) -> SignerBackend:
    """Where the authority's keys live. A token is not opened yet: that is each process's own business."""
    if settings.pkcs11_module is None:
        return LocalKeys(settings.secret_key.get_secret_value())
    # By name, so that the library of tokens is loaded only where there is one.
    token: Callable[..., SignerBackend] = resolve_name("app.core.signing.tokens:Pkcs11Keys")
    return token(str(settings.pkcs11_module), settings.pkcs11_token, settings.pkcs11_pin.get_secret_value())


def authority(settings: Settings) -> Authority:
    return Authority(
        keys(settings),
        trusted=certificates(settings.trusted_roots),
        clocks=certificates(settings.timestamp_roots),
        former=former(settings.former_authorities),
    )


def timestamps(settings: Settings, platform: Authority) -> list[TimeStamper]:
    """Whom to ask for the time, in this order."""
    if not settings.timestamp_urls:
        return timestampers(platform)
    return [HttpTimestamps(url, platform.clocks) for url in settings.timestamp_urls]


def job_context(settings: Settings, db: Database) -> JobContext:
    bare = JobContext(db=db, settings=settings)
    platform = authority(settings)
    return replace(
        bare,
        authority=platform,
        timestamps=timestamps(settings, platform),
        mailer=mailer(settings),
        files=files(settings, db),
        search=search_index(settings, db),
        gateway=gateway(settings),
    )
