"""traffic: page views in partitions by day, their daily figures, and what was written of them"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "c40f7d2e91ab"
down_revision = 'e7a2c94b1d38'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "web_event",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("device_before", sa.LargeBinary(), nullable=True),
        sa.Column("visitor", sa.LargeBinary(), nullable=False),
        sa.Column("signed_in", sa.Boolean(), nullable=False),
        sa.Column("staff", sa.Boolean(), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("route", sa.String(length=120), nullable=False),
        sa.Column("subject_type", sa.String(length=20), nullable=False),
        sa.Column("subject_key", sa.String(length=80), nullable=False),
        sa.Column("country", sa.CHAR(length=2), nullable=False),
        sa.Column("hosted", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=10), nullable=False),
        sa.Column("bot", sa.String(length=10), nullable=False),
        sa.Column("referrer", sa.String(length=100), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("medium", sa.String(length=60), nullable=False),
        sa.Column("campaign", sa.String(length=60), nullable=False),
        sa.CheckConstraint("kind IN ('view', 'beacon', 'trap')", name=op.f("ck_web_event_kind")),
        sa.CheckConstraint(
            "octet_length(device) = 16 AND octet_length(visitor) = 16", name=op.f("ck_web_event_marks")
        ),
        postgresql_partition_by="RANGE (day)",
    )
    op.create_table(
        "traffic_salt",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_traffic_salt")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "traffic_writer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("written", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traffic_writer")),
    )
    op.create_index(op.f("ix_traffic_writer_started_at"), "traffic_writer", ["started_at"])
    op.create_table(
        "traffic_changed",
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_traffic_changed")),
    )
    op.create_table(
        "traffic_daily",
        sa.Column("facet", sa.String(length=10), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=True),
        sa.Column("visits", sa.BigInteger(), nullable=True),
        sa.Column("visitors", sa.BigInteger(), nullable=True),
        sa.Column("bounces", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.Column("median_seconds", sa.Integer(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("facet", "day", "key", name=op.f("pk_traffic_daily")),
    )
    op.create_index("ix_traffic_daily_facet_key_day", "traffic_daily", ["facet", "key", "day"])
    op.create_table(
        "traffic_signed_in",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visitor", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("day", "visitor", name=op.f("pk_traffic_signed_in")),
    )
    script(op.get_bind(), "400_traffic.sql")


def downgrade() -> None:
    for table in ("traffic_signed_in", "traffic_daily", "traffic_changed", "traffic_writer", "traffic_salt", "web_event"):
        op.drop_table(table)
    op.execute("DROP FUNCTION traffic_make_days(date, date)")
    op.execute("DROP FUNCTION traffic_drop_days(date)")
    op.execute("DROP SCHEMA traffic")
