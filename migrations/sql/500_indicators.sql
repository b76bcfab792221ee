-- What was counted is never changed: a correction is another counting beside it, with its reason.
SELECT make_append_only('indicator_close');
SELECT make_append_only('indicator_value');
SELECT make_append_only('indicator_attempt');
SELECT make_append_only('indicator_question');
SELECT make_append_only('indicator_answer');

-- Revisions of a closing follow one another, and none comes before the one it corrects.
CREATE FUNCTION check_indicator_close() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.revision > 1 AND NOT EXISTS (
           SELECT FROM indicator_close c
            WHERE (c.last, c.closing, c.revision) = (NEW.last, NEW.closing, NEW.revision - 1)) THEN
        RAISE EXCEPTION 'revision % of % has nothing to correct', NEW.revision, NEW.last
              USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_indicator_close BEFORE INSERT ON indicator_close
    FOR EACH ROW EXECUTE FUNCTION check_indicator_close();

-- Rows that were counted.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT file_key FROM indicator_close';
END $$;
