-- A micro-deposit is small, whoever plans it: no mistake sends more of the platform's own money than this.
ALTER TABLE operation ADD CONSTRAINT ck_operation_micro_deposit_is_small
    CHECK (kind <> 'micro_deposit' OR (provider = 'bank' AND amount_minor <= 5000 AND created_by IS NULL));

-- What was asked for stays what it was; a try is never taken back, and what is over stays over, but for money that
-- comes back after all.
CREATE FUNCTION micro_deposit_is_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.organisation_id, NEW.bank_account_id, NEW.currency, NEW.tries, NEW.requested_by, NEW.created_at)
       IS DISTINCT FROM
       (OLD.organisation_id, OLD.bank_account_id, OLD.currency, OLD.tries, OLD.requested_by, OLD.created_at)
       OR NOT NEW.tried @> OLD.tried OR cardinality(NEW.tried) < cardinality(OLD.tried)
       OR (OLD.sent_at IS NOT NULL AND (NEW.sent_at, NEW.expires_at, NEW.bank_name, NEW.likeness)
            IS DISTINCT FROM (OLD.sent_at, OLD.expires_at, OLD.bank_name, OLD.likeness))
       OR (OLD.ended_at IS NOT NULL AND NEW.state <> OLD.state
            AND NOT (OLD.state = 'proved' AND NEW.state = 'returned')) THEN
        RAISE EXCEPTION 'micro-deposit % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER micro_deposit_is_fixed BEFORE UPDATE ON micro_deposit
    FOR EACH ROW EXECUTE FUNCTION micro_deposit_is_fixed();
CREATE TRIGGER keep_micro_deposit BEFORE DELETE ON micro_deposit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_micro_deposits BEFORE TRUNCATE ON micro_deposit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- It proves an account of the company that asked, by one of its own.
CREATE FUNCTION micro_deposit_is_own() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM bank_account
                    WHERE id = NEW.bank_account_id AND organisation_id = NEW.organisation_id
                      AND currency = NEW.currency)
       OR NOT EXISTS (SELECT FROM member WHERE id = NEW.requested_by AND organisation_id = NEW.organisation_id) THEN
        RAISE EXCEPTION 'micro-deposit % is of another company''s account', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER micro_deposit_is_own BEFORE INSERT ON micro_deposit
    FOR EACH ROW EXECUTE FUNCTION micro_deposit_is_own();
