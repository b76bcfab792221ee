"""Tables of traffic. Events lie in a partition a day, in a schema of their own; no address is in any of them."""

from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from app.core.db import Base

EVENT = Table(
    "web_event",
    Base.metadata,
    Column("day", Date, nullable=False),  # in the zone in which the platform reports
    Column("at", DateTime(timezone=True), nullable=False),
    Column("kind", String(6), nullable=False),
    Column("device", LargeBinary, nullable=False),  # address and browser under the day's salt
    Column("device_before", LargeBinary),  # the same under the salt of the day before, shortly after midnight alone
    Column("visitor", LargeBinary, nullable=False),  # the member's mark, or the device's
    Column("signed_in", Boolean, nullable=False),
    Column("staff", Boolean, nullable=False),
    Column("page", BigInteger, nullable=False),  # path and query under the day's salt: whether two are the same
    Column("route", String(120), nullable=False),
    Column("subject_type", String(20), nullable=False),
    Column("subject_key", String(80), nullable=False),
    Column("country", CHAR(2), nullable=False),
    Column("hosted", Boolean, nullable=False),
    Column("browser", String(10), nullable=False),
    Column("bot", String(10), nullable=False),
    Column("referrer", String(100), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("source", String(60), nullable=False),
    Column("medium", String(60), nullable=False),
    Column("campaign", String(60), nullable=False),
    CheckConstraint("kind IN ('view', 'beacon', 'trap')", name="kind"),
    CheckConstraint("octet_length(device) = 16 AND octet_length(visitor) = 16", name="marks"),
    postgresql_partition_by="RANGE (day)",
)
"""A page that was shown (`view`), a sign that scripts run there (`beacon`), or a step into the trap (`trap`)."""

SALT = Table(
    "traffic_salt",
    Base.metadata,
    Column("day", Date, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    prefixes=["UNLOGGED"],
)
"""Random, a day's, and gone an hour after it: whose a mark was can then not be found by anybody. UNLOGGED, so that no
journal keeps it; a crash makes another, and the day's visitors count twice at most."""

WRITER = Table(
    "traffic_writer",
    Base.metadata,
    Column("id", Uuid, primary_key=True),
    Column("started_at", DateTime(timezone=True), nullable=False, index=True),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("closed_at", DateTime(timezone=True)),
    Column("batch", Integer, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("dropped", BigInteger, nullable=False),
)
"""What each web process wrote and had to let go. One without an end that is seen no more was killed."""

CHANGED = Table("traffic_changed", Base.metadata, Column("day", Date, primary_key=True))
"""Days with events that no roll-up has seen."""

DAILY = Table(
    "traffic_daily",
    Base.metadata,
    Column("facet", String(10), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("key", String(120), primary_key=True),
    Column("views", BigInteger),
    Column("visits", BigInteger),
    Column("visitors", BigInteger),
    Column("bounces", BigInteger),
    Column("seconds", BigInteger),
    Column("median_seconds", Integer),
    Column("computed_at", DateTime(timezone=True), nullable=False),
    Index("ix_traffic_daily_facet_key_day", "facet", "key", "day"),
)
"""A day's figures: of all, or of one country, channel, page and so on. What a facet does not have is null."""

SIGNED_IN = Table(
    "traffic_signed_in",
    Base.metadata,
    Column("day", Date, primary_key=True),
    Column("visitor", LargeBinary, primary_key=True),
)
"""Marks of members who came on a day: to tell how many came in a month."""
