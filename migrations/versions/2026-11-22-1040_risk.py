"""risk: rules in force, hits, outcomes, holds"""

import json

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "d4a7e0c95b31"
down_revision = "5d7e20b91f6a"
branch_labels = None
depends_on = None

STARTING = {
    "SCORE": {"warn": 60, "review": 90},
    "OFF-01": {"mask_at": 2, "restrict_at": 3},
    "OFF-02": {"at_least": 1},
    "BEC-01": {"open_deals": 1, "hours": 72},
    "BEC-02": {"hours": 72, "let_pass": []},
    "BEC-03": {"percent": 85, "hours": 72},
    "BEC-04": {"at_least": 1},
    "BEC-05": {"hours": 72},
    "BUY-05": {"a_day": 20},
    "ID-02": {"review_at": 2, "hold_at": 3, "hours": 72},
    "ID-08": {"hours": 24},
    "ADV-01": {"percent": 50, "completed": 3, "all_above_usd": 5000, "hold_above_usd": 20000, "hours": 48},
    "ADV-02": {"others": 20, "z": 350, "of_fifth": 50},
    "ADV-03": {"days": 14, "listings": 50, "quotations": 30, "hours": 24},
    "ADV-04": {"former": 5, "times": 10, "hours": 72},
    "INF-04": {"let_pass": []},
    "TBML-02": {"tokens": 3, "above_usd": 10000, "hours": 72},
    "TBML-03": {"let_pass": [], "hours": 168},
    "TBML-13": {"amounts": 3},
}


def upgrade() -> None:
    op.create_table(
        "risk_setting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("trial", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("mode IN ('live', 'shadow', 'off')", name=op.f("ck_risk_setting_mode")),
        sa.CheckConstraint("verdict IN ('', 'approved', 'refused')", name=op.f("ck_risk_setting_verdict")),
        sa.CheckConstraint("(verdict = '') = (decided_at IS NULL)", name=op.f("ck_risk_setting_decided")),
        sa.CheckConstraint(
            "verdict <> 'approved' OR set_by IS NULL OR (decided_by IS NOT NULL AND decided_by <> set_by)",
            name=op.f("ck_risk_setting_maker_is_not_checker"),
        ),
        sa.ForeignKeyConstraint(["set_by"], ["member.id"], name=op.f("fk_risk_setting_set_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_risk_setting_decided_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_setting")),
    )
    op.create_index(
        "uq_risk_setting_waiting", "risk_setting", ["rule"], unique=True, postgresql_where=sa.text("verdict = ''")
    )
    op.create_index("ix_risk_setting_rule", "risk_setting", ["rule", "effective_from"])
    op.create_table(
        "risk_hit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("point", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("setting_id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("action", sa.SmallInteger(), nullable=False),
        sa.Column("notice", sa.String(length=10), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("threshold", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("decided", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["setting_id"], ["risk_setting.id"], name=op.f("fk_risk_hit_setting_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_risk_hit_organisation_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_risk_hit_member_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_hit")),
    )
    op.create_index("ix_risk_hit_subject", "risk_hit", ["subject_type", "subject_id", "id"])
    op.create_index("ix_risk_hit_organisation", "risk_hit", ["organisation_id", "id"])
    op.create_index("ix_risk_hit_rule", "risk_hit", ["rule", "at"])
    op.create_index("ix_risk_hit_at", "risk_hit", ["at"], postgresql_using="brin")
    op.create_table(
        "risk_outcome",
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("harm", sa.Boolean(), nullable=False),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hit_id"], ["risk_hit.id"], name=op.f("fk_risk_outcome_hit_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_risk_outcome_review_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_risk_outcome_decided_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("hit_id", name=op.f("pk_risk_outcome")),
    )
    op.create_table(
        "risk_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("hit_id", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until > placed_at", name=op.f("ck_risk_hold_until")),
        sa.CheckConstraint("(asked_by IS NULL) = (asked_at IS NULL)", name=op.f("ck_risk_hold_asked")),
        sa.CheckConstraint("(released_by IS NULL) = (released_at IS NULL)", name=op.f("ck_risk_hold_released")),
        sa.CheckConstraint(
            "released_by IS NULL OR (asked_by IS NOT NULL AND asked_by <> released_by)",
            name=op.f("ck_risk_hold_two_people"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_risk_hold_organisation_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["member.id"], name=op.f("fk_risk_hold_asked_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["released_by"], ["member.id"], name=op.f("fk_risk_hold_released_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_hold")),
    )
    op.create_index("ix_risk_hold_organisation_id", "risk_hold", ["organisation_id"])
    op.create_index("ix_risk_hold_subject", "risk_hold", ["subject_type", "subject_id", "until"])
    op.create_index("ix_risk_hold_running", "risk_hold", ["until"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_table(
        "risk_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("point", sa.String(length=20), nullable=False),
        sa.Column("process", sa.Uuid(), nullable=False),
        sa.Column("decisions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "point", "process", name=op.f("pk_risk_count")),
    )
    op.create_table(
        "risk_trait",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_risk_trait_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("kind", "digest", "organisation_id", name=op.f("pk_risk_trait")),
    )
    op.add_column("message", sa.Column("original", sa.Text(), nullable=True))
    for rule, parameters in STARTING.items():
        said = json.dumps(parameters)
        op.execute(f"""
            INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
            VALUES (gen_random_uuid(), '{rule}', 'live', '{said}', '2026-01-01', 'docs/RISK.md, starting value',
                    '2026-01-01', 'approved', '2026-01-01')
        """)
    script(op.get_bind(), "210_risk.sql")


def downgrade() -> None:
    op.drop_column("message", "original")
    for table in ("risk_trait", "risk_count", "risk_hold", "risk_outcome", "risk_hit", "risk_setting"):
        op.drop_table(table)
    for function in ("keep_risk_setting", "keep_risk_hit", "keep_risk_outcome", "keep_risk_hold"):
        op.execute(f"DROP FUNCTION {function}()")
