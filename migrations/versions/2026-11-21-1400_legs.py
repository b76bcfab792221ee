"""legs"""

from alembic import op
from app.migrations import script

revision = 'd2a80c5f7e19'
down_revision = 'b4d1a96e2c70'
branch_labels = None
depends_on = None

BEFORE = (
    'DROP TRIGGER legs_balance ON posting',
    'DROP FUNCTION check_legs_balance()',
    'DROP TRIGGER entry_has_legs ON journal_entry',
    'DROP FUNCTION check_entry_has_legs()',
    '''CREATE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    entry uuid;
    legs bigint;
    balanced boolean;
BEGIN
    IF TG_TABLE_NAME = 'posting' THEN
        entry := NEW.entry_id;
    ELSE
        entry := NEW.id;
    END IF;
    SELECT coalesce(sum(c.legs), 0), bool_and(c.minor = 0) INTO legs, balanced
      FROM (SELECT count(*) AS legs, sum(amount_minor) AS minor FROM posting
             WHERE entry_id = entry GROUP BY amount_currency) c;
    IF legs < 2 THEN
        RAISE EXCEPTION 'entry % has fewer than two legs', entry USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT balanced THEN
        RAISE EXCEPTION 'entry % does not balance', entry USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$''',
    '''CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON journal_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances()''',
    '''CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances()''',
)


def upgrade() -> None:
    script(op.get_bind(), '99_legs.sql')


def downgrade() -> None:
    for statement in BEFORE:
        op.execute(statement)
