-- Rows of an append-only table are never changed and never leave.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION make_append_only(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION refuse_change()', target);
    EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', target);
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM portolan_app', target);
END $$;

SELECT make_append_only('evidence_link');
SELECT make_append_only('state_change');
SELECT make_append_only('event');
SELECT make_append_only('audit_entry');

-- A link that does not continue its chain, or whose hash is not its own, is refused whoever writes it.
CREATE FUNCTION check_evidence_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head record;
BEGIN
    SELECT seq, hash INTO head FROM evidence_link
     WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id
     ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> coalesce(head.seq, 0) + 1
       OR NEW.previous <> coalesce(head.hash, decode(repeat('00', 32), 'hex'))
       OR NEW.hash <> sha256(NEW.previous || convert_to(NEW.canonical, 'UTF8')) THEN
        RAISE EXCEPTION 'evidence link % of %:% does not continue its chain', NEW.seq, NEW.subject_type, NEW.subject_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER continues_chain BEFORE INSERT ON evidence_link
    FOR EACH ROW EXECUTE FUNCTION check_evidence_link();
