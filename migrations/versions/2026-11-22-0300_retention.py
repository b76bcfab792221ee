"""retention and legal holds"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "4c8e19a7f0b2"
down_revision = "d7f20b94ce31"
branch_labels = None
depends_on = None

# As these were before: triggers that let nothing go.
APPEND_ONLY = (
    "message",
    "contract_revision",
    "contract_comment",
    "contract_comment_resolution",
    "shipment_packing",
    "received_document",
    "document_set",
    "trade_document",
    "state_change",
)
FUNCTIONS = (
    "refuse_change_until_forgotten()",
    "keep_state_change()",
    "forget_deal(uuid)",
    "forget_in_time()",
    "keep_hold()",
    "hold_waits()",
    "only_erases(text, uuid, jsonb, jsonb, text[])",
    "held(text, uuid)",
    "forgotten(text, uuid)",
    "deal_of(text, uuid)",
)


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_because", sa.Text(), nullable=False),
        sa.CheckConstraint("subject_type IN ('inquiry', 'organisation')", name=op.f("ck_legal_hold_subject")),
        sa.CheckConstraint("lifted_by <> placed_by", name=op.f("ck_legal_hold_maker_is_not_checker")),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_because = '')",
            name=op.f("ck_legal_hold_lifted"),
        ),
        sa.ForeignKeyConstraint(["placed_by"], ["member.id"], name=op.f("fk_legal_hold_placed_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["lifted_by"], ["member.id"], name=op.f("fk_legal_hold_lifted_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(
        "ix_legal_hold_subject",
        "legal_hold",
        ["subject_type", "subject_id"],
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "erased_file",
        sa.Column("key", sa.String(length=67), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_erased_file")),
    )
    op.add_column("inquiry", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_inquiry_kept", "inquiry", ["moved_at"], postgresql_where=sa.text("forgotten_at IS NULL"))
    op.add_column("orders", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("verification_request", sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True))
    script(op.get_bind(), "140_retention.sql")


def downgrade() -> None:
    op.execute("DROP VIEW kept_file")
    op.execute("DROP TRIGGER forget_in_time ON inquiry")
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    script(op.get_bind(), "140_retention_down.sql")
    op.drop_column("verification_request", "forgotten_at")
    op.drop_column("orders", "forgotten_at")
    op.drop_index("ix_inquiry_kept", table_name="inquiry")
    op.drop_column("inquiry", "forgotten_at")
    op.drop_table("erased_file")
    op.drop_table("legal_hold")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
