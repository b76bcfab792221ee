"""micro-deposits: bank accounts proved by a small transfer"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "d6f08b2c9e14"
down_revision = "a91c5e3d7f26"
branch_labels = None
depends_on = None

TABLE = "micro_deposit"
TIME = sa.DateTime(timezone=True)
CHECKS = {
    "tries": "cardinality(tried) <= tries",
    "proved_by_amount": "state <> 'proved' OR cardinality(tried) < tries",
    "sent": "state IN ('requested', 'failed', 'called_off') OR sent_at IS NOT NULL",
    "expires": "(sent_at IS NULL) = (expires_at IS NULL)",
    "ended": "(state IN ('requested', 'sent', 'review')) = (ended_at IS NULL)",
    "likeness": "(bank_name = '') = (likeness IS NULL)",
}


def _key(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{TABLE}_{column}"), ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("bank_account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("tried", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("bank_name", sa.String(length=200), nullable=False),
        sa.Column("likeness", sa.SmallInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        *(sa.CheckConstraint(said, name=op.f(f"ck_{TABLE}_{name}")) for name, said in CHECKS.items()),
        _key("organisation_id", "organisation.id"),
        _key("bank_account_id", "bank_account.id"),
        _key("requested_by", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        "uq_micro_deposit_live",
        TABLE,
        ["bank_account_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'sent', 'review')"),
    )
    op.create_index("ix_micro_deposit_account", TABLE, ["bank_account_id", "id"])
    op.create_index("ix_micro_deposit_organisation", TABLE, ["organisation_id", "created_at"])
    op.create_index("ix_micro_deposit_created", TABLE, ["created_at"])
    op.create_index("ix_micro_deposit_expires", TABLE, ["expires_at"], postgresql_where=sa.text("state = 'sent'"))
    script(op.get_bind(), "290_micro_deposits.sql")


def downgrade() -> None:
    op.drop_constraint("ck_operation_micro_deposit_is_small", "operation")
    op.drop_table(TABLE)
    op.execute("DROP FUNCTION micro_deposit_is_fixed()")
    op.execute("DROP FUNCTION micro_deposit_is_own()")
