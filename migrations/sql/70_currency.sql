-- What was published, issued or agreed stays.

-- A rate that was published stays; a correction is a row of the same pair and day that names the one before it.

SELECT make_append_only('fx_rate');

CREATE FUNCTION check_fx_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.replaces IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM fx_rate corrected
         WHERE corrected.id = NEW.replaces AND corrected.day = NEW.day AND corrected.base = NEW.base AND corrected.quote = NEW.quote) THEN
        RAISE EXCEPTION 'a correction is of the same pair and day' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER corrects_its_own BEFORE INSERT ON fx_rate FOR EACH ROW EXECUTE FUNCTION check_fx_correction();

-- Invoices stay as they were issued, and their numbers have no gaps.

SELECT make_append_only('fee_invoice');
SELECT make_append_only('fee_invoice_line');

CREATE FUNCTION check_invoice_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sequence <> 1 + coalesce(
        (SELECT max(sequence) FROM fee_invoice WHERE series = NEW.series AND year = NEW.year), 0) THEN
        RAISE EXCEPTION 'invoice % does not follow the one before', NEW.number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER follows_the_last BEFORE INSERT ON fee_invoice FOR EACH ROW EXECUTE FUNCTION check_invoice_sequence();

SELECT make_append_only('contract_rate');

-- A quote is what the supplier saw; only the payout it led to is added, once.
CREATE FUNCTION quote_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.payout_id IS NOT NULL
       OR (to_jsonb(NEW) - 'payout_id') IS DISTINCT FROM (to_jsonb(OLD) - 'payout_id') THEN
        RAISE EXCEPTION 'quote % is fixed', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quote_is_fixed BEFORE UPDATE ON payout_quote FOR EACH ROW EXECUTE FUNCTION quote_is_fixed();
