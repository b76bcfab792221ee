"""message ids: a letter that comes by two ways is taken in once"""

import sqlalchemy as sa
from alembic import op

revision = "3c9f61ab82d5"
down_revision = "b7d20e94c6f1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incoming_letter", sa.Column("message_id", sa.String(length=64), server_default="", nullable=False))
    op.create_index(
        "uq_incoming_letter_message_id",
        "incoming_letter",
        ["member_id", "inquiry_id", "message_id", "state"],
        unique=True,
        postgresql_where=sa.text("message_id <> '' AND state IN ('taken', 'refused', 'held')"),
    )


def downgrade() -> None:
    op.drop_index("uq_incoming_letter_message_id", "incoming_letter")
    op.drop_column("incoming_letter", "message_id")
