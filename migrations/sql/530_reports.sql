-- A report is asked for once and made once; its files stay as they were made.
CREATE FUNCTION keep_indicator_report() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.made_at IS NOT NULL OR NEW.made_at IS NULL
       OR to_jsonb(NEW) - 'made_at' IS DISTINCT FROM to_jsonb(OLD) - 'made_at'
       OR (SELECT count(*) FROM indicator_report_file f WHERE f.report_id = NEW.id) <> 4 THEN
        RAISE EXCEPTION 'report % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_indicator_report BEFORE UPDATE OR DELETE ON indicator_report
    FOR EACH ROW EXECUTE FUNCTION keep_indicator_report();
CREATE TRIGGER keep_indicator_reports BEFORE TRUNCATE ON indicator_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON indicator_report FROM portolan_app;
SELECT make_append_only('indicator_report_file');

-- All other files of a report are made from its JSON, which comes first, and none comes once it was made.
CREATE FUNCTION check_indicator_report_file() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.form <> 'json' AND NOT EXISTS (
           SELECT FROM indicator_report_file f WHERE f.report_id = NEW.report_id AND f.form = 'json')
       OR EXISTS (SELECT FROM indicator_report r WHERE r.id = NEW.report_id AND r.made_at IS NOT NULL) THEN
        RAISE EXCEPTION 'file % of report % has no place', NEW.form, NEW.report_id
              USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_indicator_report_file BEFORE INSERT ON indicator_report_file
    FOR EACH ROW EXECUTE FUNCTION check_indicator_report_file();

-- Files of reports.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT file_key FROM indicator_report_file';
END $$;
