"""Files on their way to an object store."""

import sqlalchemy as sa
from alembic import op

revision = "a41c0d7e9b26"
down_revision = "efe008d8ec3d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "spooled_file",
        sa.Column("key", sa.String(67), nullable=False),
        sa.Column("content_type", sa.String(120), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_spooled_file"),
    )


def downgrade() -> None:
    op.drop_table("spooled_file")
