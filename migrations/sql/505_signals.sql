-- Who set which limit, and why, stays known.
SELECT make_append_only('signal_limit');

-- An alarm only grows worse, and ends once.
CREATE FUNCTION keep_signal_alarm() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.worst >= OLD.worst
       AND (NEW.id, NEW.code, NEW.most, NEW.began_at) = (OLD.id, OLD.code, OLD.most, OLD.began_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'alarm % stays as it is', OLD.id USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER keep_signal_alarm BEFORE UPDATE OR DELETE ON signal_alarm
    FOR EACH ROW EXECUTE FUNCTION keep_signal_alarm();
CREATE TRIGGER keep_signal_alarms BEFORE TRUNCATE ON signal_alarm
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
