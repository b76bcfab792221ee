"""paths"""

from alembic import op
from app.migrations import script

revision = '7c2b9f40a1d5'
down_revision = 'c7a4e0f1d2b3'
branch_labels = None
depends_on = None

BEFORE = '''
CREATE OR REPLACE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry uuid;
BEGIN
    IF TG_TABLE_NAME = 'posting' THEN
        entry := NEW.entry_id;
    ELSE
        entry := NEW.id;
    END IF;
    IF (SELECT count(*) FROM posting WHERE entry_id = entry) < 2 THEN
        RAISE EXCEPTION 'entry % has fewer than two legs', entry USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM posting WHERE entry_id = entry
                GROUP BY amount_currency HAVING sum(amount_minor) <> 0) THEN
        RAISE EXCEPTION 'entry % does not balance', entry USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
'''


def upgrade() -> None:
    script(op.get_bind(), '95_paths.sql')


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
    op.execute(BEFORE)
