-- Two people for large money: who proposes is not who agrees, whoever writes the row.

-- What the platform's own people may decide alone, in minor units, until two of them agree to another amount. A currency
-- that is not named always takes two.
INSERT INTO approval_limit (id, amount_minor, amount_currency, created_at) VALUES
    ('00000000-0000-7000-8000-00000000c001', 1000000, 'USD', now()),
    ('00000000-0000-7000-8000-00000000c002', 1000000, 'EUR', now()),
    ('00000000-0000-7000-8000-00000000c003', 7000000, 'CNY', now()),
    ('00000000-0000-7000-8000-00000000c004', 800000, 'GBP', now()),
    ('00000000-0000-7000-8000-00000000c005', 8000000, 'HKD', now()),
    ('00000000-0000-7000-8000-00000000c006', 1500000, 'JPY', now());

-- Whether one person is enough is decided here, from the limits, and never by who asks.
CREATE FUNCTION weigh_approval() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    most bigint;
BEGIN
    IF NEW.state <> 'proposed' OR NEW.decided_by IS NOT NULL THEN
        RAISE EXCEPTION 'a decision begins as a proposal' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT amount_minor INTO most FROM approval_limit
     WHERE organisation_id IS NULL AND amount_currency = NEW.amount_currency ORDER BY id DESC LIMIT 1;
    NEW.two_people := NEW.organisation_id IS NOT NULL
        OR NEW.kind NOT IN ('give_up', 'refund_again') OR most IS NULL OR NEW.amount_minor > most;
    RETURN NEW;
END $$;
CREATE TRIGGER weigh_approval BEFORE INSERT ON approval FOR EACH ROW EXECUTE FUNCTION weigh_approval();

-- What was proposed stays as it was proposed, a decision once taken stays, and none is ever removed.
CREATE FUNCTION approval_is_fixed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['state', 'decided_by', 'decided_at', 'note'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed' OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'decision % stays as it was made', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_is_fixed BEFORE UPDATE OR DELETE ON approval
    FOR EACH ROW EXECUTE FUNCTION approval_is_fixed();

-- Both people are of the company whose decision it is; the platform's decisions are taken by its own people.
CREATE FUNCTION check_deciders() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM member m JOIN organisation o ON o.id = m.organisation_id
                WHERE m.id IN (NEW.proposed_by, NEW.decided_by)
                  AND CASE WHEN NEW.organisation_id IS NULL THEN NOT o.is_platform
                           ELSE o.id <> NEW.organisation_id END) THEN
        RAISE EXCEPTION 'a decision is taken by people of one company' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_deciders BEFORE INSERT OR UPDATE ON approval FOR EACH ROW EXECUTE FUNCTION check_deciders();

SELECT make_append_only('approval_limit');

-- A limit becomes looser only by a decision of two people that names this amount.
CREATE FUNCTION check_limit() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    standing approval_limit;
BEGIN
    SELECT * INTO standing FROM approval_limit WHERE organisation_id = NEW.organisation_id ORDER BY id DESC LIMIT 1;
    IF NEW.organisation_id IS NOT NULL AND (
        standing.amount_minor IS NULL
        OR (NEW.amount_currency = standing.amount_currency AND NEW.amount_minor <= standing.amount_minor)) THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM approval a
         WHERE a.id = NEW.approval_id AND a.kind IN ('limit', 'company_limit') AND a.state = 'agreed'
           AND a.decided_by IS NOT NULL AND a.organisation_id IS NOT DISTINCT FROM NEW.organisation_id
           AND (a.wanted ->> 'minor')::bigint IS NOT DISTINCT FROM NEW.amount_minor
           AND a.wanted ->> 'currency' IS NOT DISTINCT FROM NEW.amount_currency) THEN
        RAISE EXCEPTION 'two people agree to another limit' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER check_limit BEFORE INSERT ON approval_limit FOR EACH ROW EXECUTE FUNCTION check_limit();
