"""personal parts of evidence"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "d7f20b94ce31"
down_revision = "a91c5e30b7d4"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence_private",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["link_id"], ["evidence_link.id"], name=op.f("fk_evidence_private_link_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("link_id", "name", name=op.f("pk_evidence_private")),
    )
    script(op.get_bind(), "130_private.sql")


def downgrade() -> None:
    # Nothing else has what lies here: a chain without it would be broken for good.
    if op.get_bind().scalar(sa.text('SELECT EXISTS (SELECT FROM evidence_private)')):
        raise RuntimeError('evidence_private has personal parts of evidence, which would be lost; restore a backup instead')
    op.execute("DROP TRIGGER erased_by_its_chain ON evidence_private")
    op.drop_table("evidence_private")
    op.execute("DROP FUNCTION check_erasure()")
