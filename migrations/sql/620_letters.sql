-- Answers by mail go with their deal.
CREATE FUNCTION forget_letters() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM incoming_letter WHERE inquiry_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER forget_letters AFTER UPDATE OF forgotten_at ON inquiry
    FOR EACH ROW WHEN (OLD.forgotten_at IS NULL AND NEW.forgotten_at IS NOT NULL)
    EXECUTE FUNCTION forget_letters();
