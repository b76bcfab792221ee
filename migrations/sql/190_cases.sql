-- What was decided, and who stated that nothing ties them to the sides, stays as it was.
SELECT make_append_only('case_handling');
SELECT make_append_only('case_ruling');

-- Nobody judges for a company of their own, nor looks a second time at what they decided.
CREATE FUNCTION check_case_ruling() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM case_ruling WHERE case_id = NEW.case_id AND decided_by = NEW.decided_by) THEN
        RAISE EXCEPTION 'case % needs another person than %', NEW.case_id, NEW.decided_by
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM case_file c JOIN member m ON m.id = NEW.decided_by
                WHERE c.id = NEW.case_id
                  AND (m.organisation_id IN (c.complainant_id, c.respondent_id) OR c.filed_by = m.id)) THEN
        RAISE EXCEPTION 'case % is not judged by one of its sides', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER second_look BEFORE INSERT ON case_ruling FOR EACH ROW EXECUTE FUNCTION check_case_ruling();

-- Between whom a case is, and about what, never changes; and it never leaves.
CREATE FUNCTION keep_case() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.number, NEW.kind, NEW.subject_type, NEW.subject_id, NEW.respondent_id, NEW.opened_at)
            IS DISTINCT FROM
            (OLD.id, OLD.number, OLD.kind, OLD.subject_type, OLD.subject_id, OLD.respondent_id, OLD.opened_at)
        OR NEW.complainant_id IS DISTINCT FROM OLD.complainant_id THEN
        RAISE EXCEPTION 'case % stays between whom it is', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_case BEFORE UPDATE OR DELETE ON case_file FOR EACH ROW EXECUTE FUNCTION keep_case();
CREATE TRIGGER keep_cases BEFORE TRUNCATE ON case_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
