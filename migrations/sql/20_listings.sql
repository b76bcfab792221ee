-- What was once submitted for review is never changed: the moderator, the buyer and a court read the same text.
CREATE FUNCTION keep_submitted_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'versions of a product are not deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.product_id, NEW.number) IS DISTINCT FROM (OLD.product_id, OLD.number)
       OR (OLD.state <> 'draft' AND (NEW.content IS DISTINCT FROM OLD.content OR NEW.state = 'draft'
                                     OR NEW.saved_by <> OLD.saved_by OR NEW.saved_at <> OLD.saved_at)) THEN
        RAISE EXCEPTION 'version % of product % was submitted and cannot change', OLD.number, OLD.product_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_submitted BEFORE UPDATE OR DELETE ON product_revision
    FOR EACH ROW EXECUTE FUNCTION keep_submitted_revision();
