"""paths"""

from alembic import op
from app.migrations import script

revision = '7c2b9f40a1d5'
down_revision = 'e1d04b5665d6'
branch_labels = None
depends_on = None


def upgrade() -> None:
    script(op.get_bind(), '60_paths.sql')


def downgrade() -> None:
    op.execute("""
        DO $$
        DECLARE
            guard regprocedure;
        BEGIN
            FOR guard IN SELECT oid FROM pg_proc
                          WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype
                            AND NOT prosecdef
            LOOP
                EXECUTE format('ALTER FUNCTION %s RESET search_path', guard);
            END LOOP;
        END $$
    """)
