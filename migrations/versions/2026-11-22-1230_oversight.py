"""oversight: what is taken out, what was let go, and nobody's own or related cases at the desk"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "5d1e8b7c4a92"
down_revision = "c4a8f07e21b9"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_review_company", "review", ["organisation_id", "id"])
    op.drop_index(op.f("ix_review_organisation_id"), table_name="review")
    op.create_index(
        "ix_risk_hold_released", "risk_hold", ["released_at"], postgresql_where=sa.text("released_at IS NOT NULL")
    )
    op.create_table(
        "risk_override_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint(
            "extract(isodow FROM first_day) = 1", name=op.f("ck_risk_override_report_begins_on_monday")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_override_report")),
        sa.UniqueConstraint("first_day", name=op.f("uq_risk_override_report_first_day")),
    )
    op.create_table(
        "export_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kinds", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_export_day_number")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_export_day_member_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_export_day_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_day")),
        sa.UniqueConstraint("member_id", "day", name=op.f("uq_export_day_member_id_day")),
    )
    op.create_index("ix_export_day_day", "export_day", ["day", "number"])
    op.create_table(
        "export_usual",
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("per_mille", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("role", "day", name=op.f("pk_export_usual")),
    )
    op.execute("""
        INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
        VALUES (gen_random_uuid(), 'OPS-02', 'live', '{"floor": 500, "hours": 24}', '2026-01-01',
                'docs/RISK.md, starting value', '2026-01-01', 'approved', '2026-01-01')
    """)
    script(op.get_bind(), "320_oversight.sql")


def downgrade() -> None:
    script(op.get_bind(), "320_oversight_down.sql")
    op.drop_table("export_usual")
    op.drop_table("export_day")
    op.drop_table("risk_override_report")
    op.drop_index("ix_risk_hold_released", table_name="risk_hold")
    op.create_index(op.f("ix_review_organisation_id"), "review", ["organisation_id"])
    op.drop_index("ix_review_company", table_name="review")
