-- What was entered stays as it was entered: a visit that was planned takes place, and a mistake is withdrawn.
CREATE FUNCTION keep_quality_work() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moving CONSTANT text[] := ARRAY['state', 'done_on'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving
       OR NEW.done_on IS DISTINCT FROM OLD.done_on AND (OLD.done_on IS NOT NULL OR NEW.state <> 'done')
       OR NEW.state <> OLD.state AND (OLD.state = 'withdrawn' OR NEW.state = 'planned') THEN
        RAISE EXCEPTION 'entry % stays as it was made', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_quality_work BEFORE UPDATE OR DELETE ON quality_work
    FOR EACH ROW EXECUTE FUNCTION keep_quality_work();
CREATE TRIGGER keep_quality_works BEFORE TRUNCATE ON quality_work FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON quality_work FROM portolan_app;

-- What was found stays, and is settled once.
CREATE FUNCTION keep_quality_finding() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    ending CONSTANT text[] := ARRAY['over_at', 'how', 'ended_by'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.over_at IS NOT NULL
       OR to_jsonb(NEW) - ending IS DISTINCT FROM to_jsonb(OLD) - ending THEN
        RAISE EXCEPTION 'finding % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_quality_finding BEFORE UPDATE OR DELETE ON quality_finding
    FOR EACH ROW EXECUTE FUNCTION keep_quality_finding();
CREATE TRIGGER keep_quality_findings BEFORE TRUNCATE ON quality_finding
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON quality_finding FROM portolan_app;

-- Reports of inspections, and what else shows that something was done.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT file ->> ''key'' FROM quality_work WHERE file IS NOT NULL';
END $$;
