-- What an owner granted stays as it was granted; it ends once.
CREATE FUNCTION keep_authority() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL OR
       (to_jsonb(NEW) - 'ended_at') IS DISTINCT FROM (to_jsonb(OLD) - 'ended_at') THEN
        RAISE EXCEPTION 'authority % stays as it was granted', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_authority BEFORE UPDATE OR DELETE ON signing_authority
    FOR EACH ROW EXECUTE FUNCTION keep_authority();
CREATE TRIGGER keep_authorities BEFORE TRUNCATE ON signing_authority
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
