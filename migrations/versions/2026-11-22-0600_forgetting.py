"""why a deal is kept, said once; holds that nothing slips past"""

from alembic import op

from app.migrations import restore, script

revision = "e3b8d05f6a12"
down_revision = "b60c2f7d1e94"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script(op.get_bind(), "165_forgetting.sql")


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_unheld ON verification_request")
    for function in ("forgotten", "forget_in_time", "check_erasure"):
        restore(op.get_bind(), "140_retention.sql", f"FUNCTION {function}")
    op.execute("DROP FUNCTION forget_unheld()")
    op.execute("DROP FUNCTION kept_because(uuid, timestamptz)")
    op.execute("DROP FUNCTION last_word(uuid)")
