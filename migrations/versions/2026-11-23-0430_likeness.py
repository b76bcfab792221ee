"""find pictures alike in the index alone, and texts alike in one question"""

from alembic import op

from app.migrations import script

revision = "f4c06d81b3a7"
down_revision = "e93b57f0c2a6"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for band in range(4):
        op.drop_index(f"ix_risk_picture_band_{band}", "risk_picture")
        op.create_index(f"ix_risk_picture_band_{band}", "risk_picture", [f"band_{band}", "print"])
    script(op.get_bind(), "580_texts_sharing.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION texts_sharing")
    for band in range(4):
        op.drop_index(f"ix_risk_picture_band_{band}", "risk_picture")
        op.create_index(f"ix_risk_picture_band_{band}", "risk_picture", [f"band_{band}"])
