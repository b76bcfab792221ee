"""letters: answers by mail, and the rule that doubts them"""

import sqlalchemy as sa
from alembic import op

from app.migrations import script

revision = "5b1e8d40f7c3"
down_revision = "f4c06d81b3a7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("by_mail", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "incoming_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.CHAR(length=64), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("sender", sa.String(length=320), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("doubts", sa.ARRAY(sa.String(length=20)), nullable=False),
        sa.Column("files", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_incoming_letter_inquiry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_incoming_letter_member_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_letter")),
        sa.UniqueConstraint("digest", name=op.f("uq_incoming_letter_digest")),
    )
    op.create_index("ix_incoming_letter_inquiry_id", "incoming_letter", ["inquiry_id"])
    op.create_index("ix_incoming_letter_received_at", "incoming_letter", ["received_at"])
    op.create_index(
        "ix_incoming_letter_held",
        "incoming_letter",
        ["member_id", "inquiry_id"],
        postgresql_where=sa.text("state = 'held'"),
    )
    script(op.get_bind(), "620_letters.sql")
    op.execute("""
        INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
        VALUES (gen_random_uuid(), 'BEC-07', 'live', '{"proofs": 1, "reply_to": 1}', '2026-01-01',
                'docs/RISK.md, starting value', '2026-01-01', 'approved', '2026-01-01')
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE risk_hit DISABLE TRIGGER keep_risk_hit")
    op.execute("DELETE FROM risk_hit WHERE rule = 'BEC-07'")
    op.execute("ALTER TABLE risk_hit ENABLE TRIGGER keep_risk_hit")
    op.execute("ALTER TABLE risk_setting DISABLE TRIGGER keep_risk_setting")
    op.execute("DELETE FROM risk_setting WHERE rule = 'BEC-07'")
    op.execute("ALTER TABLE risk_setting ENABLE TRIGGER keep_risk_setting")
    op.execute("DROP TRIGGER forget_letters ON inquiry")
    op.execute("DROP FUNCTION forget_letters")
    op.drop_table("incoming_letter")
    op.drop_column("message", "by_mail")
