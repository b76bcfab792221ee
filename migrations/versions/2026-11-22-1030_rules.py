"""rules, agreements and the operator's disclosure"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "d41f7a6c2e83"
down_revision = "7d21c4e9a05f"
branch_labels = None
depends_on = None


def member(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["member.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        "rule_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("drafted_by", sa.Uuid(), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("comments_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        member("rule_version", "drafted_by"),
        member("rule_version", "published_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_version")),
        sa.UniqueConstraint("code", "number", name=op.f("uq_rule_version_code_number")),
    )
    op.create_index(
        "uq_rule_version_pending",
        "rule_version",
        ["code"],
        unique=True,
        postgresql_where=sa.text("state IN ('draft', 'consultation')"),
    )
    op.create_index(
        "uq_rule_version_effective",
        "rule_version",
        ["code", "effective_from"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "rule_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("clause", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rule_version.id"], name=op.f("fk_rule_comment_version_id"), ondelete="RESTRICT"
        ),
        member("rule_comment", "member_id"),
        member("rule_comment", "answered_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_comment")),
    )
    op.create_index("ix_rule_comment_version", "rule_comment", ["version_id", "id"])
    op.create_table(
        "rule_acceptance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("way", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["rule_version.id"], name=op.f("fk_rule_acceptance_version_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_rule_acceptance_organisation_id"),
            ondelete="RESTRICT",
        ),
        member("rule_acceptance", "member_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_acceptance")),
        sa.UniqueConstraint(
            "organisation_id", "version_id", name=op.f("uq_rule_acceptance_organisation_id_version_id")
        ),
    )
    op.create_index(op.f("ix_rule_acceptance_version_id"), "rule_acceptance", ["version_id"])
    op.create_table(
        "operator_facts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        member("operator_facts", "said_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_facts")),
    )
    op.create_table(
        "operator_licence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("verified_url", sa.String(length=300), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        member("operator_licence", "added_by"),
        member("operator_licence", "ended_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_licence")),
    )
    op.create_index(
        "ix_operator_licence_valid", "operator_licence", ["valid_to"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.add_column("registration", sa.Column("consent", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    script(op.get_bind(), "200_rules.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION agreement_due(uuid, boolean, date)")
    op.drop_column("registration", "consent")
    for table in ("operator_licence", "operator_facts", "rule_acceptance", "rule_comment", "rule_version"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_operator_licence()")
    op.execute("DROP FUNCTION keep_rule_comment()")
    op.execute("DROP FUNCTION keep_rule_version()")
