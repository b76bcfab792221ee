"""links appended in one call"""

from alembic import op

from app.migrations import script

revision = "8e5a1c3d9b60"
down_revision = "4c8e19a7f0b2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script(op.get_bind(), "150_append.sql")


def downgrade() -> None:
    op.execute(
        "DROP FUNCTION append_links(uuid[], text[], uuid[], text[], text[], uuid, timestamptz, int[], text[], bytea[], text[])"
    )
