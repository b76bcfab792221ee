-- What somebody signed stays as it was when they signed it. Only the mark in the document comes later, once.
CREATE FUNCTION keep_signature() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.affixed_at IS NOT NULL OR
       (to_jsonb(NEW) - 'certificate' - 'affixed_at') IS DISTINCT FROM (to_jsonb(OLD) - 'certificate' - 'affixed_at') THEN
        RAISE EXCEPTION 'signature % stays as it was given', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_signature BEFORE UPDATE OR DELETE ON signature
    FOR EACH ROW EXECUTE FUNCTION keep_signature();
CREATE TRIGGER keep_signatures BEFORE TRUNCATE ON signature FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was ever handed out is known for good.
SELECT make_append_only('contract_file');
