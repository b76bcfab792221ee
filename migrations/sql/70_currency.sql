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
