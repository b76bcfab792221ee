-- Whatever way a name or number of a company comes in, the company is compared with the lists again.
CREATE FUNCTION screen_again() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO screening_due (organisation_id)
    VALUES (CASE TG_TABLE_NAME WHEN 'organisation' THEN (to_jsonb(NEW) ->> 'id')::uuid
                               ELSE (to_jsonb(NEW) ->> 'organisation_id')::uuid END);
    RETURN NULL;
END $$;
CREATE TRIGGER screen_new AFTER INSERT ON organisation
    FOR EACH ROW WHEN (NOT NEW.is_platform) EXECUTE FUNCTION screen_again();
CREATE TRIGGER screen_changed AFTER UPDATE ON organisation
    FOR EACH ROW WHEN (NOT NEW.is_platform
                       AND (OLD.name_original, OLD.name_latin, OLD.country, OLD.registration_number, OLD.lei)
                           IS DISTINCT FROM
                           (NEW.name_original, NEW.name_latin, NEW.country, NEW.registration_number, NEW.lei))
    EXECUTE FUNCTION screen_again();
CREATE TRIGGER screen_new AFTER INSERT ON member FOR EACH ROW EXECUTE FUNCTION screen_again();
CREATE TRIGGER screen_changed AFTER UPDATE ON member
    FOR EACH ROW WHEN ((OLD.name, OLD.roles, OLD.removed_at IS NULL)
                       IS DISTINCT FROM (NEW.name, NEW.roles, NEW.removed_at IS NULL))
    EXECUTE FUNCTION screen_again();
CREATE TRIGGER screen_new AFTER INSERT ON verification_request FOR EACH ROW EXECUTE FUNCTION screen_again();
CREATE TRIGGER screen_changed AFTER UPDATE ON verification_request
    FOR EACH ROW WHEN ((OLD.representative_sealed, OLD.private_sealed)
                       IS DISTINCT FROM (NEW.representative_sealed, NEW.private_sealed))
    EXECUTE FUNCTION screen_again();

INSERT INTO screening_due (organisation_id) SELECT id FROM organisation WHERE NOT is_platform;

-- What was found stays as it was found; what people decide of it comes beside it. Ten years (31 CFR 501.601).
CREATE FUNCTION keep_match() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['state', 'proposal', 'proposed_by', 'proposed_at', 'reason', 'decided_by',
                                  'decided_at', 'cleared_until', 'score', 'reasons', 'tier', 'action', 'list_version'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state = 'lapsed' AND greatest(OLD.found_at, OLD.decided_at) < now() - interval '10 years' THEN
            RETURN OLD;
        END IF;
    ELSIF to_jsonb(NEW) - said IS NOT DISTINCT FROM to_jsonb(OLD) - said AND OLD.state <> 'lapsed' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'match % stays as it was found', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_match BEFORE UPDATE OR DELETE ON screening_match FOR EACH ROW EXECUTE FUNCTION keep_match();
CREATE TRIGGER keep_matches BEFORE TRUNCATE ON screening_match FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A rule is proposed, and decided once.
CREATE FUNCTION keep_policy() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    said CONSTANT text[] := ARRAY['agreed', 'decided_by', 'decided_at'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.agreed IS NOT NULL OR to_jsonb(NEW) - said IS DISTINCT FROM to_jsonb(OLD) - said THEN
        RAISE EXCEPTION 'rule % stays as it was set', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_policy BEFORE UPDATE OR DELETE ON list_policy FOR EACH ROW EXECUTE FUNCTION keep_policy();
CREATE TRIGGER keep_policies BEFORE TRUNCATE ON list_policy FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER keep_policy BEFORE UPDATE OR DELETE ON screening_thresholds
    FOR EACH ROW EXECUTE FUNCTION keep_policy();
CREATE TRIGGER keep_policies BEFORE TRUNCATE ON screening_thresholds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
