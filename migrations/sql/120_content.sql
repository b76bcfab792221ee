-- What both sides froze stays as it is: terms, with the annexes they name, change in a draft alone.
CREATE FUNCTION keep_terms() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.state <> 'draft' AND NEW.terms IS DISTINCT FROM OLD.terms THEN
        RAISE EXCEPTION 'the terms of contract % are frozen', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_terms BEFORE UPDATE ON contract FOR EACH ROW EXECUTE FUNCTION keep_terms();
