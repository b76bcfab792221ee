-- Who looked, what was confirmed, visited, reported and done because of an expiry: written once.
SELECT make_append_only('verification_look');
SELECT make_append_only('verified_fact');
SELECT make_append_only('site_visit');
SELECT make_append_only('expiry_step');
SELECT make_append_only('report_recipient');
SELECT make_append_only('identity_report');

-- Nobody confirms a fact about their own company.
CREATE FUNCTION confirmed_by_another() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM member WHERE id = NEW.confirmed_by AND organisation_id = NEW.organisation_id) THEN
        RAISE EXCEPTION 'a fact about company % is confirmed by one of its own', NEW.organisation_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER confirmed_by_another BEFORE INSERT ON verified_fact
    FOR EACH ROW EXECUTE FUNCTION confirmed_by_another();

-- A request that was withdrawn is forgotten as others that were not accepted; one that waits is withdrawn with it.
CREATE OR REPLACE FUNCTION forget_unheld() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    IF OLD.forgotten_at IS NOT NULL OR OLD.state NOT IN ('rejected', 'more', 'withdrawn')
       OR NEW.state = 'more' OR held('verification_request', OLD.id) THEN
        RAISE EXCEPTION 'verification % is not forgotten: %', OLD.id, CASE
            WHEN OLD.forgotten_at IS NOT NULL THEN 'it was forgotten before'
            WHEN NEW.state = 'more' THEN 'it would wait for an answer for ever'
            WHEN OLD.state NOT IN ('rejected', 'more', 'withdrawn') THEN 'it must be kept longer'
            ELSE 'a legal hold keeps it' END USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- What a register said stays as it was written down, until its request is forgotten.
CREATE FUNCTION keep_register_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM verification_request WHERE id = OLD.request_id AND forgotten_at IS NOT NULL) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'register entry % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_register_entry BEFORE UPDATE OR DELETE ON register_entry
    FOR EACH ROW EXECUTE FUNCTION keep_register_entry();
CREATE TRIGGER keep_register_entries BEFORE TRUNCATE ON register_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The view of files that are needed grows by what these tables name, whatever it has by now.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT d.document ->> ''key'' FROM verification_draft v
                   CROSS JOIN LATERAL jsonb_array_elements(v.documents) AS d (document)
        UNION ALL SELECT d.document ->> ''key'' FROM site_visit v
                   CROSS JOIN LATERAL jsonb_array_elements(v.documents) AS d (document)
        UNION ALL SELECT screenshot FROM register_entry WHERE screenshot <> ''''
        UNION ALL SELECT file_key FROM identity_report
        UNION ALL SELECT e.key FROM case_exhibit e JOIN case_file c ON c.id = e.case_id WHERE c.forgotten_at IS NULL';
END $$;
