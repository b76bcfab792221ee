"""screening of parties"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "5d7e20b91f6a"
down_revision = "c10a5e0f2b71"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screened_party",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_screened_party_organisation_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_screened_party")),
    )
    op.create_table(
        "screening_due",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_screening_due_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_due")),
    )
    op.create_index(op.f("ix_screening_due_organisation_id"), "screening_due", ["organisation_id"], unique=False)
    op.create_table(
        "screening_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_key", sa.String(length=40), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(list_key IS NULL) = (number IS NULL)", name=op.f("ck_screening_run_version")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["member.id"], name=op.f("fk_screening_run_asked_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["list_key"], ["sanctions_list.key"], name=op.f("fk_screening_run_list_key"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_run")),
    )
    op.create_index(
        "ix_screening_run_unfinished",
        "screening_run",
        ["id"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "screening_match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("known", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("party_digest", sa.String(length=64), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("list_key", sa.String(length=40), nullable=False),
        sa.Column("list_version", sa.Integer(), nullable=False),
        sa.Column("score", sa.Numeric(precision=4, scale=3), nullable=False),
        sa.Column("reasons", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposal", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'cleared') <= (cleared_until IS NOT NULL)", name=op.f("ck_screening_match_cleared")
        ),
        sa.CheckConstraint(
            "state NOT IN ('cleared', 'confirmed') OR decided_by IS NOT NULL",
            name=op.f("ck_screening_match_second_person"),
        ),
        sa.CheckConstraint("tier IN ('log', 'review', 'block')", name=op.f("ck_screening_match_tier")),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("ck_screening_match_maker_is_not_checker")),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_screening_match_score")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_screening_match_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["listed_entry.id"], name=op.f("fk_screening_match_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["list_key"], ["sanctions_list.key"], name=op.f("fk_screening_match_list_key"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_screening_match_organisation_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["member.id"], name=op.f("fk_screening_match_proposed_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_match")),
    )
    op.create_index("ix_screening_match_entry", "screening_match", ["entry_id"], unique=False)
    op.create_index(op.f("ix_screening_match_organisation_id"), "screening_match", ["organisation_id"], unique=False)
    op.create_index("ix_screening_match_queue", "screening_match", ["state", "score", "id"], unique=False)
    op.create_index(
        "uq_screening_match_pair",
        "screening_match",
        ["organisation_id", "party_digest", "entry_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'lapsed'"),
    )
    op.create_table(
        "list_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_key", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.String(length=2), nullable=False),
        sa.Column("jurisdiction", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("action IN ('ignore', 'inform', 'review', 'block')", name=op.f("ck_list_policy_action")),
        sa.CheckConstraint("(agreed IS NULL) = (decided_by IS NULL)", name=op.f("ck_list_policy_decided")),
        sa.CheckConstraint("decided_by <> set_by", name=op.f("ck_list_policy_maker_is_not_checker")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_list_policy_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["set_by"], ["member.id"], name=op.f("fk_list_policy_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_policy")),
    )
    op.create_table(
        "screening_thresholds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("log", sa.Numeric(precision=4, scale=3), nullable=False),
        sa.Column("review", sa.Numeric(precision=4, scale=3), nullable=False),
        sa.Column("block", sa.Numeric(precision=4, scale=3), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(agreed IS NULL) = (decided_by IS NULL)", name=op.f("ck_screening_thresholds_decided")),
        sa.CheckConstraint(
            "0.5 <= log AND log <= review AND review <= block AND block <= 1",
            name=op.f("ck_screening_thresholds_order"),
        ),
        sa.CheckConstraint("decided_by <> set_by", name=op.f("ck_screening_thresholds_maker_is_not_checker")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_screening_thresholds_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["set_by"], ["member.id"], name=op.f("fk_screening_thresholds_set_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_thresholds")),
    )
    script(op.get_bind(), "170_parties.sql")


def downgrade() -> None:
    for table in ("organisation", "member", "verification_request"):
        op.execute(f"DROP TRIGGER screen_new ON {table}")
        op.execute(f"DROP TRIGGER screen_changed ON {table}")
    for table in reversed(
        ("screened_party", "screening_due", "screening_run", "screening_match", "list_policy", "screening_thresholds")
    ):
        op.drop_table(table)
    for function in ("screen_again", "keep_match", "keep_policy"):
        op.execute(f"DROP FUNCTION {function}()")
