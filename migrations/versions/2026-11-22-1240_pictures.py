"""pictures: what is written in them, read once by their content, and files of a negotiation that give contacts away"""

import json

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "d3b8f0a6c215"
down_revision = "5d1e8b7c4a92"
branch_labels = None
depends_on = None

STARTING = {"percent": 80, "tall": 10, "print": 20, "paper": 36, "code": 60, "let_pass": []}


def upgrade() -> None:
    op.create_table(
        "picture_reading",
        sa.Column("key", sa.String(length=67), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.String(length=300), nullable=False),
        sa.Column("seen", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "read_at IS NOT NULL OR (fault = '' AND seen = '[]'::jsonb)", name=op.f("ck_picture_reading_read")
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_picture_reading")),
    )
    op.create_index("ix_picture_reading_asked", "picture_reading", ["asked_at"])
    op.create_index(
        "ix_picture_reading_waiting", "picture_reading", ["asked_at"], postgresql_where=sa.text("read_at IS NULL")
    )
    op.create_table(
        "picture_ask",
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=67), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["key"], ["picture_reading.key"], name=op.f("fk_picture_ask_key"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("subject_type", "subject_id", "key", name=op.f("pk_picture_ask")),
    )
    op.create_index("ix_picture_ask_asked", "picture_ask", ["asked_at"])
    op.create_index("ix_picture_ask_waiting", "picture_ask", ["key"], postgresql_where=sa.text("told_at IS NULL"))
    op.create_table(
        "file_finding",
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.String(length=10)), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiry.id"], name=op.f("fk_file_finding_inquiry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_file_finding_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("inquiry_id", "sha256", name=op.f("pk_file_finding")),
    )
    said = json.dumps(STARTING)
    op.execute(f"""
        INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
        VALUES (gen_random_uuid(), 'INF-07', 'live', '{said}', '2026-01-01', 'docs/RISK.md, starting value',
                '2026-01-01', 'approved', '2026-01-01')
    """)
    script(op.get_bind(), "330_pictures.sql")


def downgrade() -> None:
    op.execute("ALTER TABLE risk_setting DISABLE TRIGGER keep_risk_setting")
    op.execute("DELETE FROM risk_setting WHERE rule = 'INF-07'")
    op.execute("ALTER TABLE risk_setting ENABLE TRIGGER keep_risk_setting")
    op.execute("DROP TRIGGER forget_file_findings ON inquiry")
    op.drop_table("file_finding")
    op.drop_table("picture_ask")
    op.drop_table("picture_reading")
    for function in ("keep_picture_reading", "keep_file_finding", "forget_file_findings"):
        op.execute(f"DROP FUNCTION {function}()")
