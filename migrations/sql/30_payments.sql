-- The books guard themselves, whoever writes: the application, an operator, or the owner of the tables.

SELECT make_append_only('account');
SELECT make_append_only('journal_entry');
SELECT make_append_only('posting');
SELECT make_append_only('ledger_proof');
SELECT make_append_only('webhook_event');

-- An entry knows the transaction that wrote it.
CREATE FUNCTION sign_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_in := pg_current_xact_id()::text::bigint;
    RETURN NEW;
END $$;
CREATE TRIGGER sign_entry BEFORE INSERT ON journal_entry FOR EACH ROW EXECUTE FUNCTION sign_entry();

-- Legs come with their entry, never later.
CREATE FUNCTION refuse_late_legs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM legs JOIN journal_entry e ON e.id = legs.entry_id
                WHERE e.created_in <> pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'an entry takes legs only in the transaction that wrote it'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_late_legs AFTER INSERT ON posting REFERENCING NEW TABLE AS legs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_legs();

-- At commit an entry has at least two legs, and they sum to zero in each currency. Both tables carry the check: an entry
-- without legs is caught by its own, a leg added after an early check (SET CONSTRAINTS IMMEDIATE) by the leg's.
CREATE FUNCTION check_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON journal_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_entry_balances();

-- A party's account begins with a balance of zero; a hot account has none.
CREATE FUNCTION open_balance() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO balance (account_id, side, floor_zero, minor)
    SELECT id, side, floor_zero, 0 FROM accounts WHERE NOT hot;
    RETURN NULL;
END $$;
CREATE TRIGGER open_balance AFTER INSERT ON account REFERENCING NEW TABLE AS accounts
    FOR EACH STATEMENT EXECUTE FUNCTION open_balance();

-- Balances follow postings. They are locked in the order of their ids, so that two entries never wait for each other.
CREATE FUNCTION balance_follows() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM 1 FROM balance WHERE account_id IN (SELECT account_id FROM legs)
      ORDER BY account_id FOR NO KEY UPDATE;
    UPDATE balance b SET minor = b.minor + moved.minor
      FROM (SELECT account_id, sum(amount_minor)::bigint AS minor FROM legs GROUP BY account_id) moved
     WHERE b.account_id = moved.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER balance_follows AFTER INSERT ON posting REFERENCING NEW TABLE AS legs
    FOR EACH STATEMENT EXECUTE FUNCTION balance_follows();

-- Nobody else touches a balance: the application's role may only read it, and the owner is stopped here.
CREATE FUNCTION refuse_edited_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'balances follow postings' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refuse_edited_balance BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON balance
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_edited_balance();
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON balance FROM portolan_app;

-- Who books is not who approves, and a decision once taken stays.
CREATE FUNCTION refuse_second_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.decided_by IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'booking % is decided', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_second_decision BEFORE UPDATE ON bank_booking
    FOR EACH ROW EXECUTE FUNCTION refuse_second_decision();
