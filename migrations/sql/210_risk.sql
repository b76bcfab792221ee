-- A setting is decided once, by another person than set it; what was in force on any day can be said for good.
CREATE FUNCTION keep_risk_setting() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.verdict <> ''
       OR to_jsonb(NEW) - '{verdict,decided_by,decided_at,effective_from}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{verdict,decided_by,decided_at,effective_from}'::text[] THEN
        RAISE EXCEPTION 'setting % of rule % stays as it was', OLD.id, OLD.rule
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_risk_setting BEFORE UPDATE OR DELETE ON risk_setting
    FOR EACH ROW EXECUTE FUNCTION keep_risk_setting();
CREATE TRIGGER keep_risk_settings BEFORE TRUNCATE ON risk_setting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a rule found is never changed. It goes after three years, by this database's own clock, outcome and all.
CREATE FUNCTION keep_risk_hit() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '1096 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a row of % stays as it was', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_risk_hit BEFORE UPDATE OR DELETE ON risk_hit FOR EACH ROW EXECUTE FUNCTION keep_risk_hit();
CREATE TRIGGER keep_risk_hits BEFORE TRUNCATE ON risk_hit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A hold is asked about once, let go once, ended once; its time is never changed.
CREATE FUNCTION keep_risk_hold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.released_at IS NOT NULL AND NEW.released_at IS DISTINCT FROM OLD.released_at
       OR OLD.asked_by IS NOT NULL AND (NEW.asked_by, NEW.asked_at, NEW.reason) IS DISTINCT FROM
                                       (OLD.asked_by, OLD.asked_at, OLD.reason)
       OR OLD.ended_at IS NOT NULL
       OR to_jsonb(NEW) - '{asked_by,asked_at,reason,released_by,released_at,ended_at}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{asked_by,asked_at,reason,released_by,released_at,ended_at}'::text[] THEN
        RAISE EXCEPTION 'hold % stays as it was', OLD.id USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_risk_hold BEFORE UPDATE OR DELETE ON risk_hold FOR EACH ROW EXECUTE FUNCTION keep_risk_hold();
CREATE TRIGGER keep_risk_holds BEFORE TRUNCATE ON risk_hold FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- An outcome goes with its hit alone.
CREATE FUNCTION keep_risk_outcome() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM risk_hit WHERE id = OLD.hit_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'what was found of a hit stays' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_risk_outcome BEFORE UPDATE OR DELETE ON risk_outcome
    FOR EACH ROW EXECUTE FUNCTION keep_risk_outcome();
CREATE TRIGGER keep_risk_outcomes BEFORE TRUNCATE ON risk_outcome FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
