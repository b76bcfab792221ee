-- Every version of a text stays as it was, and so does what was said of it.
SELECT make_append_only('contract_revision');
SELECT make_append_only('contract_comment');
SELECT make_append_only('contract_comment_resolution');

-- What one side asked stays as it was asked; the answer comes to it once.
CREATE FUNCTION keep_contract_request() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['state', 'answered_by', 'answered_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'open' OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'request % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_contract_request BEFORE UPDATE OR DELETE ON contract_request
    FOR EACH ROW EXECUTE FUNCTION keep_contract_request();
CREATE TRIGGER keep_contract_requests BEFORE TRUNCATE ON contract_request
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
