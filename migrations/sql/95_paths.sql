-- As before, in one question instead of two: it is asked once for the entry and once for each of its legs.
CREATE OR REPLACE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;

-- A trigger reads the tables it was written for, whatever the session that fires it calls by their names: a temporary
-- table stands before all others on the path unless the path says otherwise.
DO $$
DECLARE
    guard regprocedure;
BEGIN
    FOR guard IN SELECT oid FROM pg_proc
                  WHERE pronamespace = 'public'::regnamespace AND prorettype = 'trigger'::regtype AND NOT prosecdef
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', guard);
    END LOOP;
END $$;
