-- Memberships: what was sold stays as it was sold; prices hold from a day on and are never written anew.
SELECT make_append_only('membership_plan');
SELECT make_append_only('membership_price');
SELECT make_append_only('membership_term');
SELECT make_append_only('membership_mark');
SELECT make_append_only('membership_choice');
SELECT make_append_only('membership_notice');

-- An order changes its state, and how it is paid while it is open; nothing else of it ever.
CREATE FUNCTION keep_membership_order() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    moves CONSTANT text[] := ARRAY['state', 'rail'];
BEGIN
    IF TG_OP = 'DELETE' OR to_jsonb(NEW) - moves IS DISTINCT FROM to_jsonb(OLD) - moves
       OR (NEW.rail <> OLD.rail AND OLD.state <> 'open')
       OR (NEW.state <> OLD.state AND (OLD.state <> 'open' OR NEW.state NOT IN ('paid', 'cancelled'))) THEN
        RAISE EXCEPTION 'order % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_membership_order BEFORE UPDATE OR DELETE ON membership_order
    FOR EACH ROW EXECUTE FUNCTION keep_membership_order();
CREATE TRIGGER keep_membership_orders BEFORE TRUNCATE ON membership_order
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON membership_order FROM portolan_app;

-- A waiver is granted only by the agreement of a second person, and never changed.
CREATE FUNCTION keep_membership_waiver() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'proposed' THEN
            RAISE EXCEPTION 'waiver % begins as a proposal', NEW.id USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed' OR NEW.state <> 'granted'
       OR to_jsonb(NEW) - 'state' IS DISTINCT FROM to_jsonb(OLD) - 'state'
       OR NOT EXISTS (SELECT FROM approval a WHERE a.kind = 'membership_waiver' AND a.subject_id = NEW.id
                         AND a.state = 'agreed' AND a.decided_by <> a.proposed_by) THEN
        RAISE EXCEPTION 'waiver % takes two people', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_membership_waiver BEFORE INSERT OR UPDATE OR DELETE ON membership_waiver
    FOR EACH ROW EXECUTE FUNCTION keep_membership_waiver();
CREATE TRIGGER keep_membership_waivers BEFORE TRUNCATE ON membership_waiver
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON membership_waiver FROM portolan_app;

-- A term is what its company's paid order says, or what a granted waiver of its company says.
CREATE FUNCTION check_membership_term() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.order_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM membership_order o WHERE o.id = NEW.order_id AND o.organisation_id = NEW.organisation_id
              AND o.state = 'paid' AND (o.plan, o.months, o.fee_minor, o.fee_currency)
                                     = (NEW.plan, NEW.months, NEW.fee_minor, NEW.fee_currency))
       OR NEW.waiver_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM membership_waiver w WHERE w.id = NEW.waiver_id AND w.organisation_id = NEW.organisation_id
              AND w.state = 'granted')
       OR NEW.source_id IS NOT NULL AND NOT EXISTS (
           SELECT FROM membership_term t WHERE t.id = NEW.source_id AND t.organisation_id = NEW.organisation_id) THEN
        RAISE EXCEPTION 'term % rests on nothing of its company', NEW.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_membership_term BEFORE INSERT ON membership_term
    FOR EACH ROW EXECUTE FUNCTION check_membership_term();

-- What is lifted was placed before.
CREATE FUNCTION check_membership_mark() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.kind = 'sanction_lifted' AND NOT EXISTS (
           SELECT FROM membership_mark m WHERE m.term_id = NEW.term_id AND m.kind = 'sanction') THEN
        RAISE EXCEPTION 'nothing to lift from term %', NEW.term_id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_membership_mark BEFORE INSERT ON membership_mark
    FOR EACH ROW EXECUTE FUNCTION check_membership_mark();

-- The document that a waiver rests on.
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW kept_file (key) AS ' || rtrim(pg_get_viewdef('kept_file'), '; ') || '
        UNION ALL SELECT proof_key FROM membership_waiver WHERE proof_key <> ''''';
END $$;
