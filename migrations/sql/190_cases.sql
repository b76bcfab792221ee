-- What was decided, and who stated that nothing ties them to the sides, stays as it was.
SELECT make_append_only('case_handling');
SELECT make_append_only('case_ruling');

-- Nobody judges for a company of their own, nor looks a second time at what they decided.
CREATE FUNCTION check_case_ruling() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM case_ruling WHERE case_id = NEW.case_id AND decided_by = NEW.decided_by) THEN
        RAISE EXCEPTION 'case % needs another person than %', NEW.case_id, NEW.decided_by
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM case_file c JOIN member m ON m.id = NEW.decided_by
                WHERE c.id = NEW.case_id
                  AND (m.organisation_id IN (c.complainant_id, c.respondent_id) OR c.filed_by = m.id)) THEN
        RAISE EXCEPTION 'case % is not judged by one of its sides', NEW.case_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER second_look BEFORE INSERT ON case_ruling FOR EACH ROW EXECUTE FUNCTION check_case_ruling();

-- Between whom a case is, and about what, never changes; and it never leaves.
CREATE FUNCTION keep_case() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.number, NEW.kind, NEW.subject_type, NEW.subject_id, NEW.respondent_id, NEW.opened_at)
            IS DISTINCT FROM
            (OLD.id, OLD.number, OLD.kind, OLD.subject_type, OLD.subject_id, OLD.respondent_id, OLD.opened_at)
        OR NEW.complainant_id IS DISTINCT FROM OLD.complainant_id THEN
        RAISE EXCEPTION 'case % stays between whom it is', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_case BEFORE UPDATE OR DELETE ON case_file FOR EACH ROW EXECUTE FUNCTION keep_case();
CREATE TRIGGER keep_cases BEFORE TRUNCATE ON case_file FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A case belongs to the deal that it is about, and is of its two companies.
CREATE OR REPLACE FUNCTION deal_of(subject text, asked uuid) RETURNS uuid LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT CASE subject
        WHEN 'inquiry' THEN asked
        WHEN 'quotation' THEN (SELECT q.inquiry_id FROM quotation q WHERE q.id = asked)
        WHEN 'contract' THEN (SELECT c.inquiry_id FROM contract c WHERE c.id = asked)
        WHEN 'contract_request' THEN (SELECT c.inquiry_id FROM contract_request r
                                        JOIN contract c ON c.id = r.contract_id WHERE r.id = asked)
        WHEN 'order' THEN (SELECT o.inquiry_id FROM orders o WHERE o.id = asked)
        WHEN 'shipment' THEN (SELECT o.inquiry_id FROM shipment s JOIN orders o ON o.id = s.order_id WHERE s.id = asked)
        WHEN 'order_milestone' THEN (SELECT o.inquiry_id FROM order_milestone m
                                       JOIN orders o ON o.id = m.order_id WHERE m.id = asked)
        WHEN 'settlement_proposal' THEN (SELECT o.inquiry_id FROM settlement_proposal p
                                           JOIN orders o ON o.id = p.order_id WHERE p.id = asked)
        WHEN 'case' THEN (SELECT deal_of(c.subject_type, c.subject_id) FROM case_file c WHERE c.id = asked)
    END
$$;

CREATE OR REPLACE FUNCTION held(subject text, asked uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM legal_hold h
         WHERE h.lifted_at IS NULL AND (h.subject_type, h.subject_id) IN (
               SELECT 'inquiry', i.id FROM inquiry i WHERE i.id = deal_of(subject, asked)
               UNION ALL SELECT 'organisation', i.buyer_id FROM inquiry i WHERE i.id = deal_of(subject, asked)
               UNION ALL SELECT 'organisation', i.supplier_id FROM inquiry i WHERE i.id = deal_of(subject, asked)
               UNION ALL SELECT 'organisation', v.organisation_id FROM verification_request v
                          WHERE subject = 'verification_request' AND v.id = asked
               UNION ALL SELECT 'organisation', party
                           FROM case_file c, unnest(ARRAY[c.complainant_id, c.respondent_id]) AS party
                          WHERE subject = 'case' AND c.id = asked))
$$;

-- The words of a case go when its time is over and nobody holds it, by this server's clock. It stays forgotten.
CREATE FUNCTION forget_case_in_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    IF OLD.forgotten_at IS NOT NULL OR held('case', OLD.id)
       OR OLD.ended_at IS NULL OR OLD.ended_at > now() - interval '3 years' THEN
        RAISE EXCEPTION 'case % must be kept longer', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER forget_in_time BEFORE UPDATE ON case_file
    FOR EACH ROW WHEN (OLD.forgotten_at IS DISTINCT FROM NEW.forgotten_at) EXECUTE FUNCTION forget_case_in_time();
