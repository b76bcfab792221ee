-- Evidence once submitted stays as it was; the answer to it is given once.
CREATE FUNCTION keep_submission() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'evidence of a milestone is not deleted' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.milestone_id, NEW.number, NEW.member_id, NEW.facts, NEW.files, NEW.text, NEW.created_at)
       IS DISTINCT FROM
       (OLD.milestone_id, OLD.number, OLD.member_id, OLD.facts, OLD.files, OLD.text, OLD.created_at)
       OR (OLD.answered_at IS NOT NULL AND NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION 'evidence % of milestone % cannot change', OLD.number, OLD.milestone_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_submission BEFORE UPDATE OR DELETE ON milestone_submission
    FOR EACH ROW EXECUTE FUNCTION keep_submission();
