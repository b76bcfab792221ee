"""Composition: which adapter stands behind which protocol, and which handler listens to which event."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pkgutil import resolve_name

from pyhanko.sign.timestamps import TimeStamper
from sqlalchemy.exc import DBAPIError

from app.core import log
from app.core.config import Settings
from app.core.crypto import Vault
from app.core.db import Database
from app.core.jobs import JobContext
from app.core.mail import KeptMailer, Mailer, SmtpMailer
from app.core.reading import PictureReader, ReaderApart
from app.core.resealed import ResealedFiles
from app.core.signing.authority import Authority, certificates
from app.core.signing.former import former
from app.core.signing.keys import LocalKeys, SignerBackend
from app.core.signing.outside import HttpTimestamps
from app.core.signing.timestamps import timestampers
from app.core.spool import SpooledFiles
from app.core.storage import FileStore, LocalFiles, from_url
from app.traffic.postgres import PostgresEvents
from app.traffic.store import EventStore
from listings.search.index import SearchIndex
from listings.search.postgres import PostgresIndex
from payments.gateway import Gateway
from payments.stripe import StripeGateway
from trust.identity.sessions import authenticate
from trust.retention import service as retention

__all__ = ["authenticate", "job_context", "left_behind", "mailer"]
logger = log.get("portolan.files")

LISTENING = (
    "app.core.idempotency",
    "app.core.limits",
    "app.core.post",
    "app.core.publishing",
    "app.core.spool",
    "app.assessment.jobs",
    "app.award.jobs",
    "app.award.reporting",
    "app.indicators.jobs",
    "app.indicators.reporting.jobs",
    "app.signals.jobs",
    "app.statutory.jobs",
    "app.traffic.jobs",
    "listings.handlers",
    "listings.leaving",
    "listings.sweeping",
    "listings.imports.jobs",
    "listings.search.jobs",
    "trust.authorities.jobs",
    "trust.cases.jobs",
    "trust.cases.leaving",
    "trust.credit.handlers",
    "trust.credit.jobs",
    "trust.exports.jobs",
    "trust.goods.handlers",
    "trust.goods.jobs",
    "trust.identity.jobs",
    "trust.identity.rule_news",
    "trust.incidents.jobs",
    "trust.leaving.jobs",
    "trust.operator.jobs",
    "trust.privacy.jobs",
    "trust.privacy.requests",
    "trust.rules.jobs",
    "trust.restrictions.jobs",
    "trust.screening.jobs",
    "trust.rights.jobs",
    "trust.rights.leaving",
    "trust.rights.telling",
    "trust.risk.handlers",
    "trust.risk.jobs",
    "trust.risk.pictures.jobs",
    "trust.verification.handlers",
    "trust.verification.jobs",
    "payments.approvals.jobs",
    "payments.chargebacks.approving",
    "payments.chargebacks.jobs",
    "payments.desk.approving",
    "payments.handlers",
    "payments.invoices.approving",
    "payments.microdeposits.handlers",
    "payments.microdeposits.jobs",
    "payments.invoices.jobs",
    "payments.jobs",
    "payments.leaving",
    "payments.holding.jobs",
    "payments.membership.handlers",
    "payments.membership.invoicing",
    "payments.membership.jobs",
    "payments.membership.waiving",
    "payments.reconciliation.jobs",
    "orders.bundles.jobs",
    "orders.contracts.jobs",
    "orders.documents.showing",
    "orders.negotiation.jobs",
    "orders.negotiation.showing",
    "orders.deals.approving",
    "orders.deals.crediting",
    "orders.deals.watching",
    "orders.deals.handlers",
    "orders.forgetting.jobs",
    "orders.leaving",
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
    kept = resealed_files(settings, db)
    return kept if isinstance(kept.store, LocalFiles) else SpooledFiles(db, kept)


def resealed_files(settings: Settings, db: Database) -> ResealedFiles:
    """The store itself, past the database; files that were sealed anew are found."""
    return ResealedFiles(db, from_url(settings.files_url))


def reader(settings: Settings) -> PictureReader | None:
    """Who reads what stands in pictures; None leaves them waiting."""
    return ReaderApart() if settings.read_pictures else None


def search_index(settings: Settings, db: Database) -> SearchIndex:
    if settings.meilisearch_url:
        # By name, so that its client is loaded only where it is used.
        meili: Callable[..., SearchIndex] = resolve_name("listings.search.meili:MeiliIndex")
        return meili(settings.meilisearch_url, settings.meilisearch_key.get_secret_value())
    return PostgresIndex(db)


def event_store(settings: Settings, db: Database) -> EventStore:
    if settings.clickhouse_url:
        # By name, so that its client is loaded only where it is used.
        clickhouse: Callable[..., EventStore] = resolve_name("app.traffic.clickhouse:ClickHouseEvents")
        return clickhouse(db, settings.clickhouse_url)
    return PostgresEvents(db)


def gateway(settings: Settings) -> Gateway:
    """Stripe, or in development our own sandbox behind Stripe's address."""
    return StripeGateway(
        settings.stripe_secret_key.get_secret_value(),
        settings.stripe_webhook_secret.get_secret_value(),
        api_base=settings.stripe_api_base,
    )


async def left_behind(db: Database, keys: set[str]) -> None:
    """Files that were put for what then failed: they leave the store, unless something else needs them.

    Where that cannot be written down (the database is away), they stay.
    """
    try:
        async with db.aside.transaction() as tx:
            await retention.give_up(tx, keys)
    except (DBAPIError, OSError):
        logger.warning("files_left_behind", keys=sorted(keys))


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
    db.vault = Vault(settings.secret_key.get_secret_value())
    platform = authority(settings)
    return replace(
        bare,
        authority=platform,
        timestamps=timestamps(settings, platform),
        mailer=mailer(settings),
        files=files(settings, db),
        reader=reader(settings),
        search=search_index(settings, db),
        traffic=event_store(settings, db),
        gateway=gateway(settings),
    )
