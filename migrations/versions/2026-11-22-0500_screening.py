"""sanctions lists"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "b60c2f7d1e94"
down_revision = "8e5a1c3d9b60"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sanctions_list",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sanctions_list")),
    )
    op.create_table(
        "list_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_key", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_key"], ["sanctions_list.key"], name=op.f("fk_list_version_list_key"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["member.id"], name=op.f("fk_list_version_taken_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_version")),
        sa.UniqueConstraint("list_key", "number", name=op.f("uq_list_version_list_key_number")),
    )
    op.create_table(
        "listed_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("list_key", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_key"], ["sanctions_list.key"], name=op.f("fk_listed_entry_list_key"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_entry")),
    )
    op.create_index(
        "uq_listed_entry_standing",
        "listed_entry",
        ["list_key", "reference"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "listed_name",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["listed_entry.id"], name=op.f("fk_listed_name_entry_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("entry_id", "place", name=op.f("pk_listed_name")),
    )
    op.create_index(
        "ix_listed_name_folded",
        "listed_name",
        ["folded"],
        postgresql_using="gin",
        postgresql_ops={"folded": "gin_trgm_ops"},
    )
    script(op.get_bind(), "160_screening.sql")


def downgrade() -> None:
    for table in ("listed_name", "listed_entry", "list_version", "sanctions_list"):
        op.drop_table(table)
    op.execute("DROP FUNCTION keep_listed_entry()")
