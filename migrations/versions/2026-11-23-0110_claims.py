"""claims: goods that do not come; banks that change at the provider; one word for who is excluded"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "f2b6d04e91c7"
down_revision = "d3f8a17c52e9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("orders", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("no_claim_before", sa.Date(), nullable=True))
    op.create_check_constraint(
        op.f("ck_orders_claimed_after_the_last_day"),
        "orders",
        "state <> 'undelivered' OR (claimed_at IS NOT NULL AND CAST(claimed_at AT TIME ZONE 'UTC' AS date) > ship_by)",
    )
    op.add_column(
        "connected_account", sa.Column("banks", sa.ARRAY(sa.String(length=120)), server_default="{}", nullable=False)
    )
    op.add_column("connected_account", sa.Column("disconnected_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE organisation SET state = 'active' WHERE state IN ('suspended', 'terminated')")
    op.create_check_constraint(op.f("ck_organisation_state"), "organisation", "state IN ('active', 'on_holiday')")
    script(op.get_bind(), "420_claims.sql")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_organisation_state"), "organisation", type_="check")
    op.execute("UPDATE orders SET state = 'contested' WHERE state = 'undelivered'")
    op.execute("DROP TRIGGER keep_disputed_money ON escrow_milestone")
    op.execute("DROP FUNCTION keep_disputed_money()")
    op.drop_column("connected_account", "disconnected_at")
    op.drop_column("connected_account", "banks")
    op.drop_constraint(op.f("ck_orders_claimed_after_the_last_day"), "orders", type_="check")
    op.drop_column("orders", "no_claim_before")
    op.drop_column("orders", "claimed_at")
