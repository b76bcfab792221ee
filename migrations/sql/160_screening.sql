-- What a list once said stays said; it ends when a later version says otherwise.
SELECT make_append_only('list_version');

CREATE FUNCTION keep_listed_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.until IS NOT NULL OR to_jsonb(NEW) - 'until' IS DISTINCT FROM to_jsonb(OLD) - 'until' THEN
        RAISE EXCEPTION 'entry % of list % stays as it was', OLD.reference, OLD.list_key
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_listed_entry BEFORE UPDATE OR DELETE ON listed_entry
    FOR EACH ROW EXECUTE FUNCTION keep_listed_entry();
CREATE TRIGGER keep_listed_entries BEFORE TRUNCATE ON listed_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
