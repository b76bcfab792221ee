-- What was decided, who stated that nothing ties them to the sides, and what points were given, stays as it was.
SELECT make_append_only('ip_notice_handling');
SELECT make_append_only('ip_notice_decision');
SELECT make_append_only('ip_strike');

-- Nobody decides on a notice of their own company's, nor on one about its listings.
CREATE FUNCTION check_notice_decision() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM member m, ip_notice n JOIN ip_notifier h ON h.id = n.notifier_id
                WHERE m.id = NEW.decided_by AND n.id = NEW.notice_id
                  AND (n.filed_by = m.id OR h.organisation_id = m.organisation_id
                       OR EXISTS (SELECT FROM ip_notice_item i
                                   WHERE i.notice_id = n.id AND i.supplier_id = m.organisation_id))) THEN
        RAISE EXCEPTION 'notice % is not decided by one of its sides', NEW.notice_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER no_side BEFORE INSERT ON ip_notice_decision FOR EACH ROW EXECUTE FUNCTION check_notice_decision();

-- A listing comes down by a decision alone, and never by a notice of its own supplier's.
CREATE FUNCTION check_notice_item() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (NEW.id, NEW.notice_id, NEW.listing_id, NEW.supplier_id)
                                                 IS DISTINCT FROM
                                                 (OLD.id, OLD.notice_id, OLD.listing_id, OLD.supplier_id)) THEN
        RAISE EXCEPTION 'a listing stays in its notice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM ip_notifier h
                                     WHERE h.id = NEW.notifier_id AND h.organisation_id = NEW.supplier_id) THEN
        RAISE EXCEPTION 'nobody gives notice to itself' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.stopped_at IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.stopped_at IS NULL)
        AND NOT EXISTS (SELECT FROM ip_notice_decision d WHERE d.notice_id = NEW.notice_id) THEN
        RAISE EXCEPTION 'notice % is not decided', NEW.notice_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_item BEFORE INSERT OR UPDATE OR DELETE ON ip_notice_item
    FOR EACH ROW EXECUTE FUNCTION check_notice_item();
CREATE TRIGGER keep_items BEFORE TRUNCATE ON ip_notice_item FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- When a counter-statement reached the right holder, and so how long the fifteen days are, is written once.
CREATE FUNCTION check_counter() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.arrived_at IS NOT NULL AND (NEW.arrived_at, NEW.due_at)
                                                           IS DISTINCT FROM (OLD.arrived_at, OLD.due_at)) THEN
        RAISE EXCEPTION 'the time of counter-statement % runs already', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_counter BEFORE UPDATE OR DELETE ON ip_counter FOR EACH ROW EXECUTE FUNCTION check_counter();

-- The view of files that are needed grows by what these documents name until they are forgotten.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT key FROM ip_paper WHERE name <> ''''';
END $$;

-- A notice rests on a right of its own sender's that is accepted and has not run out (in the notice's own zone).
CREATE FUNCTION check_notice() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (NEW.id, NEW.number, NEW.notifier_id, NEW.filed_at)
                                                 IS DISTINCT FROM
                                                 (OLD.id, OLD.number, OLD.notifier_id, OLD.filed_at)) THEN
        RAISE EXCEPTION 'notice % stays whose it is', OLD.number USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.right_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM ip_right r
         WHERE r.id = NEW.right_id AND r.notifier_id = NEW.notifier_id AND r.state = 'accepted'
           AND (r.valid_until IS NULL OR r.valid_until >= (NEW.filed_at AT TIME ZONE NEW.zone)::date)) THEN
        RAISE EXCEPTION 'notice % has no right to rest on', NEW.number
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_notice BEFORE INSERT OR UPDATE OR DELETE ON ip_notice
    FOR EACH ROW EXECUTE FUNCTION check_notice();
CREATE TRIGGER keep_notices BEFORE TRUNCATE ON ip_notice FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
