-- What was published stays; a timestamp comes to it once.
SELECT make_append_only('logged_head');
SELECT make_append_only('tree_node');
CREATE FUNCTION keep_tree_head() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.token IS NOT NULL
       OR (NEW.day, NEW.size, NEW.root, NEW.made_at) IS DISTINCT FROM (OLD.day, OLD.size, OLD.root, OLD.made_at) THEN
        RAISE EXCEPTION 'the root of % is published', OLD.day USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_tree_head BEFORE UPDATE OR DELETE ON tree_head FOR EACH ROW EXECUTE FUNCTION keep_tree_head();
CREATE TRIGGER keep_tree_heads BEFORE TRUNCATE ON tree_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
