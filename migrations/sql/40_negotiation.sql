-- What was said stays said; what was offered stays as it was offered.

SELECT make_append_only('message');

CREATE FUNCTION quotation_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.inquiry_id, NEW.version, NEW.made_by, NEW.member_id, NEW.content, NEW.total_minor, NEW.total_currency,
        NEW.valid_until, NEW.created_at)
       IS DISTINCT FROM
       (OLD.inquiry_id, OLD.version, OLD.made_by, OLD.member_id, OLD.content, OLD.total_minor, OLD.total_currency,
        OLD.valid_until, OLD.created_at) THEN
        RAISE EXCEPTION 'the content of a quotation never changes';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER quotation_is_fixed BEFORE UPDATE ON quotation FOR EACH ROW EXECUTE FUNCTION quotation_is_fixed();
