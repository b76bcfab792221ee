"""facts, looks, register entries, visits, expiry and identity reports of verification"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import restore, script

revision = "c10a5e0f2b71"
down_revision = "c4d18e6a2f07"
branch_labels = None
depends_on = None

DOCUMENTS = postgresql.JSONB(astext_type=sa.Text())
TIME = sa.DateTime(timezone=True)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def upgrade() -> None:
    _requests()
    _facts()
    _looks()
    _expiry()
    _reports()
    script(op.get_bind(), "220_verification.sql")


def _requests() -> None:
    table = "verification_request"
    op.add_column(table, sa.Column("renews", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_verification_request_renews"), table, table, ["renews"], ["id"], ondelete="RESTRICT")
    op.add_column(table, sa.Column("unchanged", sa.Boolean(), nullable=False, server_default="false"))
    op.add_column(table, sa.Column("form", sa.String(length=20), nullable=False, server_default="other"))
    op.add_column(table, sa.Column("private_sealed", sa.LargeBinary(), nullable=False, server_default=""))
    op.add_column(table, sa.Column("accepted", DOCUMENTS, nullable=False, server_default="{}"))
    for column in ("unchanged", "form", "private_sealed", "accepted"):
        op.alter_column(table, column, server_default=None)
    op.drop_index("uq_verification_request_pending", table_name=table)
    # Whom more was asked of before sent a new request: only the newest of those still waits for an answer.
    op.execute(
        "UPDATE verification_request r SET state = 'withdrawn' WHERE state = 'more' AND EXISTS (SELECT FROM"
        " verification_request n WHERE n.organisation_id = r.organisation_id AND n.id > r.id)"
    )
    op.create_index(
        "uq_verification_request_pending",
        table,
        ["organisation_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('submitted', 'more')"),
    )
    op.create_table(
        "verification_draft",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("documents", DOCUMENTS, nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", TIME, nullable=False),
        _key("verification_draft", "organisation_id", "organisation.id"),
        _key("verification_draft", "saved_by", "member.id"),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_verification_draft")),
    )


def _facts() -> None:
    op.alter_column("verified_fact", "request_id", nullable=True)
    op.alter_column("verified_fact", "confirmed_by", nullable=True)
    op.add_column("verified_fact", sa.Column("document", sa.String(length=30), nullable=False, server_default=""))
    op.create_table(
        "register_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("agrees", DOCUMENTS, nullable=False),
        sa.Column("screenshot", sa.String(length=80), nullable=False),
        sa.Column("screenshot_type", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("looked_by", sa.Uuid(), nullable=False),
        sa.Column("looked_at", TIME, nullable=False),
        _key("register_entry", "request_id", "verification_request.id"),
        _key("register_entry", "looked_by", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_entry")),
    )
    op.create_index(op.f("ix_register_entry_request_id"), "register_entry", ["request_id"])
    op.create_index("ix_register_entry_mark", "register_entry", ["mark", "looked_at"])
    op.create_table(
        "site_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("confirms", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("documents", DOCUMENTS, nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", TIME, nullable=False),
        _key("site_visit", "organisation_id", "organisation.id"),
        _key("site_visit", "recorded_by", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_visit")),
    )
    op.create_index(op.f("ix_site_visit_organisation_id"), "site_visit", ["organisation_id"])


def _looks() -> None:
    op.create_table(
        "verification_look",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("at", TIME, nullable=False),
        _key("verification_look", "organisation_id", "organisation.id"),
        _key("verification_look", "request_id", "verification_request.id"),
        _key("verification_look", "member_id", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_look")),
    )
    op.create_index(op.f("ix_verification_look_member_id"), "verification_look", ["member_id"])
    op.create_index("ix_verification_look_organisation", "verification_look", ["organisation_id", "id"])


def _expiry() -> None:
    op.add_column("organisation", sa.Column("lapsed_at", TIME, nullable=True))
    op.create_index("ix_verified_fact_until", "verified_fact", ["fact", "valid_until"])
    op.create_table(
        "expiry_step",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("valid_until", TIME, nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("taken_at", TIME, nullable=False),
        _key("expiry_step", "organisation_id", "organisation.id"),
        sa.PrimaryKeyConstraint("organisation_id", "valid_until", "step", name=op.f("pk_expiry_step")),
    )


def _reports() -> None:
    op.create_table(
        "report_recipient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        _key("report_recipient", "added_by", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_recipient")),
    )
    op.create_table(
        "identity_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("sellers", sa.Integer(), nullable=False),
        sa.Column("findings", DOCUMENTS, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("file_key", sa.String(length=80), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=True),
        sa.Column("prepared_at", TIME, nullable=False),
        _key("identity_report", "recipient_id", "report_recipient.id"),
        _key("identity_report", "prepared_by", "member.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_report")),
    )
    op.create_index("uq_identity_report_period", "identity_report", ["period", "number"], unique=True)


def downgrade() -> None:
    restore(op.get_bind(), "165_forgetting.sql", "FUNCTION forget_unheld")
    restore(op.get_bind(), "180_restrictions.sql", "VIEW kept_file")
    script(op.get_bind(), "220_verification_down.sql")
    for table in (
        "identity_report",
        "report_recipient",
        "expiry_step",
        "verification_look",
        "site_visit",
        "register_entry",
        "verification_draft",
    ):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_register_entry()")
    op.execute("DROP FUNCTION confirmed_by_another()")
    op.drop_index("ix_verified_fact_until", table_name="verified_fact")
    op.drop_column("organisation", "lapsed_at")
    op.drop_column("verified_fact", "document")
    # Facts without a person or request, and requests that wait for an answer beside others, had no place before.
    op.execute("DELETE FROM verified_fact WHERE request_id IS NULL OR confirmed_by IS NULL")
    op.alter_column("verified_fact", "request_id", nullable=False)
    op.alter_column("verified_fact", "confirmed_by", nullable=False)
    op.drop_index("uq_verification_request_pending", table_name="verification_request")
    op.create_index(
        "uq_verification_request_pending",
        "verification_request",
        ["organisation_id"],
        unique=True,
        postgresql_where=sa.text("state = 'submitted'"),
    )
    for column in ("accepted", "private_sealed", "form", "unchanged", "renews"):
        op.drop_column("verification_request", column)
