-- What the bank said stays as it said it, and its statements form one chain.

SELECT make_append_only('bank_statement');
SELECT make_append_only('payment_run_download');

-- A statement continues the one before it of the same account and currency, to the unit.
CREATE FUNCTION check_statement_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.previous_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM bank_statement b
         WHERE b.id = NEW.previous_id AND b.account = NEW.account AND b.currency = NEW.currency
           AND b.closing_minor = NEW.opening_minor) THEN
        RAISE EXCEPTION 'statement % does not continue the one before it', NEW.bank_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER continues_chain BEFORE INSERT ON bank_statement FOR EACH ROW EXECUTE FUNCTION check_statement_chain();

-- Of a line only what we made of it may be written.
CREATE FUNCTION bank_line_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.statement_id, NEW.number, NEW.direction, NEW.returned, NEW.amount_minor, NEW.amount_currency,
        NEW.booked_on, NEW.value_on, NEW.bank_ref, NEW.end_to_end, NEW.batch, NEW.reference, NEW.remittance,
        NEW.name, NEW.bank_code, NEW.country, NEW.sealed, NEW.masked, NEW.mark, NEW.code, NEW.reason)
       IS DISTINCT FROM
       (OLD.statement_id, OLD.number, OLD.direction, OLD.returned, OLD.amount_minor, OLD.amount_currency,
        OLD.booked_on, OLD.value_on, OLD.bank_ref, OLD.end_to_end, OLD.batch, OLD.reference, OLD.remittance,
        OLD.name, OLD.bank_code, OLD.country, OLD.sealed, OLD.masked, OLD.mark, OLD.code, OLD.reason)
       OR (OLD.status <> 'new' AND NEW.status <> OLD.status) THEN
        RAISE EXCEPTION 'a line stays as the bank wrote it' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_line_is_fixed BEFORE UPDATE ON bank_line FOR EACH ROW EXECUTE FUNCTION bank_line_is_fixed();
CREATE TRIGGER bank_line_stays BEFORE DELETE ON bank_line FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A decision once taken stays.
CREATE TRIGGER refuse_second_decision BEFORE UPDATE ON bank_case_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_second_decision();

-- A file that was approved is the file that was made.
CREATE FUNCTION payment_run_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.number, NEW.message, NEW.execute_on, NEW.file_key, NEW.sha256, NEW.made_by)
       IS DISTINCT FROM (OLD.number, OLD.message, OLD.execute_on, OLD.file_key, OLD.sha256, OLD.made_by)
       OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by) THEN
        RAISE EXCEPTION 'a payment run stays as it was made' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_run_is_fixed BEFORE UPDATE ON payment_run FOR EACH ROW EXECUTE FUNCTION payment_run_is_fixed();
