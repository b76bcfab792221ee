-- What was handed in, found and scored is never changed: something newer stands beside it.
SELECT make_append_only('award_rules');
SELECT make_append_only('award_submission');
SELECT make_append_only('award_check');
SELECT make_append_only('award_sheet');

-- An application keeps its number, its rules and its months; a dossier is handed in only while it may be written, a title
-- comes once, and nothing moves any more once it is over.
CREATE FUNCTION keep_award_application() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR (NEW.id, NEW.number, NEW.rules_id, NEW.last, NEW.opened_by, NEW.opened_at)
          IS DISTINCT FROM (OLD.id, OLD.number, OLD.rules_id, OLD.last, OLD.opened_by, OLD.opened_at)
       OR NEW.digest IS DISTINCT FROM OLD.digest AND OLD.state NOT IN ('draft', 'returned')
       OR NEW.returns < OLD.returns OR NEW.round < OLD.round
       OR NEW.result IS NULL AND OLD.result IS NOT NULL
       OR NEW.result IS DISTINCT FROM OLD.result AND NEW.state <> 'publicity' THEN
        RAISE EXCEPTION 'application % stays as it was', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_award_application BEFORE UPDATE OR DELETE ON award_application
    FOR EACH ROW EXECUTE FUNCTION keep_award_application();
CREATE TRIGGER keep_award_applications BEFORE TRUNCATE ON award_application
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON award_application FROM portolan_app;

-- Parts and files of a dossier are written while it is a draft or returned, files of an objection while objections may
-- come; a file is taken out, never changed, but that of a forgotten objection loses its name.
CREATE FUNCTION keep_award_dossier() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    mine uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.application_id ELSE NEW.application_id END;
    now_in text := (SELECT state FROM award_application WHERE id = mine);
    open_in text[] := ARRAY['draft', 'returned'];
BEGIN
    IF TG_TABLE_NAME = 'award_file' THEN
        IF TG_OP = 'INSERT' AND NEW.objection_id IS NOT NULL THEN
            open_in := ARRAY['publicity'];
        ELSIF TG_OP = 'UPDATE' AND OLD.objection_id IS NOT NULL AND NEW.name = ''
              AND to_jsonb(NEW) - 'name' = to_jsonb(OLD) - 'name'
              AND EXISTS (SELECT FROM award_objection WHERE id = OLD.objection_id AND forgotten_at IS NOT NULL) THEN
            RETURN NEW;
        ELSIF TG_OP = 'UPDATE' AND (OLD.removed_at IS NOT NULL OR OLD.objection_id IS NOT NULL
              OR to_jsonb(NEW) - 'removed_at' IS DISTINCT FROM to_jsonb(OLD) - 'removed_at') THEN
            open_in := '{}';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' OR now_in <> ALL (open_in)
       OR TG_OP = 'UPDATE' AND (NEW.id, NEW.application_id) IS DISTINCT FROM (OLD.id, OLD.application_id) THEN
        RAISE EXCEPTION 'the dossier of % stays as it was', mine USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_award_part BEFORE INSERT OR UPDATE OR DELETE ON award_part
    FOR EACH ROW EXECUTE FUNCTION keep_award_dossier();
CREATE TRIGGER keep_award_parts BEFORE TRUNCATE ON award_part FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_award_file BEFORE INSERT OR UPDATE OR DELETE ON award_file
    FOR EACH ROW EXECUTE FUNCTION keep_award_dossier();
CREATE TRIGGER keep_award_files BEFORE TRUNCATE ON award_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON award_part, award_file FROM portolan_app;

-- Who was named stays on record with what they stated.
CREATE FUNCTION keep_award_reviewer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moving CONSTANT text[] := ARRAY['state', 'statement'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state NOT IN ('named', 'free')
       OR to_jsonb(NEW) - moving IS DISTINCT FROM to_jsonb(OLD) - moving THEN
        RAISE EXCEPTION 'reviewer % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_award_reviewer BEFORE UPDATE OR DELETE ON award_reviewer
    FOR EACH ROW EXECUTE FUNCTION keep_award_reviewer();
CREATE TRIGGER keep_award_reviewers BEFORE TRUNCATE ON award_reviewer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON award_reviewer FROM portolan_app;

-- What is proposed stays as it was, and is decided once.
CREATE FUNCTION keep_award_proposal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    deciding CONSTANT text[] := ARRAY['state', 'decided_by', 'decided_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'open'
       OR to_jsonb(NEW) - deciding IS DISTINCT FROM to_jsonb(OLD) - deciding THEN
        RAISE EXCEPTION 'proposal % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_award_proposal BEFORE UPDATE OR DELETE ON award_proposal
    FOR EACH ROW EXECUTE FUNCTION keep_award_proposal();
CREATE TRIGGER keep_award_proposals BEFORE TRUNCATE ON award_proposal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON award_proposal FROM portolan_app;

-- What somebody objected stays as it was said, and is decided once; the seal alone may be made anew. Three years after
-- the application is over it is forgotten who it was and what was written.
CREATE FUNCTION keep_award_objection() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    sealing CONSTANT text[] := ARRAY['objector_sealed'];
    deciding CONSTANT text[] := sealing || ARRAY['state', 'upheld', 'reason', 'decided_by', 'decided_at'];
    forgetting CONSTANT text[] := ARRAY['objector_sealed', 'text', 'forgotten_at'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.forgotten_at IS NULL AND NEW.forgotten_at IS NOT NULL AND NEW.text = ''
       AND to_jsonb(NEW) - forgetting = to_jsonb(OLD) - forgetting
       AND (SELECT ended_at FROM award_application WHERE id = OLD.application_id)
           <= NEW.forgotten_at - interval '3 years' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE'
       OR to_jsonb(NEW) - deciding IS DISTINCT FROM to_jsonb(OLD) - deciding
       OR OLD.state <> 'open' AND to_jsonb(NEW) - sealing IS DISTINCT FROM to_jsonb(OLD) - sealing THEN
        RAISE EXCEPTION 'objection % stays as it was', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_award_objection BEFORE UPDATE OR DELETE ON award_objection
    FOR EACH ROW EXECUTE FUNCTION keep_award_objection();
CREATE TRIGGER keep_award_objections BEFORE TRUNCATE ON award_objection
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON award_objection FROM portolan_app;

-- A title also ends with its last day, or with a newer one.
CREATE OR REPLACE FUNCTION keep_assessment_title() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    deciding CONSTANT text[] := ARRAY['state', 'agreed_by', 'agreed_at', 'revoked_by', 'ended_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('declined', 'expired', 'revoked')
       OR OLD.agreed_by IS NOT NULL AND (NEW.agreed_by, NEW.agreed_at) IS DISTINCT FROM (OLD.agreed_by, OLD.agreed_at)
       OR NEW.state IN ('held', 'expired', 'revoked') AND NEW.agreed_by IS NULL
       OR to_jsonb(NEW) - deciding IS DISTINCT FROM to_jsonb(OLD) - deciding THEN
        RAISE EXCEPTION 'title % stays as it was', OLD.certificate USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

-- Files of dossiers, also of those handed in before, and of objections until these are forgotten.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT key FROM award_file WHERE name <> ''''';
END $$;
