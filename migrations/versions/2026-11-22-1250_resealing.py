"""resealing: where files lie that were sealed anew, what a representative's name is recognised by, and a narrow door"""

from alembic import op
import sqlalchemy as sa

from app.migrations import script

revision = "7c40e9d1b5a8"
down_revision = "d3b8f0a6c215"
branch_labels = None
depends_on = None

DIGEST = "encode(sha256(convert_to('representative:' || coalesce(v.claims ->> 'registration', '') || ':', 'UTF8') || v.{0}), 'hex')"


def upgrade() -> None:
    op.create_table(
        "resealed_file",
        sa.Column("key", sa.String(length=67), nullable=False),
        sa.Column("place", sa.String(length=67), nullable=False),
        sa.Column("leaving", sa.String(length=67), nullable=False),
        sa.Column("key_id", sa.LargeBinary(length=4), nullable=False),
        sa.Column("resealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_resealed_file")),
    )
    op.create_index("ix_resealed_file_leaving", "resealed_file", ["key"], postgresql_where=sa.text("leaving <> ''"))
    table = "verification_request"
    op.add_column(table, sa.Column("representative_mark", sa.LargeBinary(length=32), nullable=False, server_default=""))
    op.alter_column(table, "representative_mark", server_default=None)
    op.execute(
        "UPDATE verification_request SET representative_mark = sha256(representative_sealed)"
        " WHERE length(representative_sealed) > 0"
    )
    _digests("representative_sealed", "representative_mark")
    script(op.get_bind(), "350_resealing.sql")


def _digests(was: str, now: str) -> None:
    """What an entry of a register agreed with was a digest of the name as it lay sealed, which another key changes."""
    op.execute("ALTER TABLE register_entry DISABLE TRIGGER keep_register_entry")
    op.execute(f"""
        UPDATE register_entry e
           SET agrees = jsonb_set(e.agrees, '{{representative}}', to_jsonb({DIGEST.format(now)}))
          FROM verification_request own, verification_request v
         WHERE own.id = e.request_id AND v.organisation_id = own.organisation_id AND length(v.{was}) > 0
           AND e.agrees ->> 'representative' = {DIGEST.format(was)}
    """)
    op.execute("ALTER TABLE register_entry ENABLE TRIGGER keep_register_entry")


def downgrade() -> None:
    if op.get_bind().execute(sa.text("SELECT EXISTS (SELECT FROM resealed_file)")).scalar_one():
        raise RuntimeError("files were sealed anew: without resealed_file nobody would find them")
    script(op.get_bind(), "350_resealing_down.sql")
    _digests("representative_mark", "representative_sealed")
    op.drop_column("verification_request", "representative_mark")
    op.drop_table("resealed_file")
