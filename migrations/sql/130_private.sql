-- Personal parts of evidence come with their link and go only when its chain says that they are gone, and not before
-- three years have passed since it last said anything else (E-Commerce Law (PRC) art. 31), by this server's clock.
CREATE FUNCTION check_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM evidence_link own
          JOIN evidence_link said ON said.subject_type = own.subject_type AND said.subject_id = own.subject_id
         WHERE own.id = OLD.link_id AND said.kind = 'evidence.erased' AND said.seq > own.seq
           AND said.canonical::jsonb -> 'data' -> 'links' @> to_jsonb(own.seq)
    ) THEN
        RAISE EXCEPTION 'a personal part of link % is gone only if its chain says so', OLD.link_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM evidence_link own
          JOIN evidence_link later ON later.subject_type = own.subject_type AND later.subject_id = own.subject_id
         WHERE own.id = OLD.link_id AND later.kind <> 'evidence.erased' AND later.at > now() - interval '3 years'
    ) THEN
        RAISE EXCEPTION 'the personal parts of link % must be kept longer', OLD.link_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER erased_by_its_chain BEFORE DELETE ON evidence_private
    FOR EACH ROW EXECUTE FUNCTION check_erasure();
CREATE TRIGGER never_changed BEFORE UPDATE ON evidence_private
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON evidence_private
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE UPDATE, TRUNCATE ON evidence_private FROM portolan_app;
