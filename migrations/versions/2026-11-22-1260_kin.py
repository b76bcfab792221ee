"""kin: companies tied to one that was excluded come before people"""

from alembic import op

revision = "e7a2c94b1d38"
down_revision = "7c40e9d1b5a8"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        INSERT INTO risk_setting (id, rule, mode, parameters, effective_from, source, set_at, verdict, decided_at)
        VALUES (gen_random_uuid(), 'OPS-04', 'live', '{"weak": 2, "let_pass": []}', '2026-01-01',
                'docs/RISK.md, starting value', '2026-01-01', 'approved', '2026-01-01')
    """)


def downgrade() -> None:
    op.execute("ALTER TABLE risk_setting DISABLE TRIGGER keep_risk_setting")
    op.execute("DELETE FROM risk_setting WHERE rule = 'OPS-04'")
    op.execute("ALTER TABLE risk_setting ENABLE TRIGGER keep_risk_setting")
