-- What was read of a picture is never read otherwise. It goes after three years, by this database's own clock.
CREATE FUNCTION keep_picture_reading() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.asked_at < now() - interval '1096 days' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.read_at IS NULL AND (NEW.key, NEW.asked_at) = (OLD.key, OLD.asked_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was read of % stays as it was', OLD.key USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_picture_reading BEFORE UPDATE OR DELETE ON picture_reading
    FOR EACH ROW EXECUTE FUNCTION keep_picture_reading();
CREATE TRIGGER keep_picture_readings BEFORE TRUNCATE ON picture_reading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a file was found to show stays with its deal, and goes with it; what was withheld is never let go.
CREATE FUNCTION keep_file_finding() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM inquiry WHERE id = OLD.inquiry_id AND forgotten_at IS NOT NULL) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.withheld AND to_jsonb(NEW) - 'withheld' = to_jsonb(OLD) - 'withheld' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what file % shows stays', OLD.sha256 USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_file_finding BEFORE UPDATE OR DELETE ON file_finding
    FOR EACH ROW EXECUTE FUNCTION keep_file_finding();
CREATE TRIGGER keep_file_findings BEFORE TRUNCATE ON file_finding
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION forget_file_findings() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM file_finding WHERE inquiry_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_file_findings AFTER UPDATE OF forgotten_at ON inquiry
    FOR EACH ROW WHEN (OLD.forgotten_at IS NULL AND NEW.forgotten_at IS NOT NULL)
    EXECUTE FUNCTION forget_file_findings();
