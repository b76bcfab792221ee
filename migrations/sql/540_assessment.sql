-- What was said, drawn, found and scored is never changed: something newer stands beside it.
SELECT make_append_only('assessment_rules');
SELECT make_append_only('assessment_report');
SELECT make_append_only('assessment_sample');
SELECT make_append_only('assessment_finding');
SELECT make_append_only('assessment_sheet');
SELECT make_append_only('assessment_veto');
SELECT make_append_only('assessment_progress');
SELECT make_append_only('assessment_statement');

-- What is assessed, by which rules and where the seed comes from stays as it was scheduled; the lock, the list of orders
-- and the seed are set once; nothing moves any more once it is over.
CREATE FUNCTION keep_assessment() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR (NEW.id, NEW.number, NEW.last, NEW.rules_id, NEW.seed_source, NEW.scheduled_by, NEW.scheduled_at)
          IS DISTINCT FROM
          (OLD.id, OLD.number, OLD.last, OLD.rules_id, OLD.seed_source, OLD.scheduled_by, OLD.scheduled_at)
       OR OLD.lock IS NOT NULL AND (NEW.lock, NEW.closes, NEW.orders, NEW.orders_key, NEW.orders_digest, NEW.locked_at)
          IS DISTINCT FROM (OLD.lock, OLD.closes, OLD.orders, OLD.orders_key, OLD.orders_digest, OLD.locked_at)
       OR OLD.seed IS NOT NULL AND (NEW.seed, NEW.seed_at) IS DISTINCT FROM (OLD.seed, OLD.seed_at)
       OR NEW.seed IS NOT NULL AND NEW.lock IS NULL
       OR NEW.drawn_at IS NOT NULL AND NEW.seed IS NULL
       OR OLD.drawn_at IS NOT NULL AND NEW.drawn_at IS DISTINCT FROM OLD.drawn_at
       OR OLD.ended_at IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'assessment % stays as it was', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_assessment BEFORE UPDATE OR DELETE ON assessment
    FOR EACH ROW EXECUTE FUNCTION keep_assessment();
CREATE TRIGGER keep_assessments BEFORE TRUNCATE ON assessment FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON assessment FROM portolan_app;

-- What is proposed stays as it was, and is decided once.
CREATE FUNCTION keep_assessment_proposal() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    deciding CONSTANT text[] := ARRAY['state', 'decided_by', 'decided_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'open'
       OR to_jsonb(NEW) - deciding IS DISTINCT FROM to_jsonb(OLD) - deciding THEN
        RAISE EXCEPTION 'proposal % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_assessment_proposal BEFORE UPDATE OR DELETE ON assessment_proposal
    FOR EACH ROW EXECUTE FUNCTION keep_assessment_proposal();
CREATE TRIGGER keep_assessment_proposals BEFORE TRUNCATE ON assessment_proposal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON assessment_proposal FROM portolan_app;

-- What is to be put right, by whom and until when stays as it was decided.
CREATE FUNCTION keep_assessment_item() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'accepted'
       OR to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state' THEN
        RAISE EXCEPTION 'item % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_assessment_item BEFORE UPDATE OR DELETE ON assessment_item
    FOR EACH ROW EXECUTE FUNCTION keep_assessment_item();
CREATE TRIGGER keep_assessment_items BEFORE TRUNCATE ON assessment_item
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON assessment_item FROM portolan_app;

-- A title stays on record with its certificate, also once it is revoked.
CREATE FUNCTION keep_assessment_title() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    deciding CONSTANT text[] := ARRAY['state', 'agreed_by', 'agreed_at', 'revoked_by', 'ended_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('declined', 'revoked')
       OR OLD.agreed_by IS NOT NULL AND (NEW.agreed_by, NEW.agreed_at) IS DISTINCT FROM (OLD.agreed_by, OLD.agreed_at)
       OR NEW.state IN ('held', 'revoked') AND NEW.agreed_by IS NULL
       OR to_jsonb(NEW) - deciding IS DISTINCT FROM to_jsonb(OLD) - deciding THEN
        RAISE EXCEPTION 'title % stays as it was', OLD.certificate USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_assessment_title BEFORE UPDATE OR DELETE ON assessment_title
    FOR EACH ROW EXECUTE FUNCTION keep_assessment_title();
CREATE TRIGGER keep_assessment_titles BEFORE TRUNCATE ON assessment_title
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON assessment_title FROM portolan_app;

-- Lists of orders from which was drawn.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT orders_key FROM assessment WHERE orders_key IS NOT NULL';
END $$;
