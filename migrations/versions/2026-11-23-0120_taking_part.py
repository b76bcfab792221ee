"""taking part: who is named in deals beside buyer and supplier"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from app.migrations import script

revision = "a91c5e07d4b2"
down_revision = "f2b6d04e91c7"
branch_labels = None
depends_on = None

SETTINGS = {"ID-09": '{"tries": 10}', "TBML-13": '{"amounts": 3, "due_days": 5}'}


def upgrade() -> None:
    op.create_table(
        "named_party",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("identifiers", postgresql.JSONB(), nullable=False),
        sa.Column("screened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_named_party")),
        sa.UniqueConstraint("digest", name=op.f("uq_named_party_digest")),
    )
    op.create_index(
        "ix_named_party_due", "named_party", ["id"], postgresql_where=sa.text("screened_at IS NULL")
    )
    op.create_table(
        "named_in",
        sa.Column("subject_type", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("named_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["named_id"], ["named_party.id"], name=op.f("fk_named_in_named_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_named_in_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("subject_type", "subject_id", "role", "named_id", name=op.f("pk_named_in")),
    )
    op.create_index("ix_named_in_open", "named_in", ["named_id"], postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("ix_named_in_ended", "named_in", ["ended_at"], postgresql_where=sa.text("ended_at IS NOT NULL"))
    op.add_column("screening_run", sa.Column("reached_named", sa.Uuid(), nullable=True))
    op.alter_column("screening_match", "organisation_id", nullable=True)
    op.add_column("screening_match", sa.Column("named_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_screening_match_named_id"), "screening_match", "named_party", ["named_id"], ["id"],
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_screening_match_whose"), "screening_match", "num_nonnulls(organisation_id, named_id) = 1"
    )
    op.create_index(op.f("ix_screening_match_named_id"), "screening_match", ["named_id"], unique=False)
    op.create_index(
        "uq_screening_match_named", "screening_match", ["named_id", "party_digest", "entry_id"], unique=True,
        postgresql_where=sa.text("state <> 'lapsed'"),
    )
    op.add_column("shipment", sa.Column("vessel", sa.String(length=80), server_default="", nullable=False))
    op.add_column("shipment", sa.Column("imo", sa.String(length=7), server_default="", nullable=False))
    script(op.get_bind(), "430_taking_part.sql")
    for rule, parameters in SETTINGS.items():
        op.execute(
            sa.text("""
                INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
                VALUES (gen_random_uuid(), :rule, 'live', CAST(:parameters AS jsonb), '2026-11-23',
                        'docs/RISK.md, starting value', '2026-11-23', 'approved', '2026-11-23')
            """).bindparams(rule=rule, parameters=parameters)
        )


def downgrade() -> None:
    op.execute("ALTER TABLE risk_setting DISABLE TRIGGER keep_risk_setting")
    op.execute("DELETE FROM risk_setting WHERE rule IN ('ID-09', 'TBML-13') AND effective_from = '2026-11-23'")
    op.execute("ALTER TABLE risk_setting ENABLE TRIGGER keep_risk_setting")
    for table in ("orders", "contract", "bank_account"):
        op.execute(f"DROP TRIGGER end_named ON {table}")
    op.execute("DROP FUNCTION end_named()")
    op.drop_column("shipment", "imo")
    op.drop_column("shipment", "vessel")
    op.execute("ALTER TABLE screening_match DISABLE TRIGGER keep_match")
    op.execute("DELETE FROM screening_match WHERE organisation_id IS NULL")
    op.execute("ALTER TABLE screening_match ENABLE TRIGGER keep_match")
    op.drop_index("uq_screening_match_named", table_name="screening_match")
    op.drop_constraint(op.f("ck_screening_match_whose"), "screening_match", type_="check")
    op.drop_column("screening_match", "named_id")
    op.alter_column("screening_match", "organisation_id", nullable=False)
    op.drop_column("screening_run", "reached_named")
    op.drop_table("named_in")
    op.execute("DROP TRIGGER keep_named ON named_party")
    op.drop_table("named_party")
    op.execute("DROP FUNCTION keep_named()")
