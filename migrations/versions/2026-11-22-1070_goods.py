"""goods: lists of controlled goods, findings, licences, statements of end users, reports"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "f2c81a5b7d40"
down_revision = "59f1e1fe6bbc"
branch_labels = None
depends_on = None

TABLES = (
    "export_report",
    "end_user_statement",
    "goods_licence_reminder",
    "goods_licence_use",
    "goods_licence",
    "goods_finding",
    "control_sweep",
    "control_ending",
    "control_entry",
)


def upgrade() -> None:
    op.create_table(
        "control_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("hs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("categories", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("keywords", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("unless", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("cas", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("origins", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("destinations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("binds_from", sa.String(length=10), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "binds_from IN ('listing', 'quotation', 'contract', 'shipment')", name=op.f("ck_control_entry_binds_from")
        ),
        sa.CheckConstraint("kind IN ('prohibited', 'licence', 'dual_use')", name=op.f("ck_control_entry_kind")),
        sa.CheckConstraint("(agreed IS NULL) = (decided_at IS NULL)", name=op.f("ck_control_entry_decided")),
        sa.CheckConstraint(
            "agreed IS NULL OR set_by IS NULL OR decided_by IS NOT NULL", name=op.f("ck_control_entry_second_person")
        ),
        sa.CheckConstraint("decided_by <> set_by", name=op.f("ck_control_entry_maker_is_not_checker")),
        sa.CheckConstraint(
            "jsonb_array_length(hs) + jsonb_array_length(categories) + jsonb_array_length(keywords) + jsonb_array_length(cas) > 0",
            name=op.f("ck_control_entry_known_by_something"),
        ),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_control_entry_until")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_control_entry_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["set_by"], ["member.id"], name=op.f("fk_control_entry_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_entry")),
    )
    op.create_index(
        "ix_control_entry_decided", "control_entry", ["decided_at"], unique=False, postgresql_where=sa.text("agreed")
    )
    op.create_index(
        "ix_control_entry_waiting", "control_entry", ["id"], unique=False, postgresql_where=sa.text("agreed IS NULL")
    )
    op.create_table(
        "control_ending",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(agreed IS NULL) = (decided_by IS NULL)", name=op.f("ck_control_ending_decided")),
        sa.CheckConstraint("decided_by <> set_by", name=op.f("ck_control_ending_maker_is_not_checker")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_control_ending_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["control_entry.id"], name=op.f("fk_control_ending_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["set_by"], ["member.id"], name=op.f("fk_control_ending_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_ending")),
    )
    op.create_index(op.f("ix_control_ending_entry_id"), "control_ending", ["entry_id"], unique=False)
    op.create_index(
        "ix_control_ending_waiting", "control_ending", ["id"], unique=False, postgresql_where=sa.text("agreed IS NULL")
    )
    op.create_index(
        "uq_control_ending_standing",
        "control_ending",
        ["entry_id"],
        unique=True,
        postgresql_where=sa.text("agreed IS NOT FALSE"),
    )
    op.create_table(
        "control_sweep",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("reached", sa.Uuid(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["control_entry.id"], name=op.f("fk_control_sweep_entry_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_control_sweep")),
    )
    op.create_table(
        "goods_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("matched", sa.String(length=200), nullable=False),
        sa.Column("certain", sa.Boolean(), nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name=op.f("ck_goods_finding_decided")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_goods_finding_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["control_entry.id"], name=op.f("fk_goods_finding_entry_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_goods_finding_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_finding")),
        sa.UniqueConstraint(
            "organisation_id", "entry_id", "digest", name=op.f("uq_goods_finding_organisation_id_entry_id_digest")
        ),
    )
    op.create_index("ix_goods_finding_entry_id", "goods_finding", ["entry_id"], unique=False)
    op.create_index("ix_goods_finding_found_at", "goods_finding", ["found_at"], unique=False)
    op.create_index("ix_goods_finding_subject", "goods_finding", ["subject_type", "subject_id"], unique=False)
    op.create_table(
        "goods_licence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("authority", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("hs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("destinations", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("quantity_limit", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("value_limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("value_limit_currency", sa.CHAR(length=3), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("handed_in_by", sa.Uuid(), nullable=False),
        sa.Column("handed_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(quantity_limit IS NULL) = (unit = '')", name=op.f("ck_goods_licence_unit")),
        sa.CheckConstraint("(state = 'submitted') = (decided_by IS NULL)", name=op.f("ck_goods_licence_decided")),
        sa.CheckConstraint("form IN ('single', 'general', 'record', 'other')", name=op.f("ck_goods_licence_form")),
        sa.CheckConstraint(
            "(value_limit_minor IS NULL) = (value_limit_currency IS NULL)", name=op.f("ck_goods_licence_value_limit")
        ),
        sa.CheckConstraint("decided_by <> handed_in_by", name=op.f("ck_goods_licence_another_person")),
        sa.CheckConstraint("quantity_limit > 0 AND value_limit_minor > 0", name=op.f("ck_goods_licence_limits")),
        sa.CheckConstraint("valid_from <= valid_until", name=op.f("ck_goods_licence_validity")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_goods_licence_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["handed_in_by"], ["member.id"], name=op.f("fk_goods_licence_handed_in_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_goods_licence_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_licence")),
    )
    op.create_index(
        "ix_goods_licence_ending",
        "goods_licence",
        ["valid_until"],
        unique=False,
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index("ix_goods_licence_organisation", "goods_licence", ["organisation_id", "id"], unique=False)
    op.create_index("ix_goods_licence_state", "goods_licence", ["state", "id"], unique=False)
    op.create_index(
        "uq_goods_licence_number",
        "goods_licence",
        ["organisation_id", "authority", "number"],
        unique=True,
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_table(
        "goods_licence_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("value_currency", sa.CHAR(length=3), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_licence_use_quantity")),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["goods_licence.id"], name=op.f("fk_goods_licence_use_licence_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_licence_use")),
        sa.UniqueConstraint(
            "licence_id", "shipment_id", "position", name=op.f("uq_goods_licence_use_licence_id_shipment_id_position")
        ),
    )
    op.create_index("ix_goods_licence_use_shipment", "goods_licence_use", ["shipment_id"], unique=False)
    op.create_table(
        "goods_licence_reminder",
        sa.Column("licence_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["goods_licence.id"], name=op.f("fk_goods_licence_reminder_licence_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("licence_id", "days", name=op.f("pk_goods_licence_reminder")),
    )
    op.create_table(
        "end_user_statement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("flags", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('accepted', 'more') OR decided_by IS NOT NULL", name=op.f("ck_end_user_statement_decided")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisation.id"], name=op.f("fk_end_user_statement_buyer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_end_user_statement_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["member.id"], name=op.f("fk_end_user_statement_submitted_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisation.id"], name=op.f("fk_end_user_statement_supplier_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_end_user_statement")),
        sa.UniqueConstraint(
            "order_id", "position", "version", name=op.f("uq_end_user_statement_order_id_position_version")
        ),
    )
    op.create_index("ix_end_user_statement_state", "end_user_statement", ["state", "id"], unique=False)
    op.create_index(
        "uq_end_user_statement_standing",
        "end_user_statement",
        ["order_id", "position"],
        unique=True,
        postgresql_where=sa.text("state <> 'replaced'"),
    )
    op.create_table(
        "export_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.String(length=40), nullable=False),
        sa.Column("supplier_id", sa.Uuid(), nullable=False),
        sa.Column("buyer_id", sa.Uuid(), nullable=False),
        sa.Column("suspicion", sa.Text(), nullable=False),
        sa.Column("dossier", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_to", sa.String(length=200), nullable=False),
        sa.Column("receipt", sa.String(length=80), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint("(state = 'suspected') = (decided_by IS NULL)", name=op.f("ck_export_report_decided")),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'closed') OR (sent_at IS NOT NULL AND receipt <> '')",
            name=op.f("ck_export_report_sent"),
        ),
        sa.CheckConstraint("decided_by <> raised_by", name=op.f("ck_export_report_another_person")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["organisation.id"], name=op.f("fk_export_report_buyer_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["member.id"], name=op.f("fk_export_report_decided_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["raised_by"], ["member.id"], name=op.f("fk_export_report_raised_by"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["sent_by"], ["member.id"], name=op.f("fk_export_report_sent_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["organisation.id"], name=op.f("fk_export_report_supplier_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_report")),
    )
    op.create_index("ix_export_report_state", "export_report", ["state", "id"], unique=False)
    op.create_index(
        "uq_export_report_open",
        "export_report",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('suspected', 'due', 'sent')"),
    )
    op.execute("""
        INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
        VALUES (gen_random_uuid(), 'OPS-05', 'live', '{"hours": 720}', '2026-01-01', 'docs/RISK.md, starting value',
                '2026-01-01', 'approved', '2026-01-01')
    """)
    script(op.get_bind(), "240_goods.sql")


def downgrade() -> None:
    script(op.get_bind(), "kept_file_down.sql")
    script(op.get_bind(), "kept_file_down.sql")
    for table in TABLES:
        op.drop_table(table)
    for function in ("keep_control_entry", "keep_control_record", "check_licence_use"):
        op.execute(f"DROP FUNCTION {function}()")
    op.execute("ALTER TABLE risk_setting DISABLE TRIGGER keep_risk_setting")
    op.execute("DELETE FROM risk_setting WHERE rule = 'OPS-05'")
    op.execute("ALTER TABLE risk_setting ENABLE TRIGGER keep_risk_setting")
