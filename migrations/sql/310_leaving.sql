-- The rules that bind a deal, or the deal a case is about, are said once.
CREATE FUNCTION keep_rules() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'the rules that bind % % stay those it was made under', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_rules BEFORE UPDATE ON contract FOR EACH ROW
    WHEN ((NEW.rules, NEW.rules_on) IS DISTINCT FROM (OLD.rules, OLD.rules_on)) EXECUTE FUNCTION keep_rules();
CREATE TRIGGER keep_rules BEFORE UPDATE ON case_file FOR EACH ROW
    WHEN (NEW.rules IS DISTINCT FROM OLD.rules) EXECUTE FUNCTION keep_rules();

-- Of a departure nothing changes but how it ended; and a company has not left while deals or money are open, whoever says
-- so. What is begun waits for who says that it leaves, and the other way round: both lock the company.
CREATE FUNCTION keep_departure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    told CONSTANT text[] := ARRAY['state', 'ended_at', 'ended_by'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'announced' OR to_jsonb(NEW) - told <> to_jsonb(OLD) - told THEN
        RAISE EXCEPTION 'departure % stays as it was announced', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.state = 'left' AND (open_deals(NEW.organisation_id) > 0 OR EXISTS (
        SELECT FROM account a JOIN balance b ON b.account_id = a.id
         WHERE (a.owner_type, a.owner_id) = ('organisation', NEW.organisation_id) AND b.minor <> 0)) THEN
        RAISE EXCEPTION 'departure % waits: deals or money are open', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_departure BEFORE UPDATE OR DELETE ON departure FOR EACH ROW EXECUTE FUNCTION keep_departure();
CREATE TRIGGER keep_departures BEFORE TRUNCATE ON departure FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
REVOKE DELETE, TRUNCATE ON departure FROM portolan_app;

-- Whether a company leaves stands in its own row, so that whoever asks who it is learns it with the same look.
CREATE FUNCTION follow_departure() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE organisation
       SET closes_at = CASE WHEN NEW.state <> 'withdrawn' THEN NEW.closes_at END,
           left_at = CASE WHEN NEW.state = 'left' THEN NEW.ended_at END
     WHERE id = NEW.organisation_id;
    RETURN NULL;
END $$;
CREATE TRIGGER follow_departure AFTER INSERT OR UPDATE OF state ON departure
    FOR EACH ROW EXECUTE FUNCTION follow_departure();

CREATE FUNCTION keep_leaving() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'whether a company leaves follows from its departure'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_leaving BEFORE UPDATE OF closes_at, left_at ON organisation FOR EACH ROW
    WHEN ((NEW.closes_at, NEW.left_at) IS DISTINCT FROM (OLD.closes_at, OLD.left_at)) EXECUTE FUNCTION keep_leaving();
CREATE TRIGGER here_at_first BEFORE INSERT ON organisation FOR EACH ROW
    WHEN (NEW.closes_at IS NOT NULL OR NEW.left_at IS NOT NULL) EXECUTE FUNCTION keep_leaving();

-- A verification is forgotten once and not under a hold: one that was not accepted, and one that was, three years after
-- its company has left (Network Transactions Measures (PRC) art. 31).
CREATE OR REPLACE FUNCTION forget_unheld() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    over boolean;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('legal_hold', 0));
    over := OLD.state IN ('rejected', 'more', 'withdrawn') OR OLD.state = 'accepted' AND EXISTS (
        SELECT FROM organisation o WHERE o.id = OLD.organisation_id AND o.left_at < NEW.forgotten_at - interval '3 years');
    IF OLD.forgotten_at IS NOT NULL OR NOT over OR NEW.state = 'more' OR held('verification_request', OLD.id) THEN
        RAISE EXCEPTION 'verification % is not forgotten: %', OLD.id, CASE
            WHEN OLD.forgotten_at IS NOT NULL THEN 'it was forgotten before'
            WHEN NEW.state = 'more' THEN 'it would wait for an answer for ever'
            WHEN NOT over THEN 'it must be kept longer'
            ELSE 'a legal hold keeps it' END USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
