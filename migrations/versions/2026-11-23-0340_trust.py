"""what trust still lacked: the country of a session, listings that repeat others, statutory units, a directory of banks"""

from datetime import date

from alembic import op
import sqlalchemy as sa

revision = "c3d5f7a90b12"
down_revision = "a6c30e8d5f12"
branch_labels = None
depends_on = None

SETTINGS = {"ID-08": '{"hours": 24, "kilometres_an_hour": 900}'}

UNITS = {
    "H87": "6109 8467 850440 850760 8516 851830 853952 854143 871160 8712",
    "KGM": "3923 3926 4819 6302 6307 6911 6912 6913 7318 7323 7610 8204 830110 854442 871499",
    "MTK": "5209 6907",
}
"""Standard units of quantity of the World Customs Organization (HS 2022), of a few headings."""


def upgrade() -> None:
    op.add_column("session", sa.Column("country", sa.String(length=2), server_default="", nullable=False))
    op.add_column("product_revision", sa.Column("repeats", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("product_search", sa.Column("repeats", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "bank_code",
        sa.Column("bic", sa.CHAR(length=8), nullable=False),
        sa.Column("sheet", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("bic", name=op.f("pk_bank_code")),
    )
    units = op.create_table(
        "statutory_unit",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("unit", sa.String(length=3), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("code", "unit", "since", name=op.f("pk_statutory_unit")),
    )
    rows = [
        {"code": code, "unit": unit, "since": date(2022, 1, 1)} for unit, codes in UNITS.items() for code in codes.split()
    ]
    op.bulk_insert(units, rows)
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
    for rule in SETTINGS:
        op.execute(
            sa.text("DELETE FROM risk_setting WHERE rule = :rule AND effective_from = '2026-11-23'").bindparams(rule=rule)
        )
    op.execute("ALTER TABLE risk_setting ENABLE TRIGGER keep_risk_setting")
    op.drop_table("statutory_unit")
    op.drop_table("bank_code")
    op.drop_column("product_search", "repeats")
    op.drop_column("product_revision", "repeats")
    op.drop_column("session", "country")
