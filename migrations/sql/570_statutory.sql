-- What the law asks for stays in the calendar, and what became of it: a due day moves while nothing can be made yet.
CREATE FUNCTION keep_statutory_filing() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.kind, NEW.first_day, NEW.last_day, NEW.created_at)
          IS DISTINCT FROM (OLD.id, OLD.kind, OLD.first_day, OLD.last_day, OLD.created_at)
       OR OLD.state <> 'upcoming' AND (NEW.opens_on, NEW.due_on) IS DISTINCT FROM (OLD.opens_on, OLD.due_on)
       OR OLD.state IN ('filed', 'filed_late', 'not_due')
          AND (NEW.state, NEW.deferred_to, NEW.waived_by) IS DISTINCT FROM (OLD.state, OLD.deferred_to, OLD.waived_by)
       OR OLD.state <> 'upcoming' AND NEW.state = 'upcoming' THEN
        RAISE EXCEPTION 'report % stays as it is', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_statutory_filing BEFORE UPDATE OR DELETE ON statutory_filing
    FOR EACH ROW EXECUTE FUNCTION keep_statutory_filing();
CREATE TRIGGER keep_statutory_filings BEFORE TRUNCATE ON statutory_filing
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON statutory_filing FROM portolan_app;

-- A version is never overwritten: a correction is the next one. It is filed once, and its papers go after ten years.
CREATE FUNCTION keep_statutory_version() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    filing CONSTANT text[] := ARRAY['filed_on', 'filed_by', 'filed_at', 'receipt_number', 'receipt'];
    papers CONSTANT text[] := ARRAY['file', 'receipt', 'forgotten_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.forgotten_at IS NULL AND NEW.forgotten_at >= OLD.prepared_at + interval '10 years'
       AND NEW.file IS NULL AND NEW.receipt IS NULL AND to_jsonb(NEW) - papers = to_jsonb(OLD) - papers THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.filed_on IS NOT NULL
       OR to_jsonb(NEW) - filing IS DISTINCT FROM to_jsonb(OLD) - filing THEN
        RAISE EXCEPTION 'version % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_statutory_version BEFORE UPDATE OR DELETE ON statutory_version
    FOR EACH ROW EXECUTE FUNCTION keep_statutory_version();
CREATE TRIGGER keep_statutory_versions BEFORE TRUNCATE ON statutory_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON statutory_version FROM portolan_app;

SELECT make_append_only('statutory_recipient');

-- What was reported, and what authorities gave for it.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT f.file ->> ''key'' FROM statutory_version v
                   CROSS JOIN LATERAL (VALUES (v.file), (v.receipt)) f (file) WHERE f.file ->> ''key'' IS NOT NULL';
END $$;
