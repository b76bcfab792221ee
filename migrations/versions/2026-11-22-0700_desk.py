"""the moderation desk: priorities, second looks, wordings"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "7d21c4e9a05f"
down_revision = "e3b8d05f6a12"
branch_labels = None
depends_on = None

IN_QUEUE = sa.text("state IN ('open', 'claimed')")


def upgrade() -> None:
    op.add_column("review", sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="2"))
    op.alter_column("review", "priority", server_default=None)
    op.create_check_constraint(op.f("ck_review_priority"), "review", "priority BETWEEN 0 AND 3")
    op.drop_index("ix_review_queue", table_name="review")
    op.create_index("ix_review_queue", "review", ["priority", "due_at", "id"], postgresql_where=IN_QUEUE)
    op.create_index("ix_review_queue_kind", "review", ["kind", "priority", "due_at", "id"], postgresql_where=IN_QUEUE)
    op.create_index(
        "ix_review_claimed",
        "review",
        ["claimed_by", "priority", "due_at"],
        postgresql_where=sa.text("state = 'claimed'"),
    )
    op.create_index("ix_review_decided", "review", ["decided_at"], postgresql_where=sa.text("state = 'decided'"))
    op.create_index(
        "ix_review_decided_subject",
        "review",
        ["subject_type", "subject_id"],
        postgresql_where=sa.text("state = 'decided'"),
    )
    op.create_table(
        "review_check",
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_by", sa.Uuid(), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("checked_by <> decided_by", name=op.f("ck_review_check_another_person")),
        sa.CheckConstraint(
            "(agrees IS NULL) = (checked_by IS NULL AND checked_at IS NULL)", name=op.f("ck_review_check_answered")
        ),
        sa.CheckConstraint("agrees OR note <> ''", name=op.f("ck_review_check_disagreement_has_a_reason")),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_review_check_review_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_review_check_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["member.id"], name=op.f("fk_review_check_checked_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_review_check")),
    )
    op.create_index("ix_review_check_open", "review_check", ["drawn_at"], postgresql_where=sa.text("agrees IS NULL"))
    op.create_index(
        "ix_review_check_answered", "review_check", ["checked_at"], postgresql_where=sa.text("agrees IS NOT NULL")
    )
    op.create_table(
        "review_wording",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["written_by"], ["member.id"], name=op.f("fk_review_wording_written_by"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_wording")),
    )
    op.create_index(
        "ix_review_wording_kind", "review_wording", ["kind"], postgresql_where=sa.text("retired_at IS NULL")
    )
    script(op.get_bind(), "166_desk.sql")


def downgrade() -> None:
    op.drop_table("review_wording")
    op.drop_table("review_check")
    op.execute("DROP TRIGGER not_ones_own ON review")
    for function in ("not_ones_own()", "keep_check()", "keep_wording()"):
        op.execute(f"DROP FUNCTION {function}")
    indexes = ("ix_review_decided_subject", "ix_review_decided", "ix_review_claimed", "ix_review_queue_kind")
    for index in (*indexes, "ix_review_queue"):
        op.drop_index(index, table_name="review")
    op.create_index("ix_review_queue", "review", ["state", "due_at"])
    op.drop_constraint(op.f("ck_review_priority"), "review")
    op.drop_column("review", "priority")
