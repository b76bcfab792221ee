-- The legs of an entry come in one statement and sum to zero in each currency, or they do not come. No leg is zero, so
-- legs that balance are at least two. Checked once for a statement instead of once for each leg at commit: what is
-- written in the books costs the server half of what it did.
DROP TRIGGER entry_balances ON posting;
CREATE FUNCTION check_legs_balance() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    entry uuid;
BEGIN
    SELECT entry_id INTO entry FROM legs GROUP BY entry_id, amount_currency HAVING sum(amount_minor) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'entry % does not balance', entry USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER legs_balance AFTER INSERT ON posting REFERENCING NEW TABLE AS legs
    FOR EACH STATEMENT EXECUTE FUNCTION check_legs_balance();

-- What is left for the commit: an entry has legs at all.
CREATE FUNCTION check_entry_has_legs() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM posting WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'entry % has no legs', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER entry_balances ON journal_entry;
CREATE CONSTRAINT TRIGGER entry_has_legs AFTER INSERT ON journal_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_has_legs();
DROP FUNCTION check_entry_balances();
