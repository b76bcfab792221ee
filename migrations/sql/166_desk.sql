-- Nobody at the desk decides what their own company sent in, and second looks are given once.
CREATE FUNCTION not_ones_own() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM member m WHERE m.id IN (NEW.claimed_by, NEW.decided_by)
                  AND m.organisation_id = NEW.organisation_id) THEN
        RAISE EXCEPTION 'review % is of the reviewer''s own company', NEW.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER not_ones_own BEFORE INSERT OR UPDATE OF claimed_by, decided_by ON review
    FOR EACH ROW WHEN (NEW.claimed_by IS NOT NULL OR NEW.decided_by IS NOT NULL) EXECUTE FUNCTION not_ones_own();

CREATE FUNCTION keep_check() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['checked_by', 'checked_at', 'agrees', 'note'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.agrees IS NOT NULL OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'the second look at % stays as it was', OLD.review_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_check BEFORE UPDATE OR DELETE ON review_check FOR EACH ROW EXECUTE FUNCTION keep_check();
CREATE TRIGGER keep_checks BEFORE TRUNCATE ON review_check FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A wording is retired, not rewritten: whoever reads an old decision can be told what it was made of.
CREATE FUNCTION keep_wording() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF OLD.retired_at IS NOT NULL OR to_jsonb(NEW) - 'retired_at' IS DISTINCT FROM to_jsonb(OLD) - 'retired_at' THEN
        RAISE EXCEPTION 'wording % stays as it was written', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_wording BEFORE UPDATE ON review_wording FOR EACH ROW EXECUTE FUNCTION keep_wording();
